"""How far apart two records of one log truly are: better known than when each of them was.

Both were stamped by one clock, so what nobody knows of its zero point does not matter: a laptop
that set it wrong, or two that contradict each other, move both. What is left is the rate of the
clock over the span between them, and how late each stamp can be. Within a boot the crystal counts;
where the RTC does, it counts across reboots too. Of two boots that nothing joins, the later one is
later, and no more is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from gate_wire import kinds

from yellowgate.clock import drift
from yellowgate.clock.align import Placed
from yellowgate.clock.hypotheses import LogHypotheses
from yellowgate.clock.shape import Stretch
from yellowgate.times import UNBOUNDED_US

_JITTER_US = 2 * drift.EDGE_JITTER_US
_Rates = tuple[float, float]  # true time per time counted, less one: lowest, highest


class _Columns(NamedTuple):
    """Of each row, as plain numbers: quicker than arrays for who asks for one. rulers: a number
    for all rows over which the RTC ran on, -1 where it did not count.
    """

    utcs_us: list[int]
    uptimes_ms: list[int]
    qualities: list[int]
    runs: list[int]
    rulers: list[int]


class LogDistances:
    """Of one log, under all placements that may be true."""

    def __init__(self, log: LogHypotheses) -> None:
        self._log = log
        self._shape = log.shape
        self._of_crystal: dict[int, _Rates] = {}

    def between(self, one_seq: int, other_seq: int) -> tuple[int, int] | None:
        """(lowest, highest) true microseconds from record one to record other, negative if that
        was before; None when a number is not one record's.
        """
        rows = self._row_of
        one, other = rows.get(one_seq), rows.get(other_seq)
        if one is None or other is None:
            return None
        if one > other:
            low, high = self._ahead(other, one)
            return -high, -low
        return self._ahead(one, other)

    def _ahead(self, one: int, other: int) -> tuple[int, int]:
        """Of the row that is further back in the log to a later one."""
        rows = self._columns
        ruler, run = rows.rulers[one], rows.runs[one]
        if ruler >= 0 and ruler == rows.rulers[other]:
            counted_us = rows.utcs_us[other] - rows.utcs_us[one]
            rates, slack_us = self._rtc_rates[ruler], _JITTER_US
        elif run == rows.runs[other]:
            counted_us = (rows.uptimes_ms[other] - rows.uptimes_ms[one]) * 1000
            rates, slack_us = self._crystal_rates(run), 0
        else:
            return 1, UNBOUNDED_US
        low_us, high_us = counted_us * (1 + rates[0]), counted_us * (1 + rates[1])
        if counted_us < 0:
            low_us, high_us = high_us, low_us
        slack_us += drift.STAMP_STEP_US + 1
        late_us = _late_us(rows.qualities[other]), _late_us(rows.qualities[one])
        return int(low_us) - slack_us - late_us[0], int(high_us) + slack_us + late_us[1]

    def is_as(self, before: object) -> bool:
        """Is what was known before, of the first records of this log, still all that is known?"""
        if not isinstance(before, LogDistances):
            return False
        mine, other = self._columns, before._columns
        count = len(other.runs)
        return (
            mine.runs[:count] == other.runs
            and mine.rulers[:count] == other.rulers
            and all(self._rtc_rates.get(at) == rates for at, rates in before._rtc_rates.items())
            and all(self._crystal_rates(at) == before._crystal_rates(at) for at in {*other.runs})
        )

    # Which ruler, and how fast it may be

    @cached_property
    def _row_of(self) -> dict[int, int | None]:
        """Rows by number; None where two records have it."""
        seqs: list[int] = self._shape.rows.seqs.tolist()
        found: dict[int, int | None] = {seq: row for row, seq in enumerate(seqs)}
        if len(found) < len(seqs):
            found |= {seq: None for seq, after in pairwise(seqs) if seq == after}
        return found

    @cached_property
    def _columns(self) -> _Columns:
        rows = self._shape.rows
        starts = [run.start for run in self._shape.runs]
        runs = np.searchsorted(starts, np.arange(len(rows)), "right") - 1
        rulers = np.full(len(rows), -1, np.int64)
        for number, (_, stretch) in enumerate(self._stretches):
            rulers[np.asarray(stretch.rows)] = self._ruler_of(number)
        columns = (rows.utcs_us, rows.uptimes_ms, rows.qualities, runs, rulers)
        return _Columns(*(column.tolist() for column in columns))

    @cached_property
    def _stretches(self) -> list[tuple[int, Stretch]]:
        """(epoch, stretch) of all stretches on the RTC."""
        epochs = enumerate(self._shape.epochs)
        return [(number, stretch) for number, epoch in epochs for stretch in epoch]

    @cached_property
    def _is_split(self) -> bool:
        """Must it be covered that the RTC was moved while the station was off?"""
        return any(
            len(one.placement.stretches) != len(self._shape.epochs)
            for one in self._log.hypotheses
            if not one.fills
        )

    def _ruler_of(self, stretch: int) -> int:
        """A number for all stretches on which the RTC ran on."""
        return stretch if self._is_split else self._stretches[stretch][0]

    @cached_property
    def _rtc_rates(self) -> dict[int, _Rates]:
        found: dict[int, list[Placed | None]] = {}
        for number, (_, stretch) in enumerate(self._stretches):
            for one in self._log.hypotheses:
                pairs = zip(one.placement.epochs, one.placement.stretches, strict=True)
                placed = (epoch for epoch, held in pairs if stretch in held)
                found.setdefault(self._ruler_of(number), []).append(next(placed, None))
        return {ruler: _hull(placed, drift.RTC.rate_max) for ruler, placed in found.items()}

    def _crystal_rates(self, run: int) -> _Rates:
        if run not in self._of_crystal:
            placed = [
                None if run in one.placement.neighbours else one.placement.runs[run]
                for one in self._log.hypotheses
            ]
            self._of_crystal[run] = _hull(placed, self._shape.runs[run].spec.rate_max)
        return self._of_crystal[run]


def _late_us(quality: int) -> int:
    """By how much the stamp may be later than the touch."""
    return drift.STAMP_LATE_US if quality & kinds.TIME_IN_IRQ else drift.STAMP_LATE_TASK_US


def _hull(placed: Iterable[Placed | None], rate_max: float) -> _Rates:
    """Every rate that any of these allows; all that the part may have, if one does not know."""
    lows, highs = [-rate_max], [rate_max]
    rows = list(placed)
    if rows and all(row is not None for row in rows):
        lows = [row.tube.rate_low for row in rows if row is not None]
        highs = [row.tube.rate_high for row in rows if row is not None]
    return min(lows), max(highs)
