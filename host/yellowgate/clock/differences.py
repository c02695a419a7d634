"""By how much reference clocks were seen to differ, in all logs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from yellowgate.clock.shape import Reference

LAPTOP_RATE_MAX = 100e-6  # the quartz of a computer that nobody sets: two may part so fast


class Comparison(NamedTuple):
    """At utc_us (time other - time one) lay in low_us..high_us."""

    utc_us: float
    low_us: float
    high_us: float


class Differences:
    """Comparisons of any two references."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Reference, Reference], list[Comparison]] = {}
        self._deviating: set[tuple[Reference, Reference]] = set()
        self._agreeing: set[tuple[Reference, Reference]] = set()

    def add(self, one: Reference, other: Reference, seen: Comparison) -> None:
        """A log has both: what its pairs say."""
        self._seen.setdefault((one, other), []).append(seen)
        mirrored = Comparison(seen.utc_us, -seen.high_us, -seen.low_us)
        self._seen.setdefault((other, one), []).append(mirrored)
        if seen.low_us > 0 or seen.high_us < 0:
            self._deviating.update({(one, other), (other, one)})

    def agree(self, one: Reference, other: Reference) -> None:
        """A log compared them closely and found no difference."""
        self._agreeing.update({(one, other), (other, one)})

    def deviating(self, one: Reference) -> list[Reference]:
        """The references that contradict this one, in order."""
        return sorted(other for first, other in self._deviating if first == one)

    def agreeing(self, one: Reference) -> list[Reference]:
        """The references that confirm this one and nowhere contradict it, in order."""
        found = self._agreeing - self._deviating
        return sorted(other for first, other in found if first == one)

    def at(
        self, one: Reference, other: Reference, times_us: Iterable[float]
    ) -> tuple[float, float] | None:
        """(lowest, highest) time of other less time of one at these moments, None: never seen.

        Each comparison holds at other times too, less well the further away.
        """
        seen = self._seen.get((one, other))
        if not seen:
            return None
        lows: list[float] = []
        highs: list[float] = []
        for time_us in times_us:
            low, high = min((_carried(row, time_us) for row in seen), key=_width_first)
            lows.append(low)
            highs.append(high)
        return (min(lows), max(highs)) if lows else None


def _carried(row: Comparison, time_us: float) -> tuple[float, float]:
    slack_us = abs(time_us - row.utc_us) * LAPTOP_RATE_MAX
    return row.low_us - slack_us, row.high_us + slack_us


def _width_first(span: tuple[float, float]) -> tuple[float, float]:
    return span[1] - span[0], span[0]
