"""Laptops of one race, cut from each other at random: when they meet, all have the same bytes.

    tests/campaigns/hq_laptops.py [--seeds 1000] [--first 1]
    .ci/postgresql python tests/campaigns/hq_laptops.py     (a real database, which two share)

Three laptops; the records and rulings of the golden scene come to them in any order, some to two
of them. They ask each other what they lack over a network that breaks off before or in an answer.
In the end all see each other: the stores hold the same rows, and the logs are the same bytes. With
PostgreSQL they are four: two have files of their own, two share a database whose connections break
off within a transaction, and after it, when nobody knows whether it was kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))
sys.path.insert(0, str(Path(__file__).parent.parent / "web"))

sys.path.insert(0, str(Path(__file__).parent.parent / "host"))

import laptopkit
import postgresql

IN_MEMORY = Path("/dev/shm")  # nothing here has to outlast a power cut


def main() -> None:
    """The whole campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    begun_s = time.monotonic()
    seeds = range(given.first, given.first + given.seeds)
    server = os.environ.get(postgresql.VARIABLE)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as path:
        if server:
            with postgresql.database(server) as shared:
                cuts = laptopkit.campaign(Path(path), seeds, shared)
        else:
            cuts = laptopkit.campaign(Path(path), seeds)
    who = "two laptops, two on a PostgreSQL" if server else "three laptops"
    took = f"{time.monotonic() - begun_s:.0f} s, {time.process_time():.0f} s of CPU"
    print(f"{who}: {given.seeds} seeds, {cuts} cuts, {took}: all the same")


if __name__ == "__main__":
    main()
