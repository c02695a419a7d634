"""The backyard ultra, by a race worked out by hand and the rules one by one."""

import racekit
from racekit import RaceKit, last, line, problems, verdicts
from yellowgate.event.rules import BackyardRules
from yellowgate.race.checks import roll_call
from yellowgate.race.presets.backyard import bell_us
from yellowgate.report import iof, opensplittime, tables, ultrasignup
from yellowgate.times import US


def kit(*names: str) -> RaceKit:
    made = RaceKit("backyard")
    made.runners(*names)
    return made


def test_a_race_by_hand() -> None:
    """Ann, Bob, Cid; times of the clock since the start, the bell every full hour.

        yard    Ann      Bob      Cid
        1       0:48:12  0:50:00  1:00:00   (Cid on the very bell: in time)
        2       1:47:00  1:51:00  2:00:01   (Cid a second late: out with one yard)
        3       2:49:00  2:55:00
        4       3:50:00  -                  (Bob does not come: out with three)

    Ann did a yard that nobody else did: she wins with 4 yards, 26.8224 km. Bob 2nd with
    20.1168 km, Cid 3rd with 6.7056 km.
    """
    race = kit("Ann", "Bob", "Cid")
    race.tag("Ann", "0:48:12", "1:47:00", "2:49:00", "3:50:00", bound_us=0)
    race.tag("Bob", "0:50:00", "1:51:00", "2:55:00", bound_us=0)
    race.tag("Cid", "1:00:00", "2:00:01", bound_us=0)
    mid = race.log("3:55:00")
    assert [row.status for row in mid.runners] == ["in camp", "on course", "out"]
    log = race.log("4:00:01")
    ann, bob, cid = log.runners
    assert (ann.name, ann.status, ann.reason) == ("Ann", "finished", "last one standing")
    assert (ann.result, ann.distance_km) == ("4 yards", 26.8224)
    assert ann.loops[1].elapsed == "0:47:00"  # timed from the bell
    assert (bob.place, bob.status, bob.distance_km) == (2, "out", 20.1168)
    assert (cid.place, cid.reason, cid.distance_km) == (3, "missed cutoff", 6.7056)
    assert last(cid).note == "over by 0:00:01"


def test_nobody_does_one_more_no_winner() -> None:
    race = kit("Ann", "Bob")
    for name in ("Ann", "Bob"):
        race.tag(name, "0:48:00", "1:50:00")
        race.rule("dropout", "1:55:00", runner=name, reason="RTC")
    log = race.log("5:00:00")
    assert [row.status for row in log.runners] == ["out", "out"]
    assert all("no winner" in row.reason for row in log.runners)
    assert [row.place for row in log.runners] == [1, 1]
    assert log.state == "over"


def test_the_last_one_has_to_do_the_one_more() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", "1:50:00")
    race.tag("Bob", "0:49:00", "1:51:00")
    race.rule("dropout", "1:55:00", runner="Bob", reason="RTC")
    assert race.line("Ann", "2:30:00").status == "on course"
    race.tag("Ann", "2:45:00")
    assert race.line("Ann", "2:46:00").status == "finished"


def test_late_start() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", "1:05:00", "1:55:00")
    race.tag("Bob", "0:49:00", "1:00:10", "1:55:00")
    log = race.log("1:56:00")
    assert [row.runner for row in problems(log, "late start")] == ["Ann"]
    race.rule("departure", "1:56:00", runner="Ann", loop=2, at_s=3900)
    ann = race.line("Ann", "1:57:00")
    assert verdicts(ann) == ["counted", "void"]
    assert last(ann).note == "started 0:05:00 after the bell"


def test_corral_and_lingering_are_kept_with_the_yard() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", "0:52:00", "0:58:00")
    loop = race.line("Ann", "0:59:00").loops[0]
    assert [row.use for row in loop.evidence] == ["in", "in again", "corral"]


def test_a_yard_that_no_station_saw() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", "2:48:00", "3:48:00")
    race.tag("Bob", "0:48:00", "1:50:00", "2:48:00", "3:48:00")
    log = race.log("3:50:00")
    assert line(log, "Ann").status == "out"
    assert problems(log, "touch after taps")[0].level == "decide"
    race.rule("paper", "3:55:00", runner="Ann", loop=2, in_s=6500, wins=True)
    assert line(race.log("3:56:00"), "Ann").loops_counted == 4


def test_grace_and_doubt_at_the_bell() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "1:00:02", bound_us=3_000_000)
    loop = race.line("Ann", "1:30:00").loops[0]
    assert (loop.verdict, loop.doubtful) == ("over cutoff", True)
    race.rule("grace", "1:31:00", runner="Ann", loop=1, seconds=5)
    assert race.line("Ann", "1:32:00").loops[0].verdict == "counted"


