"""Leaps over quiet stretches leave everything as if they had been lived through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quietkit import SECOND_US, built, plan, same_alone, same_together, state
from yellowgate.sim.devices.station import VirtualStation


@pytest.mark.parametrize("station_id", [1, 2, 3, 250])
@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=2, deadline=None)
def test_a_station_alone(station_id: int, seed: int) -> None:
    assert same_alone(seed, station_id, "set", 0.15) == []


@pytest.mark.parametrize("rtc", ["none", "lost"])
def test_a_station_without_the_time(rtc: str) -> None:
    assert same_alone(7, 1, rtc, 0.3) == []


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=2, deadline=None)
def test_four_on_one_air(seed: int) -> None:
    assert same_together(seed, 300) == []


def test_who_watches_the_light_sees_it_blink() -> None:
    seen: list[list[tuple[int, int]]] = [[], []]
    for leaps in (False, True):
        station = built(plan(1), [], leaps)
        shines = seen[leaps]

        def note(level: int, station: VirtualStation = station, shines: list = shines) -> None:
            shines.append((station.now_us, level))

        station.board.line(2).on_change(note)
        station.advance_to(100 * SECOND_US)
    assert seen[0] == seen[1] and len(seen[0]) > 18


def test_a_quiet_hour_takes_few_steps() -> None:
    # What of an hour is lived through: the clock chip is read, a record of health, little else.
    station = built(plan(250), [], True)
    station.advance_to(60 * SECOND_US)
    assert station.loop is not None
    begun = station.loop.steps
    station.advance_to(3660 * SECOND_US)
    assert station.loop.steps - begun < 1500
    assert state(station)["pico.shell._round_ms"] > 3_650_000
