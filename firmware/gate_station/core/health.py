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
ASKED_FULL_PERMILLE = 900  # from here on no host has anything recorded: the rest is for touches
BATTERY_MV_MAX = 6500  # 3 AA, one lithium cell or USB: more is a wrong divider
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


class Watch:
    """Whether each part works, as far as the station can know. broken: names of those that do not.

    look() is called every ten seconds. What passes by itself (a finger on the button, a clock that
    was just set) counts when it was so at several looks in a row: within half a minute.
    """

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._looks: dict[str, int] = {}
        self.broken: list[str] = []
        self.flash_fails = False  # the last record could not be written

    def look(self, quality: int, battery_mv: int) -> None:
        """quality: of the time now."""
        parts = self._parts
        self.broken = parts.missing[:]
        if parts.button is not None:
            chatters = parts.button.chatters()
            self._note("button", parts.button.is_down(), 3)
            self._note("contact", chatters, 2)
        if parts.reader is not None:
            self._note("reader", parts.reader.fault() != "", 1)
        if parts.radio is not None:
            self._note("radio", parts.radio.fault() != "", 1)
        if parts.rtc is not None:
            has_edge = quality & (kinds.UTC_SET | kinds.UTC_EDGE) != kinds.UTC_SET
            self._note("rtc", parts.rtc.is_silent, 1)
            self._note("rtc edge", not has_edge, 2)
        if parts.power is not None:
            self._note("battery", not 0 < battery_mv <= BATTERY_MV_MAX, 2)
        self._note("flash", self.flash_fails, 1)

    def _note(self, name: str, is_bad: bool, looks: int) -> None:
        self._looks[name] = count = self._looks.get(name, 0) + 1 if is_bad else 0
        if count >= looks:
            self.broken.append(name)


class Warnings:
    """Which warnings to sound along with the next touch, each at most every five minutes, unless
    the log is full soon.
    """

    def __init__(self, battery_low_mv: int) -> None:
        self._battery_low_mv = battery_low_mv
        self._sounded_ms: dict[str, int] = {}

    def standing(
        self, fill_permille: int, battery_mv: int, quality: int, is_broken: bool = False
    ) -> list[str]:
        """The patterns of all that is wrong now, the worst first. battery_mv 0: not measured.
        is_broken: a part does not work.
        """
        names: list[str] = []
        if fill_permille >= 1000:
            names.append(signals.LOG_FULL)
        elif fill_permille >= LOG_NEARLY_FULL_PERMILLE:
            names.append(signals.LOG_NEARLY_FULL)
        if 0 < battery_mv < self._battery_low_mv:
            names.append(signals.BATTERY_LOW)
        if is_broken:
            names.append(signals.PART_MISSING)
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
