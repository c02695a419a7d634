"""How a station is: what goes into its health records, and what it warns of.

Limits are where somebody still has time to do something about it.
"""

from gate_wire import bodies, kinds

from gate_station.core import signals

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.clock import StationClock
    from gate_station.core.log import Log
    from gate_station.core.parts import Parts
    from gate_station.ports import Rtc

LOG_NEARLY_FULL_PERMILLE = 800
LOG_FULL_SOON_PERMILLE = 950
WARN_AGAIN_MS = 300_000  # a warning is not repeated sooner than this, so that it is still heard;
# that the log is full soon, the last twentieth, is said at every touch


def measure(
    log: "Log | None",
    clock: "StationClock",
    parts: "Parts",
    battery_mv: int,
    backlog: int,
    line_errors: int,
) -> bodies.Health:
    """The body of a health record. backlog: records not yet sent by radio."""
    reader = parts.reader
    return bodies.Health(
        battery_mv=battery_mv,
        temperature_c=_temperature_c(parts.rtc),
        fill_permille=log.fill_permille if log is not None else 1000,
        drift_ppm=clock.drift_ppm,
        reader_resets=reader.resets if reader is not None else 0,
        flash_retries=log.retries if log is not None else 0,
        radio_backlog=backlog,
        line_errors=line_errors,
    )


def _temperature_c(rtc: "Rtc | None") -> int:
    try:
        return rtc.temperature_c() if rtc is not None else 0
    except OSError:
        return 0


class Warnings:
    """Which warnings to sound along with the next touch, each at most every five minutes, unless
    the log is full soon.
    """

    def __init__(self, battery_low_mv: int) -> None:
        self._battery_low_mv = battery_low_mv
        self._sounded_ms: dict[str, int] = {}

    def standing(self, fill_permille: int, battery_mv: int, quality: int) -> list[str]:
        """The patterns of all that is wrong now, the worst first. battery_mv 0: not measured."""
        names: list[str] = []
        if fill_permille >= 1000:
            names.append(signals.LOG_FULL)
        elif fill_permille >= LOG_NEARLY_FULL_PERMILLE:
            names.append(signals.LOG_NEARLY_FULL)
        if 0 < battery_mv < self._battery_low_mv:
            names.append(signals.BATTERY_LOW)
        if not quality & kinds.UTC_SET:
            names.append(signals.CLOCK_UNSET)
        return names

    def due(self, names: list[str], now_ms: int, fill_permille: int) -> str:
        """The worst of these that was not sounded of late, "" if none; it counts as sounded."""
        for name in names:
            is_soon = name == signals.LOG_NEARLY_FULL and fill_permille >= LOG_FULL_SOON_PERMILLE
            sounded_ms = self._sounded_ms.get(name, -WARN_AGAIN_MS)
            if is_soon or now_ms - sounded_ms >= WARN_AGAIN_MS:
                self._sounded_ms[name] = now_ms
                return name
        return ""
