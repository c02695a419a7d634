"""The store: append-only, idempotent, safe with two writers, clear about what is wrong."""

import resource
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from gate_wire import bodies, kinds, record
from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.records import observation, records
from yellowgate.store import numbers, schema, work
from yellowgate.store.merging import Merged
from yellowgate.store.store import Store

LOG = "0011223344556677"


def tap(seq: int, log_id: str = LOG, body: bytes = b"\x04\x01\x02\x03") -> tuple[str, bytes]:
    row = record.Record(kinds.TAG, seq, 1, seq * 1000, record.UTC_UNKNOWN, 0, body)
    return log_id, record.pack(row, bytes.fromhex(log_id))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.file(tmp_path / "race.db")


def test_adding_twice_adds_once(store: Store) -> None:
    assert store.add_observations([tap(0), tap(1)]) == 2
    assert store.add_observations([tap(1), tap(2)]) == 1
    assert [row.seq for row in store.observations()] == [0, 1, 2]
    assert store.counts() == {LOG: 3}


def test_two_versions_of_one_record_are_both_kept(store: Store) -> None:
    store.add_observations([tap(0), tap(0, body=b"\x04\x09\x09\x09")])
    assert len(store.observations()) == 2
    assert store.counts() == {LOG: 1}


def test_a_damaged_record_adds_nothing_of_its_batch(store: Store) -> None:
    damaged = bytearray(tap(1)[1])
    damaged[9] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        store.add_observations([tap(0), (LOG, bytes(damaged))])
    assert store.observations() == []


def test_missing_ranges(store: Store) -> None:
    assert store.missing(LOG, 3) == [(0, 3)]
    store.add_observations([tap(1), tap(2), tap(5)])
    assert store.missing(LOG, 8) == [(0, 1), (3, 5), (6, 8)]
    assert store.missing(LOG, 2) == [(0, 1)]


def test_rulings_keys_tips_marks_counters_come_back(store: Store) -> None:
    ruling = Ruling(5, "Laz", "saw him", "void", {"seq": 1, "log_id": LOG})
    assert store.add_rulings([ruling, ruling]) == 1
    assert store.rulings() == [ruling]
    store.add_first_key(LOG, b"k" * 16)
    assert store.first_keys() == {LOG: b"k" * 16}
    store.add_tip(LOG, 7, b"abcd")
    store.add_tip(LOG, 7, b"abcd")
    assert store.tips() == [(LOG, 7, b"abcd")]
    store.add_marks([(LOG, 1, 120, b"wxyz")])
    assert store.marks() == [(LOG, 1, 120, b"wxyz")]
    store.raise_counter("radio 7", 5)
    store.raise_counter("radio 7", 3)
    store.count_up("rejected")
    store.count_up("rejected", 2)
    assert store.counters() == {"radio 7": 5, "rejected": 3}


def test_stations_of_a_log_are_a_set_and_two_numbers_are_both_kept(
    store: Store, tmp_path: Path
) -> None:
    store.add_log_stations([(LOG, 2), (LOG, 2), ("ff" * 8, 1)])
    other = Store.file(tmp_path / "other.db")
    other.add_log_stations([(LOG, 1), ("ee" * 8, 7)])
    store.merge(other)
    store.merge(other)
    told = {LOG: {1: False, 2: True}, "ee" * 8: {7: False}, "ff" * 8: {1: True}}
    assert store.log_stations() == told
    assert other.log_stations() == {LOG: {1: True}, "ee" * 8: {7: True}}, (
        "a merge takes, and gives nothing"
    )


