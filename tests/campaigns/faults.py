"""The fault bench: every wire, every way it can fail, at any moment of a race. See faultkit.

    python tests/campaigns/faults.py --cases 5000 [--seed 1] [--end ticks] [--others 0] [--jobs 2]

--end: with a counter shortly before its end: ticks, uptime, boot, seq, utc.
--others: so many other wires fail as well, each at a moment of its own.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "both"))

from faultkit import ENDS, WAYS, WIRES, Case

_CHUNK = 50


def play(
    seed: int, end: str = "", others: int = 0
) -> tuple[str, str, tuple[int, int, int], list[str]]:
    """(wire, way, (touches, stored, unknowable), problems) of a case."""
    case = Case(seed, end=end, others=others)
    problems = list(case.run())
    return case.fault.wire, case.fault.way, (case.touches, case.stored, case.unknowable), problems


def table(cases: Counter[tuple[str, str]], failed: Counter[tuple[str, str]]) -> str:
    """Cases by wire and way; those that failed behind a slash."""
    lines = ["".join([f"{'':12}", *(f"{way:>11}" for way in WAYS)])]
    for wire in WIRES:
        cells = [
            f"{cases[wire, way]}" + (f"/{failed[wire, way]}" if failed[wire, way] else "")
            for way in WAYS
        ]
        lines.append("".join([f"{wire:12}", *(f"{cell:>11}" for cell in cells)]))
    return "\n".join(lines)


def main() -> int:
    """Exit code 1 when a case failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--end", choices=ENDS, default="")
    parser.add_argument("--others", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    started_s = time.monotonic()
    cases: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    counts = [0, 0, 0]
    seeds = range(given.seed, given.seed + given.cases)
    with ProcessPoolExecutor(given.jobs) as pool:
        plays = functools.partial(play, end=given.end, others=given.others)
        for wire, way, counted, problems in pool.map(plays, seeds, chunksize=_CHUNK):
            cases[wire, way] += 1
            counts = [one + other for one, other in zip(counts, counted, strict=True)]
            if cases.total() % 100 == 0:
                print(f"{cases.total()} cases", file=sys.stderr, flush=True)
            if problems:
                failed[wire, way] += 1
                print("\n".join(problems), flush=True)
    print(table(cases, failed))
    print(
        f"{given.cases} cases, {counts[0]} touches and one tag and one press after each, "
        f"{counts[1]} stored, {counts[2]} moments that nobody can know, "
        f"{failed.total()} cases failed, {time.monotonic() - started_s:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
