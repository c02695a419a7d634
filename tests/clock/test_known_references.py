"""One clock that lies must not move what others agree on; where nobody can tell, that is said."""

import random

import pytest
from clockplays import DAY_US, GATE, GOOD, OTHER, TOWER, YEAR_US, played, station
from clockworld import HOUR_US, START_US, Laptop, Station
from examples import some
from gate_wire import bodies, kinds
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.clock.hypotheses import AGREE_US, DEVIATES
from yellowgate.records import EPOCH_2020_US, Timed, by_log
from yellowgate.rulings.trusted import Choice
from yellowgate.times import UNBOUNDED_US


def taps(result: Corrected, log_id: str = GATE) -> list[Timed]:
    return [
        row
        for row in result.timed
        if row.observation.log_id == log_id and row.observation.kind == kinds.TAG
    ]


def errors_us(result: Corrected, one: Station) -> list[int]:
    return [abs(row.utc_us - one.truth_us[row.observation.seq]) for row in taps(result, one.log_id)]


def assert_covered(result: Corrected, *stations: Station, slack_us: int = 0) -> None:
    truth = {(one.log_id, seq): us for one in stations for seq, us in enumerate(one.truth_us)}
    for row in result.timed:
        error_us = abs(row.utc_us - truth[row.observation.log_id, row.observation.seq])
        assert error_us <= row.bound_us + slack_us or row.bound_us == UNBOUNDED_US, row


THRICE = ((0.2, GOOD), (12.0, GOOD), (36.0, GOOD))


@pytest.mark.parametrize("lie_us", [DAY_US, -DAY_US, 600_000_000, -3 * HOUR_US, 42_000_000])
@pytest.mark.parametrize("kind", [bodies.REFERENCE_LAPTOP, bodies.REFERENCE_GPS])
def test_a_newcomer_does_not_move_what_is_known(kind: int, lie_us: int) -> None:
    alone = correct_all(by_log(played(station(), *THRICE).rows))
    liar = Laptop(0x12345678, kind, lie_us)
    one = played(station(), *THRICE, (40.1, liar))
    result = correct_all(by_log(one.rows))
    assert_covered(result, one)
    assert max(row.bound_us for row in taps(result)) <= max(r.bound_us for r in taps(alone)) + 5000
    assert [row.state for row in result.logs[GATE].verdicts].count(DEVIATES) == 1
    assert result.logs[GATE].is_contradicted
    assert not result.logs[GATE].is_contested


@pytest.mark.parametrize("kind", [bodies.REFERENCE_LAPTOP, bodies.REFERENCE_GPS])
def test_of_two_that_nobody_knows_the_later_one_moves_nothing_and_casts_doubt(kind: int) -> None:
    one = played(station(), (0.2, GOOD), (40.1, Laptop(7, kind, DAY_US)))
    result = correct_all(by_log(one.rows))
    assert max(errors_us(result, one)) < 1_000_000  # not the middle, twelve hours ahead
    assert min(row.bound_us for row in taps(result)) >= 0.9 * DAY_US
    assert result.logs[GATE].is_contested
    assert_covered(result, one)


def test_a_liar_who_takes_a_known_name() -> None:
    one = played(station(), *THRICE, (38.1, Laptop(1, error_us=DAY_US)), (60.5, GOOD))
    result = correct_all(by_log(one.rows))
    assert max(row.bound_us for row in taps(result)) < 200_000
    assert result.logs[GATE].is_contradicted
    assert_covered(result, one)


def test_a_laptop_an_hour_wrong_and_then_right() -> None:
    """The time that is stated is one that somebody claims, and its bound reaches the other."""
    one = played(station(), (0.2, Laptop(1, error_us=-HOUR_US)), (20.1, GOOD))
    result = correct_all(by_log(one.rows))
    for error_us in errors_us(result, one):
        assert min(error_us, abs(error_us - HOUR_US)) < 30_000_000
    assert result.logs[GATE].is_contested
    assert_covered(result, one)


@pytest.mark.parametrize("year", [2020, 2105])
def test_years_that_are_absurd(year: int) -> None:
    second = (year - 2020) * 31_556_952 + 5
    liar = Laptop(9, error_us=EPOCH_2020_US + second * 1_000_000 - START_US)
    one = played(station(), *THRICE, (40.1, liar))
    result = correct_all(by_log(one.rows))
    assert max(row.bound_us for row in taps(result)) < 200_000
    assert_covered(result, one)
    two = played(station(), (0.2, GOOD), (40.1, liar))
    result = correct_all(by_log(two.rows))
    assert result.logs[GATE].is_contested
    assert max(errors_us(result, two)) < 1_000_000
    assert all(row.bound_us <= UNBOUNDED_US for row in result.timed)
    first = played(station(), (0.2, liar), (40.1, GOOD))
    assert_covered(correct_all(by_log(first.rows)), first)


@pytest.mark.parametrize("kind", [bodies.REFERENCE_LAPTOP, bodies.REFERENCE_GPS])
@pytest.mark.parametrize("lie_us", [0, DAY_US, -DAY_US])
def test_a_boot_that_only_a_newcomer_met_costs_the_others_nothing(kind: int, lie_us: int) -> None:
    """Without an RTC nothing joins the boots: the newcomer speaks of its own one alone."""
    liar = Laptop(7, kind, lie_us)
    one = played(station(rtc=False), *THRICE, (45.0, liar), starts=(40.5,))
    result = correct_all(by_log(one.rows))
    before = [row for row in taps(result) if row.observation.boot == 1]
    assert max(row.bound_us for row in before) < 5_000_000
    assert_covered(result, one)


