"""Every rule of the Barkley by an example of its own."""

import pytest
import racekit
from gate_wire import kinds
from racekit import TOWER, RaceKit, last, line, problems, verdicts
from yellowgate.times import UNBOUNDED_US, US, to_us


def kit(*names: str, rules: str = "pages = 0", **more: bool) -> RaceKit:
    made = RaceKit("barkley", rules, **more)
    made.runners(*(names or ("Ann",)))
    return made


def test_a_race_by_hand() -> None:
    """Ann and Bob, pages not counted.

    Ann: in 9:00:00, out 9:20:00, in 21:00:00, out 21:30:00, in 33:00:00 (her third: 40:00:00 is
    far), leaves for the fourth at 35:59:59 and comes in at 47:59:59; out 47:59:59.5, in 59:59:59:
    a finisher by one second. Bob: in 13:20:00, exactly on the cutoff, so it counts; he cannot
    leave before 13:20:00 any more and is out with one loop. So Ann is 1st, Bob 2nd.
    """
    race = kit("Ann", "Bob")
    race.tag("Ann", "9:00:00", "9:20:00", "21:00:00", "21:30:00", "33:00:00", "35:59:59")
    race.tag("Ann", "47:57:00", "47:59:59", "59:59:59", bound_us=0)
    race.tag("Bob", "13:20:00", bound_us=0)
    ann, bob = race.line("Ann"), race.line("Bob")
    assert (ann.status, ann.result, ann.place, verdicts(ann)) == (
        "finished", "59:59:59", 1, ["counted"] * 5,
    )  # fmt: skip
    assert [loop.direction for loop in ann.loops[:4]] == ["clockwise", "counter-clockwise"] * 2
    assert (bob.status, bob.reason, bob.place, bob.loops_counted) == ("out", "missed cutoff", 2, 1)


@pytest.mark.parametrize(
    ("at", "counts", "verdict"),
    [
        ("13:19:59.999999", True, "counted"),
        ("13:20:00", True, "counted"),
        ("13:20:00", False, "over cutoff"),
        ("13:20:00.4", True, "over cutoff"),
    ],
)
def test_cutoff_to_the_microsecond(at: str, counts: bool, verdict: str) -> None:
    race = kit(rules=f"pages = 0\nat_cutoff_counts = {str(counts).lower()}")
    race.tag("Ann", at, bound_us=0)
    loop = last(race.line("Ann"))
    assert loop.verdict == verdict
    if at == "13:20:00.4":
        assert (loop.elapsed, loop.note, loop.margin_us) == (
            "13:20:00",
            "over by 0:00:00.4",
            -400_000,
        )


@pytest.mark.parametrize(
    ("over_us", "bound_us", "words"),
    [
        (120_000_000, 0, "over by 0:02:00"),
        (12_345_678, 0, "over by 0:00:12"),
        (6_027_479, 0, "over by 0:00:06.027"),
        (6_027_479, 5_000, "over by 0:00:06.02"),
        (6_027_479, 12_500, "over by 0:00:06"),
        (6_527_479, 12_500, "over by 0:00:06.5"),
        (6_527_479, 400_000, "over by 0:00:06"),
        (27_479, 400_000, "over by 0:00:00.02"),
        (1_300, 400_000, "over by 0:00:00.001"),
        (300, 0, "over by less than 0:00:00.001"),
        (1, 10**15, "over by less than 0:00:00.001"),
    ],
)
def test_over_by_no_more_digits_than_the_clock_is_good_for(
    over_us: int, bound_us: int, words: str
) -> None:
    race = kit(rules="pages = 0")
    race.tag("Ann", 48_000 + over_us / 1e6, bound_us=bound_us)
    loop = last(race.line("Ann"))
    assert (loop.verdict, loop.note) == ("over cutoff", words)


@pytest.mark.parametrize("loop", [1, 2, 3, 4, 5])
def test_each_loop_has_its_cutoff(loop: int) -> None:
    limits = ("13:20:00", "26:40:00", "40:00:00", "48:00:00", "60:00:00")
    for late_s, verdict in ((-1, "counted"), (1, "over cutoff")):
        race = kit(rules="pages = 0\nstart_next_by_s = [0, 0, 0, 0, 0]\nshortest_loop_s = 3600")
        at_s = 0.0
        for limit in limits[: loop - 1]:
            at_s = racekit.span_s(limit) - 7200
            race.tag("Ann", at_s, at_s + 600)
        race.tag("Ann", racekit.span_s(limits[loop - 1]) + late_s)
        assert last(race.line("Ann")).verdict == verdict


