"""What a Barkley's log may state of a part of the evidence, by the truth of barkleytruth.py."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy

import barkleytruth
import partial
import racekit
from barkleytruth import PAGES, Life
from yellowgate.model import Ruling
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog

TRUTH = barkleytruth
LIMITS_S = [
    limit_s + grace_s
    for limit_s in (*barkleytruth.CUTOFFS, *barkleytruth.START_BY)
    for grace_s in (0, 60, 3600)
]


def played(race: list[Life], now_s: int, rng: random.Random) -> partial.Played:
    """All of it."""
    presses = rng.choice([0.0, 0.0, 0.05])
    return partial.play(barkleytruth.observed(race), now_s, rng, presses, _use_of(race), LIMITS_S)


def _use_of(race: list[Life]) -> Callable[[str, float], str]:
    leaving = {(life.name, walk.out_s) for life in race for walk in life.walks}
    coming = {
        (life.name, walk.in_s + later_s)
        for life in race
        for walk in life.walks
        if walk.in_s is not None
        for later_s in (0, 3)
    }

    def use(name: str, at_s: float) -> str:
        who = (name, round(at_s))
        return "in" if who in coming else "out" if who in leaving else ""

    return use


def check(
    race: list[Life], now_s: int, seed: int, share: float, count: partial.Count | None = None
) -> None:
    """The property, for one part of this race's evidence."""
    rng = random.Random(seed)
    whole = played(race, now_s, rng)
    held = partial.take(whole, share, rng)
    log = partial.log_of(whole, held, now_s)
    for life in race:
        shown = racekit.line(log, life.name)
        ruled = _as_ruled(life, whole, held)
        if count is not None:
            count.add(
                shown, sum(walk.in_s is not None and walk.in_s <= now_s for walk in life.walks)
            )
        for loop in shown.loops:
            if not partial.in_doubt(loop):
                _check_loop(ruled, loop, now_s, shown)
        if log.start_us is not None and not partial.is_doubted(log, shown):
            _check_status(ruled, shown, now_s)
        if held.is_all:
            _check_all(ruled, log, shown, now_s)


def _as_ruled(life: Life, whole: partial.Played, held: partial.Held) -> Life:
    """The same life, as far as its rulings are here."""
    life = deepcopy(life)
    for ruling in partial.missing(whole, held, "pages", runner=life.name):
        walk = life.walks[ruling.data["loop"] - 1]
        if _made_s(ruling) == walk.corrected_s:
            walk.corrected_s = None
        else:
            walk.word_s = None
    for walk in life.walks:
        if walk.word_s is None and walk.corrected_s is not None:
            walk.word_s, walk.have, walk.corrected_s = walk.corrected_s, PAGES - 1, None
    for ruling in partial.missing(whole, held, "grace", runner=life.name):
        del life.walks[ruling.data["loop"] - 1].graces[ruling.data["for"]]
    if partial.missing(whole, held, "dropout", runner=life.name):
        life.dropout_s = None
    return life


def _made_s(ruling: Ruling) -> int:
    return round((ruling.at_us - racekit.START_US) / 1e6)


def true_verdict(life: Life, number: int, now_s: int) -> str:
    """Of loop `number`, counted from 0, whether anybody saw its beginning or not."""
    life = deepcopy(life)
    for walk in life.walks:
        walk.is_seen_leaving = True
    bad = False
    for one in range(number):
        bad |= barkleytruth.verdict(life, one, bad, now_s) not in ("counted", "provisional")
    return barkleytruth.verdict(life, number, bad, now_s)


def _check_loop(life: Life, loop: Loop, now_s: int, shown: RunnerLog) -> None:
    context = (life, now_s, loop)
    assert loop.loop <= len(life.walks), ("no such loop", *context)
    walk = life.walks[loop.loop - 1]
    slack_s = 4.1  # bounds of two clocks
    if loop.out_us is not None:
        assert abs(loop.out_us / 1e6 - walk.out_s) <= slack_s, ("left at another time", *context)
    assert walk.out_s <= now_s + slack_s, ("not begun", *context)
    if loop.in_us is None:
        return
    assert walk.in_s is not None, ("never came back", *context)
    assert abs(loop.in_us / 1e6 - walk.in_s) <= slack_s, ("came in at another time", *context)
    assert loop.verdict == true_verdict(life, loop.loop - 1, now_s), ("verdict", *context)


def _check_status(life: Life, shown: RunnerLog, now_s: int) -> None:
    """As far as is known: of what came later the log says that it does not know. Of what happened
    in that very moment it may know or not.
    """
    known_s = now_s + 5.0 if shown.known_us is None else shown.known_us / 1e6
    moments = [known_s - 4.2, known_s, known_s + 4.2]
    said = barkleytruth.said(shown)
    true = [_true_status(life, known_s, now_s) for known_s in moments]
    if said.status == "on course" and not _is_back(life, now_s):
        assert said.counted in [one.counted for one in true], ("counted", said, true, life)
        return  # as a touch at the tower proves, whatever else is missing
    assert (said.status, said.counted) in [(one.status, one.counted) for one in true], (
        "status", said, true, moments, now_s, life,
    )  # fmt: skip
    if shown.accounted and shown.status in ("out", "fun run"):
        assert any(_is_back(life, moment_s) for moment_s in moments), ("lost", shown, life)


def _is_back(life: Life, at_s: float) -> bool:
    """Is the runner in camp at this moment, or before the gate with the bugle? Of a departure that
    no station and nobody saw nothing can tell.
    """
    is_out = any(
        left_s <= at_s and (walk.in_s is None or walk.in_s > at_s)
        for walk in life.walks
        if (left_s := walk.out_s if walk.is_seen_leaving else barkleytruth.tower_s(walk))
        is not None
    )
    return not is_out or (life.taps_s is not None and life.taps_s <= at_s)


def _true_status(life: Life, known_s: float, now_s: int) -> barkleytruth.Expected:
    cut = deepcopy(life)
    for number, walk in enumerate(cut.walks):
        if number and walk.out_s > known_s:
            walk.out_s, walk.in_s = 1 << 40, None  # not begun; a grace for it stands
            del cut.walks[number + 1 :]
            break
        tower_s = barkleytruth.tower_s(walk)
        if walk.in_s is not None and walk.in_s > known_s:
            walk.is_seen_leaving |= tower_s is not None and tower_s <= known_s
            walk.in_s = None
    if cut.taps_s is not None and cut.taps_s > known_s:
        cut.taps_s = None
    return barkleytruth.expected(cut, now_s)


def _check_all(life: Life, log: OfficialLog, shown: RunnerLog, now_s: int) -> None:
    """All evidence is here: all that happened is stated, and only clocks and what nobody saw leave
    doubt.
    """
    true = barkleytruth.expected(life, now_s)
    partial.check_verdicts(shown, true.verdicts)
    assert shown.known_us is None, ("known", life, now_s, shown.known_us / 1e6)
    partial.check_words(shown)
