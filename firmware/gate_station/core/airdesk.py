"""Who has the radio: outbox, base and relay take turns; one packet at a time.

A user of the radio has poll(now_ms) -> packet or b"", sent(now_ms, uptime_us) and
heard(packet, rssi_dbm, snr_db, uptime_us, now_ms). The first in the list goes first.
"""

from gate_wire import packet, record

from gate_station.core import airtime, backlog, duty, outbox

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.base import Base
    from gate_station.core.config import Config
    from gate_station.core.outbox import Outbox
    from gate_station.core.relay import Relay
    from gate_station.core.roster import Roster
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
        settings: outbox.Settings,
        uptime_us: "Callable[[int], int]",
    ) -> None:
        self._radio = radio
        self._users = users
        self._settings = settings
        self._uptime_us = uptime_us
        self._sender: "User | None" = None
        self._late_ms = 0
        self._yield_ms = -1
        self.sent_count = 0
        self.failed_count = 0

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
        if self._must_yield(now_ms):
            return True
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
            self.failed_count += 1
            self._radio.abandon()
        else:
            self.sent_count += 1
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


class Plan:
    """The radio settings of a station.json, checked.

    settings: of outbox.py. power_dbm, region. serves: stations to relay for; hops: how many
    relays this station's own packets may need. problems: one line each; not empty: no radio.
    """

    def __init__(self, config: "Config") -> None:
        self.problems: list[str] = []
        self.region = airtime.US915
        told = config.radio
        try:
            self.region = airtime.region_of(config.region, _whole(told, "frequency_khz", 0))
        except ValueError as error:
            self.problems.append(str(error))
        factor = self._number(told, "spreading_factor", 9, 7, 12)
        if factor > self.region.sf_max:
            self.problems.append(
                "spreading_factor %d: in %s a record takes longer than %d ms from %d on"
                % (factor, config.region, self.region.dwell_us // 1000, self.region.sf_max + 1)
            )
            factor = self.region.sf_max
        self.power_dbm = self._number(
            told, "power_dbm", self.region.dbm_max, 5, self.region.dbm_max
        )
        beat_s = self._number(told, "beat_s", outbox.BEAT_S, 10, 86_400)
        self.hops = self._number(told, "hops", 0, 0, packet.HOPS_MAX)
        self.serves = self._addresses(told.get("relay_for", []))
        modem = airtime.Modem(factor)
        self.settings = outbox.Settings(modem, self.region, beat_s, self.hops)
        if not 0 <= config.id <= packet.STATION_ADDRESS_MAX:
            self.problems.append("with a radio, id must be 0 to %d" % packet.STATION_ADDRESS_MAX)

    def _number(
        self, told: "dict[str, object]", name: str, default: int, low: int, high: int
    ) -> int:
        value = _whole(told, name, default)
        if low <= value <= high:
            return value
        self.problems.append("radio %s must be %d to %d" % (name, low, high))
        return default

    def _addresses(self, value: object) -> tuple[int, ...]:
        if isinstance(value, list):
            items: list[object] = list(value)  # type: ignore[reportUnknownArgumentType]
            serves = [item for item in items if isinstance(item, int)]
            if len(serves) == len(items):
                return tuple(serves)
        self.problems.append("radio relay_for must be a list of station ids")
        return ()


def _whole(told: "dict[str, object]", name: str, default: int) -> int:
    value = told.get(name, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


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
    """All of a station's radio: what tasks.py drives. outbox is None without a key or a log."""

    def __init__(
        self,
        plan: Plan,
        radio: "Radio",
        station: "Station",
        forward: "Callable[[bytes, int, int, int], object] | None" = None,
    ) -> None:
        log = station.log
        lives = duty.recent_lives(duty.lives_in(log, station.boot)) if log is not None else 1
        self._station = station
        self.duty = duty.Duty(plan.region.duty_us, lives)
        self.outbox: "Outbox | None" = None
        self.base: "Base | None" = None
        self.relay: "Relay | None" = None
        users: "list[User]" = []
        seed = int.from_bytes(station.unique_id, "little") + station.boot
        key = station.config.radio_key
        if forward is not None:
            from gate_station.core import base  # noqa: PLC0415 - a base alone needs it

            self.base = base.Base(plan.settings, self.duty, forward)
            users.append(self.base)
        elif key and log is not None:
            lacking = backlog.Backlog(log, _Known(station.roster).knows)
            self.outbox = outbox.Outbox(
                lacking,
                self.duty,
                plan.settings,
                packet.air_key(key, log.log_id),
                station.config.id,
                min(station.boot, record.BOOT_MAX),
                seed,
                self._health,
            )
            station.on_stored(self._stored)
            users.append(self.outbox)
        if plan.serves:
            from gate_station.core import relay  # noqa: PLC0415 - a relay alone needs it

            self.relay = relay.Relay(plan.settings, self.duty, plan.serves, packet.HOPS_MAX, seed)
            users.append(self.relay)
        self.desk = AirDesk(radio, users, plan.settings, station.clock.uptime_us)

    def _stored(self, seq: int, kind: int) -> None:
        if self.outbox is not None:
            self.outbox.count_from(first_number(self._station.clock.stamp_now()[1]))
            self.outbox.appended(seq, kind)

    def _health(self) -> tuple[int, int, int]:
        station = self._station
        rtc = station.parts.rtc
        temperature_c = rtc.temperature_c() if rtc is not None else 0
        fill_permille = station.log.fill_permille if station.log is not None else 1000
        return station.battery_mv(), temperature_c, fill_permille


class _Known:
    """An empty roster welcomes every tag at the gate; here it means that none is known."""

    def __init__(self, roster: "Roster") -> None:
        self._roster = roster

    def knows(self, uid: bytes) -> bool:
        """Did the host give the station this UID?"""
        return len(self._roster) > 0 and self._roster.knows(uid)
