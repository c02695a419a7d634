"""Races of which the truth is known, on a slice; the campaign runs as many as wanted."""

import barkleytruth
from hypothesis import HealthCheck, given, settings

CASES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


@CASES
@given(barkleytruth.races())
def test_a_barkley_of_which_the_truth_is_known(race: tuple[list[barkleytruth.Life], int]) -> None:
    barkleytruth.check(*race)
