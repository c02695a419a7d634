"""The driver of the DS3231 against its register-level model, the model against a calendar."""

from check import raises
from clockkit import DAY, SECOND, Rig
from yellowgate.sim.devices import ds3231, firmware
from yellowgate.sim.devices.world import Line, World


def driver(rig):
    return firmware.on(rig.board).load("gate_station.drivers.ds3231")


def days(year, month, day):
    """Since 2020-01-01, by Fliegel and Van Flandern's formula."""
    shift = (14 - month) // 12
    y, m = year + 4800 - shift, month + 12 * shift - 3
    return day + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045 - 2458850


def test_every_day_to_2099_there_and_back():
    module = driver(Rig())
    buf = bytearray(7)
    day = 0
    for year in range(2020, 2100):
        for month in range(1, 13):
            length = days(year + month // 12, month % 12 + 1, 1) - days(year, month, 1)
            for number in (1, 2, 15, 28, length):
                seconds = days(year, month, number) * DAY + 86399
                module.registers_of(seconds, buf)
                assert module.seconds_of(buf) == seconds
                assert buf[6] == (year % 100) // 10 * 16 + year % 10
                assert buf[5] == month // 10 * 16 + month % 10
                assert buf[4] == number // 10 * 16 + number % 10
            day += length
    assert day == days(2100, 1, 1)
    raises(ValueError, module.registers_of, day * DAY, buf)
    raises(ValueError, module.registers_of, -1, buf)


def test_rubbish_is_no_time():
    module = driver(Rig())
    good = b"\x59\x59\x23\x01\x31\x12\x25"
    assert module.seconds_of(good) is not None
    for at, value in (
        (0, 0x60), (0, 0x5A), (1, 0x60), (1, 0xFF), (2, 0x24), (2, 0x2A), (4, 0x00), (4, 0x32),
        (4, 0x3A), (5, 0x00), (5, 0x13), (5, 0x1A), (5, 0x92), (6, 0x19), (6, 0xA0),
    ):  # fmt: skip
        bad = bytearray(good)
        bad[at] = value
        assert module.seconds_of(bad) is None
    assert module.seconds_of(b"\x00\x00\x00\x01\x29\x02\x24") is not None
    assert module.seconds_of(b"\x00\x00\x00\x01\x29\x02\x25") is None


def test_twelve_hour_mode_is_understood():
    module = driver(Rig())
    for hours, register in ((0, 0x52), (1, 0x41), (11, 0x51), (12, 0x72), (13, 0x61), (23, 0x71)):
        seconds = module.seconds_of(bytes((0, 0, register, 1, 1, 1, 0x20)))
        assert seconds == hours * 3600
    assert module.seconds_of(bytes((0, 0, 0x40, 1, 1, 1, 0x20))) is None
    assert module.seconds_of(bytes((0, 0, 0x53, 1, 1, 1, 0x20))) is None


def test_set_and_read_back_over_the_bus():
    rig = Rig()
    assert rig.rtc.read_s() is None  # it never ran: OSF
    seconds = days(2026, 3, 29) * DAY + 3661
    rig.rtc.write_s(seconds)
    assert rig.rtc.read_s() == seconds
    assert rig.chip.shown() == (2026, 3, 29, 1, 1, 1)
    rig.world.advance(998_000)
    assert rig.rtc.read_s() == seconds
    rig.world.advance(5_000)
    assert rig.rtc.read_s() == seconds + 1


def test_edges_are_counted_and_timed_from_the_writing_on():
    rig = Rig()
    rig.world.advance(12_345_678)
    rig.rtc.write_s(1000)
    written_us = rig.world.now_us
    count = rig.rtc.edge()[0]
    rig.world.advance(5_400_000)
    assert rig.rtc.edge()[0] == count + 4  # the first came a second after none
    # The seconds register is the first of seven bytes: the second began a little before.
    assert 0 <= written_us + 5 * SECOND - rig.rtc.edge()[1] < 1000
    assert rig.rtc.read_s() == 1005


def test_temperature():
    rig = Rig(utc_us=0)
    for celsius, whole in ((25.25, 25), (0.0, 0), (-0.25, -1), (-40.0, -40), (85.0, 85)):
        rig.chip.celsius = celsius
        assert rig.rtc.temperature_c() == whole


def test_no_chip_is_told_at_the_start_and_found_when_it_is_plugged_in():
    rig = Rig(utc_us=5 * SECOND)
    rig.chip.absent = True
    rig.start()
    assert rig.rtc.is_silent
    raises(OSError, rig.rtc.read_s)
    rig.chip.absent = False
    assert rig.rtc.read_s() == 5
    assert not rig.rtc.is_silent


def test_edges_that_do_not_come_a_second_apart_are_none():
    rig = Rig(utc_us=5 * SECOND)
    line = rig.board.line(6)
    for period_us in (1000, 31_250, 300_000, 900_000, 1_100_000):
        rig.start()
        for _ in range(50):
            line.force(0)
            rig.world.advance(period_us // 2)
            line.force(1)
            rig.world.advance(period_us // 2)
        assert rig.rtc.edge()[0] == 0, period_us
    line.force(None)
    rig.world.advance(10 * SECOND)
    assert 8 <= rig.rtc.edge()[0] <= 10


def test_a_bus_that_hangs_is_freed_by_nine_clocks():
    rig = Rig(utc_us=5 * SECOND)
    rig.chip.hang()
    assert rig.board.line(4).level == 0
    raises(OSError, rig.rtc.read_s)
    assert rig.board.line(4).level == 1
    assert rig.rtc.read_s() == 5


def test_a_chip_that_forgot_its_control_register_gives_edges_again():
    rig = Rig(utc_us=0)
    rig.chip.lose()
    rig.world.advance(3 * SECOND)
    count = rig.rtc.edge()[0]
    assert rig.rtc.read_s() is None
    rig.world.advance(3 * SECOND)
    assert rig.rtc.edge()[0] >= count + 3


def test_the_model_counts_as_the_calendar_does():
    for start in (0, days(2024, 2, 28), days(2025, 12, 31), days(2028, 2, 29), days(2027, 2, 28)):
        world = World()
        chip = ds3231.Ds3231(world, Line())
        chip.set_utc(start * DAY * SECOND)
        for _ in range(5):
            year, month, day, hour, minute, second = chip.shown()
            seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second
            assert seconds == start * DAY + world.now_us // SECOND
            world.advance(30011 * SECOND)


def test_the_model_drifts():
    world = World()
    chip = ds3231.Ds3231(world, Line(), 5000)
    chip.set_utc(0)
    world.advance(200_000 * SECOND)  # 5 ppm of which are one second
    assert chip.shown() == (2020, 1, 3, 7, 33, 21)


def test_the_century_bit_turns_at_the_end():
    world = World()
    chip = ds3231.Ds3231(world, Line())
    chip.write(b"\x00\x59\x59\x23\x05\x31\x12\x99")
    world.advance(SECOND)
    chip.write(b"\x00")
    assert chip.read(7) == b"\x00\x00\x00\x06\x01\x81\x00"


def test_osf_is_cleared_only():
    world = World()
    chip = ds3231.Ds3231(world, Line())
    chip.write(b"\x0f\x00")
    chip.write(b"\x0f\x80")
    chip.write(b"\x0f")
    assert chip.read(1) == b"\x00"


def test_what_is_no_date_comes_back_as_it_was():
    world = World()
    chip = ds3231.Ds3231(world, Line())
    chip.write(b"\x00\x7f\x59\x23\x05\x31\x13\x99")
    chip.write(b"\x00")
    assert chip.read(7) == b"\x7f\x59\x23\x05\x31\x13\x99"
