"""The base: the laptop's radio. It has no key and believes nothing: what it hears goes to the
host over USB, what the host wants said is said as soon as the law allows.

So it never acknowledges by itself: an answer is on air only when the host, which made it, has the
records on its disk.
"""

from gate_wire import packet

from gate_station.core import airtime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.airtime import Settings
    from gate_station.core.duty import Duty

_QUEUE_MAX = 8
_IDLE_MS = 3_600_000


class Base:
    """forward(packet, rssi_dbm, snr_db, uptime_us): to the host, as RADIO_IN; 0: not known when."""

    def __init__(
        self,
        settings: "Settings",
        duty: "Duty",
        forward: "Callable[[bytes, int, int, int], object]",
    ) -> None:
        self._settings = settings
        self._duty = duty
        self._forward = forward
        self._queue: list[bytes] = []

    def heard(self, data: bytes, rssi_dbm: int, snr_db: int, uptime_us: int, _now_ms: int) -> None:
        """A packet, whoever it is from."""
        self._forward(data, rssi_dbm, snr_db, max(uptime_us, 0))

    def say(self, data: bytes) -> None:
        """The host wants this packet transmitted (RADIO_OUT). A later word to the same station
        takes the place of one that still waits. Raises ValueError when it may not be sent.
        """
        part = packet.parse(data)
        if part is None or part.kind != packet.ANSWER:
            raise ValueError("no answer to a station")
        if len(data) > self._settings.packet_bytes_max:
            raise ValueError("longer than the region allows")
        self._queue = [other for other in self._queue if other[0] != part.to]
        self._queue.append(data)
        if len(self._queue) > _QUEUE_MAX:
            self._queue.pop(0)

    def due_ms(self, now_ms: int) -> int:
        """When poll() may next have a packet, if nothing happens until then."""
        return now_ms if self._queue else now_ms + _IDLE_MS

    def poll(self, now_ms: int) -> bytes:
        """The packet to transmit now, b"" for none."""
        if not self._queue:
            return b""
        airtime_us = airtime.airtime_us(self._settings.modem, len(self._queue[0]))
        if self._duty.wait_ms(airtime_us, now_ms):
            return b""
        self._duty.book(airtime_us, now_ms)
        return self._queue.pop(0)

    def sent(self, now_ms: int, uptime_us: int) -> None:
        """Nothing to do: whether it was heard, the next packet of the station shows."""
