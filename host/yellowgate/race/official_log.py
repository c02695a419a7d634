"""The official log: what the rules make of observations and rulings.

The dataclasses mirror its JSON (official-log.schema.json beside this file, log_json.py): the same
names, the same order. Times are whole microseconds here, and become seconds and words when they
are written: spans (`in_us`) count from the start, None when there is no start or no such moment,
and are seconds in the JSON (`in_s`); times of day (`utc_us`) count from 1970 in UTC and are ISO
8601 there (`utc`). `elapsed` is H:MM:SS, truncated to whole seconds as everywhere. `margin_us` is
negative when over. Nothing in it depends on the order in which observations arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple, cast, overload

from yellowgate.model import Evidence, Pages, Problem, RulingLine, Status, Verdict

UNWRITTEN = {"is_written": False}  # of a field that is not in the JSON


class Loop(NamedTuple):
    """One loop, yard, lap, or leg between two stations, of one runner.

    loop counts from 1; place: where it ends. out_us: departure onto it, in_us: arrival at its end.
    start_by_us: the last moment to leave for it, where there is one. note: words to the verdict
    ("over by 0:02:00"); doubt: words to `doubtful`. direction is "" where the race has none.
    """

    loop: int
    place: str
    bib: str
    out_us: int | None
    in_us: int | None
    elapsed: str
    cutoff_us: int | None
    start_by_us: int | None
    margin_us: int | None
    direction: str
    pages: Pages | None
    verdict: Verdict
    note: str
    uncertainty_us: int | None
    doubtful: bool
    doubt: str
    evidence: Sequence[Evidence]
    rulings: tuple[RulingLine, ...]


class Laps(Sequence[Loop]):
    """Loops of a runner that are made when they are looked at: a race may have some hundred
    thousand laps, and a table of the results shows none.

    make: the loops from one place to another. ins_us: when each ended, bounds_us: by how much that
    may be off. odd: the places of those that may not be counted, be in doubt, or have a ruling.
    """

    __slots__ = ("_changed", "_make", "bounds_us", "ins_us", "odd")

    def __init__(
        self,
        make: Callable[[int, int], Iterator[Loop]],
        ins_us: Sequence[int],
        bounds_us: Sequence[int],
        odd: Iterable[int] = (),
    ) -> None:
        self._make = make
        self._changed: dict[int, Loop] = {}
        self.ins_us = ins_us
        self.bounds_us = bounds_us
        self.odd = set(odd)

    @property
    def outs_us(self) -> list[int]:
        """When each began: with the end of the one before, or the start."""
        return [0, *self.ins_us[:-1]] if self.ins_us else []

    def is_counted(self, at: int) -> bool:
        """Does this one count?"""
        return at not in self.odd or self[at].verdict == "counted"

    def change(self, at: int, loop: Loop) -> None:
        """Put another in the place of this one."""
        self._changed[at] = loop
        self.odd.add(at)

    def __len__(self) -> int:
        return len(self.ins_us)

    @overload
    def __getitem__(self, at: int) -> Loop: ...
    @overload
    def __getitem__(self, at: slice) -> list[Loop]: ...
    def __getitem__(self, at: int | slice) -> Loop | list[Loop]:
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        place = range(len(self))[at]
        return self._changed.get(place) or next(self._make(place, place + 1))

    def __iter__(self) -> Iterator[Loop]:
        for at, loop in enumerate(self._make(0, len(self))):
            yield self._changed.get(at, loop)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(cast("Sequence[Any]", other))

    __hash__ = None  # type: ignore[assignment] # as of a list: what it is made of is not hashed

    def span(self, at: int) -> tuple[int, int]:
        """When this one began and ended, without making it."""
        return self.ins_us[at - 1] if at else 0, self.ins_us[at]


def not_plain(loops: Sequence[Loop]) -> Sequence[Loop]:
    """Those loops that may not be counted, be in doubt, or have a ruling: all the others count and
    nothing is to be said of them. Where nobody knows which those are, all.
    """
    return [loops[at] for at in sorted(loops.odd)] if isinstance(loops, Laps) else loops


@dataclass(frozen=True, slots=True)
class SightingLine:
    """The runner was seen: at a checkpoint, or by somebody whose word the director wrote down.

    source: "station" or "ruling". loop: the one that the runner was on, 0 for none.
    """

    at_us: int | None
    utc_us: int
    place: str
    loop: int
    source: str
    text: str
    uncertainty_us: int
    evidence: tuple[Evidence, ...]
    rulings: tuple[RulingLine, ...]


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class that the runner is ranked in: its name ("team"), which one ("Red"), the place."""

    name: str
    value: str
    place: int | None


