"""Stretches in which a station's firmware only looks round: leapt over, and exactly so.

Housekeeping goes round every second and asks reader and radio whether they have something to say; a
base looks at its radio every 10 ms; the clock chip's edges come every half second; every ten
seconds all tasks are woken, the battery is measured, a light blinks; every thirty the reader is
tested. As long as all is well, all that is left behind is when it was. Quiet knows what such a
round looks at, tells up to when every one of them would find nothing, and leaps there: what stands
in the firmware and in the chips afterwards is what the rounds would have left. When anything is not
as usual (a wire that is forced, a clock that is not paired, a task that is late, somebody who
watches the lights) there is no leap, or none over that.

This is the one place outside the firmware that knows how it idles: tests/sim/test_quiet.py holds
worlds with leaps against worlds without, by all that stands in the firmware.
"""

from yellowgate.sim.devices.idling import Idling
from yellowgate.sim.devices.looking import ASK_MS, ASK_US, Looking
from yellowgate.sim.devices.world import TICKS_PERIOD_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from yellowgate.sim.devices.board import Board
    from yellowgate.sim.devices.ds3231 import Ds3231
    from yellowgate.sim.devices.loop import Loop, Task
    from yellowgate.sim.devices.pn532 import Pn532
    from yellowgate.sim.devices.sx1276 import Sx1276

_MASK = TICKS_PERIOD_US - 1
_MS = 1000
_SECOND_US = 1000000
ROUND_US = 1_000_000  # of housekeeping (tasks.ROUND_MS)
SOON_US = 300_000  # while the clock is not paired (clock.POLL_SOON_MS)
CLOCK_US = 495  # 22 bytes over I2C: the registers of the clock chip
EDGE_AGE_US_MAX = 995_000  # clock.EDGE_AGE_US_MAX
WATCH_US = 256 * _SECOND_US  # so often the crystal is held against the RTC (clock.WATCH_US)
WORTH_US = 50_000  # of true time: less is not worth the leap
OFF_US = 4000  # ds3231._EDGE_US_MIN, _EDGE_US_MAX
BUSY_US = 30  # a round that only looks takes less
AFTER_US = 500_000  # so long after a round that does more than look, all of it is over


