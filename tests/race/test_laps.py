"""Laps in a fixed time, by a race worked out by hand and the rules one by one."""

from racekit import RaceKit, line, problems, verdicts
from yellowgate.times import US

RULES = 'duration_s = "6:00:00"\nlap_km = 5\nshortest_lap_s = "0:10:00"'


def kit(*names: str) -> RaceKit:
    made = RaceKit("laps", RULES)
    made.runners(*names)
    return made


def test_a_race_by_hand() -> None:
    """Six hours on laps of 5 km.

        Ann  1:00 2:00 3:00 4:00 5:00           5 laps, 25 km at 5:00:00
        Bob  0:50 1:50 2:50 3:50 4:50           5 laps, 25 km at 4:50:00
        Cid  1:30 3:00 4:30 6:00:00             4 laps, the last on the very end: counts
        Dot  1:30 3:00 4:30 6:00:01             3 laps, the last a second late
                                                and 1,200 m of it ruled: 16.2 km

    Bob before Ann: the same distance, but he was there first. Then Cid, then Dot.
    """
    race = kit("Ann", "Bob", "Cid", "Dot")
    race.tag("Ann", "1:00:00", "2:00:00", "3:00:00", "4:00:00", "5:00:00", bound_us=0)
    race.tag("Bob", "0:50:00", "1:50:00", "2:50:00", "3:50:00", "4:50:00", bound_us=0)
    race.tag("Cid", "1:30:00", "3:00:00", "4:30:00", "6:00:00", bound_us=0)
    race.tag("Dot", "1:30:00", "3:00:00", "4:30:00", "6:00:01", bound_us=0)
    race.rule("partial", "6:10:00", runner="Dot", distance_m=1200)
    log = race.log("6:30:00")
    assert [(row.name, row.result) for row in log.runners] == [
        ("Bob", "25.000 km"),
        ("Ann", "25.000 km"),
        ("Cid", "20.000 km"),
        ("Dot", "16.200 km"),
    ]
    assert verdicts(line(log, "Dot"))[-1] == "over cutoff"
    assert {row.status for row in log.runners} == {"finished"}
    assert log.state == "over"


def test_lingering_at_the_reader_is_no_lap() -> None:
    race = kit("Ann")
    race.tag("Ann", "0:00:20", "1:00:00", "1:05:00", "1:09:59", "2:00:00")
    ann = race.line("Ann", "2:30:00")
    assert ann.loops_counted == 2
    assert [row.use for row in ann.loops[0].evidence] == ["out", "in", "in again", "in again"]


def test_the_same_distance_within_the_bounds_is_doubtful() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "1:00:00", bound_us=1_000_000)
    race.tag("Bob", "1:00:01", bound_us=1_000_000)
    assert "order with Bob" in race.line("Ann", "6:30:00").doubt


def test_void_grace_and_paper() -> None:
    race = kit("Ann")
    race.tag("Ann", "1:00:00", "6:00:03")
    assert race.line("Ann", "6:30:00").loops_counted == 1
    race.rule("grace", "6:31:00", runner="Ann", loop=2)
    assert race.line("Ann", "6:32:00").loops_counted == 2
    race.rule("void", "6:33:00", runner="Ann", loop=1)
    assert race.line("Ann", "6:34:00").loops_counted == 1
    race.rule("paper", "6:35:00", runner="Ann", loop=3, in_s=18000)
    ann = race.line("Ann", "6:36:00")
    assert [loop.elapsed for loop in ann.loops] == ["1:00:00", "5:00:00", "6:00:03"]


def test_status_while_it_runs() -> None:
    race = RaceKit("laps", 'missing_s = "2:00:00"')
    race.runners("Ann", "Bob", "Cid")
    race.tag("Ann", "1:00:00")
    race.tag("Bob", "3:00:00")
    race.rule("dropout", "0:30:00", runner="Cid", reason="injured")
    log = race.log("3:30:00")
    assert line(log, "Ann").status == "overdue" and not line(log, "Ann").accounted
    assert line(log, "Bob").status == "on course"
    assert (line(log, "Cid").status, line(log, "Cid").reason) == ("out", "injured")


def test_a_lap_that_no_station_saw_is_filled_in_from_the_sheet_once() -> None:
    race = kit("Ann")
    race.tag("Ann", "1:00:00", "3:00:10", "4:00:00")
    for loop, at_s in ((1, 3600), (2, 7200), (3, 10800), (4, 14400)):
        race.rule("paper", "6:35:00", runner="Ann", loop=loop, in_s=at_s)
    log = race.log("6:36:00")
    elapsed = [loop.elapsed for loop in line(log, "Ann").loops]
    assert elapsed == ["1:00:00", "2:00:00", "3:00:10", "4:00:00"]
    assert not problems(log, "paper differs")


def test_a_paper_time_that_is_off_is_no_lap_more() -> None:
    race = kit("Ann")
    race.tag("Ann", "1:00:00", "2:15:00")
    race.rule("paper", "6:35:00", runner="Ann", loop=2, in_s=7200)
    log = race.log("6:36:00")
    assert line(log, "Ann").loops_counted == 2
    assert problems(log, "paper differs")[0].loop == 2


def test_a_paper_time_that_wins_takes_the_place_of_the_lap() -> None:
    for at_s in (7000, 7400):
        race = kit("Ann")
        race.tag("Ann", "1:00:00", "2:00:00", "3:00:00")
        race.rule("paper", "6:35:00", runner="Ann", loop=2, in_s=at_s, wins=True)
        race.rule("paper", "6:35:00", runner="Ann", loop=4, in_s=14_000, wins=True)
        ann = race.line("Ann", "6:36:00")
        assert [loop.in_us for loop in ann.loops] == [n * US for n in (3600, at_s, 10_800, 14_000)]
        uses = {row.use for row in ann.loops[1].evidence}
        assert uses == {"in", "in: another time was ruled"}


def test_a_paper_time_that_wins_and_fits_nowhere_decides_nothing() -> None:
    race = kit("Ann")
    race.tag("Ann", "1:00:00", "2:00:00", "3:00:00")
    race.rule("paper", "6:35:00", runner="Ann", loop=2, in_s=12_000, wins=True)
    race.rule("paper", "6:35:00", runner="Ann", loop=7, in_s=20_000, wins=True)
    log = race.log("6:36:00")
    assert [loop.in_us for loop in line(log, "Ann").loops] == [n * US for n in (3600, 7200, 10_800)]
    assert [(row.level, row.loop) for row in problems(log, "time fits nowhere")] == [
        ("decide", 2), ("decide", 7),
    ]  # fmt: skip


def test_grace_is_for_so_many_seconds_and_a_bib_may_change() -> None:
    race = kit("Ann")
    race.tag("Ann", "1:00:00", "6:00:30")
    race.rule("grace", "6:31:00", runner="Ann", loop=2, seconds=20)
    race.rule("bib", "6:31:00", runner="Ann", loop=2, bib="77")
    ann = race.line("Ann", "6:32:00")
    assert (ann.loops_counted, ann.loops[0].bib, ann.loops[1].bib) == (1, "101", "77")
    race.rule("grace", "6:33:00", runner="Ann", loop=2, seconds=40)
    assert race.line("Ann", "6:34:00").loops_counted == 2
