"""A station's radio put together from the settings in its station.json: at the start only."""

from gate_wire import packet, record

from gate_station.core import airdesk, airtime, backlog, duty, history, outbox, regions

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.settings import Config
    from gate_station.core.station import Station
    from gate_station.ports import Radio


class Plan:
    """The radio settings of a station.json, checked.

    settings: of outbox.py. power_dbm, region. serves: stations to relay for; hops: how many
    relays this station's own packets may need. problems: one line each; not empty: no radio.
    """

    def __init__(self, config: "Config") -> None:
        self.problems: list[str] = []
        self.region = regions.US915
        told = config.radio
        try:
            self.region = regions.region_of(config.region, _whole(told, "frequency_khz", 0))
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
        beat_s = self._number(told, "beat_s", regions.BEAT_S, 10, 86_400)
        self.hops = self._number(told, "hops", 0, 0, packet.HOPS_MAX)
        self.serves = self._addresses(told.get("relay_for", []))
        modem = airtime.Modem(factor)
        self.settings = regions.settings(modem, self.region, beat_s, self.hops)
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


def build(
    plan: Plan,
    radio: "Radio",
    station: "Station",
    forward: "Callable[[bytes, int, int, int], object] | None" = None,
) -> airdesk.Air:
    """Outbox, relay and base as planned. forward: where a base's packets go.

    No function of this module is handed on: it would keep the whole module in memory.
    """
    log = station.log
    lives = 1
    if log is not None:
        lives = history.recent_lives(history.lives_in(log, station.boot))
    air = airdesk.Air(station, duty.Duty(plan.region.duty_us, lives))
    users: "list[airdesk.User]" = []
    seed = int.from_bytes(station.unique_id, "little") + station.boot
    if forward is not None:
        from gate_station.core import base  # noqa: PLC0415 - a base alone needs it

        air.base = base.Base(plan.settings, air.duty, forward)
        users.append(air.base)
    elif station.config.radio_key and log is not None:
        air.outbox = outbox.Outbox(
            backlog.Backlog(log, station.roster),
            air.duty,
            plan.settings,
            packet.air_key(station.config.radio_key, log.log_id),
            station.config.id,
            min(station.boot, record.BOOT_MAX),
            seed,
            air.health,
        )
        station.on_stored(air.stored)
        users.append(air.outbox)
    if plan.serves:
        from gate_station.core import relay  # noqa: PLC0415 - a relay alone needs it

        air.relay = relay.Relay(plan.settings, air.duty, plan.serves, packet.HOPS_MAX, seed)
        users.append(air.relay)
    air.desk = airdesk.AirDesk(radio, users, plan.settings, station.clock.uptime_us)
    return air
