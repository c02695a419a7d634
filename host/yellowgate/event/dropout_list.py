"""A list of dropouts and of those who did not start: one ruling "dropout" a line, and "return".

Columns: bib or name, reason, time (when the runner was out), back (when in camp again). A list
with a bib alone is one of those who did not start, where the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yellowgate.event import headings
from yellowgate.event.runner_list import Faults
from yellowgate.event.table_rows import Table, trimmed
from yellowgate.model import Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import TimeReader

COLUMNS = ("bib", "name", "first", "last", "reason", "time", "back")
Find = Callable[[str], Runner]  # who is meant by a bib or a name; raises ValueError
YES = ("yes", "x", "y", "ja", "oui", "sí", "si")
Made = tuple[str, dict[str, Any]]  # kind of ruling, its data


@dataclass(frozen=True)
class Dropouts:
    """The rulings that a list makes, and what a person should know of it."""

    rulings: list[Made]
    notes: list[str]


def read(
    table: Table, find_bib: Find, find_name: Find, times: TimeReader, reason: str = ""
) -> Dropouts:
    """What the list says. times: how its times are read. reason: where its lines give none.

    Raises Faults with all that is wrong, or ValueError when it is no such list.
    """
    head, rows = headings.find(table, COLUMNS)
    readers = headings.times_of(table, head, ("time", "back"), times)
    if not {"bib", "name", "last"} & set(head.columns):
        raise ValueError(f"line {head.row}: the list needs a column bib or name")
    made: list[Made] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        row = trimmed(cells, len(head.columns))
        said = {name: cell for name, cell in zip(head.columns, row, strict=False) if name and cell}
        if not said:
            continue
        try:
            if len(row) != len(head.columns):
                raise ValueError(f"{len(head.columns)} columns are expected, here are {len(row)}")
            who = _who(said, find_bib, find_name)
            if who in seen:
                raise ValueError(f"{who} is in line {seen[who]} too: leave one")
            seen[who] = number
            made += _rulings(said, who, readers, reason)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise Faults(faults)
    return Dropouts(made, [*table.notes, *head.notes()])


def _who(said: Mapping[str, str], find_bib: Find, find_name: Find) -> str:
    """The runner of the line; bib and name, where both are there, must mean one."""
    name = said.get("name") or " ".join(said[key] for key in ("first", "last") if key in said)
    found = [
        find(text) for find, text in ((find_bib, said.get("bib", "")), (find_name, name)) if text
    ]
    if not found:
        raise ValueError("bib and name are missing")
    if len({runner.name for runner in found}) > 1:
        raise ValueError(f"the bib {said['bib']} is {found[0].name}'s, and not {name!r}")
    return found[0].name


def _rulings(
    said: Mapping[str, str], who: str, readers: Mapping[str, TimeReader], reason: str
) -> list[Made]:
    why = said.get("reason", reason)
    if not why:
        raise ValueError(f"{who}: the reason is missing (write it, or say --reason for all)")
    made: list[Made] = [("dropout", {"runner": who, "reason": why} | _when(said, "time", readers))]
    back = said.get("back", "")
    if back.casefold() in YES:
        raise ValueError(f"{who}: back {back!r}: write when, like 14:02:00 or Sat 03:21")
    if back:
        made.append(("return", {"runner": who} | _when(said, "back", readers)))
    checked: list[Made] = []
    for kind, data in made:
        ruling = ruling_kinds.make(kind, data, "list", "", 0)
        checked.append((kind, dict(ruling.data)))
    return checked


def _when(
    said: Mapping[str, str], column: str, readers: Mapping[str, TimeReader]
) -> dict[str, Any]:
    text = said.get(column, "")
    return readers[column].read(text) if text else {}
