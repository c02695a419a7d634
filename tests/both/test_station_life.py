"""Lives of a station, and the ends of its counters: nothing lost, refused is heard."""

from check import raises, some
from gate_station.core import clock, history, reserve, signals, timetold
from gate_wire import bodies, kinds, message, record
from picokit import PicoKit, reserved
from stationkit import Kit
from yellowgate.sim.devices.board import POWER_ON_RESET, WATCHDOG_RESET, BoardReset

ANN = b"\x04\x01\x02\x03\x04\x05\x06"
DAY_MS = 86_400_000
END_MS = 1 << 32
LONG_LOW_HZ = 1200


def played(shell):
    """The patterns that this shell plays from now on, without those that only shine."""
    names = []
    play = shell.play

    def note(name):
        if name not in (signals.ALL_WELL, signals.NOT_WELL):
            names.append(name)
        play(name)

    shell.play = note
    return names


def touches(kit):
    return [row for row in kit.log.rows if row.kind in (kinds.PRESS, kinds.TAG)]


# The end of the uptime


def test_a_touch_just_before_the_uptime_ends_is_stored_and_one_after_it_is_refused_at_once():
    kit = Kit()
    kit.age_ms(END_MS - 2000)
    kit.run_ms(1000)
    kit.button.press()
    kit.run_ms(500)
    assert [row.uptime_ms for row in touches(kit)] == [END_MS - 1000]
    kit.run_ms(2000)
    names = played(kit.shell)
    kit.button.press()
    kit.reader.tag(ANN)
    kit.run_ms(3000)
    assert names[:2] == [signals.REFUSED, signals.REFUSED]
    assert kit.station.pending() == 0 and kit.station.refused == 2
    assert len(touches(kit)) == 1
    assert kit.shell.failures == [] and kit.shell.is_alive()


def test_records_after_the_end_of_the_uptime_stop_nothing():
    kit = Kit('{"health_s": 60}')
    kit.age_ms(END_MS + 1000)
    kit.run_ms(120_000)
    assert kit.log.kinds() == [kinds.BOOT]  # its uptime is 0
    assert kit.shell.failures == [] and kit.shell.is_alive()
    assert kit.watchdog.fed > 100
    raises(OSError, kit.station.store_health)


def test_it_restarts_at_a_quiet_moment_from_the_fortieth_day_on():
    kit = Kit()
    kit.age_ms(40 * DAY_MS - 700_000)
    asked = []
    kit.flags.stopped.set = lambda: asked.append(kit.clock.now_uptime_ms())
    kit.run_ms(650_000)
    kit.button.press()
    kit.run_ms(590_000)
    assert asked == []  # ten minutes after the last touch
    kit.run_ms(15_000)
    assert asked
    assert 40 * DAY_MS + 549_000 <= asked[0] <= 40 * DAY_MS + 553_000


def test_on_the_last_day_it_restarts_in_any_case_but_not_with_a_touch_in_memory():
    kit = Kit()
    kit.age_ms(49 * DAY_MS - 5000)
    asked = []
    kit.flags.stopped.set = lambda: asked.append(kit.clock.now_uptime_ms())
    kit.log.fails = True
    kit.run_ms(10)
    kit.button.press()
    kit.run_ms(20_000)
    assert asked == [] and kit.station.pending() == 1
    kit.log.fails = False
    kit.run_ms(5000)
    assert asked and len(touches(kit)) == 1


def test_a_gate_that_hangs_all_season_is_restarted_and_goes_on():
    kit = PicoKit().boot()
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(2000)
    assert kit.pico.station.boot == 1
    try:
        kit.machine().reset()
        raise AssertionError("no restart")
    except BoardReset as why:
        kit.boot(why.cause)
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(2000)
    rows = kit.rows()
    assert [(row.kind, row.boot) for row in rows][2:] == [(kinds.BOOT, 2), (kinds.PRESS, 2)]
    body = some(bodies.unpack_boot(rows[2].body))
    assert (body.cause, body.restarts) == (bodies.CAUSE_RESET, 0)


