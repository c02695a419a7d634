"""What the firmware looks at while there is nothing to do, and what that leaves behind. See
quiet.py, which asks when; here is whether, and what.
"""

from gate_station.board import pins
from gate_wire import kinds
from yellowgate.sim.devices.selftest import TEST_US, SelfTests
from yellowgate.sim.devices.world import TICKS_PERIOD_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from yellowgate.sim.devices.board import Board
    from yellowgate.sim.devices.ds3231 import Ds3231
    from yellowgate.sim.devices.looking import Looking
    from yellowgate.sim.devices.loop import Task
    from yellowgate.sim.devices.pn532 import Pn532
    from yellowgate.sim.devices.sx1276 import Sx1276

_MASK = TICKS_PERIOD_US - 1
_SECOND_US = 1000000
ALIVE_MS = 12_000  # every task has gone round within this: far from what the watchdog minds
# Of both crystals together: within it the clock takes an edge after several left out as it would
# have taken each (clock.EDGE_PPM_MAX).
DRIFT_PPB_MAX = 100_000
EDGE_US_MAX = 1_100_000  # an edge was not longer ago
RECEIVING = 0x85
RX_DONE = 0x40
LONG_LIFE_MS = 40 * 86_400_000  # rounds are others from then on (tasks.LONG_LIFE_MS)
LIVED_MS = 900_000  # what a restart has to do then (station.LIVED_MS)
WAKE_MS = 10_000  # tasks.WAKE_MS, COLLECT_MS
SETTLE_MS = 60_000  # tasks.SETTLE_MS
LOOKS_MAX = 3  # what was bad so often is broken, however often it goes on (health.Watch)
SETTLE_US = 50  # of a battery pin that is pulled (drivers/battery)
# Pulled up, a pin at which a divider hangs stays below 96 % of the supply; at less than 350 mV
# nothing hangs.
BATTERY_MV = (360, 2950)
READ_US = 16  # two bytes to the reader: has it an answer?
WOKEN = ("writer", "sound", "button", "server")
SOFT = ("wake", "collect", "look", "blink", "settle", "test")  # tasks.Shell._due


