"""A base as `gate listen` sees it: packets that came in, packets to send."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from gate_wire import message

from yellowgate.link.hostclock import HostClock
from yellowgate.link.session import Session

QUIET_US = 20_000_000  # a base that says nothing for so long is asked whether it is there

Moment = tuple[int, int]
"""UTC since 1970 and its bound, in microseconds."""


class Reception(NamedTuple):
    """A packet as it came in. received(): when its end did, None: nobody knows."""

    data: bytes
    rssi_dbm: int
    snr_db: int
    received: Callable[[], Moment | None]


class Base(Protocol):
    """Where packets come from and answers go to."""

    def hear(self) -> list[Reception]:
        """What came in since; waits a moment. Raises PortError when the base has gone."""
        ...

    def say(self, data: bytes) -> None:
        """Transmit this packet as soon as the law allows. Raises PortError."""
        ...


class UsbBase:
    """A station with role base behind a session."""

    def __init__(self, session: Session, clock: HostClock) -> None:
        self._session = session
        self._clock = clock
        self._heard_us = clock.monotonic_us()

    def hear(self) -> list[Reception]:
        """See Base."""
        found: list[Reception] = []
        for event in self._session.news():
            told = message.unpack_radio_in(event.payload)
            if event.kind == message.RADIO_IN and told is not None:
                uptime_us, rssi_dbm, snr_db, data = told
                found.append(Reception(data, rssi_dbm, snr_db, self._when(uptime_us)))
        now_us = self._clock.monotonic_us()
        if not found and now_us - self._heard_us > QUIET_US:
            self._session.time_sample()
        elif not found:
            return found
        self._heard_us = now_us
        return found

    def say(self, data: bytes) -> None:
        """See Base."""
        self._session.say(message.RADIO_OUT, data)

    def _when(self, uptime_us: int) -> Callable[[], Moment | None]:
        """By this laptop's clock; the base is asked its own."""

        def ask() -> Moment | None:
            if not uptime_us:
                return None
            asked_us, answered_us, base_us, _, _ = self._session.time_sample()
            half_us = (answered_us - asked_us + 1) // 2
            ago_us = self._clock.monotonic_us() - answered_us + half_us + base_us - uptime_us
            return self._clock.utc_us() - ago_us, half_us

        return ask
