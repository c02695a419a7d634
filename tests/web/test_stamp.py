"""What tells an HQ that the race folder changed, and that it takes no lock from anybody."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import scene
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.serve import stamp_of
from yellowgate.model import Ruling

WRITE = """import sqlite3, sys
base = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
base.execute("BEGIN IMMEDIATE")
"""


@pytest.fixture
def folder(tmp_path: Path) -> RaceFolder:
    return scene.folder(tmp_path / "race", 3600)


def may_write(file: Path) -> bool:
    """May another process begin to write now?"""
    command = [sys.executable, "-c", WRITE, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_look_takes_no_lock_from_who_writes_in_the_same_process(folder: RaceFolder) -> None:
    file, stamp = folder.path / "race.db", stamp_of(folder)
    with closing(sqlite3.connect(file, isolation_level=None)) as writing:
        assert may_write(file)
        writing.execute("BEGIN IMMEDIATE")
        stamp()
        stamp()
        assert not may_write(file), "its locks are gone: two would write at once"


def test_every_change_is_seen_and_nothing_else(folder: RaceFolder) -> None:
    stamp = stamp_of(folder)
    seen = [stamp()]
    assert stamp() == seen[-1]

    def is_new() -> bool:
        seen.append(stamp())
        return seen[-1] not in seen[:-1] and stamp() == seen[-1]

    store = folder.store()
    store.add_rulings([Ruling(5, "Bob", "", "conch", {"at": 5})])
    assert is_new()
    store.add_rulings([Ruling(5, "Bob", "", "conch", {"at": 5})])
    store.close()
    folder.write_roster(folder.roster()[:-1])
    assert is_new()
    folder.open_to_all("all")
    assert is_new()
    (folder.path / "race.db").rename(folder.path / "old.db")
    assert is_new()
    (folder.path / "copy.db").write_bytes((folder.path / "old.db").read_bytes())
    (folder.path / "copy.db").rename(folder.path / "race.db")
    assert is_new()
    folder.store().add_rulings([Ruling(6, "Bob", "", "conch", {"at": 6})])
    assert is_new()