def test_sixty_hours_and_six_seconds_is_no_finish() -> None:
    race = kit()
    race.tag("Ann", 30000, 31000, 70000, 71000, 110000, 111000, 150000, 151000, "60:00:06")
    ann = race.line("Ann")
    assert (ann.status, last(ann).verdict) == ("fun run", "over cutoff")
    assert last(ann).note.startswith("over by 0:00:06")


def test_in_at_35_59_and_out_at_36_01_is_out() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "9:20:00", "21:00:00", "21:30:00", "35:59:00", "36:01:00")
    ann = race.line("Ann")
    assert (ann.status, ann.reason, ann.loops_counted) == ("fun run", "missed cutoff", 3)
    assert last(ann).note == "left 0:01:00 after the last moment"
    race.rule("grace", "36:05:00", runner="Ann", loop=4, for_="start")
    assert race.line("Ann", "37:00:00").status == "on course"


def test_exactly_36_is_not_before_36_but_that_is_configurable() -> None:
    for extra, status in (("", "fun run"), ("\nat_start_by_counts = true", "on course")):
        race = kit(rules="pages = 0" + extra)
        race.tag("Ann", "9:00:00", "9:20:00", "21:00:00", "21:30:00", "35:00:00", "36:00:00")
        assert race.line("Ann", "37:00:00").status == status


def test_loops_two_and_three_must_begin_before_the_cutoff() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "13:00:00", "13:19:00")
    race.tag("Bob", "13:00:00", "13:21:00")
    log = race.log("14:00:00")
    assert line(log, "Ann").status == "on course"
    assert (line(log, "Bob").status, line(log, "Bob").accounted) == ("out", False)


def test_who_is_in_camp_past_the_last_moment_is_out_and_shown() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    assert race.line("Ann", "13:19:59").status == "in camp"
    log = race.log("13:20:00")
    assert line(log, "Ann").status == "out"
    assert problems(log, "not seen leaving")


def test_grace_moves_the_limit_that_is_waited_for() -> None:
    race = kit("Ann", "Bob")
    race.tag("Bob", "13:00:00")
    race.rule("grace", 1, runner="Ann", loop=1, seconds=600)
    race.rule("grace", 1, runner="Bob", loop=2, for_="start", seconds=600)
    log = race.log("13:29:59")
    ann, bob = line(log, "Ann"), line(log, "Bob")
    assert (ann.status, ann.next_cutoff_us) == ("on course", 48_600 * US)
    assert (bob.status, bob.next_cutoff_us) == ("in camp", 48_600 * US)
    log = race.log("13:30:01")
    assert (line(log, "Ann").status, line(log, "Bob").status) == ("overdue", "out")
    race.rule("grace", 2, runner="Ann", loop=1)
    assert race.line("Ann", "20:00:00").status == "on course"  # for as long as it takes


def test_grace_for_a_cutoff_lets_him_go_on_to_the_next_loop() -> None:
    race = kit()
    race.tag("Ann", "13:20:30", "13:25:00")
    race.rule("grace", "13:21:00", runner="Ann", loop=1, seconds=600)
    ann = race.line("Ann", "14:00:00")
    assert (ann.status, ann.loops_counted, ann.loops[1].note) == ("on course", 1, "")


def test_grace_for_the_third_loop_is_grace_for_the_fun_run() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "9:20:00", "21:00:00", "21:30:00", "40:00:30")
    race.rule("grace", "40:01:00", runner="Ann", loop=3, seconds=60)
    ann = race.line("Ann", "41:00:00")
    assert (ann.status, ann.loops_counted) == ("fun run", 3)


def test_fun_run_stays_after_taps() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "9:20:00", "21:00:00", "21:30:00", "39:50:27")
    assert race.line("Ann", "39:51:00").status == "fun run"
    race.taps("Ann", "39:53:00")
    ann = race.line("Ann")
    assert (ann.status, ann.reason, ann.result) == ("fun run", "tapped out", "39:50:27")
    assert ann.taps_us == to_us(racekit.span_s("39:53:00"))


