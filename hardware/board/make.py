"""Makes everything that a board house and a person at KiCad want, from the tables.

    python -m hardware.board.make                # beside their sources
    python -m hardware.board.make --into DIR     # elsewhere, to compare
    python -m hardware.board.make --pictures     # and the pictures

Needs KiCad 9 (kicad-cli, and its Python module for the pours). The same tables give the same
files, byte for byte: dates are taken out. The tracks come from tracks.csv, which route.py writes.
"""

import argparse
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from hardware import bom
from hardware.board import layout, models, pcb, sch
from hardware.board.layout import Placed

HERE = Path(__file__).parent
COPPER_AND_MORE = "F.Cu,B.Cu,F.Mask,B.Mask,F.Paste,F.SilkS,B.SilkS,Edge.Cuts"
_DATES = (
    (re.compile(r"%TF\.CreationDate,[^*]*\*%"), "%TF.CreationDate,2025-01-01T00:00:00+00:00*%"),
    (re.compile(r"(G04 Created by KiCad \(PCBNEW [^)]*\)) date [^*]*\*"), r"\1*"),
    (re.compile(r"; #@! TF\.CreationDate,.*"), "; #@! TF.CreationDate,2025-01-01T00:00:00+00:00"),
    (re.compile(r"(; DRILL file \{?KiCad [^}]*\}?) date .*"), r"\1"),
    (re.compile(r"(FILE_NAME\('[^']*'),'[^']*'"), r"\1,'2025-01-01T00:00:00'"),
)
PICTURES = {
    "board-top.png": ("--side", "top"),
    "board-bottom.png": ("--side", "bottom"),
    "board.png": ("--rotate", "-35,0,25", "--zoom", "0.95"),
}


def kicad(*arguments: str | Path) -> None:
    """Run kicad-cli. Raises RuntimeError with what it said when it fails."""
    command = ["kicad-cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def without_dates(text: str) -> str:
    """The same file whenever it is made."""
    for pattern, instead in _DATES:
        text = pattern.sub(instead, text)
    return text


def pour(board: Path) -> pcb.Fills:
    """The copper of the zones as KiCad fills them."""
    command = ["/usr/bin/python3", str(HERE / "fill.py"), str(board)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def sources(folder: Path, parts: list[Placed]) -> None:
    """Schematic, board, libraries and models."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = layout.tracks()
    models.write(folder)
    sch.write(folder, parts)
    pcb.write(folder, parts, tracks, {})
    pcb.write(folder, parts, tracks, pour(folder / "gate.kicad_pcb"))


def _gerbers(board: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        kicad("pcb", "export", "gerbers", "-o", f"{work}/", "-l", COPPER_AND_MORE,
              "--no-protel-ext", board)  # fmt: skip
        kicad("pcb", "export", "drill", "-o", f"{work}/", "--excellon-separate-th", board)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(work.iterdir()):
                if path.suffix == ".gbrjob":  # only names and dates
                    continue
                entry = zipfile.ZipInfo(path.name, (2025, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, without_dates(path.read_text(encoding="utf-8")))


def assembly_bom(parts: list[Placed]) -> str:
    """What an assembly house puts on: the surface parts, with its numbers and the maker's."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ("Comment", "Designator", "Footprint", "LCSC Part #", "Manufacturer", "Part number",
            "Second source")  # fmt: skip
    writer.writerow(head)
    surface = {part.ref: part for part in parts if part.footprint.is_smd}
    for row in bom.read_rows():
        refs = [name for name in row["where"].split() if name in surface]
        if refs and row["build"] != "strip" and row["group"] == "board":
            names = surface[refs[0]].footprint.name
            writer.writerow(
                (row["part"], ",".join(refs), names, row["lcsc"], row["manufacturer"],
                 row["part_number"], row["second_source"])
            )  # fmt: skip
    return out.getvalue()


def _places(board: Path, target: Path) -> None:
    """Pick-and-place, with the column names that assembly houses ask for."""
    with tempfile.TemporaryDirectory() as name:
        raw = Path(name) / "pos.csv"
        kicad("pcb", "export", "pos", "-o", raw, "--format", "csv", "--units", "mm", "--side",
              "front", "--smd-only", board)  # fmt: skip
        rows = list(csv.DictReader(raw.read_text(encoding="utf-8").splitlines()))
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("Designator", "Mid X", "Mid Y", "Layer", "Rotation"))
        for row in sorted(rows, key=lambda row: row["Ref"]):
            place = ("%.3fmm" % float(row["PosX"]), "%.3fmm" % float(row["PosY"]))
            writer.writerow((row["Ref"], *place, "Top", "%g" % float(row["Rot"])))


def production(folder: Path, parts: list[Placed]) -> None:
    """Gerbers with drill files, bill of materials, pick-and-place, STEP, the sheet as PDF."""
    target, board = folder / "production", folder / "gate.kicad_pcb"
    target.mkdir(exist_ok=True)
    _gerbers(board, target / "gate-gerbers.zip")
    (target / "bom-assembly.csv").write_text(assembly_bom(parts), encoding="utf-8")
    _places(board, target / "pick-and-place.csv")
    sheet = target / "schematic.pdf"
    kicad("sch", "export", "pdf", "-o", sheet, folder / "gate.kicad_sch")
    dated = re.compile(rb"/CreationDate \(D:\d{14}")
    sheet.write_bytes(dated.sub(b"/CreationDate (D:20250101000000", sheet.read_bytes()))
    kicad("pcb", "export", "step", "-f", "-o", target / "gate.step", board)
    step = target / "gate.step"
    step.write_text(without_dates(step.read_text(encoding="utf-8")), encoding="utf-8")


def digest() -> str:
    """16 hex digits of SHA-256 over the board: what a picture was made of."""
    return hashlib.sha256((HERE / "gate.kicad_pcb").read_bytes()).hexdigest()[:16]


def pictures(folder: Path) -> None:
    """Both sides and a view, as PNG of 256 colours with the board's digest."""
    from PIL import Image, PngImagePlugin  # noqa: PLC0415 - only here

    for name, options in PICTURES.items():
        with tempfile.TemporaryDirectory() as work:
            raw = Path(work) / name
            kicad("pcb", "render", "-o", raw, *options, "--background", "opaque", "--quality",
                  "basic", "--width", "1600", "--height", "1100",
                  folder / "gate.kicad_pcb")  # fmt: skip
            info = PngImagePlugin.PngInfo()
            info.add_text("Source", digest())
            with Image.open(raw) as image:
                small = image.convert("RGB").resize((1100, 756), Image.Resampling.LANCZOS)
            small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
                folder / name, optimize=True, pnginfo=info
            )


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--into", type=Path, default=HERE, metavar="DIR")
    parser.add_argument("--pictures", action="store_true", help="draw them again, too")
    options = parser.parse_args()
    folder: Path = options.into
    if not shutil.which("kicad-cli"):
        raise SystemExit("kicad-cli is missing: apt install kicad, version 9 (Debian: backports)")
    parts = layout.read()
    sources(folder, parts)
    production(folder, parts)
    if options.pictures:
        pictures(folder)


if __name__ == "__main__":
    main()