class Idling:
    """One run of the firmware. tasks: of its loop. pico: gate_station.board.pico.Pico."""

    def __init__(
        self,
        board: "Board",
        tasks: "dict[str, Task]",
        pico: "Any",  # noqa: ANN401 - of modules of its own
        chips: "tuple[Ds3231, Pn532, Sx1276 | None]",
    ) -> None:
        self._board = board
        self._crystal = board.crystal
        self._pico = pico
        self._tasks = tasks
        self._rtc, self._reader, self._radio = chips
        self.looks = False  # the radio is looked at all the time
        self.clock_us = 0  # how long each round reads the clock chip
        self._tests = SelfTests(board, tasks["housekeeping"], pico, chips[1])
        self._lights = (board.line(pins.LED_GREEN), board.line(pins.LED_RED))
        self._is_pass_idle = False
        self.woken = [name for name in WOKEN if name in tasks]

    def take_rates(self, round_us: int, clock_us: int) -> None:
        """Rounds come so often, in each of which the clock chip is read for so long."""
        self._tests.round_us, self.clock_us = round_us, clock_us

    # Whether

    def is_quiet(self, zero_us: int) -> bool:
        """Would a round find nothing to do, were it now? zero_us: of the crystal at uptime 0."""
        pico = self._pico
        shell = pico.shell
        if not (
            pico.parts.watchdog is not None
            and "wake" in shell._due  # housekeeping has gone round
            and not pico.station._pending
            and shell._round_ms - min(shell._alive_ms) <= ALIVE_MS
            and max(shell._failed) == 0
            and self._board.is_whole()
            and self._is_clock_quiet(pico.clock, zero_us)
            and self._is_reader_quiet(pico.parts.reader)
            and (pico.air is None or self._is_radio_quiet(pico.air, pico.parts.radio))
        ):
            return False
        self._is_pass_idle = self._would_pass()
        self._tests.learn()
        return True

    def is_retrying(self, zero_us: int) -> bool:
        """Is the clock chip left alone for a while, since it did not answer?"""
        return self._crystal.us() - zero_us < self._pico.clock._retry_at

    def _is_clock_quiet(self, clock: "Any", zero_us: int) -> bool:  # noqa: ANN401
        if clock.rtc is None:
            return True
        rtc = self._rtc
        if rtc.is_waving() and not rtc.sqw.is_watched_by_one():
            return False
        is_retrying = self.is_retrying(zero_us)
        if not clock._paired:
            return is_retrying or self.is_stopped()
        is_steady = (
            rtc.is_waving()
            and self._is_edge_taken(clock, zero_us)
            and abs(rtc.drift_ppb) + abs(self._crystal.drift_ppb) <= DRIFT_PPB_MAX
        )
        return is_steady and (is_retrying or clock._pending is None)

    def _is_edge_taken(self, clock: "Any", zero_us: int) -> bool:  # noqa: ANN401
        """Was there an edge of late, and is it one that the clock takes (clock._follow_edges)?"""
        counted_us = self._crystal.us()
        age_us = (counted_us - clock.rtc._seen[1]) & _MASK
        passed_us = counted_us - zero_us - age_us - clock._anchor_uptime
        off_us = abs((passed_us + _SECOND_US // 2) % _SECOND_US - _SECOND_US // 2)
        return age_us <= EDGE_US_MAX and off_us <= clock._edge_limit(passed_us)

    def is_stopped(self) -> bool:
        """Has the clock chip lost the time, and nobody knows it? It is read at every round then."""
        clock, rtc = self._pico.clock, self._rtc
        quality = clock._quality
        is_known = quality & kinds.UTC_SET and not quality & kinds.UTC_RTC
        return (
            clock.rtc is not None
            and not clock._paired
            and clock._pending is None
            and clock._candidate is None
            and _says_stopped(rtc)
            and rtc.is_waving()
            and not clock.rtc.is_silent
            and bool(quality & kinds.RTC_STOPPED)
            and not is_known
        )

    def _is_reader_quiet(self, reader: "Any") -> bool:  # noqa: ANN401
        if reader is None or reader.wait_ms() >= 0:  # it sleeps, and is not asked meanwhile
            return True
        return reader._state == 0 or (
            reader.edges == reader._seen
            and reader._kept[2] < 0
            and self._reader.has_nothing_to_say()
        )

    def _is_radio_quiet(self, air: "Any", radio: "Any") -> bool:  # noqa: ANN401
        chip = self._radio
        task = self._tasks["radio"]
        if not self.looks and self._pico.flags.radio.waiter is not task:
            return True  # it sleeps, and does not look meanwhile
        if chip is None or radio._chip is None or radio._edges != radio._seen:
            return False
        if self.is_sending():
            return self.looks
        return air.desk._sender is None and chip.is_still(RECEIVING, RX_DONE)

    def is_sending(self) -> bool:
        """Is a packet of its own on its way?"""
        air = self._pico.air
        return (
            air is not None and air.desk._sender is not None and self._pico.parts.radio._is_sending
        )

    def _would_pass(self) -> bool:
        """Would all tasks find nothing to do, were they woken now, and all parts be as before?"""
        pico = self._pico
        flags, server, log, watch = pico.flags, pico.server, pico.log, pico.station.watch
        waiters = (
            ("writer", flags.write),
            ("sound", flags.sound),
            ("button", flags.button),
            ("server", flags.console),
        )
        for name, flag in waiters:
            if name in self._tasks and flag.waiter is not self._tasks[name]:
                return False
        millivolts = self._board.millivolts(pins.BATTERY)
        return (
            pico.parts.power is not None
            and BATTERY_MV[0] <= millivolts <= BATTERY_MV[1]
            and not (server.waiting or server._read_open or server.leaves or server.restarts)
            and not (pico.parts.console is not None and pico.parts.console.waiting())
            and not pico.shell.player.busy()
            and (log is None or (not log.refusal and log.fill_permille < 1000))
            and self._is_button_idle(pico.parts.button)
            and not watch.flash_fails
            and self._is_watch_settled(watch._looks)
        )

    def _is_watch_settled(self, looks: dict[str, int]) -> bool:
        """Is each part as it was when it was looked at last, and what is broken, known as that?"""
        parts, clock = self._pico.parts, self._pico.clock
        is_bad = {
            "reader": parts.reader is not None and parts.reader.fault() != "",
            "radio": parts.radio is not None and parts.radio.fault() != "",
            "rtc": parts.rtc is not None and parts.rtc.is_silent,
            "rtc edge": parts.rtc is not None and clock._quality & 1 and not clock._paired,
        }
        for name, count in looks.items():
            if bool(is_bad.get(name)) != (count > 0) or 0 < count < LOOKS_MAX:
                return False
        return True

    def _is_button_idle(self, button: "Any") -> bool:  # noqa: ANN401
        return button is None or (
            button._settled
            and not button._down
            and button._taken == button._written
            and button.edges == button._edges_before
            and button.presses == button._presses_before
            and not button.is_down()
        )

    # When

    def dues(self) -> dict[str, int]:
        """The uptimes from which on rounds do more than look, but what is known here, in ms."""
        due = self._pico.shell._due
        names = [name for name in SOFT if name in due]
        if self._pico.parts.reader is None and "test" in names:
            names.remove("test")
        return {name: due[name] for name in names}

    def hard_due_ms(self) -> int:
        """The uptime from which on a round has something to do that only the firmware knows."""
        pico = self._pico
        due = pico.shell._due
        due_ms = LIVED_MS if pico.station.restarts else LONG_LIFE_MS
        due_ms = min(due_ms, due.get("health", 0), due.get("alive", 0))
        if pico.air is not None and pico.air.outbox is not None and pico.clock._quality & 1:
            due_ms = min(due_ms, due.get("time", 0))
        return due_ms

    def packet_due_ms(self) -> int:
        """The uptime from which on there may be a packet to send."""
        air = self._pico.air
        due_ms = LONG_LIFE_MS
        if self.is_sending():
            due_ms = air.desk._late_ms
        elif air is not None:
            now_ms = self._pico.shell._round_ms
            for user in air.desk._users:
                if user is not air.outbox or user._first_seq >= 0:  # else nothing was stored yet
                    due_ms = min(due_ms, user.due_ms(now_ms))
        return due_ms

    def every_ms(self, name: str) -> int:
        """How often a round does this."""
        config = self._pico.config
        every = {"blink": config.blink_s * 1000, "test": config.self_test_s * 1000}
        return every.get(name, SETTLE_MS if name == "settle" else WAKE_MS)

    def longer_us(self, names: list[str]) -> int:
        """By how much a round that does this is longer; -1: that is not known here."""
        if not self._is_pass_idle:
            return -1
        if "test" in names:
            return self._tests.longer_us(names)
        measured = int("look" in names)
        if "blink" in names:
            if self._lights[0].is_watched() or self._lights[1].is_watched():
                return -1
            measured += not self._pico.station.is_restless
        return measured * self._crystal.true_us(SETTLE_US)

    def read_us(self) -> int:
        """How long a round takes to ask the reader."""
        reader = self._pico.parts.reader
        return READ_US if reader is not None and reader._state and reader.wait_ms() < 0 else 0

    def passes(self, looking: "Looking", round_us: int, names: list[str]) -> bool:
        """Is it known here how looks at the radio get past a round that does this?"""
        if "test" in names:
            return not looking.is_looked(round_us, TEST_US)
        busy_us = self.longer_us(names) + self.clock_us + self.read_us()
        if "wake" in names and self._pico.log is not None:  # the writer measures the battery, too
            busy_us += self._crystal.true_us(SETTLE_US)
        return looking.let_pass(round_us, busy_us) == round_us

    def watch(self, at_us: int, names: list[str]) -> None:
        """At this moment the firmware itself will do this."""
        if "test" in names and self._is_pass_idle:
            self._tests.watch(at_us, names)

    def came_to(self, us: int) -> None:
        """A leap ended at this moment."""
        self._tests.came_to(us)

    # What is left

    def leave(self, at_us: int, names: list[str], round_ms: int) -> None:
        """What a round of housekeeping that does this leaves behind. round_ms: its uptime."""
        shell, watch = self._pico.shell, self._pico.station.watch
        if "test" in names:
            self._tests.leave(at_us, names)
        if "look" in names or "wake" in names:
            self._board.line(pins.BATTERY).set_pull(1)  # it was measured
        for name in names:
            shell._due[name] = round_ms + self.every_ms(name)
        if "look" in names:
            for name in watch._looks:
                watch._looks[name] += watch._looks[name] > 0


def _says_stopped(chip: "Any") -> bool:  # noqa: ANN401
    """Does the DS3231 answer, and that its oscillator was stopped? (status register, OSF)
    Here and not in the model, which the VM loads too: there a name more moves the heap's figure.
    """
    answers = not (chip.absent or chip._clocks_to_free or chip.rubbish)
    return answers and bool(chip._other[0x0F] & 0x80)
