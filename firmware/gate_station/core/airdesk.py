"""Who has the radio: outbox, base and relay take turns; one packet at a time.

A user of the radio has due_ms(now_ms), before which it has no packet if nothing happens,
poll(now_ms) -> packet or b"", sent(now_ms, uptime_us) and heard(packet, rssi_dbm, snr_db,
uptime_us, now_ms). The first in the list goes first.
"""

from gate_wire import record

from gate_station.core import airtime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.airtime import Settings
    from gate_station.core.base import Base
    from gate_station.core.duty import Duty
    from gate_station.core.outbox import Outbox
    from gate_station.core.relay import Relay
    from gate_station.core.station import Station
    from gate_station.ports import Radio

    User = Outbox | Base | Relay

_YIELD_MS_MAX = 1500  # a signal that seems to last longer than this is noise
_ABANDON_SLACK_MS = 1000


class AirDesk:
    """uptime_us(tick): the uptime of a tick of ticks_us.

    Users are told when a packet had come in or was out by uptime, -1 where no interrupt told it.
    """

    def __init__(
        self,
        radio: "Radio",
        users: "list[User]",
        settings: "Settings",
        uptime_us: "Callable[[int], int]",
    ) -> None:
        self._radio = radio
        self._users = users
        self._settings = settings
        self._uptime_us = uptime_us
        self._sender: "User | None" = None
        self._late_ms = 0
        self._yield_ms = -1

    def step(self, now_ms: int) -> bool:
        """One step, some milliseconds at most; call it every 10 to 20 ms. True: radio in use.

        Raises OSError when the chip does not answer.
        """
        if self._sender is not None:
            return self._finish(self._sender, now_ms)
        heard = self._radio.take()
        if heard is not None:
            data, rssi_dbm, snr_db = heard
            uptime_us = self._edge_uptime_us()
            for user in self._users:
                user.heard(data, rssi_dbm, snr_db, uptime_us, now_ms)
            return True
        return self._is_anybody_due(now_ms) and (self._must_yield(now_ms) or self._say(now_ms))

    def _is_anybody_due(self, now_ms: int) -> bool:
        """The chip is asked what it hears only by who has something to say."""
        for user in self._users:
            if user.due_ms(now_ms) <= now_ms:
                return True
        return False

    def _say(self, now_ms: int) -> bool:
        for user in self._users:
            data = user.poll(now_ms)
            if data:
                self._radio.send(data)
                self._sender = user
                lasts_us = airtime.airtime_us(self._settings.modem, len(data))
                self._late_ms = now_ms + lasts_us // 1000 + _ABANDON_SLACK_MS
                return True
        return False

    def _finish(self, sender: "User", now_ms: int) -> bool:
        is_late = now_ms > self._late_ms
        if self._radio.busy() and not is_late:
            return True
        if is_late:
            self._radio.abandon()
        self._sender = None
        sender.sent(now_ms, -1 if is_late else self._edge_uptime_us())
        return True

    def _edge_uptime_us(self) -> int:
        edge_us = self._radio.edge_us
        return -1 if edge_us < 0 else self._uptime_us(edge_us)

    def _must_yield(self, now_ms: int) -> bool:
        """Is a packet just coming in? Listen before talking, but not for ever."""
        if not self._radio.hearing():
            self._yield_ms = -1
            return False
        if self._yield_ms < 0:
            self._yield_ms = now_ms + _YIELD_MS_MAX
        return now_ms < self._yield_ms


def first_number(utc_ms: int) -> int:
    """The number before the first of a session: seconds of UTC in steps of four.

    Should flash lose the page with all records of the last boot, its number is given again; the
    packets then count on above the old ones, as long as fewer than one went out in four seconds.
    Without UTC they begin at 0, and the host refuses what repeats.
    """
    if utc_ms == record.UTC_UNKNOWN:
        return 0
    return utc_ms // 4000 & 0x7FFFFF  # a year; the upper half is room to count on


class Air:
    """All of a station's radio: what tasks.py drives. outbox is None without a key or a log.

    duty: the ledger of airtime. airplan.build() adds the rest.
    """

    desk: AirDesk

    def __init__(self, station: "Station", duty: "Duty") -> None:
        self._station = station
        self.duty = duty
        self.outbox: "Outbox | None" = None
        self.base: "Base | None" = None
        self.relay: "Relay | None" = None

    def revive(self) -> None:
        """The chip did not answer: is it there again?"""
        try:
            if self._station.parts.radio is not None:
                self._station.parts.radio.abandon()
        except OSError:
            pass  # asked again

    def stored(self, seq: int, kind: int) -> None:
        """For Station.on_stored."""
        if self.outbox is not None:
            self.outbox.count_from(first_number(self._station.clock.stamp_now()[1]))
            self.outbox.appended(seq, kind)

    def health(self) -> tuple[int, int, int]:
        """(battery mV, temperature C, fill per mille) for the heartbeat."""
        now = self._station.health()
        return now.battery_mv, now.temperature_c, now.fill_permille
