"""The box: its parts fit, its meshes are closed, its pictures are those of its source."""

import re
import subprocess
from itertools import combinations
from pathlib import Path

import overhang
import pytest
from mesh import Mesh, Triangle, read_stl

from hardware import parts
from hardware.board import layout

HARDWARE = Path(__file__).parents[2] / "hardware"
pytestmark = pytest.mark.slow
needs_openscad = pytest.mark.needs("openscad")
PLACED = layout.read()
# Outer sizes that assembly.md promises: width, depth on the bed and height while printing.
SIZES_MM = {
    "body": (116.0, 171.4, 63.0),
    "lid": (115.0, 168.0, 9.0),
    "saddle": (115.0, 147.0, 21.0),
    "plug": (18.0, 14.0, 7.1),
    "tray": (80.5, 52.0, 12.6),
}


def _cavity_mm() -> tuple[float, float, float]:
    found = re.search(
        r"^cavity = \[(\d+), (\d+), (\d+)\]", (HARDWARE / "enclosure.scad").read_text(), re.M
    )
    assert found
    x, y, z = (float(text) for text in found.groups())
    return x, y, z


def _render(folder: Path, part: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["nice", "openscad", "-o", str(folder / f"{part}.stl"), "-D", f'part="{part}"']
    source = str(HARDWARE / "enclosure.scad")
    return subprocess.run([*command, *options, source], capture_output=True, text=True, check=False)


def _mesh(folder: Path, part: str) -> Mesh:
    result = _render(folder, part)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr, result.stderr
    return read_stl(folder / f"{part}.stl")


def test_scad_table_is_made_of_the_csv():
    kept = (HARDWARE / "parts.scad").read_text()
    assert kept == parts.to_scad(parts.read(), PLACED), "python -m hardware.parts"


def _all_parts() -> list[parts.Part]:
    return parts.read() + parts.board(PLACED)


def test_every_part_lies_in_the_box():
    for part in _all_parts() + parts.strip_build():
        slack_mm = 2.4 if part.name == "reader" else 0  # the reader lies in the lid's pocket
        low_ok = all(at >= 0 for at in part.at_mm)
        limits = zip(part.ends_mm(), _cavity_mm(), (0, 0, slack_mm), strict=True)
        assert low_ok and all(end <= size + more for end, size, more in limits), part.name


def test_no_two_parts_share_room():
    others, board = parts.read(), parts.board(PLACED)
    pairs = list(combinations(others, 2))
    pairs += [(a, b) for a in others for b in board]
    pairs += [(a, b) for a in others for b in parts.strip_build()]
    assert [(a.name, b.name) for a, b in pairs if a.overlaps(b)] == []


def test_nothing_on_the_board_lies_on_another_part():
    board = [part for part in parts.board(PLACED) if "." in part.name]
    pairs = [
        (a.name, b.name) for a, b in combinations(board, 2)
        if a.overlaps(b) and a.name.split(".")[0] != b.name.split(".")[0]
    ]  # fmt: skip
    assert pairs == []


def test_usb_hole_lies_before_the_socket():
    x_mm, z_mm = parts.usb_mm(PLACED)
    pico = next(part for part in PLACED if part.ref == "A1")
    assert x_mm == parts.BOARD_AT_MM[0] + pico.x
    assert parts.BOARD_AT_MM[2] + layout.THICKNESS + 12 < z_mm < 22


def test_reader_keeps_away_from_metal():
    """25 mm of air, or the tag's field dies in copper and steel."""
    by_name = {part.name: part for part in parts.read()}
    antenna_z_mm = by_name["reader"].ends_mm()[2]
    for name in ("radio", "rtc", "battery"):
        assert antenna_z_mm - by_name[name].ends_mm()[2] >= 22, name


@needs_openscad
@pytest.mark.parametrize("part", sorted(SIZES_MM))
def test_mesh_is_closed_and_of_the_size_told(part: str, tmp_path: Path):
    mesh = _mesh(tmp_path, part)
    assert mesh.is_closed()
    assert mesh.volume_mm3() > 0
    assert mesh.size_mm() == pytest.approx(SIZES_MM[part], abs=0.11)
    assert all(size <= 220 for size in mesh.size_mm())  # a common printer's bed
    width, height, depth = mesh.size_mm()
    assert overhang.in_the_air(mesh) == []  # nothing that a printer would need supports for
    told = f"| {part} | {width:.0f} x {height:.0f} x {depth:.0f} |"
    assert told in (HARDWARE / "assembly.md").read_text(encoding="utf-8"), told


@needs_openscad
@pytest.mark.parametrize("part", ["collision", "lid_clash", "tray_clash"])
def test_nothing_runs_into_another(part: str, tmp_path: Path):
    """Intersection of plastic and parts, and of lid and body, must be empty."""
    result = _render(tmp_path, part, "-D", "$fn=24")
    assert "top level object is empty" in result.stderr


@needs_openscad
def test_parameters_change_the_box(tmp_path: Path):
    result = _render(tmp_path, "plug", "-D", "usb=[15, 12]")
    assert result.returncode == 0
    assert read_stl(tmp_path / "plug.stl").size_mm()[0] == pytest.approx(18, abs=0.1)
    result = _render(tmp_path, "lid", "-D", "cavity=[100, 170, 42]", "-D", "$fn=16")
    assert read_stl(tmp_path / "lid.stl").size_mm()[0] == pytest.approx(127, abs=0.3)


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> list[Triangle]:
    """The twelve triangles of a block."""
    (x1, y1, z1), (x2, y2, z2) = low, high
    p = [(x, y, z) for z in (z1, z2) for x, y in ((x1, y1), (x2, y1), (x2, y2), (x1, y2))]
    quads = ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))
    return [three for a, b, c, d in quads for three in ((p[a], p[b], p[c]), (p[a], p[c], p[d]))]


@pytest.mark.parametrize(
    ("roof_from_mm", "roof_to_mm", "hangs"),
    [
        (10, 30, False),  # lies on the wall
        (10, 45, True),  # stands out 15 mm into the air
        (0, 60, False),  # a bridge of 20 mm between two walls
        (-15, 60, True),  # a bridge with an end in the air
    ],
)
def test_overhang_is_found_and_a_bridge_is_none(roof_from_mm: int, roof_to_mm: int, hangs: bool):
    """Two walls, 0 to 30 and 50 to 60, and a roof on them."""
    walls = _box((0, 0, 0), (30, 20, 10)) + _box((50, 0, 0), (60, 20, 10))
    mesh = Mesh(walls + _box((roof_from_mm, 0, 10), (roof_to_mm, 20, 14)))
    assert bool(overhang.in_the_air(mesh)) == hangs
