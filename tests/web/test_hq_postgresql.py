"""HQs of several laptops on one PostgreSQL: each shows what the others store, and outlives it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import postgresql
import pytest
import scene
from fake_station import FakeStation, tap_record
from hqkit import Clock, Served, Visitor, headquarters, visitor
from laptopkit import campaign
from sqlalchemy import create_engine, make_url, text
from test_attend import FIRST, Bench
from test_attend import Clock as BenchClock
from yellowgate.cli.attend import Desk
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.serve import waker
from yellowgate.desk.decide import Wanted, keep
from yellowgate.model import Ruling
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.roles import Role

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not postgresql.is_here(), reason="no PostgreSQL here: apt-get install postgresql"
    ),
]
NAME = "J. Kelly"
PATIENCE_S = 30


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


@pytest.fixture
def folders(url: str, tmp_path: Path) -> list[RaceFolder]:
    """Two laptops' race folders, whose race.toml names one database with the race in it."""
    found = [scene.folder(tmp_path / name, golden.MID_RACE_S) for name in ("one", "two")]
    shared = Store(url)
    shared.merge(found[0].path / "race.db")
    shared.close()
    for folder in found:
        file = folder.path / "race.toml"
        file.write_text(f'{file.read_text()}\n[store]\nurl = "{url}"\n')
        (folder.path / "race.db").unlink()
    return found


def sighting(words: str) -> list[dict[str, Any]]:
    data = {"runner": NAME, "at_s": 60.0, "text": words}
    return [{"kind": "sighting", "data": data}]


def secret_of(url: str) -> str:
    return make_url(url).password or "no password at all"


@dataclass
class Looking:
    """A browser with a page open: until it is told of these words."""

    served: Served
    page: str

    def __post_init__(self) -> None:
        access = self.served.hq.access
        session = access.cookie(access.begin(Role.VOLUNTEER, "Ann"))
        self.asking = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=PATIENCE_S)
        headers = {"Cookie": f"yellowgate_{self.served.port}={session}"}
        self.asking.request("GET", f"/{self.page}", headers=headers)
        document = self.asking.getresponse().read().decode()
        version = document.partition('data-version="')[2][:16]
        about = document.partition('data-about="')[2].partition('"')[0]
        path = f"/live?page={self.page.partition('?')[0]}&version={version}&about={about}"
        self.asking.request("GET", path, headers=headers)
        self.answer = self.asking.getresponse()

    def until(self, words: str) -> None:
        """Raises TimeoutError."""
        while words not in (line := self.answer.readline().decode()):
            assert line, "the stream ended"


def test_what_one_stores_is_told_to_who_looks_at_the_other(folders: list[RaceFolder]) -> None:
    clock = Clock(scene.MID_RACE_US)
    one, two = (headquarters(folder, clock) for folder in folders)
    served = Served(two, wait=waker(folders[1]))
    try:
        desk = Looking(served, "desk")
        ann = visitor(one, Role.VOLUNTEER)
        answer = ann.post("/keep", rulings=sighting("sat on a rock"), when_us=scene.MID_RACE_US)
        assert "Kept" in answer.json()["said"][0]
        desk.until("sat on a rock")
        board = Looking(served, "board")
        store = folders[0].store()
        tag = bytes.fromhex(next(row.tag for row in folders[0].roster() if row.name == NAME))
        gate = scene.Station(scene.GATE, 1, scene.kinds.GATE, 120.0, 23.0)
        gate.seq = 5_000
        store.add_observations([gate.raw(golden.MID_RACE_S - 1, scene.kinds.TAG, tag)])
        store.close()
        board.until(NAME)
    finally:
        served.close()


@dataclass(frozen=True)
class Falling(RaceFolder):
    """Its database goes away in the very moment at which a ruling would be stored."""

    database: Database | None = None

    def store(self) -> Store:
        made = super().store()
        if self.database is None or not self.database.falls_at_rulings:
            return made
        made.close()
        return FallingStore(made.url, self.database)


class FallingStore(Store):
    def __init__(self, url: str, database: Database) -> None:
        super().__init__(url)
        self.database = database

    def add_rulings(self, rulings: Iterable[Ruling], known: int | None = None) -> int:
        self.database.fall()
        return super().add_rulings(rulings, known)


