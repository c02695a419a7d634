"""Who waits for what: the station's tasks, over any scheduler of the kind ports.Aio.

The writer alone writes touches and acknowledges each after its read-back. Every task tells when it
last went round; housekeeping wakes the idle ones and feeds the watchdog only while all of them do.
A task that fails is begun again; one that fails again and again stops the feeding.
"""

from gate_wire import kinds

from gate_station.core import signals

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from gate_station import ports
    from gate_station.core.airdesk import Air
    from gate_station.core.outbox import Outbox
    from gate_station.core.parts import Flags
    from gate_station.core.server import Server
    from gate_station.core.signals import Player
    from gate_station.core.station import Station

    Report = Callable[[], None]
    TaskFunction = Callable[[Report], Coroutine[Any, Any, None]]

ROUND_MS = 1000  # of housekeeping, unless the clock wants to be looked at sooner
WAKE_MS = 10_000  # idle tasks are woken so often
ALIVE_MS = 25_000  # who has not gone round for this long hangs
FAILURES_MAX = 20  # of one task, until the watchdog shall restart the board
LONG_LIFE_MS = 40 * 86_400_000  # see core/season.py
PARTS_MS = 300  # after the start every part has answered, if it is there
RETRY_MS = 2000  # touches that could not be written are tried again
NAG_MS = 10_000  # ... and the station complains so often
SLICE_MS = 40  # a pattern is interrupted within this,
SHORT_MS = 150  # and what is nearly over anyway, within this
SETTLE_MS = 60_000  # the button's clock wraps after 17 minutes
COLLECT_MS = 10_000  # memory is tidied while nobody waits, not at a tap
RADIO_MS = 10  # between steps while a packet is on its way
ANSWER_MS = 3000  # after a packet, for the base's answer to be looked for often
RADIO_DEAD_MS = 5000  # before a radio that does not answer is asked again
TIME_MS = 3_600_000  # the base is asked for the time so often, and while it is not known
STALL_MS = 2000  # a host that reads nothing for this long has gone
CHUNK_BYTES = 255  # what the USB driver's buffer holds, less one
USB_PACKET_BYTES = 64  # transfers of whole packets have stalled: never write a multiple


