import random
from collections.abc import Sequence

from clockraces import race
from clockworld import HOUR_US, START_US, STEP_US, Laptop, Part, Station
from examples import some
from gate_wire import bodies, kinds, record
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.clock import drift
from yellowgate.clock.correct import correct, correct_all
from yellowgate.records import EPOCH_2020_US, Observation, Timed, by_log, observation
from yellowgate.times import UNBOUNDED_US

LAPTOP = Laptop(1)
MINUTE = HOUR_US / 60
SECOND = 1_000_000


def steady(ppm: float, hours: int = 80) -> Part:
    return Part([ppm] * (hours * HOUR_US // STEP_US))


def station(rtc_ppm: float | None = 3.0, crystal_ppm: float = 25.0) -> Station:
    rtc = steady(rtc_ppm) if rtc_ppm is not None else None
    return Station(random.Random(7), steady(crystal_ppm), rtc)


def judged(one: Station, rows: Sequence[Observation] | None = None) -> list[Timed]:
    """Corrected; every truth lies within its bound, everything is there once."""
    timed = correct(one.rows if rows is None else rows)
    for row in timed:
        error_us = abs(row.utc_us - one.truth_us[row.observation.seq])
        assert error_us <= row.bound_us, (row.observation.seq, row.basis, error_us, row.bound_us)
    return timed


def bases(timed: Sequence[Timed], kind: int = kinds.TAG) -> list[str]:
    rows = sorted(timed, key=lambda row: row.observation.seq)
    return [row.basis for row in rows if row.observation.kind == kind]


def test_nothing_gives_nothing() -> None:
    assert correct([]) == []


@some(20)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(seed: int, shuffler: random.Random) -> None:
    played = race(seed % 48)
    rows = [row for one in played.stations for row in one.rows]
    expected = repr(correct(rows, played.choice))
    again = rows + shuffler.sample(rows, len(rows) // 3)
    shuffler.shuffle(again)
    assert repr(correct(iter(again), played.choice)) == expected


def test_result_is_in_order() -> None:
    rows = [row for one in race(3).stations for row in one.rows]
    timed = correct(rows)
    keys = [(row.utc_us, row.observation.log_id, row.observation.seq) for row in timed]
    assert keys == sorted(keys)
    assert len(keys) == len(rows)


def test_rtc_carries_a_pair_over_a_reboot() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(MINUTE + 10 * SECOND)
    one.touch(HOUR_US)
    one.start(2 * HOUR_US)
    one.touch(3 * HOUR_US)
    one.touch(4 * HOUR_US)
    timed = judged(one)
    assert bases(timed) == ["extrapolated"] * 4
    assert max(row.bound_us for row in timed if row.observation.kind == kinds.TAG) < 200_000


def test_without_rtc_a_boot_that_nobody_compared_lies_between_its_neighbours() -> None:
    one = station(None)
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    one.start(2 * HOUR_US)
    one.touch(2.5 * HOUR_US)
    one.start(3 * HOUR_US)
    one.touch(3.5 * HOUR_US)
    one.start(4 * HOUR_US)
    one.touch(5 * HOUR_US)
    one.sync(6 * HOUR_US, LAPTOP)
    timed = judged(one)
    assert bases(timed) == ["extrapolated", "neighbours", "neighbours", "extrapolated"]
    assert max(row.bound_us for row in timed) < 2 * HOUR_US
    seqs = [row.observation.seq for row in timed]
    assert seqs == sorted(seqs)


def test_a_last_boot_that_nobody_compared_is_only_an_order() -> None:
    one = station(None)
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.start(HOUR_US)
    one.touch(2 * HOUR_US)
    one.touch(3 * HOUR_US)
    timed = judged(one)
    assert bases(timed) == ["none", "none"]
    assert [row.bound_us for row in timed][-2:] == [UNBOUNDED_US] * 2
    assert [row.observation.seq for row in timed] == list(range(len(one.rows)))


def test_a_station_that_nobody_compared_tells_its_own_time() -> None:
    one = station()
    one.rtc_offset_us = START_US + 5e6
    one.start(0)
    one.touch(HOUR_US)
    timed = judged(one)
    assert bases(timed) == ["station"]
    assert timed[-1].bound_us == UNBOUNDED_US
    one = station(None)
    one.start(0)
    one.touch(HOUR_US)
    assert bases(judged(one)) == ["none"]


def test_setting_the_clock_cuts_the_rtc_in_two() -> None:
    one = station()
    one.start(0)
    one.rtc_offset_us = START_US - 1000 * SECOND
    one.sync(HOUR_US, LAPTOP)
    one.touch(2 * HOUR_US)
    one.sync(3 * HOUR_US, LAPTOP, True)  # by a thousand seconds
    one.touch(3 * HOUR_US + 10 * SECOND)
    one.touch(4 * HOUR_US)
    one.start(5 * HOUR_US)
    one.touch(6 * HOUR_US)
    timed = judged(one)
    assert max(row.bound_us for row in timed if row.observation.kind == kinds.TAG) < 200_000


def test_a_setting_whose_record_is_lost_is_noticed() -> None:
    one = station()
    one.start(0)
    one.rtc_offset_us = START_US - 1000 * SECOND
    one.sync(HOUR_US, LAPTOP)
    one.touch(2 * HOUR_US)
    one.sync(3 * HOUR_US, LAPTOP, True)
    one.start(3.1 * HOUR_US)
    one.touch(4 * HOUR_US)
    settings_at = [
        row.seq for row in one.rows if row.kind == kinds.CLOCK and row.body[0] == bodies.CLOCK_SET
    ]
    lost = {*settings_at, settings_at[0] + 1}
    judged(one, [row for row in one.rows if row.seq not in lost])


def test_an_rtc_that_lost_its_time_links_nothing() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    one.lose_rtc(0)
    one.start(2 * HOUR_US)
    one.touch(3 * HOUR_US)
    one.sync(4 * HOUR_US, LAPTOP, True)
    one.touch(5 * HOUR_US)
    timed = judged(one)
    assert bases(timed)[1] == "extrapolated"


def test_an_rtc_that_shows_less_after_a_reboot_links_nothing() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    assert one.rtc_offset_us is not None
    one.rtc_offset_us -= 365 * 24 * HOUR_US  # a clone that lost the year, unnoticed
    one.start(2 * HOUR_US)
    one.touch(3 * HOUR_US)
    one.sync(4 * HOUR_US, LAPTOP)
    judged(one)


def test_an_rtc_that_jumped_while_off_is_covered() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    assert one.rtc_offset_us is not None
    one.rtc_offset_us += 50 * SECOND
    one.start(2 * HOUR_US)
    one.touch(3 * HOUR_US)
    one.sync(4 * HOUR_US, LAPTOP)
    timed = judged(one)
    assert max(row.bound_us for row in timed) > 20 * SECOND


def test_a_hundred_reboots_in_an_hour() -> None:
    for rtc_ppm in (None, 4.0):
        one = station(rtc_ppm)
        one.start(0)
        one.sync(MINUTE, LAPTOP, True)
        for number in range(100):
            one.start(HOUR_US + number * 36 * SECOND)
            one.touch(HOUR_US + number * 36 * SECOND + 9 * SECOND)
        one.sync(2.1 * HOUR_US, LAPTOP)
        timed = judged(one)
        assert [row.observation.seq for row in timed if row.observation.kind == kinds.TAG] == [
            row.seq for row in one.rows if row.kind == kinds.TAG
        ]
        limit_us = 100_000 if rtc_ppm else 2 * HOUR_US
        assert max(row.bound_us for row in timed if row.observation.kind == kinds.TAG) < limit_us


def test_a_reference_that_smears_a_leap_second_is_covered() -> None:
    def smeared(hour: float) -> Laptop:
        gone = min(1.0, max(0.0, (hour - 20) / 24))
        return Laptop(1, bodies.REFERENCE_NTP, -int(gone * SECOND))

    for hours in ((1, 62), (1, 26, 62), (1, 20, 32, 44, 62), tuple(range(1, 63))):
        one = station()
        one.start(0)
        one.sync(0.5 * HOUR_US, smeared(0), True)
        truth_us: dict[int, int] = {}
        for hour in range(1, 63):
            if hour in hours:
                one.sync(hour * HOUR_US, smeared(hour))
                truth_us[len(one.rows) - 1] = smeared(hour).shows_us(hour * HOUR_US)
            one.touch(hour * HOUR_US + MINUTE)
            truth_us[len(one.rows) - 1] = smeared(hour).shows_us(hour * HOUR_US + MINUTE)
        for row in correct(one.rows):
            if row.observation.kind == kinds.TAG:
                error_us = abs(row.utc_us - truth_us[row.observation.seq])
                # A reference that runs at another pace than seconds is right to half of it.
                assert error_us <= row.bound_us + 500_000
                assert row.bound_us < 2 * SECOND


def test_years_end_and_leap_day_are_days_like_others() -> None:
    for day in (6 * 365 + 2, 8 * 365 + 2 + 59):  # 2026-01-01, 2028-02-29
        shift_us = EPOCH_2020_US + day * 24 * HOUR_US - HOUR_US - START_US
        laptop = Laptop(1, error_us=shift_us)
        one = station()
        one.start(0)
        one.sync(MINUTE, laptop, True)
        for hour in (0.5, 0.9999, 1.0, 1.0001, 25.0, 26.0):
            one.touch(hour * HOUR_US)
        one.sync(27 * HOUR_US, laptop)
        one.truth_us = [true_us + shift_us for true_us in one.truth_us]
        assert max(row.bound_us for row in judged(one)) < 200_000


def test_the_crystal_of_an_alarmed_station_is_trusted_less() -> None:
    one = station(None, crystal_ppm=300)
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    rows = [
        observation(
            record.pack(
                record.Record(
                    row.kind,
                    row.seq,
                    row.boot,
                    row.uptime_ms,
                    (row.station_utc_us - EPOCH_2020_US) // 1000
                    if row.station_utc_us is not None
                    else record.UTC_UNKNOWN,
                    row.quality | kinds.CRYSTAL_ALARM,
                    row.body,
                ),
                bytes.fromhex(row.log_id),
            ),
            row.log_id,
        )
        for row in one.rows
    ]
    judged(one, rows)


def test_a_crystal_that_swings_more_than_it_may_does_not_hurt_the_rtc() -> None:
    one = station()
    one.crystal = Part([30.0 if step // 700 % 2 else -30.0 for step in range(4500)])
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(MINUTE + 10 * SECOND)
    for hour in range(1, 60):
        one.touch(hour * HOUR_US)
    one.sync(61 * HOUR_US, LAPTOP)
    timed = judged(one)
    assert max(row.bound_us for row in timed if row.observation.kind == kinds.TAG) < 120_000


def test_two_records_that_claim_one_number_both_stay() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    other = station()
    other.start(0)
    other.sync(MINUTE, LAPTOP, True)
    other.touch(HOUR_US + 5e6, kinds.TAPS)
    rows = [*one.rows, *other.rows]
    timed = correct(rows)
    assert len(timed) == len({row.raw for row in rows})
    assert repr(correct(rows[::-1])) == repr(timed)


def test_a_late_stamp_outside_an_interrupt_has_a_wider_bound() -> None:
    one = station()
    one.start(0)
    one.sync(MINUTE, LAPTOP, True)
    one.touch(HOUR_US)
    row = one.rows[-1]
    assert row.station_utc_us is not None
    late = record.Record(
        row.kind,
        row.seq + 1,
        row.boot,
        row.uptime_ms + 40,
        (row.station_utc_us - EPOCH_2020_US) // 1000 + 40,
        row.quality & ~kinds.TIME_IN_IRQ,
        row.body,
    )
    raw = record.pack(late, bytes.fromhex(row.log_id))
    one.truth_us.append(one.truth_us[-1])
    judged(one, [*one.rows, observation(raw, row.log_id)])


def test_logs_are_kept_for_the_report() -> None:
    played = race(4)
    rows = [row for one in played.stations for row in one.rows]
    assert list(correct_all(by_log(rows)).logs) == sorted(one.log_id for one in played.stations)


def test_a_touch_that_was_found_by_asking_was_up_to_so_much_earlier() -> None:
    """Of one that an interrupt stamped the truth is at most some milliseconds before."""
    played = race(3).stations[0]
    exact = correct_all(by_log(played.rows)).timed
    asked = [
        row._replace(quality=row.quality & ~kinds.TIME_IN_IRQ) if row.kind == kinds.TAG else row
        for row in played.rows
    ]
    late = {row.observation.seq: row for row in correct_all(by_log(asked)).timed}
    extra_us = (kinds.ASKED_MS * 1000 - drift.STAMP_LATE_US) // 2
    touches = [row for row in exact if row.observation.kind == kinds.TAG]
    assert touches and extra_us > 20_000
    for row in touches:
        found = late[row.observation.seq]
        assert found.utc_us == row.utc_us - extra_us
        assert found.bound_us == row.bound_us + extra_us + 1
