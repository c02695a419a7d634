"""Two laptops that see each other now and then: both end with the same, whatever the order."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import scene
from examples import some
from hqkit import Clock, Served, headquarters
from hypothesis import given
from hypothesis import strategies as st
from laptopkit import all_of, campaign, conch, fill, wire
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.web import shares
from yellowgate.web.known import KNOWN_FILE, Known
from yellowgate.web.laptops import Laptops, Line, parted, unite
from yellowgate.web.roles import Role


@some(20)
@given(st.integers(0, 2**32))
def test_whatever_each_has_both_have_all_of_it_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.mktemp("two")
    one, two = Store.file(path / "one.db"), Store.file(path / "two.db")
    for store in (one, two):
        for log_id in (scene.GATE, scene.TOWER):
            fill(store, rng, log_id, rng.randrange(600))
        for n in range(rng.randrange(4)):
            store.add_rulings([Ruling(rng.randrange(9), "Ann", "", "start", {"at": n})])
        store.add_tip(scene.GATE, rng.randrange(9), b"tagg")
        store.add_log_stations([(scene.GATE, rng.randrange(3))])
    since = ""
    for _ in range(2):
        unite(one, wire(two))
        merged, since = unite(two, wire(one), since)
    assert all_of(one) == all_of(two)
    assert merged == (0, 0, (), ())
    one.close()
    two.close()


def test_more_than_one_answer_holds_comes_in_several(tmp_path: Path) -> None:
    one, two = Store.file(tmp_path / "one.db"), Store.file(tmp_path / "two.db")
    fill(two, random.Random(1), scene.GATE, 2_000)
    limit = len(two.observations()) // 3
    asked: list[int] = []

    def ask(path: str, words: dict[str, Any]) -> dict[str, Any]:
        told = wire(two)(path, words)
        if "observations" in told:
            rows = [raw for raws in told["observations"].values() for raw in raws]
            told["is_all"] = len(rows) <= limit
            told["observations"] = {scene.GATE: rows[:limit]}
            asked.append(len(rows))
        return told

    merged, _ = unite(one, ask)
    assert merged.observations == len(two.observations())
    assert len(asked) >= 3
    assert all_of(one) == all_of(two)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"observations": 7},
        {"observations": {scene.GATE: ["no base64!"]}},
        {"observations": {scene.GATE: ["AAAA"]}},
        {"observations": {}, "rulings": [[1, 2]]},
        {"observations": {}, "rulings": [], "tips": [["x", 1, "zz"]]},
    ],
)
def test_what_makes_no_sense_is_refused_whole(tmp_path: Path, told: dict[str, Any]) -> None:
    store = Store.file(tmp_path / "race.db")
    with pytest.raises(GateError, match="what makes no sense"):
        shares.take(store, told)
    assert not store.observations()
    assert not store.rulings()


@pytest.mark.parametrize(
    "address", ["ftp://1.2.3.4/in#code", "http://", "http://1.2.3.4:99999/in#a", "1.2.3.4:8642/in"]
)
def test_what_is_no_address_is_said_in_one_line(address: str) -> None:
    with pytest.raises(GateError):
        parted(address)


def test_an_address_is_taken_as_people_copy_it() -> None:
    whole = ("http", "192.168.1.7", 8642, "ab-cd")
    assert parted("http://192.168.1.7:8642/in#ab-cd") == whole
    assert parted("192.168.1.7:8642/in#ab-cd") == whole
    assert parted("192.168.1.7/in#ab-cd") == whole


def test_over_the_network_by_command_and_in_the_background(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = scene.folder(tmp_path / "other", golden.MID_RACE_S)
    clock = Clock(scene.MID_RACE_US)
    served = Served(headquarters(other, clock), beats=False)
    address = served.way_in(Role.VOLUNTEER)
    own = tmp_path / "own"
    try:
        assert run(["init", str(own)]) == 0
        capsys.readouterr()
        assert run(["merge", address, "--race", str(own)]) == 0
        assert "new records" in capsys.readouterr().out
        folder = RaceFolder(own)
        ours, theirs = folder.store(), other.store()
        assert all_of(ours) == all_of(theirs)
        assert ours.first_keys() == {}
        news: list[int] = []
        known = Known(own / KNOWN_FILE)
        laptops = Laptops(
            folder.store, lambda at: Line(at, "own", known), clock.utc_us, known,
            lambda: news.append(1),
        )  # fmt: skip
        assert laptops.unite(address).endswith("has the same")
        theirs.add_rulings([conch(5)])
        laptops.step()
        assert all_of(ours) == all_of(theirs)
        assert laptops.states()[0].text == "0 new records, 1 new rulings"
        assert "#" not in laptops.states()[0].address
        served.hq.access.renew()
        laptops.step()
        assert "codes have changed" in laptops.states()[0].text or (
            "not one of the codes" in laptops.states()[0].text
        )
    finally:
        served.close()
    laptops.step()
    assert "does not answer" in laptops.states()[0].text
    assert run(["merge", address, "--race", str(own)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_laptops_that_are_cut_from_each_other_end_with_the_same_bytes(tmp_path: Path) -> None:
    assert campaign(tmp_path, range(1, 6)) > 5