class Database:
    """One that goes away, and comes back."""

    def __init__(self, server: str, url: str) -> None:
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._name = make_url(url).database
        self.falls_at_rulings = False

    def fall(self) -> None:
        self._do(f"ALTER DATABASE {self._name} WITH ALLOW_CONNECTIONS false")
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
        self._do(ends.format(self._name))

    def rise(self) -> None:
        self._do(f"ALTER DATABASE {self._name} WITH ALLOW_CONNECTIONS true")

    def _do(self, words: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(words))


@pytest.fixture
def database(postgresql_server: str, url: str) -> Iterator[Database]:
    made = Database(postgresql_server, url)
    yield made
    made.rise()


def test_a_database_that_goes_away_in_mid_ruling_and_comes_back(
    folders: list[RaceFolder], database: Database, url: str
) -> None:
    clock = Clock(scene.MID_RACE_US)
    falling = Falling(folders[0].path, database)
    hq, other = headquarters(falling, clock), headquarters(folders[1], clock)
    ann, bob = visitor(hq, Role.VOLUNTEER), visitor(other, Role.VOLUNTEER)
    for each in (ann, bob):
        assert each.get("/desk").status_code == 200
    words = {"rulings": sighting("a word in the storm"), "when_us": scene.MID_RACE_US}
    database.falls_at_rulings = True
    answer = ann.post("/keep", token="t1", **words)
    line = answer.json()["error"]
    assert (answer.status_code, "\n" in line) == (400, False)
    assert "the race's database: " in line
    assert "goes on by itself" in line
    again = ann.post("/keep", token="t1", **words)
    assert again.status_code == 503
    assert "nothing was kept" in again.json()["error"]
    for each in (ann, bob):
        page = _shown(each.hq, each)
        assert "Laz" in page, "what was read last stands there"
        assert "Not the newest" in page
        for said in (page, line, again.json()["error"]):
            assert secret_of(url) not in said
            assert "postgresql" not in said
    bench = Bench()
    bench.plug(FIRST, station := FakeStation([tap_record(seq) for seq in range(3)]))
    bench.serve = Desk(falling, BenchClock(bench), lambda _name, _tag: None).serve
    bench.look()
    (state,) = bench.attendant.states()
    assert state.what == "waiting", "the station keeps what it has; it is asked again"
    assert secret_of(url) not in state.text
    station.records.append(tap_record(len(station.records)))
    database.falls_at_rulings = False
    database.rise()
    assert "Kept" in ann.post("/keep", token="t1", **words).json()["said"][0]
    bench.look(60)
    store = folders[1].store()
    assert [row.data.get("text") for row in store.rulings()].count("a word in the storm") == 1
    assert len(store.log(station.log_id.hex()) or ()) >= 4
    store.close()
    for each in (ann, bob):
        page = _shown(each.hq, each)
        assert "Not the newest" not in page
        assert "a word in the storm" in page


def _shown(hq: Headquarters, who: Visitor) -> str:
    """The desk, after a look."""
    hq.changed()
    return who.get("/desk").text


def test_of_two_who_decide_in_the_same_instant_one_is_first(url: str) -> None:
    stores = [Store(url), Store(url)]
    together = threading.Barrier(2)

    def decide(number: int, have: int) -> tuple[int, int]:
        data = {"runner": NAME, "loop": 1, "have": have, "of": 13}
        together.wait(PATIENCE_S)
        kept = keep(stores[number], [Wanted("pages", data)], f"person {number}", number + 1)
        return len(kept.made), len(kept.against)

    with ThreadPoolExecutor(2) as people:
        for _ in range(10):
            kept = list(people.map(decide, (0, 1), (12, 13)))
            assert sorted(kept) == [(0, 1), (1, 0)]
            assert len(stores[0].rulings()) == 1
            _forget(url)
    for store in stores:
        store.close()


def _forget(url: str) -> None:
    """Tables are append-only for everybody but this test."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM rulings"))
    engine.dispose()


def test_laptops_and_a_database_that_are_cut_from_each_other(url: str, tmp_path: Path) -> None:
    assert campaign(tmp_path, range(1, 4), url) > 3
