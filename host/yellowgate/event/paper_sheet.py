"""The paper sheet (`bib,loop,in,out,remark`) as a source: one ruling "paper" a line.

in: arrival at the end of the loop; out: departure for it; both H:MM or H:MM:SS since the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from yellowgate.event.roster import csv_rows
from yellowgate.model import Runner, Verdict
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import span_s

HEADER = ("bib", "loop", "in", "out", "remark")


BibOf = Callable[[Runner, int], str]  # what this runner wears on this loop


def is_sheet(text: str) -> bool:
    """Is this text meant as a sheet? Its first line names bib and loop; parse() looks closer."""
    try:
        _, header = next(csv_rows(text))
    except (ValueError, StopIteration):
        return False
    return {"bib", "loop"} <= set(_columns(header))


def parse(text: str, roster: Sequence[Runner], bib_of: BibOf = Runner.bib) -> list[dict[str, Any]]:
    """The data of the rulings that this sheet makes. bib_of: where rulings changed bibs.

    Raises ValueError naming the line: also when two lines say different times of one touch.
    """
    rows = csv_rows(text)
    columns = _columns(next(rows)[1]) if is_sheet(text) else []
    if sorted(columns) != sorted(HEADER):
        wanted, here = ",".join(HEADER), ",".join(columns)
        raise ValueError(f"line 1: the header of a paper sheet is {wanted}, here it is {here}")
    made: list[dict[str, Any]] = []
    lines: dict[tuple[str, int, str], tuple[int, float]] = {}
    for number, row in rows:
        try:
            data = _line(_cells(columns, row), roster, bib_of)
            if data is None or data in made:
                continue
            ruling_kinds.check("paper", data)
            _refuse_another(lines, data, number)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        made.append(data)
    return made


def _columns(row: Sequence[str]) -> list[str]:
    """The names in the header. Some programs add empty columns behind."""
    return [cell.strip().lower() for cell in _trimmed(row, len(HEADER))]


def _trimmed(row: Sequence[str], columns: int) -> list[str]:
    """Without empty cells behind the last column."""
    cells = [cell.strip() for cell in row]
    while len(cells) > columns and not cells[-1]:
        cells.pop()
    return cells


def _cells(columns: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    cells = _trimmed(row, len(columns))
    if len(cells) != len(columns):
        hint = " (a remark with a comma in it needs quotes)" if len(cells) > len(columns) else ""
        raise ValueError(f"{len(columns)} columns are expected, here are {len(cells)}{hint}")
    return dict(zip(columns, cells, strict=True))


def _line(
    cells: Mapping[str, str], roster: Sequence[Runner], bib_of: BibOf
) -> dict[str, Any] | None:
    """None for a line that says nothing (a sheet that was printed with its bibs, say)."""
    bib, loop = cells["bib"], cells["loop"]
    if not any(cells[name] for name in ("in", "out", "remark")):
        return None
    if not (loop.isascii() and loop.isdigit() and 1 <= int(loop) < 10_000):
        raise ValueError(f"loop {loop!r} is not a number from 1")
    number = int(loop)
    found = [runner for runner in roster if bib_of(runner, number) == bib]
    if len(found) != 1:
        text = f"{len(found)} runners have the bib {bib!r} on loop {number}"
        raise ValueError(text + _hint(bib, number, roster, bib_of))
    data: dict[str, Any] = {"runner": found[0].name, "loop": number}
    for side in ("in", "out"):
        if cells[side]:
            data[f"{side}_s"] = span_s(cells[side])
    if len(data) == 2 and cells["remark"] in get_args(Verdict):
        return None  # of a sheet that `gate log --format paper` wrote: nobody's words
    return data | ({"remark": cells["remark"]} if cells["remark"] else {})


def _hint(bib: str, loop: int, roster: Sequence[Runner], bib_of: BibOf) -> str:
    """Whose bib it is on other loops, and what he wears on this one."""
    others = [row for row in roster if bib in row.bibs.values() and bib_of(row, loop) != bib]
    if len(others) != 1:
        return ""
    return f" ({others[0].name}, who has it on others, wears {bib_of(others[0], loop)!r} then)"


def _refuse_another(
    lines: dict[tuple[str, int, str], tuple[int, float]], data: Mapping[str, Any], number: int
) -> None:
    """A sheet that says two times of one touch decides nothing."""
    for side in ("in", "out"):
        if f"{side}_s" not in data:
            continue
        key = (data["runner"], data["loop"], side)
        before, at_s = lines.setdefault(key, (number, data[f"{side}_s"]))
        if at_s != data[f"{side}_s"]:
            text = f"another {side} of {key[0]}, loop {key[1]}, than line {before} says"
            raise ValueError(f"{text}: leave the right one")
