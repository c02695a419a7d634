"""From what stations saw to when it was: every observation with its true time and a hard bound.

The result depends on the set of observations and rulings only: they are sorted first, and what
follows is arithmetic. See drift.py for what is taken for granted, tube.py for how bounds follow
from it, align.py for RTC and crystal, hypotheses.py for laptops that are
wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from gate_wire import kinds

from yellowgate.clock import drift
from yellowgate.clock.align import Placed, Placement
from yellowgate.clock.differences import Differences
from yellowgate.clock.distance import LogDistances
from yellowgate.clock.hypotheses import Hypothesis, LogHypotheses, decide, survey
from yellowgate.clock.references import Group, by_reference_of, groups_of
from yellowgate.clock.shape import Pair, Reference, Shape, shape_of
from yellowgate.clock.standing import Standing
from yellowgate.records import (
    BASES,
    EPOCH_2020_US,
    NO_UTC,
    Column,
    Observation,
    Records,
    Timed,
    TimedRecords,
    by_log,
)
from yellowgate.rulings.trusted import Choice
from yellowgate.times import UNBOUNDED_US

_LATE_US = (drift.STAMP_LATE_US, drift.STAMP_STEP_US)  # the truth lies so far before, after
_ROUNDING_US = 5
MIDDLE_US_MAX = 5_000_000  # of clocks that differ by no more, the middle is stated
_PAIRS, _EXTRAPOLATED, _NEIGHBOURS, _STATION, _NONE = range(len(BASES))
_KNOWN = (_PAIRS, _EXTRAPOLATED)


@dataclass(frozen=True)
class Corrected:
    """times: of each log, in order of log id. logs: how each log was placed, by log id."""

    times: list[TimedRecords]
    logs: dict[str, LogHypotheses]

    @cached_property
    def timed(self) -> list[Timed]:
        """Every observation with its time; in order of utc_us, log_id, seq."""
        rows = [row for log in self.times for row in log.rows()]
        return sorted(rows, key=itemgetter(1))  # stable: log_id and seq are in order already


def correct(observations: Iterable[Observation], choice: Choice | None = None) -> list[Timed]:
    """Every observation, once, with its corrected time; in order of utc_us, log_id, seq."""
    return correct_all(by_log(observations), choice).timed


def correct_all(logs: Mapping[str, Records], choice: Choice | None = None) -> Corrected:
    """As correct(), with what the report needs. logs: the records of each log, by log id."""
    return Clocks().correct(logs, choice or Choice())


class _Fitted(NamedTuple):
    """What a log's own records say of its clocks, whatever the others say."""

    shape: Shape
    by_reference: dict[Reference, list[Pair]]
    groups: list[Group]

    def says_the_same(self, other: _Fitted) -> bool:
        """To the other logs: of the reference clocks that it met."""
        is_alone = len(self.groups) < 2 and len(other.groups) < 2
        return is_alone and self.shape.pairs == other.shape.pairs


class Clocks:
    """Corrects the same logs again and again: what a log's records say of its clocks is kept as
    long as they are the same object; how it was placed, as long as that and what all logs say
    of the reference clocks is the same.
    """

    def __init__(self) -> None:
        self._choice = Choice()
        self._fitted: dict[str, _Fitted] = {}
        self._corrected = Corrected([], {})
        self._differences, self._standing = Differences(), Standing()

    def correct(self, logs: Mapping[str, Records], choice: Choice) -> Corrected:
        """As correct_all(), to the last bit."""
        before = self._fitted if choice == self._choice else {}
        fitted = {log_id: _fit(logs[log_id], before.get(log_id), choice) for log_id in sorted(logs)}
        is_as_before = fitted.keys() == before.keys() and all(
            one is before[log_id] or one.says_the_same(before[log_id])
            for log_id, one in fitted.items()
        )
        if not is_as_before:
            self._compare(fitted)
        placed: dict[str, LogHypotheses] = {}
        for log_id, one in fitted.items():
            if is_as_before and one is before[log_id]:
                placed[log_id] = self._corrected.logs[log_id]
            else:
                placed[log_id] = LogHypotheses(one.shape, list(one.groups))
                decide(log_id, placed[log_id], self._differences, self._standing)
        was = dict(zip(self._corrected.logs, self._corrected.times, strict=True))
        times = [
            was[log_id] if self._is_placed_so(log_id, log) else _timed_log(log)
            for log_id, log in placed.items()
        ]
        self._choice, self._fitted = choice, fitted
        self._corrected = Corrected(times, placed)
        return self._corrected

    def _compare(self, fitted: Mapping[str, _Fitted]) -> None:
        """What all logs together say of the reference clocks."""
        self._differences, self._standing = Differences(), Standing()
        for log_id, one in fitted.items():
            for reference, pairs in one.by_reference.items():
                self._standing.add(log_id, reference, pairs)
        for one in fitted.values():
            survey(one.groups, self._differences, self._standing)

    def _is_placed_so(self, log_id: str, log: LogHypotheses) -> bool:
        """Was this log placed in the same way before?"""
        was = self._corrected.logs.get(log_id)
        return was is not None and (was is log or was.is_same_place(log))


