"""Reads as touches, of all runners at once: a race may have a million reads.

Reads of one runner at one place, each no further than the double-tap window after the one before
it, are one touch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple, overload

import numpy as np

from yellowgate.model import RulingLine
from yellowgate.race.intake.places import Places
from yellowgate.race.intake.reads import Reads
from yellowgate.records import Column
from yellowgate.times import UNBOUNDED_US


class Touch(NamedTuple):
    """One touch: reads of one runner at one place, the earliest first.

    utc_us and bound_us are those of the earliest read that has a time. hint: "in", "out", "seen"
    when somebody ruled what it is, loop: for which loop (0: not said). source: "station",
    "paper" or "ruling"; the last two have no reads.
    """

    utc_us: int
    bound_us: int
    place: str
    role: str
    reads: Sequence[int]
    hint: str = ""
    loop: int = 0
    rulings: tuple[RulingLine, ...] = ()
    source: str = "station"


# Touch(...) in a third of the time.
new_touch: Callable[[Iterable[Any]], Touch] = partial(
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType]
    Touch,
)


class Grouped:
    """The touches of all runners whose reads say by their tags alone whose they are, by runner
    and time, in columns: the first read of each, its time and bound.
    """

    def __init__(self, reads: Reads, places: Places, window_us: int) -> None:
        self.places = places
        self.window_us = window_us
        rows, starts = _segments(reads, places, window_us)
        stops = np.append(starts[1:], len(rows))
        firsts = rows[starts]
        if not places.is_one_place:
            order = np.argsort(firsts)
            firsts, starts, stops = firsts[order], starts[order], stops[order]
        self._rows, self._starts, self._stops = rows, starts, stops
        self._bounds: list[int] = np.searchsorted(firsts, reads.ends).tolist()
        self.firsts = firsts
        self.utcs_us = reads.utcs_column[firsts]
        self.bounds_us = reads.bounds_column[firsts]
        is_open = reads.bounds_column[rows] >= UNBOUNDED_US
        self._open = set(reads.runners_column[rows[is_open]].tolist())
        # Stations one behind the other at one gate: most races ask of no touch where it was.
        self.is_gate_alone = all(station.role == "gate" for station in places.of_log)

    def of_runner(self, runner: int) -> Touches | None:
        """The runner's touches; None when the time of a read is only an order."""
        if runner in self._open:
            return None
        bounds = self._bounds[runner : runner + 2]
        return Touches(self, *bounds) if len(bounds) == 2 else Touches(self, 0, 0)

    def reads_of(self, at: int) -> Sequence[int]:
        """The reads of a touch, by its place in the columns."""
        start, stop = int(self._starts[at]), int(self._stops[at])
        if self.places.is_one_place:
            first = int(self.firsts[at])
            return range(first, first + stop - start)
        found: list[int] = self._rows[start:stop].tolist()
        return found


def _segments(reads: Reads, places: Places, window_us: int) -> tuple[Column, Column]:
    """The reads by runner, place and time, and where in them a touch begins."""
    rows = np.arange(reads.ends[0], len(reads), dtype=np.int64)
    key = reads.runners_column[rows]
    if not places.is_one_place:
        key = key * places.count + places.number_of_log[reads.logs_column[rows]]
        order = np.argsort(key, kind="stable")
        key, rows = key[order], rows[order]
    utcs_us = reads.utcs_column[rows]
    is_cut = (key[1:] != key[:-1]) | (utcs_us[1:] - utcs_us[:-1] > window_us)
    starts = np.flatnonzero(is_cut) + 1
    return rows, np.append(0, starts) if len(rows) else starts


class Touches(Sequence[Touch]):
    """Touches of one runner, by the time of the first read: made when they are looked at."""

    __slots__ = ("_first", "_stop", "grouped")

    def __init__(self, grouped: Grouped, first: int, stop: int) -> None:
        self.grouped = grouped
        self._first = first
        self._stop = stop

    def utcs_us(self) -> list[int]:
        """The time of each."""
        found: list[int] = self.grouped.utcs_us[self._first : self._stop].tolist()
        return found

    def bounds_us(self) -> list[int]:
        """The bound of each."""
        found: list[int] = self.grouped.bounds_us[self._first : self._stop].tolist()
        return found

    def place(self, at: int) -> str:
        """Where one was, counted from the first."""
        read = int(self.grouped.firsts[self._first + at])
        return self.grouped.places.station_at(read).place

    def __len__(self) -> int:
        return self._stop - self._first

    @overload
    def __getitem__(self, at: int) -> Touch: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Touch]: ...
    def __getitem__(self, at: int | slice) -> Touch | Sequence[Touch]:
        places = range(self._first, self._stop)[at]
        if isinstance(places, range):
            if places.step == 1:
                return Touches(self.grouped, places.start, max(places.start, places.stop))
            return [next(self._made(slice(place, place + 1))) for place in places]
        return next(self._made(slice(places, places + 1)))

    def __iter__(self) -> Iterator[Touch]:
        return self._made(slice(self._first, self._stop))

    def _made(self, part: slice) -> Iterator[Touch]:
        all_of, places = self.grouped, self.grouped.places
        stations = list(map(places.station_at, all_of.firsts[part].tolist()))
        reads = map(all_of.reads_of, range(part.start, part.stop))
        columns = (
            all_of.utcs_us[part].tolist(), all_of.bounds_us[part].tolist(),
            [one.place for one in stations], [one.role for one in stations], reads,
            repeat(""), repeat(0), repeat(()), repeat("station"),
        )  # fmt: skip
        return map(new_touch, zip(*columns, strict=False))
