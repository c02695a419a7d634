import math
import random

from hypothesis import given
from hypothesis import strategies as st
from yellowgate.clock import drift, tube
from yellowgate.clock.tube import Knot

HOUR = 3_600_000_000.0


def wander(rng: random.Random, spec: drift.Spec, steps: int, step_us: float) -> list[float]:
    """Offsets of a clock that may do anything within its specification."""
    centre = rng.uniform(-1, 1) * (spec.rate_max - spec.rate_swing)
    style = rng.randrange(3)
    offset = rng.uniform(-1e6, 1e6)
    row = [offset]
    turn = rng.randrange(steps)
    for step in range(steps):
        part = (
            rng.uniform(-1, 1),
            math.copysign(1, turn - step),
            math.sin(step / steps * 12),
        )[style]
        offset += (centre + part * spec.rate_swing) * step_us
        row.append(offset)
    return row


@given(st.integers(0, 10**9), st.sampled_from([drift.RTC, drift.CRYSTAL]), st.integers(1, 40))
def test_every_possible_clock_lies_in_its_tube(seed: int, spec: drift.Spec, count: int) -> None:
    rng = random.Random(seed)
    step_us = HOUR / 4
    offsets = wander(rng, spec, 240, step_us)
    knots: list[Knot] = []
    for _ in range(count):
        at = rng.randrange(241)
        width = 10 ** rng.uniform(1, 6)
        low = offsets[at] - width * rng.random()
        knots.append(Knot(at * step_us, low, low + width))
    built = tube.build(knots, spec)
    assert built is not None
    for at, offset in enumerate(offsets):
        low, high = built.at(at * step_us)
        assert low - 1e-3 <= offset <= high + 1e-3


def test_two_narrow_pairs_leave_the_stated_width_in_the_middle() -> None:
    span = 60 * HOUR
    built = tube.build([Knot(0, -1, 1), Knot(span, -1, 1)], drift.CRYSTAL)
    assert built is not None
    low, high = built.at(span / 2)
    expected = drift.CRYSTAL.rate_swing * span / 2
    assert expected <= (high - low) / 2 <= expected * 1.01 + 300
    assert built.at(0)[1] - built.at(0)[0] < 0.02 * expected + 300


def test_beyond_the_pairs_the_tube_opens_at_the_rate_that_they_leave() -> None:
    built = tube.build([Knot(0, -10, 10)], drift.RTC)
    assert built is not None
    low, high = built.at(HOUR)
    assert math.isclose(high, 10 + HOUR * drift.RTC.rate_max)
    assert math.isclose(low, -10 - HOUR * drift.RTC.rate_max)
    built = tube.build([Knot(-100 * HOUR, -10, 10), Knot(0, -10, 10)], drift.RTC)
    assert built is not None
    assert built.at(HOUR)[1] < 10 + HOUR * 2.1 * drift.RTC.rate_swing


def test_what_no_clock_can_do_is_a_contradiction() -> None:
    jump = [Knot(0, -10, 10), Knot(HOUR, 1_000_000, 1_000_020)]
    assert tube.build(jump, drift.CRYSTAL) is None
    assert tube.build([Knot(0, -10, 10), Knot(0, 20, 30)], drift.CRYSTAL) is None
    bend = [Knot(0, -1, 1), Knot(30 * HOUR, 2e6, 2e6 + 2), Knot(60 * HOUR, -1, 1)]
    assert tube.build(bend, drift.CRYSTAL) is None  # each slope is allowed, the swing is not


def test_open_ends_are_closed_by_the_other_knot() -> None:
    knots = [Knot(0, 0, math.inf), Knot(HOUR, -math.inf, 5e9)]
    built = tube.build(knots, drift.CRYSTAL)
    assert built is not None
    low, high = built.at(HOUR / 2)
    assert -1e6 < low <= 0
    assert 5e9 <= high < 5e9 + 1e6


def test_many_knots_are_as_safe_as_few() -> None:
    rng = random.Random(1)
    offsets = wander(rng, drift.CRYSTAL, 2000, HOUR / 30)
    knots = [Knot(at * HOUR / 30, o - 1e5, o + 2e5) for at, o in enumerate(offsets)]
    built = tube.build(knots, drift.CRYSTAL)
    assert built is not None
    for at, offset in enumerate(offsets):
        low, high = built.at(at * HOUR / 30)
        assert low <= offset <= high
