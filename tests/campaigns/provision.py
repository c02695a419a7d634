# pyright: basic, reportMissingImports=false
"""Provisioning broken off at every step and repeated: no record lost, the log kept.

tests/campaigns/provision.py [--cases N] [--scene NAME]: N steps of each scene (default: all).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "pico"))

from broken import SCENES


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="steps of each scene")
    parser.add_argument("--scene", choices=SCENES, action="append")
    options = parser.parse_args()
    begun_s = time.monotonic()
    total = 0
    for name in options.scene or SCENES:
        with tempfile.TemporaryDirectory() as folder:
            number = 1
            while number <= options.cases and SCENES[name](Path(folder), number):
                number += 1
        print(f"{name}: broken off at {number - 1} steps, repeated, nothing lost", flush=True)
        total += number - 1
    print(f"{total} cases in {time.monotonic() - begun_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
