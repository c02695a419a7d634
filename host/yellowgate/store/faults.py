"""What is wrong with a store, in words; and whether a file is one at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from yellowgate.store import schema


def is_store(file: Path) -> bool:
    """Is this SQLite file a store? Nothing is written into it. What cannot be read may be one."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as one:
            query = "SELECT count(*) FROM sqlite_master WHERE name = ?"
            return bool(one.execute(query, (schema.observations.name,)).fetchone()[0])
    except sqlite3.Error:
        return True  # whoever opens it says what is wrong


def unreadable(files: Sequence[Path]) -> str:
    """The first of these stores that SQLite cannot read to its end, "" when it can: an error of a
    merge does not say of whom it speaks.
    """
    for file in files:
        try:
            with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as one:
                one.execute("SELECT sum(length(raw)) FROM observations").fetchone()
        except sqlite3.Error:
            return str(file)
    return ""


def shown(url: str) -> str:
    """The URL without its password; a file's name as it is."""
    if "://" not in url:
        return url
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "the store's URL"


def explain(url: str, error: BaseException) -> str:
    """One line: what happened to the database, and what to do."""
    cause: object = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        cause = error.orig
    text = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    name = shown(url).removeprefix("sqlite:///")
    advice = {
        "locked": "another program holds it: close it and try again",
        "not a database": "it is damaged or another kind of file: put a backup in its place",
        "malformed": "it is damaged: put a backup in its place, or sync the stations anew",
        "I/O error": "the disk refuses: look at its room and health; what was stored is not lost",
        "full": "the disk is full: free some room and repeat; nothing that was stored is lost",
        "readonly": "it cannot be written: check the rights of file and folder",
        "unable to open": "it cannot be opened: check that the folder exists and its rights",
    }
    for part, what_to_do in advice.items():
        if part in text:
            return f"{name}: {text}; {what_to_do}"
    return f"{name}: {text}"
