"""The host's store: observations, rulings, keys and tips, in SQLite or any SQLAlchemy URL."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.records import Observation, Records
from yellowgate.redact import shown_url
from yellowgate.store import changes, checked, merging, rows, schema
from yellowgate.store.changes import Bell
from yellowgate.store.engine import WRITING, opened
from yellowgate.store.faults import explain
from yellowgate.store.merging import Merged, Other
from yellowgate.store.versions import Key, Proof, right_keys


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
        return self._add(schema.observations, rows.observation_rows(given))

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
        return self._add(schema.rulings, [rows.of_ruling(ruling) for ruling in rulings])

    def rulings(self) -> list[Ruling]:
        """All rulings, by the moment they were made and id."""
        table = schema.rulings
        query = select(table).order_by(table.c.at_us, table.c.id)
        with self._working() as connection:
            found = connection.execute(query).mappings().all()
        return [ruling for row in found if (ruling := _ruling(row)) is not None]

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
        """Keep the key that a log began with, and that this program made."""
        self._add(schema.first_keys, [{"log_id": log_id, "key": key.hex(), "here": True}])

    def first_keys(self) -> dict[str, bytes]:
        """The key each log began with, where known; of several that are claimed, the one that was
        made here, or bears the log out.
        """
        return right_keys(self.proofs(), self.log)

    def made_here(self) -> list[str]:
        """Logs whose first key was made by this store's own programs."""
        return [
            log_id
            for log_id, proof in self.proofs().items()
            if proof.keys[:1] and proof.keys[0].here
        ]

    def proofs(self) -> dict[str, Proof]:
        """What bears each log out."""
        query = select(schema.first_keys).order_by("log_id", "key")
        keys: dict[str, dict[bytes, bool]] = {}
        with self._working() as connection:
            for log_id, key, here in connection.execute(query):
                if checked.is_whole(schema.first_keys, (log_id, key)):
                    known = keys.setdefault(log_id, {})
                    known[bytes.fromhex(key)] = here or known.get(bytes.fromhex(key), False)
        tips = by_first(self.tips(here=True))
        marks = by_first(self.marks())
        return {
            log_id: Proof(
                tuple(Key(*key) for key in sorted(keys.get(log_id, {}).items(), key=_here_first)),
                tuple(tips.get(log_id, ())),
                tuple(marks.get(log_id, ())),
            )
            for log_id in keys.keys() | tips.keys() | marks.keys()
        }

    def add_tip(self, log_id: str, next_seq: int, tag: bytes) -> None:
        """Keep what a station said of the end of its log. Raises ValueError when no log can be so
        long.
        """
        row = {"log_id": log_id, "next_seq": next_seq, "tag": tag.hex()}
        if not checked.is_whole(schema.tips, tuple(row.values())):
            raise ValueError(f"no log can be {next_seq} records long")
        self._add(schema.tips, [{**row, "here": True}])

    def tips(self, here: bool = False) -> list[tuple[str, int, bytes]]:
        """(log id, next seq, tag), ordered; here: of those that stations told this laptop."""
        query = select(schema.tips).order_by("log_id", "next_seq", "tag")
        with self._working() as connection:
            found = connection.execute(query.where(schema.tips.c.here) if here else query).all()
        whole = [row for row in found if checked.is_whole(schema.tips, row[:3])]
        return list(dict.fromkeys((row[0], row[1], bytes.fromhex(row[2])) for row in whole))

    def add_log_stations(self, given: Iterable[tuple[str, int]]) -> None:
        """Keep which station writes a log: (log id, station number) each, as this laptop met it."""
        values = [
            {"log_id": log_id, "station_id": station_id, "here": True}
            for log_id, station_id in given
        ]
        self._add(schema.log_stations, values)

    def log_stations(self) -> dict[str, dict[int, bool]]:
        """Numbers of the station that writes each log, rising, and whether this laptop met it; of
        more than one, one is wrong.
        """
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
            found = connection.execute(query).all()
        return [
            (row.log_id, row.epoch, row.first_seq, bytes.fromhex(row.tag_before))
            for row in found
            if checked.is_whole(schema.marks, tuple(row))
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

    def merge(self, *others: Store | Path, only_records: bool = False) -> Merged:
        """Unite other stores into this one, all or nothing; none of them is changed. Of a file
        nothing is believed. only_records: leave out what else they hold.

        Raises StoreError that names the store and the row that is wrong.
        """
        strange = [
            Other(str(one), one)
            if isinstance(one, Path)
            else Other(shown_url(one.url), one._file, one._engine)
            for one in others
        ]
        try:
            return merging.merge(self._engine, self._file, strange, only_records)
        except SQLAlchemyError as error:
            raise StoreError(explain(self.url, error)) from error

    # How

    @property
    def _file(self) -> Path | None:
        name = self._engine.url.database
        return Path(name) if self._engine.dialect.name == "sqlite" and name else None

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
        return checked.ruling(row)
    except ValueError:
        return None


def _here_first(key: tuple[bytes, bool]) -> tuple[bool, bytes]:
    return not key[1], key[0]


def by_first(given: Iterable[tuple[str, *tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rest of each row, by its first part."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for first, *rest in given:
        found.setdefault(first, []).append(tuple(rest))
    return found
