"""From what stations saw to when it was: every observation with its true time and a hard bound.

The result depends on the set of observations and rulings only: they are sorted first, and what
follows is arithmetic. See drift.py for what is taken for granted, tube.py for how bounds follow
from it, place.py for RTC and crystal, hypotheses.py for laptops that are
wrong.
"""

from __future__ import annotations

import gc
import math
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import compress, groupby
from operator import itemgetter, lt

from gate_wire import kinds

from yellowgate.clock import drift
from yellowgate.clock.choice import Choice
from yellowgate.clock.differences import Differences
from yellowgate.clock.hypotheses import Hypothesis, LogHypotheses, decide, survey
from yellowgate.clock.place import Placed, Placement
from yellowgate.clock.shape import Shape, Stretch, shape_of
from yellowgate.model import EPOCH_2020_US, UNBOUNDED_US, Observation, Timed

_LATE_US = (drift.STAMP_LATE_US, drift.STAMP_STEP_US)  # the truth lies so far before, after
_TOUCHES = (kinds.PRESS, kinds.TAG, kinds.START, kinds.TAPS)
_ROUNDING_US = 5
_KNOWN = ("pairs", "extrapolated")
_BASES = (*_KNOWN, "neighbours", "station", "none")  # best first

_seq = itemgetter(1)
# Timed(...) in a third of the time: there may be a million of them.
_timed: Callable[[tuple[Observation, int, int, str]], Timed] = partial(
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType]
    Timed,
)


@dataclass
class Corrected:
    """timed: in order of utc_us, log_id, seq. logs: how each log was placed, by log id."""

    timed: list[Timed]
    logs: dict[str, LogHypotheses]


def correct(observations: Iterable[Observation], choice: Choice | None = None) -> list[Timed]:
    """Every observation, once, with its corrected time; in order of utc_us, log_id, seq."""
    return correct_all(observations, choice).timed


def correct_all(observations: Iterable[Observation], choice: Choice | None = None) -> Corrected:
    """As correct(), with what the report needs."""
    with _many_objects():
        chosen = choice or Choice()
        differences = Differences()
        logs: dict[str, LogHypotheses] = {}
        for log_id, rows in _sorted_logs(observations).items():
            logs[log_id] = survey(shape_of(rows), chosen, differences)
        timed: list[Timed] = []
        for log in logs.values():
            decide(log, differences)
            timed.extend(_timed_log(log))
        timed.sort(key=itemgetter(1))  # stable: log_id and seq are in order already
        return Corrected(timed, logs)


@contextmanager
def _many_objects() -> Generator[None]:
    """Without the cycle collector: among a million new tuples it finds nothing, and takes half
    of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _sorted_logs(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Rows of each log in order of seq, each once, logs in order of their id."""
    logs: dict[str, list[Observation]] = {}
    for log_id, rows in groupby(observations, itemgetter(0)):
        logs.setdefault(log_id, []).extend(rows)
    for log_id, rows in logs.items():
        rows.sort(key=_seq)
        seqs = list(map(_seq, rows))
        if not all(map(lt, seqs, seqs[1:])):
            # The same record twice is one; two that claim one number both stay.
            logs[log_id] = sorted({row.raw: row for row in rows}.values(), key=_seq_and_raw)
    return dict(sorted(logs.items()))


def _seq_and_raw(row: Observation) -> tuple[int, bytes]:
    return row.seq, row.raw


class _Times:
    """The times of a log's rows under one hypothesis."""

    def __init__(self, count: int) -> None:
        self.utcs = [EPOCH_2020_US] * count
        self.bounds = [UNBOUNDED_US] * count
        self.bases: list[str] = ["none"] * count

    def put(self, at: Sequence[int], utcs: list[int], bounds: list[int], basis: list[str]) -> None:
        """Fill in what belongs to these rows."""
        if isinstance(at, range):
            part = slice(at.start, at.stop)
            self.utcs[part], self.bounds[part], self.bases[part] = utcs, bounds, basis
            return
        for index, utc, bound, word in zip(at, utcs, bounds, basis, strict=True):
            self.utcs[index], self.bounds[index], self.bases[index] = utc, bound, word


def _timed_log(log: LogHypotheses) -> list[Timed]:
    shape = log.shape
    every = [_times(shape, one) for one in log.hypotheses if not one.fills]
    times = every[0] if len(every) == 1 else _hull(every)
    if not log.is_disputed:
        for one in log.hypotheses:
            if one.fills:
                _fill_in(times, _times(shape, one))
    _loosen_late(shape, times)
    return list(map(_timed, zip(shape.rows, times.utcs, times.bounds, times.bases, strict=True)))


def _times(shape: Shape, hypothesis: Hypothesis) -> _Times:
    placement = hypothesis.placement
    times = _Times(len(shape.rows))
    on_rtc: set[int] = set()
    for placed, epoch in zip(placement.epochs, placement.stretches, strict=True):
        if placed is not None:
            for stretch in epoch:
                _fill_rtc(shape, times, placed, stretch)
                on_rtc.add(stretch.run)
    for number, run in enumerate(shape.runs):
        if number not in on_rtc:
            _fill_crystal(placement, times, number, range(run.start, run.stop))
        elif placement.runs[number] is not None:
            _fill_crystal(placement, times, number, _loose(placement, number))
    _shift(times, hypothesis)
    return times


def _loose(placement: Placement, number: int) -> Sequence[int]:
    """Rows of a run that no placed epoch holds."""
    held: set[int] = set()
    for placed, epoch in zip(placement.epochs, placement.stretches, strict=True):
        for stretch in epoch:
            if placed is not None and stretch.run == number:
                held.update(stretch.rows)
    run = placement.shape.runs[number]
    return [at for at in range(run.start, run.stop) if at not in held]


