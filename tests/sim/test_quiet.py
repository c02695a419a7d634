"""Leaps over quiet stretches leave everything as if they had been lived through."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quietkit import SECOND_US, built, differences, flash, plan, state, touches
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.devices.together import advance
from yellowgate.sim.devices.world import World

SPANS_US = (1, 1000, 12_345, 250_000, 1_000_000, 7_777_777, 30_000_000, 61_234_567)
DRIFTS_PPM = (0, 23.0, -17.0, 7.3, -44.1)


def alone(seed: int, station_id: int, rtc: str, leaps: bool, hours: float) -> VirtualStation:
    rng = Random(seed)
    made = plan(station_id, rng.choice(DRIFTS_PPM), rtc)
    steps = touches(rng, int(hours * 3600 * SECOND_US)) if station_id < 250 else []
    return built(made, steps, leaps)


@pytest.mark.parametrize("station_id", [1, 2, 3, 250])
@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=3, deadline=None)
def test_a_station_alone(station_id: int, seed: int) -> None:
    hours = 0.2
    one, other = (alone(seed, station_id, "set", leaps, hours) for leaps in (False, True))
    rng = Random(seed)
    at_us = 0
    while at_us < hours * 3600 * SECOND_US:
        at_us += rng.choice(SPANS_US)
        one.advance_to(at_us)
        other.advance_to(at_us)
        assert not differences(one, other), (at_us, differences(one, other))
    assert flash(one) == flash(other)


@pytest.mark.parametrize("rtc", ["none", "lost"])
def test_a_station_without_the_time(rtc: str) -> None:
    one, other = (alone(7, 1, rtc, leaps, 0.3) for leaps in (False, True))
    for at_us in range(61_234_567, 1000 * SECOND_US, 61_234_567):
        one.advance_to(at_us)
        other.advance_to(at_us)
        assert not differences(one, other), at_us
    assert flash(one) == flash(other)


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=3, deadline=None)
def test_four_on_one_air(seed: int) -> None:
    worlds = [valley(seed, leaps) for leaps in (False, True)]
    rng = Random(seed)
    at_us = 0
    while at_us < 400 * SECOND_US:
        at_us += rng.choice(SPANS_US)
        for world, stations in worlds:
            advance(stations, world, at_us)
        for one, other in zip(worlds[0][1], worlds[1][1], strict=True):
            assert not differences(one, other), (at_us, differences(one, other))
    for one, other in zip(worlds[0][1], worlds[1][1], strict=True):
        assert flash(one) == flash(other)


def valley(seed: int, leaps: bool) -> tuple[World, list[VirtualStation]]:
    rng = Random(seed)
    world = World()
    air = Air(world, seed)
    air.loss_permille = rng.choice([0, 200])
    stations: list[VirtualStation] = []
    for station_id in (1, 2, 3, 250):
        steps = touches(rng, 400 * SECOND_US, 60) if station_id != 250 else []
        stations.append(built(plan(station_id, rng.choice(DRIFTS_PPM)), steps, leaps, air))
    return world, stations


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
