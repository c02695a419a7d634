"""All records up to a moment, in columns: a race may have a million reads.

A read is a number here, its place in the columns. Those whose tag says whose they are stand
together, runner by runner, in the order of time; before them, by time as well, stands everything
that needs a second look. Ties of time are in the order of log id, number and bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from gate_wire import kinds
from numpy.typing import NDArray

from yellowgate.records import Column, TimedRecords

NOBODY = -1


class Seen(NamedTuple):
    """A read, by its record, and when it was."""

    log_id: str
    seq: int
    utc_us: int
    bound_us: int


def until(times: Iterable[TimedRecords], as_of_us: int) -> dict[str, TimedRecords]:
    """The records up to this moment of each log that has any, by log id."""
    result: dict[str, TimedRecords] = {}
    for log in sorted(times, key=lambda log: log.records.log_id):
        early = log.utcs_us <= as_of_us
        if early.all():
            result[log.records.log_id] = log
        elif early.any():
            result[log.records.log_id] = log.chosen(early)
    return result


class Reads:
    """The columns: logs (places in log_ids), seqs, of_kind, utcs_us, bounds_us and of_basis (places
    in BASES), for who wants single numbers; some as arrays too. ends: where the reads of NOBODY,
    and then those of each runner, end.
    """

    def __init__(self, logs: Mapping[str, TimedRecords], owners: Sequence[Column]) -> None:
        """owners: of each record of each log, an index or NOBODY."""
        self.log_ids = list(logs)
        rows = list(logs.values())
        of_runner, utcs_us = _joined(owners), _joined([log.utcs_us for log in rows])
        order = np.argsort(utcs_us, kind="stable")
        # Few runners are small numbers, and those are sorted quicker.
        last = int(of_runner.max(initial=NOBODY))
        small = of_runner[order].astype(np.min_scalar_type(-1 - max(0, last)))
        self._by_time = np.argsort(small, kind="stable")  # of each read, its place in time
        order = order[self._by_time]
        self.runners_column, self.utcs_column = of_runner[order], utcs_us[order]
        self._of_kind = _joined([log.records.of_kind for log in rows])[order]
        counts = [len(log.records) for log in rows]
        bounds = np.searchsorted(self.runners_column, np.arange(NOBODY, last + 2))
        self.ends: list[int] = bounds[1:].tolist()
        self.logs_column = np.repeat(np.arange(len(rows)), counts)[order]
        self.bounds_column = _joined([log.bounds_us for log in rows])[order]
        self.logs = _view(self.logs_column)
        self.seqs = _view(_joined([log.records.seqs for log in rows])[order])
        self.of_kind = _view(self._of_kind)
        self.utcs_us = _view(self.utcs_column)
        self.bounds_us = _view(self.bounds_column)
        self.of_basis = _view(_joined([log.of_basis for log in rows])[order])
        self._origins = _view(order)
        self._bodies = [log.records.bodies for log in rows]
        self._firsts: list[int] = np.cumsum([0, *counts]).tolist()

    def __len__(self) -> int:
        return len(self.utcs_column)

    def of_runner(self, runner: int) -> range:
        """The reads of this runner, by time; of NOBODY: what needs a second look."""
        number = runner - NOBODY
        if number >= len(self.ends):
            return range(0)  # none of the last ones has any
        return range(self.ends[number - 1] if number else 0, self.ends[number])

    def runner(self, read: int) -> int:
        """Whose it is by the tag alone, NOBODY: that needs a second look."""
        return int(self.runners_column[read])

    def body(self, read: int) -> bytes:
        """What the record says, a UID for most."""
        log = self.logs[read]
        return self._bodies[log][self._origins[read] - self._firsts[log]]

    def log_id(self, read: int) -> str:
        """Its log."""
        return self.log_ids[self.logs[read]]

    def seen(self, read: int) -> Seen:
        """What it is to whoever does not know these columns."""
        return Seen(*self.key(read), self.utcs_us[read], self.bounds_us[read])

    def key(self, read: int) -> tuple[str, int]:
        """Log id and number: what rulings call it by."""
        return self.log_ids[self.logs[read]], self.seqs[read]

    def order(self, read: int) -> tuple[int, int]:
        """Sorts by time, log id, number and bytes."""
        return self.utcs_us[read], self._origins[read]

    def apart(self, rows: Sequence[int], window_us: int) -> list[Sequence[int]]:
        """These rows, which are in order, cut where the next one is further than the window."""
        times = [self.utcs_us[row] for row in rows]
        far = [at for at in range(1, len(rows)) if times[at] - times[at - 1] > window_us]
        return [rows[first:last] for first, last in pairwise([0, *far, len(rows)])]

    def near(self, presses: Sequence[int], span_us: int) -> list[int]:
        """The tags and presses no further in time than this from one of these presses, by time."""
        reads = np.empty_like(self._by_time)  # by time
        reads[self._by_time] = np.arange(len(reads))
        utcs_us, moments = self.utcs_column[reads], self.utcs_column[list(presses)]
        firsts = np.searchsorted(utcs_us, moments - span_us)
        stops = np.searchsorted(utcs_us, moments + span_us, "right")
        is_near = np.zeros(len(reads), np.bool_)
        for first, stop in zip(firsts.tolist(), stops.tolist(), strict=True):
            is_near[first:stop] = True
        found = reads[is_near]
        is_touch = np.isin(self._of_kind[found], (kinds.TAG, kinds.PRESS))
        result: list[int] = found[is_touch].tolist()
        return result


def _joined(columns: Sequence[Column]) -> Column:
    return np.concatenate(columns) if columns else np.empty(0, np.int64)


def _view(column: NDArray[np.integer[Any]]) -> Sequence[int]:
    """The column for who wants single numbers: quicker than the array, and plain ints."""
    return memoryview(column)  # pyright: ignore[reportArgumentType]
