"""Of the official log: what it states without doubt is so at that moment, and who is outside is on
the list. By the truths of tests/race, whose races are the real ones: the spans of a world, which
are divided by its scale, are made long again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import barkleytruth
import partialbarkley
from barkleytruth import PAGES, Walk
from complaint import Complaint
from evidence import exempt, is_seen_leaving, last_known
from held import Held, LaptopHeld
from partial import in_doubt, is_doubted
from rules import WAY
from truth import Life, Trip
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.times import hms

HOLD_US = 2_100_000  # a tag is held to the reader for a while, a press may be two seconds before
NEAR_S = 5.0  # so near a limit or a touch, a state may be told either way
SHORTEST_S = 14_400 * 1.01  # of a Barkley's loop
GOOD = ("counted", "provisional")


@dataclass(frozen=True)
class Look:
    """A laptop's log, and a runner's line in it, that can be held to the truth."""

    held: Held
    laptop: LaptopHeld
    log: OfficialLog
    line: RunnerLog
    life: Life

    @property
    def start_us(self) -> int:
        """By the log."""
        return self.log.start_us or 0

    @property
    def now_s(self) -> float:
        """The log's moment, since the true start."""
        return (self.laptop.as_of_us - self.held.moment.truth.start_us) / 1e6

    @property
    def known_s(self) -> float:
        """Until when the log says that it knows what this runner did."""
        known_us = self.line.known_us
        return self.now_s if known_us is None else min(self.now_s, known_us / 1e6)

    @property
    def slack_us(self) -> int:
        return (self.log.start_uncertainty_us or 0) + HOLD_US

    def complaint(self, rule: str, text: str) -> Complaint:
        at_s, where = self.held.moment.at_s, self.laptop.name
        return Complaint(
            rule, self.line.name, at_s, f"at {where}, as of {hms(self._as_of_us)}: {text}"
        )

    @property
    def _as_of_us(self) -> int:
        return self.laptop.as_of_us - self.start_us


def looks(held: Held) -> Iterator[Look]:
    """The lines that the truth can be asked of: not where clocks or rulings make it something
    else.
    """
    for laptop in held.laptops:
        race = laptop.view.race
        if race is None or race.log.start_us is None:
            continue
        if not all(laptop.clocks.are_good(log_id) for log_id in laptop.logs):
            continue
        if any(one.kind == "start" for one in laptop.wrong) or not laptop.is_timed:
            continue
        for line in race.log.runners:
            if not exempt(held, laptop, line.name):
                yield Look(held, laptop, race.log, line, held.moment.truth.lives[line.name])


def trips_of(look: Look) -> list[Trip]:
    """As far as they had happened at the log's moment."""
    return [trip for trip in look.life.trips if trip.out_s <= look.now_s]


# The start


def start_is_true(held: Held) -> Iterator[Complaint]:
    """From where all times count."""
    for laptop in held.laptops:
        log = laptop.view.race.log if laptop.view.race else None
        if log is None or log.start_us is None or any(one.kind == "start" for one in laptop.wrong):
            continue
        if not all(laptop.clocks.are_good(log_id) for log_id in laptop.logs):
            continue
        off_us = log.start_us - held.moment.truth.start_us
        if abs(off_us) > (log.start_uncertainty_us or 0) + HOLD_US:
            bound = (log.start_uncertainty_us or 0) / 1e6
            text = (
                f"the start is off by {off_us / 1e6:.1f} s, \u00b1 {bound:.3f} s, by {log.start_by}"
            )
            yield Complaint("start", laptop.name, held.moment.at_s, text)


# Loops


def loops_are_true(held: Held) -> Iterator[Complaint]:
    """Number, departure, arrival and verdict of each loop that is stated without doubt."""
    for look in looks(held):
        for loop in look.line.loops:
            text = "" if in_doubt(loop) else _loop(look, loop)
            if text:
                yield look.complaint("loop", f"loop {loop.loop}: {text}")
                break


def _loop(look: Look, loop: Loop) -> str:
    trips = trips_of(look)
    if loop.loop > len(trips):
        return "" if loop.in_us is None and loop.out_us is None else "it was never begun"
    trip = trips[loop.loop - 1]
    return _times(look, loop, trip) or _verdict(look, loop, trips)


