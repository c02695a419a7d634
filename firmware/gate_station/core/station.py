"""The station: touches in, records in flash, and what to sound for each.

A touch waits in memory for microseconds only: the writer takes the oldest by its tick, appends
it to the log and hears from the log that it was read back; only then is it acknowledged. Where
the log cannot take it (full, failing, battery too low for flash), it stays in memory, the station
says so loudly, and it is tried again.
"""

from gate_wire import bodies, kinds, record

from gate_station.core import decide, health, log, roster, signals

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.backlog import Backlog
    from gate_station.core.clock import StationClock
    from gate_station.core.parts import Parts
    from gate_station.core.settings import Config

VERSION = (0, 1, 0)
PENDING_MAX = 64  # touches in memory while the log cannot take them
BOOT_DUE_MS = 30_000  # a start that nothing follows is recorded after this long
RESTARTS_MAX = 2  # more restarts by the watchdog in a row than this are a loop
LIVED_MS = 900_000  # who lived so long is in no loop


class Pending:
    """A touch that is not in flash yet."""

    def __init__(self, uptime_us: int, kind: int, stamp: tuple[int, int, int], body: bytes) -> None:
        self.uptime_us = uptime_us
        self.kind = kind
        self.stamp = stamp
        self.body = body


class Station:
    """log: core.log.Log or None when no log was reserved; clock: core.clock.StationClock.

    cause: CAUSE_ of this start. unique_id: 8 bytes of the board. restarts: see bodies.Boot.
    """

    def __init__(
        self,
        config: "Config",
        log: "log.Log | None",
        clock: "StationClock",
        parts: "Parts",
        cause: int = 0,
        unique_id: bytes = bytes(8),
        restarts: int = 0,
    ) -> None:
        self.config = config
        self.log = log
        self.clock = clock
        self.parts = parts
        self.cause = cause
        self.unique_id = unique_id
        self.decide = decide.Decide(config.director, config.touch_ms, config.director_ms)
        self.roster = roster.Roster()
        self.warnings = health.Warnings(config.battery_low_mv)
        self.watch = health.Watch(parts)
        self.restarts = restarts
        self.is_restless = restarts > RESTARTS_MAX
        self.boot_due_ms = BOOT_DUE_MS  # longer after starts that nothing followed (history.py)
        self.boot = log.last_boot + 1 if log is not None else 0
        self.line_errors = 0
        self.backlog: "Backlog | None" = None  # core.backlog.Backlog, where there is a radio
        self.refused = 0  # touches that found memory full, too: lost, and said so
        self.touched_ms = 0  # uptime of the last touch
        self.pressed_ms = -1  # ... and of the last press, for who holds the button
        self.trouble: Exception | None = None  # what failed last when a touch was written
        self._boot_written = False
        self._pending: list[Pending] = []
        self._listeners: "list[Callable[[int, int], object]]" = []

    def on_stored(self, listener: "Callable[[int, int], object]") -> None:
        """listener(seq, kind) is called after each record, when it is safe in flash."""
        self._listeners.append(listener)

    # Touches

    def press(self, tick_us: int) -> str:
        """The button was pressed at this tick. Returns a pattern to play at once, or ""."""
        stamp = self.clock.stamp(tick_us)
        self.pressed_ms = stamp[0]
        return self._wait(tick_us, self.decide.press(stamp[0]), stamp, b"")

    def tag(self, uid: bytes, tick_us: int, late_ms: int = 0) -> str:
        """A tag was read, see ports.Reader.take. Returns a pattern to play at once, or ""."""
        if late_ms > kinds.LATE_MS:
            return ""  # when it was, nobody can say; if it is still there, it is read again
        stamp = self.clock.stamp(tick_us, late_ms == 0)
        if late_ms > kinds.ASKED_MS:
            stamp = stamp[0], stamp[1], stamp[2] | kinds.TIME_LATE
        kind = self.decide.tag(uid, stamp[0])
        if kind < 0:
            return signals.DIRECTOR if kind == decide.DIRECTOR else signals.UNREADABLE
        if kind != decide.SAME_TOUCH:
            return self._wait(tick_us, kind, stamp, uid)
        return ""

    def pending(self) -> int:
        """How many touches wait for the log."""
        return len(self._pending)

    def write(self) -> str:
        """Write the oldest touch that waits. Returns the pattern to play.

        A pattern of REFUSED, LOG_FULL or BATTERY_STOP means: it still waits. Never raises:
        whatever fails here is heard as not stored.
        """
        if not self.flash_is_safe():
            return signals.BATTERY_STOP
        touch = self._pending[0]
        try:
            self._append(touch.kind, touch.stamp, touch.body)
        except Exception as error:  # noqa: BLE001
            self.trouble = error
            return signals.LOG_FULL if self.is_full(error) else signals.REFUSED
        self._pending.pop(0)
        if touch.kind == kinds.TAG and (
            kinds.is_random_uid(touch.body) or not self.roster.knows(touch.body)
        ):
            return signals.UNKNOWN
        return _ANSWERS.get(touch.kind, signals.ACCEPTED)

    def _wait(self, tick_us: int, kind: int, stamp: tuple[int, int, int], body: bytes) -> str:
        self.touched_ms = stamp[0]
        is_writable = stamp[0] <= record.UPTIME_MS_MAX and len(body) <= record.BODY_BYTES_MAX
        if len(self._pending) >= PENDING_MAX or not is_writable:
            self.refused += 1
            return signals.REFUSED
        touch = Pending(self.clock.uptime_us(tick_us), kind, stamp, body)
        at = len(self._pending)
        while at and self._pending[at - 1].uptime_us > touch.uptime_us:
            at -= 1
        self._pending.insert(at, touch)
        return ""

    def is_full(self, error: Exception) -> bool:
        """Was something not stored since the log has no room any more?"""
        is_filled = self.log is not None and self.log.fill_permille >= 1000
        return is_filled or isinstance(error, log.LogFull)

    def lived(self, now_ms: int) -> None:
        """It lives: after long enough, the restarts before are no row any more."""
        watchdog = self.parts.watchdog
        if self.restarts and now_ms >= LIVED_MS and watchdog is not None:
            self.restarts = 0
            self.is_restless = False
            watchdog.lived()

    # Other records

    def store(self, kind: int, body: bytes) -> int:
        """Write a record of this moment; returns its number. Raises OSError when it cannot be
        written. Touches that wait are the writer's: it acknowledges them.
        """
        return self._append(kind, self.clock.stamp_now(), body)

    def store_clock(self, body: bodies.Clock) -> int:
        """Write a clock record."""
        return self.store(kinds.CLOCK, bodies.pack_clock(body))

    def store_health(self) -> int:
        """Write a health record."""
        return self.store(kinds.HEALTH, bodies.pack_health(self.health()))

    def store_boot(self) -> None:
        """Write the boot record unless it is written: before the first other record, or when
        the station has lived for a while (boot_due_ms).
        """
        if self._boot_written or self.log is None:
            return
        from gate_station.core import bootrecord  # noqa: PLC0415 - once a life

        self._append_raw(kinds.BOOT, bootrecord.stamp(self), bootrecord.body(self))
        self._boot_written = True

    def health(self) -> bodies.Health:
        """How the station is."""
        waiting = self.backlog.count() if self.backlog is not None else 0
        return health.measure(
            self.log, self.clock, self.parts, self.battery_mv(), waiting, self.line_errors
        )

    def settle(self) -> None:
        """Before a host is given records: what a cut left in doubt is decided, if the flash can
        be written.
        """
        if self.log is not None and self.flash_is_safe():
            self.log.settle()

    def tidy(self) -> None:
        """Nobody waits: let the log do what it would otherwise do at the next touch."""
        if self.log is not None and self.flash_is_safe():
            self.log.tidy()

    def battery_mv(self) -> int:
        """Millivolts, 0 when they cannot be measured."""
        power = self.parts.power
        return power.battery_mv() if power is not None else 0

    def flash_is_safe(self) -> bool:
        """The flash needs 2.7 V while the processor runs on less: a write in between is torn."""
        battery_mv = self.battery_mv()
        return battery_mv == 0 or battery_mv >= self.config.battery_min_mv

    def warning(self) -> str:
        """The pattern to sound after a touch, "" when there is nothing to warn of now."""
        uptime_ms, _, quality = self.clock.stamp_now()
        return self.warnings.due(self.standing(quality), uptime_ms, self._fill_permille())

    def standing(self, quality: int) -> list[str]:
        """The patterns of all that is wrong."""
        return self.warnings.standing(
            self._fill_permille(), self.battery_mv(), quality, bool(self.watch.broken)
        )

    def is_well(self) -> bool:
        """Is nothing wrong, and has it not just been restarted again and again?"""
        return not self.is_restless and not self.standing(self.clock.stamp_now()[2])

    def boot_sound(self) -> str:
        """The pattern to play when every part has had its time to answer."""
        self.look_at_parts()
        is_whole = not self.watch.broken and self.log is not None
        return signals.BOOT_OK if is_whole else signals.PART_MISSING

    def look_at_parts(self) -> None:
        """Every ten seconds: does each of them work?"""
        self.watch.look(self.clock.stamp_now()[2], self.battery_mv())

    def _fill_permille(self) -> int:
        return self.log.fill_permille if self.log is not None else 1000

    def _append(self, kind: int, stamp: tuple[int, int, int], body: bytes) -> int:
        self.store_boot()
        return self._append_raw(kind, stamp, body)

    def _append_raw(self, kind: int, stamp: tuple[int, int, int], body: bytes) -> int:
        if self.log is None:
            raise OSError("no log was reserved")
        if not self.flash_is_safe():
            raise OSError("battery too low to write")
        uptime_ms, utc_ms, quality = stamp
        if uptime_ms > record.UPTIME_MS_MAX:
            raise OSError("the uptime is at its end: restart")
        try:
            seq = self.log.append(kind, self.boot, uptime_ms, utc_ms, quality, body)
            self.watch.flash_fails = False
        except Exception as error:
            self.watch.flash_fails = not self.is_full(error)
            raise
        for listener in self._listeners:
            try:
                listener(seq, kind)
            except Exception as error:  # noqa: BLE001 - it is stored, whoever cannot be told
                self.trouble = error
        return seq


_ANSWERS = {kinds.START: signals.START, kinds.TAPS: signals.TAPS}
