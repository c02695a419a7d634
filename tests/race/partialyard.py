"""What a backyard's log may state of a part of the evidence, by the truth of yardtruth.py."""

from __future__ import annotations

import random
from copy import deepcopy

import partial
import racekit
import yardtruth
from yardtruth import HOUR, Life
from yellowgate.race.official_log import Loop, RunnerLog

TRUTH = yardtruth
LIMITS_S = [number * HOUR for number in range(9)]


def played(race: list[Life], now_s: int, rng: random.Random) -> partial.Played:
    """All of it."""
    presses = rng.choice([0.0, 0.0, 0.05])
    kit = yardtruth.observed(race)
    return partial.play(kit, now_s, rng, presses, lambda _name, _at_s: "in", LIMITS_S)


def check(
    race: list[Life], now_s: int, seed: int, share: float, count: partial.Count | None = None
) -> None:
    """The property, for one part of this race's evidence."""
    rng = random.Random(seed)
    whole = played(race, now_s, rng)
    held = partial.take(whole, share, rng)
    log = partial.log_of(whole, held, now_s)
    race = [_as_ruled(life, whole, held) for life in race]
    for life in race:
        shown = racekit.line(log, life.name)
        if count is not None:
            count.add(shown, yardtruth.counted(life, now_s))
        for loop in shown.loops:
            if not partial.in_doubt(loop):
                _check_yard(life, loop, now_s)
        if log.start_us is not None and not partial.is_doubted(log, shown):
            _check_status(race, life, shown, now_s)
        if held.is_all:
            true = yardtruth.counted(life, now_s)
            assert shown.loops_counted == true, ("all", shown.loops_counted, true, life)
            assert shown.known_us is None, ("known", life)
            partial.check_words(shown)


def _as_ruled(life: Life, whole: partial.Played, held: partial.Held) -> Life:
    life = deepcopy(life)
    if partial.missing(whole, held, "dropout", runner=life.name):
        life.out_s = None
    return life


def _check_yard(life: Life, loop: Loop, now_s: int) -> None:
    context = (life, now_s, loop)
    after_s = life.yards[loop.loop - 1] if loop.loop <= len(life.yards) else None
    if loop.in_us is None:
        return
    assert after_s is not None, ("never came back", *context)
    true_s = (loop.loop - 1) * HOUR + after_s
    assert abs(loop.in_us / 1e6 - true_s) <= 4.1, ("came in at another time", *context)
    was_good = yardtruth.counted(life, now_s) >= loop.loop
    assert (loop.verdict == "counted") == was_good, ("verdict", *context)


def _check_status(race: list[Life], life: Life, shown: RunnerLog, now_s: int) -> None:
    """In the race or out, by what happened until it is known; who has won hangs on the others."""
    known_s = now_s + 5.0 if shown.known_us is None else shown.known_us / 1e6
    moments = [known_s - 4.2, *(known_s + half / 2 for half in range(-8, 9)), known_s + 4.2]
    if shown.status == "not started":
        return
    if shown.status == "finished":
        if any(other in shown.doubt for other in yardtruth.NAMES):
            return  # another one may have done as many
        won = yardtruth.expected(race, now_s)[life.name]
        assert (shown.status, shown.reason) == won[:2], ("won", won, shown, race)
        counts = [yardtruth.counted(life, round(moment_s)) for moment_s in moments]
        assert shown.loops_counted in counts, ("won", counts, shown, race)
        return
    true = [_true(life, moment_s, now_s) for moment_s in moments]
    said = (shown.status, shown.loops_counted)
    assert said in true, ("status", said, true, moments, now_s, life)


def _true(life: Life, known_s: float, now_s: int) -> tuple[str, int]:
    cut = deepcopy(life)
    for number, after_s in enumerate(cut.yards):
        if after_s is not None and number * HOUR + after_s > known_s:
            cut.yards[number] = None
    if cut.out_s is not None and cut.is_bugled and cut.out_s > known_s:
        cut.out_s = None
    return yardtruth.status(cut, now_s)[0], yardtruth.counted(cut, now_s)
