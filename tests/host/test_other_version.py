"""A race.db of another version of this program: one line at once, whoever opens it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gatekit import START, TAG, Gate, one_line, seen
from yellowgate.cli.context import RaceFolder
from yellowgate.errors import StoreError
from yellowgate.store import work
from yellowgate.store.store import Store

ADA = "04a101c1d25e80"
COMMANDS = (
    ("log",), ("board", "--once"), ("start", "--at", START), ("ruling", "list"), ("verify",),
    ("ruling", "add", "dropout", "runner=Ada Ashdown", "reason=timed out"), ("clock",),
    ("merge", "OTHER"), ("import", "OTHER/race.db"), ("sync", "--port", "socket://127.0.0.1:1"),
    ("runner", "101"), ("print", "out"), ("publish", "OUT"), ("desk",),
)  # fmt: skip


def make_older(file: Path) -> None:
    """As it was before tables said who gave a row."""
    with closing(sqlite3.connect(file)) as base:
        for table, columns in work.COLUMNS.items():
            if "here" in columns:
                base.execute(f"ALTER TABLE {table} RENAME TO was")
                names = ", ".join(sorted(columns - {"here"}))
                base.execute(f"CREATE TABLE {table} AS SELECT {names} FROM was")
                base.execute("DROP TABLE was")
        base.commit()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_command_says_what_to_do(
    gate: Gate, race: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    RaceFolder(race).open_to_all("all")
    seen(race, [(TAG, 4000.0, ADA)])
    make_older(race / "race.db")
    before = (race / "race.db").read_bytes()
    Store.file(tmp_path / "race.db").add_log_stations([("b2" * 8, 2)])
    words = [
        word.replace("OTHER", str(tmp_path)).replace("OUT", str(tmp_path / "out"))
        for word in command
    ]
    code, _, errors = gate(*words, "--race", race)
    assert code == 1
    assert one_line(errors), errors
    assert "made by another version" in errors
    assert "gate merge" in errors
    assert (race / "race.db").read_bytes() == before


def test_the_advice_works(gate: Gate, race: Path) -> None:
    seen(race, [(TAG, 4000.0, ADA)])
    ours = Store.file(race / "race.db")
    records = ours.observations()
    ours.add_tip(records[0].log_id, 1, b"tagg")
    make_older(race / "race.db")
    (race / "race.db").rename(race / "old.db")
    code, said, errors = gate("merge", race / "old.db", "--race", race)
    assert (code, errors) == (0, "")
    assert "1 new records" in said
    assert Store.file(race / "race.db").observations() == records
    assert Store.file(race / "race.db").tips(here=True) == []


def test_a_newer_one_too(tmp_path: Path) -> None:
    Store.file(tmp_path / "race.db").close()
    with closing(sqlite3.connect(tmp_path / "race.db")) as base:
        base.execute("ALTER TABLE rulings ADD COLUMN witness TEXT")
    with pytest.raises(StoreError, match=r"another version of this program \(rulings: witness\)"):
        Store.file(tmp_path / "race.db")
