"""This laptop's clock, and what may be said of it."""

from __future__ import annotations

import binascii
import platform
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gate_wire import bodies, record

from yellowgate.records import EPOCH_2020_US

UTC_END_US = EPOCH_2020_US + record.UTC_UNKNOWN * 1000  # in November 2054

_NTP_MARK = Path("/run/systemd/timesync/synchronized")  # systemd-timesyncd(8), FILES


class HostClock(Protocol):
    """A reference for stations: when it is, and which clock says so."""

    @property
    def reference(self) -> int:
        """What kind of clock it is: REFERENCE_... of gate_wire.bodies."""
        ...

    @property
    def reference_id(self) -> int:
        """A number that tells this clock from others."""
        ...

    @property
    def name(self) -> str:
        """What people call it, "" for a clock that has no name."""
        ...

    def utc_us(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def monotonic_us(self) -> int:
        """Microseconds of a clock that only goes forward."""
        ...


def can_be_told(utc_us: int) -> bool:
    """Can a record hold this time (UTC since 1970)? A laptop that starts in 1970, or shows 2105,
    is no reference for anybody.
    """
    return EPOCH_2020_US <= utc_us < UTC_END_US


@dataclass(frozen=True)
class LaptopClock:
    """The clock of this computer. shift_us is added, for rehearsals that play at another time."""

    reference: int
    reference_id: int
    shift_us: int = 0
    name: str = ""

    def utc_us(self) -> int:
        """See HostClock."""
        return time.time_ns() // 1000 + self.shift_us

    def monotonic_us(self) -> int:
        """See HostClock."""
        return time.monotonic_ns() // 1000


def this_laptop(shift_us: int = 0) -> LaptopClock:
    """The clock of this computer, by a number that stays the same and tells laptops apart."""
    name = f"{platform.node()} {uuid.getnode():012x}"
    reference = bodies.REFERENCE_NTP if _NTP_MARK.exists() else bodies.REFERENCE_LAPTOP
    return LaptopClock(reference, binascii.crc32(name.encode()), shift_us, platform.node())
