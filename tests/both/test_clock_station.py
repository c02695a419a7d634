"""The station's clock: wraps, edges, setting, and an RTC that lies, stops, hangs."""

from check import some
from clockkit import DAY, SECOND, Counter, Rig
from gate_station.core import clock
from gate_wire import bodies, kinds, record

NOON = (196 * 365 * DAY // 31 + 12 * 3600) * SECOND + 250000  # some day, a quarter past a second


def test_uptime_goes_on_over_the_wraps():
    ticks = Counter((1 << 30) - 5)
    station = clock.StationClock(ticks)
    assert station.now_uptime_us() == 0
    for hour in range(1, 61 * 6):  # 61 h in steps of ten minutes: 205 wraps
        ticks.us += 600 * SECOND
        assert station.now_uptime_us() == hour * 600 * SECOND


def test_a_tick_captured_before_the_wrap_and_asked_for_after_it():
    ticks = Counter((1 << 30) - 1000)
    station = clock.StationClock(ticks)
    ticks.us += 900
    tick = ticks.ticks_us()
    ticks.us += 5000
    assert station.uptime_us(tick) == 900
    assert station.stamp(tick)[0] == 0
    ticks.us += 1000 * SECOND  # asked for very late
    assert station.uptime_us(tick) == 900


def test_wraps_that_nobody_saw_are_told_by_the_slow_ticks():
    ticks = Counter(12345)
    station = clock.StationClock(ticks, None, 0, ticks)
    for hours in (1, 5, 0.1, 40, 0.298, 0.2983):
        before = station.now_uptime_us()
        ticks.us += int(hours * 3600 * SECOND)
        assert station.now_uptime_us() - before == int(hours * 3600 * SECOND)


def test_without_rtc_and_host_there_is_only_uptime():
    ticks = Counter()
    station = clock.StationClock(ticks)
    ticks.us += 1234567
    assert station.stamp(ticks.ticks_us()) == (1234, record.UTC_UNKNOWN, kinds.TIME_IN_IRQ)
    assert station.stamp_now() == (1234, record.UTC_UNKNOWN, 0)
    assert station.utc_us(0) is None
    assert station.poll() is None


def test_the_host_sets_a_station_without_rtc():
    ticks = Counter()
    station = clock.StationClock(ticks)
    ticks.us += 10 * SECOND
    body = station.set_utc(NOON, 9 * SECOND, 1500, bodies.REFERENCE_LAPTOP, 7)
    assert body.what == bodies.CLOCK_SET
    assert (body.uptime_us, body.utc_us, body.bound_us) == (9 * SECOND, NOON, 1500)
    assert (body.reference, body.reference_id) == (bodies.REFERENCE_LAPTOP, 7)
    assert some(bodies.unpack_clock(bodies.pack_clock(body))).utc_us == NOON
    uptime_ms, utc_ms, quality = station.stamp(ticks.ticks_us())
    assert (uptime_ms, utc_ms) == (10000, (NOON + SECOND) // 1000)
    assert quality == kinds.UTC_SET | kinds.TIME_IN_IRQ
    # Set again: old and new stand in the record.
    assert station.set_utc(NOON + 2 * SECOND - 300000, 10 * SECOND).step_ms == 700
    assert station.utc_us(10 * SECOND) == NOON + 2 * SECOND - 300000


def test_edges_tie_ticks_to_utc():
    rig = Rig(drift_ppb=30000, utc_us=NOON)
    rig.run(5)
    for _ in range(20):
        rig.run(33.3)
        assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 100
        quality = rig.clock.stamp_now()[2]
        assert quality == kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
    assert rig.records == []


def test_before_the_first_edges_utc_is_known_to_half_a_second():
    rig = Rig(utc_us=NOON)
    rig.clock.poll()
    assert rig.clock.stamp_now()[2] == kinds.UTC_SET | kinds.UTC_RTC
    assert abs(rig.utc_us() - NOON) <= 500000


def test_drift_is_measured_and_alarmed():
    rig = Rig(drift_ppb=30000, utc_us=NOON)
    rig.run(300)
    assert 25 <= rig.clock.drift_ppm <= 35
    assert not rig.clock.stamp_now()[2] & kinds.CRYSTAL_ALARM
    rig = Rig(drift_ppb=-130000, utc_us=NOON)
    rig.run(300)
    assert -135 <= rig.clock.drift_ppm <= -125
    assert rig.clock.stamp_now()[2] & kinds.CRYSTAL_ALARM
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 500  # the edges still count


def test_setting_puts_the_edge_where_the_second_begins():
    for fraction in (0, 1, 123456, 500000, 999999):
        rig = Rig(utc_us=NOON)
        rig.run(10)
        true_utc = NOON + 86400 * 3 * SECOND + fraction
        now = rig.clock.now_uptime_us()
        offset = true_utc - rig.world.now_us
        body = rig.clock.set_utc(true_utc, now, 800)
        assert abs(rig.utc_us() - true_utc) < 100
        assert abs(body.step_ms - (true_utc - NOON - rig.world.now_us) // 1000) <= 1
        assert not rig.clock.stamp_now()[2] & kinds.UTC_RTC
        rig.run(5)
        assert rig.clock.stamp_now()[2] & kinds.UTC_RTC
        assert abs(rig.utc_us() - (rig.world.now_us + offset)) < 2500
        # The chip itself is right to 2.5 ms, not only to the second: so after a reboot, too.
        rig.reboot(3700 * SECOND)
        rig.run(5)
        assert abs(rig.utc_us() - (rig.world.now_us + offset)) < 2500


def test_a_second_that_is_written_late_waits_for_the_next():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    writes = rig.chip.writes
    rig.clock.set_utc(NOON, rig.clock.now_uptime_us())
    rig.world.advance(1500000)  # the tasks were busy
    rig.clock.poll()
    assert rig.chip.writes == writes
    rig.run(3)
    assert rig.chip.writes == writes + 1


def test_an_rtc_that_stopped_is_not_believed_and_is_set_by_the_host():
    rig = Rig()
    rig.run(20)
    _uptime_ms, utc_ms, quality = rig.clock.stamp_now()
    assert utc_ms == record.UTC_UNKNOWN
    assert quality == kinds.RTC_STOPPED
    rig.clock.set_utc(NOON, rig.clock.now_uptime_us())
    rig.run(5)
    assert rig.clock.stamp_now()[2] == kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
    rig.reboot(60 * SECOND)
    rig.run(5)
    assert rig.clock.stamp_now()[2] == kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE


def test_an_rtc_that_lost_its_time_while_we_ran_is_set_again_and_the_log_tells():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    rig.chip.lose()
    rig.run(200)
    assert len(rig.records) == 1
    assert rig.records[0].what == bodies.CLOCK_SET
    assert rig.records[0].reference == bodies.REFERENCE_UNKNOWN
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 5000
    rig.reboot(10 * SECOND)
    rig.run(5)
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 8000


def test_an_unknown_hand_sets_the_rtc():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    rig.chip.jump(-3600)
    rig.run(200)
    assert [body.step_ms for body in rig.records] == [3600000]
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 5000


def test_a_clone_that_loses_the_year_at_its_end():
    new_year_2026 = (6 * 365 + 2) * DAY * SECOND  # 2020 and 2024 were leap years
    rig = Rig(utc_us=new_year_2026 - 30 * SECOND)
    rig.chip.loses_year = True
    rig.run(200)
    assert abs(rig.utc_us() - (new_year_2026 + 170 * SECOND)) < 2 * SECOND
    assert [body.step_ms for body in rig.records] == [365 * DAY * 1000]
    assert rig.chip.shown()[:3] == (2026, 1, 1)
    # The same while the power is off: the log knows better, the RTC is not believed.
    rig = Rig(utc_us=new_year_2026 - 30 * SECOND)
    rig.chip.loses_year = True
    rig.run(10)
    rig.reboot(60 * SECOND, (new_year_2026 - 20 * SECOND) // 1000)
    rig.run(5)
    assert rig.clock.stamp_now()[1:] == (record.UTC_UNKNOWN, kinds.RTC_STOPPED)


def test_year_end_leap_day_and_leap_century_pass():
    leap_day = ((8 * 365 + 2) + 31 + 28) * DAY * SECOND  # 2028-02-29
    for start in (leap_day - 30 * SECOND, leap_day + (DAY - 30) * SECOND, 366 * DAY * SECOND):
        rig = Rig(utc_us=start)
        rig.run(130)
        assert abs(rig.utc_us() - (start + rig.world.now_us)) < 100
        assert rig.records == []


def test_rubbish_on_the_bus_changes_nothing():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    for _ in range(10):
        rig.chip.rubbish = 2
        rig.run(70)
        assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 100
    assert rig.records == []


def test_rubbish_that_stays_is_no_time():
    rig = Rig(utc_us=NOON)
    rig.chip.rubbish = 1 << 30
    rig.run(60)
    assert rig.clock.stamp_now()[1:] == (record.UTC_UNKNOWN, kinds.RTC_STOPPED)


def test_a_hanging_bus_is_cleared_or_done_without():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    rig.chip.hang()
    rig.run(200)
    assert rig.clock.rtc_errors == 1  # nine clocks freed it
    assert rig.clock.stamp_now()[2] & kinds.UTC_EDGE
    rig.chip.hang(1 << 20)  # for good
    rig.run(2000)
    assert 40 <= rig.clock.rtc_errors <= 60  # asked every 40 s: well again within a minute
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 100  # the edges still come
    rig.clock.set_utc(NOON, rig.clock.now_uptime_us())
    rig.run(100)
    assert abs(rig.utc_us() - (NOON + 100 * SECOND)) < SECOND
    assert rig.clock.stamp_now()[2] & kinds.UTC_SET


def test_edges_that_fail_leave_the_crystal():
    rig = Rig(drift_ppb=20000, utc_us=NOON)
    rig.run(10)
    rig.chip.sqw_cut = True
    rig.run(2.5)
    assert not rig.clock.stamp_now()[2] & kinds.UTC_EDGE
    for _ in range(13):  # past several wraps, after which the last edge looks new
        rig.run(300)
        assert rig.clock.stamp_now()[2] == kinds.UTC_SET
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 85000
    rig.chip.sqw_cut = False
    rig.chip.set_drift_ppb(0)
    rig.run(10)
    assert rig.clock.stamp_now()[2] & kinds.UTC_EDGE
    assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 100
    assert rig.records == []


def test_edges_that_flash_work_delays_do_not_move_the_clock():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    for _ in range(4):
        left_us = SECOND - (NOON + rig.world.now_us) % SECOND
        rig.world.advance(left_us - 200)
        rig.board.busy_deaf(3000)  # a page program across the edge
        rig.run(0.2)
        assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 900


def test_a_tap_between_edge_and_poll_has_its_own_time():
    rig = Rig(utc_us=NOON)
    rig.run(10)
    tick = rig.utime.ticks_us()
    true_utc = NOON + rig.world.now_us
    rig.run(5)
    assert abs(rig.clock.stamp(tick)[1] - true_utc // 1000) <= 1


def test_a_hundred_reboots_in_an_hour():
    rig = Rig(drift_ppb=10000, utc_us=NOON)
    for _ in range(100):
        rig.run(6)
        assert abs(rig.utc_us() - (NOON + rig.world.now_us)) < 100
        assert rig.clock.now_uptime_ms() < 8000
        rig.reboot(30 * SECOND, (NOON + rig.world.now_us) // 1000)
    assert rig.chip.writes == 0
