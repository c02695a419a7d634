"""A table as people have it: CSV with any separator and encoding, or XLSX, as rows of text.

What a file is, is seen from its content. Whatever could be read in two ways is refused with the
way to say which; nothing is guessed. Limits keep a bomb or a wrong file from filling the memory.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from yellowgate.redact import as_meant, on_one_line

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FILE_BYTES_MAX = 16 << 20
UNPACKED_BYTES_MAX = 64 << 20  # of an XLSX: one that unpacks to more is no roster
ROWS_MAX = 20_000
CELL_LETTERS_MAX = 2_000
COLUMNS_MAX = 256
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What Excel and its like write in the countries where races are, besides UTF-8 and UTF-16.
CODE_PAGES = {
    "cp1252": "Windows-1252, Western Europe",
    "cp1250": "Windows-1250, Central Europe",
    "cp1251": "Windows-1251, Cyrillic",
    "cp1253": "Windows-1253, Greek",
    "cp1254": "Windows-1254, Turkish",
    "cp1257": "Windows-1257, Baltic",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
}
# Quotes, dashes, degree, euro and the like, which stand between letters.
_SIGNS = "\u2019\u2018\xb4\u2013\u2014\u2026\xb0\u201c\u201d\u201e\xab\xbb\u20ac\u2116\xa0"
_NO_TEXT = (
    "is no text: export the list as CSV or XLSX (UTF-16 without its mark: --encoding utf-16-le)"
)
_MAGICS = (
    (b"%PDF", "is a PDF: export the list as CSV or XLSX"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls): save it as .xlsx or CSV UTF-8"),
    (b"SQLite format 3\0", "is a race.db: gate merge unites it"),
    (b"\x89PNG", "is a picture: a list as CSV or XLSX is wanted"),
    (b"\xff\xd8\xff", "is a picture: a list as CSV or XLSX is wanted"),
    (b"\x1f\x8b", "is a packed file: unpack it first"),
    (b"7z\xbc\xaf", "is a packed file: unpack it first"),
)


class Row(NamedTuple):
    """A line of the table that is not empty. number: as the program shows it, from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """The rows, and what a person should know of how they were read."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list[str])


def read(data: bytes, encoding: str = "", sheet: str = "") -> Table:
    """The table in this file. encoding: where somebody said it (a Python name, like "cp1252").
    sheet: the name of the one that is meant, in a workbook of several.

    Raises ValueError, one line that says what the file is and what to do.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ValueError(f"is {len(data) >> 20} MB: a list of runners has less than 16")
    for magic, words in _MAGICS:
        if data.startswith(magic):
            raise ValueError(words)
    if data.startswith(b"PK"):
        return _xlsx(data, sheet)
    text, notes = decode(data, encoding)
    low = text.lstrip("\ufeff \t\r\n").lower()
    if low.startswith(("<!doctype html", "<html", "<?xml", "<table")):
        raise ValueError("is a web page or XML: export the list as CSV or XLSX")
    return Table(list(csv_rows(text)), notes)


