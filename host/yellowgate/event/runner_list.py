"""A list of runners as people have it: what its lines say, and all that is wrong with it.

Lists of registration sites are understood by their headings (headings.py). Nothing is guessed:
what can be read in two ways is a fault. All faults of a list are found at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yellowgate.event import headings, person
from yellowgate.event.person import Order
from yellowgate.event.table_file import Row, Table, trimmed

SEVERAL = ("event", "wave")  # columns for folders with several races or starts
_TOTALS = {
    "total", "totals", "sum", "count", "summe", "gesamt", "anzahl", "subtotal", "entrants",
    "runners", "participants", "starters", "teilnehmer", "läufer", "of", "number",
}  # fmt: skip
_HTML = re.compile(r"</?(?:table|tr|td|th|br|div|span|p|a|b|html|body)\b[^>]*>", re.IGNORECASE)


def _line_of(fault: str) -> int:
    """The line that it names; those of the whole list come first."""
    match = re.match(r"line (\d+)", fault)
    return int(match[1]) if match else 0


class Faults(ValueError):
    """All that is wrong with a list. lines: one for each, with its place."""

    def __init__(self, lines: Sequence[str]) -> None:
        lines = sorted(lines, key=_line_of)
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        super().__init__(f"{lines[0]}{more}")
        self.lines = list(lines)


@dataclass(frozen=True)
class Given:
    """What a line of a list says: only what stands in it. line: its number."""

    line: int
    said: Mapping[str, Any]
    bibs: Mapping[int, str]
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """The lines of a list, and what a person should know of how it was read."""

    given: list[Given]
    notes: list[str]


@dataclass(frozen=True)
class Columns:
    """Which columns have a meaning by race.toml: its classes, and event and wave if it has any."""

    classes: tuple[str, ...] = ()
    several: tuple[str, ...] = SEVERAL


def read(
    table: Table, columns: Columns | None = None, order: Order = "", today: date | None = None
) -> Reading:
    """What a table says of runners. order: of day and month in dates like 3/4/1980. today: for
    birthdates that cannot be; None: not looked at.

    Raises Faults with all that is wrong, or ValueError when it is no list of runners.
    """
    columns = columns or Columns()
    head, rows = headings.find(table, (*headings.ROSTER, *columns.several), columns.classes)
    notes = [*table.notes, *head.notes()]
    rows = [row for row in rows if not _is_left_out(head, row, notes)]
    return _reading(head, rows, notes, columns, order, today)


def read_own(rows: Sequence[Row], columns: Columns) -> Reading:
    """What the rows of a roster.csv say: the first is the header, and every other one a runner.

    Raises Faults or ValueError.
    """
    head, _ = headings.find(
        Table(list(rows[:1])), (*headings.ROSTER, *columns.several), columns.classes
    )
    return _reading(head, rows[1:], [], columns, "", None)


def _reading(
    head: headings.Head,
    rows: Sequence[Row],
    notes: list[str],
    columns: Columns,
    order: Order,
    today: date | None,
) -> Reading:
    if not {"name", "last", "bib", "tag"} & set(head.columns):
        raise ValueError(
            f"line {head.row}: the column 'name' is missing (header: name,gender,tag,bib)"
        )
    cells, faults = _cells(head, rows)
    order, unclear = _order([row.get("birthdate", "") for _, row in cells], order)
    faults += unclear + person.gender_faults(row.get("gender", "") for _, row in cells)
    given: list[Given] = []
    for line, row in cells:
        said, wrong = _said(row, order, today)
        faults += [f"line {line}: {text}" for text in wrong]
        given.append(
            Given(line, said, _bibs(row), {c: row[c] for c in columns.classes if row.get(c)})
        )
    if faults:
        raise Faults(faults)
    return Reading(given, notes)


def _order(dates: Sequence[str], order: Order) -> tuple[Order, list[str]]:
    """The order that was said or that the column shows, and what is unclear, in words."""
    try:
        order = order or person.date_order(dates)
    except ValueError as error:
        return "", [str(error)]
    example = next((text for text in dates if not order and person.needs_order(text)), None)
    if example is None:
        return order, []
    text = f"birthdates like {example} can be read in two ways: say --dates mdy or --dates dmy"
    return "", [text]


def _is_left_out(head: headings.Head, row: Row, notes: list[str]) -> bool:
    """Is the line a sum or a piece of a web page, and no runner? Then it is named in notes."""
    if any(_HTML.search(cell) for cell in row.cells):
        notes.append(f"left out: line {row.number}, which is a piece of a web page")
        return True
    first = next((cell for cell in row.cells if cell), "")
    said = {name for name, cell in zip(head.columns, row.cells, strict=False) if name and cell}
    words = re.findall(r"[^\W\d_]+", first.casefold())
    if not words or not set(words) <= _TOTALS or said & {"tag", "birthdate", "gender"}:
        return False
    notes.append(f"left out: line {row.number} ({first!r}), which is no runner")
    return True


def _cells(
    head: headings.Head, rows: Sequence[Row]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Each line as cells by meaning, and what is wrong."""
    found: list[tuple[int, dict[str, str]]] = []
    faults: list[str] = []
    width = len(head.columns)
    for number, cells in rows:
        row = trimmed(cells, width)
        if len(row) != width:
            faults.append(f"line {number}: {width} columns are expected, here are {len(row)}")
            continue
        said = {name: cell for name, cell in zip(head.columns, row, strict=True) if name and cell}
        if said:
            found.append((number, said))
    return found, faults


def _said(
    row: Mapping[str, str], order: Order, today: date | None
) -> tuple[dict[str, Any], list[str]]:
    """The fields of a Runner that the line gives, and what is wrong with it."""
    wrong: list[str] = []

    def checked(column: str, read_it: Callable[[str], Any]) -> Any:  # noqa: ANN401 - any field
        try:
            return read_it(row[column])
        except ValueError as error:
            wrong.append(str(error))
            return None

    said: dict[str, Any] = {
        name: row[name] for name in ("city", "state", "country", *SEVERAL) if name in row
    }
    name = row.get("name") or " ".join(row[key] for key in ("first", "last") if key in row)
    if name:
        said["name"] = " ".join(name.split())
    elif not row.keys() & {"bib", "tag"}:
        wrong.append("the name is missing")
    readers: dict[str, Callable[[str], Any]] = {
        "gender": person.gender,
        "tag": person.uid,
        "tag2": person.uid,
        "age": person.age,
        "birthdate": lambda text: person.birthdate(text, order, today),
    }
    for column, read_it in readers.items():
        if column in row:
            said[column] = checked(column, read_it)
    if "hometown" in row:
        city, state = person.town(row["hometown"])
        said.setdefault("city", city)
        said |= {"state": state} if state and "state" not in said else {}
    if "formerly" in row:
        said["formerly"] = _names(row["formerly"])
    return said, wrong


def _bibs(row: Mapping[str, str]) -> dict[int, str]:
    bibs = {0: row["bib"]} if row.get("bib") else {}
    for column, value in row.items():
        if column.startswith("bib_loop"):
            bibs[int(column.removeprefix("bib_loop"))] = value
    return bibs


def _names(cell: str) -> tuple[str, ...]:
    """The names that _cell() wrote; a semicolon in a name stands there twice."""
    parts = re.split(r"(?<!;);(?!;)", cell)
    return tuple(part.strip().replace(";;", ";") for part in parts)
