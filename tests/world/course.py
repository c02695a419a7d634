"""What the runners truly do, as their acts come: where everybody is, and who touches what when."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ground import SECOND_US, START_US, Ground, Watched, world_us
from parts import (
    BRIEF,
    FOREIGN,
    FORGETS,
    PRESS,
    TWICE,
    Come,
    Leave,
    PassBy,
    Quit,
    StartAgain,
    Stray,
)
from rules import WAY
from story import Story
from truth import Life, Touch, Trip, Truth
from yellowgate.sim.devices.station import CARD_US, DIRECTOR_CARD

BRIEF_US = 40_000  # of a tag that is waved past: a read takes 25 to 30 ms
AGAIN_US = 3 * SECOND_US  # who hears nothing touches once more
BUGLE_S = 30  # after a runner gave up
CARD_AGAIN_US = 5 * SECOND_US  # the director's card again: within 3 s it was never taken away
YARD_S = 3600
PLACES = tuple(place for place, _, _ in WAY)


class Course:
    """Plans all acts of the runners, and keeps the truth. tells: called with each touch."""

    def __init__(self, story: Story, ground: Ground) -> None:
        self.story = story
        self.ground = ground
        lives = {one.name: Life(one.name, [Trip(0.0)]) for one in story.runners}
        self.truth = Truth(START_US, lives)
        self._card_free_us = 0
        acts: dict[type, Callable[..., None]] = {
            Leave: self._leave, Come: self._come, PassBy: self._pass_by, Quit: self._quit,
            Stray: self._stray, StartAgain: self._start_again,
        }  # fmt: skip
        for part in story.parts:
            act = acts.get(type(part))
            if act is not None:
                ground.at(part.at_s, lambda act=act, part=part: act(part))
        if story.start == "card":
            ground.at(-CARD_US / SECOND_US, self._start)
        if story.preset == "backyard":
            for yard in range(1, int(story.hours) + 1):
                ground.at(yard * YARD_S, lambda yard=yard: self._bell(yard * YARD_S))

    # Where everybody is

    def _leave(self, part: Leave) -> None:
        life = self.truth.lives[part.runner]
        if life.quit or life.is_out or self.story.preset in ("laps", "backyard"):
            return
        self.truth.parts[part.id] = part
        life.trips.append(Trip(part.at_s, out=part))
        self._act(part, part.place, "out")

    def _come(self, part: Come) -> None:
        life = self.truth.lives[part.runner]
        if not life.is_out or not self._is_further(life, part.place):
            return
        self.truth.parts[part.id] = part
        trip = life.trips[-1]
        trip.in_s, trip.place, trip.pages, trip.back = part.at_s, part.place, part.pages, part
        if self.story.preset == "laps":
            life.trips.append(Trip(part.at_s))
        self._act(part, part.place, "in")

    def _is_further(self, life: Life, place: str) -> bool:
        if self.story.preset != "point-to-point":
            return True
        been = [PLACES.index(trip.place) for trip in life.trips if trip.in_s is not None]
        return PLACES.index(place) > max(been, default=-1)

    def _pass_by(self, part: PassBy) -> None:
        life = self.truth.lives[part.runner]
        if life.is_out:
            self.truth.parts[part.id] = part
            life.trips[-1].by.append(part)
            self._act(part, part.place, "by")

    def _quit(self, part: Quit) -> None:
        life = self.truth.lives[part.runner]
        if life.quit is not None:
            return
        self.truth.parts[part.id] = part
        life.quit = part
        if part.bugle:
            self.ground.at(part.at_s + BUGLE_S, lambda: self.bugle(part.runner, part.id))

    def _bell(self, at_s: float) -> None:
        """Who is there in time begins the next yard."""
        for life in self.truth.lives.values():
            came_s = life.trips[-1].in_s
            if life.quit is None and came_s is not None and came_s <= at_s:
                life.trips.append(Trip(at_s))

    # Who touches what

    def _act(self, part: Leave | Come | PassBy, place: str, way: str) -> None:
        stations = [one for one in self.ground.stations.values() if one.plan.place == place]
        if part.hand == FORGETS or not stations:
            return
        rng = Random(part.id)
        station = rng.choice(stations)
        if part.hand == PRESS:
            self._push(station, part.id, part.runner, way)
            return
        owner = self.story.runner(
            part.other if part.hand == FOREIGN and part.other else part.runner
        )
        uid = owner.tags[0]
        if part.hand == BRIEF:
            held = station.hold(bytes.fromhex(uid), self.ground.now_us, BRIEF_US)
            self._keep(station, "tag", uid, part.id, part.runner, way, held)
            return
        touch = self._hold(station, uid, part.id, part.runner, way, self.ground.now_us)
        lingers_s = 400 if self.story.preset == "laps" else 40
        again_us = rng.randint(8, lingers_s) * SECOND_US
        if part.hand == TWICE:
            self._later(
                again_us,
                lambda: self._hold(station, uid, part.id, part.runner, way, self.ground.now_us),
            )
        self._later(AGAIN_US, lambda: self._again(station, touch))

    def _later(self, us: int, action: Callable[[], object]) -> None:
        self.ground.world.after(us, action)

    def _again(self, station: Watched, touch: Touch) -> None:
        """Nothing was heard: once more, and then the runner goes on."""
        self.match(station)
        if touch.answered_us is None:
            now_us = self.ground.now_us
            self._hold(station, touch.uid, touch.part, touch.runner, touch.way, now_us)

    def _hold(
        self, station: Watched, uid: str, part: int, runner: str, way: str, at_us: int
    ) -> Touch:
        held = station.hold(bytes.fromhex(uid), at_us)
        return self._keep(station, "tag", uid, part, runner, way, held)

    def _push(self, station: Watched, part: int, runner: str, way: str, later_us: int = 0) -> None:
        pressed = station.push(self.ground.now_us + later_us)
        self._keep(station, "press", "", part, runner, way, pressed)

    def _keep(
        self,
        station: Watched,
        what: str,
        uid: str,
        part: int,
        runner: str,
        way: str,
        held: tuple[int, int],
    ) -> Touch:
        at_us, until_us = map(self.ground.true_us, held)
        plan = station.plan
        log_id = plan.log_id.hex()
        touch = Touch(part, plan.number, log_id, what, uid, at_us, until_us, runner, way)
        self.truth.touches.append(touch)
        return touch

    def _start(self) -> None:
        """The director's card, and the button on the second."""
        self._signal(0, world_us(0) - self.ground.now_us)

    def _signal(self, part: int, later_us: int) -> None:
        station = next(iter(self.ground.stations.values()))
        self._hold(station, DIRECTOR_CARD.hex(), part, "", "card", self.ground.now_us)
        self._push(station, part, "", "start", later_us)

    def _start_again(self, part: StartAgain) -> None:
        self.truth.parts[part.id] = part
        self._signal(part.id, CARD_US)

    def _stray(self, part: Stray) -> None:
        life = self.truth.lives[part.runner]
        if life.quit is None:
            return
        self.truth.parts[part.id] = part
        life.strays.append(part)
        station = next(iter(self.ground.stations.values()))
        uid = self.story.runner(part.runner).tags[0]
        self._hold(station, uid, part.id, part.runner, "stray", self.ground.now_us)

    def bugle(self, runner: str, part: int) -> None:
        """The director's card, and the runner's tag a second later, at the first station; one
        runner after the other.
        """
        now_us = self.ground.now_us
        if now_us < self._card_free_us:
            later_us, self._card_free_us = self._card_free_us, self._card_free_us + CARD_AGAIN_US
            self.ground.world.at(later_us, lambda: self._bugle(runner, part))
            return
        self._card_free_us = now_us + CARD_AGAIN_US
        self._bugle(runner, part)

    def _bugle(self, runner: str, part: int) -> None:
        """The director lets nobody between the card and the tag."""
        station = next(iter(self.ground.stations.values()))
        card = self._hold(station, DIRECTOR_CARD.hex(), part, "", "card", self.ground.now_us)
        uid = self.story.runner(runner).tags[0]
        at_us = round(card.at_us - self.ground.true_us(0)) + CARD_US
        self._hold(station, uid, part, runner, "taps", at_us)

    # What was acknowledged

    def match(self, station: Watched) -> None:
        """Which touches the acknowledgements so far were for."""
        true_us = self.ground.true_us
        for ack in station.acks:
            if ack.seq < 0:
                continue
            touch = self._touch_of(station, ack.uid, true_us(ack.at_us))
            if touch is not None and touch.answered_us is None:
                touch.answered_us = true_us(ack.at_us)

    def _touch_of(self, station: Watched, uid: str, at_us: int) -> Touch | None:
        """The last one before, that was not long ago."""
        fits = [
            touch
            for touch in self.truth.touches
            if touch.station == station.plan.number and touch.uid == uid and touch.at_us <= at_us
        ]
        return fits[-1] if fits else None
