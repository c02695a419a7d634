"""All records up to a moment, in columns: a race may have a million reads.

A read is a number here, its place in the columns. Those whose tag says whose they are stand
together, runner by runner, in the order of time; before them, by time as well, stands everything
that needs a second look. Ties of time are in the order of log id, number and bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from gate_wire import kinds
from numpy.typing import NDArray

from yellowgate.model import Column, TimedRecords

NOBODY = -1


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
    in BASES).
    """

    def __init__(self, logs: Mapping[str, TimedRecords], owners: Sequence[Column]) -> None:
        """owners: of each record of each log, an index or NOBODY."""
        self.log_ids = list(logs)
        rows = list(logs.values())
        of_runner, utcs_us = _joined(owners), _joined([log.utcs_us for log in rows])
        order = np.lexsort((utcs_us, of_runner))
        self._of_runner, self._utcs_us = of_runner[order], utcs_us[order]
        self._of_kind = _joined([log.records.of_kind for log in rows])[order]
        counts = [len(log.records) for log in rows]
        self.logs = _view(np.repeat(np.arange(len(rows)), counts)[order])
        self.seqs = _view(_joined([log.records.seqs for log in rows])[order])
        self.of_kind = _view(self._of_kind)
        self.utcs_us = _view(self._utcs_us)
        self.bounds_us = _view(_joined([log.bounds_us for log in rows])[order])
        self.of_basis = _view(_joined([log.of_basis for log in rows])[order])
        self._origins = _view(order)
        self._bodies = list(chain.from_iterable(log.records.bodies for log in rows))

    def of_runner(self, runner: int) -> range:
        """The reads of this runner, by time; of NOBODY: what needs a second look."""
        first, last = np.searchsorted(self._of_runner, (runner, runner + 1)).tolist()
        return range(first, last)

    def body(self, read: int) -> bytes:
        """What the record says, a UID for most."""
        return self._bodies[self._origins[read]]

    def log_id(self, read: int) -> str:
        """Its log."""
        return self.log_ids[self.logs[read]]

    def key(self, read: int) -> tuple[str, int]:
        """Log id and number: what rulings call it by."""
        return self.log_ids[self.logs[read]], self.seqs[read]

    def order(self, read: int) -> tuple[int, int]:
        """Sorts by time, log id, number and bytes."""
        return self.utcs_us[read], self._origins[read]

    def gaps(self, rows: Sequence[int], window_us: int) -> list[int]:
        """Where these rows, which are in order, are further apart than the window: the places in
        rows before which the gaps are.
        """
        part = slice(rows.start, rows.stop) if isinstance(rows, range) else list(rows)
        return (np.flatnonzero(np.diff(self._utcs_us[part]) > window_us) + 1).tolist()

    def near(self, presses: Sequence[int], span_us: int) -> list[int]:
        """The tags and presses no further in time than this from one of these presses, by time."""
        moments = np.sort(self._utcs_us[list(presses)])
        after = np.searchsorted(moments, self._utcs_us - span_us)
        next_us = np.append(moments, np.iinfo(np.int64).max)[after]
        is_near = next_us - span_us <= self._utcs_us
        is_near &= np.isin(self._of_kind, (kinds.TAG, kinds.PRESS))
        return sorted(np.flatnonzero(is_near).tolist(), key=self.order)


def _joined(columns: Sequence[Column]) -> Column:
    return np.concatenate(columns) if columns else np.empty(0, np.int64)


def _view(column: NDArray[np.integer[Any]]) -> Sequence[int]:
    """The column for who wants single numbers: quicker than the array, and plain ints."""
    return memoryview(column)  # pyright: ignore[reportArgumentType]
