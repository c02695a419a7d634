"""What is new in a store: a look at one number, and the names of what has changed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from test_store import LOG, tap
from toldstore import ToldStore
from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.store.changes import RULINGS, Bell
from yellowgate.store.store import Store
from yellowgate.store.work import connected

OTHER = "ff" * 8


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.file(tmp_path / "race.db")


def test_a_new_store_is_of_version_0_and_nothing_is_newer(store: Store) -> None:
    assert store.version() == 0
    assert store.newer(0) == (0, set())


def test_only_what_is_new_makes_a_version(store: Store) -> None:
    store.add_observations([tap(0), tap(0, OTHER)])
    assert store.newer(0) == (1, {LOG, OTHER})
    store.add_observations([tap(1, OTHER)])
    assert store.newer(1) == (2, {OTHER})
    store.add_observations([tap(0)])
    store.count_up("refused")
    assert store.newer(2) == (2, set())
    assert store.newer(0) == (2, {LOG, OTHER})


def test_rulings_and_what_is_known_of_a_log_are_changes_too(store: Store) -> None:
    ruling = Ruling(5, "Laz", "saw it", "void", {"seq": 1, "log_id": LOG})
    store.add_rulings([ruling])
    assert store.newer(0) == (1, {RULINGS})
    store.add_rulings([ruling])
    assert store.version() == 1
    for number, add in enumerate(
        (
            lambda: store.add_first_key(LOG, b"k" * 16),
            lambda: store.add_tip(LOG, 3, b"abcd"),
            lambda: store.add_log_stations([(LOG, 2)]),
        ),
        1,
    ):
        add()
        add()
        assert store.newer(number) == (number + 1, {LOG})


def test_a_merge_says_which_logs_it_brought(store: Store, tmp_path: Path) -> None:
    others = [Store.file(tmp_path / f"{n}.db") for n in range(3)]
    store.add_observations([tap(0, "aa" * 8)])
    others[0].add_observations([tap(0), tap(1)])
    others[1].add_observations([tap(5), tap(0, OTHER)])
    store.merge(*others)
    assert store.newer(1) == (2, {LOG, OTHER})
    store.merge(*others)
    assert store.version() == 2, "the second time nothing is new"


def test_a_failed_write_is_no_change(store: Store) -> None:
    with pytest.raises(ValueError, match="damaged"):
        store.add_observations([(LOG, b"x" * 32)])
    assert store.version() == 0


def test_storing_one_record_reads_no_table_from_its_beginning(tmp_path: Path) -> None:
    """So it costs the same whatever is there already."""
    store = ToldStore.file(tmp_path / "race.db")
    assert isinstance(store, ToldStore)
    store.add_observations([tap(0)])
    store.said.clear()
    store.add_observations([tap(1)])
    store.version()
    store.newer(1)
    asked = [said for said in store.said if said.split()[0] in ("INSERT", "SELECT", "UPDATE")]
    assert len(asked) >= 4
    with closing(connected(tmp_path / "race.db")) as connection:
        for statement in asked:
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert not any("SCAN observations" in step for step in steps), statement


class Clock:
    """Time that passes while somebody pauses."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.then = [lambda: None]

    def pause(self, span_s: float) -> None:
        self.now_s += span_s
        (self.then.pop(0) if self.then else lambda: None)()


def test_the_bell_rings_when_another_program_stored_something(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    other = Store.file(tmp_path / "race.db")
    bell = Bell(tmp_path / "race.db", clock.pause, lambda: clock.now_s)
    assert bell.wait(5.0), "the first look is at what is there"
    assert not bell.wait(5.0)
    assert clock.now_s == pytest.approx(5.0)
    clock.then = [lambda: None, lambda: store.add_observations([tap(0)])]  # type: ignore[list-item]
    assert bell.wait(5.0)
    assert clock.now_s == pytest.approx(5.1)
    assert other.newer(0) == (1, {LOG})
    bell.close()


def test_a_bell_on_a_file_that_is_gone_rings_so_that_somebody_looks(tmp_path: Path) -> None:
    clock = Clock()
    Store.file(tmp_path / "race.db")
    bell = Bell(tmp_path / "race.db", clock.pause, lambda: clock.now_s)
    (tmp_path / "race.db").unlink()
    assert bell.wait(5.0)
    assert clock.now_s == 1.0, "and not again and again without a pause"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://laz:s3cret@127.0.0.1:1/race",
        "mysql://laz:s3cret@camp/race",
        "postgresql+psycopg://laz:s3cret@camp:port/race",
    ],
)
def test_no_error_shows_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
