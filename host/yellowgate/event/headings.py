"""The headings of rosters and paper sheets, as registration sites and people write them.

One table for all (heading_words.py): what is not in it is left out and named. Compared without
capitals, accents, spaces and signs, so that "Bib #", "BIB_NO." and "bib no" are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from yellowgate.event.heading_words import ALIASES
from yellowgate.event.table_rows import Row, Table
from yellowgate.times import Said, TimeReader

ROSTER = (
    "name", "first", "last", "last_first", "gender", "bib", "tag", "tag2", "birthdate", "age",
    "city", "hometown", "state", "country", "formerly",
)  # fmt: skip
SHEET = ("bib", "name", "first", "last", "loop", "in", "out", "remark")
RACE_CLOCK_WORDS = ("race", "since", "elapsed", "gun", "rennzeit", "temps de course")
CLOCK_WORDS = ("clock", "time of day", "tod", "watch", "uhrzeit", "heure")
HEAD_ROWS_MAX = 20  # a title and some words may stand above the headings
_BIB_LOOP = re.compile(r"(?:bib(?:no|number|num)?)?(?:loop|lap)([1-9]\d?)(?:bib)?")


def plain(text: str) -> str:
    """Letters, digits and # alone, without capitals and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if sign.isalnum() or sign == "#")


@dataclass(frozen=True)
class Head:
    """The line of the headings: which meaning each column has, "" for none. row: its number."""

    row: int
    columns: list[str]
    unused: list[str]

    def notes(self) -> list[str]:
        """What a person should know of the columns."""
        return [f"not used: {', '.join(self.unused)}"] if self.unused else []

    def __contains__(self, name: str) -> bool:
        """Is there a column of this meaning?"""
        return name in self.columns


def find(table: Table, wanted: Sequence[str], more: Collection[str] = ()) -> tuple[Head, list[Row]]:
    """The headings of a table, and the rows below them. wanted: the meanings that count here.
    more: names of columns that race.toml gives a meaning (classes).

    Raises ValueError when there are none, or two columns of one meaning.
    """
    known = {plain(alias): name for name in wanted for alias in ALIASES.get(name, (name,))}
    known |= {plain(name): name for name in more}
    best, most = -1, 0
    for at, row in enumerate(table.rows[:HEAD_ROWS_MAX]):
        count = sum(bool(_meaning(cell, known)) for cell in row.cells)
        if count > most:
            best, most = at, count
    if best < 0:
        raise ValueError(
            f"no headings are found (wanted: {', '.join(wanted[:3])}, ...; between the columns "
            "commas, semicolons, tabs or bars)"
        )
    row = table.rows[best]
    meanings = [_meaning(cell, known) for cell in row.cells]
    above = table.rows[best - 1] if best else None
    rows = table.rows[best + 1 :]
    if above is not None:  # a heading may reach over two lines
        meanings = _filled(meanings, row, [_meaning(cell, known) for cell in above.cells])
    if rows and _is_second(rows[0], known):
        row, lower, rows = rows[0], [_meaning(cell, known) for cell in rows[0].cells], rows[1:]
        meanings = [under or over for over, under in zip_longest(meanings, lower, fillvalue="")]
        cells = [under or over for over, under in zip_longest(table.rows[best].cells, row.cells)]
        row = Row(row.number, [cell or "" for cell in cells])
    while len(meanings) > 1 and not meanings[-1] and not _is_needed(len(meanings) - 1, row, rows):
        meanings.pop()  # some programs add empty columns behind
    _refuse_doubles(row, meanings)
    return Head(row.number, meanings, _unused(meanings, row, rows)), rows


def _filled(meanings: list[str], row: Row, above: Sequence[str]) -> list[str]:
    pairs = zip_longest(meanings, above[: len(meanings)], fillvalue="")
    return [
        own or ("" if cell else over) for (own, over), cell in zip(pairs, row.cells, strict=False)
    ]


def _is_second(row: Row, known: dict[str, str]) -> bool:
    """Does this line go on with the headings ("Name" above "First" and "Last")?"""
    said = [cell for cell in row.cells if cell]
    return len(said) >= 2 and all(_meaning(cell, known) for cell in said)


def _is_needed(at: int, row: Row, rows: Sequence[Row]) -> bool:
    """Has this column a heading, or anything below it?"""
    return bool(row.cells[at : at + 1] and row.cells[at]) or any(
        len(one.cells) > at and one.cells[at] for one in rows
    )


def _unused(meanings: Sequence[str], row: Row, rows: Sequence[Row]) -> list[str]:
    """The columns that are left out, in words. Raises ValueError for one without a heading beside
    a name: half of the name may stand in it.
    """
    unused: list[str] = []
    for at, name in enumerate(meanings):
        cell = row.cells[at] if at < len(row.cells) else ""
        if name or not _is_needed(at, row, rows):
            continue
        if not cell and at and meanings[at - 1] in ("name", "first", "last", "last_first"):
            raise ValueError(
                f"line {row.number}: column {at + 1}, beside {row.cells[at - 1]!r}, has no "
                "heading (headings merged?): write one above each column"
            )
        unused.append(repr(cell) if cell else f"column {at + 1}, which has no heading")
    return unused


def _meaning(cell: str, known: dict[str, str]) -> str:
    word = plain(cell)
    for one in (word, plain(cell.partition("(")[0])):  # "Sex (M/F)" is the sex
        if one in known:
            return known[one]
    match = _BIB_LOOP.fullmatch(word)
    return f"bib_loop{int(match[1])}" if match and "bib" in known.values() and "bib" in word else ""


def _refuse_doubles(row: Row, columns: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for cell, name in zip(row.cells, columns, strict=False):
        if name and name in seen:
            raise ValueError(
                f"line {row.number}: the columns {seen[name]!r} and {cell!r} both say the {name}: "
                "leave one"
            )
        seen[name] = cell


def times_of(
    table: Table, head: Head, names: Collection[str], reader: TimeReader
) -> dict[str, TimeReader]:
    """How the times of each of these columns are read, by what its heading says: "in (clock)" has
    times of day, "in (race clock)" those since the start.
    """
    row = next(row for row in table.rows if row.number == head.row)
    return {
        name: reader.of_column(_said(cell.casefold()))
        for name, cell in zip(head.columns, row.cells, strict=False)
        if name in names
    }


def _said(heading: str) -> Said:
    if any(word in heading for word in RACE_CLOCK_WORDS):
        return "race clock"
    return "clock" if any(word in heading for word in CLOCK_WORDS) else ""
