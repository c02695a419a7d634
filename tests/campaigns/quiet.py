"""Virtual stations that leap over quiet stretches, against the same that live through them:
touches, power cuts, faults of wires, chips, clocks and batteries; alone, and four on one air.

    python tests/campaigns/quiet.py --cases 500 [--first 1]

At random moments every number and every byte that stands in the firmware and in its chips must be
the same, and in the end the flash.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "sim"))

from quietkit import ROLES, same_alone, same_together

RTCS = ("set", "set", "set", "none", "lost")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    begun_s = time.process_time()
    failed = 0
    for seed in range(options.first, options.first + options.cases):
        where = same_together(seed, 400) if seed % 4 == 0 else []
        if seed % 4:
            station_id = list(ROLES)[seed // 4 % len(ROLES)]
            where = same_alone(seed, station_id, RTCS[seed % len(RTCS)], 0.3)
        if where:
            failed += 1
            print(f"seed {seed}: {str(where)[:400]}", flush=True)
    cpu_s = time.process_time() - begun_s
    print(f"{options.cases} cases, {failed} with a difference, {cpu_s:.0f} s of CPU")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
