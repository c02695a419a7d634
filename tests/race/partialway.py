"""What the log of a race from point to point may state of a part of the evidence, by the truth of
waytruth.py.
"""

from __future__ import annotations

import random
from copy import deepcopy

import partial
import racekit
import waytruth
from waytruth import CUTOFFS, LEAVE_BY, Life
from yellowgate.race.official_log import Loop, RunnerLog

TRUTH = waytruth
LIMITS_S = [limit_s + grace_s for limit_s in (*CUTOFFS, *LEAVE_BY) for grace_s in (0, 600)]


def played(race: list[Life], now_s: int, rng: random.Random) -> partial.Played:
    """All of it."""
    return partial.play(waytruth.observed(race), now_s, rng, limits_s=LIMITS_S)


def check(
    race: list[Life], now_s: int, seed: int, share: float, count: partial.Count | None = None
) -> None:
    """The property, for one part of this race's evidence."""
    rng = random.Random(seed)
    whole = played(race, now_s, rng)
    held = partial.take(whole, share, rng)
    log = partial.log_of(whole, held, now_s)
    for given in race:
        life = _as_ruled(given, whole, held)
        shown = racekit.line(log, life.name)
        if count is not None:
            count.add(shown, sum(stop.in_s <= now_s for stop in life.stops))
        for loop in shown.loops:
            if not partial.in_doubt(loop):
                _check_leg(life, loop, now_s)
        if log.start_us is not None and not partial.is_doubted(log, shown):
            _check_status(life, shown, now_s)
        if held.is_all:
            true = waytruth.expected(life, now_s)
            partial.check_verdicts(shown, true.verdicts)
            assert shown.known_us is None, ("known", life)
            partial.check_words(shown)


def _as_ruled(life: Life, whole: partial.Played, held: partial.Held) -> Life:
    life = deepcopy(life)
    for ruling in partial.missing(whole, held, "grace", runner=life.name):
        del life.graces[ruling.data["loop"] - 1]
    if partial.missing(whole, held, "dropout", runner=life.name):
        life.dropout_s = None
    return life


def true_verdict(life: Life, number: int) -> str:
    """Of the leg to station `number`, from 0, whether the stations saw it or not."""
    over = [_is_over(life, at) for at in range(number + 1)]
    return "over cutoff" if over[-1] else "void" if any(over) else "counted"


def _is_over(life: Life, number: int) -> bool:
    left_s = life.stops[number - 1].out_s if number else None
    leave_s = LEAVE_BY[number - 1] if number else 0
    is_late = bool(leave_s) and left_s is not None and left_s > leave_s
    return is_late or life.stops[number].in_s > CUTOFFS[number] + life.graces.get(number, 0)


def _check_leg(life: Life, loop: Loop, now_s: int) -> None:
    context = (life, now_s, loop)
    if loop.out_us is not None and loop.loop > 1:
        out_s = life.stops[loop.loop - 2].out_s
        assert out_s is not None, ("never left", *context)
        assert abs(loop.out_us / 1e6 - out_s) <= 4.1, ("left at another time", *context)
    if loop.verdict == "open":
        return
    assert loop.loop <= len(life.stops), ("never was there", *context)
    true = true_verdict(life, loop.loop - 1)
    if loop.in_us is None:  # provisional: was there, and in time
        assert true == "counted", ("verdict", true, *context)
        return
    assert abs(loop.in_us / 1e6 - life.stops[loop.loop - 1].in_s) <= 4.1, ("another time", *context)
    assert loop.verdict == true, ("verdict", true, *context)


def _check_status(life: Life, shown: RunnerLog, now_s: int) -> None:
    known_s = now_s + 5.0 if shown.known_us is None else shown.known_us / 1e6
    true = [_true(life, moment_s, now_s) for moment_s in (known_s - 4.2, known_s, known_s + 4.2)]
    said = (shown.status, shown.loops_counted)
    assert said in true, ("status", said, true, known_s, now_s, life)


def _true(life: Life, known_s: float, now_s: int) -> tuple[str, int]:
    cut = deepcopy(life)
    for number, stop in enumerate(cut.stops):
        if stop.in_s > known_s:
            del cut.stops[number:]
            break
        if stop.out_s is not None and stop.out_s > known_s:
            stop.out_s = None
    true = waytruth.expected(cut, now_s)
    return true.status, true.counted
