"""Races of which the truth is known, on a slice; the campaign runs as many as wanted."""

from types import ModuleType
from typing import Any

import barkleytruth
import laptruth
import pytest
import waytruth
import yardtruth
from examples import some
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("preset", [barkleytruth, yardtruth, laptruth, waytruth])
def test_the_log_says_what_was_true(preset: ModuleType) -> None:
    @settings(
        some(60),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    @given(preset.races())
    def holds(race: tuple[list[Any], int]) -> None:
        preset.check(*race)

    holds()
