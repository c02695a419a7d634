"""Barkleys of which the truth is known: what each runner did, and what the log must then say.

The truth is drawn first (plausible loops, some too slow, pages short, late starts, graces, taps,
words of the director). From it come the observations and the rulings; and, by a second and much
simpler reading of the rules that knows nothing of touches, what must stand in the log at any
moment. Seconds since the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from racekit import TOWER, RaceKit, line
from yellowgate.race.official_log import RunnerLog
from yellowgate.times import US

HOUR = 3600
CUTOFFS = [48_000, 96_000, 144_000, 172_800, 216_000]
START_BY = [0, 48_000, 96_000, 129_600, 172_800]
FUN_S = 144_000
PAGES = 13
NAMES = ("Ann", "Bob", "Cid", "Dot")


@dataclass
class Walk:
    """One loop as it was. in_s None: he does not come back. word_s: when the director counted the
    pages (None: never). corrected_s: when he found that one is missing after all. grace: of
    "cutoff" or "start", to seconds (None: as long as it took), made beforehand.
    """

    out_s: int
    in_s: int | None
    is_seen_leaving: bool = True
    word_s: int | None = None
    have: int = PAGES
    corrected_s: int | None = None
    graces: dict[str, int | None] = field(default_factory=dict[str, "int | None"])


@dataclass
class Life:
    """A runner's race. taps_s: the bugle; dropout_s: the director's word that he is out."""

    name: str
    walks: list[Walk] = field(default_factory=list[Walk])
    taps_s: int | None = None
    dropout_s: int | None = None


@dataclass
class Expected:
    """What the log must say of a runner."""

    status: str
    reason: str
    verdicts: list[str]
    counted: int
    result_s: int | None
    next_cutoff_s: int | None


def _limit(walk: Walk, what: str, limit_s: int) -> int:
    if what not in walk.graces:
        return limit_s
    extra_s = walk.graces[what]
    return 1 << 40 if extra_s is None else limit_s + extra_s


def _leave_by(life: Life, number: int) -> int:
    """For loop `number`, counted from 0. Grace for a cutoff that is the last moment to leave, too,
    is grace for both.
    """
    coming = life.walks[number] if number < len(life.walks) else Walk(0, None)
    if "start" not in coming.graces and START_BY[number] == CUTOFFS[number - 1]:
        return _limit(life.walks[number - 1], "cutoff", START_BY[number])
    return _limit(coming, "start", START_BY[number])


def _left_s(life: Life, number: int) -> int:
    """When he left, as far as anybody saw it: not before he was in."""
    walk = life.walks[number]
    return walk.out_s if walk.is_seen_leaving else life.walks[number - 1].in_s or 0


def tower_s(walk: Walk) -> float | None:
    """When the tower saw him: half way round."""
    return None if walk.in_s is None else (walk.out_s + walk.in_s) / 2


def verdict(life: Life, number: int, bad: bool, now_s: int) -> str:
    """Of a loop that he was seen to begin."""
    walk = life.walks[number]
    if walk.in_s is None or walk.in_s > now_s:
        return "open"
    is_late = number > 0 and _left_s(life, number) >= _leave_by(life, number)
    if walk.in_s > _limit(walk, "cutoff", CUTOFFS[number]) or is_late:
        return "over cutoff"
    if bad:
        return "void"
    if walk.word_s is None or walk.word_s > now_s:
        return "provisional"
    is_short = walk.corrected_s is not None and walk.corrected_s <= now_s
    return "counted" if walk.have == PAGES and not is_short else "pages missing"


def _begun(life: Life, now_s: int) -> list[int]:
    """The loops of which anything was seen by now."""
    shown: list[int] = []
    for number, walk in enumerate(life.walks):
        began_s = walk.out_s if walk.is_seen_leaving else tower_s(walk)
        if number == 0 or (began_s is not None and began_s <= now_s):
            shown.append(number)
    return shown


def expected(life: Life, now_s: int) -> Expected:
    """By the rules, from what he did."""
    verdicts: list[str] = []
    for number in _begun(life, now_s):
        bad = any(verdict not in ("counted", "provisional") for verdict in verdicts)
        verdicts.append(verdict(life, number, bad, now_s))
    counted = 0
    while counted < len(verdicts) and verdicts[counted] in ("counted", "provisional"):
        counted += 1
    result_s = life.walks[counted - 1].in_s if counted else None
    status, reason, next_s = _status(life, verdicts, counted, now_s)
    if status == "out" and counted >= 3:
        third = life.walks[2]
        if (third.in_s or 0) <= _limit(third, "cutoff", FUN_S):
            status = "fun run"
    return Expected(status, reason, verdicts, counted, result_s, next_s)


def _status(
    life: Life, verdicts: list[str], counted: int, now_s: int
) -> tuple[str, str, int | None]:
    number = len(verdicts) - 1
    verdict = verdicts[-1]
    bad = next((one for one in verdicts if one in ("over cutoff", "pages missing")), "")
    is_late = verdict == "open" and number > 0 and _left_s(life, number) >= _leave_by(life, number)
    if counted == 5:
        return "finished", "", None
    if life.dropout_s is not None and life.dropout_s <= now_s:
        return "out", "injured", None
    if verdict != bad == "pages missing":
        return "out", "page missing", None
    if bad == "over cutoff" or is_late:
        return "out", "missed cutoff", None
    return _still_in(life, verdict, number, now_s)


def _still_in(life: Life, verdict: str, number: int, now_s: int) -> tuple[str, str, int | None]:
    """Unless he was tapped out, or is too late for what he has to do next."""
    walk = life.walks[number]
    by_cutoff_s = _limit(walk, "cutoff", CUTOFFS[number])
    shown_s = by_cutoff_s if by_cutoff_s < 1 << 40 else CUTOFFS[number]
    is_tapped = life.taps_s is not None and life.taps_s <= now_s
    if verdict == "pages missing":
        if is_tapped or now_s > by_cutoff_s:
            return "out", "page missing", None
        return "in camp", "may go back for a page", shown_s
    if is_tapped:
        return "out", "tapped out", None
    if verdict == "open":
        return ("overdue" if now_s > by_cutoff_s else "on course"), "", shown_s
    return _in_camp(life, number, now_s)


def _in_camp(life: Life, number: int, now_s: int) -> tuple[str, str, int | None]:
    """After loop `number`, counted from 0."""
    leave_s = _leave_by(life, number + 1)
    if now_s >= leave_s:
        return "out", "missed cutoff", None
    return "in camp", "", leave_s if leave_s < 1 << 40 else START_BY[number + 1]


_NEAR = st.sampled_from([-1, 0, 1, 30, 90, -600, 600])


def _once_in(n: int) -> st.SearchStrategy[bool]:
    return st.sampled_from([*[False] * (n - 1), True])


@st.composite
def lives(draw: st.DrawFn, name: str) -> Life:
    """What a runner may do. Every second one is strong and careful enough to get far."""
    life = Life(name)
    rarely = _once_in(draw(st.sampled_from([6, 60])))
    pace_s = HOUR * draw(st.sampled_from([7, 8, 9, 11, 13])) + draw(st.sampled_from([0, 1, 1700]))
    at_s = 0
    for number in range(5):
        walk = draw(_walks(at_s, number, pace_s + number * HOUR // 2, rarely))
        life.walks.append(walk)
        in_s = walk.in_s
        if in_s is None:
            break
        if draw(rarely) or (walk.have < PAGES and walk.word_s is not None):
            life.taps_s = in_s + 700 if draw(st.booleans()) else None
            break
        at_s = in_s + draw(st.sampled_from([900, 2 * HOUR]))
        if number < 4 and draw(rarely):
            near_s = START_BY[number + 1] + draw(_NEAR)
            if at_s < near_s < in_s + 4 * HOUR:  # later, the touch would be another arrival
                at_s = near_s
    for walk, later in pairwise(life.walks):
        # Of who was not seen leaving it would be the word that sent him back.
        if walk.word_s is not None and later.is_seen_leaving and draw(rarely):
            walk.corrected_s = later.out_s + draw(st.sampled_from([60, 5 * HOUR]))
    if draw(rarely):
        last = life.walks[-1]
        life.dropout_s = (last.in_s or last.out_s) + 800
    return life


@st.composite
def _walks(
    draw: st.DrawFn, out_s: int, number: int, took_s: int, rarely: st.SearchStrategy[bool]
) -> Walk:
    if draw(rarely):
        took_s = CUTOFFS[number] - out_s + draw(_NEAR)
    in_s = None if draw(rarely) or took_s < 4.1 * HOUR else out_s + took_s
    walk = Walk(out_s, in_s, number == 0 or in_s is None or not draw(rarely))
    for what in ("cutoff", "start"):
        if draw(rarely):
            walk.graces[what] = draw(st.sampled_from([None, 60, 3600]))
    if in_s is not None and not draw(rarely):
        walk.word_s = in_s + draw(st.sampled_from([60, 600]))
        walk.have = PAGES - draw(rarely)
    return walk


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Life], int]:
    """A few runners, and a moment: near something that happens, or any."""
    race = [draw(lives(name)) for name in NAMES]
    known = [*CUTOFFS, *START_BY, 220_000]
    for life in race:
        known += [at_s for walk in life.walks for at_s in (walk.out_s, walk.in_s) if at_s]
    now_s = draw(st.sampled_from(sorted(known))) + draw(st.sampled_from([0, 1, -1, 70, 5000]))
    return race, max(0, now_s)


def observed(race: list[Life]) -> RaceKit:
    """What stations see of it, and what is ruled."""
    kit = RaceKit("barkley")
    kit.runners(*(life.name for life in race))
    for life in race:
        for number, walk in enumerate(life.walks):
            _observe(kit, life.name, number, walk)
        if life.taps_s is not None:
            kit.taps(life.name, life.taps_s)
        if life.dropout_s is not None:
            kit.rule("dropout", life.dropout_s, runner=life.name, reason="injured")
    return kit


def _observe(kit: RaceKit, name: str, number: int, walk: Walk) -> None:
    for what, extra_s in walk.graces.items():
        more: dict[str, Any] = {} if extra_s is None else {"seconds": extra_s}
        kit.rule("grace", 0, runner=name, loop=number + 1, for_=what, **more)
    if number > 0 and walk.is_seen_leaving:
        kit.tag(name, walk.out_s, bound_us=0)
    if walk.in_s is None:
        return
    kit.tag(name, (walk.out_s + walk.in_s) / 2, station=TOWER)
    kit.tag(name, walk.in_s, walk.in_s + 3, bound_us=0)
    if walk.word_s is not None:
        kit.pages(name, number + 1, walk.word_s, walk.have)
    if walk.corrected_s is not None:
        kit.pages(name, number + 1, walk.corrected_s, PAGES - 1)


def said(shown: RunnerLog) -> Expected:
    """The same of the log."""
    result_us, next_us = shown.result_us, shown.next_cutoff_us
    return Expected(
        shown.status,
        "" if shown.status == "finished" else shown.reason,
        [loop.verdict for loop in shown.loops],
        shown.loops_counted,
        None if result_us is None else result_us // US,
        None if next_us is None else next_us // US,
    )


def check(race: list[Life], now_s: int) -> None:
    """The log at this moment says of everybody what is true, and ranks them so."""
    log = observed(race).log(now_s)
    keys: list[tuple[int, int, int]] = []
    for life in race:
        true, shown = expected(life, now_s), line(log, life.name)
        assert said(shown) == true, (life, now_s)
    for shown in log.runners:
        life = next(life for life in race if life.name == shown.name)
        true = expected(life, now_s)
        keys.append((true.status != "finished", -true.counted, true.result_s or 0))
    assert keys == sorted(keys)
