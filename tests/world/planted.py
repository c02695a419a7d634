"""What the world can see: faults of the kinds that were really found are planted in the product.

    python tests/world/planted.py [--only ID]... [--plays 20] [--seeds 2000] [--table]

Each fault stands in a copy of host/ and firmware/; short worlds are played on it, seed after seed,
until the judge complains (or the world itself breaks, or hangs). Stories in which the fault cannot
matter, as plantedneeds.py has it, are passed over; the seed counts them all the same. Afterwards
the unchanged product is played on each seed by which something was found: it must be without
complaint there, or the fault that was found proves nothing. --table writes PLANTED.md beside this
file. With --record 1-40 --recorded DIR moments are kept, and with --recorded DIR faults in what a
laptop makes of its records are judged by them, without playing all of it again.
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
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import plantedhost
import plantedstation
from complaint import Complaint
from plantedneeds import LIVE, NEEDS
from plantedstation import Planted
from recorded import seeds_in
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
HOURS = 3.5  # of each story: most faults show in half of the time
SEED_S_MAX = 600  # a world of a fault may hang: so long on average for each of its seeds
PARTS = ("host", "firmware")
OF_LOGS = tuple(f"host/yellowgate/{part}/" for part in ("clock", "race", "rulings"))


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
    fits = (seed for seed in seeds if needs(Story.of(seed).until(HOURS)))
    return list(islice(fits, plays_max))


@contextmanager
def product(fault: Planted | None) -> Generator[dict[str, str]]:
    """The environment of a process whose product has this fault."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = Path(folder)
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, tree / part, ignore=ignored)
        if fault is not None:
            (tree / fault.file).write_text(changed(fault), "utf-8")
        kits = [path for path in (ROOT / "tests").iterdir() if path.is_dir()]
        paths = map(str, (*(tree / part for part in PARTS), *kits))
        yield {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def is_of_logs(fault: Planted) -> bool:
    """Does it change what a laptop makes of its records, and nothing before that?"""
    return fault.file.startswith(OF_LOGS) and fault.id not in LIVE


def look(fault: Planted | None, seeds: Sequence[int], recorded: Path | None = None) -> Found:
    """Play these seeds until something is found. None: the product as it is. recorded: a folder of
    moments that were played before, for a fault that changes nothing up to them.
    """
    if not seeds:
        return Found(fault, 0, 0, "")
    command = [sys.executable, __file__, "--play", ",".join(map(str, seeds))]
    command += ["--recorded", str(recorded)] if recorded is not None else []
    limit_s = SEED_S_MAX * len(seeds)
    with product(fault) as environment:
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=limit_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Found(fault, seeds[-1], len(seeds), "the world does not come to its end")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Found(fault, seeds[0], 1, f"the world breaks: {said}")
    told = json.loads(lines[-1])
    return Found(fault, told["seed"], len(lines), told["complaint"])


def without_fault(seeds: Sequence[int], recorded: Path | None) -> Found:
    """The product as it is, on these seeds; on those that were recorded, by their moments."""
    known = set(seeds_in(recorded)) if recorded is not None else set()
    found = look(None, [seed for seed in seeds if seed in known], recorded)
    return found if found.complaint else look(None, [seed for seed in seeds if seed not in known])


class _Enough(BaseException):
    """A complaint is there: the rest of the story need not be played."""


def play(seeds: Iterable[int], recorded: Path | None) -> None:
    """In a process of its own: the product is what PYTHONPATH says."""
    from judge import judge
    from play import played
    from recorded import again

    def look_once(moment: Moment) -> list[Complaint]:
        found = judge(moment)
        if found:
            raise _Enough(str(found[0]))
        return []

    for seed in seeds:
        complaint = ""
        try:
            if recorded is None:
                played(Story.of(seed).until(HOURS), look_once)
            else:
                for moment in again(recorded, seed):
                    look_once(moment)
        except _Enough as found:
            complaint = str(found)
        except Exception:  # whatever the fault makes of it
            complaint = f"the world breaks: {traceback.format_exc().strip().splitlines()[-1]}"
        print(json.dumps({"seed": seed, "complaint": complaint}), flush=True)
        if complaint:
            return


def record(seeds: Iterable[int], folder: Path) -> int:
    """Keep the moments of these seeds, as the product is. How many seeds had a complaint."""
    from recorded import record as record_story

    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for seed in sorted(set(seeds) - set(seeds_in(folder))):
        found = record_story(Story.of(seed).until(HOURS), folder)
        count += bool(found)
        print(f"{seed}: {found[0] if found else 'no complaint'}", flush=True)
    return count


def table(rows: Sequence[Found]) -> str:
    """For people, as Markdown."""
    found = [row for row in rows if row.complaint]
    lines = [
        "# Faults planted in the product, and whether the world saw them",
        "",
        "Written by `python tests/world/planted.py --table`. Each fault was played on the first",
        f"{HOURS} h of short worlds, from seed 1, until the judge complained. Seed: by which it",
        "was found, at the latest; plays: how many of the seeds up to it had in their story what",
        "the fault needs (plantedneeds.py), and were played. The product without one has no",
        "complaint on the seeds by which something was found.",
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
    parser.add_argument("--keep", type=Path, help="a file of JSON lines: it goes on from there")
    parser.add_argument("--table", action="store_true", help="write PLANTED.md")
    parser.add_argument("--record", metavar="SEEDS", help="1-40,93: keep their moments first")
    parser.add_argument("--recorded", type=Path, metavar="DIR", help="moments that were kept")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        play(map(int, options.play.split(",")), options.recorded)
        return 0
    if options.record:
        return 1 if record(_numbers(options.record), options.recorded) else 0
    chosen = [one for one in FAULTS if not options.only or one.id in options.only]
    known = _kept(options.keep)
    seeds = range(options.first, options.first + options.seeds)

    def look_for(fault: Planted) -> Found:
        before = known.get(fault.id, Found(fault, 0, 0, ""))
        folder = options.recorded if is_of_logs(fault) else None
        some = seeds if folder is None else seeds_in(folder)
        left = fitting(fault, some, options.plays)[before.plays :]
        if before.complaint or not left:
            return before
        found = look(fault, left, folder)
        found = found._replace(plays=before.plays + found.plays)
        if options.keep is not None:
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
    as_it_is = without_fault(used, options.recorded)
    if options.table and not as_it_is.complaint:
        (HERE / "PLANTED.md").write_text(table(rows), "utf-8")
    if as_it_is.complaint:
        print(f"WITHOUT A FAULT, seed {as_it_is.seed}: {as_it_is.complaint}")
    return 1 if as_it_is.complaint else 0


def _numbers(text: str) -> list[int]:
    """Of "1-3,7": 1, 2, 3, 7."""
    ends = [part.partition("-") for part in text.split(",")]
    return [at for first, _, last in ends for at in range(int(first), int(last or first) + 1)]


def _kept(file: Path | None) -> dict[str, Found]:
    """What an earlier run found."""
    lines = file.read_text("utf-8").splitlines() if file is not None and file.exists() else []
    rows = [json.loads(line) for line in lines]
    by_id = {one.id: one for one in FAULTS}
    return {row[0]: Found(by_id[row[0]], *row[1:]) for row in rows if row[0] in by_id}


if __name__ == "__main__":
    sys.exit(main())
