"""Races from point to point of which the truth is known: see barkleytruth.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from racekit import RaceKit, line
from yellowgate.model import Station
from yellowgate.times import US

NAMES = ("Ann", "Bob", "Cid")
PLACES = ("Mill", "Pass", "Town")
LOG_IDS = ("c1" * 8, "c2" * 8, "c3" * 8)
CUTOFFS = (14_400, 32_400, 43_200)
LEAVE_BY = (15_300, 0, 0)
KM = (20, 45, 60)
RULES = "".join(
    f'[[rules.checkpoint]]\nplace = "{place}"\nkm = {km}\ncutoff_s = {cutoff_s}\n'
    f"leave_by_s = {leave_s}\nin_and_out = {str(place != 'Town').lower()}\n"
    for place, km, cutoff_s, leave_s in zip(PLACES, KM, CUTOFFS, LEAVE_BY, strict=True)
)


@dataclass
class Stop:
    """in_s at a station, out_s from it (None: not seen); is_missed: the station read neither."""

    in_s: int
    out_s: int | None
    is_missed: bool = False


@dataclass
class Life:
    """graces: seconds for the cutoff of a leg, made beforehand. dropout_s: the director's word."""

    name: str
    stops: list[Stop] = field(default_factory=list[Stop])
    graces: dict[int, int] = field(default_factory=dict[int, int])
    dropout_s: int | None = None


@dataclass
class Expected:
    """What the log must say."""

    status: str
    reason: str
    verdicts: list[str]
    counted: int
    next_cutoff_s: int | None


def _seen(life: Life, now_s: int) -> list[Stop | None]:
    """The stops that anything shows by now; None: passed, and not seen there."""
    shown: list[Stop | None] = []
    for stop in life.stops:
        is_known = not stop.is_missed and stop.in_s <= now_s
        shown.append(stop if is_known else None)
    while shown and shown[-1] is None:
        shown.pop()
    return shown


def _verdicts(life: Life, seen: list[Stop | None]) -> list[str]:
    found: list[str] = []
    for number, stop in enumerate(seen):
        before = seen[number - 1] if number else None
        leave_s = LEAVE_BY[number - 1] if number else 0
        left_s = before.out_s if before is not None else None
        is_late = bool(leave_s) and left_s is not None and left_s > leave_s
        if stop is None:
            found.append("provisional")
        elif stop.in_s > CUTOFFS[number] + life.graces.get(number, 0) or is_late:
            found.append("over cutoff")
        elif any(verdict in ("over cutoff", "void") for verdict in found):
            found.append("void")
        else:
            found.append("counted")
    return found


def expected(life: Life, now_s: int) -> Expected:
    """By the rules, from what he did."""
    seen = _seen(life, now_s)
    verdicts = _verdicts(life, seen)
    counted = 0
    while counted < len(verdicts) and verdicts[counted] in ("counted", "provisional"):
        counted += 1
    last = seen[-1] if seen else None
    has_left = last is None or (last.out_s is not None and last.out_s <= now_s)
    number = len(seen)  # the leg that he is on, or would be on next
    if number < len(PLACES) and has_left:
        verdicts.append("open")
    is_out = life.dropout_s is not None and life.dropout_s <= now_s
    status, reason, next_s = "finished", "", None
    if counted < len(PLACES):
        status, reason, next_s = _status(life, verdicts, has_left, last, now_s)
        if is_out:
            status, reason, next_s = "out", "injured", None
    return Expected(status, reason, verdicts, counted, next_s)


def _status(
    life: Life, verdicts: list[str], has_left: bool, last: Stop | None, now_s: int
) -> tuple[str, str, int | None]:
    number = len(verdicts) - 1 if has_left else len(verdicts)
    leave_s = LEAVE_BY[number - 1] if number else 0
    if "over cutoff" in verdicts:
        return "out", "missed cutoff", None
    if has_left:
        if leave_s and last is not None and last.out_s is not None and last.out_s > leave_s:
            return "out", "missed cutoff", None
        limit_s = CUTOFFS[number] + life.graces.get(number, 0)
        return ("on course" if now_s <= limit_s else "overdue"), "", limit_s
    limit_s = leave_s or CUTOFFS[number] + life.graces.get(number, 0)
    if now_s <= limit_s:
        return "in camp", "", limit_s
    return "out", "missed cutoff", None


@st.composite
def lives(draw: st.DrawFn, name: str) -> Life:
    """He gets so far, and no further."""
    life = Life(name)
    at_s = 0
    near = st.sampled_from([-1, 0, 1, 300])
    for number in range(draw(st.sampled_from([0, 1, 2, 3, 3, 3]))):
        took_s = draw(st.sampled_from([9_000, 10_000, CUTOFFS[number] - at_s + draw(near)]))
        if took_s < 1_000:
            break
        in_s = at_s + took_s
        stays = number == 2 or draw(st.integers(0, 9)) == 9
        out_s = in_s + draw(st.sampled_from([120, 900]))
        if LEAVE_BY[number] > in_s + 100 and draw(st.booleans()):
            out_s = LEAVE_BY[number] + draw(near)
        is_missed = number < 2 and draw(st.integers(0, 9)) == 9
        life.stops.append(Stop(in_s, None if stays else out_s, is_missed))
        if draw(st.integers(0, 9)) == 9:
            life.graces[number] = 600
        at_s = in_s if stays else out_s
        if stays:
            break
    if draw(st.integers(0, 9)) == 9:
        life.dropout_s = at_s + 500
    return life


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Life], int]:
    """A few runners and a moment."""
    race = [draw(lives(name)) for name in NAMES]
    stops = [stop for life in race for stop in life.stops]
    known = [*CUTOFFS, *(limit_s for limit_s in LEAVE_BY if limit_s), 60_000]
    known += [at_s for stop in stops for at_s in (stop.in_s, stop.out_s) if at_s is not None]
    return race, draw(st.sampled_from(sorted(known))) + draw(st.sampled_from([0, 1, 600]))


def observed(race: list[Life]) -> RaceKit:
    """What the stations see, and what is ruled."""
    kit = RaceKit("point-to-point", RULES)
    for number, (log_id, place) in enumerate(zip(LOG_IDS, PLACES, strict=True)):
        kit.stations[log_id] = Station(log_id, 11 + number, "gate", place.lower(), place)
    kit.runners(*(life.name for life in race))
    for life in race:
        for log_id, stop in zip(LOG_IDS, life.stops, strict=False):
            times = [] if stop.is_missed else [stop.in_s]
            times += [] if stop.is_missed or stop.out_s is None else [stop.out_s]
            kit.tag(life.name, *times, station=log_id, bound_us=0)
        for number, seconds in life.graces.items():
            data: dict[str, Any] = {"runner": life.name, "loop": number + 1, "seconds": seconds}
            kit.rule("grace", 0, **data)
        if life.dropout_s is not None:
            kit.rule("dropout", life.dropout_s, runner=life.name, reason="injured")
    return kit


def check(race: list[Life], now_s: int) -> None:
    """The log at this moment says of everybody what is true, and ranks them so."""
    log = observed(race).log(now_s)
    for life in race:
        shown, true = line(log, life.name), expected(life, now_s)
        next_s = None if shown.next_cutoff_us is None else shown.next_cutoff_us // US
        verdicts = [leg.verdict for leg in shown.loops]
        assert (
            Expected(shown.status, shown.reason, verdicts, shown.loops_counted, next_s) == true
        ), (life, now_s)
    legs = [line(log, shown.name).loops_counted for shown in log.runners]
    assert legs == sorted(legs, reverse=True)
