"""A virtual station: the real firmware on a virtual board, and what happens to it.

Runs on both Pythons. Power may be cut in the middle of anything: the run of the firmware ends
wherever it is, and when the power is back a new one starts on the same flash.
"""

import io
import json
import sys

from gate_station.board import pins
from yellowgate.sim.devices import firmware, nor
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.board import (
    POWER_ON_RESET,
    Board,
    BoardReset,
    PowerOff,
)
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.ds3231 import Ds3231
from yellowgate.sim.devices.flash import BoardFlash, FlashFiles
from yellowgate.sim.devices.loop import Loop, LoopFlag
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.setup import Setup
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.together import advance
from yellowgate.sim.devices.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from yellowgate.sim.devices.quiet import Quiet

DIRECTOR_CARD = b"\xd1\x5e\xc7\x04"  # the UID of the card with which `start` and `taps` are said
CARD_US = 1_000_000  # the director's card is held there so long before what it announces
HOLD_US = 300_000  # how long a tag is held to the reader, and the button down
NEXT_US = 150_000  # who comes at the same moment holds his tag there so much later
GAP_US = 20_000  # between two tags
LAST_WORDS_MS = 100  # what was written last is still on its way to the host


class VirtualStation:
    """chip: its flash with a log on it, None for a board whose flash is dead. steps: (at_us,
    input, value), at_us in the world's time; see yellowgate.sim.script. air: shared with others, in
    whose world it is then; None: a world of its own.
    """

    def __init__(
        self,
        setup: Setup,
        chip: nor.Nor | None,
        steps: list[tuple[int, str, str]],
        air: Air | None = None,
    ) -> None:
        self.setup = setup
        # Each has a time of its own, as boards have: while one waits, the others do not.
        self.world = World(setup.begin_us if air is None else air.world.now_us)
        self.board = Board(self.world, setup.drift_ppb, setup.unique_id)
        self.board.on_end = self._ended
        self.chip = chip
        self.board.flash = BoardFlash(chip, self.board) if chip is not None else None
        self.board.set_millivolts(pins.BATTERY, setup.battery_mv // 2)
        self.console = VirtualConsole()
        self.reader = Pn532(
            self.world,
            self.board.line(pins.NFC_CS),
            self.board.line(pins.NFC_IRQ),
            self.board.line(pins.NFC_RSTPD),
            setup.seed,
        )
        self.reader.absent = not setup.with_reader
        self.board.attach_spi(pins.NFC_SPI, self.reader)
        self.rtc = self._build_rtc()
        self.radio = self._build_radio(air) if setup.with_radio else None
        self.pico = None  # gate_station.board.pico.Pico of this run
        self.loop: Loop | None = None
        self._quiet: Quiet | None = None  # of this run
        self._sleeps_until_us = -1  # nothing to be done by this run before; -1: to be found out
        self.resets = 0  # restarts by the watchdog or by the firmware itself
        self.start_cause = POWER_ON_RESET  # -1: nothing to start
        self._touches: list[tuple[int, bytes]] = []
        self._free_us = 0  # when the reader is free for the next touch
        for at_us, name, value in steps:
            self._plan(at_us, name, value)
        self._plan_touches()

    def _build_radio(self, air: Air | None) -> Sx1276:
        """Without a shared air nobody else hears it."""
        line = self.board.line
        radio = Sx1276(
            self.world,
            air if air is not None else Air(self.world, self.setup.seed),
            line(pins.RADIO_CS),
            line(pins.RADIO_RST),
            line(pins.RADIO_DIO0),
        )
        self.board.attach_spi(pins.RADIO_SPI, radio)
        return radio

    def _build_rtc(self) -> Ds3231:
        line = self.board.line
        rtc = Ds3231(
            self.world,
            line(pins.RTC_SQW),
            self.setup.rtc_drift_ppb,
            line(pins.RTC_SDA),
            line(pins.RTC_SCL),
        )
        if self.setup.rtc == "set":
            rtc.set_utc(self.setup.utc_us + self.world.now_us)
        rtc.absent = rtc.sqw_cut = self.setup.rtc == "none"
        self.board.attach_i2c(pins.RTC_I2C, rtc)
        return rtc

    @property
    def now_us(self) -> int:
        """True time of its world."""
        return self.world.now_us

    def advance_to(self, us: int) -> None:
        """Let its world go on to this moment; what happens to the station happens."""
        advance([self], None, us)

    # In steps, for advance()

    def due_us(self, limit_us: int) -> int:
        """When its world next has something to do, -1: never; it sleeps until then if it can."""
        if self._sleeps_until_us >= 0:
            return self._sleeps_until_us
        next_us = self.world.next_us()
        quiet = self._quiet
        if quiet is None or next_us < quiet.due_us or next_us > limit_us:
            return next_us
        self._sleeps_until_us = quiet.until(next_us, limit_us)
        return self._sleeps_until_us if self._sleeps_until_us >= 0 else next_us

    def come_to(self, us: int) -> None:
        """Its world comes to this moment, before which it has nothing to do."""
        self._sleep_to(us - 1)
        self.world.now_us = max(self.world.now_us, us)

    def step(self, us: int) -> None:
        """What is due at this moment, and no earlier, happens."""
        self._sleep_to(us - 1)
        self.world.step(us)

    def finish(self, us: int) -> None:
        """All that is due up to this moment has happened, but for what it slept through."""
        self._sleep_to(us)
        self.world.now_us = max(self.world.now_us, us)

    def _sleep_to(self, us: int) -> None:
        if self._sleeps_until_us >= 0:
            self._sleeps_until_us = -1
            if self._quiet is not None and self._quiet.leap(us) < us:
                self._live_to(us)

    def _live_to(self, us: int) -> None:
        """One after the other, what is due up to this moment."""
        while self.world.step(us):
            self.turn_if_ready()

    def turn(self) -> None:
        """Let its firmware do what it has to do now: until all of its tasks wait."""
        board = self.board
        board.is_under_way = True
        try:
            if self.start_cause >= 0:
                cause, self.start_cause = self.start_cause, -1
                self._start(cause)
            if self.loop is not None:
                self.loop.run_ready()
        except (PowerOff, BoardReset) as why:
            board.is_under_way = False
            self._ended(why)
        board.is_under_way = False

    def turn_if_ready(self) -> None:
        """turn(), if there is anything to do."""
        if self.start_cause >= 0 or (self.loop is not None and self.loop.ready):
            self.turn()

    def _ended(self, why: BaseException) -> None:
        """This run of the firmware is over."""
        if isinstance(why, BoardReset):
            self._stop()
            self.resets += 1
            self.start_cause = why.cause
        else:
            self.cut_power()

    def cut_power(self) -> None:
        """Now, between two events; a script's `power,off` cuts in the middle of one, too."""
        self._stop()
        self.start_cause = -1
        self.board.line(pins.NFC_RSTPD).pull_low(True, "no power")

    def give_power(self) -> None:
        """It starts within the next advance_to()."""
        if not self.board.is_powered:
            self.board.line(pins.NFC_RSTPD).pull_low(False, "no power")
            self.start_cause = POWER_ON_RESET

    def _start(self, cause: int) -> None:
        self.board.power_on(cause)
        modules = firmware.on(self.board)
        loop = Loop(self.world, self.board.crystal)
        if self.chip is not None:
            self.chip.power_on()
        files = None
        if self.board.flash is not None and self.setup.with_files:
            files = FlashFiles(self.board.flash)
        build = modules.load("gate_station.board.pico").Pico
        self.pico = build(loop, self.console, self._open, files)
        self.loop = loop
        for name, coroutine in self.pico.shell.coroutines():
            loop.spawn(coroutine, name)
        reset = modules.load("machine").reset
        loop.spawn(self._restart_when_asked(loop, self.pico.flags.stopped, reset), "restart")
        if self.setup.leaps and sys.implementation.name == "cpython":
            from yellowgate.sim.devices.quiet import Quiet  # noqa: PLC0415 - not on MicroPython

            chips = (self.rtc, self.reader, self.radio)
            self._quiet = Quiet(self.board, loop, self.pico, chips)

    async def _restart_when_asked(
        self, loop: Loop, stopped: LoopFlag, reset: "Callable[[], None]"
    ) -> None:
        """As board/main.py: a new log was begun, the uptime ends, or a host wants the REPL, which
        is not here.
        """
        await stopped.wait()
        await loop.sleep_ms(LAST_WORDS_MS)
        reset()

    def _stop(self) -> None:
        self.board.power_off()
        self._quiet = None
        loop, self.loop = self.loop, None
        while loop is not None:
            try:
                loop.close()
                break
            except PowerOff:  # a task that wanted to tidy up
                pass
        self.pico = None
        self.console.flag = None

    def _open(self, name: str, mode: str = "r") -> io.StringIO:
        """The files on the board: its settings."""
        if name != "station.json" or "w" in mode:
            raise OSError(2)
        settings: dict[str, object] = {"director": [_hex(DIRECTOR_CARD)]}
        settings.update(self.setup.settings)
        return io.StringIO(json.dumps(settings))

    # What happens to it

    def happen(self, name: str, value: str) -> None:
        """An input of a script, now."""
        at_us = max(self.world.now_us, self._free_us)
        self._plan(at_us + CARD_US if name in ("start", "taps") else at_us, name, value)
        self._plan_touches()

    def _plan(self, at_us: int, name: str, value: str) -> None:
        """Steps come in the order of their time."""
        at = self.world.at
        if name == "tag":
            self._touch(at_us, bytes.fromhex(value))
        elif name == "press":
            at(at_us, self._press)
        elif name == "start":
            card_us = self._touch(at_us - CARD_US, DIRECTOR_CARD)
            at(max(at_us, card_us + NEXT_US), self._press)
        elif name == "taps":
            card_us = self._touch(at_us - CARD_US, DIRECTOR_CARD)
            self._touch(max(at_us, card_us + NEXT_US), bytes.fromhex(value))
        elif name == "power":
            at(at_us, self._power_goes if value == "off" else self._power_comes)
        elif name == "rtc":
            at(at_us, lambda: self._disturb_rtc(value))
        else:
            raise ValueError("unknown input " + name)

    def _touch(self, at_us: int, uid: bytes) -> int:
        """Returns when: later than asked for if somebody else is at the reader then."""
        touches = self._touches
        at_us = max(at_us, self.world.now_us)
        if touches:
            at_us = max(at_us, touches[-1][0] + NEXT_US)
        touches.append((at_us, uid))
        return at_us

    def _plan_touches(self) -> None:
        """Each tag is held to the reader until the next one comes, and not for long."""
        touches, self._touches = self._touches, []
        for number, (at_us, uid) in enumerate(touches):
            leave_us = at_us + HOLD_US
            if number + 1 < len(touches):
                leave_us = min(leave_us, touches[number + 1][0] - GAP_US)
            self._hold(at_us, leave_us, uid)
            self._free_us = leave_us + GAP_US

    def _hold(self, at_us: int, leave_us: int, uid: bytes) -> None:
        self.world.at(at_us, lambda: self.reader.tag_arrives(uid))
        self.world.at(leave_us, lambda: self.reader.tag_leaves(uid))

    def _press(self) -> None:
        button = self.board.line(pins.BUTTON)
        button.pull_low(True, "hand")
        self.world.after(HOLD_US, lambda: button.pull_low(False, "hand"))

    def _power_goes(self) -> None:
        if self.board.is_powered:
            self.board.end(PowerOff())

    def _power_comes(self) -> None:
        self.give_power()

    def _disturb_rtc(self, value: str) -> None:
        if value == "lost":
            self.rtc.lose()
        else:
            self.rtc.jump(int(value))


def _hex(data: bytes) -> str:
    return "".join(["%02x" % value for value in data])
