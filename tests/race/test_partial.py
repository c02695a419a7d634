"""Whatever the log states without doubt, of any part of the evidence, is what happened: a slice,
and that it does not doubt everything.

tests/campaigns/partial_evidence.py runs as many races as wanted, and prints how much is stated.
"""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import partial_evidence

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", partial_evidence.PRESETS)
def test_what_is_stated_without_doubt_is_true(name: str) -> None:
    seed = random.randrange(10**6)
    partial_evidence.run(partial_evidence.PRESETS[name], 20, seed)


@pytest.mark.parametrize("name", partial_evidence.PRESETS)
def test_so_much_is_stated_without_doubt(name: str) -> None:
    counts = partial_evidence.run(partial_evidence.PRESETS[name], 40, 1)
    assert not partial_evidence.too_doubtful(name, counts, slack=0.15)
    assert counts[1.0].sure > 60
