import random

from clockworld import HOUR_US, STEP_US, Laptop, Part, Station
from gate_wire import bodies, kinds
from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.clock.hypotheses import AGREES, ALONE, DEVIATES, UNCOMPARED
from yellowgate.model import Ruling
from yellowgate.records import by_log
from yellowgate.rulings.decisions import evaluate
from yellowgate.rulings.trusted import Choice, choice_of

MINUTE = HOUR_US / 60
GOOD, OTHER = Laptop(1), Laptop(2)
WRONG = Laptop(3, error_us=42_000_000)
FIRST, SECOND_LOG = "00000000000000a1", "00000000000000a2"


def station(log_id: str = FIRST, rtc: bool = True) -> Station:
    steps = 80 * HOUR_US // STEP_US
    part = Part([2.0] * steps) if rtc else None
    return Station(random.Random(5), Part([-20.0] * steps), part, log_id)


def played(one: Station, *syncs: tuple[float, Laptop]) -> Station:
    """Started, set by the first laptop, a tap every hour."""
    one.start(0)
    done = 0
    for hour in range(1, 62):
        for at, laptop in syncs:
            if hour - 1 < at <= hour:
                one.sync(at * HOUR_US, laptop, done == 0)
                done += 1
        one.touch(hour * HOUR_US + MINUTE)
    return one


def states(result: Corrected, log_id: str = FIRST) -> dict[int, str]:
    return {row.reference.reference_id: row.state for row in result.logs[log_id].verdicts}


def bound_ms(result: Corrected, log_id: str = FIRST) -> float:
    return max(
        row.bound_us / 1000
        for row in result.timed
        if row.observation.log_id == log_id and row.observation.kind == kinds.TAG
    )


def assert_covered(result: Corrected, *stations: Station) -> None:
    truth = {(one.log_id, seq): us for one in stations for seq, us in enumerate(one.truth_us)}
    for row in result.timed:
        error_us = abs(row.utc_us - truth[row.observation.log_id, row.observation.seq])
        assert error_us <= row.bound_us


def test_one_laptop_is_believed() -> None:
    one = played(station(), (0.2, GOOD), (60.5, GOOD))
    result = correct_all(by_log(one.rows))
    assert states(result) == {1: ALONE}
    assert bound_ms(result) < 110
    assert_covered(result, one)


def test_a_wrong_laptop_is_reported_and_covered_until_somebody_rules() -> None:
    one = played(station(), (0.2, GOOD), (30.5, WRONG), (60.5, GOOD))
    result = correct_all(by_log(one.rows))
    assert states(result) == {1: ALONE, 3: DEVIATES}
    verdict = result.logs[FIRST].verdicts[1]
    assert verdict.deviation_us is not None
    assert abs(verdict.deviation_us - 42_000_000) < 200_000
    assert bound_ms(result) > 20_000
    assert_covered(result, one)
    ruled = correct_all(by_log(one.rows), Choice(frozenset({(1, "")})))
    assert bound_ms(ruled) < 110
    assert_covered(ruled, one)


def test_rulings_for_two_that_contradict_each_other_decide_nothing() -> None:
    one = played(station(), (0.2, GOOD), (30.5, WRONG), (60.5, GOOD))
    for log_id in ("", FIRST):
        result = correct_all(by_log(one.rows), Choice(frozenset({(1, ""), (3, log_id)})))
        assert bound_ms(result) > 20_000
        assert_covered(result, one)


def test_two_to_one_decides_nothing() -> None:
    one = played(station(), (0.2, WRONG), (30, GOOD), (60.5, WRONG))
    result = correct_all(by_log(one.rows))
    assert DEVIATES in states(result).values()
    assert_covered(result, one)


def test_the_ruling_may_be_for_one_log() -> None:
    one = played(station(), (0.2, GOOD), (30.5, WRONG), (60.5, GOOD))
    assert bound_ms(correct_all(by_log(one.rows), Choice(frozenset({(1, FIRST)})))) < 110
    assert bound_ms(correct_all(by_log(one.rows), Choice(frozenset({(1, SECOND_LOG)})))) > 20_000


def test_a_laptop_that_confirms_changes_nothing() -> None:
    one = played(station(), (0.2, GOOD), (30.5, OTHER), (60.5, GOOD))
    result = correct_all(by_log(one.rows))
    assert states(result) == {1: ALONE, 2: AGREES}
    assert bound_ms(result) < 110


