"""What gate sync says of clocks that are far off, and of what they moved."""

from __future__ import annotations

import random

import pytest
from clockplays import YEAR_US
from clockworld import HOUR_US, START_US, STEP_US, Laptop, Part, Station
from yellowgate.cli.sync import clock_lines
from yellowgate.clock.correct import correct_all
from yellowgate.link.sync import SyncResult
from yellowgate.records import by_log


def station(off_us: int) -> Station:
    """It saw two touches on an RTC that somebody once set wrong, and then a laptop."""
    rates = [0.0] * (80 * HOUR_US // STEP_US)
    one = Station(random.Random(5), Part(rates), Part(rates))
    one.start(0)
    one.set_utc(0, START_US + off_us)
    one.touch(HOUR_US)
    one.touch(2 * HOUR_US)
    one.sync(3 * HOUR_US, Laptop(1))
    return one


def lines(one: Station, ahead_us: int | None, was_set: bool = False) -> list[str]:
    row = SyncResult(
        "port", 3, "gate", "gate", one.log_id, clock_ahead_us=ahead_us, clock_was_set=was_set
    )
    return list(clock_lines(correct_all(by_log(one.rows)), [row]))


@pytest.mark.parametrize(
    ("off_us", "far", "side", "moved"),
    [
        (-5 * YEAR_US, "5 years", "behind", "later"),
        (20 * YEAR_US, "20 years", "ahead of", "earlier"),
        (-HOUR_US, "60 min", "behind", "later"),
    ],
)
def test_a_station_that_was_far_off(off_us: int, far: str, side: str, moved: str) -> None:
    (line,) = lines(station(off_us), off_us, was_set=True)
    assert line.startswith(f"gate (3): its clock was {far} {side} this laptop's, and was set.")
    assert f"2 touches are shown up to {far} {moved}" in line


def test_a_station_that_is_right_is_no_line() -> None:
    assert lines(station(0), 20_000) == []
    assert lines(station(0), None) == []


def test_a_laptop_that_is_far_off_contradicts_the_one_before() -> None:
    one = station(0)
    one.sync(4 * HOUR_US, Laptop(0xBEEF, error_us=6 * YEAR_US))
    first, second = lines(one, -6 * YEAR_US)
    assert "6 years behind this laptop's. No touch is moved by that." in first
    assert second.startswith("gate (3): laptop 0000beef is 6 years ahead of laptop 00000001: one")
