"""What the records of one log say about its clocks: runs, stretches on the RTC, clock pairs.

A run is one boot: the crystal counts through it. A stretch is a part of a run in which the station
read its UTC from the edges of the DS3231; stretches that nothing separates (nobody set the clock,
it did not stop, it did not go back) share an epoch: there the RTC is one ruler, across reboots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise, repeat
from operator import itemgetter, mul, sub
from typing import Any, NamedTuple

from gate_wire import bodies, kinds

from yellowgate.clock import drift
from yellowgate.model import EPOCH_2020_US, Observation

ON_EDGE = kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
_ON_EDGE_MASK = ON_EDGE | kinds.RTC_STOPPED
_VOUCHED = (bodies.REFERENCE_NTP, bodies.REFERENCE_GPS)

# Within a run, RTC and crystal part by at most both rates, and besides by the cut-off milliseconds
# and the jitter of edges; more is a jump.
_JUMP_US = 2 * drift.STAMP_STEP_US + 2 * drift.EDGE_JITTER_US

_KIND, _BOOT, _UPTIME, _UTC, _QUALITY, _BODY = 2, 3, 4, 5, 6, 7  # places in an Observation


class Reference(NamedTuple):
    """One clock that pairs refer to. is_vouched: it said that NTP or GPS had set it."""

    reference_id: int
    is_vouched: bool

    @property
    def name(self) -> str:
        """As people see it and as rulings name it: eight hex digits."""
        return f"{self.reference_id:08x}"


class Pair(NamedTuple):
    """A clock pair as it stands in a record. utc_us since 1970."""

    run: int
    row: int
    uptime_us: int
    utc_us: int
    bound_us: int
    kind: int
    reference: Reference


class Stretch(NamedTuple):
    """Rows of one run whose station_utc_us runs on the RTC, all of one epoch."""

    run: int
    rows: Sequence[int]


@dataclass
class Run:
    """Rows start..stop of one boot. loose: rows that are not on the RTC."""

    start: int
    stop: int
    loose: Sequence[int] = ()
    spec: drift.Spec = drift.CRYSTAL


@dataclass
class Shape:
    """A log, sorted by sequence number, and its clocks."""

    rows: list[Observation]
    runs: list[Run] = field(default_factory=list[Run])
    epochs: list[list[Stretch]] = field(default_factory=list[list[Stretch]])
    pairs: list[Pair] = field(default_factory=list[Pair])
    settings: int = 0  # how often the clock was set


def shape_of(rows: list[Observation]) -> Shape:
    """rows: all records of one log, sorted by seq."""
    shape = Shape(rows)
    for start, stop in _run_bounds(rows):
        shape.runs.append(Run(start, stop))
    tracker = _Tracker(shape)
    for number, run in enumerate(shape.runs):
        columns = list(zip(*rows[run.start : run.stop], strict=True))
        run.spec = _spec(rows[run.start : run.stop], columns)
        tracker.add(number, run, columns)
        _add_pairs(shape, number, run, columns[_KIND])
    return shape


def _run_bounds(rows: Sequence[Observation]) -> list[tuple[int, int]]:
    """A run ends where the boot number changes or a boot record stands."""
    boots = list(map(itemgetter(_BOOT), rows))
    row_kinds = list(map(itemgetter(_KIND), rows))
    starts = {0}
    if boots[0] != boots[-1] or len(set(boots)) > 1:
        starts.update(at for at, (a, b) in enumerate(pairwise(boots), 1) if a != b)
    at = -1
    for _ in range(row_kinds.count(kinds.BOOT)):
        at = row_kinds.index(kinds.BOOT, at + 1)
        starts.add(at)
    bounds = sorted(starts)
    return list(zip(bounds, [*bounds[1:], len(rows)], strict=True))


def _spec(rows: Sequence[Observation], columns: Sequence[tuple[Any, ...]]) -> drift.Spec:
    """The crystal of this run, by what the station measured of it."""
    is_alarmed = any(quality & kinds.CRYSTAL_ALARM for quality in set(columns[_QUALITY]))
    low = high = 0
    if kinds.HEALTH in columns[_KIND]:
        bodies_of = (bodies.unpack_health(row.body) for row in rows if row.kind == kinds.HEALTH)
        celsius = [body.temperature_c for body in bodies_of if body is not None]
        low, high = min(celsius, default=0), max(celsius, default=0)
    return drift.crystal_for(is_alarmed, low, high)


def _add_pairs(shape: Shape, number: int, run: Run, row_kinds: tuple[Any, ...]) -> None:
    at = -1
    for _ in range(row_kinds.count(kinds.CLOCK)):
        at = row_kinds.index(kinds.CLOCK, at + 1)
        body = bodies.unpack_clock(shape.rows[run.start + at].body)
        if body is None:
            continue
        if body.what == bodies.CLOCK_SET:
            shape.settings += 1
        if body.what not in (bodies.CLOCK_PAIR, bodies.CLOCK_SET):
            continue
        if body.bound_us == 0xFFFFFFFF or body.reference == bodies.REFERENCE_UNKNOWN:
            continue  # nobody says how good it is
        reference = Reference(body.reference_id, body.reference in _VOUCHED)
        shape.pairs.append(
            Pair(
                number,
                run.start + at,
                body.uptime_us,
                body.utc_us + EPOCH_2020_US,
                max(1, body.bound_us),
                body.reference,
                reference,
            )
        )


class _Tracker:
    """Follows the RTC through the log and finds its epochs."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._epoch: list[Stretch] | None = None  # the one that goes on, if any
        self._last = -1  # the last row on the RTC, -1: none

    def add(self, number: int, run: Run, columns: Sequence[tuple[Any, ...]]) -> None:
        """The next run. columns: its rows, transposed."""
        if self._is_plain(columns):
            rows = range(run.start, run.stop)
            self._append(number, rows)
        else:
            self._walk(number, run)

    def _is_plain(self, columns: Sequence[tuple[Any, ...]]) -> bool:
        """All on the RTC without a jump or a setting: seen at once, since most runs are."""
        if {quality & _ON_EDGE_MASK for quality in set(columns[_QUALITY])} != {ON_EDGE}:
            return False
        if None in columns[_UTC] or len(columns[_UTC]) < 2:
            return False
        uptimes_us = map(mul, columns[_UPTIME], repeat(1000))
        apart: list[int] = list(map(sub, columns[_UTC], uptimes_us))
        steps: list[int] = list(map(sub, apart[1:], apart))
        if max(steps) > _JUMP_US or min(steps) < -_JUMP_US:
            return False
        if kinds.CLOCK in columns[_KIND]:
            is_clock = map(kinds.CLOCK.__eq__, columns[_KIND])
            return not any(map(_is_setting, compress(columns[_BODY], is_clock)))
        return True

    def _walk(self, number: int, run: Run) -> None:
        loose: list[int] = []
        part: list[int] = []
        rows = self._shape.rows
        for at in range(run.start, run.stop):
            row = rows[at]
            is_setting = row.kind == kinds.CLOCK and _is_setting(row.body)
            on_edge = row.quality & _ON_EDGE_MASK == ON_EDGE and row.station_utc_us is not None
            if on_edge and not is_setting:
                if part and _jumped(rows[part[-1]], row, run.spec):
                    self._append(number, part)
                    self._break()
                    part = []
                part.append(at)
                continue
            loose.append(at)
            if is_setting or row.quality & kinds.RTC_STOPPED:
                self._append(number, part)
                self._break()
                part = []
        self._append(number, part)
        run.loose = loose

    def _break(self) -> None:
        self._epoch = None
        self._last = -1

    def _append(self, number: int, part: Sequence[int]) -> None:
        if not part:
            return
        if self._epoch is None or not self._goes_on(part[0]):
            self._epoch = []
            self._shape.epochs.append(self._epoch)
        self._epoch.append(Stretch(number, part))
        self._last = part[-1]

    def _goes_on(self, at: int) -> bool:
        """Is the RTC at this row still on the time that it was on at the last row before?"""
        rows = self._shape.rows
        last, row = rows[self._last], rows[at]
        if row.seq - last.seq != at - self._last:
            return False  # a lost record may have been the one that tells of a setting
        return (row.station_utc_us or 0) >= (last.station_utc_us or 0) - _JUMP_US


def _is_setting(body: bytes) -> bool:
    return len(body) == bodies.CLOCK_BYTES and body[0] == bodies.CLOCK_SET


def _jumped(before: Observation, row: Observation, spec: drift.Spec) -> bool:
    """Did RTC and crystal part by more than both may between these two rows of a run?"""
    uptime_us = (row.uptime_ms - before.uptime_ms) * 1000
    utc_us = (row.station_utc_us or 0) - (before.station_utc_us or 0)
    rate_max = spec.rate_max + drift.RTC.rate_max
    return abs(utc_us - uptime_us) > _JUMP_US + abs(uptime_us) * rate_max
