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

import numpy as np
from gate_wire import kinds

from yellowgate.clock import drift
from yellowgate.clock.align import Placed
from yellowgate.clock.hypotheses import LogHypotheses
from yellowgate.clock.shape import Stretch
from yellowgate.records import Column
from yellowgate.times import UNBOUNDED_US

_JITTER_US = 2 * drift.EDGE_JITTER_US
_Rates = tuple[float, float]  # true time per time counted, less one: lowest, highest


class LogDistances:
    """Of one log, under all placements that may be true."""

    def __init__(self, log: LogHypotheses) -> None:
        self._log = log
        self._shape = log.shape

    def between(self, one_seq: int, other_seq: int) -> tuple[int, int] | None:
        """(lowest, highest) true microseconds from record one to record other, negative if that
        was before; None when a number is not one record's.
        """
        one, other = self._row(one_seq), self._row(other_seq)
        if one is None or other is None:
            return None
        if one > other:
            low, high = self._ahead(other, one)
            return -high, -low
        return self._ahead(one, other)

    def _row(self, seq: int) -> int | None:
        seqs = self._shape.rows.seqs
        at, end = np.searchsorted(seqs, (seq, seq + 1)).tolist()
        return at if end - at == 1 else None

    def _ahead(self, one: int, other: int) -> tuple[int, int]:
        """Of the row that is further back in the log to a later one."""
        rows = self._shape.rows
        runs = int(self._of_run[one]), int(self._of_run[other])
        stretches = int(self._of_stretch[one]), int(self._of_stretch[other])
        is_joined = min(stretches) >= 0 and self._ruler_of(stretches[0]) == self._ruler_of(
            stretches[1]
        )
        if is_joined:
            counted_us = int(rows.utcs_us[other] - rows.utcs_us[one])
            rates, slack_us = self._rtc_rates[self._ruler_of(stretches[0])], _JITTER_US
        elif runs[0] == runs[1]:
            counted_us = int(rows.uptimes_ms[other] - rows.uptimes_ms[one]) * 1000
            rates, slack_us = self._crystal_rates(runs[0]), 0
        else:
            return 1, UNBOUNDED_US
        ends = sorted(counted_us * (1 + rate) for rate in rates)
        slack_us += drift.STAMP_STEP_US + 1
        return (
            int(ends[0]) - slack_us - self._late_us(other),
            int(ends[1]) + slack_us + self._late_us(one),
        )

    def _late_us(self, at: int) -> int:
        """By how much the stamp may be later than the touch."""
        is_in_irq = bool(self._shape.rows.qualities[at] & kinds.TIME_IN_IRQ)
        return drift.STAMP_LATE_US if is_in_irq else drift.STAMP_LATE_TASK_US

    # Which ruler, and how fast it may be

    @cached_property
    def _of_run(self) -> Column:
        starts = [run.start for run in self._shape.runs]
        return np.searchsorted(starts, np.arange(len(self._shape.rows)), "right") - 1

    @cached_property
    def _stretches(self) -> list[tuple[int, Stretch]]:
        """(epoch, stretch) of all stretches on the RTC."""
        epochs = enumerate(self._shape.epochs)
        return [(number, stretch) for number, epoch in epochs for stretch in epoch]

    @cached_property
    def _of_stretch(self) -> Column:
        found = np.full(len(self._shape.rows), -1, np.int64)
        for number, (_, stretch) in enumerate(self._stretches):
            found[np.asarray(stretch.rows)] = number
        return found

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
        placed = [
            None if run in one.placement.neighbours else one.placement.runs[run]
            for one in self._log.hypotheses
        ]
        return _hull(placed, self._shape.runs[run].spec.rate_max)


def _hull(placed: Iterable[Placed | None], rate_max: float) -> _Rates:
    """Every rate that any of these allows; all that the part may have, if one does not know."""
    lows, highs = [-rate_max], [rate_max]
    rows = list(placed)
    if rows and all(row is not None for row in rows):
        lows = [row.tube.rate_low for row in rows if row is not None]
        highs = [row.tube.rate_high for row in rows if row is not None]
    return min(lows), max(highs)