def test_two_logs_of_one_number_at_the_same_time_are_two_stations(store: Store) -> None:
    def write(log_id: str, number: int, utcs_s: list[int]) -> None:
        for seq, utc_s in enumerate(utcs_s):
            body = bodies.pack_boot(bodies.Boot(0, 0, number, 0, (0, 1, 0)))
            row = record.Record(kinds.BOOT, seq, 1, 5, utc_s * 1000, kinds.UTC_SET, body)
            store.add_observations([(log_id, record.pack(row, bytes.fromhex(log_id)))])

    write("aa" * 8, 1, [100, 200])
    write("bb" * 8, 1, [201, 400])  # the same station's next log
    write("cc" * 8, 2, [100, 400])
    assert numbers.doubled(store.logs(), store.log_stations()) == []
    write("dd" * 8, 1, [150, 160])
    write("ee" * 8, 1, [record.UTC_UNKNOWN // 1000])  # when, nobody knows
    twins = [(1, "aa" * 8, "dd" * 8)]
    assert numbers.doubled(store.logs(), store.log_stations()) == twins
    store.add_log_stations([("cc" * 8, 1)])  # whose greeting said another number
    assert (1, "bb" * 8, "cc" * 8) in numbers.doubled(store.logs(), store.log_stations())


def test_a_row_that_names_no_station_is_left_out(store: Store, tmp_path: Path) -> None:
    store.add_log_stations([(LOG, 2)])
    with closing(sqlite3.connect(tmp_path / "race.db")) as base, base:
        for log_id, number in ((LOG, -1), (LOG, 1 << 40), ("ff" * 8, "tower"), ("", 3)):
            base.execute("INSERT INTO log_stations VALUES (?, ?, 1)", (log_id, number))
    assert store.log_stations() == {LOG: {2: True}}


def test_a_store_of_before_gets_the_tables_it_lacks(tmp_path: Path) -> None:
    store = Store.file(tmp_path / "race.db")
    store.add_observations([tap(0)])
    store.close()
    with closing(sqlite3.connect(tmp_path / "race.db")) as base, base:
        base.execute("DROP TABLE log_stations")
    again = Store.file(tmp_path / "race.db")
    again.add_log_stations([(LOG, 2)])
    assert again.log_stations() == {LOG: {2: True}}
    assert len(again.observations()) == 1


def test_merge_unites_and_is_idempotent(store: Store, tmp_path: Path) -> None:
    other = Store.file(tmp_path / "other.db")
    store.add_observations([tap(0)])
    other.add_observations([tap(0), tap(1)])
    other.add_rulings([Ruling(5, "Laz", "", "void", {"log_id": LOG, "seq": 1})])
    other.add_first_key(LOG, b"k" * 16)
    assert store.merge(other) == Merged(1, 1, (2,), (0,))
    assert store.merge(other) == Merged(0, 0, (2,), (0,))
    assert store.first_keys() == {LOG: b"k" * 16}


def test_many_are_merged_at_once(store: Store, tmp_path: Path) -> None:
    """More than SQLite attaches; two have another record under one number, one is spoilt."""
    others = [Store.file(tmp_path / f"other{number}.db") for number in range(12)]
    for number, other in enumerate(others):
        other.add_observations([tap(number), tap(number + 1), tap(40, body=bytes([number // 6]))])
        other.add_observations([tap(seq, "ff" * 8, bytes(seq)) for seq in range(number)])
        other.add_first_key(LOG, b"k" * 16)
        other.add_tip(LOG, number, b"abcd")
    _spoil(tmp_path / "other3.db", "CASE seq WHEN 3 THEN substr(raw, 2) ELSE raw END")
    whole = tuple(3 + number - (number == 3) for number in range(12))
    expected = Merged(13 + 2 + 11, 0, whole, (0, 0, 0, 1) + (0,) * 8)
    assert store.merge(*others) == expected
    assert store.merge(*others[::-1]).observations == 0
    assert store.spoilt() == []
    assert [row.seq for row in store.observations()] == [*range(13), 40, 40, *range(11)]
    assert len(store.tips()) == 12


def test_a_merge_that_fails_adds_nothing(store: Store, tmp_path: Path) -> None:
    others = [Store.file(tmp_path / f"other{number}.db") for number in range(3)]
    for number, other in enumerate(others):
        other.add_observations([tap(number)])
    base = sqlite3.connect(tmp_path / "other2.db")
    base.execute("ALTER TABLE observations RENAME COLUMN raw TO cooked")
    base.close()
    with pytest.raises(StoreError):
        store.merge(*others)
    assert store.observations() == []
    assert store.merge(*others[:2]).observations == 2, "and the store still works"


def test_a_spoilt_record_costs_itself_only(store: Store, tmp_path: Path) -> None:
    other = Store.file(tmp_path / "other.db")
    other.add_observations([tap(0), tap(1), tap(2)])
    _spoil(tmp_path / "other.db", "CASE seq WHEN 1 THEN substr(raw, 2) ELSE raw END")
    assert [row.seq for row in other.observations()] == [0, 2]
    assert other.spoilt() == [(LOG, 1)]
    assert other.missing(LOG, 4) == [(1, 2), (3, 4)]
    assert other.boot_observations(LOG, 1) == other.observations()
    assert store.merge(other) == Merged(2, 0, (2,), (1,))
    assert [row.seq for row in store.observations()] == [0, 2]
    assert store.spoilt() == []
    assert other.add_observations([tap(1)]) == 1, "the whole one comes back by a sync"
    assert [row.seq for row in other.observations()] == [0, 1, 2]
    assert other.missing(LOG, 3) == []


def test_records_under_numbers_of_others_are_spoilt(store: Store, tmp_path: Path) -> None:
    other = Store.file(tmp_path / "other.db")
    other.add_observations([tap(0), tap(1), tap(2)])
    _spoil(tmp_path / "other.db", "raw", "2 - seq")
    assert store.merge(other) == Merged(1, 0, (1,), (2,))
    assert [row.seq for row in store.observations()] == [1]


def test_a_log_of_which_nothing_is_whole_is_none(tmp_path: Path) -> None:
    other = Store.file(tmp_path / "other.db")
    other.add_observations([tap(0)])
    _spoil(tmp_path / "other.db", "x'00'")
    assert (other.logs(), other.spoilt()) == ({}, [(LOG, 0)])


def _spoil(file: Path, raw: str, seq: str = "seq") -> None:
    """Change what stands in a store's file, as a bad disk or a hand may."""
    base = sqlite3.connect(file)
    rows = base.execute(f"SELECT log_id, {seq}, CAST({raw} AS BLOB) FROM observations").fetchall()
    base.execute("DELETE FROM observations")
    base.executemany("INSERT INTO observations VALUES (?, ?, ?)", rows)
    base.commit()
    base.close()


def test_merge_with_itself_adds_nothing(store: Store, tmp_path: Path) -> None:
    store.add_observations([tap(0)])
    nothing = Merged(0, 0, (1,), (0,))
    assert store.merge(Store.file(tmp_path / "race.db")) == nothing
    assert store.merge(store) == nothing
    assert store.merge() == Merged(0, 0, (), ())


def test_records_of_every_length_come_back_as_they_were(store: Store) -> None:
    taps = [tap(seq, body=bytes(range(seq % 40))) for seq in range(200)]
    assert store.add_observations(taps[::-1]) == 200
    assert store.observations() == [observation(raw, log_id) for log_id, raw in taps]
    (log,) = store.logs().values()
    assert [log[at] for at in range(-200, 0)] == list(log)
    assert log[3:7] == list(log)[3:7]


@pytest.mark.parametrize("at", range(32))
def test_a_change_of_any_byte_is_seen(at: int) -> None:
    log_id, raw = tap(5)
    whole = [raw, tap(6)[1], tap(7, body=bytes(30))[1]]
    assert [row.seq for row in records(whole, log_id)] == [5, 6, 7]
    spoilt = bytearray(raw)
    spoilt[at] ^= 0x81
    for some in ([bytes(spoilt)], [bytes(spoilt), *whole], [*whole, bytes(spoilt)]):
        with pytest.raises(ValueError, match="damaged"):
            records(some, log_id)


def test_what_is_no_record_is_damaged() -> None:
    log_id, raw = tap(5)
    for nothing in (b"", raw[:16], raw + b"\0"):
        with pytest.raises(ValueError, match="damaged"):
            observation(nothing, log_id)
    longer = tap(5, body=bytes(30))[1]
    for spoilt in (b"", raw[:31], raw + raw, longer[:32], raw + bytes(16)):
        with pytest.raises(ValueError, match="damaged"):
            records([raw, spoilt], log_id)


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "race.db"
    Store.file(path).close()

    def write(first: int) -> None:
        mine = Store.file(path)
        for seq in range(first, first + 60):
            mine.add_observations([tap(seq)])

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in Store.file(path).observations()] == list(range(90))


def test_a_file_that_is_no_database_says_so_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "race.db"
    path.write_bytes(b"this is not a database at all, but it is long enough" * 40)
    with pytest.raises(StoreError, match="not a database; it is damaged") as caught:
        Store.file(path)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.file(tmp_path / "nowhere" / "race.db")


def test_a_disk_that_refuses_loses_nothing_that_was_there(tmp_path: Path) -> None:
    """A limit on file size stands for the full disk: the write fails in the same place."""
    store = Store.file(tmp_path / "race.db")
    store.add_observations([tap(0)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(StoreError, match="the disk"):
            store.add_observations(tap(seq) for seq in range(1, 20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [row.seq for row in store.observations()] == [0]
    assert store.add_observations([tap(1)]) == 1


def test_a_base_that_greets_is_no_station_of_the_race(tmp_path: Path) -> None:
    """It hears others and takes no touches: nobody has to decide whose log its own is."""
    store = Store.file(tmp_path / "race.db")
    numbers.met(store, "cc" * 8, 250, kinds.BASE)
    assert store.log_stations() == {}
    numbers.met(store, LOG, 1, kinds.GATE)
    assert store.log_stations() == {LOG: {1: True}}
    store.close()


def test_the_names_of_the_tables_are_those_of_the_schema() -> None:
    tables = schema.metadata.tables
    assert {name: set(table.columns.keys()) for name, table in tables.items()} == work.COLUMNS
