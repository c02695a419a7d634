"""How a database is opened, and its tables made by whoever comes first.

SQLite keeps its rollback journal: with a write-ahead log readers would never wait for a writer,
but what was stored last would stand in race.db-wal beside it, and a copy of race.db alone, on a
stick at three in the morning, would lack it. So a race is race.db, and a copy of that file is whole
whenever nothing is being stored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from yellowgate.files import create_private
from yellowgate.store import schema
from yellowgate.store.work import BUSY_TIMEOUT_MS, NOTHING, file_of, is_whole

ROWS_PER_INSERT = 5_000
WRITING = "gate_writes"  # execution option of a connection that is going to write
# Of libpq (PostgreSQL 15, 34.1.2) and, as options, of the server.
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s",
}
_MAKING_TABLES = 0x59_47_54  # the key of PostgreSQL's advisory lock, any number of ours


def opened(url: str) -> Engine:
    """The engine of this SQLAlchemy URL, its tables made. Raises SQLAlchemyError; ImportError
    where the driver is not installed, ValueError where the URL is none or the tables are others.
    """
    if (file := file_of(url)) is not None:
        with contextlib.suppress(OSError):  # the database says better what is wrong
            create_private(file)
    # Other files are attached by an address that says: for reading alone.
    options = {"uri": True} if url.startswith("sqlite") else {}
    # A connection that the server closed meanwhile is opened anew, and nobody hears of it.
    engine = create_engine(patient(url), connect_args=options, pool_pre_ping=file is None)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    with engine.execution_options(**{WRITING: False}).begin() as connection:
        tables = inspect(connection).get_multi_columns()
    columns = [(table, row["name"]) for (_, table), rows in tables.items() for row in rows]
    if not is_whole(columns, "give it an empty one, or use that version"):
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                # Two that make one table at once: PostgreSQL's catalogue lets one of them fail.
                connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
            schema.metadata.create_all(connection)  # what is not there by now
    return engine


def patient(url: str) -> URL:
    """The address of a database over the network, with how long to wait for it: a cable that was
    pulled, or a laptop that fell asleep in the middle, must hold up the others for seconds only.
    """
    made = make_url(url)
    if made.get_backend_name() != "postgresql" or "psycopg" not in made.get_driver_name():
        return made
    return made.update_query_dict({**_PATIENCE, **made.query})


class EngineWork:
    """On whatever SQLAlchemy has a connection to. See Work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_postgresql = connection.dialect.name == "postgresql"

    def rows(self, statement: str, given: Mapping[str, Any] = NOTHING) -> Iterator[tuple[Any, ...]]:
        """See Work."""
        return map(tuple, self._connection.execute(text(statement), dict(given)))

    def do(self, statement: str, given: Sequence[Mapping[str, Any]] = ()) -> None:
        """See Work."""
        self._connection.execute(text(statement), given or None)

    def insert(self, table: str, values: Sequence[Mapping[str, Any]]) -> int:
        """See Work."""
        into = schema.metadata.tables[table]
        dialect = postgresql if self.is_postgresql else sqlite
        statement: Any = dialect.insert(into).on_conflict_do_nothing()
        parts = (values[at : at + ROWS_PER_INSERT] for at in range(0, len(values), ROWS_PER_INSERT))
        if self.is_postgresql:
            # Its driver does not count many at once. So SQLAlchemy puts many into one statement.
            returning = statement.returning(next(iter(into.primary_key)))
            return sum(len(self._connection.execute(returning, part).all()) for part in parts)
        return sum(self._connection.execute(statement, part).rowcount for part in parts)


@contextlib.contextmanager
def working(engine: Engine, writing: bool = False) -> Generator[EngineWork]:
    """All or nothing. Raises SQLAlchemyError."""
    with engine.execution_options(**{WRITING: writing}).begin() as connection:
        yield EngineWork(connection)


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
