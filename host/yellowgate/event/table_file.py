"""A table as people have it: CSV with any separator and encoding, or XLSX, as rows of text.

What a file is, is seen from its content. Whatever could be read in two ways is refused with the
way to say which; nothing is guessed. Limits keep a bomb or a wrong file from filling the memory.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

from yellowgate.event import workbook
from yellowgate.event.table_rows import CELL_LETTERS_MAX, Row, Table, checked, entered

FILE_BYTES_MAX = 16 << 20
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
_EAST_ASIA = "cp932, gb18030, big5 and euc_kr of East Asia"
_MAGICS = (
    (b"%PDF", "is a PDF: export the list as CSV or XLSX"),
    (b"{\\rtf", "is a text document (RTF): export the list as CSV or XLSX"),
    (b"SQLite format 3\0", "is a race.db: gate merge unites it"),
    (b"\x89PNG", "is a picture: a list as CSV or XLSX is wanted"),
    (b"\xff\xd8\xff", "is a picture: a list as CSV or XLSX is wanted"),
    (b"\x1f\x8b", "is a packed file: unpack it first"),
    (b"7z\xbc\xaf", "is a packed file: unpack it first"),
)


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
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ValueError("is locked with a password: save it without one")
        raise ValueError("is an old Excel file (.xls): save it as .xlsx or CSV UTF-8")
    if data.startswith(b"PK"):
        return workbook.read(data, sheet)
    text, notes = decode(data, encoding)
    low = text.lstrip("\ufeff \t\r\n").lower()
    if low.startswith(("<!doctype html", "<html", "<?xml", "<table", "<meta", "<style")):
        raise ValueError(
            "is a web page or XML: export the list as CSV or XLSX, or open it in a spreadsheet "
            "program and save it as .xlsx"
        )
    if low.startswith(("{", "[{", "[[", "[\n")):
        raise ValueError("is JSON: export the list as CSV or XLSX")
    _refuse_twice_read(text)
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


def _refuse_twice_read(text: str) -> None:
    """UTF-8 that another program took for Windows-1252 and wrote so: its letters come in pairs."""
    for match in re.finditer(r"[^\x00-\x7f]{2,40}", text):
        try:
            meant = match[0].encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        if all("\u00a0" <= sign < "\u0180" for sign in meant):
            before = text[max(0, match.start() - 20) : match.start()].rpartition("\n")[2]
            raise ValueError(
                f"a program read its letters wrongly before ({match[0]!r} was {meant!r}, behind "
                f"{before!r}): export the list anew, as CSV UTF-8 or XLSX"
            )


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except LookupError:
        raise ValueError(
            f"no encoding is called {encoding!r} (known: utf-8, utf-16, {', '.join(CODE_PAGES)}, "
            f"{_EAST_ASIA})"
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
            f"with --encoding (known: {', '.join(CODE_PAGES)}, {_EAST_ASIA})"
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
    columns = zip(*(re.findall(r"[^\W\d_]+", one) for one in (text, *others)), strict=False)
    return next((words[0] for words in columns if len(set(words)) > 1), "")


def csv_rows(text: str) -> Iterator[Row]:
    """The rows of a CSV text that are not empty.

    Some programs write semicolons, tabs or bars instead of commas: the first line that has any
    tells. Raises ValueError naming the line where the text is torn or no CSV.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
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
            yield checked(row, count)