def test_ticks_that_wrap_at_any_moment_of_a_season():
    ticks = clock.TICKS_PERIOD_US

    class Counter:
        us = 0

        def ticks_us(self):
            return self.us & ticks - 1

        def ticks_ms(self):
            return self.us // 1000 & ticks - 1

    for start_us in (0, ticks - 1, ticks * 1000 - 1, 12 * DAY_MS * 1000 + 7):
        counter = Counter()
        counter.us = start_us
        found = clock.StationClock(counter, slow_ticks=counter)
        for passed_us in (1, ticks - 1, ticks, ticks * 3 + 5, 11 * DAY_MS * 1000, 17, 1000):
            counter.us += passed_us
            assert found.now_uptime_us() == counter.us - start_us
            tick = counter.us - 1000 & ticks - 1
            assert found.uptime_us(tick) == max(0, counter.us - start_us - 1000)


# Any failure is heard


class Odd(Exception):
    """What nobody expects."""


def test_whatever_fails_in_a_write_is_heard_as_not_stored_and_tried_again():
    for error in (ValueError("odd"), MemoryError(), KeyError(3), Odd(), OSError(5)):
        kit = Kit()
        append = kit.log.append

        def fail(*given, error=error):
            raise error

        kit.log.append = fail
        names = played(kit.shell)
        kit.run_ms(10)
        kit.button.press()
        kit.run_ms(3000)
        assert names[0] == signals.REFUSED and signals.ACCEPTED not in names, error
        assert LONG_LOW_HZ in [hz for _, hz in kit.sounder.heard]
        assert kit.station.pending() == 1
        assert kit.shell.failures == [] and kit.shell.is_alive()
        kit.log.append = append
        kit.run_ms(3000)
        assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]
        assert signals.ACCEPTED in names


def test_who_cannot_be_told_of_a_record_does_not_undo_it():
    kit = Kit()

    def fail(seq, kind):
        raise Odd("%d %d" % (seq, kind))

    kit.station.on_stored(fail)
    names = played(kit.shell)
    kit.run_ms(10)
    kit.button.press()
    kit.run_ms(3000)
    assert names[0] == signals.ACCEPTED
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]
    assert isinstance(kit.station.trouble, Odd)


def test_the_last_start_of_a_log_is_said_as_full():
    flash = reserved()
    book = some(reserve.open_log(flash, None))
    book.append(kinds.HEALTH, record.BOOT_MAX, 0, record.UTC_UNKNOWN, 0, b"")
    kit = PicoKit(flash=flash).boot()
    kit.run_ms(1000)
    names = played(kit.pico.shell)
    kit.press()
    kit.run_ms(2000)
    assert names[:2] == [signals.REFUSED, signals.LOG_FULL]
    assert len(kit.rows()) == 1
    answers = kit.ask(message.HELLO, b"\x01")
    welcome = some(message.unpack_welcome(answers[0][1]))
    assert welcome.boot == record.BOOT_MAX and welcome.next_seq == 1
    assert (
        kit.ask(message.SET_CLOCK, bytes(16) + bodies.pack_clock(_told(kit, 0)))[0][0]
        == message.ERROR
    )
    raises(OSError, kit.pico.station.store_health)


# Clocks at their ends


def _told(kit, utc_us):
    uptime_us = kit.pico.clock.now_uptime_us()
    return bodies.Clock(bodies.CLOCK_SET, bodies.REFERENCE_LAPTOP, 7, uptime_us, utc_us, 100)


def test_a_clock_is_set_to_what_a_record_can_hold_and_refused_beyond():
    year_us = 31_556_952_000_000
    kit = PicoKit().boot()
    kit.run_ms(1000)
    for utc_us in (clock.UTC_END_US, 80 * year_us, 85 * year_us, 1 << 62):
        answers = kit.ask(message.SET_CLOCK, bytes(16) + bodies.pack_clock(_told(kit, utc_us)))
        assert [kind for kind, _ in answers] == [message.ERROR]
        code, text = message.unpack_error(answers[0][1])
        assert code == message.ERROR_FORM and "2054" in text
    assert kit.pico.clock.utc_us(0) is None
    for utc_us in (0, 34 * year_us, clock.UTC_END_US - 1):
        answers = kit.ask(message.SET_CLOCK, bytes(16) + bodies.pack_clock(_told(kit, utc_us)))
        assert [kind for kind, _ in answers] == [message.STORED]
        kit.run_ms(30_000)
    assert kit.pico.shell.failures == [] and kit.pico.shell.is_alive()


