"""The board, and what changed between two moments."""

import json

from racekit import RaceKit
from yellowgate import times
from yellowgate.race import diff, log_json, official_log
from yellowgate.race.checks import roll_call
from yellowgate.times import US


def kit() -> RaceKit:
    race = RaceKit("barkley", "pages = 0\nsilent_s = 3600")
    race.runners("Ann", "Eve", gender="F")
    race.runners("Bob", "Cid")
    race.tag("Ann", "9:00:00", "9:20:00")
    race.tag("Bob", "9:30:00")
    race.tag("Eve", "5:00:00", station="b1" * 8)
    race.rule("dropout", "8:00:00", runner="Cid", reason="lost")
    return race


def names(rows: tuple[roll_call.Whereabouts, ...]) -> list[str]:
    return [row.name for row in rows]


def test_the_board() -> None:
    race = kit()
    board = roll_call.board(race.log("10:00:00"), race.race)
    assert names(board.missing) == ["Cid"]
    assert names(board.on_course) == ["Eve", "Ann"]  # by the next cutoff
    assert names(board.in_camp) == ["Bob"]
    assert (board.women, board.men) == (2, 1)
    eve = board.on_course[0]
    assert (eve.left_us, eve.loop, eve.since_us) == (12_000 * US, 1, 0)
    assert eve.words == (
        "on loop 1 since 0:00:00, last seen at fire tower, 5:00:00 ago, 3:20:00 left"
    )
    assert {row.name: row.is_silent for row in board.stations} == {
        "yellow gate": False,
        "fire tower": True,
    }


def test_eight_in_the_morning() -> None:
    race = kit()
    board = roll_call.board(race.log("20:23:00"), race.race)
    assert names(board.missing) == ["Eve", "Cid"]
    assert "NOT ACCOUNTED FOR" in board.missing[0].words
    assert "overdue by 7:03:00" in board.missing[0].words
    race.rule("sighting", "20:30:00", runner="Eve", at_s=73000, place="Rat Jaw")
    board = roll_call.board(race.log("20:31:00"), race.race)
    assert names(board.overdue) == ["Eve"]


def test_countdown_to_the_start() -> None:
    race = RaceKit(start=False)
    race.rule("conch", "-0:59:00", at=1741836800000000 - 3_600_000_000)
    log = race.log("-0:10:00")
    board = roll_call.board(log, race.race)
    assert board.countdown is not None and log.start_us is not None
    assert board.countdown.what == "start"
    assert board.countdown.left_us == log.start_us - log.as_of_us


def test_what_changed_and_by_which_record_or_ruling() -> None:
    race = kit()
    before = race.log("10:00:00")
    race.rule("void", "10:01:00", runner="Ann", loop=1)
    after = race.log("10:02:00")
    found = {(row.runner, row.loop, row.what): row for row in diff.diff(before, after)}
    verdict = found["Ann", 1, "verdict"]
    assert (verdict.before, verdict.after) == ("counted", "void")
    assert "laz ruled" in verdict.because[0]
    assert ("Bob", 0, "place") in found
    assert not found["Bob", 0, "place"].because
    lines = diff.changes(before, after)
    assert any(
        line.startswith("Ann, loop 1: verdict counted -> void  [laz ruled") for line in lines
    )


def test_a_record_that_came_late_is_named() -> None:
    race = kit()
    before = race.log("13:00:00")
    race.tag("Eve", "12:00:00")
    found = {(row.runner, row.what): row for row in diff.diff(before, race.log("13:00:00"))}
    assert "yellow gate" in found["Eve", "in_us"].because[0]


def test_a_moved_start_is_the_reason_of_every_time() -> None:
    race = kit()
    race.pages("Ann", 1, "10:00:30")
    before = race.log("10:00:00")
    start = race.rule("start", "10:01:00", at=1741836800000000 - 60_000_000)
    found = {
        (row.runner, row.loop, row.what): row for row in diff.diff(before, race.log("11:00:00"))
    }
    came = found["Ann", 1, "in_us"]
    assert (came.before, came.after) == ("9:00:00", "9:01:00")
    assert came.because[0].startswith(f"laz ruled {start.id}: the start was at")
    pages = found["Ann", 1, "pages"]
    assert (pages.before, pages.after) == ("", "13/13")
    assert not any("the start was" in words for words in pages.because)


def test_a_change_of_less_than_a_second_is_shown() -> None:
    race = kit()
    before = race.log("10:00:00")
    race.rule("start", "10:01:00", at=1741836800000000 - 250_000)
    lines = diff.changes(before, race.log("10:02:00"))
    assert any(
        line.startswith("Ann, loop 1: in 32400.000000 s -> 32400.250000 s") for line in lines
    )


def test_the_json_is_of_its_schema() -> None:
    log = kit().log("10:00:00")
    text = log_json.to_json(log)
    assert json.loads(text)["runners"][0]["loops"][0]["elapsed"]
    assert official_log.schema()["title"] == "Yellow Gate official log"
    assert times.hms(-1_500_000) == "-0:00:01"
    assert times.hms(48_000_999_999) == "13:20:00"
