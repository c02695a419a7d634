"""Lines of the desk in the other races: yards, laps, and stations on the way."""

from __future__ import annotations

import pytest
from deskkit import TOWER, Play
from yellowgate.desk.decide import with_rulings
from yellowgate.desk.entry import understand
from yellowgate.desk.waiting import waiting
from yellowgate.official import Moment


def only(moment: Moment, line: str) -> dict[str, object]:
    entry = understand(line, moment)
    assert entry.problems == ()
    (wanted,) = entry.wanted
    return {"kind": wanted.kind, **wanted.data}


@pytest.fixture(scope="module")
def yards() -> Moment:
    play = Play("backyard").touch(1, "0:45:00", "1:50:00").touch(2, "0:50:00")
    return play.touch(3, "0:55:00", "1:58:00").press("1:55:00").at("2:05:00")


def test_a_yard_that_no_reader_saw(yards: Moment) -> None:
    expected = {"kind": "paper", "runner": "Bram Birch", "loop": 2, "in_s": 7020}
    assert only(yards, "2 in 1:57:00") == expected == only(yards, "2 1:57:00")
    assert "no pages" in understand("1 all", yards).problems[0]


def test_who_stopped_in_the_corral_is_back_by_one_line(yards: Moment) -> None:
    entry = understand("4,5 out missed camp", yards)
    after = with_rulings(yards, entry.wanted, "Ann")
    lost = [row.runner for row in waiting(yards) if row.key.startswith("lost:")]
    assert lost == ["Paul Smith", "Peter Smith"]
    assert not [row for row in waiting(after) if row.key.startswith("lost:")]


def test_the_press_in_the_corral_has_a_usual_answer(yards: Moment) -> None:
    (item,) = [row for row in waiting(yards) if row.key.startswith("touch:")]
    (usual,) = [row for row in item.answers if row.is_usual]
    assert usual.rulings[0].data["runner"] == "Bram Birch"


@pytest.fixture(scope="module")
def laps() -> Moment:
    play = Play("laps").touch(1, "0:10:00", "0:20:00", "0:30:00", "0:50:00")
    return play.touch(2, "0:12:00").at("1:00:00")


def test_a_lap_that_no_reader_saw_is_put_among_the_others(laps: Moment) -> None:
    entry = understand("1 0:40:00", laps)
    assert "a lap that no reader saw" in entry.compare
    after = with_rulings(laps, entry.wanted, "Ann")
    ends = [row.in_us for row in after.lines["Ada Ashdown"].loops]
    assert [us // 60_000_000 for us in ends if us is not None] == [10, 20, 30, 40, 50]
    assert after.log.problems == ()
    assert understand("1 0:40:00", after, "Ann").already


def test_laps_are_found_by_their_time(laps: Moment) -> None:
    assert only(laps, "1 0:20:05")["loop"] == 2
    assert only(laps, "1 in 0:55:00")["loop"] == 5
    assert "write its arrival" in understand("1 out 0:30:00", laps).problems[0]
    assert only(laps, "2 350m") == {
        "kind": "partial", "runner": "Bram Birch", "distance_m": 350,
    }  # fmt: skip


@pytest.fixture(scope="module")
def stops() -> Moment:
    play = Play("point-to-point").touch(1, "2:00:00", "2:10:00").touch(2, "2:20:00")
    return play.touch(1, "5:00:00", log_id=TOWER).at("5:30:00")


def test_a_station_on_the_way_says_the_leg(stops: Moment) -> None:
    assert only(stops, "2 in halfway 2:20:10")["loop"] == 1
    assert only(stops, "2 2:40:00 halfway") == {
        "kind": "paper", "runner": "Bram Birch", "loop": 2, "out_s": 9600,
    }  # fmt: skip
    assert only(stops, "2 in 5:20:00 finish")["loop"] == 2
    assert only(stops, "2 out halfway 2:40:00")["out_s"] == 9600
    seen = only(stops, "2 seen 4:00:00 halfway")
    assert seen["place"] == "halfway" and seen["kind"] == "sighting"


def test_what_may_be_two_stations_is_asked(stops: Moment) -> None:
    entry = understand("2 in 5:20:00", stops)
    assert [row.label.partition(",")[0] for row in entry.choices] == ["arrival"] * 2
    meant = [only(stops, choice.line)["loop"] for choice in entry.choices]
    assert meant == [1, 2]
