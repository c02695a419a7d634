"""What a director sees when the clocks that a station met contradict each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clockplays import DAY_US, GOOD, station
from clockworld import HOUR_US, START_US, Laptop
from gate_wire import bodies, kinds
from gatekit import Gate
from yellowgate.store.store import Store
from yellowgate.times import iso

ADA = bytes.fromhex("04a101c1d25e80")


def put(folder: Path, *syncs: tuple[float, Laptop], start_h: float = 5.0) -> None:
    """A gate that saw a start at 5 h, Ada at 18 h, and the syncs, until 62 h."""
    one = station()
    one.start(0)
    acts = [(start_h, kinds.START, b""), (start_h + 13, kinds.TAG, ADA)]
    is_set = False
    rows = [(hour, None, laptop) for hour, laptop in syncs]
    for hour, kind, what in sorted([*acts, *rows], key=lambda act: act[0]):
        if isinstance(what, Laptop):
            one.sync(hour * HOUR_US, what, not is_set)
            is_set = True
        elif kind is not None:
            one.touch(hour * HOUR_US, kind, what)
    store = Store.file(folder / "race.db")
    store.add_observations((row.log_id, row.raw) for row in one.rows)
    store.close()


def as_of(hour: float) -> str:
    return iso(START_US + int(hour * HOUR_US))


KNOWN = ((0.2, GOOD), (1.0, GOOD), (2.0, GOOD))


@pytest.mark.parametrize("liar", [
    Laptop(0x12345678, error_us=DAY_US),
    Laptop(0x12345678, bodies.REFERENCE_GPS, error_us=DAY_US),
    Laptop(0x12345678, bodies.REFERENCE_GPS, error_us=600_000_000),
])  # fmt: skip
def test_one_wrong_pair_neither_empties_the_log_nor_goes_unsaid(
    gate: Gate, race: Path, liar: Laptop
) -> None:
    put(race, *KNOWN, (19.0, liar))
    at = ("--as-of", as_of(20), "--race", race)
    code, text, _ = gate("log", *at)
    title, contradiction = text.splitlines()[:2]
    assert code == 0
    assert "±" not in title
    assert contradiction.startswith("decide yellow gate: ")
    assert "12345678" in contradiction
    code, text, _ = gate("log", "--format", "json", *at)
    ada = json.loads(text)["runners"][0]
    assert ada["loops"][0]["elapsed"] == "13:00:00" or ada["loops"][0]["elapsed"] == "12:59:59"
    assert ada["loops"][0]["uncertainty_ms"] < 500
    code, text, _ = gate("verify", "--json", *at)
    assert code == 1
    (line,) = [row for row in json.loads(text)["findings"] if "12345678" in row["text"]]
    assert line["wrong"]
    assert "gate ruling add clock reference=00000001" in line["text"]
    assert gate("ruling", "add", "clock", "reference=00000001", "--race", race)[0] == 0
    code, text, _ = gate("verify", "--json", "--race", race)
    assert not any(
        row["wrong"] for row in json.loads(text)["findings"] if "12345678" in row["text"]
    )


def test_two_that_nobody_knows_leave_the_log_in_doubt(gate: Gate, race: Path) -> None:
    put(race, (0.2, GOOD), (19.0, Laptop(0x12345678, error_us=DAY_US)))
    at = ("--as-of", as_of(20), "--race", race)
    text = gate("log", *at)[1]
    title, contradiction = text.splitlines()[:2]
    assert f"start {as_of(5)[:10]}" in title
    assert "± 24 h" in title
    assert "bounds reach both" in contradiction
    assert "12345678" in contradiction
    _, text, _ = gate("log", "--format", "json", *at)
    log = json.loads(text)
    assert log["start_uncertainty_ms"] > 86_000_000
    loop = log["runners"][0]["loops"][0]
    assert all(row["uncertainty_ms"] > 86_000_000 for row in loop["evidence"])
    assert loop["uncertainty_ms"] < 1000  # the station that saw the start saw her come in
    assert gate("verify", *at)[0] == 1


def test_touches_that_wait_are_counted_above_the_log(gate: Gate, race: Path) -> None:
    """The first laptop was a day ahead, the second right: nobody can tell which."""
    put(race, (0.2, Laptop(0x12345678, error_us=DAY_US)), (19.0, GOOD))
    at = ("--as-of", as_of(20), "--race", race)
    code, text, _ = gate("log", *at)
    assert code == 0
    (line,) = [line for line in text.splitlines() if "wait" in line]
    assert line.startswith(
        "decide yellow gate: 2 touches wait for the moment that they are dated at"
    )
    assert gate("verify", *at)[0] == 1


def test_a_station_that_only_a_laptop_of_another_year_met(gate: Gate, race: Path) -> None:
    """Nothing contradicts, but its touches are later than now: something is wrong."""
    put(race, (0.2, Laptop(1, error_us=20 * 365 * DAY_US)))
    code, text, _ = gate("verify", "--json", "--race", race)
    waiting = [row for row in json.loads(text)["findings"] if "2 touches wait" in row["text"]]
    assert code == 1
    assert waiting[0]["wrong"]
    _, text, _ = gate("log", "--race", race)
    assert text.splitlines()[1].startswith("decide yellow gate: 2 touches wait")
    _, text, _ = gate("log", "--race", race, "--as-of", as_of(1))  # of the past: so it should be
    assert "touches wait" not in text


def test_a_laptop_an_hour_wrong_and_then_right(gate: Gate, race: Path) -> None:
    put(race, (0.2, Laptop(1, error_us=-HOUR_US)), (7.0, GOOD))
    at = ("--as-of", as_of(20), "--race", race)
    title, contradiction = gate("log", *at)[1].splitlines()[:2]
    assert as_of(4)[:13].replace("T", " ") in title or as_of(5)[:13].replace("T", " ") in title
    assert "± 60 min" in title or "± 1 h" in title or "± 59 min" in title
    assert "contradicts itself" in contradiction
    assert "60 min" in contradiction
    assert gate("verify", *at)[0] == 1


def test_the_same_bytes_on_every_laptop(gate: Gate, race: Path, tmp_path: Path) -> None:
    """Whatever arrived first, here or by merge."""
    liar = Laptop(0x12345678, error_us=DAY_US)
    put(race, *KNOWN, (19.0, liar))
    at = ("--as-of", as_of(20))
    other = tmp_path / "other"
    assert gate("init", other, "--name", "Test")[0] == 0
    (other / "roster.csv").write_text((race / "roster.csv").read_text())
    assert gate("merge", race / "race.db", "--race", other)[0] == 0
    assert (
        gate("log", "--format", "json", *at, "--race", race)[1]
        == gate("log", "--format", "json", *at, "--race", other)[1]
    )
