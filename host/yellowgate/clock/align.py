"""Tubes for the clocks of one log, from one set of clock pairs.

The RTC is the better ruler and goes through reboots; the crystal counts in every run. Each lends
the other what it knows: where a run has rows on the RTC and pairs that are not (the clock was set
a moment after the pair), the crystal carries the pair over to the RTC; where a run has rows that
are not on the RTC, the RTC's tube confines the crystal. A run that nobody compared lies between
the runs before and after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from yellowgate.clock import drift, tube
from yellowgate.clock.shape import Pair, Run, Shape, Stretch
from yellowgate.clock.tube import Knot, Tube

_RULER_STEP_US = drift.STAMP_STEP_US + drift.EDGE_JITTER_US


class Contradiction(Exception):
    """No clocks within their specification fit all of these pairs."""


class Placed(NamedTuple):
    """A tube with its zero points: true time = x_zero + o_zero + x + offset, x = shown - x_zero.

    x_zero, o_zero: whole microseconds, so that the tube reckons with small numbers.
    """

    tube: Tube
    x_zero: int
    o_zero: int

    def at(self, shown_us: float) -> tuple[float, float]:
        """(earliest, latest) true time when the ruler shows shown_us."""
        low, high = self.tube.at(shown_us - self.x_zero)
        return shown_us + self.o_zero + low, shown_us + self.o_zero + high


@dataclass
class Placement:
    """Where the epochs and the runs of a log lie; None: not known.

    stretches: of each epoch. neighbours: runs that only their neighbours place.
    """

    shape: Shape
    stretches: list[list[Stretch]]
    epochs: list[Placed | None] = field(default_factory=list["Placed | None"])
    runs: list[Placed | None] = field(default_factory=list["Placed | None"])
    epoch_of: dict[int, int] = field(default_factory=dict[int, int])  # of rows with a pair
    neighbours: set[int] = field(default_factory=set[int])

    def at_pair(self, pair: Pair) -> tuple[float, float] | None:
        """(earliest, latest) true time of this pair by this placement, None: it cannot tell."""
        number = self.epoch_of.get(pair.row)
        if number is not None and (placed := self.epochs[number]) is not None:
            low, high = placed.at(_shown_us(self.shape, pair))
            return low - _RULER_STEP_US, high + _RULER_STEP_US
        placed = self.runs[pair.run]
        if placed is None or pair.run in self.neighbours:
            return None
        return placed.at(pair.uptime_us)

    def limits_at(self, pair: Pair) -> tuple[float, float] | None:
        """As at_pair(), also of a boot that only its neighbours place: perhaps without an end."""
        found = self.at_pair(pair)
        placed = self.runs[pair.run]
        return found if found is not None or placed is None else placed.at(pair.uptime_us)


class _Limit(NamedTuple):
    """At a run's uptime (or the ruler's time) the true time lies in low..high."""

    shown_us: int
    low: float
    high: float


def place(shape: Shape, pairs: Sequence[Pair], is_split: bool = False) -> Placement:
    """The placement that these pairs give. is_split: do not trust the RTC across reboots.

    Raises Contradiction.
    """
    epochs = _split(shape.epochs) if is_split else shape.epochs
    work = _Work(shape, pairs, epochs)
    work.place_epochs()
    work.place_runs()
    work.place_neighbours()
    return work.placement


def _split(epochs: Iterable[list[Stretch]]) -> list[list[Stretch]]:
    return [[stretch] for epoch in epochs for stretch in epoch]


def _shown_us(shape: Shape, pair: Pair) -> int:
    """What the RTC showed at the pair, by the record that holds the pair."""
    return shape.rtc_us(pair.row) + pair.uptime_us - shape.uptime_us(pair.row)


class _Work:
    def __init__(
        self, shape: Shape, pairs: Sequence[Pair], epochs: Sequence[list[Stretch]]
    ) -> None:
        self._shape = shape
        self._epochs = epochs
        self._of_run: dict[int, list[Pair]] = {}
        for pair in pairs:
            self._of_run.setdefault(pair.run, []).append(pair)
        self.placement = Placement(shape, list(epochs))
        for number, epoch in enumerate(epochs):
            for stretch in epoch:
                held = stretch.rows if isinstance(stretch.rows, range) else set(stretch.rows)
                # Every pair of the log, so that at_pair() can judge the others too.
                for pair in shape.pairs:
                    if pair.run == stretch.run and pair.row in held:
                        self.placement.epoch_of[pair.row] = number

    # The RTC

    def place_epochs(self) -> None:
        for number, epoch in enumerate(self._epochs):
            limits: list[_Limit] = []
            for stretch in epoch:
                limits.extend(self._limits_of(number, stretch))
            self.placement.epochs.append(_placed(limits, drift.RTC))

    def _limits_of(self, number: int, stretch: Stretch) -> Iterable[_Limit]:
        """What the pairs of the stretch's run say of the RTC."""
        others: list[Pair] = []
        for pair in self._of_run.get(stretch.run, ()):
            if self.placement.epoch_of.get(pair.row) == number:
                shown_us = _shown_us(self._shape, pair)
                margin_us = pair.bound_us + _RULER_STEP_US
                yield _Limit(shown_us, pair.utc_us - margin_us, pair.utc_us + margin_us)
            else:
                others.append(pair)
        if others:
            shown = self._rtc_by_crystal(stretch)
            for pair in others:
                low, high = shown.at(pair.uptime_us)
                margin_us = pair.bound_us + (high - low) / 2
                yield _Limit(
                    int((low + high) / 2), pair.utc_us - margin_us, pair.utc_us + margin_us
                )

    def _rtc_by_crystal(self, stretch: Stretch) -> Placed:
        """What the RTC would have shown at any uptime of the stretch's run: within the stretch it
        is known, and from there the crystal counts, whose rate the stretch itself confines.
        """
        limits: list[_Limit] = []
        for at in _some(stretch.rows):
            uptime_us, shown_us = self._shape.uptime_us(at), self._shape.rtc_us(at)
            limits.append(_Limit(uptime_us, shown_us - _RULER_STEP_US, shown_us + _RULER_STEP_US))
        spec = self._shape.runs[stretch.run].spec
        both = drift.Spec(
            spec.rate_max + drift.RTC.rate_max, spec.rate_swing + drift.RTC.rate_swing
        )
        placed = _placed_anyhow(limits, both)
        if placed is None:
            raise Contradiction
        return placed

    # The crystal

    def place_runs(self) -> None:
        on_rtc: dict[int, list[tuple[Placed | None, Stretch]]] = {}
        for placed, epoch in zip(self.placement.epochs, self._epochs, strict=True):
            for stretch in epoch:
                on_rtc.setdefault(stretch.run, []).append((placed, stretch))
        for number, run in enumerate(self._shape.runs):
            stretches = on_rtc.get(number, [])
            if not run.loose and stretches and all(placed for placed, _ in stretches):
                self.placement.runs.append(None)  # nothing needs it
                continue
            limits = _pair_limits(self._of_run.get(number, ()))
            by_rtc = [
                limit
                for placed, stretch in stretches
                if placed is not None
                for limit in self._by_rtc(placed, stretch)
            ]
            make = _placed_anyhow if by_rtc else _placed
            self.placement.runs.append(make(limits + by_rtc, run.spec))

    def _by_rtc(self, placed: Placed, stretch: Stretch) -> Iterable[_Limit]:
        for at in _some(stretch.rows):
            low, high = placed.at(self._shape.rtc_us(at))
            yield _Limit(self._shape.uptime_us(at), low - _RULER_STEP_US, high + _RULER_STEP_US)

    # Neighbours

    def place_neighbours(self) -> None:
        """Give each run without a place what the runs around it leave."""
        runs = self._shape.runs
        spans = [self._span(number) for number in range(len(runs))]
        if all(spans):
            return
        lengths = [_length_us(self._shape, run) for run in runs]
        after_us = [-math.inf] * len(runs)  # the run cannot have begun before
        time = -math.inf
        for number, span in enumerate(spans):
            after_us[number] = time
            time = span[1] if span else time + lengths[number] * (1 - runs[number].spec.rate_max)
        time = math.inf
        for number in range(len(runs) - 1, -1, -1):
            span = spans[number]
            if span:
                time = span[0]
                continue
            limits = [
                _Limit(0, after_us[number], math.inf),
                _Limit(lengths[number], -math.inf, time),
            ]
            with suppress(Contradiction):
                self.placement.runs[number] = _placed(limits, runs[number].spec)
            self.placement.neighbours.add(number)
            time -= lengths[number] * (1 - runs[number].spec.rate_max)

    def _span(self, number: int) -> tuple[float, float] | None:
        """(latest start, earliest end) of a run that has a place, None when it has none."""
        run = self._shape.runs[number]
        placed = self.placement.runs[number]
        ends: list[tuple[float, float]] = []
        if placed is not None:
            uptimes = self._shape.rows.uptimes_ms[run.start : run.stop]
            first_ms, last_ms = int(uptimes.min()), int(uptimes.max())
            ends = [placed.at(first_ms * 1000), placed.at((last_ms + 1) * 1000)]
        for epoch, place_of in zip(self._epochs, self.placement.epochs, strict=True):
            if place_of is None or placed is not None:
                continue
            for stretch in epoch:
                if stretch.run == number:
                    for at in (stretch.rows[0], stretch.rows[-1]):
                        low, high = place_of.at(self._shape.rtc_us(at))
                        ends.append((low - _RULER_STEP_US, high + _RULER_STEP_US))
        if not ends:
            return None
        return min(high for _, high in ends), max(low for low, _ in ends)


