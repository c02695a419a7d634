"""A table in an XLSX file, as a person reads it there; and what else comes in a ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from yellowgate.event.table_rows import Row, Table, checked, entered

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

UNPACKED_BYTES_MAX = 64 << 20  # of an XLSX: one that unpacks to more is no roster
COLUMNS_MAX = 256


def read(data: bytes, name: str) -> Table:
    """The sheet of this name, or the only one of a workbook that has something in it.

    Raises ValueError, one line that says what the file is and what to do.
    """
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
            if (values.title == name if name else values.sheet_state == "visible")
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


_ZIP = "is a ZIP file, no XLSX: unpack it, and take the list in it"
_PACKAGES = (
    ("xl/workbook.bin", "is a binary workbook (.xlsb): save it as .xlsx or CSV UTF-8"),
    ("word/document.xml", "is a Word document: a list as CSV or XLSX is wanted"),
    ("content.xml", "is an OpenDocument file (.ods): save it as .xlsx or CSV UTF-8"),
    ("Index/Document.iwa", "is a Numbers document: File, Export To, gives .xlsx or CSV"),
    ("Index.zip", "is a Numbers document: File, Export To, gives .xlsx or CSV"),
)


def _has(part: str, names: Sequence[str]) -> bool:
    return any(name == part or name.endswith(f"/{part}") for name in names)


def _refuse_package(data: bytes) -> None:
    """What is no workbook, or unpacks to more than a list of runners can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise ValueError("is a damaged XLSX or ZIP file") from error
    if "xl/workbook.xml" not in names:
        raise ValueError(next((words for part, words in _PACKAGES if _has(part, names)), _ZIP))
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
            rows.append(checked(Row(number, cells), len(rows) + 1))
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
    return entered(str(value))
