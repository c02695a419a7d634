"""What the store asks of a database: one transaction, in words that SQLite and PostgreSQL know.

An SQLite file is worked on by Python's own sqlite3: SQLAlchemy alone takes longer to import than
everything else that a command needs. It makes the tables, merges, and serves all other databases.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import quote

BUSY_TIMEOUT_MS = 5_000
NOTHING: Mapping[str, Any] = MappingProxyType({})
# Of schema.py, which takes SQLAlchemy to read: the columns of each table.
COLUMNS: Mapping[str, frozenset[str]] = {
    "changes": frozenset({"what", "version"}),
    "counters": frozenset({"name", "value"}),
    "first_keys": frozenset({"log_id", "key", "here"}),
    "log_stations": frozenset({"log_id", "station_id", "here"}),
    "marks": frozenset({"log_id", "epoch", "first_seq", "tag_before"}),
    "observations": frozenset({"log_id", "seq", "raw"}),
    "rulings": frozenset({"id", "at_us", "by", "why", "kind", "data"}),
    "tips": frozenset({"log_id", "next_seq", "tag", "here"}),
}


class Work(Protocol):
    """One transaction. Parameters stand in a statement as :name."""

    @property
    def is_postgresql(self) -> bool:
        """Else SQLite."""
        ...

    def rows(self, statement: str, given: Mapping[str, Any] = NOTHING) -> Iterator[tuple[Any, ...]]:
        """What a SELECT, or a RETURNING, gives."""
        ...

    def do(self, statement: str, given: Sequence[Mapping[str, Any]] = ()) -> None:
        """A statement: once, or for each of these parameters."""
        ...

    def insert(self, table: str, values: Sequence[Mapping[str, Any]]) -> int:
        """Insert what is not there yet; returns how many rows were. Nobody else's are counted."""
        ...


class SqliteWork:
    """On an SQLite file. See Work."""

    is_postgresql = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, given: Mapping[str, Any] = NOTHING) -> Iterator[tuple[Any, ...]]:
        """See Work."""
        return self._connection.execute(statement, dict(given))

    def do(self, statement: str, given: Sequence[Mapping[str, Any]] = ()) -> None:
        """See Work."""
        self._connection.executemany(statement, given or [{}])

    def insert(self, table: str, values: Sequence[Mapping[str, Any]]) -> int:
        """See Work."""
        if not values:
            return 0
        names = list(values[0])
        statement = (
            f"INSERT INTO {table} ({', '.join(map(_quoted, names))}) "
            f"VALUES ({', '.join(f':{name}' for name in names)}) ON CONFLICT DO NOTHING"
        )
        return self._connection.executemany(statement, values).rowcount


def _quoted(name: str) -> str:
    return f'"{name}"'  # "by" is a word of SQL


def connected(file: Path) -> sqlite3.Connection:
    """To a file that is there: none is made, should it be gone. Raises sqlite3.Error."""
    # The driver's own transactions are switched off: working() starts them with the write lock
    # taken, so that two syncs at once wait for each other instead of failing half-way.
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(file))}?mode=rw",
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        uri=True,
    )
    try:
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def working(file: Path, writing: bool = False) -> Generator[SqliteWork]:
    """All or nothing. Raises sqlite3.Error."""
    with closing(connected(file)) as connection:
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        try:
            yield SqliteWork(connection)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def has_tables(file: Path) -> bool:
    """Are all tables there? Raises sqlite3.Error, and ValueError as is_whole()."""
    if not file.exists():
        return False
    query = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
    with working(file) as work:
        return is_whole(work.rows(query), "move it aside; gate merge then takes over what is in it")


def is_whole(columns: Iterable[tuple[str, str]], advice: str) -> bool:
    """Are all tables among these (table, column)? advice: what to do with a store of another
    version. Raises ValueError (one line) when a table has other columns than this program's.
    """
    found: dict[str, set[str]] = {}
    for table, column in columns:
        found.setdefault(table, set()).add(column)
    for table in COLUMNS.keys() & found.keys():
        differ = sorted(found[table] ^ COLUMNS[table])
        if differ:
            raise ValueError(
                f"it was made by another version of this program ({table}: {', '.join(differ)}): "
                f"{advice}"
            )
    return found.keys() >= COLUMNS.keys()


def file_of(url: str) -> Path | None:
    """The file of an SQLite store, None for any other."""
    name = url.removeprefix("sqlite:///")
    return Path(name) if name and name != url else None
