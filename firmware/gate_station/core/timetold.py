"""A time that somebody told the station: loaded then, once an hour or less."""

from gate_wire import bodies

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.station import Station


def set_clock(station: "Station", asked: bodies.Clock) -> int:
    """Set UTC from a message and record it; returns the number of the record. Raises ValueError
    for a time that no record can hold, OSError when the log cannot take the record.
    """
    body = station.clock.set_utc(
        asked.utc_us, asked.uptime_us, asked.bound_us, asked.reference, asked.reference_id
    )
    return station.store_clock(body)


def take_radio_time(station: "Station", told: "tuple[int, int, int, int]") -> None:
    """(uptime_us, utc_us, bound_us, reference id): the base said what time it was, by whose
    clock. Recorded, and taken for the time where there is none.
    """
    uptime_us, utc_us, bound_us, reference_id = told
    pair = bodies.Clock(
        bodies.CLOCK_PAIR, bodies.REFERENCE_RADIO, reference_id, uptime_us, utc_us, bound_us
    )
    try:
        if station.clock.utc_us(uptime_us) is None:
            set_clock(station, pair)
        station.store_clock(pair)
    except (OSError, ValueError):
        pass  # the log is full or fails: said at every touch; or this is no time
