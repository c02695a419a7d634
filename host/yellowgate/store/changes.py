"""What has changed in a store since one looked last, and waiting until something does.

Every transaction that brought something new raises the store's version by one and notes it for
each log that it touched, and for the rulings. So who knows the version of the last look asks for
one number, and if that is another, for what is newer. The version's row is locked until the
transaction ends: versions become visible in their order, and none is missed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from yellowgate.store.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Engine

RULINGS = "rulings"  # beside log ids, in the column `what`
_WHOLE = ""  # the row of the store's own version
_CHANNEL = "yellowgate"  # PostgreSQL's NOTIFY
_DECIDING = 0x59_47_44  # the key of PostgreSQL's advisory lock, any number of ours
LOOK_EVERY_S = 0.05  # at an SQLite file; a look takes some microseconds


# The same words for both databases.
RAISED = """INSERT INTO changes (what, version) VALUES ('', 1)
    ON CONFLICT (what) DO UPDATE SET version = changes.version + 1 RETURNING version"""
_NOTED = """INSERT INTO changes (what, version) VALUES (:what, :version)
    ON CONFLICT (what) DO UPDATE SET version = excluded.version"""


def note(work: Work, what: Iterable[str]) -> None:
    """These may have been changed by this transaction: log ids, or RULINGS."""
    touched = sorted(set(what))
    ((version,),) = work.rows(RAISED)
    work.do(_NOTED, [{"what": one, "version": version} for one in touched])
    if work.is_postgresql:
        work.do(f"NOTIFY {_CHANNEL}")  # told when the transaction has ended


def version(work: Work, what: str = _WHOLE) -> int:
    """Of the store, or at which it, a log id or RULINGS, changed last; 0 while nothing is in it."""
    query = "SELECT version FROM changes WHERE what = :what"
    return next((row[0] for row in work.rows(query, {"what": what})), 0)


def held_rulings(work: Work) -> int:
    """The version of the rulings; until this transaction ends nobody else is told it by this."""
    if work.is_postgresql:  # SQLite lets one alone write
        list(work.rows("SELECT pg_advisory_xact_lock(:key)", {"key": _DECIDING}))
    return version(work, RULINGS)


def since(work: Work, known: int) -> set[str]:
    """What is newer than this version: log ids, and RULINGS."""
    query = "SELECT what FROM changes WHERE version > :known AND what <> :whole"
    return {row[0] for row in work.rows(query, {"known": known, "whole": _WHOLE})}


class FileMark:
    """Something that differs after each change of an SQLite file by another connection, also when
    another file is put in its place. Safe with several threads.

    SQLite itself is asked. Nobody else may ever open that file in this process: closing it again
    would give up the locks that SQLite holds on it, and two would write at once (fcntl of POSIX;
    "How To Corrupt An SQLite Database File", 2.2).
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._kept: sqlite3.Connection | None = None
        self._which: object = None
        self._opened = 0

    def mark(self) -> object:
        """Of now. Raises sqlite3.Error, OSError where there is no such file."""
        with self._lock:
            state = self._file.stat()
            which = state.st_dev, state.st_ino
            if self._kept is None or which != self._which:
                self._close()
                name = quote(os.fsencode(self._file))
                self._kept = sqlite3.connect(
                    f"file:{name}?mode=ro", uri=True, check_same_thread=False
                )
                self._which, self._opened = which, self._opened + 1
            try:
                with closing(self._kept.execute("PRAGMA data_version")) as found:
                    return self._opened, found.fetchone()[0]
            except sqlite3.Error:
                self._close()
                raise

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(sqlite3.Error):
                kept.close()


class Bell:
    """Rings when the store may have changed: PostgreSQL says so, an SQLite file is looked at.

    One thread waits on one bell. A database that went is no error here: whoever is woken reads the
    store, and hears of it there.
    """

    def __init__(
        self,
        of: Path | Engine,
        pause: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of = of
        self._pause = pause
        self._monotonic_s = monotonic_s
        self._kept: Any = None  # the driver's connection
        self._file = FileMark(of) if isinstance(of, Path) else None
        self._seen: object = None  # the file's mark

    def wait(self, timeout_s: float) -> bool:
        """Until something may have changed since the last wait (at once, at the first): true. After
        this long without: false.
        """
        try:
            if self._file is not None:
                return self._looked(self._file, timeout_s)
            return self._told(cast("Engine", self._of), timeout_s)
        except Exception:  # of any driver: gone, locked, shut down
            self.close()
            self._pause(min(timeout_s, 1.0))
            return True

    def close(self) -> None:
        """Give the connection back."""
        if self._file is not None:
            self._file.close()
        kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(Exception):
                kept.close()

    def _told(self, engine: Engine, timeout_s: float) -> bool:
        if self._kept is None:
            arguments, options = engine.dialect.create_connect_args(engine.url)
            self._kept = engine.dialect.loaded_dbapi.connect(*arguments, autocommit=True, **options)
            self._kept.execute(f"LISTEN {_CHANNEL}")
            return True
        return any(True for _ in self._kept.notifies(timeout=timeout_s, stop_after=1))

    def _looked(self, file: FileMark, timeout_s: float) -> bool:
        until_s = self._monotonic_s() + timeout_s
        while True:
            seen = file.mark()
            if seen != self._seen:
                self._seen = seen
                return True
            left_s = until_s - self._monotonic_s()
            if left_s <= 0:
                return False
            self._pause(min(LOOK_EVERY_S, left_s))
