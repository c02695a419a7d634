"""Worlds, seed after seed: the real firmware and the real host, all else simulated, truth known.

    python tests/world/run.py --seeds 100 [--first 1] [--size short|whole] [--jobs 2] [--shrink]
    python tests/world/run.py --story FILE [--shrink]

A failing seed's story is kept in --keep as JSON, with --shrink as small as it gets and told minute
by minute. Exit code 1 when something failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "race"))
sys.path.insert(0, str(Path(__file__).parents[1] / "both"))

from complaint import Complaint
from judge import judge
from play import played
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from shrink import shrink
from story import Story
from tell import tale, told

SHOWN = 3  # complaints of a seed
CPU_S_MAX = 300
DEPTH = 4  # of a traceback


class Outcome(NamedTuple):
    """Of one seed. met: what happened, by kind. cpu_s: of this world."""

    seed: int
    complaints: list[Complaint]
    met: Counter[str]
    cpu_s: float


class Hangs(BaseException):
    """A world that does not come to its end. No code under test may hold this."""


def _hangs(_signal: int, _frame: object) -> None:
    raise Hangs(f"more than {CPU_S_MAX} s of CPU")


def play_story(story: Story, met: Counter[str] | None = None) -> list[Complaint]:
    """What the judge says of it; a world that breaks, or hangs, is a complaint, too."""
    signal.signal(signal.SIGVTALRM, _hangs)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S_MAX)
    try:
        return played(story, judge, met)
    except (Exception, Hangs) as error:
        rows = traceback.extract_tb(error.__traceback__)[-DEPTH:]
        where = " < ".join(f"{Path(row.filename).name}:{row.lineno}" for row in reversed(rows))
        text = f"{type(error).__name__}: {error} ({where})"
        return [Complaint("the world breaks", "world", story.end_s, text)]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def play_seed(seed: int, size: str) -> Outcome:
    """In a process of its own."""
    met: Counter[str] = Counter()
    started_s = time.process_time()
    complaints = play_story(Story.of(seed, size), met)
    return Outcome(seed, complaints, met, time.process_time() - started_s)


def outcomes(seeds: Iterable[int], size: str, jobs: int) -> Iterator[Outcome]:
    """In the order of the seeds."""
    if jobs == 1:
        yield from map(partial(play_seed, size=size), seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(play_seed, size=size), seeds)


def smallest(story: Story, complaint: Complaint, out: Console) -> Story:
    """The smallest story that breaks the same rule, told."""
    found = shrink(story, complaint, play_story)
    out.print(f"  {found}", style="dim")
    out.print(tale(found.story))
    return found.story


def report(story: Story, complaints: list[Complaint], keep: Path, is_shrunk: bool) -> None:
    """A failing seed: said, and kept."""
    out = Console(markup=False, width=200)
    for complaint in complaints[:SHOWN]:
        out.print(f"seed {story.seed}: {complaint}")
    if len(complaints) > SHOWN:
        out.print(f"seed {story.seed}: and {len(complaints) - SHOWN} more")
    keep.mkdir(parents=True, exist_ok=True)
    if is_shrunk:
        story = smallest(story, complaints[0], out)
    (keep / f"{story.size}-{story.seed}.json").write_text(story.to_json())


def campaign(given: argparse.Namespace) -> int:
    """Many seeds. Returns how many failed."""
    screen = Console(stderr=True)
    seeds = range(given.first, given.first + given.seeds)
    met: Counter[str] = Counter()
    cpus: list[float] = []
    failed: Counter[str] = Counter()
    count = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("worlds", total=given.seeds)
        for one in outcomes(seeds, given.size, given.jobs):
            bar.advance(task)
            met.update(one.met)
            cpus.append(one.cpu_s)
            if one.complaints:
                count += 1
                failed.update({complaint.rule for complaint in one.complaints})
                report(Story.of(one.seed, given.size), one.complaints, given.keep, given.shrink)
    print_table(met, failed, cpus)
    print(f"{given.seeds} seeds from {given.first} on ({given.size}): {count} failed")
    if count:
        print(f"their stories: {given.keep}")
    return count


def print_table(met: Counter[str], failed: Counter[str], cpus: list[float]) -> None:
    """What happened in them, and what they took."""
    out = Console()
    table = Table(title="What was met", title_justify="left")
    table.add_column("what")
    table.add_column("how often", justify="right")
    for kind, times in sorted(met.items()):
        table.add_row(kind, f"{times:,}")
    out.print(table)
    for rule, times in failed.most_common():
        out.print(f"{times} seeds: {rule}", markup=False)
    cpus.sort()
    out.print(
        f"CPU of a world: median {cpus[len(cpus) // 2]:.2f} s, mean {sum(cpus) / len(cpus):.2f} s, "
        f"longest {cpus[-1]:.1f} s"
    )


def one_story(path: Path, is_shrunk: bool) -> int:
    """How many complaints a kept story has now."""
    out = Console(markup=False, width=200)
    story = Story.from_json(path.read_text())
    complaints = play_story(story)
    if complaints and is_shrunk:
        path.with_suffix(".small.json").write_text(smallest(story, complaints[0], out).to_json())
    elif complaints:
        out.print(told(story, complaints=complaints))
    else:
        out.print("no complaint")
    return len(complaints)


def main() -> int:
    """Exit code 1 when something failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--size", choices=("short", "whole"), default="short")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shrink", action="store_true", help="make failing stories small")
    parser.add_argument("--keep", type=Path, default=Path("failing-worlds"), help="a folder")
    parser.add_argument("--story", type=Path, help="play this one")
    given = parser.parse_args()
    if given.story is not None:
        return 1 if one_story(given.story, given.shrink) else 0
    return 1 if campaign(given) else 0


if __name__ == "__main__":
    sys.exit(main())
