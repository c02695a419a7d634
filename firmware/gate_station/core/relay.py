"""A station between two others: says again, once, what it hears for those it serves.

It has no key of theirs and cannot tell a forged packet from a true one; so it says each packet
once, counts hops, and takes at most half of its airtime for others. What it hears answered by
the base in the meantime it keeps to itself.
"""

from gate_wire import packet

from gate_station.core import airtime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.airtime import Settings
    from gate_station.core.duty import Duty

_SEEN = 32
_QUEUE_MAX = 4
_IDLE_MS = 3_600_000
_PERCENT = 50
_PAUSE_MS = 150  # the base, if it heard, begins to answer within this


class Relay:
    """serves: addresses of stations. hops_max: packets relayed so often go no further."""

    def __init__(
        self,
        settings: "Settings",
        duty: "Duty",
        serves: tuple[int, ...],
        hops_max: int,
        seed: int,
    ) -> None:
        self._settings = settings
        self._duty = duty
        self._serves = serves
        self._hops_max = min(hops_max, packet.HOPS_MAX)
        self._random = seed & 0x3FFFFFFF
        self._seen: list[bytes] = []
        self._queue: list[tuple[int, bytes]] = []
        self.relayed = 0

    def heard(
        self, data: bytes, _rssi_dbm: int, _snr_db: int, _uptime_us: int, now_ms: int
    ) -> None:
        """A packet, whoever it is for."""
        part = packet.parse(data)
        if part is None or not self._is_ours(part):
            return
        name = data[:3] + data[-packet.MAC_BYTES :]
        if name in self._seen:
            return
        self._seen.append(name)
        if len(self._seen) > _SEEN:
            self._seen.pop(0)
        if part.kind == packet.ANSWER:
            self._answered(part)
        if part.hops < self._hops_max and len(self._queue) < _QUEUE_MAX:
            self._random = (self._random * 1664525 + 1013904223) & 0x3FFFFFFF
            pause_ms = _PAUSE_MS + (self._random >> 8) % 100
            self._queue.append((now_ms + pause_ms, packet.hopped(data)))

    def due_ms(self, now_ms: int) -> int:
        """When poll() may next have a packet, if nothing happens until then."""
        return max(now_ms, self._queue[0][0]) if self._queue else now_ms + _IDLE_MS

    def poll(self, now_ms: int) -> bytes:
        """The packet to transmit now, b"" for none."""
        if not self._queue or now_ms < self._queue[0][0]:
            return b""
        _, data = self._queue.pop(0)
        airtime_us = airtime.airtime_us(self._settings.modem, len(data))
        is_long = len(data) > self._settings.packet_bytes_max
        if is_long or self._duty.wait_ms(airtime_us, now_ms, _PERCENT):
            return b""
        self._duty.book(airtime_us, now_ms)
        self.relayed += 1
        return data

    def sent(self, now_ms: int, uptime_us: int) -> None:
        """Nothing to do."""

    def _is_ours(self, part: packet.Packet) -> bool:
        if part.kind == packet.ANSWER:
            return part.sender == packet.BASE_ADDRESS and part.to in self._serves
        return part.to == packet.BASE_ADDRESS and part.sender in self._serves

    def _answered(self, part: packet.Packet) -> None:
        kept: list[tuple[int, bytes]] = []
        for due_ms, data in self._queue:
            if data[1] != part.to or data[2] != part.number & 0xFF:
                kept.append((due_ms, data))
        self._queue = kept
