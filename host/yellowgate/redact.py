"""What may be said: the one place where secrets, and what a terminal would obey, are taken out.

Secrets are the radio's key, the first keys of logs, the password of a database and the codes of
headquarters. None of them is ever handed to what prints; what text may hold one all the same
(an error of a driver, an address with a password in it) goes through here on its way out.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

HIDDEN = "***"

# user:password@ of an address; password=... as drivers write it; a key or code that is one, as
# against a word after "key:" in a sentence; keys are 32 hex digits in a row.
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^@\s]*@")
_SAID = re.compile(
    r"""\b(password|passwd|pwd|(?:key|code)(?=['"]?\s*[=:]\s*['"]?[^\s,;&'"]*[\d-]))"""
    r"""(['"]?\s*[=:]\s*)(['"]?)[^\s,;&'"]+\3""",
    re.I,
)
_KEY = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])")

# Control codes and halves of characters; marks that turn the direction of writing, or are seen by
# nobody. Letters that join (U+200C, U+200D) are part of names in Persian and Hindi.
_CONTROL = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff\U000e0000-\U000e0fff"
)
_IN_TEXT = re.compile(rf"[{_CONTROL}]+|\r(?!\n)")
_ON_LINE = re.compile(rf"[{_CONTROL}\t\n\r]+")


def without_secrets(text: str) -> str:
    """The text without what only its owner may know."""
    text = _PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    text = _SAID.sub(rf"\1\2\3{HIDDEN}\3", text)
    return _KEY.sub(HIDDEN, text)


def shown_url(url: str) -> str:
    """The address of a store as people may see it: a file by its path, a server without password
    and without what its driver is told.
    """
    if url.startswith("sqlite:///"):
        return without_secrets(url.removeprefix("sqlite:///"))
    return _PASSWORD.sub(rf"\1:{HIDDEN}@", url.partition("?")[0])


def secrets_of(url: str) -> list[str]:
    """The passwords in the address of a store, as written and as meant."""
    found = [match.group(0).partition(":")[2][:-1] for match in _PASSWORD.finditer(url)]
    found += re.findall(r"[?&]password=([^&]*)", url)
    return sorted({form for one in found for form in (one, unquote(one)) if form})


def plain(text: str) -> str:
    """The text as a terminal shows it and does not obey it: lines stay lines, and the mark stays by
    which a spreadsheet knows a file's letters.
    """
    if text.isprintable():
        return text
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return mark + _IN_TEXT.sub("\ufffd", text[len(mark) :])


def on_one_line(text: str) -> str:
    """The text on one line, without what nobody sees and no store takes."""
    return text.strip() if text.isprintable() else _ON_LINE.sub(" ", text).strip()


def is_clean(text: str) -> bool:
    """Has it nothing that on_one_line() would take out?"""
    return text.isprintable() or _ON_LINE.search(text) is None


# A spreadsheet computes a cell that begins with one of these; the wide ones too, in Japan.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9][0-9:.,]*")


def for_spreadsheet(cell: object) -> object:
    """A cell of a table as no spreadsheet computes it: a text that begins like a formula gets an
    apostrophe before it, by which spreadsheets know a text. Times and numbers of ours are none.
    """
    if not isinstance(cell, str):
        return cell
    text = on_one_line(cell)
    is_formula = text.startswith(FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def as_meant(text: str) -> str:
    """A cell that came from a spreadsheet, without the apostrophe that kept it a text."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
