"""Many rows of observations at once: read and checked, or copied from one SQLite file to another.

There may be a million, so this goes past SQLAlchemy's rows to the driver.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from yellowgate.model import Ruling
from yellowgate.records import Records, joined_records, observation, records
from yellowgate.store import checked, schema

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


def log_stations(connection: Connection) -> dict[str, dict[int, bool]]:
    """Station numbers of each log, rising, and whether this store's own programs met it. A row that
    says no such thing is left out.
    """
    found: dict[str, dict[int, bool]] = {}
    for log_id, number, here in sorted(connection.execute(select(schema.log_stations)), key=str):
        if checked.is_whole(schema.log_stations, (log_id, number)):
            told = found.setdefault(log_id, {})
            told[number] = bool(here) or told.get(number, False)
    return {log_id: dict(sorted(found[log_id].items())) for log_id in sorted(found)}


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


def observation_rows(given: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Records, (log id in hex, raw bytes) each, as rows in the order of the table: many are quicker
    so. Raises ValueError when one is damaged.
    """
    raws: dict[str, list[bytes]] = {}
    for log_id, raw in given:
        raws.setdefault(log_id, []).append(raw)
    return [
        {"log_id": log_id, "seq": seq, "raw": raw}
        for log_id, some in sorted(raws.items())
        for seq, raw in sorted(zip(records(some, log_id).seqs.tolist(), some, strict=True))
    ]


def of_ruling(ruling: Ruling) -> dict[str, Any]:
    """A ruling as a row."""
    return {
        "id": ruling.id,
        "at_us": ruling.at_us,
        "by": ruling.by,
        "why": ruling.why,
        "kind": ruling.kind,
        "data": json.dumps(ruling.data, sort_keys=True),
    }


def copying(names: Sequence[str]) -> str:
    """The statement that copies the rows of attached files. All are in the order of the key
    already: SQLite merges them as it reads, so that new rows are put behind each other and nothing
    is sorted.
    """
    others = " UNION ALL ".join(
        f"SELECT log_id, seq, raw FROM {name}.observations" for name in names
    )
    return (
        f"INSERT OR IGNORE INTO main.observations (log_id, seq, raw) {others} "
        "ORDER BY log_id, seq, raw"
    )