def _times(look: Look, loop: Loop, trip: Trip) -> str:
    true_us = look.held.moment.truth.start_us
    is_timed = look.held.moment.story.preset in ("barkley", "point-to-point")
    if loop.out_us is not None and loop.loop > 1 and is_timed:
        off_us = look.start_us + loop.out_us - true_us - round(trip.out_s * 1e6)
        if abs(off_us) > _evidence_us(loop, "out") + look.slack_us:
            return f"left at {hms(loop.out_us)}, truly {hms(round(trip.out_s * 1e6))}"
    if loop.in_us is None:
        return ""
    if trip.in_s is None or trip.in_s > look.now_s + 1:
        return f"in at {hms(loop.in_us)}, and is not back"
    off_us = look.start_us + loop.in_us - true_us - round(trip.in_s * 1e6)
    if abs(off_us) > (loop.uncertainty_us or 0) + look.slack_us:
        true, bound = hms(round(trip.in_s * 1e6)), (loop.uncertainty_us or 0) / 1e6
        return f"in at {hms(loop.in_us)} \u00b1 {bound:.3f} s, truly {true}"
    return ""


def _evidence_us(loop: Loop, use: str) -> int:
    return max((row.uncertainty_us for row in loop.evidence if row.use.startswith(use)), default=0)


def _verdict(look: Look, loop: Loop, trips: list[Trip]) -> str:
    if loop.in_us is None:
        return ""
    judged = {
        "barkley": _barkley_verdict,
        "laps": _lap_verdict,
        "backyard": _yard_verdict,
        "point-to-point": _leg_verdict,
    }[look.held.moment.story.preset](look, loop.loop - 1, trips)
    if judged and loop.verdict != judged:
        return f"{loop.verdict} in {hms(loop.in_us)}, truly {judged}"
    return ""


def walks_of(look: Look, trips: list[Trip]) -> list[Walk]:
    """A Barkley's life as the truth of tests/race has it: at its real length, and with the pages
    that were ruled here.
    """
    scale = look.held.moment.story.scale
    found: list[Walk] = []
    for number, trip in enumerate(trips, 1):
        in_s = None if trip.in_s is None or trip.in_s > look.now_s else trip.in_s * scale
        is_seen = number == 1 or is_seen_leaving(look.held, look.laptop, trip.out)
        walk = Walk(trip.out_s * scale, in_s, is_seen)  # pyright: ignore[reportArgumentType]
        have = _pages(look, number)
        if have is not None and have >= 0:
            walk.word_s, walk.have = 0, have
        found.append(walk)
    return found


def _pages(look: Look, loop: int) -> int | None:
    """What was ruled on the pages of a loop; -1: persons contradict each other; None: nothing."""
    said = [
        one
        for one in look.laptop.standing
        if one.kind == "pages" and (one.data["runner"], one.data["loop"]) == (look.line.name, loop)
    ]
    last = {one.by.casefold(): one.data["have"] for one in said}
    if not last:
        return None
    return next(iter(last.values())) if len(set(last.values())) == 1 else -1


def _is_plain(look: Look, trips: list[Trip]) -> bool:
    """No loop so short, and none short of a page: touches after such are matters of their own."""
    scale = look.held.moment.story.scale
    spans = [(trip.in_s - trip.out_s) * scale for trip in trips if trip.in_s is not None]
    pages = [_pages(look, number) for number in range(1, len(trips) + 1)]
    return min(spans, default=SHORTEST_S) >= SHORTEST_S and all(
        have in (None, PAGES) for have in pages
    )


def _barkley_verdict(look: Look, number: int, trips: list[Trip]) -> str:
    walks, now_s = walks_of(look, trips), look.now_s * look.held.moment.story.scale
    spans_s = [walk.in_s - walk.out_s for walk in walks if walk.in_s is not None]
    if min(spans_s, default=SHORTEST_S) < SHORTEST_S:
        return ""
    have = [_pages(look, at) for at in range(1, number + 2)]
    if any(one not in (None, PAGES) for one in have[:-1]):
        return ""
    if _is_near_a_limit(walks[: number + 1], look):
        return ""
    life = barkleytruth.Life(look.line.name, walks)
    return partialbarkley.true_verdict(life, number, round(now_s))


def _is_near_a_limit(walks: list[Walk], look: Look) -> bool:
    """Within the second for which a tag is held to the reader, nobody can say what counts."""
    hold_s = HOLD_US / 1e6 * look.held.moment.story.scale
    for number, walk in enumerate(walks):
        limits = [barkleytruth.CUTOFFS[number]] if walk.in_s is not None else []
        if any(abs((walk.in_s or 0) - limit_s) < hold_s for limit_s in limits):
            return True
        if number and abs(walk.out_s - barkleytruth.START_BY[number]) < hold_s:
            return True
    return False


def _by_limit(at_s: float, limit_s: float) -> str:
    if abs(at_s - limit_s) < HOLD_US / 1e6:
        return ""
    return "counted" if at_s <= limit_s else "over cutoff"


def _lap_verdict(look: Look, number: int, trips: list[Trip]) -> str:
    return _by_limit(trips[number].in_s or 0, look.held.moment.story.end_s)


