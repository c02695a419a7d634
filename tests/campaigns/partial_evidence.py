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

Printed is how many of the loops are stated without doubt, of those that all evidence would leave
without doubt. A share below the least that is allowed fails: a log that doubts everything is true
and worthless.
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
LEAST = {0.5: 0.15, 0.9: 0.4, 1.0: 1.0}  # of the loops; so much must be stated without doubt


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


def main() -> int:
    """Run the presets; say how much is stated and how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(PRESETS))
    options = parser.parse_args()
    is_worthless = False
    for name, preset in PRESETS.items():
        if options.only not in (None, name):
            continue
        began = time.perf_counter()
        counts = run(preset, options.races, options.seed)
        spent_s = time.perf_counter() - began
        shown = ", ".join(
            f"{share:.0%}: {count.share:.0%} of {count.loops}" for share, count in counts.items()
        )
        print(f"{name}: {options.races} races in {spent_s:.0f} s; {shown}", flush=True)
        is_worthless |= any(counts[share].share < least for share, least in LEAST.items())
    return 1 if is_worthless else 0


if __name__ == "__main__":
    sys.exit(main())
