"""Files of any kind: what was meant comes in, or a refusal; never a silently different value.

    tests/campaigns/files.py --cases 10000 [--seed N]

A case is a list of invented runners in any mix of separators, encodings, headings, orders, quoting
and forms of dates (tests/files/filemaker.py); then the same people go through every writer and are
read back. A failure says the seed of its case, which replays it.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "files"))
sys.path.insert(0, str(Path(__file__).parent.parent / "report"))

import sample_log
from filemaker import TODAY, Made, make
from yellowgate.event import paper_sheet, roster, runner_list, table_file
from yellowgate.model import Runner
from yellowgate.race.official_log import RunnerLog
from yellowgate.report import tables, touches, ultrasignup
from yellowgate.times import TimeReader

RACE = runner_list.Columns(several=())
WRITERS_EVERY = 10  # so many files to one round trip through the writers


def run(seed: int) -> str:
    """One case: "taken", or why it was refused. Raises AssertionError for another value."""
    made = make(random.Random(seed))
    try:
        reading = runner_list.read(
            table_file.read(made.data, made.encoding), RACE, made.order, TODAY
        )
        taken = roster.take_in((), reading).runners
    except ValueError as error:
        return _reason(str(error))
    check(seed, made, taken)
    assert roster.parse(roster.to_csv(taken)) == taken, f"seed {seed}: roster.csv"
    if seed % WRITERS_EVERY == 0:
        through_writers(seed, taken)
    return "taken"


def check(seed: int, made: Made, taken: list[Runner]) -> None:
    """Raise AssertionError when something else came in than was meant."""
    pairs = [(a, b) for a, b in zip(made.runners, taken, strict=False) if a != b]
    words = f"seed {seed}, {made.how}: meant and read {pairs[:1] or (made.runners, taken)}"
    assert taken == made.runners, words


def _reason(text: str) -> str:
    """The kind of a refusal, in a few words."""
    kinds = (
        "may be",
        "nor surely",
        "two ways",
        "contradict",
        "four digits",
        "write F, M or X",
        "in a name",
    )
    return next((f"asks: {kind}" for kind in kinds if kind in text), text[:60])


def through_writers(seed: int, runners: list[Runner]) -> None:
    """Names, bibs and times as each of our CSV files gives them back."""
    lines = tuple(_line(row, at) for at, row in enumerate(runners))
    log = replace(sample_log.settled(), runners=lines)
    people = [replace(row, bibs={0: _bib(row, at)}) for at, row in enumerate(runners)]
    sheet = table_file.read(touches.paper_csv(log).encode())
    said = paper_sheet.read(sheet, people, TimeReader(UTC, 0, lambda: None)).lines
    assert [(row["runner"], row["in_s"]) for row in said] == [
        (row.name, 40_000 + at) for at, row in enumerate(runners)
    ], f"seed {seed}: paper"
    names = [row.name for row in runners]
    log_rows = _rows(touches.log_csv(log))
    assert [row["name"] for row in log_rows] == names, f"seed {seed}: csv"
    assert [row["name"] for row in _rows(tables.excel(log, people))] == names, f"seed {seed}: excel"
    for write, first, last in (
        (ultrasignup.to_csv, "first", "last"),
        (tables.runsignup, "First Name", "Last Name"),
        (tables.duv, "First name", "Surname"),
    ):
        rows = _rows(write(log, people))
        found = [f"{row[first]} {row[last]}".strip() for row in rows]
        assert found == list(map(_spoken, names)), f"seed {seed}: {write.__name__}"


def _spoken(name: str) -> str:
    """The first name first."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def _line(row: Runner, at: int) -> RunnerLog:
    """A finisher of one loop."""
    return sample_log.runner(
        row.name,
        row.gender or "F",
        (sample_log.loop(1, 0.0, 40_000.0 + at, bib=_bib(row, at)),),
        bib=_bib(row, at),
        status="finished",
        place=at + 1,
        result_us=(40_000 + at) * 10**6,
    )


def _bib(runner: Runner, at: int) -> str:
    return runner.bibs.get(0, "") or str(500 + at)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def campaign(cases: int, seed: int) -> Counter[str]:
    """How often what came out."""
    return Counter(run(seed + number) for number in range(cases))


def main() -> None:
    """The whole campaign, with its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    for what, count in campaign(given.cases, given.seed).most_common():
        print(f"{count:6} {what}")
    print(f"{given.cases} files in {time.monotonic() - begun:.0f} s, none silently different")


if __name__ == "__main__":
    main()