def test_laptops_that_were_never_compared_are_both_covered() -> None:
    one = played(station(rtc=False), (0.2, GOOD), (60.5, OTHER))
    result = correct_all(by_log(one.rows))
    assert UNCOMPARED in states(result).values()
    assert bound_ms(result) > 5000
    assert_covered(result, one)
    both = Choice(frozenset({(1, ""), (2, "")}))
    assert bound_ms(correct_all(by_log(one.rows), both)) < 500


def test_laptops_that_ntp_sets_are_used_together() -> None:
    one, two = Laptop(1, bodies.REFERENCE_NTP), Laptop(2, bodies.REFERENCE_NTP)
    tower = played(station(rtc=False), (0.2, one), (60.5, two))
    result = correct_all(by_log(tower.rows))
    assert set(states(result).values()) == {AGREES}
    assert bound_ms(result) < 500
    assert_covered(result, tower)


def test_a_station_that_met_only_the_wrong_one_is_covered_by_what_another_saw() -> None:
    gate = played(station(), (0.2, GOOD), (30.5, WRONG), (60.5, GOOD))
    tower = played(station(SECOND_LOG), (0.3, WRONG), (60.6, WRONG))
    result = correct_all(by_log([*gate.rows, *tower.rows]))
    assert_covered(result, gate, tower)
    assert bound_ms(result, SECOND_LOG) > 20_000


def test_a_boot_that_met_only_another_laptop_is_placed_by_what_they_differ() -> None:
    def two_boots(log_id: str) -> Station:
        one = station(log_id, rtc=False)
        one.start(0)
        one.sync(MINUTE, GOOD, True)
        one.touch(HOUR_US)
        one.start(2 * HOUR_US)
        one.touch(3 * HOUR_US)
        one.sync(3.1 * HOUR_US, OTHER, True)
        return one

    tower = two_boots(FIRST)
    gate = played(station(SECOND_LOG), (3.0, GOOD), (3.01, OTHER))
    alone = correct_all(by_log(tower.rows))
    assert_covered(alone, tower)
    result = correct_all(by_log([*tower.rows, *gate.rows]))
    assert_covered(result, tower, gate)
    assert bound_ms(result) < 1500 < bound_ms(alone)


def test_a_laptop_that_is_set_right_in_the_middle_contradicts_itself() -> None:
    before = Laptop(1, error_us=5_000_000)
    one = played(station(), (0.2, before), (20, before), (40, GOOD), (60.5, GOOD))
    result = correct_all(by_log(one.rows))
    assert result.logs[FIRST].verdicts[0].jumps > 0
    assert_covered(result, one)
    assert bound_ms(result) > 2000


def test_radio_of_the_same_laptop_helps() -> None:
    one = station(rtc=False)
    one.start(0)
    laptop = Laptop(1, bodies.REFERENCE_NTP)
    one.sync(MINUTE, laptop, True)
    for hour in range(1, 60):
        one.radio(hour * HOUR_US, laptop)
        one.touch(hour * HOUR_US + MINUTE)
    one.sync(60.5 * HOUR_US, laptop)
    result = correct_all(by_log(one.rows))
    assert_covered(result, one)
    assert bound_ms(result) < 250
    (verdict,) = result.logs[FIRST].verdicts  # by cable and by radio it is one reference
    assert verdict.reference.is_vouched and verdict.pairs == 62  # 59 by radio


def test_radio_of_a_laptop_that_was_vouched_for_at_times_is_not_vouched_for() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, Laptop(1, bodies.REFERENCE_NTP), True)
    one.sync(HOUR_US, Laptop(1))
    one.radio(2 * HOUR_US, Laptop(1))
    verdicts = correct_all(by_log(one.rows)).logs[FIRST].verdicts
    assert {row.reference.is_vouched: row.pairs for row in verdicts} == {True: 2, False: 2}


def test_rulings_make_the_choice() -> None:
    right = Ruling(10, "Laz", "it has GPS", "clock", {"reference_id": 7})
    here = Ruling(11, "Laz", "it has GPS", "clock", {"reference_id": 8, "log_id": FIRST})
    undo = Ruling(12, "Laz", "it had not", "undo", {"ruling": right.id})
    redo = Ruling(13, "Laz", "it had", "undo", {"ruling": undo.id})
    other = Ruling(14, "Laz", "late", "void", {"log_id": FIRST, "seq": 1})
    later = Ruling(15, "Carl", "of a later version", "clock", {"reference": "gps"})

    def trusted(*rulings: Ruling) -> frozenset[tuple[int, str]]:
        return choice_of(evaluate(rulings, 20, ())).trusted

    assert trusted(right, here, other, later) == {(7, ""), (8, FIRST)}
    assert trusted(undo, right) == frozenset()
    assert trusted(redo, undo, right) == {(7, "")}
