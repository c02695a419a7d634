"""The properties of the official log, on as many random races as wanted.

    tests/campaigns/race_properties.py --cases 10000

Each property runs on that many races; a failure prints the smallest race that shows it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))

import raceproperties
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from raceworlds import World, worlds

Property = Callable[[World, random.Random], None]
PROPERTIES: dict[str, Property] = {
    "any order, same bytes": raceproperties.same_bytes_in_any_order,
    "any way of merging, same bytes": raceproperties.same_bytes_by_any_way_of_merging,
    "no observation vanishes": lambda world, _rng: raceproperties.no_observation_vanishes(world),
    "undoing restores the bytes": raceproperties.undoing_restores_the_bytes,
    "a late record changes what it bears on": raceproperties.late_record_changes_what_it_bears_on,
}


def run(holds: Property, cases: int) -> None:
    """Try one property; raises AssertionError with the smallest counterexample."""

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(worlds(), st.integers(0, 10**6))
    def try_it(world: World, seed: int) -> None:
        holds(world, random.Random(seed))

    try_it()


def main() -> None:
    """Run all properties and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--only", choices=sorted(PROPERTIES))
    options = parser.parse_args()
    for name, holds in PROPERTIES.items():
        if options.only in (None, name):
            began = time.perf_counter()
            run(holds, options.cases)
            spent_s = time.perf_counter() - began
            print(f"{name}: {options.cases} races in {spent_s:.0f} s", flush=True)


if __name__ == "__main__":
    main()
