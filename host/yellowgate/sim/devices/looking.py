"""How the firmware of a base or a relay looks at its radio: every 10 ms, and asks the chip itself
at the first look half a second after the last time (tasks._use_radio, rfm9x_radio.take). A look
that falls into what another task does waits until that is over, and those after it come so much
later. See quiet.py.
"""

from yellowgate.sim.devices.world import TICKS_PERIOD_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from yellowgate.sim.devices.board import Board
    from yellowgate.sim.devices.loop import Task

    # From a moment on: the next look, the first one then that asks the chip, and when in
    # milliseconds it was last asked.
    Looks = tuple[int, int, int]

_MASK = TICKS_PERIOD_US - 1
_MS = 1000
LOOK_US = 10_000  # tasks.RADIO_MS
ASK_MS = 500  # rfm9x_radio._POLL_MS
LOOKS = ASK_MS * _MS // LOOK_US
ASK_US = 4  # two registers of the chip
ALWAYS_MS = 1 << 40


class Looking:
    """The looks of one run of the firmware. task: its radio's. pico: board.pico.Pico."""

    def __init__(
        self,
        board: "Board",
        task: "Task",
        pico: "Any",  # noqa: ANN401 - of modules of its own
    ) -> None:
        self.task = task
        self.until_ms = -1  # the uptime at which it ceases to look
        self.last_us = -1  # when the last look was of those that leave() left out; -1: none
        self._crystal = board.crystal
        self._parts = pico.parts
        air = pico.air
        self._is_for_others = air.outbox is None or air.relay is not None
        self._step_us = LOOK_US  # by the world's time
        self._period_us = 0
        self._looks: Looks = (0, 0, 0)
        # (from when on it had to wait, until when, looks from then on): each time that one had to.
        self._moved: list[tuple[int, int, Looks]] = []

    def is_on(self) -> bool:
        """Does it look every 10 ms? Who only sends does so while an answer may come in: until when,
        the task alone knows.
        """
        nap = self.task.nap
        if nap is None or nap[2] is None or self._parts.radio.fault() == "silent":
            return False
        self.until_ms = ALWAYS_MS
        if not self._is_for_others:
            using: Any = getattr(self.task.coro, "cr_await", None)
            if getattr(getattr(using, "cr_code", None), "co_name", "") != "_use_radio":
                return False
            self.until_ms = using.cr_frame.f_locals["quiet_ms"]
        return True

    def begin(self) -> None:
        """Find out when it looks from now on."""
        crystal = self._crystal
        self._step_us = crystal.true_us(LOOK_US)
        self._period_us = ASK_US + LOOKS * self._step_us
        nap = self.task.nap
        assert nap is not None
        now_ms = crystal.us() // _MS
        asked_ms = now_ms - ((now_ms - self._parts.radio._polled_ms) & _MASK)
        self._looks = self._from(nap[0], asked_ms)
        self._moved = [(-1, -1, self._looks)]

    @property
    def ask_us(self) -> int:
        """The first look at which the chip is asked."""
        return self._looks[1]

    def _from(self, look_us: int, asked_ms: int) -> "Looks":
        when_us = self._crystal.when((asked_ms + ASK_MS) * _MS)
        ask_us = look_us
        if when_us > look_us:
            ask_us -= (look_us - when_us) // self._step_us * self._step_us
        return look_us, ask_us, asked_ms

    def let_pass(self, round_us: int, busy_us: int) -> int:
        """The station is busy from this moment on for so long. Returns when that is, or, when a
        look comes into its way, the moment before which nothing does.
        """
        look_us, ask_us, _ = looks = self._looks
        if round_us < ask_us:
            left_us = (look_us - round_us) % self._step_us
        else:
            into_us = (round_us - ask_us) % self._period_us
            if into_us <= ASK_US and (into_us or not busy_us):
                return round_us - into_us
            left_us = (ASK_US - into_us) % self._step_us if into_us else 0
        if left_us <= busy_us and busy_us:
            self._looks = self._from(round_us + busy_us, self._before(round_us - 1, looks)[2])
            self._moved.append((round_us, round_us + busy_us, self._looks))
        return round_us

    def is_looked(self, us: int, busy_us: int) -> bool:
        """Is there a look within this span?"""
        return self._before(us + busy_us, self._looks)[0] >= us - ASK_US

    def _before(self, us: int, looks: "Looks") -> tuple[int, int, int]:
        """(the last look up to this moment or -1, the next one, when the chip was asked)."""
        look_us, ask_us, asked_ms = looks
        step_us = self._step_us
        if us < look_us:
            return -1, look_us, asked_ms
        if us < ask_us:
            last_us = us - (us - look_us) % step_us
            return last_us, last_us + step_us, asked_ms
        last_us = us - (us - ask_us) % self._period_us
        asked_ms = self._crystal.us_at(last_us) // _MS
        next_us = last_us + ASK_US + step_us
        if us >= next_us:
            last_us = us - (us - next_us) % step_us
            next_us = last_us + step_us
        return last_us, next_us, asked_ms

    def clear(self, to_us: int) -> int:
        """This moment, or the last one before it at which no look waits."""
        while self._moved[-1][0] > to_us:
            self._moved.pop()
        if to_us < self._moved[-1][1]:
            to_us = self._moved.pop()[0] - 1
        return to_us

    def leave(self, to_us: int) -> int:
        """What looks up to this moment leave behind, which is clear(); returns when the next is."""
        self.last_us, next_us, asked_ms = self._before(to_us, self._moved[-1][2])
        self._parts.radio._polled_ms = asked_ms & _MASK
        return next_us
