"""Plays a story: stations, laptops and people in one virtual time, and the judge at its moments.

Whatever happens at stations and on the course happens by itself in the world; what is done at a
laptop waits until the laptop before has done its own.
"""

from __future__ import annotations

import heapq
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import settle
from course import Course
from ground import Ground, world_us
from hosts import Host
from parts import (
    TAG,
    Asleep,
    DatabaseGone,
    DiskFull,
    LaptopClock,
    Merge,
    Paper,
    Part,
    Sync,
    Undo,
    Word,
)
from story import Story
from truth import LaptopView, Moment, StationView
from voices import Voices
from yellowgate.errors import GateError
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.store.store import Store

Complaint = Any  # whatever the judge says: str() of it is one line
Judge = Callable[[Moment], Sequence[Complaint]]
MEMORY = Path("/dev/shm")  # a store is written to a thousand times
ASKS_AGAIN_S = 1_200  # who could not say it yet tries again,
ASKS_MAX = 3  # so often


class Play:
    """One story. complaints: what the judge said, of all moments."""

    def __init__(self, story: Story, judge: Judge, folder: Path) -> None:
        self.story = story
        self.judge = judge
        self.ground = Ground(story)
        self.course = Course(story, self.ground)
        self.hosts = {
            laptop.name: Host(
                laptop,
                story,
                self.ground,
                folder / laptop.name,
                number,
                (story.seed + number) % 3 == 0,
            )
            for number, laptop in enumerate(story.laptops)
        }
        self.voices = Voices(story, self.course.truth)
        self.complaints: list[Complaint] = []
        self.done: list[Part] = []  # at laptops
        self._numbers = count()
        self._queue: list[tuple[int, int, Callable[[], object]]] = []
        self._plan()
        if self.ground.radio is not None:
            self.ground.radio.wait = self.ground.advance_to

    # The order of things

    def _plan(self) -> None:
        does: dict[type[Part], Callable[..., None]] = {
            Sync: self._sync,
            Asleep: self._asleep,
            LaptopClock: self._clock,
            Merge: self._merge,
            DatabaseGone: self._gone,
            DiskFull: self._full,
            Word: self._word,
            Undo: self._undo,
            Paper: self._paper,
        }
        for part in self.story.parts:
            if type(part) in does:
                self._at(part.at_s, lambda part=part: self._do(part, does[type(part)]))
            else:
                self.ground.plan(part)
        if self.story.start == "word":
            first = self.hosts[self.story.laptops[0].name]
            self._at(60, lambda: self.voices.start(first))
        for at_s in self.story.checks:
            self._at(at_s, self.look)

    def _do(self, part: Part, does: Callable[..., None]) -> None:
        """Unless its laptop sleeps."""
        if self.hosts[getattr(part, "laptop")].is_awake:  # noqa: B009 - all of these have one
            self.done.append(part)
        does(part)

    def _at(self, at_s: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (world_us(at_s), next(self._numbers), action))

    def run(self) -> list[Complaint]:
        """From before the start to after the quiet end."""
        while self._queue:
            us, _, action = heapq.heappop(self._queue)
            if us >= world_us(self.story.end_s):
                break
            self.advance_to(us)
            action()
        self.advance_to(world_us(self.story.end_s))
        settle.settle(self)
        self.look(is_end=True)
        return self.complaints

    def advance_to(self, us: int) -> None:
        """Let the world go on; the base's laptop hears what comes in."""
        ground = self.ground
        radio = ground.radio
        if radio is None:
            ground.advance_to(us)
            return
        host = next(one for one in self.hosts.values() if one.laptop.listens)
        while ground.now_us < us:
            radio.chip.is_on = host.is_awake and ground.base_is_on
            ground.advance_to(us, radio.has_news)
            if radio.has_news() and host.is_awake:
                host.hear()
            radio.chip.came.clear()

    def met(self) -> Counter[str]:
        """What happened, by kind; of runners by what they did, too."""
        found: Counter[str] = Counter()
        truth = self.course.truth
        for part in [*truth.parts.values(), *self.ground.happened, *self.done]:
            hand = getattr(part, "hand", TAG)
            found[part.kind if hand == TAG else hand] += 1
        found["acknowledged"] = sum(len(one.acks) for one in self.ground.stations.values())
        found["rulings"] = len(truth.said)
        found["starts of stations"] = sum(one.board.boots for one in self.ground.stations.values())
        found["packets"] = self.ground.air.transmissions
        return found

    # At the laptops

    def _host(self, name: str) -> Host | None:
        """None: it sleeps."""
        host = self.hosts[name]
        return host if host.is_awake else None

    def _sync(self, part: Sync) -> None:
        host = self._host(part.laptop)
        if host is not None:
            host.sync(part.station, part.pulled_s, part.sets)

    def _merge(self, part: Merge) -> None:
        host, source = self._host(part.laptop), self.hosts[part.source]
        if host is not None and not source.faults.gone:
            host.merge(source, part.how)

    def _asleep(self, part: Asleep) -> None:
        host = self.hosts[part.laptop]
        if part.dies and part.after >= 0:
            host.faults.after = part.after  # it dies within what it does next
            return
        if part.dies:
            host.die()
        host.is_awake = False
        self._at(part.at_s + part.lasts_s, host.wake)

    def _clock(self, part: LaptopClock) -> None:
        self.hosts[part.laptop].clock.error_us = part.error_ms * 1000

    def _gone(self, part: DatabaseGone) -> None:
        faults = self.hosts[part.laptop].faults

        def back() -> None:
            faults.gone = False

        faults.gone = True
        self._at(part.at_s + part.lasts_s, back)

    def _full(self, part: DiskFull) -> None:
        faults = self.hosts[part.laptop].faults

        def cleared() -> None:
            faults.room = None

        faults.room = part.pages
        self._at(part.at_s + part.lasts_s, cleared)

    def _word(self, part: Word, asked: int = 0) -> None:
        host = self._host(part.laptop)
        said = host is not None and self.voices.say(host, part)
        if not said and asked < ASKS_MAX:
            later_s = part.at_s + (asked + 1) * ASKS_AGAIN_S
            self._at(later_s, lambda: self._word(part, asked + 1))

    def _undo(self, part: Undo) -> None:
        host = self._host(part.laptop)
        if host is not None:
            self.voices.undo(host, part)

    def _paper(self, part: Paper) -> None:
        host = self._host(part.laptop)
        if host is not None:
            self.voices.paper(host, part)

    # What the judge sees

    def look(self, is_end: bool = False) -> None:
        """The judge looks."""
        moment = self.moment(is_end)
        self.complaints.extend(self.judge(moment))
        for view in moment.laptops:
            view.store.close()

    def moment(self, is_end: bool = False) -> Moment:
        """Now."""
        ground, truth = self.ground, self.course.truth
        truth.acks = []
        for station in ground.stations.values():
            self.course.match(station)
            truth.acks += [ack._replace(at_us=ground.true_us(ack.at_us)) for ack in station.acks]
        printed = [(host.name, text) for host in self.hosts.values() for text in host.printed]
        failures = [row for host in self.hosts.values() for row in host.failures]
        return Moment(
            self.story,
            ground.now_s,
            ground.true_us(ground.now_us),
            is_end,
            truth,
            [self._laptop(host) for host in self.hosts.values()],
            [self._station(number) for number in ground.stations],
            printed,
            failures,
        )

    def _laptop(self, host: Host) -> LaptopView:
        """Read anew, and as what runs all day has it: both must say the same. The judge reads the
        records also where the laptop itself cannot.
        """
        view = LaptopView(host.name, Store(host.folder.url), None, host.clock.error_us)
        now_us = host.clock.utc_us()

        def read() -> None:
            store = host.folder.store()
            race = Race.read(host.race_file, host.roster, store)
            store.close()
            view.race = race.at(now_us, is_now=True)
            view.log_json = to_json(view.race.log)
            view.live_json = to_json(host.moment().log)

        host.faults.after, after = -1, host.faults.after  # who looks, kills nobody
        try:
            read()
        except GateError as error:
            host.say(f"gate: {error}")
        except Exception:
            host.run("log", read)
        finally:
            host.faults.after = after
        return view

    def _station(self, number: int) -> StationView:
        station = self.ground.stations[number]
        plan, pico, chip = station.plan, station.pico, station.chip
        view = StationView(number, plan.log_id.hex(), plan.first_key, b"", pico is not None)
        if chip is not None:
            view.image = chip.backing.read(0, chip.backing.size())
        if pico is not None:
            stamp = pico.clock.stamp_now()
            view.standing = tuple(pico.station.standing(stamp[2]))
            lacking = pico.station.backlog
            if lacking is not None:
                numbers = range(lacking.log.tip()[0])
                view.had = frozenset(seq for seq in numbers if lacking.had.has(seq))
        return view


def played(story: Story, judge: Judge, met: Counter[str] | None = None) -> list[Complaint]:
    """The whole of it, in a folder that is gone afterwards. met: what happened is counted there."""
    with ExitStack() as held:
        where = MEMORY if MEMORY.is_dir() else None
        folder = held.enter_context(tempfile.TemporaryDirectory(prefix="world-", dir=where))
        play = Play(story, judge, Path(folder))
        found = play.run()
        if met is not None:
            met.update(play.met())
        return found
