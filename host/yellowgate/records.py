"""The words of the host: what was observed, what was ruled, who runs.

Times of day are UTC in microseconds since 1970 (`utc_us`, int); spans are microseconds or, where
the name says so, seconds or milliseconds. Nothing here reads a file or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, repeat
from operator import attrgetter
from typing import NamedTuple, Protocol, overload
from zlib import crc32

import numpy as np
from gate_wire import kinds, record
from numpy.typing import NDArray

EPOCH_2020_US = record.EPOCH_2020_UNIX_S * 1_000_000
Column = NDArray[np.int64]


class Observation(NamedTuple):
    """What a station saw: immutable. Its identity is (log_id, seq); raw are its bytes on flash.

    log_id is lower-case hex (16 digits), kind a number of gate_wire.kinds. station_utc_us is what
    the station itself believed, None when its clock was not set. body: bytes without padding.
    """

    log_id: str
    seq: int
    kind: int
    boot: int
    uptime_ms: int
    station_utc_us: int | None
    quality: int
    body: bytes
    raw: bytes

    @property
    def kind_name(self) -> str:
        """The kind as a word."""
        return kinds.NAMES.get(self.kind, f"kind {self.kind}")


def observation(raw: bytes, log_id: str) -> Observation:
    """The observation in these record bytes. Raises ValueError when they are damaged."""
    is_whole = len(raw) >= record.RECORD_BYTES_MIN
    if not is_whole or record.check(raw, 0, bytes.fromhex(log_id)) != len(raw):
        raise ValueError("damaged record")
    row = record.unpack(raw)
    utc_us = None if row.utc_ms == record.UTC_UNKNOWN else EPOCH_2020_US + row.utc_ms * 1000
    return Observation(
        log_id, row.seq, row.kind, row.boot, row.uptime_ms, utc_us, row.quality, row.body, raw
    )


TOUCHES = (kinds.PRESS, kinds.TAG, kinds.START, kinds.TAPS)  # what people do
_IS_TOUCH = np.isin(np.arange(256), TOUCHES)  # of each kind
NO_UTC = -1  # in a column of station_utc_us: the clock was not set
_SHORT, _LONGEST = (
    size // record.UNIT_BYTES for size in (record.RECORD_BYTES_MIN, record.RECORD_BYTES_MAX)
)  # units of a record, at least and at most

_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


class Parts(Sequence[bytes]):
    """Parts of some bytes, each from its start to its stop, cut out when asked for."""

    def __init__(self, joined: bytes, starts: Column, stops: Column) -> None:
        self.joined = joined
        self.starts = starts
        self.stops = stops

    @classmethod
    def of(cls, rows: Sequence[bytes]) -> Parts:
        """These bytes, one behind the other."""
        stops = np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))
        return cls(b"".join(rows), np.append(0, stops[:-1]), stops)

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            bounds = map(slice, self.starts[at].tolist(), self.stops[at].tolist())
            return list(map(self.joined.__getitem__, bounds))
        return self.joined[self.starts[at] : self.stops[at]]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self[:])

    @property
    def lengths(self) -> Column:
        """Bytes of each."""
        return self.stops - self.starts

    def heads(self) -> NDArray[np.uint64]:
        """Of each the first eight bytes as a number, little-endian; bytes that it lacks are 0."""
        padded = self.joined + bytes(8)
        every = np.ndarray(len(self.joined) + 1, "<u8", padded, 0, (1,))
        return every[self.starts] & _FIRST_BYTES[np.minimum(self.lengths, 8)]

    def chosen(self, mask: NDArray[np.bool_]) -> Parts:
        """Those for which the mask is true."""
        return Parts(self.joined, self.starts[mask], self.stops[mask])


class Records(Sequence[Observation]):
    """The observations of one log, each once, by number (two of one number: by their bytes).

    A race may have a million: they are kept as columns, and made into Observations when asked
    for. seqs, of_kind, boots, uptimes_ms, utcs_us (what the station believed, NO_UTC where its
    clock was not set) and qualities are arrays; raws and bodies are parts of the log's bytes.
    """

    def __init__(self, log_id: str, raws: Parts, bodies: Parts, columns: Sequence[Column]) -> None:
        self.log_id = log_id
        self.raws = raws
        self.bodies = bodies
        self.columns = columns
        self.seqs, self.of_kind, self.boots, self.uptimes_ms, self.utcs_us, self.qualities = columns

    def __len__(self) -> int:
        return len(self.seqs)

    @overload
    def __getitem__(self, at: int) -> Observation: ...
    @overload
    def __getitem__(self, at: slice) -> list[Observation]: ...
    def __getitem__(self, at: int | slice) -> Observation | list[Observation]:
        if isinstance(at, slice):
            return list(self._rows(at))
        at = range(len(self))[at]
        return next(self._rows(slice(at, at + 1)))

    def __iter__(self) -> Iterator[Observation]:
        return self._rows(slice(None))

    @cached_property
    def is_touch(self) -> NDArray[np.bool_]:
        """Of each record: did somebody touch the station?"""
        return _IS_TOUCH[self.of_kind]

    def chosen(self, mask: NDArray[np.bool_]) -> Records:
        """Those for which the mask is true."""
        columns = [column[mask] for column in self.columns]
        return Records(self.log_id, self.raws.chosen(mask), self.bodies.chosen(mask), columns)

    def _rows(self, part: slice) -> Iterator[Observation]:
        seqs, of_kind, boots, uptimes, utcs, qualities = (
            column[part].tolist() for column in self.columns
        )
        if NO_UTC in utcs:
            utcs = [None if utc_us == NO_UTC else utc_us for utc_us in utcs]
        return map(
            Observation, repeat(self.log_id), seqs, of_kind, boots, uptimes, utcs, qualities,
            self.bodies[part], self.raws[part],
        )  # fmt: skip


def records(raws: Sequence[bytes], log_id: str) -> Records:
    """observation() of each of these records (one at least) of one log, in their order already.

    Raises ValueError when one is damaged.
    """
    log = joined_records(b"".join(raws), log_id)
    if list(map(len, raws)) != log.raws.lengths.tolist():
        raise ValueError("damaged record")
    return log


def joined_records(joined: bytes, log_id: str) -> Records:
    """records(), of records that stand one behind the other. Raises ValueError."""
    starts, units = _places(joined)
    _check_crcs(joined, starts, units, crc32(bytes.fromhex(log_id)))
    # Four words of the head are in the record's first unit, the last byte begins the second one.
    words = np.frombuffer(joined, "<u4").reshape(-1, record.UNIT_BYTES // 4)[starts]
    first, seq_quality, uptimes_ms, utc_low = words.T.astype(np.int64)
    utc_high = np.frombuffer(joined, np.uint8)[(starts + 1) * record.UNIT_BYTES].astype(np.int64)
    utcs_ms = utc_low | utc_high << 32
    utcs_us = EPOCH_2020_US + utcs_ms * 1000
    utcs_us[utcs_ms == record.UTC_UNKNOWN] = NO_UTC
    seqs, qualities = seq_quality & record.SEQ_MAX, seq_quality >> 24
    columns = (seqs, first >> 8 & 0xFF, first >> 16, uptimes_ms, utcs_us, qualities)
    stops = (starts + units) * record.UNIT_BYTES
    starts *= record.UNIT_BYTES
    body_starts = starts + record.HEAD_BYTES
    body_stops = body_starts + (first & 0xFF) - record.MARK
    raws, bodies = Parts(joined, starts, stops), Parts(joined, body_starts, body_stops)
    return Records(log_id, raws, bodies, columns)


def _places(joined: bytes) -> tuple[Column, Column]:
    """Where each record begins, by what the first byte of the one before says of its length, and
    how long it is; in units. Raises ValueError when the last one does not end at the end.
    """
    count, rest = divmod(len(joined), record.UNIT_BYTES)
    first = np.frombuffer(joined, np.uint8)[:: record.UNIT_BYTES].astype(np.int64)
    units = (first - record.MARK + record.FIXED_BYTES + record.UNIT_BYTES - 1) // record.UNIT_BYTES
    units[first < record.MARK] = 0
    # Most are of the shortest kind: a run of them is one step, by the next unit that is none.
    others = [(units[at::_SHORT] != _SHORT).tobytes() for at in range(_SHORT)]
    runs: list[Column] = []
    at = 0
    while at < count and not rest:
        other = others[at % _SHORT].find(1, at // _SHORT)
        stop = count if other < 0 else other * _SHORT + at % _SHORT
        runs.append(np.arange(at, min(stop + 1, count), _SHORT))
        at = stop
        if at < count:
            if not _SHORT < units[at] <= _LONGEST:
                break
            at += int(units[at])
    starts = np.concatenate(runs) if runs else np.empty(0, np.int64)
    if at != count or rest or not runs or starts[-1] + units[starts[-1]] != count:
        raise ValueError("damaged record")
    return starts, units[starts]


def _check_crcs(joined: bytes, starts: Column, units: Column, seed: int) -> None:
    """Raises ValueError when a record is damaged. seed: the CRC of the log id.

    What a whole record makes of a CRC that runs on over it depends on its length alone, because
    its own CRC is in it. So the CRC over all of them must be that over as many blank ones; that
    damage hides from it is as improbable as with a CRC for each.
    """
    blank = np.zeros(
        (len(joined) // record.UNIT_BYTES, record.UNIT_BYTES // record.CRC_BYTES), "<u4"
    )
    for length in range(_SHORT, _LONGEST + 1):
        crc = crc32(bytes(length * record.UNIT_BYTES - record.CRC_BYTES), seed)
        blank[(starts + length - 1)[units == length], -1] = crc
    if crc32(joined, seed) != crc32(blank.data, seed):
        raise ValueError("damaged record")


def by_log(observations: Iterable[Observation]) -> dict[str, Records]:
    """The observations, in any order and however often, as records of each log, by log id."""
    unique = sorted(set(observations), key=attrgetter("log_id", "seq", "raw"))
    return {
        log_id: _in_columns(log_id, list(rows))
        for log_id, rows in groupby(unique, attrgetter("log_id"))
    }


def _in_columns(log_id: str, rows: Sequence[Observation]) -> Records:
    _, seqs, of_kind, boots, uptimes, utcs, qualities, bodies, raws = zip(*rows, strict=True)
    known = [NO_UTC if utc_us is None else utc_us for utc_us in utcs]
    columns = [
        np.array(column, np.int64) for column in (seqs, of_kind, boots, uptimes, known, qualities)
    ]
    return Records(log_id, Parts.of(raws), Parts.of(bodies), columns)


class Timed(NamedTuple):
    """An observation with its corrected time: the truth lies within utc_us ± bound_us.

    basis says in a word where the time comes from: "pairs" (between clock pairs), "extrapolated",
    "neighbours" (a boot without any pair), "station" (only the station's own clock), "none".
    With "none", utc_us is only an order, and bound_us is UNBOUNDED_US.
    """

    observation: Observation
    utc_us: int
    bound_us: int
    basis: str


BASES = ("pairs", "extrapolated", "neighbours", "station", "none")  # best first


class Distances(Protocol):
    """How far apart records of one log are, where that is better known than their times."""

    def between(self, one_seq: int, other_seq: int) -> tuple[int, int] | None:
        """(lowest, highest) true microseconds from record one to record other; None: not known."""
        ...

    def is_as(self, before: object) -> bool:
        """Is it what was known before of the log's first records?"""
        ...


class TimedRecords(NamedTuple):
    """The records of one log with their corrected times: Timed in columns.

    of_basis: places in BASES. distances: None where nothing is known beside the times.
    """

    records: Records
    utcs_us: Column
    bounds_us: Column
    of_basis: Column
    distances: Distances | None = None

    def chosen(self, mask: NDArray[np.bool_]) -> TimedRecords:
        """Those of the records for which the mask is true."""
        return TimedRecords(
            self.records.chosen(mask),
            self.utcs_us[mask],
            self.bounds_us[mask],
            self.of_basis[mask],
            self.distances,
        )

    def rows(self) -> list[Timed]:
        """The same, row by row."""
        bases = map(BASES.__getitem__, self.of_basis.tolist())
        columns = (self.records, self.utcs_us.tolist(), self.bounds_us.tolist(), bases)
        return list(map(Timed, *columns))
