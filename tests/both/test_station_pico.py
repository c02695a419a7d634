"""The Pico's own composition of drivers, core and tasks, on a virtual board."""

from check import some
from gate_station.board import pins
from gate_wire import bodies, kinds, message
from picokit import LOG_ID, PicoKit, reserved
from yellowgate.sim.devices.board import BoardReset
from yellowgate.sim.devices.nor import Nor

ANN = b"\x04\x01\x02\x03\x04\x05\x06"
CARD = b"\xde\xad\xbe\xef"


def test_a_press_and_a_tag_are_in_flash():
    kit = PicoKit().boot()
    kit.run_ms(1000)
    pressed_ms = kit.pico.clock.now_uptime_ms()
    kit.press()
    kit.run_ms(500)
    came_ms = kit.pico.clock.now_uptime_ms()
    kit.chip.touch(ANN)
    kit.run_ms(500)
    rows = kit.rows()
    assert [row.kind for row in rows] == [kinds.BOOT, kinds.PRESS, kinds.TAG]
    assert abs(rows[1].uptime_ms - pressed_ms) <= 1
    assert 24 <= rows[2].uptime_ms - came_ms <= 32
    assert rows[2].body == ANN
    assert rows[1].quality & kinds.TIME_IN_IRQ
    parts = some(bodies.unpack_boot(rows[0].body)).parts
    assert parts == bodies.PART_READER | bodies.PART_BUZZER | bodies.PART_BATTERY | (
        bodies.PART_BUTTON
    )


def test_acknowledged_within_100_ms_of_the_tag():
    kit = PicoKit().boot()
    kit.run_ms(1000)
    for number in range(5):
        kit.board.sounds = []
        came_us = kit.world.now_us
        kit.chip.touch(bytes((4, 1, 2, 3, 4, 5, number)), 200_000)
        kit.run_ms(250)
        beeps = [sound.at_us for sound in kit.board.sounds if sound.hz == 2700]
        assert beeps and beeps[0] - came_us < 100_000
    assert len(kit.rows()) == 6


def test_the_next_start_goes_on_in_the_same_log():
    flash = reserved()
    for boot in (1, 2, 3):
        kit = PicoKit(flash=flash).boot()
        assert kit.pico.station.boot == boot
        kit.press()
        kit.run_ms(100)
    assert [(row.kind, row.boot) for row in kit.rows()] == [
        (kinds.BOOT, 1),
        (kinds.PRESS, 1),
        (kinds.BOOT, 2),
        (kinds.PRESS, 2),
        (kinds.BOOT, 3),
        (kinds.PRESS, 3),
    ]


def test_a_loop_of_restarts_programs_nothing():
    flash = reserved()
    operations = flash.operations
    for _ in range(50):
        kit = PicoKit(flash=flash).boot()
        kit.run_ms(8000)
    assert kit.rows() == []
    assert flash.operations == operations


def test_a_pico_with_a_button_alone_is_a_station():
    kit = PicoKit(with_chip=False)
    kit.board.set_millivolts(pins.BATTERY, 0)
    kit.boot()
    kit.run_ms(1000)
    assert "reader" in kit.pico.station.watch.broken
    kit.press()
    kit.run_ms(1000)
    assert [row.kind for row in kit.rows()] == [kinds.BOOT, kinds.PRESS]


def test_without_settings_it_is_a_gate():
    kit = PicoKit(settings=None).boot()
    kit.press()
    kit.run_ms(100)
    assert len(kit.rows()) == 2
    assert kit.pico.config.problems


def test_without_a_log_it_says_so_and_answers():
    kit = PicoKit(flash=Nor(4)).boot()
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(1000)
    assert kit.pico.station.pending() == 1
    answers = kit.ask(message.DOCTOR)
    assert b"flash\tmissing" in answers[0][1]


def test_a_host_talks_to_it():
    kit = PicoKit().boot()
    kit.press()
    kit.run_ms(1000)
    kind, payload = kit.ask(message.HELLO, b"\x01")[0]
    welcome = some(message.unpack_welcome(payload))
    assert kind == message.WELCOME
    assert (welcome.station_id, welcome.log_id, welcome.next_seq) == (4, LOG_ID, 2)
    answers = kit.ask(message.READ, message.pack_read(0, 10))
    assert [kind for kind, _ in answers] == [message.RECORDS, message.READ_END]


def test_the_director_starts_the_race():
    kit = PicoKit('{"director": ["deadbeef"]}').boot()
    kit.run_ms(1000)
    kit.chip.touch(CARD)
    kit.run_ms(1000)
    kit.press()
    kit.run_ms(5000)
    kit.chip.touch(CARD)
    kit.run_ms(1000)
    kit.chip.touch(ANN)
    kit.run_ms(30_000)
    assert [row.kind for row in kit.rows()] == [kinds.BOOT, kinds.START, kinds.TAPS]


def test_low_battery_holds_the_writes_back():
    kit = PicoKit()
    kit.board.set_millivolts(pins.BATTERY, 1400)
    kit.boot()
    kit.press()
    kit.run_ms(40_000)
    assert kit.rows() == []
    kit.board.set_millivolts(pins.BATTERY, 1600)
    kit.run_ms(5000)
    assert [row.kind for row in kit.rows()] == [kinds.BOOT, kinds.PRESS]


def test_a_full_log_is_told_and_loses_nothing():
    kit = PicoKit(flash=reserved(blocks=1)).boot()
    presses = 0
    while kit.log.fill_permille < 1000 and presses < 300:
        kit.press()
        kit.run_ms(400)
        presses += 1
    kit.run_ms(1000)
    stored = len([row for row in kit.rows() if row.kind == kinds.PRESS])
    kit.press()
    kit.run_ms(1000)
    assert kit.pico.station.pending() >= 1
    assert stored + kit.pico.station.pending() == presses + 1


def test_the_watchdog_restarts_a_station_that_hangs():
    kit = PicoKit().boot()
    kit.run_ms(60_000)
    try:
        kit.world.advance(10_000_000)  # and no task gets its turn
        raise AssertionError("still running")
    except BoardReset:
        pass
