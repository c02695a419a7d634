"""What may stand in a store's rows. Whatever comes from elsewhere is looked through with this."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from gate_wire import record

from yellowgate.model import Ruling
from yellowgate.redact import is_clean
from yellowgate.rulings.fields import MOMENT_MAX_US
from yellowgate.rulings.kinds import KINDS, check

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

ROWS_MAX = 200_000  # of a table beside the observations: more than any race has
OBSERVATIONS_MAX = 5_000_000
TEXT_MAX = 4_000  # letters of a ruling's texts, and of its data
STATION_ID_MAX = 0xFFFF


def _hex(digits: int) -> Callable[[object], bool]:
    shape = re.compile(f"[0-9a-f]{{{digits}}}")
    return lambda value: isinstance(value, str) and shape.fullmatch(value) is not None


def _number(most: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and 0 <= value <= most


# Of each column that a merge takes: may this stand there, and what must.
_is_log_id = _hex(16)
_LOG_ID = ("log_id", _is_log_id, "a log id (16 hex digits)")
_SHAPES: Mapping[str, tuple[tuple[str, Callable[[object], bool], str], ...]] = {
    "first_keys": (_LOG_ID, ("key", _hex(32), "a key (32 hex digits)")),
    "tips": (
        _LOG_ID,
        ("next_seq", _number(record.SEQ_MAX + 1), "a number that a log can hold"),
        ("tag", _hex(8), "a tag (8 hex digits)"),
    ),
    "log_stations": (_LOG_ID, ("station_id", _number(STATION_ID_MAX), "a station's number")),
    "marks": (
        _LOG_ID,
        ("epoch", _number(0xFFFF), "an epoch"),
        ("first_seq", _number(record.SEQ_MAX), "a number that a log can hold"),
        ("tag_before", _hex(8), "a tag (8 hex digits)"),
    ),
}
_SECRET = ("key",)  # columns of which no value is ever said


def is_whole(table: str, row: Sequence[object]) -> bool:
    """Is this what may stand in such a row? row: in the order of the columns, without `here`."""
    return all(may(value) for (_, may, _), value in zip(_SHAPES[table], row, strict=True))


def rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table of another store, each looked through; none when it has no such table.

    Raises ValueError (one line) that names the row.
    """
    shape = _SHAPES[table.name]
    columns = ", ".join(name for name, _, _ in shape)
    query = f"SELECT {columns} FROM {table.name} ORDER BY {columns}"
    found = [tuple(row) for row in _few(connection, table, query)]
    for number, row in enumerate(found):
        for (name, may, what), value in zip(shape, row, strict=True):
            if not may(value):
                said = "what stands there" if name in _SECRET else _shown(value)
                raise ValueError(f"{table.name}, row {number + 1}: {name} is no {what[2:]}: {said}")
    return found


def _few(connection: Connection, table: Table, query: str) -> Iterator[Any]:
    from sqlalchemy import text  # noqa: PLC0415 - merging alone

    count = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
    if count > ROWS_MAX:
        raise ValueError(f"{table.name}: {count} rows are more than any race has")
    return iter(connection.execute(text(query)))


def rulings(connection: Connection) -> list[Ruling]:
    """All rulings of another store, each looked through. Raises ValueError (one line)."""
    from yellowgate.store import schema  # noqa: PLC0415

    found: list[Ruling] = []
    names = ", ".join(f'"{column.name}"' for column in schema.rulings.columns)
    query = f"SELECT {names} FROM rulings ORDER BY at_us, id"
    for number, row in enumerate(_few(connection, schema.rulings, query)):
        where = f"rulings, row {number + 1} ({_shown(row.id)})"
        try:
            made = ruling(row._mapping)
            _strict(made, len(row.data))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        found.append(made)
    return found


def ruling(row: Mapping[Any, Any]) -> Ruling:
    """The ruling in this row, of whatever kind, understood or not. Raises ValueError when it is
    none.
    """
    for name in ("by", "why", "kind", "data"):
        if not isinstance(row[name], str):
            raise ValueError(f"{name} is no text")
    if not _number(MOMENT_MAX_US)(row["at_us"]):
        raise ValueError(f"at_us is no moment from 1970 to 2999: {_shown(row['at_us'])}")
    try:
        data: Any = json.loads(row["data"])
    except (ValueError, RecursionError) as error:
        raise ValueError("its data cannot be read") from error
    if not isinstance(data, dict):
        raise ValueError("its data is no table")
    made = Ruling(row["at_us"], row["by"], row["why"], row["kind"], cast("dict[str, Any]", data))
    if made.id != row["id"]:
        raise ValueError("it is not what its id says")
    return made