def test_pages_decide_whether_a_loop_counts() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "9:00:00")
    assert last(race.line("Ann", "9:01:00")).verdict == "provisional"
    race.pages("Ann", 1, "9:02:00", have=12)
    ann = race.line("Ann", "9:10:00")
    assert (last(ann).verdict, last(ann).note, ann.status) == (
        "pages missing", "1 page missing", "in camp",
    )  # fmt: skip
    assert race.line("Ann", "13:21:00").reason == "page missing"
    race.rule("grace", "9:20:00", runner="Ann", loop=1, for_="pages")
    assert last(race.line("Ann", "10:00:00")).verdict == "counted"


def test_short_of_a_page_he_goes_back_and_touches_again() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "8:00:00", "8:06:00", "11:00:00")
    race.pages("Ann", 1, "8:02:00", have=12)
    assert last(race.line("Ann", "11:01:00")).verdict == "provisional"
    race.pages("Ann", 1, "11:02:00")
    loop = last(race.line("Ann", "11:05:00"))
    assert (loop.verdict, loop.elapsed) == ("counted", "11:00:00")
    assert [row.use for row in loop.evidence] == ["in before", "back out", "in"]


def test_pages_may_be_corrected_when_he_is_on_the_next_loop() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "9:00:00", "9:40:00", "20:00:00")
    race.pages("Ann", 1, "9:02:00")
    assert race.line("Ann", "15:00:00").status == "on course"
    race.pages("Ann", 1, "15:01:00", have=12)
    ann = race.line("Ann", "15:02:00")
    assert (verdicts(ann), ann.loops[1].out_us) == (["pages missing", "open"], 34_800 * US)
    assert (ann.status, ann.reason, ann.accounted) == ("out", "page missing", False)
    race.pages("Ann", 1, "15:03:00")
    assert verdicts(race.line("Ann", "20:01:00")) == ["counted", "provisional"]
    race.pages("Ann", 1, "21:00:00", have=12, by="carl")
    log = race.log("21:01:00")
    assert verdicts(line(log, "Ann")) == ["provisional", "provisional"]
    assert problems(log, "contradiction")


def test_what_was_said_of_a_record_is_corrected_by_what_is_said_without_it() -> None:
    race = RaceKit()
    race.runners("Ann")
    seen = race.see(kinds.TAG, "9:00:00", bytes.fromhex(racekit.uid("Ann")))
    race.pages("Ann", 1, "9:01:00", have=12, log_id=seen.log_id, seq=seen.seq)
    race.pages("Ann", 1, "9:02:00")
    assert verdicts(race.line("Ann", "9:03:00")) == ["counted"]


def test_pages_by_different_persons_for_different_touches_do_not_contradict() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "8:00:00", "11:00:00")
    race.pages("Ann", 1, "8:02:00", have=12, by="laz")
    race.pages("Ann", 1, "11:02:00", by="carl")
    log = race.log("12:00:00")
    assert last(line(log, "Ann")).verdict == "counted"
    assert not problems(log, "contradiction")


def test_from_the_wrong_direction_it_does_not_count() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    race.rule("direction", "9:01:00", runner="Ann", loop=1, right=False)
    loop = last(race.line("Ann", "9:05:00"))
    assert (loop.verdict, loop.note) == ("void", "touched from the wrong direction")
    race.tag("Ann", "9:10:00")
    assert last(race.line("Ann", "9:11:00")).elapsed == "9:10:00"


def test_who_touched_from_the_wrong_direction_may_touch_again_while_there_is_time() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    race.rule("direction", "9:01:00", runner="Ann", loop=1, right=False)
    ann = race.line("Ann", "13:20:00")
    assert (ann.status, ann.reason, ann.next_cutoff_us) == (
        "in camp", "may touch again from the right side", 48_000 * US,
    )  # fmt: skip
    ann = race.line("Ann", "13:20:01")
    assert (ann.status, ann.reason) == ("out", "touched from the wrong direction")


def test_a_new_bib_for_every_loop() -> None:
    race = kit()
    race.rule("bib", 1, runner="Ann", loop=1, bib="7")
    race.tag("Ann", "9:00:00", "9:20:00")
    assert [loop.bib for loop in race.line("Ann", "10:00:00").loops] == ["7", "101"]


def test_the_touch_after_an_arrival_is_the_departure_or_after_four_hours_the_next_arrival() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "9:00:00", "12:59:59")
    race.tag("Bob", "9:00:00", "21:00:00")
    log = race.log("22:00:00")
    assert [loop.out_us for loop in line(log, "Ann").loops] == [0, 46_799 * US]
    assert [loop.out_us for loop in line(log, "Bob").loops] == [0, None]
    assert line(log, "Bob").loops_counted == 2
    assert problems(log, "no departure")


