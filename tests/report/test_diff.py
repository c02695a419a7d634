"""What changed between two logs, in lines that can be read out."""

from __future__ import annotations

from racekit import RaceKit
from yellowgate.race.diff import changes


def kit() -> RaceKit:
    race = RaceKit("barkley", "pages = 13")
    race.runners("Ann", "Bob")
    return race


def test_one_line_for_each_runner_and_loop() -> None:
    race = kit()
    before = race.log("8:00:00")
    race.tag("Ann", "9:00:00", "9:20:00")
    race.pages("Ann", 1, "9:05:00")
    lines = changes(before, race.log("10:00:00"))
    assert [line.split(" [")[0].strip() for line in lines] == [
        "Ann: loops counted 0 -> 1, result - -> 9:00:00",
        "Ann, loop 1: in - -> 9:00:00, pages - -> 13/13, verdict open -> counted",
        "Ann, loop 2: out - -> 9:20:00, verdict - -> open",
        "Bob: place 1 -> 2, place among women or men 1 -> 2",
    ]
    assert all(line.count("laz ruled") == 1 for line in lines[:2])


def test_a_ruling_on_the_clocks_is_the_reason_of_every_time_that_it_moved() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    before = race.log("10:00:00")
    ruled = race.rule("clock", "10:00:30", reference_id=7)
    race.timed = [
        row._replace(utc_us=row.utc_us + 2_000_000) if row.observation.kind_name == "tag" else row
        for row in race.timed
    ]
    (line,) = [row for row in changes(before, race.log("10:01:00")) if "loop 1" in row]
    assert "in 9:00:00 -> 9:00:02" in line
    assert f"laz ruled {ruled.id}" in line