def _strict(made: Ruling, size: int) -> None:
    """Of another store: also what it says. Kinds of a later version are taken, and mean nothing."""
    said = (made.by, made.why, made.kind)
    if max(size, *map(len, said)) > TEXT_MAX:
        raise ValueError(f"a text in it has more than {TEXT_MAX} letters")
    if not all(map(is_clean, (*said, *_texts(made.data)))):
        raise ValueError("a text in it has control characters")
    if not made.by:
        raise ValueError("it does not say who made it")
    if made.kind in KINDS:
        check(made.kind, made.data)


def _texts(value: object) -> Iterator[str]:
    """All texts in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in cast("dict[str, object]", value).items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _texts(one)


_SHOWN = "SELECT log_id, seq, typeof(raw), length(raw) FROM observations"
_ODD = f"""{_SHOWN} WHERE typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND {record.SEQ_MAX}
    OR typeof(raw) <> 'blob' OR length(raw) > {record.RECORD_BYTES_MAX} LIMIT 1"""
# A million rows are of some hundred logs: an id is looked at once, by its very bytes, whatever the
# other table was told of how its texts compare.
_LOG_IDS = "SELECT DISTINCT log_id COLLATE BINARY FROM observations"
_OF_LOG = f"{_SHOWN} WHERE log_id COLLATE BINARY IS :log_id LIMIT 1"


def observations(connection: Connection) -> None:
    """Look at what kind of values stand there; whether records are whole shows when they are read.

    Raises ValueError (one line).
    """
    from sqlalchemy import text  # noqa: PLC0415 - merging alone

    count = connection.execute(text("SELECT count(*) FROM observations")).scalar_one()
    if count > OBSERVATIONS_MAX:
        raise ValueError(f"observations: {count} rows are more than any race has")
    if connection.dialect.name != "sqlite":
        return  # its columns have types
    odd = _odd(connection)
    if odd is not None:
        raise ValueError(
            f"observations, log {_shown(odd[0])}, number {_shown(odd[1])}: that is no record "
            f"({odd[2]}, {odd[3]} bytes)"
        )


def _odd(connection: Connection) -> Sequence[Any] | None:
    """A row that is of no log, or that can be no record."""
    from sqlalchemy import text  # noqa: PLC0415 - merging alone

    for log_id in connection.execute(text(_LOG_IDS)).scalars():
        if not _is_log_id(log_id):
            return connection.execute(text(_OF_LOG), {"log_id": log_id}).one()
    return connection.execute(text(_ODD)).one_or_none()


def tables(connection: Connection) -> set[str]:
    """The tables of ours that another store has. Raises ValueError (one line) when what bears such
    a name is none, or lacks a column.
    """
    from sqlalchemy import text  # noqa: PLC0415 - merging alone

    from yellowgate.store import schema  # noqa: PLC0415

    if connection.dialect.name != "sqlite":
        return set(schema.metadata.tables)
    found: set[str] = set()
    listed = connection.execute(text("SELECT name, type, sql FROM sqlite_master"))
    for name, kind, made_by in listed.all():
        table = schema.metadata.tables.get(name)
        if table is None or kind == "index":
            continue
        if kind != "table" or "VIRTUAL" in str(made_by).upper().split("(", maxsplit=1)[0]:
            raise ValueError(f"{name} is no table")
        query = f"SELECT name FROM pragma_table_xinfo('{name}') WHERE hidden = 0"
        there = set(connection.scalars(text(query)))
        wanted = {column.name for column in table.columns if column.name != "here"}
        if not wanted <= there:
            raise ValueError(f"{name} has no column {', '.join(sorted(wanted - there))}")
        found.add(name)
    if schema.observations.name not in found:
        raise ValueError("is no race.db: it has no table of observations")
    return found


def _shown(value: object) -> str:
    """A value that may be anything, short and on one line."""
    said = repr(value)
    return said if len(said) <= 40 else f"{said[:40]}…"