class Shell:
    """The tasks around a station.

    air: core.airdesk.Air, None without a radio. collect: gc.collect, or None where the
    interpreter sees to that. others: (name, coroutine function taking report()) of more tasks.
    """

    def __init__(
        self,
        station: "Station",
        player: "Player",
        server: "Server",
        aio: "ports.Aio",
        flags: "Flags",
        air: "Air | None" = None,
        collect: "Callable[[], object] | None" = None,
        others: "Sequence[tuple[str, TaskFunction]]" = (),
    ) -> None:
        self.station = station
        self.player = player
        self.server = server
        self.flags = flags
        self.failures: list[str] = []  # the last exceptions, newest last
        self.ack_us = -1  # uptime of the last acknowledgement
        self._aio = aio
        self._air = air
        self._parts = station.parts
        self._clock = station.clock
        self._collect = collect
        self._tasks: "list[tuple[str, TaskFunction]]" = [
            ("writer", self._write),
            ("sound", self._sound),
            ("housekeeping", self._keep_house),
        ]
        if self._parts.button is not None:
            self._tasks.append(("button", self._watch_button))
        if self._parts.reader is not None:
            self._tasks.append(("reader", self._watch_reader))
        if self._parts.console is not None:
            self._tasks.append(("server", self._serve))
        station.on_stored(self._tell_host)
        if air is not None:
            self._tasks.append(("radio", self._use_radio))
            station.on_stored(self._tell_radio)
        self._tasks.extend(others)
        self._alive_ms = [0] * len(self._tasks)
        self._round_ms = 0  # uptime of housekeeping's last round
        self._failed = [0] * len(self._tasks)
        self._step_due_ms = -1  # when the pattern goes on; -1: silent
        self._nag_ms = -NAG_MS
        self._due: dict[str, int] = {}

    def coroutines(self) -> "list[tuple[str, Coroutine[Any, Any, None]]]":
        """(name, coroutine) of each task, to be started all at once."""
        return [
            (self._tasks[index][0], self._keep_going(index)) for index in range(len(self._tasks))
        ]

    def is_alive(self) -> bool:
        """Did every task go round of late?"""
        oldest_ms = self._round_ms - ALIVE_MS
        for index in range(len(self._tasks)):
            if self._alive_ms[index] < oldest_ms or self._failed[index] > FAILURES_MAX:
                return False
        return True

    def play(self, name: str) -> None:
        """Sound a pattern; an answer begins before this returns."""
        self.player.play(name)
        if name in signals.ANSWERS:
            self._step()
        self.flags.sound.set()

    async def _keep_going(self, index: int) -> None:
        def report() -> None:
            self._alive_ms[index] = self._round_ms

        while True:
            report()
            try:
                await self._tasks[index][1](report)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the station goes on
                self._failed[index] += 1
                self.failures = self.failures[-4:] + ["%s: %r" % (self._tasks[index][0], error)]
            await self._aio.sleep_ms(100)

    # Touches

    async def _watch_button(self, report: "Report") -> None:
        button = self._parts.button
        while button is not None:
            tick_us = button.take()
            while tick_us >= 0:
                self._taken(self.station.press(tick_us))
                tick_us = button.take()
            report()
            await self.flags.button.wait()

    async def _watch_reader(self, report: "Report") -> None:
        reader = self._parts.reader
        if reader is None:
            return
        reader.start()
        while True:
            found = reader.take()
            if found is not None:
                self._taken(self.station.tag(found[0], found[1], found[2]))
            report()
            wait_ms = reader.wait_ms()
            if wait_ms < 0:
                await self.flags.reader.wait()
            else:
                await self._aio.sleep_ms(min(wait_ms, WAKE_MS))

    def _taken(self, pattern: str) -> None:
        if pattern:
            self.play(pattern)
        if self.station.pending():
            self.flags.write.set()

    async def _write(self, report: "Report") -> None:
        while True:
            report()
            await self.flags.write.wait()
            while self.station.pending():  # each touch has its own acknowledgement
                pattern = self.station.write()
                if pattern in (signals.REFUSED, signals.LOG_FULL, signals.BATTERY_STOP):
                    self._complain(pattern)
                    break
                self._acknowledge(pattern)
                await self._aio.sleep_ms(0)
            self.station.tidy()

    def _acknowledge(self, pattern: str) -> None:
        if pattern == signals.TAPS:
            self.play(signals.ACCEPTED)
        self.play(pattern)
        self.ack_us = self._clock.now_uptime_us()
        warning = self.station.warning()
        if warning:
            self.play(warning)

    def _complain(self, pattern: str) -> None:
        now_ms = self._clock.now_uptime_ms()
        if now_ms - self._nag_ms >= NAG_MS:
            self._nag_ms = now_ms
            self.play(signals.REFUSED)
            if pattern != signals.REFUSED:
                self.play(pattern)

    # Sound

    async def _sound(self, report: "Report") -> None:
        while True:
            report()
            left_ms = self._step_due_ms - self._clock.now_uptime_ms()
            if self._step_due_ms >= 0 and left_ms > 0:
                await self._aio.sleep_ms(left_ms if left_ms <= SHORT_MS else SLICE_MS)
            elif self._step_due_ms >= 0 or self.player.busy():
                self._step()
            else:
                await self.flags.sound.wait()

    def _step(self) -> None:
        """Go on with the pattern now."""
        duration_ms = self.player.step()
        if self._parts.buzzer is not None:
            self._parts.buzzer.tone(self.player.hz)
        if self._parts.leds is not None:
            self._parts.leds.show(self.player.lights)
        now_ms = self._clock.now_uptime_ms()
        self._step_due_ms = now_ms + duration_ms if duration_ms else -1

    # The host

    def _tell_host(self, _seq: int, _kind: int) -> None:
        if self.server.has_output():
            self.flags.console.set()

    async def _serve(self, report: "Report") -> None:
        console = self._parts.console
        buf = bytearray(128)
        view = memoryview(buf)
        while console is not None:
            report()
            count = console.read(buf) if self.server.takes_input() else 0
            if count:
                self.server.receive(view[:count], self._clock.now_uptime_us())
            frame = self.server.next_frame()
            if frame is not None:
                await self._send(console, frame, report)
            elif self.server.leaves or self.server.restarts:
                self.flags.stopped.set()
                await self._aio.sleep_ms(WAKE_MS)
            elif count:
                await self._aio.sleep_ms(0)
            elif console.poll_ms:
                await self._aio.sleep_ms(console.poll_ms)
            else:
                await self.flags.console.wait()

    async def _send(self, console: "ports.Console", frame: memoryview, report: "Report") -> None:
        at = 0
        stalled_ms = 0
        while at < len(frame):
            count = min(len(frame) - at, CHUNK_BYTES)
            if count % USB_PACKET_BYTES == 0:
                count -= 1
            taken = console.write(frame[at : at + count])
            at += taken
            stalled_ms = 0 if taken else stalled_ms + 2
            if stalled_ms > STALL_MS:
                self.server.hang_up()
                return
            report()
            await self._aio.sleep_ms(0 if taken else 2)

    # The radio

    def _tell_radio(self, _seq: int, _kind: int) -> None:
        self.flags.radio.set()

    async def _use_radio(self, report: "Report") -> None:
        air = self._air
        quiet_ms = 0
        while air is not None:
            report()
            try:
                is_busy = air.desk.step(self._clock.now_uptime_ms())
            except OSError:
                await self._aio.sleep_ms(RADIO_DEAD_MS)
                air.revive()
                continue
            if air.outbox is not None:
                self._hear_time(air.outbox.take_clock())
            now_ms = self._clock.now_uptime_ms()
            if is_busy:
                quiet_ms = now_ms + ANSWER_MS
            # The chip cannot wake a task: it is looked at while an answer may come in, and at all
            # times by a base, to which anybody may talk, and by a relay, which repeats others.
            is_for_others = air.outbox is None or air.relay is not None
            if is_busy or now_ms < quiet_ms or is_for_others:
                await self._aio.sleep_ms(RADIO_MS)
            else:
                await self.flags.radio.wait()

    def _hear_time(self, told: "tuple[int, int, int, int] | None") -> None:
        if told is not None:
            from gate_station.core import timetold  # noqa: PLC0415 - told seldom

            timetold.take_radio_time(self.station, told)

    # Housekeeping

    async def _keep_house(self, report: "Report") -> None:
        station = self.station
        self._due = {"alive": station.boot_due_ms, "test": station.config.self_test_s * 1000}
        self._due["health"] = max(station.config.health_s * 1000, station.boot_due_ms)
        await self._aio.sleep_ms(PARTS_MS)
        self.play(station.boot_sound())
        while True:
            self._round_ms = self._clock.now_uptime_ms()
            report()
            try:
                self._round(self._round_ms)
            except OSError:
                pass  # flash full or failing: said at every touch, and in the doctor's findings
            if self._parts.watchdog is not None and self.is_alive():
                self._parts.watchdog.feed()
                station.lived(self._round_ms)
            self._look_at_age()
            await self._aio.sleep_ms(min(ROUND_MS, self._clock.poll_after_ms()))

    def _look_at_age(self) -> None:
        if self._round_ms < LONG_LIFE_MS:
            return
        from gate_station.core import season  # noqa: PLC0415

        if season.may_restart(self.station, self.player, self.server, self._round_ms):
            self.flags.stopped.set()

    def _is_due(self, what: str, now_ms: int, every_ms: int) -> bool:
        if now_ms < self._due.get(what, 0):
            return False
        self._due[what] = now_ms + every_ms
        return True

    def _round(self, now_ms: int) -> None:
        if self._is_due("wake", now_ms, WAKE_MS):
            self._wake_all()
        if self.station.pending() and self._is_due("retry", now_ms, RETRY_MS):
            self.flags.write.set()
        self.flags.reader.set()  # it may have an answer of which its line does not tell
        if self._air is not None:
            self._look_after_radio(self._air.outbox, now_ms)
        if self._collect is not None and self._is_due("collect", now_ms, COLLECT_MS):
            self._collect()
        self._look_after_parts(now_ms)
        self._write_records(now_ms)

    def _look_after_parts(self, now_ms: int) -> None:
        config = self.station.config
        button, reader = self._parts.button, self._parts.reader
        if button is not None and self._is_due("settle", now_ms, SETTLE_MS):
            button.settle()
        if reader is not None:
            test_ms = WAKE_MS if reader.fault() else config.self_test_s * 1000  # is it well again?
            if self._is_due("test", now_ms, test_ms):
                reader.self_test()
        if self._is_due("look", now_ms, WAKE_MS):
            self.station.look_at_parts()
        if config.blink_s and self._is_due("blink", now_ms, config.blink_s * 1000):
            self._blink()

    def _write_records(self, now_ms: int) -> None:
        """What housekeeping itself has to record. Raises OSError when the log cannot take it."""
        station = self.station
        clock = self._clock.poll()
        if clock is not None:
            station.store_clock(clock)
        if self._is_due("alive", now_ms, 1 << 40):
            station.store_boot()
        if self._is_due("health", now_ms, station.config.health_s * 1000):
            station.store_health()
            warning = station.warning()
            if warning:
                self.play(warning)

    def _look_after_radio(self, outbox: "Outbox | None", now_ms: int) -> None:
        """What it has to repeat, it repeats at the next round."""
        self.flags.radio.set()
        if outbox is None:
            return
        is_unset = not self._clock.stamp_now()[2] & kinds.UTC_SET
        if is_unset or self._is_due("time", now_ms, TIME_MS):
            outbox.wants_time = True
        self.station.backlog = outbox.backlog

    def _wake_all(self) -> None:
        flags = self.flags
        for flag in (flags.button, flags.console, flags.radio, flags.write, flags.sound):
            flag.set()

    def _blink(self) -> None:
        if not self.player.busy():
            self.play(signals.ALL_WELL if self.station.is_well() else signals.NOT_WELL)
