"""What must hold for every race. Each function takes a random world and asserts."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from pathlib import Path

import racekit
from gate_wire import kinds
from latekit import Late
from racekit import official_log
from raceworlds import World
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import Observation, Timed, by_log
from yellowgate.report.touches import touches_csv
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.decisions import evaluate
from yellowgate.store.store import Store

TOUCHES = (kinds.PRESS, kinds.TAG, kinds.START, kinds.TAPS)


def log_of(
    world: World, timed: list[Timed], said: list[Ruling], rng: random.Random | None = None
) -> OfficialLog:
    """The log of these observations and rulings. rng: the stations' logs come in any order."""
    kit = world.kit
    as_of_us = racekit.START_US + round(world.as_of_s * 1e6)
    times = racekit.timed_by_log(timed)
    if rng is not None:
        rng.shuffle(times)
    ruled = evaluate(said, as_of_us, (runner.name for runner in kit.roster))
    return official_log(kit.listed, kit.roster, times, ruled, kit.told, as_of_us)


def same_bytes_in_any_order(world: World, rng: random.Random) -> None:
    """Order, grouping and repetition of observations, rulings and roster change nothing."""
    kit = world.kit
    first = to_json(log_of(world, kit.timed, kit.rulings))
    timed = kit.timed + rng.choices(kit.timed, k=rng.randrange(5))
    said = kit.rulings + (rng.choices(kit.rulings, k=2) if kit.rulings else [])
    rng.shuffle(timed)
    rng.shuffle(said)
    rng.shuffle(kit.roster)
    assert to_json(log_of(world, timed, said, rng)) == first


def same_bytes_by_any_way_of_merging(world: World, rng: random.Random) -> None:
    """Records and rulings that several laptops hold in part, some doubly, merged in any order and
    more than once: the log of all of it. Through the stores, by the stations' own clocks.
    """
    kit = world.kit
    as_of_us = racekit.START_US + round(world.as_of_s * 1e6)
    logs = by_log(row.observation for row in kit.timed)
    race = Race(kit.listed, kit.roster, logs, kit.rulings, kit.told)
    expected = to_json(race.log(as_of_us))
    with tempfile.TemporaryDirectory() as folder:
        laptops = [Store.file(Path(folder) / f"{number}.db") for number in range(3)]
        for laptop in laptops:
            laptop.add_observations(_some(rng, [row.observation for row in kit.timed]))
            laptop.add_rulings(rng.sample(kit.rulings, rng.randrange(len(kit.rulings) + 1)))
        laptops[1].add_observations(_some(rng, [row.observation for row in kit.timed], share=1))
        laptops[2].add_rulings(kit.rulings)
        laptops[0].add_log_stations(
            (log_id, number) for log_id, told in kit.told.items() for number in told.numbers
        )
        mine, *others = laptops
        for other in rng.sample([*others, rng.choice(others)], 3):
            mine.merge(other)
        assert to_json(Race.read(kit.listed, kit.roster, mine).log(as_of_us)) == expected
        for laptop in laptops:
            laptop.close()


def _some(
    rng: random.Random, rows: list[Observation], share: float = 0.5
) -> list[tuple[str, bytes]]:
    """A share of these records, some twice, in any order."""
    chosen = [row for row in rows if rng.random() < share]
    chosen += rng.choices(rows, k=rng.randrange(3)) if share < 1 else rows[:2]
    rng.shuffle(chosen)
    return [(row.log_id, row.raw) for row in chosen]


def everywhere(log: OfficialLog) -> dict[tuple[str, int], int]:
    """How often each touch is in the log's evidence (problems only repeat what stands there)."""
    found: dict[tuple[str, int], int] = {}
    rows = [row for line in log.runners for loop in line.loops for row in loop.evidence]
    rows += [row for line in log.runners for seen in line.sightings for row in seen.evidence]
    rows += [row for line in log.runners for row in line.signals]
    rows += [row for one in log.unassigned for row in one.evidence]
    rows += [one.evidence for one in log.set_aside]
    rows += list(log.signals)
    for row in rows:
        if row.seq >= 0:
            found[row.log_id, row.seq] = found.get((row.log_id, row.seq), 0) + 1
    return found


def no_observation_vanishes(world: World) -> None:
    """Every touch up to the moment stands once in the evidence and once in the CSV of touches;
    every other record is counted.
    """
    kit = world.kit
    log = log_of(world, kit.timed, kit.rulings)
    until_us = racekit.START_US + round(world.as_of_s * 1e6)
    due = [row.observation for row in kit.timed if row.utc_us <= until_us]
    found = everywhere(log)
    touches = {(seen.log_id, seen.seq) for seen in due if seen.kind in TOUCHES}
    assert set(found) == touches, set(found) ^ touches
    assert set(found.values()) <= {1}, [key for key, times in found.items() if times > 1]
    table = csv.DictReader(io.StringIO(touches_csv(log)))
    listed = sorted((row["log_id"], int(row["seq"])) for row in table if row["log_id"])
    assert listed == sorted(touches)
    others = {(seen.log_id, seen.seq) for seen in due if seen.kind not in TOUCHES}
    counted = {
        (station.log_id, seq)
        for station in log.stations
        for first, last in station.other
        for seq in range(first, last + 1)
    }
    assert counted == others


def undoing_restores_the_bytes(world: World, rng: random.Random) -> None:
    """A ruling more and its undoing: the log is what it was."""
    kit = world.kit
    before = to_json(log_of(world, kit.timed, kit.rulings))
    at_us = racekit.START_US + rng.randrange(30_000) * 1_000_000
    name = rng.choice(kit.roster).name
    kind, data = rng.choice(
        [
            ("void", {"runner": name, "loop": 1}),
            ("dropout", {"runner": name, "reason": "lost"}),
            ("start", {"at": racekit.START_US - 5_000_000}),
            ("pages", {"runner": name, "loop": 1, "have": 3, "of": 13}),
            ("paper", {"runner": name, "loop": 1, "in_s": 30000, "wins": True}),
        ]
    )
    added = ruling_kinds.make(kind, data, "eve", "a slip", at_us)
    undone = ruling_kinds.make("undo", {"ruling": added.id}, "eve", "a slip", at_us + 1)
    assert to_json(log_of(world, kit.timed, [*kit.rulings, added, undone])) == before


def late_record_changes_what_it_bears_on(world: World, rng: random.Random) -> None:
    """A record that comes late, of any kind and from any station: see latekit.py."""
    kit = world.kit
    late = rng.choice(kit.timed)
    early = [row for row in kit.timed if row is not late]
    if early:
        before, after = (log_of(world, rows, kit.rulings) for rows in (early, kit.timed))
        said = [row for row in kit.rulings if row.id in {line.id for line in after.rulings}]
        Late(before, after, late, said).check()
