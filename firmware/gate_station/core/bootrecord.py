"""The record of a start: made once a life, loaded then."""

from gate_wire import bodies, kinds, record

from gate_station.core.station import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.parts import Parts
    from gate_station.core.station import Station


def stamp(station: "Station") -> tuple[int, int, int]:
    """The start's: its uptime is 0, its UTC as well as it is known by now."""
    utc_us = station.clock.utc_us(0)
    if utc_us is None or not 0 <= utc_us // 1000 < record.UTC_UNKNOWN:
        return 0, record.UTC_UNKNOWN, 0
    return 0, utc_us // 1000, station.clock.stamp_now()[2] & ~kinds.UTC_EDGE


def body(station: "Station") -> bytes:
    """Why it started, as what, with which parts."""
    config, parts = station.config, bits(station.parts)
    return bodies.pack_boot(
        bodies.Boot(station.cause, config.role, config.id, parts, VERSION, station.restarts)
    )


def bits(parts: "Parts") -> int:
    """The PART_ bits: which of them answer."""
    found = 0
    if parts.button is not None:
        found |= bodies.PART_BUTTON
    if parts.reader is not None and parts.reader.fault() != "silent":
        found |= bodies.PART_READER
    if parts.rtc is not None and not parts.rtc.is_silent:
        found |= bodies.PART_RTC
        if parts.rtc.edge()[0]:
            found |= bodies.PART_RTC_EDGE
    if parts.radio is not None and parts.radio.fault() != "silent":
        found |= bodies.PART_RADIO
    if parts.buzzer is not None:
        found |= bodies.PART_BUZZER
    if parts.power is not None and parts.power.battery_mv():
        found |= bodies.PART_BATTERY
    return found
