"""Stores of others: damaged, of another program, made to deceive."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from attackkit import (
    ADA,
    BRAM,
    HOLDER,
    KEY,
    LOG,
    NOBODY,
    TRUE_LAPS,
    TRUE_ROWS,
    VOLUNTEER,
    Attack,
    Scene,
    attack,
    attacks,
    beside,
    boot,
    chained,
    change,
    pair,
    tag,
    tag_of,
)
from gate_wire import record
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.listen import Room
from yellowgate.link.hostclock import this_laptop
from yellowgate.store.versions import Key, version_name

MERGE, REFUSED = "merge", "refused in one line that names the store and the row; nothing changed"
HEX32, HEX8 = "f" * 32, "f" * 8


def odd(by: str, how: str, *statements: str, row: str = "row 1") -> Attack:
    """A store that says what none can say."""
    return Attack(MERGE, by, how, REFUSED, (statements, row))


def ruled(kind: str, data: str, by: str = "'Laz'", at_us: str = "5", why: str = "''") -> str:
    """A ruling that nobody made."""
    return f"INSERT INTO rulings VALUES ('0123456789ab', {at_us}, {by}, {why}, '{kind}', '{data}')"


NONE = "DELETE FROM rulings"
ODD = (
    odd(VOLUNTEER, "a first key that is no key", "UPDATE first_keys SET key = 'zz'"),
    odd(VOLUNTEER, "a first key as bytes", "UPDATE first_keys SET key = x'00'"),
    odd(VOLUNTEER, "a key of a log that is none", f"UPDATE first_keys SET log_id = '{HEX8}'"),
    odd(VOLUNTEER, "a tip whose tag is no tag", "UPDATE tips SET tag = 'zz'"),
    odd(VOLUNTEER, "a tip beyond what a log can hold", f"UPDATE tips SET next_seq = {1 << 40}"),
    odd(VOLUNTEER, "a tip of 3 bytes and one", f"UPDATE tips SET next_seq = {(1 << 24) + 1}"),
    odd(VOLUNTEER, "a tip below zero", "UPDATE tips SET next_seq = -1"),
    odd(VOLUNTEER, "a tip of a log 'xyz'", "UPDATE tips SET log_id = 'xyz'"),
    odd(NOBODY, "a tip that is a broken number", "UPDATE tips SET next_seq = 1.5"),
    odd(VOLUNTEER, "a station whose number is a word", "UPDATE log_stations SET station_id = 'a'"),
    odd(VOLUNTEER, "a station beyond numbers", f"UPDATE log_stations SET station_id = {1 << 20}"),
    odd(
        VOLUNTEER,
        "a mark beyond what a log can hold",
        f"INSERT INTO marks VALUES ('{LOG}', 1, {1 << 30}, '{HEX8}')",
    ),
    odd(
        VOLUNTEER,
        "a mark of an epoch that is none",
        f"INSERT INTO marks VALUES ('{LOG}', {1 << 17}, 1, '{HEX8}')",
    ),
    odd(HOLDER, "a ruling whose words were changed", "UPDATE rulings SET why = 'other'"),
    odd(HOLDER, "a ruling of a moment beyond time", NONE, ruled("void", "{}", at_us=str(1 << 62))),
    odd(NOBODY, "a ruling without a moment", NONE, ruled("void", "{}", at_us="'now'")),
    odd(NOBODY, "a ruling whose data is no JSON", NONE, ruled("void", "{")),
    odd(VOLUNTEER, "a ruling of brackets without end", NONE, ruled("void", "[" * 3900)),
    odd(
        VOLUNTEER,
        "a ruling of five thousand letters",
        NONE,
        ruled("x", "{}", why=f"'{'x' * 5000}'"),
    ),
    odd(NOBODY, "a ruling by bytes", NONE, ruled("void", "{}", by="x'ff'")),
    odd(
        VOLUNTEER,
        "a record that is a text",
        f"INSERT INTO observations VALUES ('{LOG}', 900, 'raw')",
        row="number 900",
    ),
    odd(
        VOLUNTEER,
        "a record that is a number: so many bytes of memory",
        f"INSERT INTO observations VALUES ('{LOG}', 900, {1 << 40})",
        row="number 900",
    ),
    odd(
        VOLUNTEER,
        "a record of a million bytes",
        f"INSERT INTO observations VALUES ('{LOG}', 900, zeroblob(1000000))",
        row="number 900",
    ),
    odd(
        VOLUNTEER,
        "a record beyond what a log can hold",
        f"INSERT INTO observations VALUES ('{LOG}', {1 << 24}, x'00')",
        row=f"number {1 << 24}",
    ),
    odd(
        VOLUNTEER,
        "records of a log 'xyz'",
        "INSERT INTO observations VALUES ('xyz', 1, x'00')",
        row="log 'xyz'",
    ),
    odd(
        VOLUNTEER,
        "records of a log in capitals, in a table to which they are the same",
        "ALTER TABLE observations RENAME TO observations_of_before",
        "CREATE TABLE observations (log_id TEXT COLLATE NOCASE, seq INTEGER, raw BLOB, "
        "PRIMARY KEY (log_id, seq, raw)) WITHOUT ROWID",
        "INSERT INTO observations SELECT * FROM observations_of_before",
        f"INSERT INTO observations SELECT upper(log_id), seq + 900, raw FROM observations "
        f"WHERE log_id = '{LOG}'",
        row=f"log '{LOG.upper()}'",
    ),
    odd(
        VOLUNTEER,
        "a view in the place of a table",
        "ALTER TABLE tips RENAME TO tips_of_before",
        "CREATE VIEW tips AS WITH RECURSIVE n(log_id, next_seq, tag) AS (SELECT '', 1, '' "
        "UNION ALL SELECT log_id, next_seq + 1, tag FROM n) SELECT * FROM n",
        row="tips is no table",
    ),
    odd(
        VOLUNTEER,
        "a table without a column",
        "ALTER TABLE tips RENAME COLUMN tag TO label",
        row="tips has no column tag",
    ),
    odd(
        VOLUNTEER,
        "more tips than any race has",
        f"INSERT INTO tips WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE "
        f"i < 300100) SELECT '{LOG}', i, '{HEX8}', 1 FROM n",
        row="tips: 30000",
    ),
)


@attacks(ODD)
def test_what_no_store_can_say_is_refused(scene: Scene, attack: Attack) -> None:
    statements, row = attack.do
    file = change(scene.other(), "DELETE FROM observations WHERE seq = 2", *statements)
    own, theirs = scene.bytes(), beside(file)
    ran = scene.here("merge", file)
    assert ran.is_one_line and "other.db" in ran.err and row in ran.err, ran.err
    assert "nothing of it was taken" in ran.err and len(ran.err) < 400
    assert scene.bytes() == own and beside(file) == theirs
    assert scene.laps() == TRUE_LAPS


@attack(MERGE, NOBODY, "a damaged store after two whole ones", "nothing of any is taken")
def test_all_of_all_stores_or_nothing(scene: Scene) -> None:
    files = []
    for number, more in enumerate(("", "", "UPDATE tips SET tag = 'zz'")):
        file = scene.other(f"laptop{number}")
        change(file, "UPDATE rulings SET why = why", *([more] if more else []))
        files.append(file)
    with scene.store() as store:
        before = store.logs()
    change(scene.race / "race.db", "DELETE FROM observations WHERE seq > 4")
    own = scene.bytes()
    ran = scene.here("merge", *files)
    assert ran.is_one_line and "laptop2.db" in ran.err and scene.bytes() == own
    assert scene.here("merge", *files[:2]).code == 0 and scene.laps() == TRUE_LAPS
    with scene.store() as store:
        assert store.logs().keys() == before.keys()


@attack(MERGE, NOBODY, "a store of which pages are spoilt", "one line, nothing changed")
def test_a_store_with_spoilt_pages(scene: Scene) -> None:
    file = scene.other()
    data = bytearray(file.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 200] = b"\xa5" * 200
    file.write_bytes(data)
    own = scene.bytes()
    ran = scene.here("merge", file)
    assert ran.is_one_line and "other.db" in ran.err and scene.bytes() == own


@attack(MERGE, NOBODY, "a damaged store whose records are needed", "--only-records brings them")
def test_of_a_damaged_store_the_whole_records_can_be_had(scene: Scene) -> None:
    file = change(scene.other(), "UPDATE tips SET tag = 'zz'")
    change(scene.race / "race.db", "DELETE FROM observations WHERE seq > 4")
    assert scene.laps() != TRUE_LAPS
    assert scene.here("merge", "--only-records", file).code == 0
    assert scene.laps() == TRUE_LAPS


@attack(MERGE, NOBODY, "a store of before, without tables and journal", "it is not written into")
def test_a_merge_writes_nothing_into_the_other_store(scene: Scene) -> None:
    file = change(scene.other(), "DROP TABLE counters", "DROP TABLE marks", "DROP TABLE changes")
    theirs = beside(file)
    file.chmod(0o444)
    assert scene.here("merge", file).code == 0 and scene.here("import", file).code == 0
    assert beside(file) == theirs


@attack(
    MERGE, NOBODY, "a store that a killed program left with a journal", "nothing beside changes"
)
def test_a_journal_beside_the_store_is_left_as_it_is(scene: Scene) -> None:
    """SQLite would first put the other store in order: that is done in a copy."""
    file, journal = scene.other(), scene.folder / "other.db-journal"
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        base.execute("PRAGMA cache_size = 1")
        base.execute("BEGIN IMMEDIATE")
        base.execute("UPDATE observations SET raw = zeroblob(250)")
        base.execute("CREATE TABLE big AS SELECT zeroblob(9000) FROM observations")
        assert journal.stat().st_size
        torn, kept = file.read_bytes(), journal.read_bytes()
        base.execute("ROLLBACK")
    file.write_bytes(torn)
    journal.write_bytes(kept)
    theirs = beside(file)
    assert len(theirs) == 2
    ran = scene.here("merge", file)
    assert ran.code == 0 and f"{len(TRUE_ROWS)} records" in ran.out, ran
    assert beside(file) == theirs and scene.laps() == TRUE_LAPS


@attack(MERGE, NOBODY, "a store whose newest pages lie beside it", "they are read, nothing changes")
def test_pages_beside_the_store_are_read_and_left(scene: Scene) -> None:
    file = scene.other()
    change(scene.race / "race.db", "DELETE FROM observations WHERE seq > 4")
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=WAL").fetchone()
        base.execute("PRAGMA wal_autocheckpoint=0")
        base.execute("DELETE FROM rulings")
        copies = {name: data for name, data in beside(file).items() if not name.endswith("-shm")}
        assert len(copies) == 2
    for name, data in copies.items():
        (scene.folder / name).write_bytes(data)
    for name in set(beside(file)) - set(copies):
        (scene.folder / name).unlink()
    assert scene.here("merge", file).code == 0 and beside(file) == copies
    assert scene.laps() == TRUE_LAPS


@attack(MERGE, VOLUNTEER, "counters that make stations deaf by radio", "counters are not taken")
def test_radio_counters_are_not_merged(scene: Scene) -> None:
    name = f"radio {LOG} counter"
    file = change(scene.other(), f"INSERT INTO counters VALUES ('{name}', {1 << 62})")
    assert scene.here("merge", file).code == 0
    with scene.store() as store:
        assert name not in store.counters()


@attack(
    MERGE,
    VOLUNTEER,
    "an invented log that claims the gate",
    "to decide; it counts nowhere until then",
)
def test_an_invented_station_counts_nowhere_until_somebody_rules(scene: Scene) -> None:
    file, opened = scene.empty()
    fake, key = "ba" * 8, b"k" * 16
    rows = [boot(), pair(-500), *(tag(at_s, BRAM) for at_s in (700, 1400, 2100, 2800)), pair(6000)]
    with opened as store:
        store.add_first_key(fake, key)
        store.add_log_stations([(fake, 1)])
        store.add_observations((fake, raw) for raw in chained(rows, fake, key))
    ran = scene.here("merge", file)
    assert ran.code == 0 and "to decide" in ran.out and "babababa" in ran.out
    assert scene.laps() == TRUE_LAPS
    ran = scene.verify()
    assert ran.code == 1 and "never met it" in ran.out
    word = ("ruling", "add", "log", f"log_id={fake}", "--by", "Laz")
    assert scene.here(*word, "right=no").code == 0
    assert scene.laps() == TRUE_LAPS and scene.verify().code == 0
    assert scene.here(*word, "right=yes").code == 0
    assert scene.laps()["Bram Birch"] > 3


@attack(
    MERGE, VOLUNTEER, "the true log is said to be of another station", "what the gate said stands"
)
def test_the_true_log_cannot_be_given_to_another_station(scene: Scene) -> None:
    file = change(scene.other(), "UPDATE log_stations SET station_id = 9")
    assert scene.here("merge", file).code == 0
    assert scene.laps() == TRUE_LAPS and scene.verify().code == 0


@attack(MERGE, VOLUNTEER, "a second first key for the log", "the key made here is used; to decide")
@pytest.mark.parametrize("byte", [0, 255])
def test_a_second_first_key_accuses_nobody(scene: Scene, byte: int) -> None:
    false = bytes([byte]) * 16
    file = change(scene.other(), f"UPDATE first_keys SET key = '{false.hex()}'")
    assert scene.here("merge", file).code == 0
    assert scene.laps() == TRUE_LAPS
    ran = scene.verify()
    assert ran.code == 1 and "2 first keys" in ran.out and "tampered" not in ran.out
    assert KEY.hex() not in ran.out and false.hex() not in ran.out
    name = Key(KEY, True).name
    assert scene.here("ruling", "add", "key", f"log_id={LOG}", f"key={name}").code == 0
    assert scene.verify().code == 0


@attack(
    MERGE, VOLUNTEER, "other records under numbers that are here", "the chain's count; to decide"
)
def test_records_forged_without_the_key_do_not_count(scene: Scene) -> None:
    file, opened = scene.empty()
    rows = [tag(at_s, BRAM) for at_s in (100, 200, 300, 400)]
    with opened as store:
        store.add_observations((LOG, raw) for raw in chained(rows, LOG, b"guess" * 3 + b"!", 3))
    ran = scene.here("merge", file)
    assert ran.code == 0 and "to decide" in ran.out
    assert scene.laps() == TRUE_LAPS
    ran = scene.verify()
    assert ran.code == 1 and "different records claim number 3" in ran.out
    name = version_name(scene.raws[3])
    word = ("ruling", "add", "version", f"record={LOG}:3", f"version={name}")
    assert scene.here(*word).code == 0
    assert scene.laps() == TRUE_LAPS


@attack(MERGE, VOLUNTEER, "records behind the end of the log", "they do not fit, and do not count")
def test_records_behind_the_end_do_not_count(scene: Scene) -> None:
    file, opened = scene.empty()
    rows = [tag(at_s, BRAM) for at_s in (5900, 6100, 6300)]
    with opened as store:
        forged = chained(rows, LOG, b"guess" * 3 + b"!", len(scene.raws))
        store.add_observations((LOG, raw) for raw in forged)
    assert scene.here("merge", file).code == 0
    assert scene.laps() == TRUE_LAPS
    ran = scene.verify()
    assert ran.code == 1 and "do not fit" in ran.out and "not counted" in ran.out


@attack(MERGE, VOLUNTEER, "records ahead of what came by radio", "they are not acknowledged")
def test_forged_records_are_not_acknowledged_to_the_station(scene: Scene) -> None:
    """Else a station would not tell its own records of these numbers any more."""
    file, opened = scene.empty()
    ahead = len(scene.raws) + 5
    with opened as store:
        forged = chained([tag(6100, BRAM), tag(6200, ADA)], LOG, b"guess" * 3 + b"!", ahead)
        store.add_observations((LOG, raw) for raw in forged)
    assert scene.here("merge", file).code == 0
    folder = RaceFolder(scene.race)
    room = Room(folder, folder.race(), this_laptop())
    assert list(room._ears.records()[LOG]) == list(range(len(scene.raws)))


@attack(
    MERGE, HOLDER, "the chain re-sealed with the true key", "what the gate told of its end stands"
)
def test_a_chain_sealed_with_the_true_key_falls_by_the_tip(scene: Scene) -> None:
    file, opened = scene.empty()
    before = tag_of(scene.raws[2])
    rows = [tag(at_s, BRAM) for at_s in (2000, 2600, 3200, 3800, 4400, 5000)]
    forged = chained(rows, LOG, KEY, 3, before)
    with opened as store:
        store.add_observations((LOG, raw) for raw in forged)
        store.add_tip(LOG, 3 + len(forged), tag_of(forged[-1]))
    assert scene.here("merge", file).code == 0
    assert scene.laps() == TRUE_LAPS
    assert scene.verify().code == 1


@attack(
    MERGE,
    HOLDER,
    "the same, and nothing here tells which chain is true",
    "neither counts; to decide",
)
def test_of_two_chains_that_both_fit_neither_counts_until_somebody_rules(scene: Scene) -> None:
    change(scene.race / "race.db", "DELETE FROM tips")
    file, opened = scene.empty()
    forged = chained([tag(2000, BRAM)], LOG, KEY, 3, tag_of(scene.raws[2]))
    with opened as store:
        store.add_observations((LOG, raw) for raw in forged)
    assert scene.here("merge", file).code == 0
    assert scene.laps()["Ada Ashdown"] <= 3 and scene.laps()["Bram Birch"] <= 3
    ran = scene.verify()
    assert ran.code == 1 and "none of them counts" in ran.out
    word = ("ruling", "add", "version", f"record={LOG}:3", f"version={version_name(scene.raws[3])}")
    assert scene.here(*word).code == 0
    assert scene.laps() == TRUE_LAPS


@attack(
    "race.db",
    HOLDER,
    "a record edited in race.db, its CRC made anew",
    "tampered; it does not count",
)
def test_an_edited_record_does_not_count(scene: Scene) -> None:
    row = record.unpack(scene.raws[3])
    row.body = bytes.fromhex(ADA)
    raw = record.pack(row, bytes.fromhex(LOG))
    change(
        scene.race / "race.db",
        f"UPDATE observations SET raw = x'{raw.hex()}' WHERE seq = 3",
    )
    assert scene.laps() == {"Ada Ashdown": 3, "Bram Birch": 2}
    ran = scene.verify()
    assert ran.code == 1 and "tampered" in ran.out


@attack("race.db", HOLDER, "a record taken out of race.db", "verify says that it is missing")
def test_a_record_taken_out_is_missed(scene: Scene) -> None:
    change(scene.race / "race.db", "DELETE FROM observations WHERE seq = 4")
    ran = scene.verify()
    assert ran.code == 1 and "missing" in ran.out


@attack("race.db", HOLDER, "the end of the log taken out", "verify says that it is missing")
def test_a_tail_taken_out_is_missed(scene: Scene) -> None:
    change(scene.race / "race.db", "DELETE FROM observations WHERE seq > 5")
    ran = scene.verify()
    assert ran.code == 1 and "the station reported" in ran.out


@attack(MERGE, NOBODY, "a pipe, a folder, a text in the place of a store", "one line, at once")
def test_what_is_no_store_is_refused(scene: Scene) -> None:
    os.mkfifo(scene.folder / "pipe")
    (scene.folder / "text.db").write_text("this is no store" * 300)
    (scene.folder / "folder").mkdir()
    own = scene.bytes()
    for name in ("pipe", "text.db", "folder"):
        assert scene.here("merge", scene.folder / name).is_one_line
    assert scene.bytes() == own


@attack(MERGE, NOBODY, "a store merged into itself", "nothing is new, nothing waits for itself")
def test_the_own_store_is_no_other(scene: Scene) -> None:
    ran = scene.here("merge", scene.race)
    assert ran.code == 0 and "0 new records, 0 new rulings" in ran.out
