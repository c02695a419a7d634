"""Many rows of observations at once: read and checked, or copied from one SQLite file to another.

There may be a million, so this goes past SQLAlchemy's rows to the driver.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from yellowgate.records import Records, joined_records, observation, records
from yellowgate.store import schema
from yellowgate.store.changes import RAISED

_STATION_ID_MAX = 0xFFFF
_LOG_ID = re.compile("[0-9a-f]{16}")
ATTACHED_MAX = 8  # files that are copied at once; SQLite attaches ten
ROWS_PER_INSERT = 5_000
# The bytes of a log in one piece: a million small ones would take longer than all the rest. SQLite
# reads the table in the order of its key and so joins it in that order; that is checked below.
_JOINED = {
    "sqlite": "CAST(group_concat(raw, '') AS BLOB)",
    "postgresql": "string_agg(raw, ''::bytea ORDER BY seq, raw)",
}
_LOGS = """SELECT log_id, count(*), sum(seq), {joined} FROM observations {where}
    GROUP BY log_id ORDER BY log_id"""


class Read(NamedTuple):
    """What was read of a log. records: None when none is whole. spoilt: numbers of the rows that
    are spoilt.
    """

    log_id: str
    records: Records | None
    spoilt: list[int]


def read(connection: Connection, log_id: str = "") -> Iterator[Read]:
    """Every log, or this one alone, checked."""
    query = _LOGS.format(
        joined=_JOINED[connection.dialect.name], where="WHERE log_id = :log_id" if log_id else ""
    )
    given = {"log_id": log_id} if log_id else {}
    for found_id, count, seqs, joined in connection.execute(text(query), given):
        log = _whole(found_id, count, seqs, bytes(joined))
        yield _sorted_out(connection, found_id) if log is None else Read(found_id, log, [])


def _whole(log_id: str, count: int, seqs: int, joined: bytes) -> Records | None:
    """The log, None when a row is spoilt. count, seqs: the number of rows, the sum of numbers."""
    try:
        log = joined_records(joined, log_id)
    except ValueError:
        return None
    steps = np.diff(log.seqs)
    is_in_order = steps.min(initial=0) >= 0 and all(
        log.raws[at] < log.raws[at + 1] for at in np.flatnonzero(steps == 0).tolist()
    )
    return log if is_in_order and (len(log), int(log.seqs.sum())) == (count, seqs) else None


def _sorted_out(connection: Connection, log_id: str) -> Read:
    """Row by row: a row is spoilt when its bytes are no record, or that of another number."""
    columns = schema.observations.c
    query = select(columns.seq, columns.raw).where(columns.log_id == log_id)
    raws: list[bytes] = []
    spoilt: list[int] = []
    for seq, raw in connection.execute(query.order_by(columns.seq, columns.raw)):
        try:
            is_whole = observation(bytes(raw), log_id).seq == seq
        except ValueError:
            is_whole = False
        if is_whole:
            raws.append(bytes(raw))
        else:
            spoilt.append(seq)
    return Read(log_id, records(raws, log_id) if raws else None, spoilt)


def log_stations(connection: Connection) -> dict[str, list[int]]:
    """Station numbers of each log, rising. A row that says no such thing is left out."""
    found: dict[str, list[int]] = {}
    for log_id, number in connection.execute(select(schema.log_stations)):
        if isinstance(number, int) and 0 <= number <= _STATION_ID_MAX and _is_log_id(log_id):
            found.setdefault(log_id, []).append(number)
    return {log_id: sorted(found[log_id]) for log_id in sorted(found)}


def _is_log_id(given: object) -> bool:
    return isinstance(given, str) and _LOG_ID.fullmatch(given) is not None


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows what to do when the row is there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def insert(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> int:
    """Insert what is not there yet; returns how many rows were. Nobody else's are counted."""
    statement: Any = insert_into(connection, table).on_conflict_do_nothing()
    parts = (values[at : at + ROWS_PER_INSERT] for at in range(0, len(values), ROWS_PER_INSERT))
    if connection.dialect.name == "postgresql":
        # Its driver does not count many at once. So SQLAlchemy puts many into one statement.
        returning = statement.returning(next(iter(table.primary_key)))
        return sum(len(connection.execute(returning, part).all()) for part in parts)
    return sum(connection.execute(statement, part).rowcount for part in parts)


def file_of(engine: Engine) -> Path | None:
    """The SQLite file, None when the store is something else."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def copy(into: Engine, files: Sequence[Path], may_be: Callable[[], bool]) -> int | None:
    """Copy the rows of other SQLite files (ATTACHED_MAX at most), all or nothing; returns how many
    were new. may_be() is asked at the end: if it may not be, None, and nothing is.

    Raises sqlite3.Error.
    """
    names = [f"other{number}" for number in range(len(files))]
    connection = into.raw_connection()
    cursor: Any = connection.cursor()
    try:
        for name, file in zip(names, files, strict=True):
            cursor.execute(f"ATTACH DATABASE ? AS {name}", (str(file),))
        cursor.execute("BEGIN")
        new: int = cursor.execute(_copying(names)).rowcount
        if new:
            _note(cursor, names)
        if not may_be():
            return None
        connection.commit()
        return new
    finally:
        connection.rollback()  # nothing after a commit
        for _, name, _ in cursor.execute("PRAGMA database_list").fetchall():
            if name in names:
                cursor.execute(f"DETACH DATABASE {name}")
        connection.close()


def _copying(names: Sequence[str]) -> str:
    """All are in the order of the key already: SQLite merges them as it reads, so that new rows
    are put behind each other and nothing is sorted.
    """
    others = " UNION ALL ".join(
        f"SELECT log_id, seq, raw FROM {name}.observations" for name in names
    )
    return (
        f"INSERT OR IGNORE INTO main.observations (log_id, seq, raw) {others} "
        "ORDER BY log_id, seq, raw"
    )


def _note(cursor: Any, names: Sequence[str]) -> None:  # noqa: ANN401 - the driver's cursor
    """As changes.note(), of every log that these files have: by skipping from one to the next."""
    ((version,),) = cursor.execute(RAISED).fetchall()
    for name in names:
        after = f"(SELECT min(log_id) FROM {name}.observations WHERE log_id > log.id)"
        noted = f"""WITH RECURSIVE log(id) AS (SELECT min(log_id) FROM {name}.observations
            UNION ALL SELECT {after} FROM log WHERE log.id IS NOT NULL)
            INSERT OR REPLACE INTO main.changes SELECT id, ? FROM log WHERE id IS NOT NULL"""
        cursor.execute(noted, (version,))
