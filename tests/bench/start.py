"""What somebody waits for at each command: processes, from their start to their end.

    python tests/bench/start.py [--quick] [--json]

CPU seconds of whole processes, their children's too, medians; `gate` and its peer in turn, so that
a busy machine slows both. Python keeps what it compiled, as after any `pip install`: that is seen
to, and a first run of each is not counted. demo_s is wall time: on two idle cores it is what a
user waits; demo_cpu_s says how much of it was work. The race of log, verify and sync is the demo's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

MPREMOTE = (sys.executable, "-m", "mpremote")
GATE = (sys.executable, "-c", "from yellowgate.cli.main import main; main()")
SCRIPT = "at_s,input,value\n0,press,\n30,tag,04a1b2c3d4e5f6\n"


def cpu_s(*command: str, codes: Sequence[int] = (0,)) -> float:
    """CPU seconds that a process took. Raises AssertionError when it fails."""
    before = os.times()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    after = os.times()
    assert done.returncode in codes, done.stderr.decode()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def in_turn(times: int, *runs: Callable[[], float]) -> list[list[float]]:
    """What each gave, one after the other, so many times; the first time is not counted."""
    rounds = [[run() for run in runs] for _ in range(times + 1)][1:]
    return [[row[at] for row in rounds] for at in range(len(runs))]


def second_sync(folder: Path, times: int) -> dict[str, float]:
    """A sync that brings what the one before left in the station's log, and nothing else: CPU of
    the process, and wall time.
    """
    (folder / "script.csv").write_text(SCRIPT)
    race = folder / "synced"
    cpu_s(*GATE, "init", str(race))
    command = [*GATE, "sim", "station", "--script", str(folder / "script.csv"), "--listen", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as station:
        try:
            assert station.stdout is not None
            url = station.stdout.readline().split()[-1]
            sync = (*GATE, "sync", "--port", url, "--race", str(race))
            cpu_s(*sync)
            walls: list[float] = []
            works: list[float] = []
            for _ in range(times):
                begun_s = time.monotonic()
                works.append(cpu_s(*sync))
                walls.append(time.monotonic() - begun_s)
        finally:
            station.kill()
    return {"second_sync_cpu_ms": median(works) * 1000, "second_sync_wall_ms": median(walls) * 1000}


def measure(times: int) -> dict[str, float]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cpu_s(*GATE, "--help")  # compiled
        begun_s = time.monotonic()
        demo_cpu_s = cpu_s(*GATE, "demo", "--out", str(folder / "race"))
        demo_s = time.monotonic() - begun_s
        race = ("--race", str(folder / "race"))
        helps, peers, lists, logs, verifies = in_turn(
            times,
            lambda: cpu_s(*GATE, "--help"),
            lambda: cpu_s(*MPREMOTE, "--help"),
            lambda: cpu_s(*GATE, "roster", "list", *race),
            lambda: cpu_s(*GATE, "log", *race),
            lambda: cpu_s(*GATE, "verify", *race, codes=(0, 1)),
        )
        ratios = [ours / peer for ours, peer in zip(helps, peers, strict=True) if peer]
        return {
            "help_cpu_ms": median(helps) * 1000,
            "mpremote_help_cpu_ms": median(peers) * 1000,
            "help_ratio_mpremote": median(ratios),
            "roster_list_cpu_ms": median(lists) * 1000,
            "log_barkley_cpu_ms": median(logs) * 1000,
            "verify_barkley_cpu_ms": median(verifies) * 1000,
            "demo_s": demo_s,
            "demo_cpu_s": demo_cpu_s,
        } | second_sync(folder, times)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="5 runs of each instead of 21")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = measure(5 if options.quick else 21)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:24s} {value:>10,.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