def test_whistles_and_countdown() -> None:
    rules = BackyardRules()
    minute = 60_000_000
    assert bell_us(rules, 56 * minute) == (4 * minute, 3 * minute)
    assert bell_us(rules, 57 * minute) == (3 * minute, 3 * minute)
    assert bell_us(rules, 58 * minute + 1)[1] == minute
    assert bell_us(rules, -5 * minute) == (5 * minute, 3 * minute)
    race = kit("Ann")
    board = roll_call.board(race.log("0:57:30"), race.race)
    assert board.countdown is not None
    assert (board.countdown.what, board.countdown.left_us) == ("bell", 150 * US)


def test_a_sixtieth_yard_limit() -> None:
    race = RaceKit("backyard", "limit_yards = 2")
    race.runners("Ann", "Bob")
    for name in ("Ann", "Bob"):
        race.tag(name, "0:48:00", "1:50:00", "2:50:00")
    log = race.log("4:00:00")
    assert [(row.status, row.loops_counted) for row in log.runners] == [("finished", 2)] * 2


def test_who_did_not_start_is_not_ranked() -> None:
    race = kit("Ann", "Bob", "Cid")
    race.rule("dropout", 1, runner="Cid", reason="dns")
    race.tag("Ann", "0:48:00")
    assert racekit.names(race.log("1:00:00").runners)[-1] == "Cid"
    assert race.line("Cid", "1:00:00").status == "not started"


def test_a_time_that_was_ruled_stands_before_and_after_the_station_s() -> None:
    for at_s in (2800, 3000):
        race = kit("Ann", "Bob")
        race.tag("Ann", "0:48:00", bound_us=0)
        race.rule("paper", "0:55:00", runner="Ann", loop=1, in_s=at_s, wins=True)
        assert race.line("Ann", "0:56:00").loops[0].in_us == at_s * US


def test_a_time_said_for_another_yard_is_for_a_person_to_decide() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00")
    race.rule("paper", "2:00:00", runner="Ann", loop=5, in_s=6000)
    log = race.log("2:00:01")
    assert line(log, "Ann").loops_counted == 1
    assert problems(log, "time fits nowhere")[0].level == "decide"


def test_a_departure_that_was_ruled_at_the_very_bell_is_no_late_start() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", "1:49:00")
    race.rule("departure", "2:00:00", runner="Ann", loop=2, at_s=3600)
    log = race.log("1:55:00")
    assert not problems(race.log("2:00:00"), "time fits nowhere")
    assert verdicts(line(log, "Ann")) == ["counted", "counted"]


def test_grace_for_a_yard_that_is_still_run() -> None:
    race = kit("Ann", "Bob")
    race.rule("grace", 1, runner="Ann", loop=1, seconds=300)
    ann = race.line("Ann", "1:04:00")
    assert (ann.status, ann.next_cutoff_us) == ("on course", 3900 * US)
    assert race.line("Ann", "1:05:01").status == "out"


def big(starters: int, most: int) -> RaceKit:
    """Two more stop after each yard, in the corral; the last one does `most` yards alone."""
    race = RaceKit("backyard")
    race.runners(*(f"R{number:02}" for number in range(starters)))
    for number in range(starters):
        yards = most if number == 0 else 1 + number % (most - 1)
        for yard in range(yards):
            race.tag(f"R{number:02}", yard * 3600 + 2400 + number * 7, bound_us=0)
    return race


def test_a_backyard_of_69_ends_by_itself() -> None:
    race = big(69, 8)
    log = race.log("8:00:01")
    assert log.state == "over"
    assert log.runners[0].name == "R00"
    assert log.runners[0].status == "finished"
    assert {row.status for row in log.runners[1:]} == {"out"}
    assert all(row.accounted for row in log.runners)
    assert [row for row in log.problems if row.level != "note"] == []
    assert all(row.result_us is not None for row in log.runners)
    # What is handed in needs no ruling either.
    for write in (ultrasignup.to_csv, iof.to_xml, tables.duv, tables.runsignup):
        assert write(log, race.roster)
    assert opensplittime.to_json(log)


def test_who_stops_in_the_corral_is_no_alarm_and_who_started_is() -> None:
    race = kit("Ann", "Bob", "Cid", "Dot")
    race.tag("Ann", "0:48:00", "1:48:00", bound_us=0)
    race.tag("Bob", "0:49:00", bound_us=0)  # stops
    race.tag("Cid", "0:50:00", "0:58:30", bound_us=0)  # in the corral for the second bell
    log = race.log("2:00:01")
    of = {row.name: (row.status, row.accounted) for row in log.runners}
    assert of == {
        "Ann": ("finished", True),
        "Bob": ("out", True),
        "Cid": ("out", False),
        "Dot": ("out", False),  # never seen
    }
    race.rule("dropout", "2:10:00", runner="Cid", reason="rtc", place="corral")
    assert race.line("Cid", "2:11:00").accounted


def test_seen_on_the_course_is_a_start() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "0:48:00", bound_us=0)
    race.tag("Bob", "0:48:00", "1:48:00", bound_us=0)
    race.rule("sighting", "1:30:00", runner="Ann", at_s=5000, place="creek")
    assert not race.line("Ann", "2:00:01").accounted
