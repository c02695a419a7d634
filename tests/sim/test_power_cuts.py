"""A slice of the campaign tests/campaigns/power_cuts.py."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CAMPAIGN = runpy.run_path(str(Path(__file__).parent.parent / "campaigns" / "power_cuts.py"))


@pytest.mark.parametrize("first_seed", range(0, 24, 4))
def test_a_touch_that_was_acknowledged_is_there_after_the_cut(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 4):
        CAMPAIGN["check"](seed)
