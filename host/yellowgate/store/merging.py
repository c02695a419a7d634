"""Stores of other laptops, united into this one: looked through whole, then all or nothing.

Another store is a file that somebody brings on a stick. It may be damaged, of another program, or
made to deceive. So nothing in it is believed: what kind of values stand there is checked row by
row, it is read within one transaction that it cannot change meanwhile, and everything of all
stores is added in one transaction of this store, or nothing is. Nothing is written into it, nor
beside it.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from yellowgate.errors import StoreError
from yellowgate.records import Records
from yellowgate.store import changes, checked, rows, schema
from yellowgate.store.engine import EngineWork
from yellowgate.store.faults import explain

ATTACHED_MAX = 8  # files that are copied at once; SQLite attaches ten
UNTOUCHED = "nothing of it was taken"
_WAL = b"\x02\x02"  # bytes 18 and 19 of a file that keeps new pages beside it


class Merged(NamedTuple):
    """What a merge brought. observations, rulings: how many were new. whole: how many whole records
    each of the other stores has, spoilt: how many were spoilt there and left out.
    """

    observations: int
    rulings: int
    whole: tuple[int, ...]
    spoilt: tuple[int, ...]


class Other(NamedTuple):
    """Another store: its file, or the engine of what is none. name: what people call it."""

    name: str
    file: Path | None
    engine: Engine | None = None


RowsOf = dict[str, list[dict[str, Any]]]  # by table, as they will be added


class _Source(NamedTuple):
    """Another store that is open for reading, all of it looked through but for its records."""

    name: str
    file: Path | None  # from which SQLite can copy by itself
    connection: Connection
    values: RowsOf


class _Found(NamedTuple):
    """The whole records of a store, and how many were spoilt."""

    logs: list[Records]
    spoilt: int

    @property
    def whole(self) -> int:
        return sum(map(len, self.logs))


def merge(into: Engine, file: Path | None, others: Sequence[Other], only_records: bool) -> Merged:
    """Everything of these stores, all or nothing. file: of this store, None if it is none.
    only_records: leave out what else they hold, and do not look at it.

    Raises StoreError (one line) that names the store and the row in it, and SQLAlchemyError.
    """
    with ExitStack() as held, ThreadPoolExecutor(1) as reader:
        strange = [other for other in others if not _is_same(file, other)]
        sources = [held.enter_context(_opened(other, only_records)) for other in strange]
        looking = reader.submit(lambda: [_found(one.name, one.connection) for one in sources])
        try:
            new, rulings = _united(into, file is not None, sources, looking)
        except SQLAlchemyError:
            looking.result()  # says whose fault it is, when it is that of another store
            raise
        found = dict(zip(map(id, strange), looking.result(), strict=True))
    own = [_own(into) for _ in range(len(others) > len(strange))]
    rows_of = [found.get(id(other)) or own[0] for other in others]
    return Merged(
        new, rulings, tuple(row.whole for row in rows_of), tuple(row.spoilt for row in rows_of)
    )


def _is_same(file: Path | None, other: Other) -> bool:
    return bool(file and other.file and other.file.exists() and file.samefile(other.file))


def _own(into: Engine) -> _Found:
    with into.connect() as connection:
        return _found("", connection)


def _united(
    into: Engine, is_file: bool, sources: Sequence[_Source], looking: Future[list[_Found]]
) -> tuple[int, int]:
    """How many records and rulings were new."""
    copied = [one for one in sources if is_file and one.file is not None][:ATTACHED_MAX]
    with into.connect() as connection, _attached(connection, copied) as names, connection.begin():
        new = _copied(connection, names, looking) if names else None
        by_hand = sources if new is None else [one for one in sources if one not in copied]
        for one, found in zip(sources, looking.result(), strict=True):
            if one in by_hand:
                pairs = ((log.log_id, raw) for log in found.logs for raw in log.raws)
                values = rows.observation_rows(pairs)
                new = (new or 0) + EngineWork(connection).insert("observations", values)
        touched: set[str] = set()
        if new:
            touched = {log.log_id for found in looking.result() for log in found.logs}
        rulings = 0
        for table in schema.metadata.sorted_tables:
            values = [row for one in sources for row in one.values.get(table.name, ())]
            added = EngineWork(connection).insert(table.name, values)
            rulings += added if table is schema.rulings else 0
            if added:
                touched |= {str(row.get("log_id", changes.RULINGS)) for row in values}
        if touched:
            changes.note(EngineWork(connection), touched)
    return new or 0, rulings


def _copied(
    connection: Connection, names: Sequence[str], looking: Future[list[_Found]]
) -> int | None:
    """SQLite copies the records, while they are looked through in a thread of its own. None: there
    are spoilt ones, and nothing is copied.
    """
    with connection.begin_nested() as copying:
        new = connection.exec_driver_sql(rows.copying(names)).rowcount
        if any(found.spoilt for found in looking.result()):
            copying.rollback()
            return None
    return new


@contextmanager
def _attached(connection: Connection, sources: Sequence[_Source]) -> Generator[list[str]]:
    """Names under which this connection can read these files. Not within a transaction."""
    names: list[str] = []
    cursor: Any = connection.connection.cursor()
    try:
        for one in sources:
            uri, name = read_only(cast("Path", one.file)), f"other{len(names)}"
            cursor.execute(f"ATTACH DATABASE ? AS {name}", (uri,))
            names.append(name)
    except sqlite3.Error as error:
        _detach(cursor, names)
        failed = sources[len(names)].name
        raise StoreError(f"{explain(failed, error)}; {UNTOUCHED}") from error
    try:
        yield names
    finally:
        _detach(cursor, names)


def _detach(cursor: Any, names: Sequence[str]) -> None:  # noqa: ANN401 - the driver's cursor
    with suppress(sqlite3.ProgrammingError):  # a connection that is closed has let go of them
        for name in names:
            cursor.execute(f"DETACH DATABASE {name}")


# Reading another store


@contextmanager
def _opened(other: Other, only_records: bool) -> Generator[_Source]:
    """Open it, and look through all but its records. Raises StoreError."""
    with ExitStack() as held:
        advice = ""
        try:
            file = held.enter_context(untouched(other.file)) if other.file else None
            engine = other.engine if other.engine and not file else _reading(cast("Path", file))
            connection = held.enter_context(engine.connect())
            if file:
                connection.exec_driver_sql("BEGIN")  # what was looked at is what is taken
            there = checked.tables(connection)
            checked.observations(connection)
            advice = "; gate merge --only-records takes its whole records alone"
            values = {} if only_records else _values(connection, there)
        except ValueError as error:
            raise StoreError(f"{other.name}: {error}; {UNTOUCHED}{advice}") from error
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"{explain(other.name, error)}; {UNTOUCHED}") from error
        yield _Source(other.name, file, connection, values)


def _values(connection: Connection, there: set[str]) -> RowsOf:
    """The rows of all tables but observations and counters, which are its receiver's own."""
    values: RowsOf = {}
    for table in (schema.first_keys, schema.tips, schema.log_stations, schema.marks):
        if table.name in there:
            names = [column.name for column in table.columns if column.name != "here"]
            more = {"here": False} if "here" in table.columns else {}
            values[table.name] = [
                {**dict(zip(names, row, strict=True)), **more}
                for row in checked.rows(connection, table)
            ]
    if schema.rulings.name in there:
        values[schema.rulings.name] = [rows.of_ruling(one) for one in checked.rulings(connection)]
    return values


