"""The store on PostgreSQL: several laptops on one database."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgresql
import pytest
from sqlalchemy import create_engine, make_url, text
from test_store import LOG, tap
from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.store.merging import Merged
from yellowgate.store.store import Store

pytestmark = pytest.mark.skipif(
    not postgresql.is_here(), reason="no PostgreSQL here: apt-get install postgresql"
)


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


def test_two_laptops_on_one_database(url: str, tmp_path: Path) -> None:
    mine, other = Store(url), Store(url)
    assert mine.add_observations([tap(0), tap(1)]) == 2
    assert other.add_observations([tap(1), tap(2)]) == 1
    assert [row.seq for row in mine.observations()] == [0, 1, 2]
    assert mine.missing(LOG, 5) == [(3, 5)]
    assert other.add_rulings([Ruling(5, "Laz", "", "void", {"log_id": LOG, "seq": 1})]) == 1
    mine.raise_counter("radio", 5)
    other.raise_counter("radio", 3)
    other.count_up("radio")
    assert mine.counters() == {"radio": 6}
    file = Store.file(tmp_path / "race.db")
    assert file.merge(mine) == Merged(3, 1, (3,), (0,))
    assert mine.merge(file) == Merged(0, 0, (3,), (0,))


def test_laptops_that_open_a_new_database_at_once_all_open_it(postgresql_server: str) -> None:
    for _ in range(4):
        with postgresql.database(postgresql_server) as url, ThreadPoolExecutor(6) as laptops:
            stores = list(laptops.map(Store, [url] * 6))
            assert sum(store.add_observations([tap(n)]) for n, store in enumerate(stores)) == 6
            for store in stores:
                store.close()


def test_each_of_several_writers_is_told_how_many_rows_were_its_own(url: str) -> None:
    """All bring the same records in another order, and some of their own."""
    stores = [Store(url) for _ in range(4)]
    own = [[tap(seq, f"{n:016x}") for seq in range(300)] for n in range(4)]
    same = [tap(seq, f"{log:016x}") for log in range(10, 14) for seq in range(300)]

    def write(number: int) -> int:
        rows = [*own[number], *same]
        random.Random(number).shuffle(rows)
        parts = (rows[at : at + 100] for at in range(0, len(rows), 100))
        return sum(stores[number].add_observations(part) for part in parts)

    with ThreadPoolExecutor(4) as laptops:
        new = list(laptops.map(write, range(4)))
    assert sum(new) == len(stores[0].observations()) == 4 * 300 + len(same)
    assert all(count >= 300 for count in new)
    assert stores[0].version() <= 4 * 15
    known, changed = stores[0].newer(0)
    assert (known, changed) == (stores[1].version(), set(stores[1].counts()))


def test_the_bell_rings_on_the_other_laptop_when_something_is_new(url: str) -> None:
    mine, other = Store(url), Store(url)
    bell = other.bell()
    assert bell.wait(60.0), "the first look is at what is there"
    before = other.version()
    mine.add_observations([tap(0)])
    assert bell.wait(60.0)
    assert other.newer(before) == (before + 1, {LOG})
    mine.add_observations([tap(0)])
    assert not bell.wait(0.0), "nothing was new"
    bell.close()


def test_a_database_that_is_not_there_says_so_in_one_line_without_the_password() -> None:
    with pytest.raises(StoreError) as caught:
        Store("postgresql+psycopg://gate:s3cret@/postgres?host=/tmp/nowhere")
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "gate:***@" in str(caught.value)


def test_a_database_that_goes_while_it_is_used_names_no_password(postgresql_server: str) -> None:
    with postgresql.database(postgresql_server) as url:
        password = make_url(url).password or "s3cret"  # a server that trusts takes any
        secret = make_url(url).set(password=password).render_as_string(hide_password=False)
        store, bell = Store(secret), Store(secret).bell()
        assert bell.wait(0.0)
    with pytest.raises(StoreError) as caught:
        store.add_observations([tap(0)])
    assert password not in str(caught.value)


def test_a_database_of_another_version_is_said(url: str) -> None:
    Store(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE tips DROP COLUMN here"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"another version of this program \(tips: here\)"):
        Store(url)
