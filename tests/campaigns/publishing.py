"""A site over links that break at any byte, to servers of each kind: old or new, never torn.

tests/campaigns/publishing.py --cuts 100
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "publish"))

from test_spaces import MAKERS, cut_everywhere


def main() -> None:
    """The whole campaign, with its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=100)
    cuts = parser.parse_args().cuts
    for name, make in MAKERS.items():
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, make(Path(folder) / "server") as server:
            broken = cut_everywhere(server, cuts)
        took_s = time.monotonic() - begun
        print(f"{name}: {cuts} links cut, {broken} noticed, none torn, {took_s:.0f} s")


if __name__ == "__main__":
    main()
