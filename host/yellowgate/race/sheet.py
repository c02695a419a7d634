"""The paper sheet (`bib,loop,in,out,remark`) as a source: one ruling "paper" a line.

in: arrival at the end of the loop; out: departure for it; both H:MM or H:MM:SS since the start.
Some programs write semicolons instead of commas: both are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from yellowgate.model import Runner
from yellowgate.race.rules import span_s

HEADER = ("bib", "loop", "in", "out", "remark")


BibOf = Callable[[Runner, int], str]  # what this runner wears on this loop


def is_sheet(text: str) -> bool:
    """Does this text begin with the sheet's header?"""
    first = text.removeprefix("\ufeff").partition("\n")[0]
    return tuple(cell.strip().lower() for cell in first.split(_delimiter(text))) == HEADER


def _delimiter(text: str) -> str:
    return ";" if ";" in text.partition("\n")[0] else ","


def parse(text: str, roster: Sequence[Runner], bib_of: BibOf = Runner.bib) -> list[dict[str, Any]]:
    """The data of the rulings that this sheet makes. bib_of: where rulings changed bibs.

    Raises ValueError naming the line.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    next(rows, None)
    made: list[dict[str, Any]] = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            data = _line([cell.strip() for cell in row], roster, bib_of)
        except ValueError as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        if data is not None:
            made.append(data)
    return made


def _line(row: Sequence[str], roster: Sequence[Runner], bib_of: BibOf) -> dict[str, Any] | None:
    """None for a line that says no time."""
    if len(row) != len(HEADER):
        raise ValueError(f"{len(HEADER)} columns are expected, here are {len(row)}")
    bib, loop, in_text, out_text, remark = row
    if not loop.isdigit() or int(loop) < 1:
        raise ValueError(f"loop {loop!r} is not a number from 1")
    number = int(loop)
    found = [runner for runner in roster if bib_of(runner, number) == bib]
    if len(found) != 1:
        raise ValueError(f"{len(found)} runners have the bib {bib!r} on loop {number}")
    data: dict[str, Any] = {"runner": found[0].name, "loop": number}
    if in_text:
        data["in_s"] = span_s(in_text)
    if out_text:
        data["out_s"] = span_s(out_text)
    if len(data) == 2:
        return None
    return data | ({"remark": remark} if remark else {})