class Quiet:
    """One run of the firmware on a board. pico: gate_station.board.pico.Pico of this run."""

    def __init__(
        self,
        board: "Board",
        loop: "Loop",
        pico: "Any",  # noqa: ANN401 - of modules of its own
        chips: "tuple[Ds3231, Pn532, Sx1276 | None]",
    ) -> None:
        self._board = board
        self._world = board.world
        self._crystal = board.crystal
        self._pico = pico
        self._rtc = chips[0]
        tasks = {task.name: task for task in loop.tasks}
        self._house: Task = tasks["housekeeping"]
        self._names: list[str] = [task[0] for task in pico.shell._tasks]  # as in its _alive_ms
        self.due_us = 0  # sooner it is not worth asking until()
        self._round_us = ROUND_US  # by the world's time
        self._clock_us = 0  # how long each round reads the clock chip
        # What the crystal had counted at uptime 0.
        self._zero_us = self._crystal.us() - pico.clock.now_uptime_us()
        self._idling = Idling(board, tasks, pico, chips)
        self._radio = Looking(board, tasks["radio"], pico) if pico.air is not None else None
        self._looking: Looking | None = None  # the same while the radio is looked at all the time
        # Rounds that do more than look: when, by how much they are longer, what they do.
        self._more: list[tuple[int, int, list[str]]] = []

    # Up to when?

    def until(self, next_us: int, limit_us: int) -> int:
        """Up to this moment of the world's time, and not at it, nothing happens but rounds that
        find nothing; -1: something may. next_us: when the next event is due; limit_us: how far the
        world is to go.
        """
        if limit_us - next_us < WORTH_US:
            return -1
        self.due_us = next_us + WORTH_US
        house = self._house.nap
        self._looking = self._radio if self._radio is not None and self._radio.is_on() else None
        self._idling.looks = self._looking is not None
        if house is None or house[2] is None or not self._idling.is_quiet(self._zero_us):
            return -1
        self._take_rates()
        usual = [house, self._rtc.edge, self._board.watchdog_look]
        if self._looking is not None:
            usual.append(self._looking.task.nap)
        until_us = self._world.next_besides(usual)
        if self._looking is not None:
            due_us = min(self._idling.packet_due_ms(), self._looking.until_ms) * _MS - ASK_US
            look_us = self._crystal.when(self._zero_us + due_us)
            if self._idling.is_sending():  # whether it is over, the firmware itself asks
                look_us = min(look_us, self._looking.ask_us)
            until_us = look_us if until_us < 0 else min(until_us, look_us)
        until_us = self._go_through(house[0], until_us, limit_us)
        return until_us if until_us - next_us >= WORTH_US else -1

    def _take_rates(self) -> None:
        is_stopped = self._idling.is_stopped() and not self._idling.is_retrying(self._zero_us)
        self._clock_us = CLOCK_US if is_stopped else 0
        self._round_us = self._clock_us + self._crystal.true_us(SOON_US if is_stopped else ROUND_US)
        self._idling.take_rates(self._round_us, self._clock_us)
        if self._looking is not None:
            self._looking.begin()

    def _go_through(self, round_us: int, until_us: int, limit_us: int) -> int:
        """From round to round, up to one that does something else, or into whose way something
        gets, or to until_us (-1: none).
        """
        self._more = []
        hard_us, due = self._hard_due_us(), self._idling.dues()
        begun_us = first_us = round_us
        while True:
            end_us = self._first_round(hard_us, begun_us)
            if 0 <= until_us < end_us:
                end_us = self._free_end(until_us, begun_us)
            round_us = self._first_round(min(due.values()) * _MS, begun_us)
            if self._looking is not None:
                clear_us = min(round_us, end_us)
                clash_us = self._let_pass(self._looking, begun_us, clear_us)
                if clash_us < clear_us:
                    return clash_us
            if round_us >= end_us or round_us > limit_us:
                return end_us
            if 0 <= until_us < round_us + AFTER_US:
                return round_us
            names = [name for name in due if due[name] <= self._uptime_ms(round_us)]
            longer_us = self._more_at(round_us, names, round_us == first_us)
            if longer_us < 0:
                return round_us if self._looking is None else round_us - ASK_US - 1
            self._more.append((round_us, longer_us, names))
            for name in names:
                due[name] = self._uptime_ms(round_us) + self._idling.every_ms(name)
            begun_us = round_us + longer_us + self._round_us

    def _free_end(self, until_us: int, round_us: int) -> int:
        """until_us, or the round before it if that gets into the way of what is due then: that is
        late if a round asks the parts meanwhile, and at one instant who planned first goes first.
        """
        if until_us <= round_us:
            return until_us
        into_us = (until_us - round_us) % self._round_us
        if into_us == 0:
            return until_us - self._round_us
        return until_us - into_us if into_us < self._clock_us + BUSY_US else until_us

    def _more_at(self, round_us: int, names: list[str], is_first: bool) -> int:
        """By how much a round that does this is longer; -1: the firmware itself has to do it."""
        # Whether the first of all asks the radio's chip depends on when that was last asked; where
        # they follow on each other soon, so it is with each.
        if "test" in names and (is_first or self._clock_us) and self._pico.air is not None:
            return -1
        looking = self._looking
        if looking is not None and not self._idling.passes(looking, round_us, names):
            return -1
        longer_us = self._idling.longer_us(names)
        if longer_us < 0:
            self._idling.watch(round_us, names)
        return longer_us

    def _let_pass(self, looking: Looking, round_us: int, until_us: int) -> int:
        """Until this moment the rounds from round_us on; returns a moment before it, if something
        gets into their way there.
        """
        busy_us = self._clock_us + self._idling.read_us()
        while round_us < until_us:
            clear_us = looking.let_pass(round_us, busy_us)
            if clear_us < round_us:
                return clear_us
            round_us += self._round_us
        return until_us

    def _first_round(self, due_us: int, round_us: int) -> int:
        """When housekeeping first goes round with this uptime, or a later one. round_us: next."""
        when_us = self._crystal.when(self._zero_us + due_us)
        if when_us <= round_us:
            return round_us
        return round_us - (round_us - when_us) // self._round_us * self._round_us

    def _uptime_ms(self, us: int) -> int:
        return (self._crystal.us_at(us) - self._zero_us) // _MS

    def _hard_due_us(self) -> int:
        """The uptime from which on a round has something to do that only the firmware knows."""
        clock = self._pico.clock
        due_ms = self._idling.hard_due_ms()
        if self._looking is None:
            due_ms = min(due_ms, self._idling.packet_due_ms())
        due_us = due_ms * _MS
        if clock.rtc is None:
            return due_us
        if self._idling.is_retrying(self._zero_us):
            due_us = min(due_us, clock._retry_at)
        if clock._paired:
            due_us = min(due_us, clock._verify_at)
            if clock._watch_utc >= 0:
                left_us = WATCH_US - (clock._anchor_utc - clock._watch_utc)
                due_us = min(due_us, clock._anchor_uptime + left_us - _SECOND_US)
        return due_us

    # There

    def leap(self, to_us: int) -> int:
        """Let everything up to this moment have been, and this moment be now. until() said so.

        Returns how far it came: no further than to a round of which something would still be under
        way.
        """
        nap = self._house.nap
        assert nap is not None
        looks = self._looking
        if looks is not None:
            to_us = looks.clear(to_us)
        round_us = nap[0]
        done: list[tuple[int, int, list[str]]] = []
        for at_us, longer_us, names in self._more:
            if at_us > to_us:
                break
            if to_us < at_us + AFTER_US:
                to_us = at_us - 1
                if looks is not None:
                    to_us = looks.clear(to_us)
                break
            done.append((at_us, longer_us, names))
            round_us = at_us + longer_us + self._round_us
        look_us = looks.leave(to_us) if looks is not None else -1
        if looks is not None and looks.last_us >= 0:
            self._went_round("radio", self._round_ms_before(looks.last_us, nap[0], done))
        if to_us >= nap[0]:
            round_us = self._leave_rounds(to_us, nap[0], round_us, done)
        self._leave_edges(to_us)
        self._world.now_us = max(self._world.now_us, to_us)
        # What is due at one moment happens in the order in which it would have been planned.
        self._plan(self._house, round_us)
        self._rtc.wave()
        if looks is not None:
            self._plan(looks.task, look_us)
        self._idling.came_to(to_us)
        return to_us

    def _plan(self, task: "Task", due_us: int) -> None:
        nap = task.nap
        if nap is not None and nap[0] == due_us and nap[2] is not None:
            return
        self._world.cancel(nap)
        task.nap = self._world.at(due_us, task.wake)

    def _round_ms_before(
        self, us: int, round_us: int, done: "list[tuple[int, int, list[str]]]"
    ) -> int:
        """The uptime of the last round before this moment. round_us: the first that is left out."""
        if us < round_us:
            return self._pico.shell._round_ms
        for at_us, longer_us, _ in done:
            if at_us > us:
                break
            if us < at_us + longer_us + self._round_us:
                return self._uptime_ms(at_us)
            round_us = at_us + longer_us + self._round_us
        return self._uptime_ms(us - (us - round_us) % self._round_us)

    def _leave_rounds(
        self, to_us: int, first_us: int, round_us: int, done: "list[tuple[int, int, list[str]]]"
    ) -> int:
        """What rounds leave behind; returns when the next one is. first_us: the first; round_us:
        the first after those of done, which do more than look.
        """
        shell = self._pico.shell
        for at_us, _, names in done:
            shell._round_ms = self._uptime_ms(at_us)
            self._idling.leave(at_us, names, shell._round_ms)
            if "wake" in names:
                for name in self._idling.woken:
                    self._went_round(name, shell._round_ms)
        last_us, longer_us, is_woken = round_us - self._round_us, 0, False
        if to_us >= round_us:
            last_us = to_us - (to_us - round_us) % self._round_us
        elif done:
            last_us, longer_us, is_woken = done[-1][0], done[-1][1], "wake" in done[-1][2]
        shell._round_ms = self._uptime_ms(last_us)
        over_us = last_us + longer_us + self._clock_us
        if self._clock_us:
            self._leave_reading(over_us)
            if self._pico.air is not None and self._pico.flags.radio.waiter is not None:
                self._ask_before(first_us, last_us, done)
        self._board.watchdog_was_fed(over_us)
        self._leave_round(over_us, is_woken)
        return last_us + longer_us + self._round_us

    def _leave_reading(self, us: int) -> None:
        """What is left when the clock chip was read last, which was over at this moment, and had
        lost the time.
        """
        world, rtc, clock, crystal = self._world, self._rtc, self._pico.clock, self._crystal
        driver = self._pico.parts.rtc
        count, first_us, _, last_us = rtc.falls(us - self._clock_us)
        seen = driver._seen
        edge_us = crystal.us() - ((crystal.us() - seen[1]) & _MASK)
        if count:
            count += self._is_good(first_us) - 1
        if count:
            edge_us = crystal.us_at(last_us)
        count = (seen[0] + count) & _MASK
        if count != clock._new_count:
            clock._new_count = count
            clock._new_until = edge_us - self._zero_us + EDGE_AGE_US_MAX
        now_us, world.now_us = world.now_us, us
        driver._buf[:] = rtc.read(len(driver._buf))
        world.now_us = now_us

    def _is_good(self, first_us: int) -> bool:
        """Does the driver count the first edge, as one that comes a second after another?"""
        passed_us = (self._crystal.us_at(first_us) - self._pico.parts.rtc._seen[2]) & _MASK
        return abs(passed_us - _SECOND_US) <= OFF_US

    def _leave_round(self, over_us: int, is_woken: bool) -> None:
        """What the last one, over at over_us, leaves behind. is_woken: it woke all tasks, and the
        radio's was in front of the reader's.
        """
        pico = self._pico
        shell, flags, air = pico.shell, pico.flags, pico.air
        self._went_round("housekeeping", shell._round_ms)
        if flags.reader.waiter is None:
            flags.reader.set()
        else:
            self._went_round("reader", shell._round_ms)
            over_us += 0 if is_woken else self._idling.read_us()
        if air is None:
            return
        if flags.radio.waiter is None:
            flags.radio.set()
        else:
            self._went_round("radio", shell._round_ms)
            self._ask_radio(over_us)
        if air.outbox is not None and not pico.clock._quality & 1:
            air.outbox.wants_time = True

    def _ask_radio(self, us: int) -> None:
        """A round looks at the radio at this moment: its chip is asked if that was not of late."""
        radio, now_ms = self._pico.parts.radio, self._crystal.us_at(us) // _MS & _MASK
        if (now_ms - radio._polled_ms) & _MASK >= ASK_MS:
            radio._polled_ms = now_ms

    def _ask_before(
        self, round_us: int, last_us: int, done: "list[tuple[int, int, list[str]]]"
    ) -> None:
        """The rounds before the last one did so: which of them asked matters where they follow on
        each other that soon. round_us: the first.
        """
        more = {at_us: (longer_us, "wake" in names) for at_us, longer_us, names in done}
        read_us = self._idling.read_us()
        while round_us < last_us:
            longer_us, is_woken = more.get(round_us, (0, False))
            over_us = round_us + longer_us + self._clock_us
            self._ask_radio(over_us + (0 if is_woken else read_us))
            round_us = over_us - self._clock_us + self._round_us

    def _went_round(self, name: str, round_ms: int) -> None:
        self._pico.shell._alive_ms[self._names.index(name)] = round_ms

    def _leave_edges(self, to_us: int) -> None:
        """The clock chip's edges: the driver sees the last of them itself."""
        world, rtc, driver = self._world, self._rtc, self._pico.parts.rtc
        if not rtc.is_waving():
            return
        count, first_us, before_us, last_us = rtc.falls(to_us)
        if not count:
            return
        if count > 1 and driver is not None:
            seen = driver._seen
            is_good = self._is_good(first_us)
            seen[2] = self._crystal.us_at(before_us) & _MASK
            if count > 2 or is_good:
                seen[0] = (seen[0] + count - 2 + is_good) & _MASK
                seen[1] = seen[2]
        if last_us - 1 > world.now_us:
            world.now_us = last_us - 1
            rtc.wave()
        world.now_us = last_us
        rtc.wave()
