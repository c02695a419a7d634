"""Laptops of one race, cut from each other at random: when they meet, all have the same bytes.

    tests/campaigns/hq_laptops.py [--seeds 1000] [--first 1]

Three laptops; the records and rulings of the golden scene come to them in any order, some to two of
them. They ask each other what they lack over a network that breaks off before or in an answer. In
the end all see each other: the stores hold the same rows, and the logs are the same bytes. Also
through the third, which stands for a database that others share.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))
sys.path.insert(0, str(Path(__file__).parent.parent / "web"))

import laptopkit


def main() -> None:
    """The whole campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as path:
        seeds = range(given.first, given.first + given.seeds)
        cuts = laptopkit.campaign(Path(path), seeds)
    print(f"{given.seeds} seeds, {cuts} cuts, {time.monotonic() - begun_s:.0f} s: all the same")


if __name__ == "__main__":
    main()
