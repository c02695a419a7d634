"""Parts of the evidence of a race: what a laptop may hold at some moment.

A race is played whole first: each station's log begins with its boot record, has health records
between the touches and ends with the record of a sync. Then records are taken out of it (scattered
ones, the oldest, the newest, a span, whole logs), boot records more often, and rulings.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import racekit
from gate_wire import bodies, kinds, record
from racekit import RaceKit, official_log
from yellowgate.event.race_toml import StationEntry
from yellowgate.model import Ruling, Told
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.records import EPOCH_2020_US, Timed, observation
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.decisions import evaluate

ROLES = {name: number for number, name in kinds.ROLE_NAMES.items()}
# Words of doubts that come from what is missing.
MISSING = ("not here", "not heard", "never heard", "no record", "whose touch", "nobody knows where")
SHARES = (0.1, 0.5, 0.9, 1.0)


@dataclass
class Played:
    """A whole race: the records of each log by number, and all rulings."""

    kit: RaceKit
    logs: dict[str, list[Timed]]
    rulings: list[Ruling]


@dataclass
class Held:
    """What is here of it. is_all: everything."""

    timed: list[Timed]
    rulings: list[Ruling]
    told: dict[str, Told]
    is_all: bool


@dataclass
class Count:
    """How many loops have happened, how many the logs state, and how many of them without doubt;
    but for those that all evidence would leave in doubt (a bound over a cutoff, a departure that
    nobody saw).
    """

    happened: int = 0
    loops: int = 0
    sure: int = 0
    words: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, line: RunnerLog, happened: int) -> None:
        """The loops of this runner that have ended; happened: so many did in truth."""
        self.happened += happened
        for loop in line.loops:
            is_own = in_doubt(loop) and not any(words in loop.doubt for words in MISSING)
            if loop.verdict != "open" and not is_own:
                self.loops += 1
                self.sure += not in_doubt(loop)
                for part in loop.doubt.split("; ") if loop.doubt else ():
                    word = " ".join(part.split()[:4])
                    self.words[word] = self.words.get(word, 0) + 1

    @property
    def share(self) -> float:
        """Without doubt, of the loops that the logs state."""
        return self.sure / self.loops if self.loops else 1.0

    @property
    def share_of_all(self) -> float:
        """Without doubt, of the loops that happened."""
        return self.sure / self.happened if self.happened else 1.0


def play(
    kit: RaceKit,
    now_s: float,
    rng: random.Random,
    presses: float = 0.0,
    use_of: Callable[[str, float], str] = lambda _name, _at_s: "",
    limits_s: Sequence[float] = (),
) -> Played:
    """The kit's touches as whole logs up to now. presses: this share of the reads of tags are
    presses instead, and the director says whose they are, and what: use_of, of name and moment.
    limits_s: of the race; the clocks of a race whose moment is near one of them are right.
    """
    by_log: dict[str, list[tuple[int, int, bytes]]] = {}
    for row in kit.timed:
        one = row.observation
        by_log.setdefault(one.log_id, []).append((row.utc_us, one.kind, one.body))
    now_us = racekit.START_US + round(now_s * 1e6)
    moments = [row.utc_us for row in kit.timed]
    moments += [racekit.START_US + round(limit_s * 1e6) for limit_s in limits_s]
    near = any(abs(utc_us - now_us) < 5_000_000 for utc_us in moments)
    by_uid = {racekit.uid(runner.name): runner.name for runner in kit.roster}
    logs: dict[str, list[Timed]] = {}
    rulings = list(kit.rulings)
    for log_id, touched in sorted(by_log.items()):
        station = kit.stations[log_id]
        boot = bodies.Boot(0, ROLES[station.role], station.station_id, 0, (1, 0, 0))
        began_us = min(row[0] for row in touched) - 900_000_000
        seen = [(began_us, kinds.BOOT, bodies.pack_boot(boot)), *sorted(touched)]
        at_us = began_us
        while at_us < now_us:
            at_us += round(rng.uniform(600, 7200) * 1e6)
            seen.append((at_us, kinds.HEALTH, b""))
        seen = sorted(row for row in seen if row[0] <= now_us)
        seen.append((now_us, kinds.CLOCK, b""))
        bound_us = 0 if near else rng.choice([0, 0, 5_000, 2_000_000])
        off_us = rng.randint(-bound_us, bound_us)
        logs[log_id] = []
        for seq, (utc_us, kind, body) in enumerate(seen):
            made = (kind, body)
            if kind == kinds.TAG and rng.random() < presses and _is_alone(seen, seq):
                name = by_uid[body.hex()]
                data = {"log_id": log_id, "seq": seq, "runner": name}
                use = use_of(name, (utc_us - racekit.START_US) / 1e6)
                data |= {"use": use} if use else {}
                rulings.append(ruling_kinds.make("assign", data, "laz", "", utc_us))
                made = (kinds.PRESS, b"")
            is_last = utc_us == now_us
            shown_us = utc_us if is_last else utc_us + off_us
            own_us = 0 if is_last else bound_us
            logs[log_id].append(_timed(log_id, seq, made[0], shown_us, own_us, made[1]))
    return Played(kit, logs, rulings)


def _is_alone(seen: Sequence[tuple[int, int, bytes]], at: int) -> bool:
    """A press beside the tag of another runner is taken for one touch with it: no truth of the race
    is in the records then.
    """
    utc_us, _, body = seen[at]
    return not any(
        abs(other_us - utc_us) <= 5_000_000 and uid not in (b"", body) for other_us, _, uid in seen
    )


def _timed(log_id: str, seq: int, kind: int, utc_us: int, bound_us: int, body: bytes) -> Timed:
    uptime_ms = max(0, (utc_us - racekit.START_US) // 1000 + 100_000_000)
    utc_ms = (utc_us - EPOCH_2020_US) // 1000
    raw = record.pack(
        record.Record(kind, seq, 1, uptime_ms, utc_ms, 1, body), bytes.fromhex(log_id)
    )
    return Timed(observation(raw, log_id), utc_us, bound_us, "pairs")


def _scattered(rows: Sequence[Timed], share: float, rng: random.Random) -> list[Timed]:
    return [row for row in rows if rng.random() < share]


def _oldest(rows: Sequence[Timed], share: float, _rng: random.Random) -> list[Timed]:
    return list(rows[: round(len(rows) * share)])


def _newest(rows: Sequence[Timed], share: float, _rng: random.Random) -> list[Timed]:
    return list(rows[len(rows) - round(len(rows) * share) :])


def _holed(rows: Sequence[Timed], share: float, rng: random.Random) -> list[Timed]:
    hole = round(len(rows) * (1 - share))
    at = rng.randint(0, len(rows) - hole)
    return [*rows[:at], *rows[at + hole :]]


PATTERNS: tuple[Callable[[Sequence[Timed], float, random.Random], list[Timed]], ...] = (
    _scattered,
    _oldest,
    _newest,
    _holed,
    _holed,
)


def take(played: Played, share: float, rng: random.Random) -> Held:
    """A share of the evidence, by another pattern for each log."""
    if share >= 1:
        told = {log_id: _told(played, log_id, len(rows)) for log_id, rows in played.logs.items()}
        timed = [row for rows in played.logs.values() for row in rows]
        return Held(timed, played.rulings, told, True)
    timed: list[Timed] = []
    told: dict[str, Told] = {}
    for log_id, rows in played.logs.items():
        kept = rng.choice(PATTERNS)(rows, share, rng)
        if rng.random() < (1 - share) / 4:
            kept = []
        if rng.random() < 0.3:
            kept = [row for row in kept if row.observation.kind != kinds.BOOT]
        is_cut = bool(kept) and kept[-1] != rows[-1] and kept[-1].utc_us == rows[-1].utc_us
        if is_cut:  # that more was seen in that very moment no clock says, but the station does
            told[log_id] = _told(played, log_id, len(rows))
        elif rng.random() < 0.8:
            told[log_id] = _told(played, log_id, rng.choice([0, len(rows)]))
        timed += kept
    rulings = [row for row in played.rulings if rng.random() < max(share, 0.5)]
    return Held(timed, rulings, told, False)


def _told(played: Played, log_id: str, next_seq: int) -> Told:
    return Told(frozenset({played.kit.stations[log_id].station_id}), next_seq)


def log_of(played: Played, held: Held, now_s: float) -> OfficialLog:
    """The official log of what is held, in a race whose stations are all in race.toml."""
    kit = played.kit
    stations = [kit.stations[log_id] for log_id in played.logs]
    entries = tuple(StationEntry(one.station_id, one.name, one.role, one.place) for one in stations)
    race = replace(kit.race, stations=entries)
    moment = racekit.START_US + round(now_s * 1e6)
    times = racekit.timed_by_log(held.timed)
    ruled = evaluate(held.rulings, moment, (runner.name for runner in kit.roster))
    return official_log(race, kit.roster, times, ruled, held.told, moment)


def in_doubt(loop: Loop) -> bool:
    """Is the loop itself in doubt? Whether it came before another runner's is another question."""
    parts = loop.doubt.split("; ") if loop.doubtful else []
    return any(not part.startswith(("the order with", "who left first")) for part in parts)


def is_doubted(log: OfficialLog, line: RunnerLog) -> bool:
    """Is anything of this runner in doubt, or waiting for a person?"""
    return any(map(in_doubt, line.loops)) or any(
        row.runner == line.name and row.level != "note" for row in log.problems
    )


def missing(played: Played, held: Held, kind: str, **data: Any) -> list[Ruling]:  # noqa: ANN401
    """Rulings of a kind with these data that are not here."""
    here = {row.id for row in held.rulings}
    return [
        row
        for row in played.rulings
        if row.kind == kind
        and row.id not in here
        and all(row.data.get(key) == value for key, value in data.items())
    ]


def check_words(line: RunnerLog) -> None:
    """All evidence is here: nothing is in doubt for what is missing."""
    for loop in line.loops:
        assert not any(words in loop.doubt for words in MISSING), ("doubt", loop.doubt)


def check_verdicts(line: RunnerLog, true: Sequence[str]) -> None:
    """All evidence is here: every loop stands in the log, and those without doubt as they were."""
    assert len(line.loops) == len(true), ("all", line, true)
    for loop, verdict in zip(line.loops, true, strict=True):
        assert in_doubt(loop) or loop.verdict == verdict, ("all", loop, verdict)
