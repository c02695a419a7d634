"""How a database is opened, and its tables made by whoever comes first.

SQLite keeps its rollback journal: with a write-ahead log readers would never wait for a writer,
but what was stored last would stand in race.db-wal beside it, and a copy of race.db alone, on a
stick at three in the morning, would lack it. So a race is race.db, and a copy of that file is whole
whenever nothing is being stored.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select

from yellowgate.files import create_private
from yellowgate.store import schema

BUSY_TIMEOUT_MS = 5_000
WRITING = "gate_writes"  # execution option of a connection that is going to write
_MAKING_TABLES = 0x59_47_54  # the key of PostgreSQL's advisory lock, any number of ours


def opened(url: str) -> Engine:
    """The engine of this SQLAlchemy URL, its tables made. Raises SQLAlchemyError; ImportError
    where the driver is not installed, ValueError where the URL is none.
    """
    if (file := file_of(url)) is not None:
        with contextlib.suppress(OSError):  # the database says better what is wrong
            create_private(file)
    # Other files are attached by an address that says: for reading alone.
    options = {"uri": True} if url.startswith("sqlite") else {}
    engine = create_engine(url, connect_args=options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    with engine.execution_options(**{WRITING: False}).begin() as connection:
        here = set(inspect(connection).get_table_names())
    if not here.issuperset(schema.metadata.tables):
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                # Two that make one table at once: PostgreSQL's catalogue lets one of them fail.
                connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
            schema.metadata.create_all(connection)  # what is not there by now
    return engine


def file_of(url: str) -> Path | None:
    """The file of an SQLite store, None for any other."""
    name = url.removeprefix("sqlite:///")
    return Path(name) if name and name != url else None


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's type
    # The driver's own transactions are switched off: "begin" below starts them with the write
    # lock taken, so that two syncs at once wait for each other instead of failing half-way.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
