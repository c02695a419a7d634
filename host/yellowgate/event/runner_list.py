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
from yellowgate.event.table_rows import Row, Table, trimmed

SEVERAL = ("event", "wave")  # columns for folders with several races or starts
_TOTALS = {
    "total", "totals", "sum", "count", "summe", "gesamt", "anzahl", "subtotal", "entrants",
    "runners", "participants", "starters", "teilnehmer", "läufer", "of", "number", "page", "seite",
}  # fmt: skip
# Columns by which sites say that somebody does not run any more, and the words for it.
_GONE_COLUMNS = {"removed", "withdrawn", "cancelled", "canceled", "status", "entrystatus",
                 "registrationstatus"}  # fmt: skip
_GONE = re.compile(r"withdr|cancel|remov|dropped|refund|deferr|transferred out|abgemeldet|annul")
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
    titles = next(row.cells for row in table.rows if row.number == head.row)
    rows = [row for row in rows if not _is_left_out(head, titles, row, notes)]
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
    if not {"name", "last", "last_first", "bib", "tag"} & set(head.columns):
        unused = f"; not understood: {', '.join(head.unused)}" if head.unused else ""
        raise ValueError(
            f"line {head.row}: the column 'name' is missing (header: name,gender,tag,bib){unused}"
        )
    cells, faults = _cells(head, rows)
    faults += _numbered(cells)
    order, unclear = _order([row.get("birthdate", "") for _, row in cells], order)
    faults += unclear + person.gender_faults(row.get("gender", "") for _, row in cells)
    given: list[Given] = []
    for line, row in cells:
        said, wrong = _said(row, order, today)
        faults += [f"line {line}: {text}" for text in wrong]
        classes = {name: row[name] for name in columns.classes if row.get(name)}
        given.append(Given(line, said, _bibs(row, line, faults), classes))
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


def _numbered(cells: Sequence[tuple[int, Mapping[str, str]]]) -> list[str]:
    """Bibs that stand before the names, in their column."""
    names = [row.get("name", "") for _, row in cells]
    if not names or not all(re.match(r"#?\d+[.):]?\s+\D", name) for name in names):
        return []
    line, row = cells[0]
    return [f"line {line}: a number in the name {row['name']!r}: give bibs a column of their own"]


def _is_left_out(head: headings.Head, titles: Sequence[str], row: Row, notes: list[str]) -> bool:
    """Is the line a heading that comes again, a sum, a piece of a web page, or somebody who does
    not run any more? Then it is named in notes.
    """
    if [cell.casefold() for cell in row.cells] == [cell.casefold() for cell in titles]:
        notes.append(f"left out: line {row.number}, the headings again")
        return True
    gone = _gone(titles, row)
    if gone:
        notes.append(f"left out: line {row.number} ({row.cells[0]!r}): {gone}, so does not run")
        return True
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


def _gone(titles: Sequence[str], row: Row) -> str:
    """By which column the runner does not run any more, "" for one who does."""
    for title, cell in zip(titles, row.cells, strict=False):
        name = headings.plain(title)
        if name not in _GONE_COLUMNS or not cell or headings.plain(cell) in ("no", "false", "0"):
            continue
        if not name.endswith("status") or _GONE.search(cell.casefold()):
            return f"{title} is {cell!r}"
    return ""


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
            hint = " (a name with a comma in it needs quotes)" if len(row) > width else ""
            faults.append(f"line {number}: {width} columns are expected, here are {len(row)}{hint}")
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
            return read_it(row.get(column, ""))
        except ValueError as error:
            wrong.append(str(error))
            return None

    said: dict[str, Any] = {
        name: row[name] for name in ("city", "state", "country", *SEVERAL) if name in row
    }
    name = (
        row.get("name")
        or checked("last_first", person.last_first)
        or " ".join(row[key] for key in ("first", "last") if key in row)
    )
    if name:
        said["name"] = " ".join(name.split())
    elif not row.keys() & {"bib", "tag", "last_first"}:
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


def _bibs(row: Mapping[str, str], line: int, faults: list[str]) -> dict[int, str]:
    bibs: dict[int, str] = {}
    for column, value in row.items():
        if column != "bib" and not column.startswith("bib_loop"):
            continue
        try:
            bib = person.bib(value)
        except ValueError as error:
            faults.append(f"line {line}: {error}")
            continue
        if bib:
            bibs[int(column.removeprefix("bib_loop") if column != "bib" else 0)] = bib
    return bibs


def _names(cell: str) -> tuple[str, ...]:
    """The names that _cell() wrote; a semicolon in a name stands there twice."""
    parts = re.split(r"(?<!;);(?!;)", cell)
    return tuple(part.strip().replace(";;", ";") for part in parts)