def test_too_soon_for_a_loop_is_kept_aside() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "9:20:00", "11:00:00")
    log = race.log("12:00:00")
    assert line(log, "Ann").loops[1].in_us is None
    assert [row.why for row in log.set_aside] == ["too soon for a loop"]
    assert problems(log, "too soon for a loop")


def test_double_taps_and_two_stations_are_one_touch_and_the_earlier_read_wins() -> None:
    race = kit()
    race.tag("Ann", "9:00:03")
    race.tag("Ann", "9:00:01", "9:00:59", station=racekit.SPARE)
    race.tag("Ann", "9:01:58")
    loop = last(race.line("Ann", "9:30:00"))
    assert (loop.loop, loop.elapsed) == (1, "9:00:01")
    assert [row.use for row in loop.evidence] == ["in", "in again", "in again", "in again"]


def test_taps_before_and_touches_after() -> None:
    race = kit()
    race.tag("Ann", "-1:00:00", "9:00:00")
    race.taps("Ann", "9:30:00")
    race.tag("Ann", "21:00:00")
    log = race.log("22:00:00")
    ann = line(log, "Ann")
    assert (ann.status, ann.reason, ann.loops_counted) == ("out", "tapped out", 1)
    assert problems(log, "touch before the start")[0].level == "note"
    assert problems(log, "touch after taps")[0].level == "decide"
    assert len(log.set_aside) == 2


def test_a_sixth_loop_is_never_ranked() -> None:
    race = kit()
    race.tag("Ann", *range(30000, 200000, 40000), *range(31000, 160000, 40000), 206000, 230000)
    log = race.log()
    ann = line(log, "Ann")
    assert (ann.status, len(ann.loops)) == ("finished", 5)
    assert problems(log, "after the last loop")


def test_tower_without_gate_is_still_out_and_gate_without_tower_says_check_the_pages() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "6:00:00", station=racekit.TOWER)
    race.tag("Bob", "9:00:00")
    race.tag("Ann", "-0:30:00", "9:30:00", station=racekit.TOWER)
    log = race.log("10:00:00")
    ann = line(log, "Ann")
    assert (ann.status, ann.last_seen_place) == ("on course", "fire tower")
    assert [row.loop for row in ann.sightings] == [1, 1]
    assert problems(log, "no tower")[0].runner == "Bob"


def test_ranking_by_loops_then_time_then_how_far() -> None:
    race = kit("Two", "One", "Late", "Tower", "None")
    race.tag("Two", "9:00:00", "9:20:00", "24:00:00")
    race.tag("One", "8:00:00")
    race.tag("Late", "14:00:00")
    race.tag("Tower", "6:00:00", station=racekit.TOWER)
    log = race.log()
    assert racekit.names(log.runners) == ["Two", "One", "Late", "Tower", "None"]
    assert [row.place for row in log.runners] == [1, 2, 3, 4, 5]


def test_doubt_at_the_cutoff_and_between_two_runners() -> None:
    race = kit("Ann", "Bob", "Cid")
    race.tag("Ann", "13:19:59", bound_us=2_000_000)
    race.tag("Bob", "13:19:57.5", bound_us=1_000_000)
    race.tag("Cid", "12:00:00", bound_us=1_000_000)
    log = race.log("14:00:00")
    ann = last(line(log, "Ann"))
    assert ann.verdict == "counted" and "the cutoff at 13:20:00 is within ±2.0 s" in ann.doubt
    assert "the order with Ann" in last(line(log, "Bob")).doubt
    assert not last(line(log, "Cid")).doubtful
    race.rule("grace", "14:00:00", runner="Ann", loop=1)
    assert "cutoff" not in last(race.line("Ann", "14:10:00")).doubt


def test_who_chooses_the_direction_is_on_the_course() -> None:
    race = kit("Ann", "Bob")
    for name, extra in (("Ann", 0), ("Bob", 60)):
        race.tag(name, *(30000 + extra + 40000 * n for n in range(4)))
        race.tag(name, *(31000 + extra + 40000 * n for n in range(4)))
    ann = race.line("Ann", "45:00:00")
    assert (ann.status, ann.reason, ann.next_cutoff_us) == ("on course", "", 216_000 * US)
    assert ann.loops[4].note == "chooses the direction"


