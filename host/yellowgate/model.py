"""The words of the host: what was observed, what was ruled, who runs.

Times of day are UTC in microseconds since 1970 (`utc_us`, int); spans are microseconds or, where
the name says so, seconds or milliseconds. Nothing here reads a file or a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from gate_wire import kinds, record

EPOCH_2020_US = record.EPOCH_2020_UNIX_S * 1_000_000


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
