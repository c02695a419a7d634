"""A race in a few lines: who runs, what stations saw, what was ruled; then the log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gate_wire import bodies, kinds, record
from yellowgate.event import race_toml
from yellowgate.event.race_toml import RaceFile, StationEntry
from yellowgate.model import Problem, Ruling, Runner, Station, Told
from yellowgate.race.judge import Given, computed
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.records import (
    BASES,
    EPOCH_2020_US,
    Observation,
    Timed,
    TimedRecords,
    by_log,
    observation,
)
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.decisions import Decisions, evaluate

START_US = EPOCH_2020_US + 164_000_000 * 1_000_000  # 2025-03-13, on a whole second
GATE, SPARE, TOWER = "a1" * 8, "a2" * 8, "b1" * 8
STATIONS = {
    GATE: Station(GATE, 1, "gate", "yellow gate", "gate"),
    SPARE: Station(SPARE, 2, "gate", "spare gate", "gate"),
    TOWER: Station(TOWER, 3, "tower", "fire tower", "fire tower"),
}
BOUND_US = 5_000


def official_log(
    race: RaceFile,
    roster: Sequence[Runner],
    times: Iterable[TimedRecords],
    decisions: Decisions,
    told: Mapping[str, Told],
    as_of_us: int,
) -> OfficialLog:
    """The whole computation."""
    return computed(Given(race, roster, list(times), decisions, told, as_of_us)).log


def span_s(text: str | float) -> float:
    """Seconds of "H:MM:SS", also negative."""
    if not isinstance(text, str):
        return text
    hours, minutes, seconds = text.lstrip("-").split(":")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return -total if text.startswith("-") else total


def uid(name: str) -> str:
    """A tag's UID made from the runner's name."""
    return "04" + hashlib.sha256(name.encode()).hexdigest()[:12]


def timed_by_log(rows: Iterable[Timed]) -> list[TimedRecords]:
    """Timed, in any order and however often, as columns of each log, by log id."""
    times = {row.observation: row for row in rows}
    result: list[TimedRecords] = []
    for log in by_log(times).values():
        _, utcs, bounds, bases = zip(*map(times.__getitem__, log), strict=True)
        columns = (utcs, bounds, map(BASES.index, bases))
        utcs_us, bounds_us, of_basis = (np.array(list(one), np.int64) for one in columns)
        result.append(TimedRecords(log, utcs_us, bounds_us, of_basis))
    return result


class RaceKit:
    """Collects runners, observations and rulings. Times: seconds since the start or H:MM:SS."""

    def __init__(self, preset: str = "barkley", rules: str = "", start: bool = True) -> None:
        text = f'[race]\nname = "test"\npreset = "{preset}"\n[rules]\n{rules}\n'
        self.race: RaceFile = race_toml.parse(text)
        self.roster: list[Runner] = []
        self.timed: list[Timed] = []
        self.rulings: list[Ruling] = []
        self.stations: dict[str, Station] = dict(STATIONS)
        self._seqs: dict[str, int] = {}
        if start:
            self.see(kinds.START, 0, b"", bound_us=0)

    def runners(self, *names: str, gender: str = "M") -> None:
        """Add runners, with tag and bib."""
        for name in names:
            bib = str(101 + len(self.roster))
            self.roster.append(Runner(name, gender, uid(name), {0: bib}))

    def see(
        self, kind: int, at: str | float, body: bytes, station: str = GATE, bound_us: int = BOUND_US
    ) -> Observation:
        """Any observation."""
        utc_us = START_US + round(span_s(at) * 1e6)
        seq = self._seqs.get(station, 0)
        self._seqs[station] = seq + 1
        log_id = bytes.fromhex(station)
        uptime_ms = max(0, (utc_us - START_US) // 1000 + 10_000_000)
        utc_ms = (utc_us - EPOCH_2020_US) // 1000
        raw = record.pack(record.Record(kind, seq, 1, uptime_ms, utc_ms, 1, body), log_id)
        seen = observation(raw, station)
        self.timed.append(Timed(seen, utc_us, bound_us, "pairs"))
        return seen

    def tag(self, name: str, *times: str | float, station: str = GATE, **more: int) -> None:
        """The runner's tag was read."""
        for at in times:
            self.see(kinds.TAG, at, bytes.fromhex(uid(name)), station, **more)

    def press(self, at: str | float, station: str = GATE) -> Observation:
        """The button was pressed."""
        return self.see(kinds.PRESS, at, b"", station)

    def compare(self, station: str, *times: float) -> None:
        """A clock that NTP has set was compared with this station's."""
        for at_s in times:
            utc_us = START_US + round(at_s * 1e6)
            uptime_us = max(0, utc_us - START_US + 10_000_000_000)
            pair = bodies.Clock(
                bodies.CLOCK_PAIR, bodies.REFERENCE_NTP, 1, uptime_us, utc_us - EPOCH_2020_US, 5_000
            )
            self.see(kinds.CLOCK, at_s, bodies.pack_clock(pair), station)

    def taps(self, name: str, at: str | float) -> None:
        """The bugle was played."""
        self.see(kinds.TAPS, at, bytes.fromhex(uid(name)))

    def rule(self, kind: str, made: str | float, by: str = "laz", **data: Any) -> Ruling:  # noqa: ANN401
        """Rule something; made: when."""
        at_us = START_US + round(span_s(made) * 1e6)
        if "for_" in data:
            data["for"] = data.pop("for_")
        ruling = ruling_kinds.make(kind, data, by, "as seen", at_us)
        self.rulings.append(ruling)
        return ruling

    def pages(self, name: str, loop: int, made: str | float, have: int = 13, **data: Any) -> Ruling:  # noqa: ANN401
        """Pages handed in."""
        return self.rule("pages", made, runner=name, loop=loop, have=have, of=13, **data)

    def decisions(self, as_of: str | float = "80:00:00") -> Decisions:
        """What is ruled at this moment."""
        moment_us = START_US + round(span_s(as_of) * 1e6)
        return evaluate(self.rulings, moment_us, (runner.name for runner in self.roster))

    def log(self, as_of: str | float = "80:00:00") -> OfficialLog:
        """The official log at this moment."""
        moment_us = START_US + round(span_s(as_of) * 1e6)
        times, ruled = timed_by_log(self.timed), self.decisions(as_of)
        return official_log(self.listed, self.roster, times, ruled, self.told, moment_us)

    @property
    def told(self) -> dict[str, Told]:
        """Whose log each is, as greetings tell."""
        heard = {row.observation.log_id for row in self.timed}
        return {
            log_id: Told(frozenset({one.station_id}))
            for log_id, one in self.stations.items()
            if log_id in heard
        }

    @property
    def listed(self) -> RaceFile:
        """The race with the stations that were heard of."""
        heard = {row.observation.log_id for row in self.timed}
        entries = (
            StationEntry(one.station_id, one.name, one.role, one.place)
            for one in self.stations.values()
            if one.log_id in heard
        )
        return replace(self.race, stations=tuple(entries))

    def line(self, name: str, as_of: str | float = "80:00:00") -> RunnerLog:
        """One runner's line."""
        return line(self.log(as_of), name)


def line(log: OfficialLog, name: str) -> RunnerLog:
    """A runner's line of a log."""
    return next(row for row in log.runners if row.name == name)


def verdicts(row: RunnerLog) -> list[str]:
    """Of all loops."""
    return [loop.verdict for loop in row.loops]


def last(row: RunnerLog) -> Loop:
    """The last loop."""
    return row.loops[-1]


def problems(log: OfficialLog, kind: str) -> list[Problem]:
    """The problems of a kind."""
    return [row for row in log.problems if row.kind == kind]


def names(rows: Sequence[RunnerLog]) -> list[str]:
    """In the order of the ranking."""
    return [row.name for row in rows]