def _found(name: str, connection: Connection) -> _Found:
    logs: list[Records] = []
    spoilt = 0
    try:
        for log in rows.read(EngineWork(connection)):
            spoilt += len(log.spoilt)
            if log.records is not None:
                logs.append(log.records)
    except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError) as error:
        raise StoreError(f"{explain(name, error)}; {UNTOUCHED}") from error
    return _Found(logs, spoilt)


def read_only(file: Path) -> str:
    """The URI by which SQLite opens a file without ever writing into it."""
    return f"file:{quote(str(file))}?mode=ro"


def _reading(file: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(read_only(file), uri=True, check_same_thread=False)
        made.isolation_level = None
        made.execute("PRAGMA trusted_schema=OFF")  # nothing that its maker wrote is run
        made.execute("PRAGMA cell_size_check=ON")
        return made

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


@contextmanager
def untouched(file: Path) -> Generator[Path]:
    """From where this store can be read without a change to it or beside it: it itself, or a copy
    where SQLite would first have to put in order what a program left that was killed.
    """
    if not _needs_order(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="yellowgate-") as folder:
        copy = Path(folder) / "race.db"
        for end in ("", "-wal", "-journal"):
            beside = file.with_name(file.name + end)
            if beside.exists():
                shutil.copyfile(beside, copy.with_name(copy.name + end))
        with closing(sqlite3.connect(copy)) as one:
            one.execute("PRAGMA journal_mode=DELETE").fetchone()
        yield copy


def _needs_order(file: Path) -> bool:
    with file.open("rb") as opened:
        if opened.read(20)[18:] == _WAL:
            return True
    if not file.with_name(file.name + "-journal").exists():
        return False
    try:
        with closing(sqlite3.connect(read_only(file), uri=True)) as one:
            one.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return True
    return False
