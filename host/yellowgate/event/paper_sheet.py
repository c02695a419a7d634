"""The paper sheet (`bib,loop,in,out,remark`) as a source: one ruling "paper" a line.

in: arrival at the end of the loop; out: departure for it; both H:MM:SS of the race clock, since
the start, as the printed sheet says. A time that says that it is one of day ("Sat 03:21",
"3:21 am", "clock 03:21", a date) is taken as such, and so are all of a column headed "in (clock)"
or "time of day"; of H:MM alone see times.TimeReader. It reads what the roster reads: encodings,
separators, headings, bibs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from yellowgate.event import headings, person
from yellowgate.event.runner_list import Faults
from yellowgate.event.table_rows import Row, Table, trimmed
from yellowgate.model import Runner, Verdict
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import TimeReader

HEADER = ("bib", "loop", "in", "out", "remark")
BibOf = Callable[[Runner, int], str]  # what this runner wears on this loop


@dataclass(frozen=True)
class Sheet:
    """The data of the rulings that a sheet makes, and what a person should know of it."""

    lines: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list[str])


def is_sheet(table: Table) -> bool:
    """Is this table meant as a sheet? It has a column for the loop, and one for a time."""
    try:
        head, _ = headings.find(table, headings.SHEET)
    except ValueError:
        return False
    return "loop" in head and ("in" in head or "out" in head)


def read(
    table: Table, roster: Sequence[Runner], times: TimeReader, bib_of: BibOf = Runner.bib
) -> Sheet:
    """What this sheet says. bib_of: where rulings changed bibs. times: how its times are read.

    Raises Faults with all that is wrong: also two lines that say different times of one touch.
    """
    head, rows = headings.find(table, headings.SHEET)
    if "loop" not in head or not {"bib", "name", "last"} & set(head.columns):
        raise ValueError(
            f"line {head.row}: the header of a paper sheet is {','.join(HEADER)} (bib or name)"
        )
    notes = [*table.notes, *head.notes()]
    readers = headings.times_of(table, head, ("in", "out"), times)
    made: list[dict[str, Any]] = []
    faults: list[str] = []
    seen: dict[tuple[str, int, str], tuple[int, object]] = {}
    for row in rows:
        try:
            data = _line(_cells(head.columns, row), roster, bib_of, readers)
            if data is None or data in made:
                continue
            ruling_kinds.check("paper", data)
            _refuse_another(seen, data, row.number)
        except ValueError as error:
            faults.append(f"line {row.number}: {error}")
            continue
        made.append(data)
    if faults:
        raise Faults(faults)
    return Sheet(made, notes)


def _cells(columns: Sequence[str], row: Row) -> dict[str, str]:
    cells = trimmed(row.cells, len(columns))
    if len(cells) != len(columns):
        hint = " (a remark with a comma in it needs quotes)" if len(cells) > len(columns) else ""
        raise ValueError(f"{len(columns)} columns are expected, here are {len(cells)}{hint}")
    return {name: cell for name, cell in zip(columns, cells, strict=True) if name}


def _line(
    cells: Mapping[str, str],
    roster: Sequence[Runner],
    bib_of: BibOf,
    readers: Mapping[str, TimeReader],
) -> dict[str, Any] | None:
    """None for a line that says nothing (a sheet that was printed with its bibs, say)."""
    if not any(cells.get(name) for name in ("in", "out", "remark")):
        return None
    loop = cells.get("loop", "")
    if not (loop.isascii() and loop.isdigit() and 1 <= int(loop) < 10_000):
        raise ValueError(f"loop {loop!r} is not a number from 1")
    data: dict[str, Any] = {"runner": _who(cells, int(loop), roster, bib_of), "loop": int(loop)}
    for side in ("in", "out"):
        text = cells.get(side, "")
        if text:
            data |= readers[side].read(text, side)
    remark = cells.get("remark", "")
    if len(data) == 2 and remark in get_args(Verdict):
        return None  # of a sheet that `gate log --format paper` wrote: nobody's words
    return data | ({"remark": remark} if remark else {})


def _who(cells: Mapping[str, str], loop: int, roster: Sequence[Runner], bib_of: BibOf) -> str:
    """The runner of this line, by the bib, else by the name. Raises ValueError."""
    bib = cells.get("bib", "")
    name = cells.get("name") or " ".join(cells[key] for key in ("first", "last") if key in cells)
    if not bib:
        low = name.casefold()
        found = [row for row in roster if low in map(str.casefold, (row.name, *row.formerly))]
        if len(found) != 1:
            raise ValueError(f"{len(found)} runners are called {name!r}")
        return found[0].name
    found = [runner for runner in roster if bib_of(runner, loop) == bib]
    found = found or [row for row in roster if person.same_bib(bib, [bib_of(row, loop)])]
    if len(found) != 1:
        text = f"{len(found)} runners have the bib {bib!r} on loop {loop}"
        raise ValueError(text + _hint(bib, loop, roster, bib_of))
    return found[0].name


def _hint(bib: str, loop: int, roster: Sequence[Runner], bib_of: BibOf) -> str:
    """Whose bib it is on other loops, and what that runner wears on this one."""
    others = [row for row in roster if bib in row.bibs.values() and bib_of(row, loop) != bib]
    if len(others) != 1:
        return ""
    return f" ({others[0].name}, who has it on others, wears {bib_of(others[0], loop)!r} then)"


def _refuse_another(
    seen: dict[tuple[str, int, str], tuple[int, object]], data: Mapping[str, Any], number: int
) -> None:
    """A sheet that says two times of one touch decides nothing."""
    for side in ("in", "out"):
        said = [data[key] for key in (f"{side}_s", f"{side}_at") if key in data]
        if not said:
            continue
        key = (data["runner"], data["loop"], side)
        before, when = seen.setdefault(key, (number, said[0]))
        if when != said[0]:
            text = f"another {side} of {key[0]}, loop {key[1]}, than line {before} says"
            raise ValueError(f"{text}: leave the right one")
