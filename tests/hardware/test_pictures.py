"""A picture that is older than its source shows a station that is not there."""

import re
import subprocess
from pathlib import Path

import pytest

render = pytest.importorskip(
    "hardware.render", reason="WireViz is missing: pip install wireviz", exc_type=ImportError
)
from PIL import Image  # noqa: E402  (comes with wireviz)

HARDWARE = Path(__file__).parents[2] / "hardware"


@pytest.mark.parametrize("name", ["wiring.png", "closed.png", "open.png", "below.png"])
def test_png_is_of_this_source(name: str):
    with Image.open(HARDWARE / name) as image:
        assert image.info.get("Source") == render.digest_of(name), "python hardware/render.py"
        assert image.width >= 600
    assert (HARDWARE / name).stat().st_size < 400_000


def test_svg_is_of_this_source():
    drawn = (HARDWARE / "wiring.svg").read_text(encoding="utf-8")
    assert f"Source {render.digest_of('wiring.svg')}" in drawn, "python hardware/render.py"
    assert not re.search(r'(src|href)="http', drawn)


@pytest.mark.needs("wireviz")
def test_wireviz_draws_it_again(tmp_path: Path):
    """Graphviz's own part is left out: its layout differs between versions."""
    command = ["wireviz", "-f", "g", "-o", str(tmp_path), str(HARDWARE / "wiring.yml")]
    subprocess.run(command, check=True, capture_output=True)
    drawn = (tmp_path / "wiring.gv").read_text(encoding="utf-8")
    for name in ("PICO", "READER", "RADIO", "RTC", "BUTTON", "BATTERY"):
        assert name in drawn
