"""Two stations of one place see the same touches: when their clocks contradict each other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import racekit
from gate_wire import bodies, kinds
from racekit import GATE, SPARE, TOWER, RaceKit
from yellowgate.cli.main import run
from yellowgate.race.checks.clocks_differ import disagreements
from yellowgate.records import EPOCH_2020_US
from yellowgate.store.store import Store

NAMES = ("Ann", "Bob", "Cid", "Dot")
SECOND_US = 1_000_000


def found(race: RaceKit) -> list[str]:
    rows = disagreements(racekit.timed_by_log(race.timed), race.stations, 60 * SECOND_US)
    assert all(row.level == "look" for row in rows)
    return [row.text for row in rows]


def both(
    off_s: float,
    walk_s: tuple[float, float] = (0.5, 2),
    spare: str = SPARE,
    race: RaceKit | None = None,
) -> RaceKit:
    """Four runners, four loops: in and out at the gate and, a moment later, at another station
    whose clock is off by so much. Not everybody touches both.
    """
    rng = random.Random(7)
    race = race or RaceKit()
    race.runners(*NAMES)
    for number, name in enumerate(NAMES):
        for loop in range(1, 5):
            in_s = loop * 30_000 + number * 700 + rng.uniform(0, 600)
            for at_s in (in_s, in_s + rng.uniform(900, 1500)):
                race.tag(name, at_s, at_s + 3)
                if rng.random() < 0.8:
                    race.tag(name, at_s + off_s + rng.uniform(*walk_s), station=spare)
    return race


@pytest.mark.parametrize("off_s", [0, 0.5, -1.0])
def test_readers_side_by_side_agree(off_s: float) -> None:
    assert found(both(off_s)) == []


def test_a_way_between_two_readers_is_no_wrong_clock() -> None:
    assert found(both(0, walk_s=(5, 40))) == []


def test_a_station_elsewhere_is_not_compared() -> None:
    assert found(both(900, spare=TOWER)) == []


@pytest.mark.parametrize(
    ("off_s", "words"),
    [
        (300, "0:05:01 later"),
        (-300, "0:04:58 earlier"),
        (3600, "1:00:01 later"),
        (-7200, "1:59:58 earlier"),
    ],
)
def test_a_clock_that_is_off_by_minutes_or_hours(off_s: float, words: str) -> None:
    (text,) = found(both(off_s))
    assert text.startswith("spare gate has ")
    assert f"touches that yellow gate saw too {words}, and both clocks together" in text
    assert "±10 ms: one of them is wrong" in text


def test_a_few_seconds_are_seen_when_they_are_always_the_same() -> None:
    (text,) = found(both(9, walk_s=(0.1, 0.6)))
    assert "0:00:09.32 later" in text


def test_bounds_that_cover_the_difference_contradict_nothing() -> None:
    race = both(300)
    race.timed = [row._replace(bound_us=200 * SECOND_US) for row in race.timed]
    assert found(race) == []


def test_one_touch_proves_nothing() -> None:
    race = RaceKit()
    race.runners(*NAMES)
    race.tag("Ann", 30_000)
    race.tag("Ann", 30_300, station=SPARE)
    race.tag("Bob", 40_000)
    race.tag("Bob", 41_000, station=SPARE)
    assert found(race) == []


def test_order_of_records_changes_nothing() -> None:
    race = both(300)
    first = found(race)
    random.Random(1).shuffle(race.timed)
    assert found(race) == first
    assert racekit.STATIONS[GATE].name in first[0]


def test_verify_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two laptops that never met set one station each; the second one's clock is 5 minutes fast."""
    race = RaceKit(start=False)
    for station, number, fast_s in ((GATE, 1, 0), (SPARE, 2, 300)):
        boot = bodies.pack_boot(bodies.Boot(0, kinds.GATE, number, 0, (1, 0, 0)))
        race.see(kinds.BOOT, -5_000, boot, station)
        utc_us = racekit.START_US - EPOCH_2020_US + (fast_s - 4_000) * SECOND_US
        pair = bodies.Clock(
            bodies.CLOCK_PAIR, bodies.REFERENCE_NTP, number, 6_000 * SECOND_US, utc_us, 5_000
        )
        race.see(kinds.CLOCK, -4_000, bodies.pack_clock(pair), station)
    both(0, race=race)
    assert run(["init", str(tmp_path / "race")]) == 0
    folder = ["--race", str(tmp_path / "race")]
    file = tmp_path / "race" / "race.toml"
    spare = '[[station]]\nid = 2\nname = "spare"\nrole = "gate"\nplace = "gate"\n'
    file.write_text(
        file.read_text().replace("[[station]]\nid = 2", f"{spare}\n[[station]]\nid = 3")
    )
    store = Store.file(tmp_path / "race" / "race.db")
    store.add_observations((row.observation.log_id, row.observation.raw) for row in race.timed)
    capsys.readouterr()
    assert run(["verify", *folder, "--as-of", "2025-03-18T00:00:00Z"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "spare has" in shown
    assert "touches that yellow gate saw too 0:05:01 later" in shown
