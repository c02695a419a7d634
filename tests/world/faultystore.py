"""A store whose database refuses, whose disk is full, and whose program is killed within it."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from yellowgate.cli.context import RaceFolder
from yellowgate.store.store import Store
from yellowgate.store.work import NOTHING, Work

PAGE_BYTES = 4096
PASSWORD = "correct-horse-battery"  # nobody may find it in what is printed
GONE = f"connection to postgresql://gate:{PASSWORD}@camp/race failed: server closed it"
PAGES_MAX = 0xFFFFFFFE  # as SQLite has it by itself


class Killed(BaseException):
    """The program is killed. Nothing of it may hold this."""


@dataclass
class StoreFaults:
    """gone: the database answers nobody. room: pages that the file may grow by, None: any. after:
    statements until the program is killed; -1: it is not. images: of the files at that moment.
    """

    file: Path
    gone: bool = False
    room: int | None = None
    after: int = -1
    images: dict[Path, bytes] = field(default_factory=dict[Path, bytes])

    def statement(self) -> None:
        """Before each. Raises Killed."""
        if self.after < 0:
            return
        self.after -= 1
        if self.after < 0:
            self.images = {path: path.read_bytes() for path in self._files() if path.exists()}
            raise Killed

    def _files(self) -> list[Path]:
        return [self.file.with_name(self.file.name + end) for end in ("", "-journal", "-wal")]

    def as_killed(self) -> None:
        """The files as they were when the program was killed: whoever comes next finds a journal
        that nobody has put in order.
        """
        if not self.images:
            return
        for path in self._files():
            path.unlink(missing_ok=True)
        for path, data in self.images.items():
            path.write_bytes(data)
        self.images = {}


class FaultyWork:
    """See Work."""

    def __init__(self, inner: Work, faults: StoreFaults) -> None:
        self._inner = inner
        self._faults = faults
        self.is_postgresql = inner.is_postgresql

    def rows(self, statement: str, given: Mapping[str, Any] = NOTHING) -> Iterator[tuple[Any, ...]]:
        self._faults.statement()
        return self._inner.rows(statement, given)

    def do(self, statement: str, given: Sequence[Mapping[str, Any]] = ()) -> None:
        self._faults.statement()
        self._inner.do(statement, given)

    def insert(self, table: str, values: Sequence[Mapping[str, Any]]) -> int:
        self._faults.statement()
        return self._inner.insert(table, values)


class FaultyStore(Store):
    """A store with faults. By a URL `sqlite+pysqlite:///` it goes the way of PostgreSQL: through
    SQLAlchemy.
    """

    def __init__(self, url: str, faults: StoreFaults) -> None:
        self.faults = faults
        super().__init__(url)

    @cached_property
    def _engine(self) -> Engine:
        engine = Store._engine.func(self)
        event.listen(engine, "checkout", lambda connection, *_: self._limit(connection))
        event.listen(engine, "before_cursor_execute", lambda *_: self._before())
        return engine

    def _limit(self, connection: sqlite3.Connection) -> None:
        """SQLite itself says that the disk is full."""
        pages = PAGES_MAX
        if self.faults.room is not None:
            pages = self.faults.file.stat().st_size // PAGE_BYTES + self.faults.room
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def _before(self) -> None:
        """An engine may have kept a connection from before."""
        if self.faults.gone:
            raise OperationalError("", {}, sqlite3.OperationalError(GONE))
        self.faults.statement()

    @contextmanager
    def _working(self, writing: bool = False) -> Generator[Work]:
        with super()._working(writing) as work:
            if self._file is None:
                yield work
                return
            if self.faults.gone:
                raise sqlite3.OperationalError(f"unable to open database file: {GONE}")
            self._limit(work._connection)  # pyright: ignore[reportAttributeAccessIssue]
            yield FaultyWork(work, self.faults)


@dataclass(frozen=True)
class FaultyFolder(RaceFolder):
    """A race folder whose store has faults."""

    url: str
    faults: StoreFaults

    def store(self) -> FaultyStore:
        return FaultyStore(self.url, self.faults)
