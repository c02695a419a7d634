"""The host's store: observations, rulings, keys and tips, in SQLite or any SQLAlchemy URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yellowgate.errors import Meanwhile, StoreError
from yellowgate.model import Ruling
from yellowgate.records import Observation, Records
from yellowgate.redact import shown_url
from yellowgate.store import changes, checked, rows, work
from yellowgate.store.changes import Bell
from yellowgate.store.faults import explain
from yellowgate.store.versions import Key, Proof, proved, right_keys
from yellowgate.store.work import Work, file_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from yellowgate.store.merging import Merged


_COUNTED = """INSERT INTO counters (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE"""


class Store:
    """One race's records. Safe to open from several processes at the same time.

    url: an SQLAlchemy URL. Every method raises StoreError with one clear line when the database
    cannot be read or written; what was added before stays.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = file_of(url)
        try:
            if self._file is None or not work.has_tables(self._file):
                _ = self._engine  # makes the tables
        except (sqlite3.Error, ValueError) as error:
            raise StoreError(explain(url, error)) from error

    @classmethod
    def file(cls, path: Path) -> Store:
        """The store in an SQLite file, made when it is not there."""
        return cls(f"sqlite:///{path}")

    def close(self) -> None:
        """Give the database back."""
        if "_engine" in vars(self):
            self._engine.dispose()

    # What is new

    def version(self) -> int:
        """Another one after each change of records, rulings and what is known of logs: a number
        that is read in no time, however much is in the store.
        """
        with self._working() as under_way:
            return changes.version(under_way)

    def newer(self, known: int) -> tuple[int, set[str]]:
        """The version, and what has changed since the one that is known: log ids, and
        changes.RULINGS. What is read of them after this is of that version or newer.
        """
        with self._working() as under_way:
            return changes.version(under_way), changes.since(under_way, known)

    def bell(self) -> Bell:
        """To be woken when anybody stores something: whoever waits on it asks for the version
        then. Of one thread; to be closed.
        """
        return Bell(self._engine if self._file is None else self._file)

    # Observations

    def add_observations(self, given: Iterable[tuple[str, bytes]]) -> int:
        """Add records, (log id in hex, raw bytes) each; returns how many were new.

        Raises ValueError when one is damaged: then nothing of this call is added.
        """
        return self._add("observations", rows.observation_rows(given))

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
        with self._working() as under_way:
            for log in rows.read(under_way):
                if log.records is not None:
                    logs[log.log_id] = log.records
                spoilt += [(log.log_id, seq) for seq in log.spoilt]
        return logs, spoilt

    def observations(self) -> list[Observation]:
        """All observations, by log id, number and bytes."""
        return [row for log in self.logs().values() for row in log]

    def log(self, log_id: str) -> Records | None:
        """The records of one log."""
        with self._working() as under_way:
            return next((log.records for log in rows.read(under_way, log_id)), None)

    def boot_observations(self, log_id: str, boot: int) -> list[Observation]:
        """The observations of one start of a station, by number."""
        return [row for row in self.log(log_id) or () if row.boot == boot]

    def missing(self, log_id: str, next_seq: int) -> list[tuple[int, int]]:
        """Ranges [first, next) of the numbers below next_seq that are not here."""
        log = self.log(log_id)
        return _gaps([] if log is None else log.seqs.tolist(), next_seq)

    def wanted(self, log_id: str, next_seq: int) -> list[tuple[int, int]]:
        """Ranges [first, next) of the numbers below next_seq to ask the station for: those that are
        not here, and those of which only what anybody may have written is here.
        """
        log = self.log(log_id)
        if log is None:
            return _gaps([], next_seq)
        known = proved(log, self.proofs().get(log_id, Proof()))
        return _gaps(known.seqs.tolist(), next_seq)

    def counts(self) -> dict[str, int]:
        """How many numbers of each log are here."""
        query = "SELECT log_id, count(DISTINCT seq) FROM observations GROUP BY log_id"
        return dict(self._rows(query))

    # Rulings

    def add_rulings(self, rulings: Iterable[Ruling], known: int | None = None) -> int:
        """Add rulings; returns how many were new. known: what rulings_version() was when they were
        decided. Raises Meanwhile when that is another by now: then none is added.
        """
        return self._add("rulings", [rows.of_ruling(ruling) for ruling in rulings], known)

    def rulings_version(self) -> int:
        """Another one after each change of the rulings; those that are read after this are of it or
        newer.
        """
        with self._working() as under_way:
            return changes.version(under_way, changes.RULINGS)

    def rulings(self) -> list[Ruling]:
        """All rulings, by the moment they were made and id."""
        names = ("id", "at_us", "by", "why", "kind", "data")
        query = 'SELECT id, at_us, "by", why, kind, data FROM rulings ORDER BY at_us, id'
        found = (_ruling(dict(zip(names, row, strict=True))) for row in self._rows(query))
        return [ruling for ruling in found if ruling is not None]

    def spoilt_rulings(self) -> list[str]:
        """Ids of rows that are no longer the rulings that they were: a bad disk, a foreign hand.
        rulings() leaves them out.
        """
        numbers = [row[0] for row in self._rows("SELECT id FROM rulings")]
        whole = {ruling.id for ruling in self.rulings()}
        return sorted(str(number) for number in numbers if number not in whole)

    # Evidence

    def add_first_key(self, log_id: str, key: bytes) -> None:
        """Keep the key that a log began with, and that this program made."""
        self._add("first_keys", [{"log_id": log_id, "key": key.hex(), "here": True}])

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
        query = "SELECT log_id, key, here FROM first_keys ORDER BY log_id, key"
        keys: dict[str, dict[bytes, bool]] = {}
        for log_id, key, here in self._rows(query):
            if checked.is_whole("first_keys", (log_id, key)):
                known = keys.setdefault(log_id, {})
                known[bytes.fromhex(key)] = bool(here) or known.get(bytes.fromhex(key), False)
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
        if not checked.is_whole("tips", tuple(row.values())):
            raise ValueError(f"no log can be {next_seq} records long")
        self._add("tips", [{**row, "here": True}])

    def tips(self, here: bool = False) -> list[tuple[str, int, bytes]]:
        """(log id, next seq, tag), ordered; here: of those that stations told this laptop."""
        where = "WHERE here" if here else ""
        query = f"SELECT log_id, next_seq, tag FROM tips {where} ORDER BY log_id, next_seq, tag"
        whole = [row for row in self._rows(query) if checked.is_whole("tips", row)]
        return list(dict.fromkeys((row[0], row[1], bytes.fromhex(row[2])) for row in whole))

    def add_log_stations(self, given: Iterable[tuple[str, int]]) -> None:
        """Keep which station writes a log: (log id, station number) each, as this laptop met it."""
        values = [
            {"log_id": log_id, "station_id": station_id, "here": True}
            for log_id, station_id in given
        ]
        self._add("log_stations", values)

    def log_stations(self) -> dict[str, dict[int, bool]]:
        """Numbers of the station that writes each log, rising, and whether this laptop met it; of
        more than one, one is wrong.
        """
        with self._working() as under_way:
            return rows.log_stations(under_way)

    def add_marks(self, rows: Iterable[tuple[str, int, int, bytes]]) -> None:
        """Keep opening marks: (log id, epoch, first seq, tag before)."""
        values = [
            {"log_id": log_id, "epoch": epoch, "first_seq": first_seq, "tag_before": tag.hex()}
            for log_id, epoch, first_seq, tag in rows
        ]
        self._add("marks", values)

    def marks(self) -> list[tuple[str, int, int, bytes]]:
        """(log id, epoch, first seq, tag before), ordered."""
        columns = "log_id, epoch, first_seq, tag_before"
        found = self._rows(f"SELECT {columns} FROM marks ORDER BY {columns}")
        return [
            (log_id, epoch, first_seq, bytes.fromhex(tag))
            for log_id, epoch, first_seq, tag in found
            if checked.is_whole("marks", (log_id, epoch, first_seq, tag))
        ]

    # Counters

    def raise_counter(self, name: str, value: int) -> None:
        """Set a counter to this value unless it is higher already."""
        higher = f"{_COUNTED} SET value = excluded.value WHERE counters.value < excluded.value"
        with self._working(writing=True) as under_way:
            under_way.do(higher, [{"name": name, "value": value}])

    def count_up(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        more = f"{_COUNTED} SET value = counters.value + excluded.value"
        with self._working(writing=True) as under_way:
            under_way.do(more, [{"name": name, "value": by}])

    def counters(self) -> dict[str, int]:
        """All counters by name."""
        return dict(self._rows("SELECT name, value FROM counters ORDER BY name"))

    def merge(self, *others: Store | Path, only_records: bool = False) -> Merged:
        """Unite other stores into this one, all or nothing; none of them is changed. Of a file
        nothing is believed. only_records: leave out what else they hold.

        Raises StoreError that names the store and the row that is wrong.
        """
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - see work.py

        from yellowgate.store import merging  # noqa: PLC0415

        strange = [
            merging.Other(str(one), one)
            if isinstance(one, Path)
            else merging.Other(shown_url(one.url), one._file, one._engine)
            for one in others
        ]
        try:
            return merging.merge(self._engine, self._file, strange, only_records)
        except SQLAlchemyError as error:
            raise StoreError(explain(self.url, error)) from error

    # How

    @cached_property
    def _engine(self) -> Engine:
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - see work.py

        from yellowgate.store.engine import opened  # noqa: PLC0415

        try:
            return opened(self.url)
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise StoreError(explain(self.url, error)) from error

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._working() as under_way:
            return list(under_way.rows(query))

    def _add(
        self, table: str, values: Iterable[Mapping[str, Any]], known: int | None = None
    ) -> int:
        """Insert what is not there yet, all or nothing; returns how many rows were new."""
        given = list(values)
        if not given:
            return 0
        with self._working(writing=True) as under_way:
            if known is not None and changes.held_rulings(under_way) != known:
                raise Meanwhile("others decided at the same moment: look again, and repeat it")
            new = under_way.insert(table, given)
            if new:
                changes.note(under_way, (row.get("log_id", changes.RULINGS) for row in given))
            return new

    @contextmanager
    def _working(self, writing: bool = False) -> Generator[Work]:
        if self._file is None:
            yield from self._on_engine(writing)
            return
        try:
            with work.working(self._file, writing) as under_way:
                yield under_way
        except sqlite3.Error as error:
            raise StoreError(explain(self.url, error)) from error

    def _on_engine(self, writing: bool) -> Generator[Work]:
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - see work.py

        from yellowgate.store import engine  # noqa: PLC0415

        try:
            with engine.working(self._engine, writing) as under_way:
                yield under_way
        except SQLAlchemyError as error:
            raise StoreError(explain(self.url, error)) from error


def _ruling(row: Mapping[Any, Any]) -> Ruling | None:
    """None when it is no ruling."""
    try:
        return checked.ruling(row)
    except ValueError:
        return None


def _gaps(seqs: Iterable[int], next_seq: int) -> list[tuple[int, int]]:
    """Ranges [first, next) below next_seq that these rising numbers leave out."""
    gaps: list[tuple[int, int]] = []
    expected = 0
    for seq in seqs:
        if seq >= next_seq:
            break
        if seq > expected:
            gaps.append((expected, seq))
        expected = seq + 1
    if expected < next_seq:
        gaps.append((expected, next_seq))
    return gaps


def _here_first(key: tuple[bytes, bool]) -> tuple[bool, bytes]:
    return not key[1], key[0]


def by_first(given: Iterable[tuple[str, *tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rest of each row, by its first part."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for first, *rest in given:
        found.setdefault(first, []).append(tuple(rest))
    return found
