"""Point to point, by a race worked out by hand and the rules one by one."""

from racekit import RaceKit, last, line, problems, verdicts
from yellowgate.model import Station
from yellowgate.race.checks import roll_call
from yellowgate.race.presets.point_to_point import open_at
from yellowgate.report.board import closing_words
from yellowgate.times import US

RULES = """
[[rules.checkpoint]]
place = "Mill"
km = 20
cutoff_s = "4:00:00"
leave_by_s = "4:15:00"
[[rules.checkpoint]]
place = "Pass"
km = 45
cutoff_s = "9:00:00"
[[rules.checkpoint]]
place = "Town"
km = 60
cutoff_s = "12:00:00"
in_and_out = false
"""
MILL, PASS, TOWN = "c1" * 8, "c2" * 8, "c3" * 8


def kit(*names: str) -> RaceKit:
    made = RaceKit("point-to-point", RULES)
    for number, (log_id, place) in enumerate(((MILL, "Mill"), (PASS, "Pass"), (TOWN, "Town"))):
        made.stations[log_id] = Station(log_id, 11 + number, "gate", place.lower(), place)
    made.runners(*names)
    return made


def test_a_race_by_hand() -> None:
    """20 km to the Mill (4:00, leave by 4:15), 45 km to the Pass (9:00), 60 km to Town (12:00).

    Ann  Mill 2:00-2:10   Pass 5:00-5:30   Town 8:00     finisher, 8:00:00
    Bob  Mill 2:00-2:05   (not read)       Town 9:00     finisher; the Pass is provisional
    Cid  Mill 3:59-4:16                                  left a minute late: out, 20 km
    Dot  Mill 4:00:01                                    a second late: out, 0 km
    """
    race = kit("Ann", "Bob", "Cid", "Dot")
    race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
    race.tag("Ann", "5:00:00", "5:30:00", station=PASS)
    race.tag("Ann", "8:00:00", station=TOWN)
    race.tag("Bob", "2:00:00", "2:05:00", station=MILL)
    race.tag("Bob", "9:00:00", station=TOWN)
    race.tag("Cid", "3:59:00", "4:16:00", station=MILL)
    race.tag("Dot", "4:00:01", station=MILL, bound_us=0)
    log = race.log("13:00:00")
    ann, bob, cid, dot = log.runners
    assert (ann.name, ann.result, ann.distance_km, ann.place) == ("Ann", "8:00:00", 60, 1)
    assert [leg.out_us for leg in ann.loops] == [0, 7_800 * US, 19_800 * US]
    assert (bob.status, verdicts(bob)) == ("finished", ["counted", "provisional", "counted"])
    assert problems(log, "station missed")[0].runner == "Bob"
    assert (cid.status, cid.reason, cid.distance_km) == ("out", "missed cutoff", 20)
    assert last(cid).note == "left 0:01:00 after the last moment"
    assert (dot.name, dot.loops_counted, last(dot).note) == ("Dot", 0, "over by 0:00:01")


def test_in_at_the_station_on_course_and_overdue() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "2:00:00", station=MILL)
    log = race.log("2:05:00")
    assert (line(log, "Ann").status, line(log, "Ann").next_cutoff_us) == ("in camp", 15_300 * US)
    assert (line(log, "Bob").status, line(log, "Bob").next_cutoff_us) == ("on course", 14_400 * US)
    assert line(race.log("4:00:01"), "Bob").status == "overdue"


def test_back_at_an_earlier_station_is_shown() -> None:
    race = kit("Ann")
    race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
    race.tag("Ann", "5:00:00", station=PASS)
    race.tag("Ann", "6:00:00", station=MILL)
    log = race.log("6:30:00")
    assert problems(log, "backwards")
    assert len(log.set_aside) == 1


def test_a_station_closes_when_every_starter_is_accounted_for() -> None:
    race = kit("Ann", "Bob", "Cid", "Dns")
    race.rule("dropout", 1, runner="Dns", reason="DNS")
    race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
    race.tag("Bob", "2:30:00", station=MILL)
    assert open_at(race.log("3:00:00"), race.race, "Mill") == ["Bob", "Cid"]
    race.tag("Bob", "3:10:00", station=MILL)
    race.rule("dropout", "3:20:00", runner="Cid", reason="injured")
    assert open_at(race.log("3:30:00"), race.race, "Mill") == ["Cid"]
    race.rule("return", "3:40:00", runner="Cid", at_s=13000)
    log = race.log("3:45:00")
    assert open_at(log, race.race, "Mill") == []
    states = {state.name: state for state in roll_call.board(log, race.race).stations}
    assert closing_words(states["mill"]) == "may close"
    assert states["yellow gate"].waits_for is None  # not on the course


