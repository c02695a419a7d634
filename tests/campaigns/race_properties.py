"""The properties of the official log, on as many random races as wanted.

    tests/campaigns/race_properties.py --cases 10000 [--seed N] [--only NAME]

Each property runs on that many races; a failure prints the smallest race that shows it. The seed
replays a run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))

import barkleytruth
import hypothesis
import laptruth
import raceproperties
import waytruth
import yardtruth
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from raceworlds import worlds

Property = tuple[st.SearchStrategy[Any], Callable[..., None]]


def of_world(holds: Callable[..., None]) -> Property:
    """A property of any race, however odd; what it draws by lot comes from a seed of its own."""
    lots = st.integers(0, 10**6).map(random.Random)
    return st.tuples(worlds(), lots), holds


PROPERTIES: dict[str, Property] = {
    "any order, same bytes": of_world(raceproperties.same_bytes_in_any_order),
    "any way of merging, same bytes": of_world(raceproperties.same_bytes_by_any_way_of_merging),
    "no observation vanishes": of_world(
        lambda world, _lots: raceproperties.no_observation_vanishes(world)
    ),
    "undoing restores the bytes": of_world(raceproperties.undoing_restores_the_bytes),
    "a late record changes what it bears on": of_world(
        raceproperties.late_record_changes_what_it_bears_on
    ),
    "the truth of a Barkley": (barkleytruth.races(), barkleytruth.check),
    "the truth of a backyard": (yardtruth.races(), yardtruth.check),
    "the truth of laps": (laptruth.races(), laptruth.check),
    "the truth from point to point": (waytruth.races(), waytruth.check),
}


def run(name: str, cases: int, seed: int) -> None:
    """Try one property; raises AssertionError with the smallest counterexample."""
    races, holds = PROPERTIES[name]

    @hypothesis.seed(seed)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(races)
    def try_it(race: tuple[Any, Any]) -> None:
        holds(*race)

    try_it()


def main() -> None:
    """Run all properties and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(PROPERTIES))
    options = parser.parse_args()
    for name in PROPERTIES:
        if options.only in (None, name):
            began = time.perf_counter()
            run(name, options.cases, options.seed)
            spent_s = time.perf_counter() - began
            print(f"{name}: {options.cases} races in {spent_s:.0f} s", flush=True)


if __name__ == "__main__":
    main()
