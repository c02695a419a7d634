"""What a radio packet leaves on the heap, on the MicroPython VM.

    python tests/bench/radio_heap.py [--quick] [--json]

Two boards with Adafruit's driver over the shims on chip models: a station with outbox, backlog and
desk, and a base that answers each packet. kept_per_packet: heap in use after so many packets each
way, less that after the first hundred, for one sent or taken. kept_per_record_no_base: the same for
a station that stores and tells records to nobody, as many as a full log of 512 KiB has; the two
bits that it keeps for each (core/backlog.py) are taken at the start. After collections.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

from heapkit import measure
from yellowgate.sim.vm import vm

FULL_LOG = 15_600


def main() -> int:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="200 packets, 1,000 records")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures: dict[str, Any] = {"runtime": f"MicroPython {vm.VERSION} VM under node"}
    figures |= measure(200, 1_000) if options.quick else measure(1_000, FULL_LOG)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:24} {value:>12,.3f}" if isinstance(value, float) else f"{name:24} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