def test_known_by_several_stations() -> None:
    """Two stations met the good one once or twice each; the newcomer only one of them, once."""
    gate = played(station(), (0.2, GOOD), (30.5, GOOD))
    tower = played(station(TOWER), (0.3, GOOD), (40.1, Laptop(7, error_us=DAY_US)))
    result = correct_all(by_log([*gate.rows, *tower.rows]))
    assert max(row.bound_us for row in taps(result, TOWER)) < 5_000_000
    assert max(row.bound_us for row in taps(result, GATE)) < 500_000
    assert_covered(result, gate, tower)


def test_several_laptops_that_agree_are_known_together() -> None:
    one = played(
        station(), (0.2, GOOD), (20.1, OTHER), (20.4, GOOD), (60.2, Laptop(7, error_us=DAY_US))
    )
    assert max(row.bound_us for row in taps(correct_all(by_log(one.rows)))) < 500_000


def test_many_pairs_at_once_are_one_exchange() -> None:
    liar = Laptop(7, error_us=DAY_US)
    flood = tuple((40.1 + number / 3600, liar) for number in range(50))
    one = played(station(), *THRICE, *flood)
    result = correct_all(by_log(one.rows))
    assert max(row.bound_us for row in taps(result)) < 500_000


def test_a_station_that_met_only_the_outweighed_one_is_where_the_known_one_puts_it() -> None:
    liar = Laptop(7, error_us=DAY_US)
    gate = played(station(), *THRICE, *((hour + 0.7, GOOD) for hour in range(3)), (40.1, liar))
    tower = played(station(TOWER), (39.9, liar))
    result = correct_all(by_log([*gate.rows, *tower.rows]))
    assert max(row.bound_us for row in taps(result, GATE)) < 500_000
    assert max(errors_us(result, tower)) < 60_000_000
    assert result.logs[TOWER].is_contested
    assert_covered(result, gate, tower)


def test_what_a_laptop_said_after_a_start_is_no_word_for_before_it() -> None:
    """It was right, and as often as the honest one; before the start it said two things."""
    one = played(
        station(rtc=False), (0.35, Laptop(7)), (0.6, Laptop(7, error_us=DAY_US)),
        (9.1, Laptop(7)), (49.35, Laptop(7)), *((hour + 0.5, GOOD) for hour in range(19, 24)),
        starts=(9.05,),
    )  # fmt: skip
    result = correct_all(by_log(one.rows))
    assert_covered(result, one)
    assert max(row.bound_us for row in taps(result) if row.observation.boot == 1) > HOUR_US
    assert any(row.jumps and row.is_covered for row in result.logs[GATE].verdicts)


def test_a_laptop_whose_clock_was_set_after_a_start_is_not_believed_for_before_it() -> None:
    """Four times it agreed with another after the start; before it, one word stood against one."""
    late = [(2.0 + hour, laptop) for hour in range(4) for laptop in (GOOD, Laptop(7))]
    one = played(
        station(rtc=False),
        (0.35, Laptop(7, error_us=-DAY_US)),
        (0.5, OTHER),
        *((hour + 0.05 * number, laptop) for number, (hour, laptop) in enumerate(late)),
        starts=(0.55,),
    )
    result = correct_all(by_log(one.rows))
    assert_covered(result, one)
    early = [row for row in result.timed if row.observation.boot == 1]
    assert early
    assert min(row.bound_us for row in early) > HOUR_US
    assert result.logs[GATE].is_contested


def test_a_ruling_stands_above_what_is_known() -> None:
    liar = Laptop(7, error_us=DAY_US)
    one = played(station(), *THRICE, (40.1, liar))
    result = correct_all(by_log(one.rows), Choice(frozenset({(7, "")})))
    assert min(errors_us(result, one)) > DAY_US - HOUR_US
    assert not result.logs[GATE].is_contradicted


lies = st.one_of(
    st.integers(-(10**8), 10**8),
    st.integers(-(10**12), 10**12),
    st.sampled_from((0, DAY_US, -DAY_US, HOUR_US, 80 * YEAR_US, -5 * YEAR_US)),
).filter(lambda us: not 0 < abs(us) < 5 * AGREE_US)


@some(150)
@given(st.data())
def test_the_truth_is_covered_whatever_one_liar_says(data: st.DataObject) -> None:
    """Any lie at any moment, another one each time, as often as honest laptops at most. A lie of
    little more than a second is none here: who agrees with another, as far as a comparison of twice
    AGREE_US to each side can tell, is believed, and two such lies an hour apart are a wrong rate.
    """
    hours = st.integers(1, 240).map(lambda quarter: quarter / 4)
    laptops = st.sampled_from((GOOD, OTHER))
    moments = st.lists(hours, min_size=1, max_size=5, unique=True)
    honest = [(hour, data.draw(laptops)) for hour in data.draw(moments)]
    count = data.draw(st.integers(1, len(honest)))
    told = [(data.draw(hours) + 0.1, Laptop(7, error_us=data.draw(lies))) for _ in range(count)]
    if data.draw(st.booleans()):
        told = [(hour, Laptop(7, error_us=told[0][1].error_us)) for hour, _ in told]
    one = played(
        station(rtc=data.draw(st.booleans())),
        *honest,
        *told,
        starts=tuple(hour + 0.05 for hour in data.draw(st.lists(hours, max_size=2))),
    )
    rows = list(one.rows)
    result = correct_all(by_log(rows))
    rounded_us = 2_000  # bounds, rates and moments are rounded, each by itself
    assert_covered(result, one, slack_us=rounded_us)
    random.Random(data.draw(st.integers(0, 9))).shuffle(rows)
    assert correct_all(by_log(rows)).timed == result.timed
