"""The words of the host: what was observed, what was ruled, who runs.

Times of day are UTC in microseconds since 1970 (`utc_us`, int); spans are microseconds or, where
the name says so, seconds or milliseconds. Nothing here reads a file or a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, groupby, repeat
from operator import attrgetter
from typing import Any, NamedTuple, overload
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
    if record.check(raw, 0, bytes.fromhex(log_id)) != len(raw):
        raise ValueError("damaged record")
    row = record.unpack(raw)
    utc_us = None if row.utc_ms == record.UTC_UNKNOWN else EPOCH_2020_US + row.utc_ms * 1000
    return Observation(
        log_id, row.seq, row.kind, row.boot, row.uptime_ms, utc_us, row.quality, row.body, raw
    )


NO_UTC = -1  # in a column of station_utc_us: the clock was not set
_HEAD = np.dtype(
    [("first", "u1"), ("kind", "u1"), ("boot", "<u2"), ("seq_quality", "<u4"),
     ("uptime_ms", "<u4"), ("utc_low", "<u4"), ("utc_high", "u1"),
     ("body", f"V{record.RECORD_BYTES_MIN - record.FIXED_BYTES}"), ("rest", "V8")]
)  # fmt: skip
_WHOLE_CRC = 0x2144DF1C  # the CRC-32 of any bytes that their own CRC-32 follows


class Records(Sequence[Observation]):
    """The observations of one log, each once, by number (two of one number: by their bytes).

    A race may have a million: they are kept as columns, and made into Observations when asked
    for. seqs, of_kind, boots, uptimes_ms, utcs_us (what the station believed, NO_UTC where its
    clock was not set) and qualities are arrays; raws and bodies are lists.
    """

    def __init__(
        self, log_id: str, raws: list[bytes], bodies: list[bytes], columns: Sequence[Column]
    ) -> None:
        self.log_id = log_id
        self.raws = raws
        self.bodies = bodies
        self.columns = columns
        self.seqs, self.of_kind, self.boots, self.uptimes_ms, self.utcs_us, self.qualities = columns

    def __len__(self) -> int:
        return len(self.raws)

    @overload
    def __getitem__(self, at: int) -> Observation: ...
    @overload
    def __getitem__(self, at: slice) -> list[Observation]: ...
    def __getitem__(self, at: int | slice) -> Observation | list[Observation]:
        if isinstance(at, slice):
            return list(self._rows(at))
        at = range(len(self.raws))[at]
        return next(self._rows(slice(at, at + 1)))

    def __iter__(self) -> Iterator[Observation]:
        return self._rows(slice(None))

    def chosen(self, mask: NDArray[np.bool_]) -> Records:
        """Those for which the mask is true."""
        raws, bodies = (list(compress(rows, mask.tolist())) for rows in (self.raws, self.bodies))
        return Records(self.log_id, raws, bodies, [column[mask] for column in self.columns])

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


def records(raws: list[bytes], log_id: str) -> Records:
    """observation() of each of these records (one at least) of one log, in their order already.

    Raises ValueError when one is damaged.
    """
    lengths = np.fromiter(map(len, raws), np.int64, len(raws))
    crcs = set(map(crc32, raws, repeat(crc32(bytes.fromhex(log_id)))))
    if crcs != {_WHOLE_CRC} or lengths.min() < record.RECORD_BYTES_MIN:
        raise ValueError("damaged record")
    heads = np.frombuffer(b"".join([raw[: _HEAD.itemsize] for raw in raws]), _HEAD)
    body_bytes = heads["first"].astype(np.int64) - record.MARK
    units = (record.FIXED_BYTES + body_bytes + record.UNIT_BYTES - 1) // record.UNIT_BYTES
    if np.any(units * record.UNIT_BYTES != lengths) or lengths.max() > record.RECORD_BYTES_MAX:
        raise ValueError("damaged record")
    bodies: list[bytes] = heads["body"].tolist()
    for at in np.flatnonzero(body_bytes != _HEAD["body"].itemsize).tolist():
        bodies[at] = raws[at][record.HEAD_BYTES : record.HEAD_BYTES + int(body_bytes[at])]
    utcs_ms = heads["utc_low"].astype(np.int64) | heads["utc_high"].astype(np.int64) << 32
    utcs_us = EPOCH_2020_US + utcs_ms * 1000
    utcs_us[utcs_ms == record.UTC_UNKNOWN] = NO_UTC
    seq_quality = heads["seq_quality"].astype(np.int64)
    columns = (
        seq_quality & record.SEQ_MAX,
        heads["kind"].astype(np.int64),
        heads["boot"].astype(np.int64),
        heads["uptime_ms"].astype(np.int64),
        utcs_us,
        seq_quality >> 24,
    )
    return Records(log_id, raws, bodies, columns)


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
    return Records(log_id, list(raws), list(bodies), columns)


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


UNBOUNDED_US = 10**15
BASES = ("pairs", "extrapolated", "neighbours", "station", "none")  # best first


class TimedRecords(NamedTuple):
    """The records of one log with their corrected times: Timed in columns.

    of_basis: places in BASES.
    """

    records: Records
    utcs_us: Column
    bounds_us: Column
    of_basis: Column

    def chosen(self, mask: NDArray[np.bool_]) -> TimedRecords:
        """Those of the records for which the mask is true."""
        return TimedRecords(
            self.records.chosen(mask), self.utcs_us[mask], self.bounds_us[mask], self.of_basis[mask]
        )

    def rows(self) -> list[Timed]:
        """The same, row by row."""
        bases = map(BASES.__getitem__, self.of_basis.tolist())
        columns = (self.records, self.utcs_us.tolist(), self.bounds_us.tolist(), bases)
        return list(map(Timed, *columns))


@dataclass(frozen=True)
class Runner:
    """A line of the roster. tag: UID in lower-case hex, "" if none. bibs: bib of each loop,
    by loop number from 1; 0 is the bib that stands for all loops without their own.
    """

    name: str
    gender: str
    tag: str = ""
    bibs: Mapping[int, str] = field(default_factory=dict[int, str])
    birthdate: str = ""
    city: str = ""
    state: str = ""
    country: str = ""

    def bib(self, loop: int) -> str:
        """The bib worn on this loop."""
        return self.bibs.get(loop, self.bibs.get(0, ""))


@dataclass(frozen=True)
class Ruling:
    """What the race director decided. Never changed; undone only by a ruling "undo".

    at_us: when it was made. kind and data: see race/rulings.py. The identity is made from the
    content, so the same ruling on two laptops is one.
    """

    at_us: int
    by: str
    why: str
    kind: str
    data: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """12 hex digits over the content."""
        text = json.dumps(
            [self.at_us, self.by, self.why, self.kind, self.data],
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Station:
    """A station as the host knows it: from its boot records and race.toml."""

    log_id: str
    station_id: int
    role: str
    name: str
    place: str