def test_who_leaves_first_is_doubtful_within_the_bounds() -> None:
    race = kit("Ann", "Bob")
    for name, extra in (("Ann", 0), ("Bob", 0.5)):
        race.tag(name, *(30000 + extra + 40000 * n for n in range(4)), 31000 + extra)
        race.tag(name, 71000, 111000, 151000 + extra, bound_us=600_000)
    race.rule("direction", 152000, runner="Bob", loop=5, direction="clockwise")
    log = race.log("45:00:00")
    assert line(log, "Ann").loops[4].direction == "counter-clockwise"
    assert "who left first" in line(log, "Ann").loops[4].doubt


def test_the_one_first_to_arrive_may_choose_instead() -> None:
    for chooser, first in (("first to leave", "Bob"), ("first to arrive", "Ann")):
        race = kit("Ann", "Bob", rules=f'pages = 0\nchooser = "{chooser}"')
        for name, extra in (("Ann", 0), ("Bob", 60)):
            race.tag(name, *(30000 + extra + 40000 * n for n in range(4)))
            race.tag(name, *(31000 + 40000 * n - (extra * (n == 3)) for n in range(4)))
        race.rule("direction", 152000, runner=first, loop=5, direction="clockwise")
        log = race.log("45:00:00")
        assert line(log, first).loops[4].note == "chooses the direction"
        assert not problems(log, "direction")


def test_overdue_and_not_accounted_for() -> None:
    race = kit()
    assert race.line("Ann", "13:20:00").status == "on course"
    log = race.log("13:20:01")
    assert (line(log, "Ann").status, line(log, "Ann").accounted) == ("overdue", False)
    assert problems(log, "not accounted for")


def test_a_moved_start_recomputes_everything() -> None:
    race = kit()
    race.tag("Ann", "13:21:00")
    assert last(race.line("Ann")).verdict == "over cutoff"
    race.rule("start", "14:00:00", at=racekit.START_US + 120_000_000)
    log = race.log()
    assert log.start_by == "ruling"
    assert (last(line(log, "Ann")).elapsed, last(line(log, "Ann")).verdict) == (
        "13:19:00", "counted",
    )  # fmt: skip


def test_the_start_follows_the_conch_by_an_hour() -> None:
    race = kit(start=False)
    race.rule("conch", "-1:00:00", at=racekit.START_US - 3_600_000_000)
    race.tag("Ann", "9:00:00")
    log = race.log("9:30:00")
    assert (log.start_by, log.start_us) == ("conch", racekit.START_US)
    assert problems(log, "start not logged")
    assert race.log("-0:10:00").state == "not started"


def test_without_a_start_touches_are_kept() -> None:
    race = kit(start=False)
    race.tag("Ann", "9:00:00")
    log = race.log()
    assert log.state == "not started" and log.start_us is None
    assert log.set_aside[0].evidence.at_us is None


def test_a_second_start_signal_is_shown() -> None:
    race = kit()
    race.see(kinds.START, "2:00:00", b"")
    log = race.log()
    assert log.start_us == racekit.START_US
    assert problems(log, "second start")


def test_did_not_start() -> None:
    race = kit("Ann", "Bob")
    race.rule("dropout", 1, runner="Ann", reason="DNS")
    log = race.log("1:00:00")
    assert line(log, "Ann").status == "not started"
    assert line(log, "Ann").reason == "did not start"
    assert line(log, "Ann").place is None


def test_dropout_return_and_accounting() -> None:
    race = kit()
    race.rule("dropout", "12:00:00", runner="Ann", reason="injured")
    ann = race.line("Ann", "12:30:00")
    assert (ann.status, ann.reason, ann.accounted) == ("out", "injured", False)
    race.rule("return", "13:00:00", runner="Ann", at_s=46500)
    ann = race.line("Ann", "13:30:00")
    assert (ann.returned_us, ann.accounted) == (46_500 * US, True)


def test_paper_fills_what_no_station_saw_and_shows_where_it_differs() -> None:
    race = kit()
    race.rule("paper", "30:00:00", runner="Ann", loop=1, in_s=32400, out_s=0)
    loop = last(race.line("Ann"))
    assert (loop.elapsed, loop.evidence[0].kind, loop.verdict) == ("9:00:00", "paper", "counted")
    race.tag("Ann", "9:00:30")
    log = race.log()
    assert last(line(log, "Ann")).elapsed == "9:00:30"
    assert not problems(log, "paper differs")
    race.rule("paper", "31:00:00", runner="Ann", loop=1, in_s=31000)
    assert problems(race.log(), "paper differs")
    race.rule("paper", "32:00:00", runner="Ann", loop=1, in_s=31000, wins=True)
    assert race.line("Ann").loops[0].elapsed == "8:36:40"


