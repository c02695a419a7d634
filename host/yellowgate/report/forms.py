"""Forms for the people at gate, tower and checkpoints, with the names filled in.

What is written there comes in as a paper sheet: bib, loop, in, out, remark (gate import). Those
who are out of the race, or done, are left out; two lines stay free.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.rules import (
    BackyardRules,
    BarkleyRules,
    Checkpoint,
    LapsRules,
    PointToPointRules,
)
from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.words import span, wall
from yellowgate.times import to_us

FREE_LINES = 2
YARDS_A_PAGE = 10
LAPS_A_PAGE = 8
OVER = ("finished", "fun run", "out")
BibOf = Callable[[Runner, int], str]


class Form(NamedTuple):
    """One form. about: what is good to know beside the title. heads: of the columns after bib and
    name. rows: (bib, name, the first cells that are filled in). kind: "wide" for few columns to
    write in, "grid" for many.
    """

    title: str
    about: str
    heads: list[str]
    rows: list[tuple[str, str, list[str]]]
    kind: str = "wide"


def bib_order(bib: str) -> tuple[bool, str, int, str]:
    """By letters and number, 9 before 10; without a bib last."""
    match = re.fullmatch(r"(\D*)(\d+)(.*)", bib)
    return (not bib, match[1], int(match[2]), match[3]) if match else (not bib, bib, 0, "")


def forms(
    log: OfficialLog, file: RaceFile, people: Sequence[Runner], bib_of: BibOf, loop: int = 0
) -> list[Form]:
    """The forms for the loops that runners are on, or begin next. loop: for this one alone, or from
    this yard on.
    """
    rules = file.rules
    lines = {line.name: line for line in log.runners}
    racing = [row for row in people if lines[row.name].status not in OVER]
    if isinstance(rules, BarkleyRules):
        return _barkley(log, file, rules, racing, bib_of, loop)
    if isinstance(rules, PointToPointRules):
        return [_checkpoint(log, one, racing, bib_of) for one in rules.checkpoint]
    if isinstance(rules, BackyardRules):
        first = min((_open_loop(lines[row.name]) for row in racing), default=1)
        return [_backyard(log, rules, racing, bib_of, loop or first)]
    return [_laps(log, rules, racing, lines, bib_of)] if isinstance(rules, LapsRules) else []


def _rows(
    people: Sequence[Runner], bib_of: BibOf, loop: int, filled: Callable[[Runner], list[str]]
) -> list[tuple[str, str, list[str]]]:
    rows = [(bib_of(row, loop), row.name, filled(row)) for row in people]
    rows.sort(key=lambda row: bib_order(row[0]))
    return rows + [("", "", [])] * FREE_LINES


def _nothing(_runner: Runner) -> list[str]:
    return []


def _open_loop(line: RunnerLog) -> int:
    """The loop that the runner is on, or has before."""
    done = max((loop.loop for loop in line.loops if loop.in_us is not None), default=0)
    return done + 1


def _barkley(
    log: OfficialLog,
    file: RaceFile,
    rules: BarkleyRules,
    people: Sequence[Runner],
    bib_of: BibOf,
    only: int,
) -> list[Form]:
    lines = {line.name: line for line in log.runners}
    on = {_open_loop(lines[row.name]) for row in people}
    loops = [only] if only else sorted(loop for loop in on if loop <= rules.loops)
    towers = [entry.place or entry.name for entry in file.stations if entry.role == "tower"]
    made: list[Form] = []
    for loop in loops:
        there = [row for row in people if _open_loop(lines[row.name]) <= loop]
        rows = _rows(there, bib_of, loop, _nothing)
        heads = ["out (clock)", "in (clock)"]
        heads += [f"pages of {rules.pages}"] if rules.pages else []
        about = _barkley_about(log, rules, loop)
        made.append(Form(f"Gate, loop {loop}", about, [*heads, "remark"], rows))
        for place in dict.fromkeys(towers):
            title = f"{place.capitalize()}, loop {loop}"
            made.append(Form(title, about, ["seen (clock)", "remark"], rows))
    return made


def _barkley_about(log: OfficialLog, rules: BarkleyRules, loop: int) -> str:
    at = loop - 1
    parts: list[str] = []
    if rules.start_next_by_s[at]:
        parts.append(f"leave before {_both(rules.start_next_by_s[at], log)}")
    parts.append(f"in by {_both(rules.loop_cutoffs_s[at], log)}")
    parts.append(rules.directions[at])
    return "; ".join(parts)


def _both(at_s: float, log: OfficialLog) -> str:
    """A time by the race's clock, and by the one on the wall where the start is known."""
    text = span(to_us(at_s))
    if log.start_us is None:
        return text
    return f"{text} ({wall(log.start_us + to_us(at_s), log.zone)[:-3]})"


def _checkpoint(log: OfficialLog, one: Checkpoint, people: Sequence[Runner], bib_of: BibOf) -> Form:
    heads = ["in (clock)", *(["out (clock)"] if one.in_and_out else []), "remark"]
    parts = [f"km {one.km:g}"] if one.km else []
    parts += [f"in by {_both(one.cutoff_s, log)}"] if one.cutoff_s else []
    parts += [f"leave by {_both(one.leave_by_s, log)}"] if one.leave_by_s else []
    return Form(one.place, "; ".join(parts), heads, _rows(people, bib_of, 1, _nothing))


def _backyard(
    log: OfficialLog, rules: BackyardRules, people: Sequence[Runner], bib_of: BibOf, first: int
) -> Form:
    yards = range(first, first + YARDS_A_PAGE)
    heads = [f"{yard}{_bell(yard, rules, log)}" for yard in yards]
    about = "in (clock), or a tick, before the bell that stands above"
    return Form("Corral, by yards", about, heads, _rows(people, bib_of, first, _nothing), "grid")


def _bell(yard: int, rules: BackyardRules, log: OfficialLog) -> str:
    """The bell that ends the yard, by the clock on the wall."""
    if log.start_us is None:
        return ""
    return " " + wall(log.start_us + to_us(yard * rules.yard_s), log.zone).split()[1][:-3]


def _laps(
    log: OfficialLog,
    rules: LapsRules,
    people: Sequence[Runner],
    lines: dict[str, RunnerLog],
    bib_of: BibOf,
) -> Form:
    heads = ["laps so far", *[""] * LAPS_A_PAGE]
    about = f"in (clock) for each lap; the gun at {_both(rules.duration_s, log)}"
    rows = _rows(people, bib_of, 1, lambda row: [str(lines[row.name].loops_counted)])
    return Form("Laps", about, heads, rows, "grid")