def test_a_clock_that_runs_past_the_end_leaves_the_touch_without_utc():
    kit = PicoKit().boot()
    kit.run_ms(1000)
    kit.ask(
        message.SET_CLOCK, bytes(16) + bodies.pack_clock(_told(kit, clock.UTC_END_US - 3_000_000))
    )
    kit.press()
    kit.run_ms(5000)
    kit.press()
    kit.run_ms(2000)
    presses = [row for row in kit.rows() if row.kind == kinds.PRESS]
    assert presses[0].utc_ms < record.UTC_UNKNOWN and presses[0].quality & kinds.UTC_SET
    assert presses[1].utc_ms == record.UTC_UNKNOWN and not presses[1].quality & kinds.UTC_SET
    assert kit.pico.shell.failures == []


def test_the_radio_cannot_set_a_time_that_is_none():
    kit = Kit()
    kit.run_ms(10)
    timetold.take_radio_time(kit.station, (1000, clock.UTC_END_US, 100, 3))
    assert kit.clock.utc_us(0) is None
    kit.run_ms(1000)
    assert kit.shell.failures == []


# What a life costs


def test_a_start_that_nothing_follows_waits_the_longer_the_more_there_were():
    flash = reserved()
    waits = []
    for _ in range(6):
        kit = PicoKit(flash=flash).boot()
        waits.append(kit.pico.station.boot_due_ms)
        kit.run_ms(kit.pico.station.boot_due_ms + 2000)
    assert waits == [30_000, 120_000, 480_000, 900_000, 30_000, 120_000]


def test_a_touch_or_a_laptop_ends_the_row():
    flash = reserved(8)
    for _ in range(2):
        PicoKit(flash=flash).boot().run_ms(130_000)
    kit = PicoKit(flash=flash).boot()
    assert kit.pico.station.boot_due_ms == 480_000
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(1000)
    assert PicoKit(flash=flash).boot().pico.station.boot_due_ms == 30_000
    for _ in range(2):
        PicoKit(flash=flash).boot().run_ms(130_000)
    kit = PicoKit(flash=flash).boot()
    assert kit.pico.station.boot_due_ms == 480_000
    kit.ask(message.PAIR, bodies.pack_clock(_told(kit, 5)))
    assert PicoKit(flash=flash).boot().pico.station.boot_due_ms == 30_000


def test_a_radio_pair_does_not_end_the_row():
    kit = Kit()
    kit.log.last_boot = 0
    for boot in (1, 2):
        kit.log.append(kinds.BOOT, boot, 0, record.UTC_UNKNOWN, 0, bytes(10))
        pair = bodies.Clock(bodies.CLOCK_PAIR, bodies.REFERENCE_RADIO, 1, 5, 6, 7)
        kit.log.append(kinds.CLOCK, boot, 40_000, 6, 0, bodies.pack_clock(pair))
    assert history.boot_due_ms(kit.log) == 480_000
    assert history.boot_due_ms(None) == 30_000


def test_nothing_is_programmed_at_a_start_or_while_the_battery_is_empty():
    flash = reserved()
    kit = PicoKit(flash=flash).boot()
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(2000)
    for millivolts in (2000, 1300):
        operations = flash.operations
        kit = PicoKit(flash=flash)
        kit.board.set_millivolts(26, millivolts)
        kit.boot()
        kit.run_ms(20_000)
        assert flash.operations == operations
    kit.ask(message.READ, message.pack_read(0, 10))
    kit.press()
    kit.run_ms(60_000)
    assert flash.operations == operations
    assert kit.pico.station.pending() == 1
    raises(OSError, kit.pico.new_log, bytes(8), bytes(16))
    kit.board.set_millivolts(26, 2000)
    kit.run_ms(5000)
    assert kit.pico.station.pending() == 0
    assert [row.kind for row in kit.rows()].count(kinds.PRESS) == 2


def test_what_a_cut_left_in_doubt_is_settled_before_a_host_reads():
    kit = Kit()
    kit.run_ms(10)
    assert kit.log.settled == 0
    kit.server.receive(kit.server._link.ask(message.READ, message.pack_read(0, 5), 0), 0)
    assert kit.log.settled == 1
    kit.power.mv = 2900
    kit.server.receive(kit.server._link.ask(message.READ, message.pack_read(0, 5), 0), 0)
    assert kit.log.settled == 1


# Restarts


