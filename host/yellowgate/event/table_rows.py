"""A table as rows of text, whatever file it comes from, and how much of one is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from yellowgate.redact import as_meant, on_one_line

ROWS_MAX = 20_000
CELL_LETTERS_MAX = 2_000


class Row(NamedTuple):
    """A line of the table that is not empty. number: as the program shows it, from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """The rows, and what a person should know of how they were read."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list[str])


def checked(row: Row, count: int) -> Row:
    """The row, the count-th. Raises ValueError when it is too much for a list of runners."""
    if count > ROWS_MAX:
        raise ValueError(f"has more than {ROWS_MAX} rows: is it a list of runners?")
    long = next((cell for cell in row.cells if len(cell) > CELL_LETTERS_MAX), None)
    if long is not None:
        raise ValueError(f"line {row.number}: a cell has {len(long)} letters: look at its quotes")
    return row


def entered(cell: str) -> str:
    """A cell as it is taken in: letters in one piece (a Mac writes ü as u and dots), on one line,
    without what a terminal would obey, or nobody sees.
    """
    return as_meant(on_one_line(unicodedata.normalize("NFC", cell)))


def trimmed(cells: Sequence[str], count: int) -> list[str]:
    """Without empty cells behind the last column: some programs add them."""
    row = list(cells)
    while len(row) > count and not row[-1]:
        row.pop()
    return row
