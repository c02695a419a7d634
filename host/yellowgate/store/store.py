"""The host's store: observations, rulings, keys and tips, in SQLite or any SQLAlchemy URL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.records import Observation, Records, records
from yellowgate.store import changes, rows, schema
from yellowgate.store.changes import Bell
from yellowgate.store.engine import WRITING, opened
from yellowgate.store.faults import explain, unreadable


class Merged(NamedTuple):
    """What a merge brought. observations, rulings: how many were new. whole: how many whole records
    each of the other stores has, spoilt: how many were spoilt there and left out.
    """

    observations: int
    rulings: int
    whole: tuple[int, ...]
    spoilt: tuple[int, ...]


class Store:
    """One race's records. Safe to open from several processes at the same time.

    url: an SQLAlchemy URL. Every method raises StoreError with one clear line when the database
    cannot be read or written; what was added before stays.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._engine = opened(url)
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise StoreError(explain(url, error)) from error

    @classmethod
    def file(cls, path: Path) -> Store:
        """The store in an SQLite file, made when it is not there."""
        return cls(f"sqlite:///{path}")

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()

    # What is new

    def version(self) -> int:
        """Another one after each change of records, rulings and what is known of logs: a number
        that is read in no time, however much is in the store.
        """
        with self._working() as connection:
            return changes.version(connection)

    def newer(self, known: int) -> tuple[int, set[str]]:
        """The version, and what has changed since the one that is known: log ids, and
        changes.RULINGS. What is read of them after this is of that version or newer.
        """
        with self._working() as connection:
            return changes.version(connection), changes.since(connection, known)

    def bell(self) -> Bell:
        """To be woken when anybody stores something: whoever waits on it asks for the version
        then. Of one thread; to be closed.
        """
        return Bell(self._engine)

    # Observations

    def add_observations(self, given: Iterable[tuple[str, bytes]]) -> int:
        """Add records, (log id in hex, raw bytes) each; returns how many were new.

        Raises ValueError when one is damaged: then nothing of this call is added.
        """
        raws: dict[str, list[bytes]] = {}
        for log_id, raw in given:
            raws.setdefault(log_id, []).append(raw)
        values = [
            {"log_id": log_id, "seq": seq, "raw": raw}
            for log_id, some in sorted(raws.items())
            for seq, raw in sorted(zip(records(some, log_id).seqs.tolist(), some, strict=True))
        ]  # in the order of the table: many are quicker so
        return self._add(schema.observations, values)

    def logs(self) -> dict[str, Records]:
        """All observations: the records of each log, by log id. Spoilt ones are left out."""
        return self._read()[0]

    def spoilt(self) -> list[tuple[str, int]]:
        """(log id, number) of rows that are no longer the records that they were: a bad disk. A
        sync or merge brings them anew, if they are anywhere else.
        """
        return self._read()[1]

    def _read(self) -> tuple[dict[str, Records], list[tuple[str, int]]]:
        logs: dict[str, Records] = {}
        spoilt: list[tuple[str, int]] = []
        with self._working() as connection:
            for log in rows.read(connection):
                if log.records is not None:
                    logs[log.log_id] = log.records
                spoilt += [(log.log_id, seq) for seq in log.spoilt]
        return logs, spoilt

    def observations(self) -> list[Observation]:
        """All observations, by log id, number and bytes."""
        return [row for log in self.logs().values() for row in log]

    def log(self, log_id: str) -> Records | None:
        """The records of one log."""
        with self._working() as connection:
            return next((log.records for log in rows.read(connection, log_id)), None)

    def boot_observations(self, log_id: str, boot: int) -> list[Observation]:
        """The observations of one start of a station, by number."""
        return [row for row in self.log(log_id) or () if row.boot == boot]

    def missing(self, log_id: str, next_seq: int) -> list[tuple[int, int]]:
        """Ranges [first, next) of the numbers below next_seq that are not here."""
        log = self.log(log_id)
        gaps: list[tuple[int, int]] = []
        expected = 0
        seqs: list[int] = [] if log is None else log.seqs.tolist()
        for seq in seqs:
            if seq >= next_seq:
                break
            if seq > expected:
                gaps.append((expected, seq))
            expected = seq + 1
        if expected < next_seq:
            gaps.append((expected, next_seq))
        return gaps

    def counts(self) -> dict[str, int]:
        """How many numbers of each log are here."""
        table = schema.observations
        query = select(table.c.log_id, func.count(table.c.seq.distinct())).group_by(table.c.log_id)
        with self._working() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    # Rulings

    def add_rulings(self, rulings: Iterable[Ruling]) -> int:
        """Add rulings; returns how many were new."""
        values = [
            {
                "id": ruling.id,
                "at_us": ruling.at_us,
                "by": ruling.by,
                "why": ruling.why,
                "kind": ruling.kind,
                "data": json.dumps(ruling.data, sort_keys=True),
            }
            for ruling in rulings
        ]
        return self._add(schema.rulings, values)

    def rulings(self) -> list[Ruling]:
        """All rulings, by the moment they were made and id."""
        table = schema.rulings
        query = select(table).order_by(table.c.at_us, table.c.id)
        with self._working() as connection:
            given = connection.execute(query).mappings().all()
        found = [(row["id"], _ruling(row)) for row in given]
        return [ruling for number, ruling in found if ruling is not None and ruling.id == number]

    def spoilt_rulings(self) -> list[str]:
        """Ids of rows that are no longer the rulings that they were: a bad disk, a foreign hand.
        rulings() leaves them out.
        """
        with self._working() as connection:
            numbers = connection.scalars(select(schema.rulings.c.id)).all()
        whole = {ruling.id for ruling in self.rulings()}
        return sorted(str(number) for number in numbers if number not in whole)

    # Evidence

    def add_first_key(self, log_id: str, key: bytes) -> None:
        """Keep the key that a log began with."""
        self.add_first_keys([(log_id, key)])

    def add_first_keys(self, keys: Iterable[tuple[str, bytes]]) -> None:
        """Keep the keys that logs began with: (log id, key) each."""
        values = [{"log_id": log_id, "key": key.hex()} for log_id, key in keys]
        self._add(schema.first_keys, values)

    def first_keys(self) -> dict[str, bytes]:
        """The key each log began with, where known."""
        with self._working() as connection:
            found = connection.execute(select(schema.first_keys).order_by("log_id", "key"))
            return {row.log_id: bytes.fromhex(row.key) for row in found}

    def add_tip(self, log_id: str, next_seq: int, tag: bytes) -> None:
        """Keep what a station said of the end of its log."""
        self.add_tips([(log_id, next_seq, tag)])

    def add_tips(self, tips: Iterable[tuple[str, int, bytes]]) -> None:
        """Keep what stations said of the ends of their logs: (log id, next seq, tag) each."""
        values = [
            {"log_id": log_id, "next_seq": next_seq, "tag": tag.hex()}
            for log_id, next_seq, tag in tips
        ]
        self._add(schema.tips, values)

    def tips(self) -> list[tuple[str, int, bytes]]:
        """(log id, next seq, tag), ordered."""
        query = select(schema.tips).order_by("log_id", "next_seq", "tag")
        with self._working() as connection:
            return [
                (row.log_id, row.next_seq, bytes.fromhex(row.tag))
                for row in connection.execute(query)
            ]

    def add_log_stations(self, given: Iterable[tuple[str, int]]) -> None:
        """Keep which station writes a log: (log id, station number) each."""
        values = [{"log_id": log_id, "station_id": station_id} for log_id, station_id in given]
        self._add(schema.log_stations, values)

    def log_stations(self) -> dict[str, list[int]]:
        """Numbers of the station that writes each log, rising; of more than one, one is wrong."""
        with self._working() as connection:
            return rows.log_stations(connection)

    def add_marks(self, rows: Iterable[tuple[str, int, int, bytes]]) -> None:
        """Keep opening marks: (log id, epoch, first seq, tag before)."""
        values = [
            {"log_id": log_id, "epoch": epoch, "first_seq": first_seq, "tag_before": tag.hex()}
            for log_id, epoch, first_seq, tag in rows
        ]
        self._add(schema.marks, values)

    def marks(self) -> list[tuple[str, int, int, bytes]]:
        """(log id, epoch, first seq, tag before), ordered."""
        query = select(schema.marks).order_by("log_id", "epoch", "first_seq", "tag_before")
        with self._working() as connection:
            return [
                (row.log_id, row.epoch, row.first_seq, bytes.fromhex(row.tag_before))
                for row in connection.execute(query)
            ]

    # Counters

    def raise_counter(self, name: str, value: int) -> None:
        """Set a counter to this value unless it is higher already."""
        table = schema.counters
        with self._working(writing=True) as connection:
            statement = rows.insert_into(connection, table).values(name=name, value=value)
            higher = statement.on_conflict_do_update(
                index_elements=[table.c.name],
                set_={"value": statement.excluded.value},
                where=table.c.value < statement.excluded.value,
            )
            connection.execute(higher)

    def count_up(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        table = schema.counters
        with self._working(writing=True) as connection:
            statement = rows.insert_into(connection, table).values(name=name, value=by)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[table.c.name],
                    set_={"value": table.c.value + statement.excluded.value},
                )
            )

    def counters(self) -> dict[str, int]:
        """All counters by name."""
        with self._working() as connection:
            found = connection.execute(select(schema.counters).order_by("name"))
            return {row.name: row.value for row in found}

    def merge(self, *others: Store) -> Merged:
        """Unite other stores' rows into this one: quicker with all at once than one by one."""
        new = 0
        looked: list[tuple[int, int]] = []
        for first in range(0, len(others), rows.ATTACHED_MAX):
            added, found = self._unite(others[first : first + rows.ATTACHED_MAX])
            new += added
            looked += found
        rulings = self.add_rulings(row for other in others for row in other.rulings())
        self.add_first_keys(row for other in others for row in other.first_keys().items())
        self.add_tips(row for other in others for row in other.tips())
        self.add_log_stations(
            (log_id, number)
            for other in others
            for log_id, numbers in other.log_stations().items()
            for number in numbers
        )
        self.add_marks(row for other in others for row in other.marks())
        for other in others:
            for name, value in other.counters().items():
                self.raise_counter(name, value)
        whole, spoilt = zip(*looked, strict=True) if looked else ((), ())
        return Merged(new, rulings, whole, spoilt)

    # How

    def _unite(self, others: Sequence[Store]) -> tuple[int, list[tuple[int, int]]]:
        """Add the whole records of these stores; returns how many were new, and of each store how
        many are whole there and how many spoilt. SQLite copies files alone, while they are looked
        through in a thread of its own.
        """
        files = [file for other in others if (file := rows.file_of(other._engine))]
        ours = rows.file_of(self._engine)
        added: int | None = None
        with ThreadPoolExecutor(1) as reader:
            looking = reader.submit(lambda: [other._look() for other in others])
            if ours and len(files) == len(others) and not any(map(ours.samefile, files)):
                added = self._copy(files, lambda: not any(spoilt for _, spoilt in looking.result()))
            looked = looking.result()
        if added is None:
            added = sum(self.add_observations(other._pairs()) for other in others)
        return added, looked

    def _copy(self, files: Sequence[Path], may_be: Callable[[], bool]) -> int | None:
        try:
            return rows.copy(self._engine, files, may_be)
        except sqlite3.Error as error:
            raise StoreError(explain(unreadable(files) or self.url, error)) from error

    def _look(self) -> tuple[int, int]:
        """How many records are whole, and how many spoilt."""
        logs, spoilt = self._read()
        return sum(map(len, logs.values())), len(spoilt)

    def _pairs(self) -> Iterator[tuple[str, bytes]]:
        return ((log_id, raw) for log_id, log in self.logs().items() for raw in log.raws)

    def _add(self, table: Table, values: Iterable[Mapping[str, Any]]) -> int:
        """Insert what is not there yet, all or nothing; returns how many rows were new."""
        given = list(values)
        if not given:
            return 0
        with self._working(writing=True) as connection:
            new = rows.insert(connection, table, given)
            if new:
                changes.note(connection, (row.get("log_id", changes.RULINGS) for row in given))
            return new

    @contextmanager
    def _working(self, writing: bool = False) -> Generator[Connection]:
        engine = self._engine.execution_options(**{WRITING: writing})
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(explain(self.url, error)) from error


def _ruling(row: Mapping[Any, Any]) -> Ruling | None:
    """None when it is no ruling."""
    try:
        data: Any = json.loads(row["data"])
    except (TypeError, ValueError):
        return None
    texts = (row["by"], row["why"], row["kind"])
    is_whole = isinstance(data, dict) and isinstance(row["at_us"], int)
    if not is_whole or not all(isinstance(text, str) for text in texts):
        return None
    return Ruling(row["at_us"], *texts, cast("dict[str, Any]", data))