def _yard_verdict(look: Look, number: int, trips: list[Trip]) -> str:
    return _by_limit(trips[number].in_s or 0, 3_600 * (number + 1))


def _leg_verdict(look: Look, number: int, trips: list[Trip]) -> str:
    limits = [_by_limit(trip.in_s or 0, WAY[at][2] * 3600) for at, trip in enumerate(trips)]
    so_far = limits[: number + 1]
    if "" in so_far:
        return ""
    if so_far[-1] == "counted" and "over cutoff" in so_far:
        return "void"
    return so_far[-1]


# States


def states_are_true(held: Held) -> Iterator[Complaint]:
    """Status and number of loops, of whom nothing is in doubt and nobody is waited for."""
    for look in looks(held):
        if look.held.moment.story.preset != "barkley" or is_doubted(look.log, look.line):
            continue
        if look.log.state == "not started" or look.line.status == "not started":
            continue
        text = _state(look)
        if text:
            yield look.complaint("state", text)


def _state(look: Look) -> str:
    trips = trips_of(look)
    is_ahead = look.laptop.view.error_us > 0  # a clock that is ahead tells of what is to come
    if look.life.quit is not None or is_ahead or not _is_plain(look, trips):
        return ""
    if any(walk.in_s is not None and not walk.is_seen_leaving for walk in walks_of(look, trips)):
        return ""
    scale = look.held.moment.story.scale
    said = look.line.status, look.line.loops_counted
    true = [
        _true_state(look, trips, (look.known_s + near_s) * scale, look.now_s * scale)
        for near_s in (-NEAR_S, -1.0, 0.0, 1.0, NEAR_S)
    ]
    if said in true:
        return ""
    # Who was sighted is out there, though nobody saw the runner leave.
    is_out = bool(trips) and trips[-1].in_s is None
    if said[0] == "on course" and is_out and said[1] in [counted for _, counted in true]:
        return ""
    return f"{said[0]} with {said[1]} loops, truly {true[2][0]} with {true[2][1]}"


def _true_state(look: Look, trips: list[Trip], known_s: float, now_s: float) -> tuple[str, int]:
    """By what had happened at known_s, at the moment now_s."""
    walks: list[Walk] = []
    for number, walk in enumerate(walks_of(look, trips)):
        if number and (walk.out_s > known_s or not walk.is_seen_leaving):
            break
        if walk.in_s is not None and walk.in_s > known_s:
            walk.in_s = None
        walks.append(walk)
        if walk.in_s is None:
            break
    life = barkleytruth.Life(look.line.name, walks)
    true = barkleytruth.expected(life, round(now_s))
    return true.status, true.counted


# Places


def places_are_true(held: Held) -> Iterator[Complaint]:
    """Of two whose lines are without doubt, the one with more loops, or sooner, is before."""
    for laptop in held.laptops:
        rows = [look for look in looks(held) if look.laptop is laptop and _is_sure(look)]
        rows.sort(key=lambda look: look.line.place or 0)
        for one, two in pairwise(rows):
            if _key(one) > _key(two, HOLD_US / 1e6) and one.line.place != two.line.place:
                text = f"{one.line.place}th, before {two.line.name}, who was {_result(two)}"
                yield one.complaint("place", f"{text}; the runner was {_result(one)}")


def _is_sure(look: Look) -> bool:
    line = look.line
    is_known = line.known_us is None and not line.doubtful and line.place is not None
    return is_known and not is_doubted(look.log, line) and line.status != "finished"


def _key(look: Look, more_s: float = 0.0) -> tuple[int, float]:
    counted = look.line.loops_counted
    trips = trips_of(look)
    in_s = trips[counted - 1].in_s if 0 < counted <= len(trips) else 0
    if look.held.moment.story.preset == "backyard":
        in_s = 0  # yards alone
    return -counted, (in_s or 0) + more_s


def _result(look: Look) -> str:
    loops, in_s = _key(look)
    return f"in after {-loops} at {hms(round(in_s * 1e6))}"


# The list


def who_is_outside_is_listed(held: Held) -> Iterator[Complaint]:
    """Who was last seen outside is on course, overdue or on the search list, or it is said that
    nothing is known since.
    """
    for look in looks(held):
        if look.held.moment.story.preset not in ("barkley", "point-to-point"):
            continue
        known = last_known(held, look.laptop, look.line.name)
        if known is None or known.is_in or known.at_us > look.laptop.as_of_us:
            continue
        line = look.line
        is_listed = line.status in ("on course", "overdue") or not line.accounted
        is_unknown = line.known_us is not None and look.start_us + line.known_us <= known.at_us
        if not is_listed and not is_unknown and not is_doubted(look.log, line):
            text = f"{line.status} and accounted for, though {known.words}"
            yield look.complaint("outside and not on the list", text)
