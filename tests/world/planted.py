"""What the world can see: faults of the kinds that were really found are planted in the product.

    python tests/world/planted.py [--only ID]... [--seeds 200] [--first 1] [--jobs 2] [--table]

Each fault stands in a copy of host/ and firmware/; short worlds are played on it, seed after seed,
until the judge complains (or the world itself breaks, or hangs). First the unchanged product is
played on the same seeds: it must be without complaint, or a fault that is found proves nothing.
--table writes PLANTED.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import plantedhost
import plantedstation
from plantedstation import Planted

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FAULTS: Sequence[Planted] = (
    *plantedstation.STATION,
    *plantedstation.WAYS,
    *plantedstation.STORE,
    *plantedhost.CLOCKS,
    *plantedhost.LISTS,
    *plantedhost.INTAKE,
    *plantedhost.RULES,
)
SEED_S_MAX = 60  # a world of a fault may hang: so long on average for each of its seeds
PARTS = ("host", "firmware")


class Found(NamedTuple):
    """What came of a fault. seeds: how many were played. complaint: of the last, "" for none."""

    fault: Planted | None
    seeds: int
    complaint: str


def changed(fault: Planted) -> str:
    """The file with the fault in it. Raises ValueError when its place is not there once."""
    text = (ROOT / fault.file).read_text("utf-8")
    count = text.count(fault.before)
    if count != 1:
        raise ValueError(f"{fault.id}: its place stands {count} times in {fault.file}")
    return text.replace(fault.before, fault.after)


def look(fault: Planted | None, seeds: Iterable[int]) -> Found:
    """Play these seeds until something is found. None: the product as it is."""
    numbers = list(seeds)
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = Path(folder)
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        if fault is not None:
            (tree / fault.file).write_text(changed(fault), "utf-8")
        command = [sys.executable, __file__, "--play", f"{numbers[0]}:{numbers[-1]}"]
        kits = [path for path in (ROOT / "tests").iterdir() if path.is_dir()]
        paths = os.pathsep.join(map(str, (*(tree / part for part in PARTS), *kits)))
        try:
            done = subprocess.run(
                command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
                timeout=SEED_S_MAX * len(numbers), check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Found(fault, len(numbers), "the world does not come to its end")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return Found(fault, 1, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    told = json.loads(lines[-1])
    return Found(fault, told["seeds"], told["complaint"])


def play(first: int, last: int) -> None:
    """In a process of its own: the product is what PYTHONPATH says."""
    from judge import judge
    from play import played
    from story import Story

    for count, seed in enumerate(range(first, last + 1), 1):
        try:
            found = [str(one) for one in played(Story.of(seed), judge)]
        except Exception:  # whatever the fault makes of it
            found = [f"the world breaks: {traceback.format_exc().strip().splitlines()[-1]}"]
        print(json.dumps({"seeds": count, "complaint": found[0] if found else ""}), flush=True)
        if found:
            return


def table(rows: Sequence[Found], seeds: int) -> str:
    """For people, as Markdown."""
    found = [row for row in rows if row.complaint]
    lines = [
        "# Faults planted in the product, and whether the world saw them",
        "",
        "Written by `python tests/world/planted.py --table`. Each fault was played on short",
        f"worlds, from seed 1, until the judge complained; {seeds} seeds at most. The product",
        "without a fault has no complaint on these seeds.",
        "",
        f"{len(found)} of {len(rows)} found.",
        "",
        "| fault | kind | what it does | seeds | complaint |",
        "|---|---|---|---|---|",
    ]
    for fault, count, complaint in rows:
        if fault is not None:
            said = _cell(complaint) if complaint else "**not found**"
            shown = f"{count}" if complaint else f"> {count}"
            lines.append(f"| {fault.id} | {fault.kind} | {fault.what} | {shown} | {said} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    said = " ".join(text.split()).replace("|", "/")
    return said if len(said) <= 160 else f"{said[:157]}..."


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", action="append", metavar="ID", help="this fault alone")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="write PLANTED.md")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        play(*map(int, options.play.split(":")))
        return 0
    seeds = range(options.first, options.first + options.seeds)
    chosen = [one for one in FAULTS if not options.only or one.id in options.only]
    with ThreadPoolExecutor(options.jobs) as pool:
        whole = pool.submit(look, None, seeds)
        rows: list[Found] = []
        for row in pool.map(lambda fault: look(fault, seeds), chosen):
            rows.append(row)
            name = row.fault.id if row.fault else ""
            mark = f"{row.seeds:5d}" if row.complaint else " NOT FOUND"
            print(f"{name:24s}{mark}  {_cell(row.complaint)}", flush=True)
        as_it_is = whole.result()
    print(f"{sum(bool(row.complaint) for row in rows)} of {len(rows)} found")
    if options.table:
        (HERE / "PLANTED.md").write_text(table(rows, options.seeds), "utf-8")
    if as_it_is.complaint:
        print(f"WITHOUT A FAULT, seed {options.first + as_it_is.seeds - 1}: {as_it_is.complaint}")
    return 1 if as_it_is.complaint else 0


if __name__ == "__main__":
    sys.exit(main())