def _fit(log: Records, before: _Fitted | None, choice: Choice) -> _Fitted:
    if before is not None and before.shape.rows is log:
        return before
    shape = shape_of(log)
    by_reference = by_reference_of(shape)
    return _Fitted(shape, by_reference, groups_of(shape, by_reference, choice))


class _Times:
    """The times of a log's rows under one hypothesis, in columns."""

    def __init__(self, count: int) -> None:
        self.utcs = np.full(count, EPOCH_2020_US, np.int64)
        self.bounds = np.full(count, UNBOUNDED_US, np.int64)
        self.bases = np.full(count, _NONE, np.int64)

    def is_known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """By a pair."""
        return self.bases <= _KNOWN[-1]


def _timed_log(log: LogHypotheses) -> TimedRecords:
    shape = log.shape
    every = [_times(shape, one) for one in log.hypotheses if not one.fills]
    times = every[0] if len(every) == 1 else _hull(every, log.is_contested)
    if not log.is_disputed:
        for one in log.hypotheses:
            if one.fills:
                _fill_in(times, _times(shape, one))
    _loosen_late(shape, times)
    return TimedRecords(shape.rows, times.utcs, times.bounds, times.bases, LogDistances(log))


def _times(shape: Shape, hypothesis: Hypothesis) -> _Times:
    placement = hypothesis.placement
    times = _Times(len(shape.rows))
    on_rtc: set[int] = set()
    for placed, epoch in zip(placement.epochs, placement.stretches, strict=True):
        if placed is not None:
            for stretch in epoch:
                at = _rows(stretch.rows)
                _fill(times, placed, at, shape.rows.utcs_us[at], drift.EDGE_JITTER_US)
                on_rtc.add(stretch.run)
    for number, run in enumerate(shape.runs):
        if number not in on_rtc:
            _fill_crystal(placement, times, number, _rows(range(run.start, run.stop)))
        elif placement.runs[number] is not None:
            _fill_crystal(placement, times, number, _loose(placement, number))
    _shift(times, hypothesis)
    return times


def _rows(rows: Sequence[int]) -> Column:
    if isinstance(rows, range):
        return np.arange(rows.start, rows.stop, dtype=np.int64)
    return np.array(rows, np.int64)


def _loose(placement: Placement, number: int) -> Column:
    """Rows of a run that no placed epoch holds."""
    held: set[int] = set()
    for placed, epoch in zip(placement.epochs, placement.stretches, strict=True):
        for stretch in epoch:
            if placed is not None and stretch.run == number:
                held.update(stretch.rows)
    run = placement.shape.runs[number]
    return _rows([at for at in range(run.start, run.stop) if at not in held])


def _fill_crystal(placement: Placement, times: _Times, number: int, at: Column) -> None:
    shape = placement.shape
    placed = placement.runs[number]
    if placed is not None and number not in placement.neighbours:
        _fill(times, placed, at, shape.rows.uptimes_ms[at] * 1000, 0)
    elif placed is not None and _is_closed(placed):
        _fill(times, placed, at, shape.rows.uptimes_ms[at] * 1000, 0)
        times.bases[at] = _NEIGHBOURS
    else:
        _fill_open(shape, times, placed, at)


def _is_closed(placed: Placed) -> bool:
    pieces = placed.tube.pieces
    return math.isfinite(pieces.lows[0]) and math.isfinite(pieces.highs[0])


