"""A race that is followed record by record is the race that is computed anew, to the byte."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import racekit
from examples import some
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from racekit import START_US
from raceworlds import World, worlds
from toldstore import ToldStore
from yellowgate.live import Live
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.race.checks.roll_call import board
from yellowgate.race.log_json import to_json
from yellowgate.records import Observation
from yellowgate.store.store import Store

SLOW = settings(some(25), suppress_health_check=[HealthCheck.function_scoped_fixture])


def shown(race: Race, as_of_us: int) -> str:
    moment = race.at(as_of_us)
    states = sorted(moment.states().items())
    return f"{to_json(moment.log)}{board(moment.log, race.file)}{states}{moment.problems}"


@SLOW
@given(data=st.data(), world=worlds())
def test_each_step_gives_the_bytes_of_the_whole_computation(
    tmp_path_factory: object, data: st.DataObject, world: World
) -> None:
    """Records come in any order, in any lots, rulings between them, and the time goes on."""
    kit = world.kit
    if data.draw(st.booleans()):
        for station in (racekit.GATE, racekit.SPARE, racekit.TOWER):
            kit.compare(station, -4_000.0, 200_000.0)
    folder = Path(tmp_path_factory.mktemp("live"))  # type: ignore[attr-defined]
    store = Store.file(folder / "race.db")
    for log_id, told in kit.told.items():
        store.add_log_stations((log_id, number) for number in told.numbers)
    live = Live(store)
    race, roster = kit.listed, kit.roster
    steps: list[Observation | Ruling] = [row.observation for row in kit.timed]
    steps += kit.rulings
    steps = data.draw(st.permutations(steps))
    as_of_us = START_US + data.draw(st.integers(-5_000, 250_000)) * 1_000_000
    while steps:
        count = data.draw(st.integers(1, 6))
        now, steps = steps[:count], steps[count:]
        rows = [row for row in now if isinstance(row, Observation)]
        store.add_observations((row.log_id, row.raw) for row in rows)
        store.add_rulings(row for row in now if isinstance(row, Ruling))
        as_of_us += data.draw(st.sampled_from([0, 1_000_000, 3_600_000_000]))
        if data.draw(st.integers(0, 3)) and steps:
            continue
        followed = live.race(race, roster)
        assert live.race(race, roster) is followed, "unchanged: the same object"
        anew = Race.read(race, roster, store)
        assert shown(followed, as_of_us) == shown(anew, as_of_us)
    store.close()


def test_nothing_but_what_changed_is_read(tmp_path: Path) -> None:
    kit = racekit.RaceKit("laps", "shortest_lap_s = 3000")
    kit.runners("Ann", "Bob")
    for hour in range(5):
        kit.tag("Ann", 4000.0 * (hour + 1))
        kit.tag("Bob", 4100.0 * (hour + 1), station=racekit.SPARE)
    rows = [(row.observation.log_id, row.observation.raw) for row in kit.timed]
    store = ToldStore.file(tmp_path / "race.db")
    assert isinstance(store, ToldStore)
    store.add_observations(rows[:-1])
    live = Live(store)
    before = live.race(kit.race, kit.roster)
    store.said.clear()
    assert live.race(kit.race, list(kit.roster)) is before
    assert not any("observations" in words for words in store.said)
    assert len(store.said) <= 6, store.said
    store.said.clear()
    Store.file(tmp_path / "race.db").add_observations(rows[-1:])
    after = live.race(kit.race, kit.roster)
    assert len([words for words in store.said if "observations" in words]) == 1
    assert after.logs[racekit.GATE] is before.logs[racekit.GATE]
    assert len(after.logs[racekit.SPARE]) == len(before.logs[racekit.SPARE]) + 1


def test_a_store_that_is_older_than_before_is_read_whole(tmp_path: Path) -> None:
    """Somebody put a backup in its place."""
    kit = racekit.RaceKit("laps")
    kit.runners("Ann")
    kit.tag("Ann", 4000.0, 8000.0)
    rows = [(row.observation.log_id, row.observation.raw) for row in kit.timed]
    store = Store.file(tmp_path / "race.db")
    for row in rows:
        store.add_observations([row])
    live = Live(store)
    live.race(kit.race, kit.roster)
    with closing(sqlite3.connect(tmp_path / "race.db")) as base, base:
        base.execute("DELETE FROM observations WHERE seq > 0")
        base.execute("UPDATE changes SET version = 1")
    assert sum(map(len, live.race(kit.race, kit.roster).logs.values())) == 1