def _fill_rtc(shape: Shape, times: _Times, placed: Placed, stretch: Stretch) -> None:
    at = stretch.rows
    rows = shape.rows[at.start : at.stop] if isinstance(at, range) else [shape.rows[i] for i in at]
    shown = [row[5] for row in rows]
    _fill(times, placed, at, shown, drift.EDGE_JITTER_US)  # type: ignore[arg-type]


def _fill_crystal(placement: Placement, times: _Times, number: int, at: Sequence[int]) -> None:
    shape = placement.shape
    placed = placement.runs[number]
    shown = [shape.rows[i][4] * 1000 for i in at]
    if placed is None or number in placement.neighbours:
        if placed is not None and _is_closed(placed):
            _fill(times, placed, at, shown, 0)
            times.put(at, [times.utcs[i] for i in at], [times.bounds[i] for i in at],
                      ["neighbours"] * len(at))  # fmt: skip
        else:
            _fill_open(shape, times, placed, at)
        return
    _fill(times, placed, at, shown, 0)


def _is_closed(placed: Placed) -> bool:
    first = placed.tube.pieces[0]
    return math.isfinite(first.low) and math.isfinite(first.high)


def _fill_open(shape: Shape, times: _Times, placed: Placed | None, at: Sequence[int]) -> None:
    """A run with a neighbour on one side only, or on none: an order, or the station's word."""
    for index in at:
        row = shape.rows[index]
        times.bounds[index] = UNBOUNDED_US
        if row.station_utc_us is not None:
            times.utcs[index], times.bases[index] = row.station_utc_us, "station"
            continue
        limits = placed.at(row.uptime_ms * 1000) if placed is not None else ()
        ends = [end for end in limits if math.isfinite(end)]
        times.utcs[index] = int(ends[0]) if ends else EPOCH_2020_US + row.uptime_ms * 1000


def _fill(
    times: _Times, placed: Placed, at: Sequence[int], shown: list[int], jitter_us: int
) -> None:
    """Times of rows on one ruler, piece by piece."""
    if shown != sorted(shown):
        order = sorted(range(len(shown)), key=shown.__getitem__)
        at = [at[i] for i in order]
        shown = [shown[i] for i in order]
    utcs: list[int] = []
    bounds: list[int] = []
    bases: list[str] = []
    before_us, after_us = _LATE_US
    half_us = (before_us + after_us) / 2 + jitter_us + _ROUNDING_US
    o_zero = placed.o_zero + (after_us - before_us) // 2
    pieces = placed.tube.pieces
    starts = [bisect_left(shown, piece.x_start + placed.x_zero) for piece in pieces]
    for piece, start, stop in zip(pieces, starts, [*starts[1:], len(shown)], strict=True):
        if start == stop:
            continue
        part = shown[start:stop] if stop - start < len(shown) else shown
        x_mid = placed.x_zero + piece.x_mid
        middle, rate = (piece.low + piece.high) / 2, (piece.low_rate + piece.high_rate) / 2
        half, half_rate = (piece.high - piece.low) / 2, (piece.high_rate - piece.low_rate) / 2
        half += half_us
        # What does not depend on x is folded into one number: doubles hold microseconds since
        # 1970 to a quarter of one.
        start_us, pace = o_zero + middle - x_mid * rate, 1 + rate
        utcs += [int(start_us + x * pace) for x in part]
        half -= x_mid * half_rate
        bounds += [int(half + x * half_rate) for x in part]
        bases += ["pairs" if piece.is_between else "extrapolated"] * (stop - start)
    times.put(at, utcs, bounds, bases)


def _shift(times: _Times, hypothesis: Hypothesis) -> None:
    low, high = hypothesis.shift_low_us, hypothesis.shift_high_us
    if low or high:
        middle, half = int((low + high) / 2), int((high - low) / 2) + 1
        times.utcs = [utc + middle for utc in times.utcs]
        times.bounds = [min(UNBOUNDED_US, bound + half) for bound in times.bounds]


def _hull(every: Sequence[_Times]) -> _Times:
    """What covers all of them."""
    result = _Times(len(every[0].utcs))
    for index in range(len(result.utcs)):
        low = min(times.utcs[index] - times.bounds[index] for times in every)
        high = max(times.utcs[index] + times.bounds[index] for times in every)
        is_open = any(times.bounds[index] >= UNBOUNDED_US for times in every)
        result.utcs[index] = every[0].utcs[index] if is_open else (low + high) // 2
        result.bounds[index] = UNBOUNDED_US if is_open else (high - low + 1) // 2
        result.bases[index] = max((times.bases[index] for times in every), key=_BASES.index)
    return result


def _fill_in(times: _Times, other: _Times) -> None:
    """Take from other what is not known by a pair."""
    for index, basis in enumerate(times.bases):
        if basis not in _KNOWN and other.bases[index] in _KNOWN:
            times.utcs[index], times.bounds[index] = other.utcs[index], other.bounds[index]
            times.bases[index] = other.bases[index]


def _loosen_late(shape: Shape, times: _Times) -> None:
    """Touches that no interrupt stamped are later than they look."""
    qualities = set(map(itemgetter(6), shape.rows))
    if all(quality & kinds.TIME_IN_IRQ for quality in qualities):
        return
    late = [row[2] in _TOUCHES and not row[6] & kinds.TIME_IN_IRQ for row in shape.rows]
    extra_us = (drift.STAMP_LATE_TASK_US - drift.STAMP_LATE_US) // 2
    for index in compress(range(len(late)), late):
        if times.bounds[index] < UNBOUNDED_US:
            times.utcs[index] -= extra_us
            times.bounds[index] += extra_us + 1
