"""What the records of one log say about its clocks: runs, stretches on the RTC, clock pairs.

A run is one boot: the crystal counts through it. A stretch is a part of a run in which the station
read its UTC from the edges of the DS3231; stretches that nothing separates (nobody set the clock,
it did not stop, it did not go back) share an epoch: there the RTC is one ruler, across reboots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.clock import drift
from yellowgate.records import EPOCH_2020_US, NO_UTC, Observation, Records

ON_EDGE = kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
_ON_EDGE_MASK = ON_EDGE | kinds.RTC_STOPPED
_VOUCHED = (bodies.REFERENCE_NTP, bodies.REFERENCE_GPS)

# Within a run, RTC and crystal part by at most both rates, and besides by the cut-off milliseconds
# and the jitter of edges; more is a jump.
_JUMP_US = 2 * drift.STAMP_STEP_US + 2 * drift.EDGE_JITTER_US


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

    rows: Records
    runs: list[Run] = field(default_factory=list[Run])
    epochs: list[list[Stretch]] = field(default_factory=list[list[Stretch]])
    pairs: list[Pair] = field(default_factory=list[Pair])

    def rtc_us(self, at: int) -> int:
        """What the station believed at this row, 0 when its clock was not set."""
        return max(0, int(self.rows.utcs_us[at]))

    def uptime_us(self, at: int) -> int:
        """Since the start of its run."""
        return int(self.rows.uptimes_ms[at]) * 1000


def shape_of(rows: Records) -> Shape:
    """The clocks of this log."""
    shape = Shape(rows)
    for start, stop in _run_bounds(rows):
        shape.runs.append(Run(start, stop))
    tracker = _Tracker(shape)
    for number, run in enumerate(shape.runs):
        run.spec = _spec(rows, run)
        tracker.add(number, run)
        _add_pairs(shape, number, run)
    return shape


def _run_bounds(rows: Records) -> list[tuple[int, int]]:
    """A run ends where the boot number changes or a boot record stands."""
    starts = {0, *np.flatnonzero(rows.of_kind == kinds.BOOT).tolist()}
    starts.update((np.flatnonzero(np.diff(rows.boots)) + 1).tolist())
    bounds = sorted(starts)
    return list(zip(bounds, [*bounds[1:], len(rows)], strict=True))


def _of_kind(rows: Records, run: Run, kind: int) -> list[int]:
    """The run's rows of this kind."""
    return (np.flatnonzero(rows.of_kind[run.start : run.stop] == kind) + run.start).tolist()


def _spec(rows: Records, run: Run) -> drift.Spec:
    """The crystal of this run, by what the station measured of it."""
    is_alarmed = bool(np.any(rows.qualities[run.start : run.stop] & kinds.CRYSTAL_ALARM))
    found = (bodies.unpack_health(rows.bodies[at]) for at in _of_kind(rows, run, kinds.HEALTH))
    celsius = [body.temperature_c for body in found if body is not None]
    return drift.crystal_for(is_alarmed, min(celsius, default=0), max(celsius, default=0))


def _add_pairs(shape: Shape, number: int, run: Run) -> None:
    for at in _of_kind(shape.rows, run, kinds.CLOCK):
        body = bodies.unpack_clock(shape.rows.bodies[at])
        if body is None:
            continue
        if body.what not in (bodies.CLOCK_PAIR, bodies.CLOCK_SET):
            continue
        if body.bound_us == 0xFFFFFFFF or body.reference == bodies.REFERENCE_UNKNOWN:
            continue  # nobody says how good it is
        reference = Reference(body.reference_id, body.reference in _VOUCHED)
        shape.pairs.append(
            Pair(
                number,
                at,
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

    def add(self, number: int, run: Run) -> None:
        """The next run."""
        rows = self._shape.rows
        qualities = rows.qualities[run.start : run.stop]
        on_edge = (qualities & _ON_EDGE_MASK == ON_EDGE) & (
            rows.utcs_us[run.start : run.stop] != NO_UTC
        )
        settings = any(_is_setting(rows.bodies[at]) for at in _of_kind(rows, run, kinds.CLOCK))
        if not on_edge.any():
            run.loose = range(run.start, run.stop)
            if settings or np.any(qualities & kinds.RTC_STOPPED):
                self._break()
        elif on_edge.all() and not settings and not self._jumps(run):
            self._append(number, range(run.start, run.stop))
        else:
            self._walk(number, run)

    def _jumps(self, run: Run) -> bool:
        """May RTC and crystal have parted by a jump between two rows?"""
        rows = self._shape.rows
        apart = rows.utcs_us[run.start : run.stop] - rows.uptimes_ms[run.start : run.stop] * 1000
        return bool(np.any(np.abs(np.diff(apart)) > _JUMP_US))

    def _walk(self, number: int, run: Run) -> None:
        """Row by row: some are on the RTC, or it was set, or it jumped."""
        loose: list[int] = []
        part: list[int] = []
        before: Observation | None = None
        for at, row in enumerate(self._shape.rows[run.start : run.stop], run.start):
            is_setting = row.kind == kinds.CLOCK and _is_setting(row.body)
            on_edge = row.quality & _ON_EDGE_MASK == ON_EDGE and row.station_utc_us is not None
            if on_edge and not is_setting:
                if part and before is not None and _jumped(before, row, run.spec):
                    self._append(number, part)
                    self._break()
                    part = []
                part.append(at)
                before = row
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
        shape = self._shape
        if shape.rows.seqs[at] - shape.rows.seqs[self._last] != at - self._last:
            return False  # a lost record may have been the one that tells of a setting
        return shape.rtc_us(at) >= shape.rtc_us(self._last) - _JUMP_US


def _is_setting(body: bytes) -> bool:
    return len(body) == bodies.CLOCK_BYTES and body[0] == bodies.CLOCK_SET


def _jumped(before: Observation, row: Observation, spec: drift.Spec) -> bool:
    """Did RTC and crystal part by more than both may between these two rows of a run?"""
    uptime_us = (row.uptime_ms - before.uptime_ms) * 1000
    utc_us = (row.station_utc_us or 0) - (before.station_utc_us or 0)
    rate_max = spec.rate_max + drift.RTC.rate_max
    return abs(utc_us - uptime_us) > _JUMP_US + abs(uptime_us) * rate_max