def _some(rows: Sequence[int]) -> Sequence[int]:
    """The first, the last and some between."""
    step = max(1, len(rows) // 16)
    return sorted({*rows[::step], rows[-1]})


def _pair_limits(pairs: Iterable[Pair]) -> list[_Limit]:
    return [
        _Limit(pair.uptime_us, pair.utc_us - pair.bound_us, pair.utc_us + pair.bound_us)
        for pair in pairs
    ]


def _length_us(shape: Shape, run: Run) -> int:
    return int(shape.rows.uptimes_ms[run.start : run.stop].max()) * 1000


def _placed_anyhow(limits: Sequence[_Limit], spec: drift.Spec) -> Placed | None:
    """As _placed, for limits that the RTC gives: if the crystal does not keep to its
    specification, the RTC says so, and the crystal is trusted less.
    """
    for worse in (spec, drift.Spec(spec.rate_max, spec.rate_max / 2), drift.CRYSTAL_ALARMED):
        with suppress(Contradiction):
            return _placed(limits, worse)
    raise Contradiction


def _placed(limits: Sequence[_Limit], spec: drift.Spec) -> Placed | None:
    """The tube through these limits, None without any. Raises Contradiction."""
    if not limits:
        return None
    finite = [end for limit in limits for end in (limit.low, limit.high) if math.isfinite(end)]
    x_zero = min(limit.shown_us for limit in limits)
    o_zero = int(min(finite, default=0.0)) - x_zero
    knots = [
        Knot(
            float(limit.shown_us - x_zero),
            limit.low - limit.shown_us - o_zero,
            limit.high - limit.shown_us - o_zero,
        )
        for limit in limits
    ]
    built = tube.build(knots, spec)
    if built is None:
        raise Contradiction
    return Placed(built, x_zero, o_zero)
