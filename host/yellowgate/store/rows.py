"""Many rows of observations at once: read and checked, or copied from one SQLite file to another.

There may be a million, so this goes past SQLAlchemy's rows to the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, select

from yellowgate.model import Records, observation, records
from yellowgate.store import schema

_COPY = """INSERT OR IGNORE INTO main.observations (log_id, seq, raw)
    SELECT log_id, seq, raw FROM other.observations ORDER BY log_id, seq, raw"""


def whole(connection: Connection, log_id: str) -> tuple[Records | None, list[int]]:
    """The records of this log (None: there are none), and the numbers of rows that are spoilt."""
    columns = schema.observations.c
    query = select(columns.raw).where(columns.log_id == log_id).order_by(columns.seq, columns.raw)
    cursor: Any = connection.execute(query).cursor
    raws: list[bytes] = [raw for (raw,) in cursor.fetchall()]
    if not raws:
        return None, []
    try:
        log = records(raws, log_id)
        if np.all(np.diff(log.seqs) >= 0):
            return log, []
    except ValueError:
        pass
    return _sorted_out(connection, log_id)


def _sorted_out(connection: Connection, log_id: str) -> tuple[Records | None, list[int]]:
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
    return records(raws, log_id) if raws else None, spoilt


def file_of(engine: Engine) -> Path | None:
    """The SQLite file, None when the store is something else."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name else None


def copy(into: Engine, file: Path, may_be: Callable[[], bool]) -> int | None:
    """Copy the rows of another SQLite file; returns how many were new. SQLite does it alone, while
    may_be() looks in a thread of its own whether it may be done: if not, None, and nothing is.

    Raises sqlite3.Error.
    """
    connection = into.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("ATTACH DATABASE ? AS other", (str(file),))
        try:
            with ThreadPoolExecutor(1) as reader:
                may = reader.submit(may_be)
                cursor.execute("BEGIN")
                new: int = cursor.execute(_COPY).rowcount
                if not may.result():
                    return None
                connection.commit()
                return new
        finally:
            connection.rollback()  # nothing after a commit
            cursor.execute("DETACH DATABASE other")
    finally:
        connection.close()
