"""What the world can see: faults of the kinds that were really found are planted in the product.

    python tests/world/planted.py [--only ID]... [--plays 20] [--seeds 2000] [--table]

Each fault stands in a copy of host/ and firmware/; short worlds are played on it, seed after seed,
until the judge complains (or the world itself breaks, or hangs). Stories in which the fault cannot
matter, as plantedneeds.py has it, are passed over; the seed counts them all the same. Afterwards
the unchanged product is played on each seed by which something was found: it must be without
complaint there, or the fault that was found proves nothing. --table writes PLANTED.md beside this
file.
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
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import plantedhost
import plantedstation
from complaint import Complaint
from plantedneeds import NEEDS
from plantedstation import Planted
from story import Story
from truth import Moment

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
    """What came of a fault. seed: the last one. plays: how many had what it needs. complaint: of
    the last, "" for none.
    """

    fault: Planted | None
    seed: int
    plays: int
    complaint: str


def changed(fault: Planted) -> str:
    """The file with the fault in it. Raises ValueError when its place is not there once."""
    text = (ROOT / fault.file).read_text("utf-8")
    count = text.count(fault.before)
    if count != 1:
        raise ValueError(f"{fault.id}: its place stands {count} times in {fault.file}")
    return text.replace(fault.before, fault.after)


def fitting(fault: Planted, seeds: Iterable[int], plays_max: int) -> list[int]:
    """The seeds whose stories have what the fault needs."""
    needs = NEEDS.get(fault.id, lambda _story: True)
    return list(islice((seed for seed in seeds if needs(Story.of(seed))), plays_max))


def look(fault: Planted | None, seeds: Sequence[int]) -> Found:
    """Play these seeds until something is found. None: the product as it is."""
    if not seeds:
        return Found(fault, 0, 0, "")
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = Path(folder)
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        if fault is not None:
            (tree / fault.file).write_text(changed(fault), "utf-8")
        command = [sys.executable, __file__, "--play", ",".join(map(str, seeds))]
        kits = [path for path in (ROOT / "tests").iterdir() if path.is_dir()]
        paths = os.pathsep.join(map(str, (*(tree / part for part in PARTS), *kits)))
        try:
            done = subprocess.run(
                command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
                timeout=SEED_S_MAX * len(seeds), check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Found(fault, seeds[-1], len(seeds), "the world does not come to its end")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Found(fault, seeds[0], 1, f"the world breaks: {said}")
    told = json.loads(lines[-1])
    return Found(fault, told["seed"], len(lines), told["complaint"])


class _Enough(BaseException):
    """A complaint is there: the rest of the story need not be played."""


def play(seeds: Iterable[int]) -> None:
    """In a process of its own: the product is what PYTHONPATH says."""
    from judge import judge
    from play import played

    def look_once(moment: Moment) -> list[Complaint]:
        found = judge(moment)
        if found:
            raise _Enough(str(found[0]))
        return []

    for seed in seeds:
        complaint = ""
        try:
            played(Story.of(seed), look_once)
        except _Enough as found:
            complaint = str(found)
        except Exception:  # whatever the fault makes of it
            complaint = f"the world breaks: {traceback.format_exc().strip().splitlines()[-1]}"
        print(json.dumps({"seed": seed, "complaint": complaint}), flush=True)
        if complaint:
            return


def table(rows: Sequence[Found]) -> str:
    """For people, as Markdown."""
    found = [row for row in rows if row.complaint]
    lines = [
        "# Faults planted in the product, and whether the world saw them",
        "",
        "Written by `python tests/world/planted.py --table`. Each fault was played on short",
        "worlds, from seed 1, until the judge complained. Seed: by which it was found, at the",
        "latest; plays: how many of the seeds up to it had in their story what the fault needs",
        "(plantedneeds.py), and were played. The product without a fault has no complaint on the",
        "seeds by which something was found.",
        "",
        f"{len(found)} of {len(rows)} found.",
        "",
        "| fault | kind | what it does | seed | plays | complaint |",
        "|---|---|---|---|---|---|",
    ]
    for fault, seed, plays, complaint in rows:
        if fault is not None:
            said = _cell(complaint) if complaint else "**not found**"
            shown = f"{seed}" if complaint else f"> {seed}"
            about = f"| {fault.id} | {fault.kind} | {fault.what}"
            lines.append(f"{about} | {shown} | {plays} | {said} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    said = " ".join(text.split()).replace("|", "/")
    return said if len(said) <= 160 else f"{said[:157]}..."


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", action="append", metavar="ID", help="this fault alone")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--plays", type=int, default=20, help="at most, of a fault")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a file of JSON lines: what was found stays so")
    parser.add_argument("--table", action="store_true", help="write PLANTED.md")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        play(map(int, options.play.split(",")))
        return 0
    chosen = [one for one in FAULTS if not options.only or one.id in options.only]
    known = _kept(options.keep)
    seeds = range(options.first, options.first + options.seeds)

    def look_for(fault: Planted) -> Found:
        if fault.id in known:
            return known[fault.id]
        found = look(fault, fitting(fault, seeds, options.plays))
        if options.keep is not None and found.complaint:
            with options.keep.open("a") as file:
                file.write(json.dumps([fault.id, *found[1:]]) + "\n")
        return found

    rows: list[Found] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(look_for, chosen):
            rows.append(row)
            name = row.fault.id if row.fault else ""
            mark = f"{row.seed:5d} {row.plays:3d}" if row.complaint else "NOT FOUND"
            print(f"{name:26s}{mark}  {_cell(row.complaint)}", flush=True)
    print(f"{sum(bool(row.complaint) for row in rows)} of {len(rows)} found")
    used = sorted({row.seed for row in rows if row.complaint})
    as_it_is = look(None, used)
    if options.table and not as_it_is.complaint:
        (HERE / "PLANTED.md").write_text(table(rows), "utf-8")
    if as_it_is.complaint:
        print(f"WITHOUT A FAULT, seed {as_it_is.seed}: {as_it_is.complaint}")
    return 1 if as_it_is.complaint else 0


def _kept(file: Path | None) -> dict[str, Found]:
    """What an earlier run found."""
    lines = file.read_text("utf-8").splitlines() if file is not None and file.exists() else []
    rows = [json.loads(line) for line in lines]
    by_id = {one.id: one for one in FAULTS}
    return {row[0]: Found(by_id[row[0]], *row[1:]) for row in rows if row[0] in by_id}


if __name__ == "__main__":
    sys.exit(main())
