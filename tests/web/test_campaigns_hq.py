"""A slice of the campaign of kills."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import hq_kills
import pytest


@pytest.mark.slow
def test_what_was_confirmed_outlives_kills(tmp_path: Path) -> None:
    counts = hq_kills.campaign(3, 1, tmp_path)
    assert counts["confirmed"] > 0
    assert counts["records"] > 3
