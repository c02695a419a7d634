"""Draws the wiring and the three pictures of the box again, and the STL files on request.

    python hardware/render.py                 # pictures, beside their sources
    python hardware/render.py --stl build     # body, lid, saddle, plug, tray as STL into build/

Needs: pip install wireviz; apt install graphviz openscad xvfb. Each picture carries the digest of
its source, so that a test tells when a picture is older than what it shows.
"""

import argparse
import hashlib
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, PngImagePlugin
from wireviz import wireviz  # pyright: ignore[reportMissingTypeStubs]

HERE = Path(__file__).parent
PIECES = ("body", "lid", "saddle", "plug", "tray")
CAMERAS = {
    "closed": "44,0,85,70,0,28,640",
    "open": "44,-50,85,58,0,35,790",
    "below": "44,0,50,125,0,25,560",
}
SOURCES = {
    "wiring.svg": ("wiring.yml",),
    "wiring.png": ("wiring.yml",),
    "closed.png": ("enclosure.scad", "parts.scad"),
    "open.png": ("enclosure.scad", "parts.scad"),
    "below.png": ("enclosure.scad", "parts.scad"),
}


def digest_of(picture: str) -> str:
    """16 hex digits of SHA-256 over the picture's sources."""
    data = b"".join((HERE / source).read_bytes() for source in SOURCES[picture])
    return hashlib.sha256(data).hexdigest()[:16]


def shrink(source: Path, target: Path, width_px: int) -> None:
    """A small PNG of 256 colours, with the digest in its text."""
    with Image.open(source) as image:
        height_px = round(image.height * width_px / image.width)
        small = image.convert("RGB").resize((width_px, height_px), Image.Resampling.LANCZOS)
    info = PngImagePlugin.PngInfo()
    info.add_text("Source", digest_of(target.name))
    small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        target, optimize=True, pnginfo=info
    )


def wiring(work: Path) -> None:
    """The wiring diagram, by WireViz and Graphviz."""
    wireviz.parse(  # pyright: ignore[reportUnknownMemberType]
        HERE / "wiring.yml",
        output_formats=("svg", "png"),  # pyright: ignore[reportArgumentType]
        output_dir=work,
        output_name="wiring",
    )
    drawn = (work / "wiring.svg").read_text(encoding="utf-8")
    note = f"<!-- Source {digest_of('wiring.svg')} -->\n"
    (HERE / "wiring.svg").write_text(drawn.rstrip() + "\n" + note, encoding="utf-8")
    shrink(work / "wiring.png", HERE / "wiring.png", 1800)


def openscad(target: Path, part: str, *options: str, headless: bool = False) -> None:
    """Run OpenSCAD for one part. Raises CalledProcessError when it fails."""
    display = ["xvfb-run", "-a"] if headless else []
    command = ["openscad", "-o", str(target), "-D", f'part="{part}"', *options]
    subprocess.run([*display, *command, str(HERE / "enclosure.scad")], check=True)


def pictures(work: Path) -> None:
    """The views of the box; OpenSCAD draws on a virtual screen."""
    for name, camera in CAMERAS.items():
        openscad(
            work / f"{name}.png", name, "--imgsize=1400,1400", f"--camera={camera}",
            "--projection=p", "--colorscheme=Tomorrow", headless=True,
        )  # fmt: skip
        shrink(work / f"{name}.png", HERE / f"{name}.png", 700)


def main() -> None:
    """Pictures, or STL files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--stl", type=Path, metavar="DIR", help="write the STL files into DIR")
    folder: Path | None = parser.parse_args().stl
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for piece in PIECES:
            openscad(folder / f"{piece}.stl", piece)
        return
    with tempfile.TemporaryDirectory() as name:
        wiring(Path(name))
        pictures(Path(name))


if __name__ == "__main__":
    main()
