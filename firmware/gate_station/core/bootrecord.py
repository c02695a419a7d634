"""The record of a start: made once a life, loaded then."""

from gate_wire import bodies, kinds, record

from gate_station.core.station import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.station import Station


def stamp(station: "Station") -> tuple[int, int, int]:
    """The start's: its uptime is 0, its UTC as well as it is known by now."""
    utc_us = station.clock.utc_us(0)
    if utc_us is None or not 0 <= utc_us // 1000 < record.UTC_UNKNOWN:
        return 0, record.UTC_UNKNOWN, 0
    return 0, utc_us // 1000, station.clock.stamp_now()[2] & ~kinds.UTC_EDGE


def body(station: "Station") -> bytes:
    """Why it started, as what, with which parts."""
    config, parts = station.config, station.parts.bits()
    return bodies.pack_boot(
        bodies.Boot(station.cause, config.role, config.id, parts, VERSION, station.restarts)
    )