def test_a_ruled_departure() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "21:00:00")
    race.rule("departure", "22:00:00", runner="Ann", loop=2, at_s=33600)
    log = race.log("23:00:00")
    assert line(log, "Ann").loops[1].out_us == 33_600 * US
    assert not problems(log, "no departure")


def test_after_a_loop_that_did_not_count_no_other_counts() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", "9:20:00", "21:00:00")
    race.rule("void", "22:00:00", runner="Ann", loop=1)
    ann = race.line("Ann")
    assert verdicts(ann) == ["void", "void"]
    assert ann.loops[1].note == "loop 1 did not count"


def test_a_time_without_any_clock_is_doubtful() -> None:
    race = kit()
    race.tag("Ann", "9:00:00", bound_us=UNBOUNDED_US)
    log = race.log()
    assert last(line(log, "Ann")).doubtful
    assert problems(log, "no clock")


def forgotten() -> RaceKit:
    """Two are in at 10:00:00 and at the tower at 16:00:00; Bob did not touch on leaving."""
    race = RaceKit()
    race.runners("Ann", "Bob")
    race.tag("Ann", "10:00:00", "10:30:00")
    race.tag("Bob", "10:00:00")
    for name in ("Ann", "Bob"):
        race.tag(name, "16:00:00", station=TOWER)
        race.pages(name, 1, "10:01:00")
    return race


def test_who_was_seen_at_the_tower_has_left() -> None:
    race = forgotten()
    for at, status, accounted in (
        ("20:00:00", "on course", True),
        ("26:40:01", "overdue", False),
    ):
        for name in ("Ann", "Bob"):
            row = race.line(name, at)
            assert (row.status, row.loop_now, row.accounted) == (status, 2, accounted)
    row = last(race.line("Bob", "20:00:00"))
    assert row.out_us is None
    assert "left unseen, before 16:00:00: seen at fire tower" in row.note, row.note
    assert "nobody saw the leaving, between 10:00:00 and 16:00:00" in row.doubt


def test_a_sighting_proves_a_departure_and_one_in_camp_does_not() -> None:
    race = RaceKit()
    race.runners("Ann", "Bob")
    for name, place in (("Ann", "prison"), ("Bob", "Camp")):
        race.tag(name, "10:00:00")
        race.rule("sighting", "12:00:00", runner=name, at_s=12 * 3600, place=place)
    assert race.line("Ann", "13:00:00").status == "on course"
    assert not last(race.line("Ann", "13:00:00")).doubtful, "before the last moment for certain"
    assert race.line("Bob", "13:00:00").status == "in camp"
    assert not race.line("Ann", "30:00:00").accounted


def test_who_was_in_camp_at_the_last_moment_left_too_late_wherever_seen() -> None:
    race = RaceKit("barkley", "start_next_by_s = [0, 36000, 96000, 129600, 172800]")
    race.runners("Ann")
    race.tag("Ann", "10:30:00")
    race.tag("Ann", "15:00:00", station=TOWER)
    row = race.line("Ann", "16:00:00")
    assert (row.status, row.reason, row.accounted) == ("out", "missed cutoff", False)


def test_sent_back_and_gone_is_on_the_course_until_he_is_back() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "10:00:00")
    race.pages("Ann", 1, "10:01:00", have=12)
    assert race.line("Ann", "10:05:00").status == "in camp"
    race.tag("Ann", "10:10:00")
    assert race.line("Ann", "10:15:00").status == "on course"
    row = race.line("Ann", "13:20:01")
    assert (row.status, row.accounted) == ("out", False)


def test_one_word_takes_who_is_out_off_the_search_list() -> None:
    race = RaceKit()
    race.runners("Ann", "Bob")
    race.rule("dropout", "14:02:00", runner="Ann", reason="rtc", at_s=14 * 3600)
    race.rule("dropout", "14:02:00", runner="Bob", reason="rtc", at_s=14 * 3600, place="camp")
    assert not race.line("Ann").accounted
    row = race.line("Bob")
    assert (row.status, row.accounted, row.returned_us) == ("out", True, 14 * 3600 * US)
