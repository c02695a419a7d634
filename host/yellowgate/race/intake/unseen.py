"""What is not here: spans of time of which records of a station are missing.

A log's numbers have no gap when all of it is here, so a gap says that something was seen between
the two records beside it; what a station saw after its last record nobody knows yet, and of one
in race.toml that was never heard of, nothing. Whoever states something from the records asks here
what could have been seen otherwise. Moments are UTC in microseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Station, Told
from yellowgate.records import Column, TimedRecords
from yellowgate.times import UNBOUNDED_US

EVER_US = 1 << 62
_NOTHING = Told()


class Gap(NamedTuple):
    """A span between two records, or before the first, or after the last one.

    first, last: the numbers missing; last -1: nobody knows how many. slack_us: how far its ends
    may be off, seen from another station's clock.
    """

    from_us: int
    until_us: int
    first: int
    last: int
    slack_us: int


@dataclass(frozen=True)
class Lack:
    """What is missing of one station, by time. log_id "": it was never heard of."""

    station: Station
    gaps: tuple[Gap, ...]
    _froms: list[int] = field(init=False, compare=False)
    _ends: list[int] = field(init=False, compare=False)  # latest end of the gaps up to each
    slack_us: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_froms", [gap.from_us for gap in self.gaps])
        object.__setattr__(self, "_ends", list(accumulate((g.until_us for g in self.gaps), max)))
        object.__setattr__(self, "slack_us", max((g.slack_us for g in self.gaps), default=0))

    def between(self, from_us: int, until_us: int, is_own: bool) -> Gap | None:
        """A gap in which something may have been seen in this span, but for its last moment.
        is_own: the span's ends are moments of this station's own records, so that no clock stands
        between.
        """
        slack_us = 0 if is_own else self.slack_us
        at = bisect_left(self._froms, until_us + slack_us)
        if not at or self._ends[at - 1] + slack_us < from_us or from_us >= until_us:
            return None
        return next(gap for gap in self.gaps[at - 1 :: -1] if gap.until_us + slack_us >= from_us)


Lacks = Sequence[Lack]


class _Known(NamedTuple):
    """What is missing of a log, and what that was found from."""

    log: TimedRecords
    told: Told
    end_us: int
    lack: Lack


class Unseen:
    """The lacks of all stations. A log that nobody knows may be of any of them. known: those of
    stations with a role whose records are here, by log id.
    """

    def __init__(
        self, lacks: Iterable[Lack], known: Mapping[str, _Known] = MappingProxyType({})
    ) -> None:
        self.known = known
        rows = [lack for lack in lacks if lack.gaps]
        self.gates = [lack for lack in rows if lack.station.role in ("gate", "")]
        self.towers = [lack for lack in rows if lack.station.role in ("tower", "")]
        self.all = [lack for lack in rows if lack.station.role != "base"]
        self._of_place: dict[str, Lacks] = {}
        self._begins, self._ends = _joined(gap for row in self.all for gap in row.gaps)
        # Most races ask of moments before anything is missing.
        self.first_us = min((row.gaps[0].from_us - row.slack_us for row in rows), default=EVER_US)

    def since(self, from_us: int) -> int:
        """The first moment from this one on of which something is missing; EVER_US: none."""
        at = bisect_right(self._ends, from_us)
        return max(self._begins[at], from_us) if at < len(self._begins) else EVER_US

    def since_each(self, froms_us: Column) -> Column:
        """since(), of many moments at once."""
        begins, ends = (np.array([*row, EVER_US]) for row in (self._begins, self._ends))
        at = np.searchsorted(ends[:-1], froms_us, "right")
        return np.where(at < len(ends) - 1, np.maximum(begins[at], froms_us), EVER_US)

    def earliest_news_us(self, other: Unseen) -> int:
        """From when on one of these two says what the other one does not; EVER_US: they agree."""
        if [row.station for row in self.all] != [row.station for row in other.all]:
            return -EVER_US
        first_us = EVER_US
        for one, two in zip(self.all, other.all, strict=True):
            if one.gaps != two.gaps:
                news = {*one.gaps, *two.gaps}
                if one.slack_us == two.slack_us:  # else each of them is looked at otherwise
                    news = set(one.gaps) ^ set(two.gaps)
                slack_us = max(one.slack_us, two.slack_us)
                first_us = min(first_us, min(gap.from_us for gap in news) - slack_us)
        return first_us

    def of_place(self, place: str) -> Lacks:
        """Of the stations at this place."""
        found = self._of_place.get(place)
        if found is None:
            found = [row for row in self.all if place == row.station.place or not row.station.role]
            self._of_place[place] = found
        return found


def _joined(gaps: Iterable[Gap]) -> tuple[list[int], list[int]]:
    """Where spans with gaps begin and end, in order; those that overlap are one."""
    begins: list[int] = []
    ends: list[int] = []
    # A record that is known to be missing may be of the very moment of the one before it.
    spans = ((gap.from_us - (gap.last >= gap.first), gap.until_us) for gap in gaps)
    for from_us, until_us in sorted(spans):
        if ends and from_us <= ends[-1]:
            ends[-1] = max(ends[-1], until_us)
        else:
            begins.append(from_us)
            ends.append(until_us)
    return begins, ends


def find_gap(
    lacks: Lacks, from_us: int, until_us: int, own_log: str = ""
) -> tuple[Station, Gap] | None:
    """A gap of any of them in this span, and whose it is."""
    for lack in lacks:
        gap = lack.between(from_us, until_us, lack.station.log_id == own_log)
        if gap is not None:
            return lack.station, gap
    return None


def unseen(
    race: RaceFile,
    stations: Mapping[str, Station],
    told: Mapping[str, Told],
    times: Iterable[TimedRecords],
    before: Unseen | None = None,
) -> Unseen:
    """What is missing of everything. times: all records, whatever their moment: a later record
    shows that nothing is missing before it. before: of the same race earlier; what was found from
    the very same log stands.
    """
    logs = {log.records.log_id: log for log in times if len(log.records)}
    ends = _ends(race, stations, logs)
    lacks: list[Lack] = []
    was = dict[str, _Known]() if before is None else before.known
    known: dict[str, _Known] = {}
    for log_id, station in stations.items():
        end_us = ends.get(log_id, EVER_US)
        if log_id in logs and not station.role:
            lacks.append(Lack(station, (_unknown(logs[log_id]),)))
        elif log_id in logs:
            its = told.get(log_id, _NOTHING)
            known[log_id] = _known(station, logs[log_id], its, end_us, was.get(log_id))
            lacks.append(known[log_id].lack)
        else:
            gap = Gap(-EVER_US, end_us, 0, told[log_id].next_seq - 1, 0)
            lacks.append(Lack(station, (gap,)))
    heard = {station.station_id for station in stations.values() if station.role}
    for entry in race.stations:
        if entry.id not in heard:
            station = Station("", entry.id, entry.role, entry.name, entry.place)
            end_us = EVER_US if entry.until_us is None else entry.until_us
            lacks.append(Lack(station, (Gap(-EVER_US, end_us, 0, -1, 0),)))
    return Unseen(lacks, known)


def _known(
    station: Station, log: TimedRecords, told: Told, end_us: int, was: _Known | None
) -> _Known:
    if (
        was is not None
        and was.log is log
        and (was.told, was.end_us, was.lack.station) == (told, end_us, station)
    ):
        return was
    return _Known(log, told, end_us, Lack(station, tuple(_gaps(log, told, end_us))))


def _ends(
    race: RaceFile, stations: Mapping[str, Station], logs: Mapping[str, TimedRecords]
) -> dict[str, int]:
    """When each log was over: its station had begun another one, or was not in use any more. Two
    logs of one number side by side are of two boards, and neither ends the other.
    """
    begins: dict[int, list[tuple[int, str]]] = {}
    for log_id, log in logs.items():
        if stations[log_id].role:
            row = (int(log.utcs_us[0]), log_id)
            begins.setdefault(stations[log_id].station_id, []).append(row)
    ends: dict[str, int] = {}
    for number, rows in begins.items():
        entry = race.station(number)
        until_us = EVER_US if entry is None or entry.until_us is None else entry.until_us
        rows.sort()
        for (_, log_id), (next_us, _) in zip(rows, [*rows[1:], (EVER_US, "")], strict=True):
            is_over = int(logs[log_id].utcs_us[-1]) <= next_us
            ends[log_id] = min(until_us, next_us if is_over else EVER_US)
    return ends


def _unknown(log: TimedRecords) -> Gap:
    """All that a log has seen of which nobody knows where it stood, may have been seen anywhere."""
    seqs, is_timed = log.records.seqs, log.bounds_us < UNBOUNDED_US
    whole = bool(is_timed.all()) and not int(seqs[0])
    from_us = int(log.utcs_us.min()) - int(log.bounds_us.max()) - 1 if whole else -EVER_US
    return Gap(from_us, EVER_US, int(seqs[0]), int(seqs[-1]), 0)


def _gaps(log: TimedRecords, told: Told, end_us: int) -> list[Gap]:
    """Before the first record, between records, and after the last one; by time."""
    seqs, utcs_us, bounds_us = log.records.seqs, log.utcs_us, log.bounds_us
    is_timed = bounds_us < UNBOUNDED_US
    rows = np.arange(len(seqs))
    holes = np.flatnonzero(np.diff(seqs) > 1)
    if len(holes) or int(seqs[0]):
        # A record without a clock behind it bounds nothing: the next one that has one does.
        earlier = np.maximum.accumulate(np.where(is_timed, rows, -1))
        later = np.minimum.accumulate(np.where(is_timed, rows, len(rows))[::-1])[::-1]
    else:
        earlier = later = rows

    def moment(at: int, nowhere_us: int) -> tuple[int, int]:
        is_here = 0 <= at < len(rows)
        return (int(utcs_us[at]), int(bounds_us[at])) if is_here else (nowhere_us, 0)

    gaps: list[Gap] = []
    left_out = set(told.never_written)
    for at in ([-1] if int(seqs[0]) else []) + holes.tolist():
        first, last = (int(seqs[at]) + 1 if at >= 0 else 0), int(seqs[at + 1]) - 1
        if (first, last) not in left_out:
            from_us, slack_us = moment(int(earlier[at]) if at >= 0 else -1, -EVER_US)
            until_us, more_us = moment(int(later[at + 1]), EVER_US)
            gaps.append(Gap(from_us, until_us, first, last, max(slack_us, more_us)))
    # Of a log without any clock the times are an order, and the last record is still the last.
    newest = int(np.argmax(np.where(is_timed, utcs_us, -EVER_US) if is_timed.any() else utcs_us))
    last_us, slack_us = moment(newest, -EVER_US)
    if last_us < end_us:
        first = int(seqs[-1]) + 1
        last = told.next_seq - 1 if told.next_seq > first else -1
        gaps.append(Gap(last_us, end_us, first, last, slack_us))
    return sorted(gaps)
