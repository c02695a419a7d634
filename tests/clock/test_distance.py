"""The distance of two records of one log is known, whatever is said of their times."""

import random

from clockraces import race
from clockworld import HOUR_US, STEP_US, Laptop, Part, Station
from gate_wire import kinds
from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.records import TimedRecords, by_log

GOOD = Laptop(1)
SECOND = 1_000_000


def station(rtc: bool) -> Station:
    steps = 80 * HOUR_US // STEP_US
    part = Part([2.0] * steps) if rtc else None
    return Station(random.Random(5), Part([-20.0] * steps), part)


def corrected(one: Station) -> Corrected:
    return correct_all(by_log(one.rows))


def touches(one: Station) -> list[int]:
    return [row.seq for row in one.rows if row.kind == kinds.TAG]


def between(log: TimedRecords, one_seq: int, other_seq: int) -> tuple[int, int] | None:
    assert log.distances is not None
    return log.distances.between(one_seq, other_seq)


def width_us(span: tuple[int, int] | None) -> int:
    assert span is not None
    return span[1] - span[0]


def test_a_second_apart_in_a_log_that_nobody_ever_compared() -> None:
    one = station(rtc=False)
    one.start(0)
    for at_us in (HOUR_US, HOUR_US + SECOND):
        one.touch(at_us)
    first, second = touches(one)
    (log,) = corrected(one).times
    span = between(log, first, second)
    assert span is not None
    assert span[0] > 990_000
    assert span[1] < 1_010_000
    assert between(log, second, first) == (-span[1], -span[0])


def test_an_hour_wrong_and_then_right_moves_no_distance() -> None:
    one = station(rtc=True)
    one.start(0)
    one.sync(0.2 * HOUR_US, Laptop(1, error_us=-HOUR_US), True)
    one.touch(HOUR_US)
    one.touch(14 * HOUR_US)
    one.sync(20 * HOUR_US, GOOD)
    first, second = touches(one)
    (log,) = corrected(one).times
    assert log.bounds_us[first] > 0.9 * HOUR_US
    span = between(log, first, second)
    assert span is not None
    assert span[0] <= 13 * HOUR_US <= span[1]
    assert width_us(span) < SECOND


def test_the_rtc_goes_through_a_reboot_and_the_crystal_does_not() -> None:
    for rtc, wide_us in ((True, SECOND), (False, 10**14)):
        one = station(rtc)
        one.start(0)
        one.sync(0.1 * HOUR_US, GOOD, True)
        one.touch(HOUR_US)
        one.start(2 * HOUR_US)
        one.touch(3 * HOUR_US)
        first, second = touches(one)
        (log,) = corrected(one).times
        span = between(log, first, second)
        assert span is not None
        assert span[0] > 0  # the later boot is later, that is certain
        assert (width_us(span) < wide_us) == rtc


def test_two_records_of_one_number_have_no_distance() -> None:
    one = station(rtc=False)
    one.start(0)
    one.touch(HOUR_US)
    other = Station(random.Random(6), one.crystal, None, one.log_id)
    other.start(0)
    other.touch(HOUR_US + SECOND)
    (log,) = correct_all(by_log([*one.rows, *other.rows])).times
    assert len(log.records) > len(one.rows)
    assert between(log, 0, 1) is None


def test_the_true_distance_is_covered_in_races_of_every_kind() -> None:
    rng = random.Random(7)
    checked = 0
    for seed in range(36):
        made = race(seed)
        rows = [row for one in made.stations for row in one.rows]
        of_log = {one.log_id: one for one in made.stations}
        for log in correct_all(by_log(rows), made.choice).times:
            truth = of_log[log.records.log_id].truth_us
            seqs = touches(of_log[log.records.log_id])
            for _ in range(60):
                one, other = rng.choice(seqs), rng.choice(seqs)
                span = between(log, one, other)
                assert span is not None
                assert one == other or span[0] <= truth[other] - truth[one] <= span[1], seed
                checked += one != other
    assert checked > 5000
