"""A slice of the campaign that feeds rubbish to the station's server."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import server_fuzz

pytestmark = pytest.mark.slow


def test_rubbish_raises_nothing_and_hides_no_frame() -> None:
    assert server_fuzz.run(3000, seed=7) == 3000