def test_many_for_whom_a_station_stays_open() -> None:
    race = kit(*"ABCDE")
    race.tag("A", "2:00:00", station=MILL)
    (mill,) = [
        state for state in roll_call.board(race.log("3:00:00"), race.race).stations
        if state.name == "mill"
    ]  # fmt: skip
    assert closing_words(mill) == "open for A, B, C and 2 more"


def test_out_and_back_passes_a_place_twice() -> None:
    race = RaceKit(
        "point-to-point",
        '[[rules.checkpoint]]\nplace = "gate"\n[[rules.checkpoint]]\nplace = "fire tower"\n'
        '[[rules.checkpoint]]\nplace = "gate"\n',
    )
    race.runners("Ann")
    race.tag("Ann", "1:00:00", "1:05:00", "5:00:00")
    race.tag("Ann", "3:00:00", "3:02:00", station="b1" * 8)
    ann = race.line("Ann", "6:00:00")
    assert (ann.status, ann.result) == ("finished", "5:00:00")


def test_a_time_that_was_ruled_stands_before_and_after_the_station_s() -> None:
    for at_s in (7100, 7300):
        race = kit("Ann")
        race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
        race.rule("paper", "3:00:00", runner="Ann", loop=1, in_s=at_s, wins=True)
        race.rule("departure", "3:00:00", runner="Ann", loop=2, at_s=at_s + 700)
        ann = race.line("Ann", "3:00:01")
        assert (ann.loops[0].in_us, ann.loops[1].out_us) == (at_s * US, (at_s + 700) * US)
        assert ann.last_seen_place == "Mill"


def test_a_time_said_for_a_station_that_he_has_passed_is_for_a_person_to_decide() -> None:
    race = kit("Ann")
    race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
    race.tag("Ann", "5:00:00", station=PASS)
    race.rule("paper", "6:00:00", runner="Ann", loop=1, in_s=20_000, wins=True)
    log = race.log("6:00:01")
    assert problems(log, "time fits nowhere")[0].level == "decide"


def test_leaving_within_the_bound_of_the_last_moment_is_doubtful() -> None:
    race = kit("Ann")
    race.tag("Ann", "3:50:00", "4:15:00", station=MILL, bound_us=2_000_000)
    ann = race.line("Ann", "5:00:00")
    assert ann.status == "on course"
    assert "the last moment to leave" in ann.loops[1].doubt


def test_grace_moves_the_limit_that_is_waited_for() -> None:
    race = kit("Ann", "Bob")
    race.tag("Bob", "3:50:00", station=MILL)
    race.rule("grace", 1, runner="Ann", loop=1, seconds=600)
    race.rule("grace", 1, runner="Bob", loop=2, for_="start", seconds=600)
    log = race.log("4:05:00")
    assert (line(log, "Ann").status, line(log, "Ann").next_cutoff_us) == ("on course", 15_000 * US)
    assert line(log, "Bob").next_cutoff_us == 15_900 * US
    assert line(race.log("4:25:01"), "Bob").status == "out"


def test_a_press_is_of_who_may_be_at_that_station() -> None:
    """Bob was on the way to the Pass; who is not yet, or is past it, is not asked after there."""
    race = kit("Ann", "Bob", "Cid")
    race.tag("Ann", "2:00:00", "2:10:00", station=MILL)
    race.tag("Ann", "4:00:00", "4:10:00", station=PASS)
    race.tag("Bob", "2:30:00", "2:40:00", station=MILL)
    race.press("5:00:00", station=PASS)
    race.press("6:00:00", station=TOWN)
    at_pass, in_town = race.log("7:00:00").unassigned
    assert [(who.name, who.rank) for who in at_pass.proposals] == [("Bob", 1), ("Cid", 2)]
    # Whoever was not read at the Pass may be in Town all the same, after who was.
    assert [who.name for who in in_town.proposals] == ["Ann", "Bob", "Cid"]
    assert in_town.proposals[0].rank < in_town.proposals[1].rank
    race.press("3:00:00", station="c9" * 8)
    race.stations["c9" * 8] = Station("c9" * 8, 19, "gate", "spring", "Spring")
    elsewhere = race.log("7:00:00").unassigned[0]
    assert not elsewhere.proposals