@dataclass(frozen=True, slots=True)
class RunnerLog:
    """One runner's line, in the order of the ranking.

    place is among all, place_gender among those of the same gender; None for who did not start.
    status "fun run" stays after taps: then `taps_us` is there. bib: the one worn now or last.
    tag: UID in hex, two with a space between.
    result_us: the time that ranks. doubt: words, when place or status is doubtful.
    accounted: false when nobody knows where the runner is (overdue, or out and not back).
    signals: the bugle's records, taps. wave: with whom started, "" for the race's own start;
    start_us: the moment from which the runner's times count.
    """

    name: str
    gender: str
    status: Status
    reason: str
    place: int | None
    place_gender: int | None
    bib: str
    tag: str
    loops_counted: int
    result_us: int | None
    result: str
    distance_km: float | None
    loop_now: int
    since_us: int | None
    last_seen_us: int | None
    last_seen_place: str
    next_cutoff_us: int | None
    taps_us: int | None
    returned_us: int | None
    known_us: int | None
    accounted: bool
    doubtful: bool
    doubt: str
    loops: Sequence[Loop]
    sightings: tuple[SightingLine, ...]
    rulings: tuple[RulingLine, ...]
    signals: tuple[Evidence, ...] = ()
    classes: tuple[ClassLine, ...] = ()
    wave: str = ""
    start_us: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who an unassigned press or tag may be, best first. why: in words. rank: 1 is the best; those
    of one rank are equally good, and nobody but a person can tell them apart. order: what ranks,
    also among the proposals of other races; not written.
    """

    name: str
    bib: str
    loop: int
    use: str
    why: str
    rank: int = 1
    order: tuple[int, ...] = field(default=(), metadata=UNWRITTEN)


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A press, or the read of a tag that nobody in the roster has. uid: hex, "" for a press.

    evidence: the first read and its repetitions within the double-tap window.
    """

    uid: str
    at_us: int | None
    proposals: tuple[Proposal, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """An observation that is kept and not used, and why (void, nothing for it to mean)."""

    runner: str
    why: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StationLine:
    """A station as its records show it. The records that are no touch (boot, clock, health, and
    kinds that this version does not know) are accounted for here: `other` has their sequence
    numbers as ranges [first, last]. last_us: the time of its last record of any kind.
    """

    name: str
    log_id: str
    role: str
    place: str
    records: int
    touches: int
    last_us: int | None
    uncertainty_us_max: int | None
    other: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class OfficialLog:
    """The log as of a moment. start_us, conch_us: None when not known (yet).

    start_by: where the start comes from: "ruling", "station", "race file", "conch", "";
    start_uncertainty_us: its bound. state: "not started", "running" or "over". rulings: all in
    force; those taken back are in the store. signals: the stations' start records.
    """

    race: str
    preset: str
    zone: str
    start_us: int | None
    start_by: str
    start_uncertainty_us: int | None
    conch_us: int | None
    as_of_us: int
    state: str
    runners: tuple[RunnerLog, ...]
    unassigned: tuple[Unassigned, ...]
    problems: tuple[Problem, ...]
    set_aside: tuple[SetAside, ...]
    stations: tuple[StationLine, ...]
    rulings: tuple[RulingLine, ...]
    signals: tuple[Evidence, ...] = ()


def schema() -> Mapping[str, Any]:
    """The JSON schema of the log."""
    file = resources.files("yellowgate.race").joinpath("official-log.schema.json")
    return json.loads(file.read_text("utf-8"))
