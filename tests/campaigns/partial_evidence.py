"""Whatever the official log states without doubt, of any part of the evidence, is what happened.

    tests/campaigns/partial_evidence.py [--races 10000] [--seed N] [--only PRESET]

Races of every preset, of which the truth is known; of each, parts of the evidence (10, 50, 90 and
100 per cent of the records, in several patterns, with and without boot records, and of the
rulings). A statement is a loop with its times and verdict, or a runner's status, that neither is
marked doubtful nor waits for a person's decision. Each must be true of what happened; of what is
here of the rulings (one that another laptop has is not known, and changes what counts, not what
happened); and a status as of the moment up to which the log says that it is known. When all
evidence is in, every loop that happened must stand in the log, and nothing may be in doubt for what
is missing.

Printed is how many loops are stated without doubt, of those that the log states and all evidence
would leave without doubt, and of all that happened. A share below the least that is allowed fails:
a log that doubts everything is true and worthless.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))

import hypothesis
import partial
import partialbarkley
import partiallaps
import partialway
import partialyard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PRESETS = {
    "barkley": partialbarkley,
    "backyard": partialyard,
    "laps": partiallaps,
    "point-to-point": partialway,
}
# So much of the loops that the log states must be stated without doubt, by share of the evidence;
# of few loops (a tenth of the evidence shows hardly any) nothing is held.
LEAST = {
    "barkley": {0.1: 0.03, 0.5: 0.25, 0.9: 0.48, 1.0: 1.0},
    "backyard": {0.1: 0.05, 0.5: 0.65, 0.9: 0.78, 1.0: 1.0},
    "laps": {0.1: 0.2, 0.5: 0.6, 0.9: 0.72, 1.0: 1.0},
    "point-to-point": {0.1: 0.0, 0.5: 0.15, 0.9: 0.36, 1.0: 1.0},
}
LOOPS_MIN = 30


def run(preset: ModuleType, races: int, seed: int) -> dict[float, partial.Count]:
    """Try the property; raises AssertionError with the smallest counterexample."""
    counts = {share: partial.Count() for share in partial.SHARES}

    @hypothesis.seed(seed)
    @settings(
        max_examples=races,
        deadline=None,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(preset.TRUTH.races(), st.integers(0, 10**6))
    def holds(race: tuple[list[Any], int], lots: int) -> None:
        for share, count in counts.items():
            preset.check(*race, lots, share, count)

    holds()
    return counts


def too_doubtful(name: str, counts: dict[float, partial.Count], slack: float = 0.0) -> list[str]:
    """Where the log states less than it should. slack: less by so much is right, of few races."""
    return [
        f"{name}: at {share:.0%} of the evidence {counts[share].share:.0%} of {counts[share].loops}"
        f" loops without doubt, at least {least:.0%} are held"
        for share, least in LEAST[name].items()
        if counts[share].share < (least - slack if share < 1 else least)
        and counts[share].loops >= LOOPS_MIN
    ]


def main() -> int:
    """Run the presets; say how much is stated and how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(PRESETS))
    options = parser.parse_args()
    worthless: list[str] = []
    for name, preset in PRESETS.items():
        if options.only not in (None, name):
            continue
        began = time.perf_counter()
        counts = run(preset, options.races, options.seed)
        spent_s = time.perf_counter() - began
        shown = ", ".join(
            f"{share:.0%}: {count.share:.0%} of {count.loops} ({count.share_of_all:.1%} of "
            f"{count.happened} that happened)"
            for share, count in counts.items()
        )
        print(f"{name}: {options.races} races in {spent_s:.0f} s; {shown}", flush=True)
        worthless += too_doubtful(name, counts)
    for line in worthless:
        print(line)
    return 1 if worthless else 0


if __name__ == "__main__":
    sys.exit(main())