def test_a_loop_of_the_watchdog_is_counted_recorded_and_seen():
    # A board without a clock chip that wants none: nothing but its restarts is wrong.
    kit = PicoKit('{"id": 4, "parts": {"rtc": false}}').boot()
    for count in range(1, 5):
        kit.run_ms(1000)
        kit.board.watchdog_reason = 1
        kit.boot(WATCHDOG_RESET)
        assert kit.pico.station.restarts == count
    kit.press()
    kit.run_ms(1000)
    body = some(bodies.unpack_boot(kit.rows()[0].body))
    assert (body.cause, body.restarts) == (bodies.CAUSE_WATCHDOG, 4)
    answers = kit.ask(message.DOCTOR, wait_ms=1000)
    assert b"restarts\twarning\tthe watchdog has restarted it 4 times in a row" in answers[0][1]
    kit.ask(message.SET_CLOCK, bytes(16) + bodies.pack_clock(_told(kit, 5)))
    names = []
    play = kit.pico.shell.play
    kit.pico.shell.play = lambda name: names.append(name) or play(name)
    kit.run_ms(30_000)
    assert signals.NOT_WELL in names and signals.ALL_WELL not in names
    kit.run_ms(900_000)
    assert kit.pico.station.restarts == 0
    names.clear()
    kit.run_ms(30_000)
    assert signals.ALL_WELL in names and signals.NOT_WELL not in names
    kit.board.watchdog_reason = 1
    kit.boot(WATCHDOG_RESET)
    assert kit.pico.station.restarts == 1
    kit.boot(POWER_ON_RESET)
    assert kit.pico.station.restarts == 0


def test_the_count_of_restarts_stays_at_its_end():
    kit = PicoKit()
    kit.board.power_on()
    resets = kit.module("gate_station.drivers.resets")
    assert resets.count_restart() == 0
    for number in range(300):
        kit.board.power_on(WATCHDOG_RESET)
        kit.board.watchdog_reason = 1
        assert resets.count_restart() == min(number + 1, 255)
    assert bodies.pack_boot(bodies.Boot(2, 0, 1, 0, (0, 1, 0), 300))[-1] == 255


def hold(kit, cause, released_ms):
    """Does a start with the button down lead to the REPL, if it is let go after so long?"""
    kit.board.power_on(cause)
    start = kit.module("gate_station.board.start")
    line = kit.board.line(15)
    line.set(0, "hand")
    if released_ms is not None:
        kit.world.at(kit.world.now_us + released_ms * 1000, lambda: line.release("hand"))
    found = start.wants_repl()
    line.release("hand")
    return found


def lights(kit):
    return kit.board.line(2).level, kit.board.line(3).level


def test_only_a_hand_that_holds_and_lets_go_after_power_on_gets_the_repl():
    for cause, released_ms, wanted in (
        (POWER_ON_RESET, 0, False),
        (POWER_ON_RESET, 900, False),
        (POWER_ON_RESET, 2900, False),
        (POWER_ON_RESET, 3200, True),
        (POWER_ON_RESET, 7500, True),
        (POWER_ON_RESET, None, False),  # ice
        (WATCHDOG_RESET, 3200, False),
        (WATCHDOG_RESET, None, False),
    ):
        kit = PicoKit()
        assert hold(kit, cause, released_ms) == wanted, (cause, released_ms)
        assert kit.board.reset_cause == cause
        if cause == POWER_ON_RESET:
            assert lights(kit) == ((1, 1) if wanted else (0, 0))
        tones = [sound.hz for sound in kit.board.sounds]
        is_told = cause == POWER_ON_RESET and (released_ms is None or released_ms > 3000)
        # The buzzer has two pins, of which the second is the first one turned over.
        assert tones == ([1200, 1200, 0, 0] if is_told else [])


def test_a_start_without_a_hand_waits_for_nobody():
    kit = PicoKit()
    kit.board.power_on()
    before_us = kit.world.now_us
    assert not kit.module("gate_station.board.start").wants_repl()
    assert kit.world.now_us - before_us < 1000


def test_a_host_that_asked_gets_the_repl_once():
    kit = PicoKit()
    kit.board.power_on()
    kit.module("gate_station.drivers.resets").ask_for_repl()
    kit.board.power_on(WATCHDOG_RESET)
    start = kit.module("gate_station.board.start")
    assert start.wants_repl()
    kit.board.power_on(WATCHDOG_RESET)
    assert not kit.module("gate_station.board.start").wants_repl()
