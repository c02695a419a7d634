"""The quiet end of a story: all is mended, synced and merged, and people who know the truth rule
what the evidence cannot say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gate_wire import kinds
from ground import SECOND_US
from parts import FOREIGN
from voices import moment_us
from yellowgate.desk.decide import Wanted
from yellowgate.model import Ruling
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.rulings.kinds import KINDS

if TYPE_CHECKING:
    from hosts import Host
    from play import Play
    from truth import Touch, Trip

MENDED_S = 180  # after the last fault, until the cables are plugged
TRIES = 3
ROUNDS = 4  # of taking back what is wrong: an undo may be wrong, too
WHO = "Gary"
PAGES = 13
RIGHT_CLOCK = 0x600DC10C  # with which the first laptop comes back: nobody ever moved this one


def settle(play: Play) -> None:
    """Until everything is everywhere and everything is said."""
    play.ground.mend()
    for host in play.hosts.values():
        host.mend()
    play.advance_to(play.ground.now_us + MENDED_S * SECOND_US)
    _sync_all(play, list(play.hosts.values()))
    first = next(iter(play.hosts.values()))
    first.clock = replace(first.clock, reference_id=RIGHT_CLOCK, name="right")
    _sync_all(play, [first])
    _merge_all(play)
    _after_all_rulings(play)
    _rule(play)
    _sync_all(play, [first])
    _merge_all(play)


def _sync_all(play: Play, hosts: Sequence[Host]) -> None:
    """Each station by one of these: what it has comes to the others by merging."""
    for number in play.ground.stations:
        host = hosts[(play.story.seed + number) % len(hosts)]
        if not any(host.sync(number) for _ in range(TRIES)):
            host.failures.append((f"{host.name}: sync {number}", host.printed[-1]))


def _merge_all(play: Play) -> None:
    """All into the first, and the first into all."""
    first, *others = play.hosts.values()
    for host, other in [*((first, one) for one in others), *((one, first) for one in others)]:
        if not host.merge(other):
            host.failures.append((f"{host.name}: merge {other.name}", host.printed[-1]))


def _after_all_rulings(play: Play) -> None:
    """A laptop whose clock was ahead has ruled in times to come: they come."""
    last_us = max((said.ruling.at_us for said in play.course.truth.said), default=0)
    ahead_us = last_us - play.ground.true_us(play.ground.now_us)
    if ahead_us >= 0:
        play.advance_to(play.ground.now_us + ahead_us + SECOND_US)


def _rule(play: Play) -> None:
    host = next(iter(play.hosts.values()))
    _take_back(play, host)
    for station in play.ground.stations.values():
        play.course.match(station)
    log = host.moment().log
    if any(row.kind == CLOCKS for row in log.problems):
        Says(play, host).say("clock", reference_id=RIGHT_CLOCK).keep()
        log = host.moment().log
    says = Says(play, host)
    if log.start_us is None or any("start" in row.kind for row in log.problems):
        says.say("start", at=moment_us(0))
    _name_touches(says)
    for life in play.course.truth.lives.values():
        for loop, trip in enumerate(life.trips, 1):
            _say_of_trip(says, life.name, loop, trip)
        if life.quit is not None:
            at_us = moment_us(life.quit.at_s)
            says.say("dropout", runner=life.name, reason=life.quit.reason, at=at_us)
    says.keep()
    _find(play, host)


def _find(play: Play, host: Host) -> None:
    """Who is on the search list, and truly in camp, is found there."""
    now_us = play.ground.true_us(play.ground.now_us)
    says = Says(play, host)
    for line in host.moment().log.runners:
        life = play.course.truth.lives[line.name]
        if not line.accounted and not life.is_out:
            says.say("return", runner=life.name, at=now_us - SECOND_US)
    says.keep()


class Says:
    """What somebody who knows the truth has to say, kept all at once."""

    def __init__(self, play: Play, host: Host) -> None:
        self.play = play
        self.host = host
        self.answered = {
            (touch.part, touch.way)
            for touch in play.course.truth.touches
            if touch.answered_us is not None
        }
        self._active = host.moment().decisions.active
        self._wanted: list[Wanted] = []

    def say(self, kind: str, **data: object) -> Says:
        """As the truth is, unless it stands so already; what else was said of it is taken back."""
        for row in self._active:
            same = row.data.keys() & data.keys() - {"use"}
            if row.kind == kind and all(row.data[key] == data[key] for key in same):
                return self
        about = {subject for subject, _ in KINDS[kind].decides(data)}
        for row in self._active:
            said = {subject for subject, _ in KINDS[row.kind].decides(row.data)}
            if row.kind == kind and about & said:
                self._add(_undo(row))
        self._add(Wanted(kind, data))
        return self

    def _add(self, wanted: Wanted) -> None:
        if wanted not in self._wanted:
            self._wanted.append(wanted)

    def keep(self) -> None:
        """All of it."""
        if self._wanted:
            self.play.voices.rule(self.host, self._wanted, WHO)


def _undo(ruling: Ruling) -> Wanted:
    return Wanted("undo", {"ruling": ruling.id})


def _take_back(play: Play, host: Host) -> None:
    """What was ruled wrongly, and stands."""
    for _ in range(ROUNDS):
        taken_back = host.moment().decisions.taken_back
        said = {row.ruling.id: row for row in play.course.truth.said}
        wrong = [
            _undo(row.ruling)
            for row in said.values()
            if not row.is_right and row.ruling.id not in taken_back
        ]
        if not wrong:
            return
        play.voices.rule(host, wrong, WHO)


def _name_touches(says: Says) -> None:
    """Presses, and touches with the tag of another."""
    play, truth = says.play, says.play.course.truth
    ways = {"in": "in", "out": "out", "by": "seen"}
    for station in play.ground.stations.values():
        for ack in station.acks:
            at_us = play.ground.true_us(ack.at_us)
            touch = _of_ack(truth.touches, station.plan.number, ack.uid, at_us)
            if touch is None or touch.way not in ways:
                continue
            part = truth.parts.get(touch.part)
            is_foreign = getattr(part, "hand", "") == FOREIGN and ack.kind == kinds.TAG
            if ack.kind == kinds.PRESS or is_foreign:
                data = {"log_id": ack.log_id, "seq": ack.seq, "runner": touch.runner}
                says.say("assign", **data, use=ways[touch.way])


def _of_ack(touches: list[Touch], station: int, uid: str, at_us: int) -> Touch | None:
    fits = [
        touch
        for touch in touches
        if touch.station == station and touch.uid == uid and touch.at_us <= at_us
    ]
    return fits[-1] if fits else None


def _say_of_trip(says: Says, name: str, loop: int, trip: Trip) -> None:
    """What no station has of it; and the pages."""
    preset = says.play.story.preset
    came, left = trip.back, trip.out
    if came is not None and trip.in_s is not None and (came.id, "in") not in says.answered:
        says.say("paper", runner=name, loop=loop, in_at=moment_us(trip.in_s))
    if preset == "barkley" and left is not None and (left.id, "out") not in says.answered:
        says.say("departure", runner=name, loop=loop, at=moment_us(trip.out_s))
    if preset == "point-to-point" and left is not None and (left.id, "out") not in says.answered:
        says.say("paper", runner=name, loop=loop - 1, out_at=moment_us(trip.out_s))
    if preset == "barkley" and trip.in_s is not None:
        says.say("pages", runner=name, loop=loop, have=trip.pages, of=PAGES)
