"""Virtual stations on CPython: a script, an image, a port."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from yellowgate.sim import image as images
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.setup import Setup
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.script import LEAD_US, Step

EPOCH_2020_UNIX_US = 1_577_836_800_000_000
SETTLED_US = 2_000_000  # so long after a step nothing of it is under way any more
SLICE_US = 600_000_000


@dataclass
class Plan:
    """What is to be simulated.

    ends_utc_us: UTC (microseconds since 2020) of the script's last instant, None: now. settings:
    more of station.json.
    """

    steps: Sequence[Step]
    image: Path | None = None
    station_id: int = 1
    role: str = "gate"
    drift_ppm: float = 0.0
    rtc: str = "set"
    rtc_drift_ppm: float = 0.0
    with_reader: bool = True
    with_radio: bool = False
    ends_utc_us: int | None = None
    log_id: bytes = b""
    first_key: bytes = b""
    settings: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def end_us(self) -> int:
        """World time of the script's last instant."""
        return LEAD_US + (self.steps[-1].at_us if self.steps else 0)

    def digest(self) -> str:
        """Tells scripts apart."""
        return hashlib.sha256(repr(list(self.steps)).encode()).hexdigest()


class Course:
    """The world's time against UTC, and how far the script was played before.

    room_utc_us: UTC of the room, microseconds since 2020. fd: of the file that notes it, -1: none.
    """

    def __init__(self, plan: Plan, room_utc_us: Callable[[], int]) -> None:
        self._plan = plan
        self._room_utc_us = room_utc_us
        self._path = plan.image.with_name(plan.image.name + ".world") if plan.image else None
        found = images.load_progress(self._path) if self._path else None
        if found is None or found.script != plan.digest():
            ends_utc_us = plan.ends_utc_us if plan.ends_utc_us is not None else room_utc_us()
            found = images.Progress(plan.digest(), ends_utc_us - plan.end_us)
        self.progress = found
        self.fd = images.open_progress(self._path) if self._path else -1
        self._note()

    def begin_us(self) -> int:
        """World time at which the simulation goes on: where it was, or later if it had served."""
        progress = self.progress
        if not progress.serves_utc_us:
            return progress.world_us
        return self._plan.end_us + max(0, self._room_utc_us() - progress.serves_utc_us)

    def steps(self) -> list[tuple[int, str, str]]:
        """What is still to come, in world time; of the past, what outlasts a stop."""
        played_us = self.progress.world_us
        steps = [(LEAD_US + step.at_us, step.input, step.value) for step in self._plan.steps]
        past = [step for step in steps if step[0] < played_us]
        last_power = [step for step in past if step[1] == "power"][-1:]
        lost = [step for step in past if step[1:] == ("rtc", "lost")]
        return [
            *lost,
            *(step for step in last_power if step[2] == "off"),
            *(step for step in steps if step[0] >= played_us),
        ]

    def marks(self) -> list[int]:
        """World times up to the script's end at which it is noted how far it was played: after
        each step, when nothing of it is under way any more or the next one comes.
        """
        times_us = [us for us, _, _ in self.steps() if us >= self.progress.world_us]
        marks = [self._plan.end_us]
        for us, next_us in pairwise(times_us):
            marks.append(max(us, min(us + SETTLED_US, next_us - 1)))
        begin_us = self.begin_us()
        return [mark for mark in sorted(set(marks)) if mark >= begin_us]

    def played(self, world_us: int) -> None:
        """Every step before this moment was played."""
        self.progress.world_us = max(world_us, self.progress.world_us)
        self._note()

    def serves(self) -> None:
        """The script has ended; from now on the world goes with the room."""
        if not self.progress.serves_utc_us:
            # Playing took a while: a script that ends now had ended when it was begun.
            ends_now = self._plan.ends_utc_us is None
            ended_utc_us = self.progress.utc_us + self._plan.end_us
            self.progress.serves_utc_us = ended_utc_us if ends_now else self._room_utc_us()
        self.played(self._plan.end_us + 1)

    def close(self) -> None:
        """Nothing is noted any more."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _note(self) -> None:
        if self.fd >= 0:
            images.save_progress(self.fd, self.progress)


def setup(plan: Plan, utc_us: int, begin_us: int) -> Setup:
    """How the station of this plan is built. utc_us: of the world's beginning, since 2020.
    begin_us: world time at which it is switched on.
    """
    made = Setup()
    made.settings = {"id": plan.station_id, "role": plan.role, **plan.settings}
    made.drift_ppb = round(plan.drift_ppm * 1000)
    made.rtc = plan.rtc
    made.rtc_drift_ppb = round(plan.rtc_drift_ppm * 1000)
    made.with_reader = plan.with_reader
    made.with_radio = plan.with_radio or plan.role == "base"
    made.utc_us = utc_us
    made.begin_us = begin_us
    made.seed = plan.station_id + 1
    return made


def room_utc_us() -> int:
    """UTC of this computer, microseconds since 2020."""
    return time.time_ns() // 1000 - EPOCH_2020_UNIX_US


class Running:
    """A station on CPython, in this process. Raises GateError when the image cannot be used."""

    def __init__(self, plan: Plan, room_utc_us: Callable[[], int] = room_utc_us) -> None:
        self.plan = plan
        self.image = images.Image(plan.image, plan.log_id, plan.first_key)
        self.course = Course(plan, room_utc_us)
        built = setup(plan, self.course.progress.utc_us, self.course.begin_us())
        chip = self.image.chip(plan.station_id + 1)
        self.station = VirtualStation(built, chip, self.course.steps())

    @property
    def console(self) -> VirtualConsole:
        """Its port."""
        return self.station.console

    @property
    def now_us(self) -> int:
        """World time."""
        return self.station.now_us

    def utc_us(self) -> int:
        """True UTC of its world, microseconds since 2020."""
        return self.course.progress.utc_us + self.now_us

    def advance_to(self, us: int) -> None:
        """Let its world go on."""
        self.station.advance_to(us)

    def play(self, until_us: int | None = None, stops: Callable[[], bool] = lambda: False) -> None:
        """Play the script up to this world time, None: to its end."""
        limit_us = self.plan.end_us if until_us is None else until_us
        for mark_us in [*(us for us in self.course.marks() if us <= limit_us), limit_us]:
            while self.now_us < mark_us and not stops():
                self.advance_to(min(mark_us, self.now_us + SLICE_US))
            if stops():
                return
            self.course.played(min(mark_us + 1, self.plan.end_us))
        if until_us is None:
            self.course.serves()
            self.advance_to(max(self.now_us, self.course.begin_us()))

    def close(self) -> None:
        """The power goes; the image is let go of."""
        self.station.cut_power()
        self.image.close()
        self.course.close()
