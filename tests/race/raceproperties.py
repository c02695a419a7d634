"""What must hold for every race. Each function takes a random world and asserts."""

from __future__ import annotations

import json
import random
from typing import Any

import racekit
from gate_wire import kinds
from raceworlds import World
from yellowgate.model import Ruling, Timed, timed_by_log
from yellowgate.race import rulings
from yellowgate.race.judge import official_log
from yellowgate.race.officiallog import OfficialLog, to_json

TOUCHES = (kinds.PRESS, kinds.TAG, kinds.START, kinds.TAPS)


def log_of(world: World, timed: list[Timed], said: list[Ruling]) -> OfficialLog:
    """The log of these observations and rulings."""
    kit = world.kit
    as_of_us = racekit.START_US + round(world.as_of_s * 1e6)
    times = timed_by_log(timed)
    return official_log(kit.race, kit.roster, times, said, kit.stations, as_of_us)


def same_bytes_in_any_order(world: World, rng: random.Random) -> None:
    """Order, grouping and repetition of observations, rulings and roster change nothing."""
    kit = world.kit
    first = to_json(log_of(world, kit.timed, kit.rulings))
    timed = kit.timed + rng.choices(kit.timed, k=rng.randrange(5))
    said = kit.rulings + (rng.choices(kit.rulings, k=2) if kit.rulings else [])
    rng.shuffle(timed)
    rng.shuffle(said)
    rng.shuffle(kit.roster)
    assert to_json(log_of(world, timed, said)) == first


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
    """Every touch up to the moment stands once in the evidence, every other record is counted."""
    kit = world.kit
    log = log_of(world, kit.timed, kit.rulings)
    until_us = racekit.START_US + round(world.as_of_s * 1e6)
    due = [row.observation for row in kit.timed if row.utc_us <= until_us]
    found = everywhere(log)
    touches = {(seen.log_id, seen.seq) for seen in due if seen.kind in TOUCHES}
    assert set(found) == touches, set(found) ^ touches
    assert set(found.values()) <= {1}, [key for key, times in found.items() if times > 1]
    others = {(seen.log_id, seen.seq) for seen in due if seen.kind not in TOUCHES}
    listed = {
        (station.log_id, seq)
        for station in log.stations
        for first, last in station.other
        for seq in range(first, last + 1)
    }
    assert listed == others


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
    added = rulings.make(kind, data, "eve", "a slip", at_us)
    undone = rulings.make("undo", {"ruling": added.id}, "eve", "a slip", at_us + 1)
    assert to_json(log_of(world, kit.timed, [*kit.rulings, added, undone])) == before


def late_record_bears_on_its_runner_only(world: World, rng: random.Random) -> None:
    """A tag's read that comes late changes the line of its runner, and nothing but places, the
    order among runners (doubt, choice of direction, winning) and shared lists of the others.
    """
    kit = world.kit
    tags = [row for row in kit.timed if row.observation.kind == kinds.TAG]
    known = {bytes.fromhex(runner.tag): runner.name for runner in kit.roster}
    tags = [row for row in tags if row.observation.body in known]
    if not tags or any(ruling.kind in ("tag", "assign", "void") for ruling in kit.rulings):
        return
    late = rng.choice(tags)
    if any(row.observation.kind == kinds.PRESS for row in kit.timed):
        return  # a press may be given to the tag beside it: then it bears on both
    if late.observation.log_id in (racekit.TOWER, "cc" * 8):
        return  # whether the tower has reported bears on everybody
    name = known[late.observation.body]
    early = [row for row in kit.timed if row is not late]
    before = _lines(log_of(world, early, kit.rulings))
    after = _lines(log_of(world, kit.timed, kit.rulings))
    for other in before:
        if other != name:
            assert before[other] == after[other], other


def _lines(log: OfficialLog) -> dict[str, Any]:
    """Each runner's own part of the log."""
    shared = {"place", "place_gender", "doubtful", "doubt"}
    if log.preset == "backyard":
        shared |= {"status", "reason", "accounted", "loops", "next_cutoff_s", "in_camp", "loop_now"}
    rows = json.loads(to_json(log))["runners"]
    lines: dict[str, Any] = {}
    for row in rows:
        own = {key: value for key, value in row.items() if key not in shared}
        for loop in own.get("loops", []):
            for key in ("doubtful", "doubt", "direction", "note"):
                loop.pop(key)
        lines[row["name"]] = own
    return lines
