"""What a test of the reader leaves behind: found out by watching one, then left by leaps over such
tests. It takes some milliseconds, in which chip and driver talk to each other; when all is well,
one is like the other. See quiet.py.
"""

from yellowgate.sim.devices.world import TICKS_PERIOD_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from yellowgate.sim.devices.board import Board
    from yellowgate.sim.devices.loop import Task
    from yellowgate.sim.devices.pn532 import Pn532

    # What decides how long all takes: whether the radio is asked in the same round, and what else
    # that does.
    Kind = tuple[bool | str, ...]

_MASK = TICKS_PERIOD_US - 1
_EDGES_MASK = 0xFFFFFF  # pn532_reader._EDGES_MASK
LISTENING = 3  # pn532_reader._LISTENING
ROUND_US = 1_000_000  # of housekeeping (tasks.ROUND_MS)
TEST_US = 8000  # it is over within this
OVER_US = 2000  # and its round within this
JUST_US = 10
# What it counts up in the driver and in the chip.
_OF_DRIVER = ("edges", "tests", "garbled", "resets")
_OF_CHIP = ("_job", "_read_job", "commands", "reads")
_AS_USUAL = {"tests": 1, "garbled": 0, "resets": 0, "commands": 2, "reads": 0}


class Before:
    """What there was before the test that is watched."""

    def __init__(self, at_us: int, kind: "Kind", counts: dict[str, int], since_us: int) -> None:
        self.at_us = at_us
        self.kind = kind
        self.counts = counts
        self.since_us = since_us  # so long the chip had listened, less when it was told to
        self.is_next = False  # nothing else has happened since this was made


class Test:
    """What one leaves behind: moments are microseconds after its round's beginning."""

    def __init__(
        self, longer_us: int, counted: dict[str, int], until_us: int, chip: "Pn532", at_us: int
    ) -> None:
        self.longer_us = longer_us  # its round
        self.counted = counted
        self.until_us = until_us  # when the chip ceased to listen
        self.said_us = chip.said_us - at_us
        self.taken_us = chip.taken_us - at_us
        self.told_us = chip.told_us - at_us


class SelfTests:
    """Of one run of the firmware. house: its housekeeping. pico: gate_station.board.pico.Pico."""

    def __init__(
        self,
        board: "Board",
        house: "Task",
        pico: "Any",  # noqa: ANN401 - of modules of its own
        chip: "Pn532",
    ) -> None:
        self._world = board.world
        self._crystal = board.crystal
        self._house = house
        self._driver = pico.parts.reader
        self._flags = pico.flags
        self._chip = chip
        self._known: dict[Kind, Test] = {}
        self._before: Before | None = None  # what is watched

    def forget(self) -> None:
        """The crystal has another rate: nothing takes as long as before."""
        self._known.clear()
        self._before = None

    def _would_be_well(self) -> bool:
        driver, chip = self._driver, self._chip
        return (
            driver._state == LISTENING
            and not (driver._on_ms or driver.polled or driver._noise or driver._silent)
            and not (chip.irq_cut or chip.garbles or chip.absent or chip.hung)
        )

    def longer_us(self, names: list[str]) -> int:
        """By how much a round is longer that does this, the test among it; -1: not known."""
        known = self._known.get(self._kind(names))
        return known.longer_us if known is not None and self._would_be_well() else -1

    def _kind(self, names: list[str]) -> "Kind":
        return self._flags.radio.waiter is not None, *names

    # Watching one

    def watch(self, at_us: int, names: list[str]) -> None:
        """At this moment such a round will begin."""
        self._before = None
        if self._would_be_well():
            since_us = self._chip.listening_us - self._chip.told_us
            self._before = Before(at_us, self._kind(names), self._counts(), since_us)

    def came_to(self, us: int) -> None:
        """A leap ended at this moment: just before the test that is to be watched?"""
        before = self._before
        if before is not None:
            before.is_next = before.at_us - JUST_US <= us < before.at_us
            if not before.is_next:
                self._before = None

    def learn(self) -> None:
        """It is quiet again: what did the test leave that was watched?"""
        before, nap = self._before, self._house.nap
        if before is None or nap is None:
            return
        if not before.is_next:
            self._before = None
            return
        if self._driver._state != LISTENING:  # it is under way
            return
        self._before = None
        longer_us = nap[0] - before.at_us - self._crystal.true_us(ROUND_US)
        counts = self._counts()
        counted = {name: counts[name] - before.counts[name] for name in counts}
        is_usual = all(counted[name] == _AS_USUAL[name] for name in _AS_USUAL)
        if is_usual and 0 < longer_us < OVER_US:
            until_us = self._chip.listening_us - before.since_us - before.at_us
            made = Test(longer_us, counted, until_us, self._chip, before.at_us)
            self._known[before.kind] = made

    def _counts(self) -> dict[str, int]:
        return {name: getattr(self._driver, name) for name in _OF_DRIVER} | {
            name: getattr(self._chip, name) for name in _OF_CHIP
        }

    # Leaving another one out

    def leave(self, at_us: int, names: list[str]) -> None:
        """What one that began at this moment leaves behind."""
        driver, chip, crystal = self._driver, self._chip, self._crystal
        test = self._known[self._kind(names)]
        counted = test.counted
        driver.edges = driver._seen = (driver.edges + counted["edges"]) & _EDGES_MASK
        driver.tests += counted["tests"]
        driver._edge_us = crystal.us_at(at_us + test.said_us) & _MASK
        driver._heard_us = driver._due_us = crystal.us_at(at_us + test.taken_us) & _MASK
        chip.left_out(
            at_us + test.until_us, at_us + test.told_us, counted["_job"], counted["_read_job"]
        )
        chip.said_us, chip.taken_us = at_us + test.said_us, at_us + test.taken_us