def decode(data: bytes, encoding: str = "") -> tuple[str, list[str]]:
    """The text of a file, and how it was read where that is not plain UTF-8.

    Raises ValueError when it is no text, or when it can be read in two ways.
    """
    if encoding:
        return _decoded(data, encoding), [f"read as {CODE_PAGES.get(encoding, encoding)}"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16"), ["read as UTF-16"]
    unmarked = _unmarked_utf16(data)
    if unmarked:
        return _decoded(data, unmarked), [f"read as {unmarked.upper()} without its mark"]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, page = _of_code_page(data)
        return text, [f"read as {page}"]
    if "\0" in text:
        raise ValueError(_NO_TEXT)
    return text, []


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except LookupError:
        raise ValueError(
            f"no encoding is called {encoding!r} (known: utf-8, utf-16, {', '.join(CODE_PAGES)})"
        ) from None
    except UnicodeError as error:
        raise ValueError(f"is not text in {encoding} (byte {_at(error)})") from error
    if "\0" in text:
        raise ValueError(_NO_TEXT)
    return text.removeprefix("\ufeff")


def _at(error: UnicodeError) -> str:
    return str(error.start) if isinstance(error, UnicodeDecodeError) else "?"


def _unmarked_utf16(data: bytes) -> str:
    """ "utf-16-le" or "utf-16-be" for text with a zero in every other byte, "" else."""
    head = data[:400]
    if len(data) % 2 or len(head) < 4:
        return ""
    for encoding, zeros, others in (
        ("utf-16-le", head[1::2], head[0::2]),
        ("utf-16-be", head[0::2], head[1::2]),
    ):
        if zeros.count(0) > 0.8 * len(zeros) and others.count(0) == 0:
            return encoding
    return ""


def _of_code_page(data: bytes) -> tuple[str, str]:
    """The text of a file from a country's code page, and the page in words.

    A detector proposes the pages; where their texts differ as names do, a person must say which.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for files that are not UTF-8

    if b"\0" in data:
        raise ValueError(_NO_TEXT)
    found: dict[str, str] = {}
    for match in from_bytes(data, cp_isolation=list(CODE_PAGES), threshold=0.5):
        found.setdefault(_decoded(data, match.encoding), match.encoding)
    likely = {text: page for text, page in found.items() if _looks_like_names(text)}
    if not likely:
        raise ValueError(
            "is not UTF-8 text, nor surely of one code page: save it as CSV UTF-8, or say which "
            f"with --encoding (known: {', '.join(CODE_PAGES)})"
        )
    if len(likely) == 1:
        text, page = next(iter(likely.items()))
        return text, CODE_PAGES[page]
    ways = [f"{page} ({_first_difference(text, likely)})" for text, page in likely.items()]
    raise ValueError(
        f"is not UTF-8, and its letters may be {' or '.join(ways[:4])}: "
        f"say which with --encoding {next(iter(likely.values()))}, or save it as CSV UTF-8"
    )


def _looks_like_names(text: str) -> bool:
    """No word of two scripts, no sign that is no letter where a letter should be, no capital with
    an accent in the middle of a word: all that a wrong code page makes of names.
    """
    for word in "".join(
        sign if sign.isalpha() or ord(sign) > 127 else " " for sign in text
    ).split():
        foreign = [sign for sign in word if ord(sign) > 127]
        if any(not (sign.isalpha() or sign in _SIGNS) for sign in foreign):
            return False
        scripts = {unicodedata.name(sign, "?").split()[0] for sign in word if sign.isalpha()}
        if len(scripts) > 1:
            return False
        if any(a.islower() and b.isupper() and ord(b) > 127 for a, b in pairwise(word)):
            return False
    return True


def _first_difference(text: str, others: Iterable[str]) -> str:
    """The first word that is another one in another of the texts."""
    columns = zip(*(one.split() for one in (text, *others)), strict=False)
    return next((words[0] for words in columns if len(set(words)) > 1), "")


def csv_rows(text: str) -> Iterator[Row]:
    """The rows of a CSV text that are not empty.

    Some programs write semicolons, tabs or bars instead of commas: the first line that has any
    tells. Raises ValueError naming the line where the text is torn or no CSV.
    """
    text = unicodedata.normalize("NFC", text.lstrip("\ufeff"))  # a Mac writes ü as u and dots
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next(
        (line for line in text.split("\n") if any(sign in line for sign in SEPARATORS)), ""
    )
    separator = max(SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True, strict=True)
    csv.field_size_limit(CELL_LETTERS_MAX * 8)
    count, line = 0, 1
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            text = f"line {line}: not readable as CSV ({error}): look at its quotes"
            raise ValueError(text) from error
        if cells is None:
            return
        if any("\n" in cell for cell in cells):
            words = "a cell goes on over several lines: is a quote missing or too much?"
            raise ValueError(f"line {line}: {words}")
        row = Row(line, [entered(cell) for cell in cells])
        line = rows.line_num + 1
        if any(row.cells):
            count += 1
            yield _checked(row, count)


def entered(cell: str) -> str:
    """A cell as it is taken in: on one line, without what a terminal would obey, or nobody sees."""
    return as_meant(on_one_line(cell))


def _checked(row: Row, count: int) -> Row:
    if count > ROWS_MAX:
        raise ValueError(f"has more than {ROWS_MAX} rows: is it a list of runners?")
    long = next((cell for cell in row.cells if len(cell) > CELL_LETTERS_MAX), None)
    if long is not None:
        raise ValueError(f"line {row.number}: a cell has {len(long)} letters: look at its quotes")
    return row


def _xlsx(data: bytes, name: str) -> Table:
    """The sheet of this name, or the only one of a workbook that has something in it."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow, and only for XLSX

    _refuse_package(data)
    try:
        books = [
            load_workbook(io.BytesIO(data), data_only=is_value, read_only=True)
            for is_value in (True, False)
        ]
        pairs = zip(books[0].worksheets, books[1].worksheets, strict=True)
        sheets = {
            values.title: _sheet(values, formulas)
            for values, formulas in pairs
            if not name or values.title == name
        }
        titles = [sheet.title for sheet in books[0].worksheets]
    except ValueError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML in it makes happen
        raise ValueError(f"is an XLSX that cannot be read ({type(error).__name__})") from error
    if name and not sheets:
        raise ValueError(f"has no sheet {name!r}, but {', '.join(map(repr, titles))}")
    filled = [(title, rows) for title, rows in sheets.items() if rows]
    if not filled:
        raise ValueError("is an XLSX without anything in it")
    if len(filled) > 1:
        names = ", ".join(repr(title) for title, _ in filled)
        raise ValueError(f"has several sheets: say which with --sheet, of {names}")
    notes = [f"sheet {filled[0][0]!r} of the workbook"] if len(titles) > 1 else []
    return Table(filled[0][1], notes)


def _refuse_package(data: bytes) -> None:
    """What is no workbook, or unpacks to more than a list of runners can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise ValueError("is a damaged XLSX or ZIP file") from error
    if "xl/workbook.xml" not in names:
        raise ValueError("is a ZIP file, no XLSX: unpack it, and take the list in it")
    if size > UNPACKED_BYTES_MAX:
        raise ValueError(
            f"unpacks to {size >> 20} MB: is it a list of runners? Save it as CSV UTF-8"
        )


def _sheet(sheet: Worksheet, formulas: Worksheet) -> list[Row]:
    """The rows that are not empty; a million empty ones among them cost nothing."""
    rows: list[Row] = []
    for one in (sheet, formulas):  # what a program says of a sheet's size may be wrong
        cast("Any", one).reset_dimensions()
    lines = zip(
        sheet.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True
    )
    for number, (values, written) in enumerate(lines, 1):
        if not any(value is not None for value in written):
            continue
        if len(values) > COLUMNS_MAX and any(values[COLUMNS_MAX:]):
            raise ValueError(f"line {number} has more than {COLUMNS_MAX} columns: is it a list?")
        _refuse_uncomputed(values, written, number)
        cells = [
            _cell_text(value, number, column)
            for column, value in enumerate(values[:COLUMNS_MAX], 1)
        ]
        if any(cells):
            rows.append(_checked(Row(number, cells), len(rows) + 1))
    width = max((len(row.cells) for row in rows), default=0)
    return [Row(row.number, row.cells + [""] * (width - len(row.cells))) for row in rows]


def _refuse_uncomputed(values: Sequence[object], written: Sequence[object], number: int) -> None:
    """A formula has no value until a spreadsheet program computed it, and saved the file."""
    for column, (value, text) in enumerate(zip(values, written, strict=False), 1):
        if value is None and text is not None:
            raise ValueError(
                f"line {number}: column {column} has a formula that was never computed ({text}): "
                "open the file in a spreadsheet program and save it, or save it as CSV UTF-8"
            )


def _cell_text(value: object, number: int, column: int) -> str:
    """A cell as a person reads it: 101 for 101.0, 1985-05-01 for a date."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "A")):
        raise ValueError(f"line {number}: column {column} has an error in it ({value})")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        whole = round(value.total_seconds())
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return unicodedata.normalize("NFC", entered(str(value)))


def trimmed(cells: Sequence[str], count: int) -> list[str]:
    """Without empty cells behind the last column: some programs add them."""
    row = list(cells)
    while len(row) > count and not row[-1]:
        row.pop()
    return row
