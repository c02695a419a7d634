"""Whatever the log states without doubt, of any part of the evidence, is what happened: a slice.

tests/campaigns/partial_evidence.py runs as many races as wanted, and prints how much is stated.
"""

from types import ModuleType
from typing import Any

import partial
import partialbarkley
import partiallaps
import partialway
import partialyard
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("preset", [partialbarkley, partialyard, partiallaps, partialway])
def test_what_is_stated_without_doubt_is_true(preset: ModuleType) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    @given(preset.TRUTH.races(), st.integers(0, 10**6), st.sampled_from(partial.SHARES))
    def holds(race: tuple[list[Any], int], seed: int, share: float) -> None:
        preset.check(*race, seed, share)

    holds()
