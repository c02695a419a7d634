"""What the log of a fixed-time race may state of a part of the evidence, by the truth of
laptruth.py, before the paper is typed in: laps that the station saw.
"""

from __future__ import annotations

import random

import laptruth
import partial
import racekit
from laptruth import END_S, Life

TRUTH = laptruth


def played(race: list[Life], now_s: int, rng: random.Random) -> partial.Played:
    """All of it, without the paper sheet."""
    kit = laptruth.observed(race)
    kit.rulings.clear()
    return partial.play(kit, now_s, rng, limits_s=[END_S])


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
        true = [0, *(at_s for at_s, is_seen, _ in life.laps if is_seen and at_s <= now_s)]
        if count is not None:
            count.add(shown, len(true) - 1)
        for lap in shown.loops:
            if partial.in_doubt(lap):
                continue
            context = (life, now_s, lap)
            out_s, in_s = (lap.out_us or 0) / 1e6, (lap.in_us or 0) / 1e6
            found = [at for at, at_s in enumerate(true) if at and abs(at_s - in_s) < 4.1]
            assert found, ("no such lap", *context)
            assert abs(true[found[0] - 1] - out_s) < 4.1, (
                "begun otherwise",
                *context,
            )
            is_late = true[found[0]] > END_S
            assert lap.verdict == ("over cutoff" if is_late else "counted"), ("verdict", *context)
        if log.start_us is not None and not partial.is_doubted(log, shown):
            known_s = now_s + 5.0 if shown.known_us is None else shown.known_us / 1e6
            counts = [
                sum(0 < at_s <= min(END_S, known_s + slack_s) for at_s in true)
                for slack_s in (-2.1, 2.1)
            ]
            assert shown.loops_counted in counts, ("laps", shown.loops_counted, counts, life)
        if held.is_all:
            assert len(shown.loops) == len(true) - 1, ("all", life, now_s)
            assert shown.known_us is None, ("known", life)
            partial.check_words(shown)
