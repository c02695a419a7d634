"""The box: its parts fit, its meshes are closed, its pictures are those of its source."""

import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from mesh import Mesh, read_stl

from hardware import parts

HARDWARE = Path(__file__).parents[2] / "hardware"
needs_openscad = pytest.mark.skipif(
    shutil.which("openscad") is None, reason="OpenSCAD is missing: apt install openscad"
)
# Outer sizes that assembly.md promises: width, depth on the bed and height while printing.
SIZES_MM = {
    "body": (116.0, 171.4, 63.0),
    "lid": (115.0, 168.0, 9.0),
    "saddle": (115.0, 147.0, 20.0),
    "plug": (18.0, 14.0, 7.2),
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
    assert (HARDWARE / "parts.scad").read_text() == parts.to_scad(parts.read())


def test_every_part_lies_in_the_box():
    for part in parts.read():
        slack_mm = 2.4 if part.name == "reader" else 0  # the reader lies in the lid's pocket
        low_ok = all(at >= 0 for at in part.at_mm)
        limits = zip(part.ends_mm(), _cavity_mm(), (0, 0, slack_mm), strict=True)
        assert low_ok and all(end <= size + more for end, size, more in limits), part.name


def test_no_two_parts_share_room():
    clashes = [(a.name, b.name) for a, b in combinations(parts.read(), 2) if a.overlaps(b)]
    assert clashes == []


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
    told = f"| {part} | {width:.0f} x {height:.0f} x {depth:.0f} |"
    assert told in (HARDWARE / "assembly.md").read_text(encoding="utf-8"), told


@needs_openscad
@pytest.mark.parametrize("part", ["collision", "lid_clash"])
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
