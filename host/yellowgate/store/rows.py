"""Many rows of observations at once: read and checked, or copied from one SQLite file to another.

There may be a million: what can be done within the database is done there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from yellowgate.model import Ruling
from yellowgate.records import Records, joined_records, observation, records
from yellowgate.store import checked
from yellowgate.store.work import Work

# The bytes of a log in one piece: a million small ones would take longer than all the rest. SQLite
# reads the table in the order of its key and so joins it in that order; that is checked below.
_JOINED = {
    False: "CAST(group_concat(raw, '') AS BLOB)",
    True: "string_agg(raw, ''::bytea ORDER BY seq, raw)",  # PostgreSQL
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


def read(work: Work, log_id: str = "") -> Iterator[Read]:
    """Every log, or this one alone, checked."""
    query = _LOGS.format(
        joined=_JOINED[work.is_postgresql], where="WHERE log_id = :log_id" if log_id else ""
    )
    given = {"log_id": log_id} if log_id else {}
    for found_id, count, seqs, joined in work.rows(query, given):
        log = _whole(found_id, count, seqs, bytes(joined))
        yield _sorted_out(work, found_id) if log is None else Read(found_id, log, [])


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


def _sorted_out(work: Work, log_id: str) -> Read:
    """Row by row: a row is spoilt when its bytes are no record, or that of another number."""
    query = "SELECT seq, raw FROM observations WHERE log_id = :log_id ORDER BY seq, raw"
    raws: list[bytes] = []
    spoilt: list[int] = []
    for seq, raw in work.rows(query, {"log_id": log_id}):
        try:
            is_whole = observation(bytes(raw), log_id).seq == seq
        except ValueError:
            is_whole = False
        if is_whole:
            raws.append(bytes(raw))
        else:
            spoilt.append(seq)
    return Read(log_id, records(raws, log_id) if raws else None, spoilt)


def log_stations(work: Work) -> dict[str, dict[int, bool]]:
    """Station numbers of each log, rising, and whether this store's own programs met it. A row that
    says no such thing is left out.
    """
    found: dict[str, dict[int, bool]] = {}
    query = "SELECT log_id, station_id, here FROM log_stations"
    for log_id, number, here in sorted(work.rows(query), key=str):
        if checked.is_whole("log_stations", (log_id, number)):
            told = found.setdefault(log_id, {})
            told[number] = bool(here) or told.get(number, False)
    return {log_id: dict(sorted(found[log_id].items())) for log_id in sorted(found)}


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