def _fill_open(shape: Shape, times: _Times, placed: Placed | None, at: Column) -> None:
    """A run with a neighbour on one side only, or on none: an order, or the station's word."""
    times.bounds[at] = UNBOUNDED_US
    for index in at.tolist():
        if shape.rows.utcs_us[index] != NO_UTC:
            times.utcs[index], times.bases[index] = shape.rows.utcs_us[index], _STATION
            continue
        uptime_us = shape.uptime_us(index)
        limits = placed.at(uptime_us) if placed is not None else ()
        ends = [end for end in limits if math.isfinite(end)]
        times.utcs[index] = int(ends[0]) if ends else EPOCH_2020_US + uptime_us


def _fill(times: _Times, placed: Placed, at: Column, shown: Column, jitter_us: int) -> None:
    """Times of rows on one ruler, piece by piece."""
    if np.any(shown[1:] < shown[:-1]):
        order = np.argsort(shown, kind="stable")
        at, shown = at[order], shown[order]
    before_us, after_us = _LATE_US
    half_us = (before_us + after_us) / 2 + jitter_us + _ROUNDING_US
    o_zero = placed.o_zero + (after_us - before_us) // 2
    pieces = placed.tube.pieces
    starts = np.searchsorted(shown, pieces.x_starts + placed.x_zero)
    counts = np.append(starts[1:], len(shown)) - starts
    x_mids = placed.x_zero + pieces.x_mids
    middles, rates = (pieces.lows + pieces.highs) / 2, (pieces.low_rates + pieces.high_rates) / 2
    halves = (pieces.highs - pieces.lows) / 2 + half_us
    half_rates = (pieces.high_rates - pieces.low_rates) / 2
    # What does not depend on x is folded into one number: doubles hold microseconds since
    # 1970 to a quarter of one.
    starts_us, paces = o_zero + middles - x_mids * rates, 1 + rates
    bases = np.full(len(counts), _PAIRS)
    bases[[0, -1]] = _EXTRAPOLATED
    lines = (starts_us, paces, halves - x_mids * half_rates, half_rates, bases)
    of_row = [np.repeat(column, counts) for column in lines]
    times.utcs[at] = of_row[0] + shown * of_row[1]
    times.bounds[at] = of_row[2] + shown * of_row[3]
    times.bases[at] = of_row[4]


def _shift(times: _Times, hypothesis: Hypothesis) -> None:
    low, high = hypothesis.shift_low_us, hypothesis.shift_high_us
    if low or high:
        times.utcs += int((low + high) / 2)
        half = int((high - low) / 2) + 1
        times.bounds = np.minimum(UNBOUNDED_US, times.bounds + half)


def _hull(every: Sequence[_Times], is_contested: bool) -> _Times:
    """What covers all of them. is_contested: they contradict each other. By more than seconds,
    the middle would be a time that nobody claims: the first one's is stated, with a bound that
    reaches the others.
    """
    is_far = is_contested and any(
        np.any(np.abs(times.utcs - every[0].utcs) > MIDDLE_US_MAX) for times in every[1:]
    )
    result = _Times(len(every[0].utcs))
    low = np.min([times.utcs - times.bounds for times in every], axis=0)
    high = np.max([times.utcs + times.bounds for times in every], axis=0)
    is_open = np.any([times.bounds >= UNBOUNDED_US for times in every], axis=0)
    middle = every[0].utcs if is_far else (low + high) // 2
    half = np.maximum(high - middle, middle - low)
    result.utcs = np.where(is_open, every[0].utcs, middle)
    result.bounds = np.minimum(UNBOUNDED_US, np.where(is_open, UNBOUNDED_US, half))
    result.bases = np.max([times.bases for times in every], axis=0)
    return result


def _fill_in(times: _Times, other: _Times) -> None:
    """Take from other what is not known by a pair."""
    better = other.is_known() & ~times.is_known()
    times.utcs[better], times.bounds[better] = other.utcs[better], other.bounds[better]
    times.bases[better] = other.bases[better]


def _loosen_late(shape: Shape, times: _Times) -> None:
    """Touches that no interrupt stamped are later than they look."""
    touches = shape.rows.is_touch & (times.bounds < UNBOUNDED_US)
    qualities = shape.rows.qualities
    unwatched = qualities & kinds.TIME_LATE != 0
    asked = (qualities & kinds.TIME_IN_IRQ == 0) & ~unwatched
    for late, late_us in (
        (touches & asked, drift.STAMP_LATE_TASK_US),
        (touches & unwatched, drift.STAMP_LATE_UNWATCHED_US),
    ):
        extra_us = (late_us - drift.STAMP_LATE_US) // 2
        times.utcs[late] -= extra_us
        times.bounds[late] += extra_us + 1
