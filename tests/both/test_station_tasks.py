"""The tasks around a station, in virtual time."""

from check import some
from gate_station import tasks
from gate_station.core import signals, timetold
from gate_wire import bodies, frame, kinds, message
from stationkit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

ANN = b"\x04\x01\x02\x03\x04\x05\x06"
BEN = b"\x04\x11\x12\x13\x14\x15\x16"
CARD_SETTINGS = '{"director": ["deadbeef"]}'
CARD = b"\xde\xad\xbe\xef"


def test_the_first_touch_is_preceded_by_the_boot_record():
    kit = Kit()
    kit.run_ms(5000)
    assert kit.log.kinds() == []
    kit.button.press()
    kit.run_ms(1)
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]
    assert kit.log.rows[0].uptime_ms == 0
    assert kit.log.rows[1].uptime_ms == 5000
    assert kit.log.rows[1].boot == 1
    body = some(bodies.unpack_boot(kit.log.rows[0].body))
    assert body.parts & bodies.PART_BUTTON and body.parts & bodies.PART_READER


def test_a_start_that_nothing_follows_is_recorded_after_30_s():
    kit = Kit()
    kit.run_ms(29_000)
    assert kit.log.kinds() == []
    kit.run_ms(3000)
    assert kit.log.kinds() == [kinds.BOOT]


def test_a_touch_is_acknowledged_at_once():
    kit = Kit()
    kit.set_clock()
    kit.run_ms(1000)
    kit.reader.tag(ANN)
    kit.run_ms(2)
    assert kit.log.rows[-1].kind == kinds.TAG
    assert kit.log.rows[-1].body == ANN
    assert kit.sounder.heard[-1] == (1000, 2700)
    kit.run_ms(1000)
    assert kit.sounder.heard[-1] == (1120, 0)


def test_five_tags_within_a_moment():
    kit = Kit()
    kit.run_ms(1000)
    for number in range(5):
        kit.reader.tag(bytes((4, 0, 0, number)))
        kit.run_ms(30)
    assert [row.body[3] for row in kit.log.rows[1:]] == [0, 1, 2, 3, 4]
    assert [row.uptime_ms for row in kit.log.rows[1:]] == [1000, 1030, 1060, 1090, 1120]


def test_touches_of_one_moment_are_written_by_their_ticks():
    kit = Kit()
    kit.run_ms(1000)
    kit.station.tag(ANN, kit.ticks.ticks_us())
    kit.station.press(kit.ticks.ticks_us() - 700)
    kit.flags.write.set()
    kit.run_ms(5)
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS, kinds.TAG]


def test_the_directors_card():
    kit = Kit(CARD_SETTINGS)
    kit.run_ms(100)
    kit.reader.tag(CARD)
    kit.run_ms(1000)
    kit.button.press()
    kit.run_ms(10_000)
    kit.reader.tag(CARD)
    kit.run_ms(1000)
    kit.reader.tag(ANN)
    kit.run_ms(60_000)
    touches = [row for row in kit.log.rows if row.kind not in (kinds.BOOT, kinds.HEALTH)]
    assert [row.kind for row in touches] == [kinds.START, kinds.TAPS]
    assert touches[1].body == ANN
    notes = [hz for _, hz in kit.sounder.heard if hz]
    assert notes[-21:][0] and 1568 in notes  # the bugle's highest tone


def test_a_touch_during_the_melody_is_answered_at_once():
    kit = Kit(CARD_SETTINGS)
    kit.set_clock()
    kit.run_ms(100)
    kit.reader.tag(CARD)
    kit.run_ms(1000)
    kit.reader.tag(ANN)
    kit.run_ms(4000)
    kit.reader.tag(BEN)
    kit.run_ms(100)
    assert (5100, 2700) in kit.sounder.heard
    kit.run_ms(60_000)
    assert [hz for _, hz in kit.sounder.heard].count(1568) == 1  # and it went on


def test_an_unknown_tag_is_kept_and_sounds_different():
    kit = Kit()
    kit.set_clock()
    kit.station.roster.add(ANN)
    kit.run_ms(10)
    kit.reader.tag(BEN)
    kit.run_ms(1000)
    assert kit.log.rows[-1].body == BEN
    assert 1200 in [hz for _, hz in kit.sounder.heard]


def test_a_full_log_refuses_loudly_and_keeps_the_touch_in_memory():
    kit = Kit()
    kit.log.fill_permille = 1000
    kit.run_ms(10)
    kit.button.press()
    kit.run_ms(1000)
    assert kit.log.rows == []
    assert 2700 not in [hz for _, hz in kit.sounder.heard]
    assert kit.station.pending() == 1
    kit.log.fill_permille = 0
    kit.run_ms(5000)
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]
    assert kit.log.rows[1].uptime_ms == 10


def test_no_write_below_the_safe_voltage_and_nothing_lost():
    kit = Kit()
    kit.power.mv = 2900
    kit.run_ms(40_000)
    for _ in range(3):
        kit.button.press()
        kit.run_ms(1000)
    assert kit.log.rows == []
    assert kit.sounder.heard
    kit.power.mv = 4000
    kit.run_ms(5000)
    assert kit.log.kinds() == [kinds.BOOT] + 3 * [kinds.PRESS]
    assert [row.uptime_ms for row in kit.log.rows[1:]] == [40_000, 41_000, 42_000]


def test_a_battery_that_cannot_be_measured_stops_nothing():
    kit = Kit()
    kit.power.mv = 0
    kit.button.press()
    kit.run_ms(10)
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]


def test_touches_beyond_what_memory_holds_are_refused_loudly():
    kit = Kit()
    kit.log.fails = True
    for _ in range(70):
        kit.button.press()
        kit.run_ms(200)
    assert kit.station.pending() == 64
    assert kit.station.refused == 6
    kit.log.fails = False
    kit.run_ms(3000)
    assert len(kit.log.rows) == 65


def test_health_every_quarter_of_an_hour():
    kit = Kit()
    kit.run_ms(3_601_000)
    assert kit.log.kinds() == [kinds.BOOT] + 4 * [kinds.HEALTH]
    assert some(bodies.unpack_health(kit.log.rows[1].body)).battery_mv == 4500
    assert kit.reader.tests == 120


def test_warnings_sound_along_with_a_touch_but_not_with_each():
    kit = Kit()  # its clock is not set
    kit.run_ms(2000)
    kit.sounder.heard = []
    kit.button.press()
    kit.run_ms(3000)
    ticktock = [hz for _, hz in kit.sounder.heard].count(2000)
    assert ticktock == 3
    kit.button.press()
    kit.run_ms(3000)
    assert [hz for _, hz in kit.sounder.heard].count(2000) == 3
    kit.run_ms(300_000)
    kit.button.press()
    kit.run_ms(3000)
    assert [hz for _, hz in kit.sounder.heard].count(2000) == 6


def test_that_the_log_fills_is_said_now_and_then_and_its_last_twentieth_at_each_touch():
    for fill_permille, heard in ((799, 0), (800, 1), (949, 1), (950, 3), (999, 3)):
        kit = Kit()
        kit.log.fill_permille = fill_permille
        kit.run_ms(10)
        played = []
        play = kit.shell.play
        kit.shell.play = lambda name, played=played, play=play: played.append(name) or play(name)
        for _ in range(3):
            kit.button.press()
            kit.run_ms(10_000)
        assert played.count(signals.LOG_NEARLY_FULL) == heard, fill_permille


def test_the_watchdog_is_fed_while_all_are_alive():
    kit = Kit()
    kit.run_ms(60_000)
    assert kit.watchdog.fed >= 55


def test_a_task_that_hangs_stops_the_feeding():
    kit = Kit()

    async def stuck(report):
        report()
        await kit.loop.sleep_ms(10**9)

    shell = tasks.Shell(
        kit.station, kit.player, kit.server, kit.loop, kit.flags, others=(("stuck", stuck),)
    )
    kit.start(shell)
    kit.run_ms(20_000)
    assert shell.is_alive()
    kit.run_ms(10_000)
    assert not shell.is_alive()
    fed = kit.watchdog.fed
    kit.run_ms(10_000)
    assert kit.watchdog.fed == fed


def test_a_task_that_fails_is_begun_again_and_one_that_always_fails_is_told():
    kit = Kit()
    calls = []

    def broken():
        calls.append(1)
        raise ValueError("broken part")

    kit.button.take = broken
    kit.run_ms(1000)
    assert len(calls) > 1
    assert kit.shell.is_alive()
    assert "broken part" in kit.shell.failures[-1]
    kit.reader.tag(ANN)
    kit.run_ms(10)
    assert kit.log.rows[-1].body == ANN
    kit.run_ms(10_000)
    assert not kit.shell.is_alive()


def test_a_station_of_a_button_alone():
    kit = Kit()
    kit.parts.reader = kit.parts.buzzer = kit.parts.leds = None
    kit.parts.power = kit.parts.watchdog = kit.parts.console = None
    shell = tasks.Shell(kit.station, kit.player, kit.server, kit.loop, kit.flags)
    kit.start(shell)
    kit.run_ms(100)
    kit.button.press()
    kit.run_ms(100_000)
    assert kit.log.kinds() == [kinds.BOOT, kinds.PRESS]


def test_output_goes_around_whole_packets_and_short_writes():
    for takes in (1, 7, 64, 100, 1000):
        kit = Kit('{"name": "%s"}' % ("x" * 15))
        kit.console.takes = takes
        kit.console.arrive(frame.FrameWriter().frame(message.HELLO, 5, b"\x01"))
        kit.run_ms(200)
        frames = frame.FrameReader().feed(kit.console.output)
        assert [(kind, reference) for kind, reference, _ in frames] == [(message.WELCOME, 5)]
        if takes == 1000:
            assert not [count for count in kit.console.writes if count % 64 == 0]


def test_a_host_that_reads_nothing_is_given_up():
    kit = Kit()
    kit.console.takes = 0
    kit.console.arrive(frame.FrameWriter().frame(message.HELLO, 5, b"\x01"))
    kit.run_ms(10_000)
    kit.console.takes = 1000
    kit.console.arrive(b"\0" + frame.FrameWriter().frame(message.HELLO, 6, b"\x01"))
    kit.run_ms(100)
    frames = frame.FrameReader().feed(kit.console.output)
    assert [reference for _, reference, _ in frames] == [6]
    assert kit.shell.is_alive()


def test_a_host_that_asks_without_listening_waits_and_is_answered_in_full():
    kit = Kit()
    kit.console.takes = 10
    hello = frame.FrameWriter().frame(message.HELLO, 5, b"\x01")
    kit.console.arrive(hello * 300)
    most = 0
    for _ in range(400):
        kit.run_ms(20)
        most = max(most, len(kit.server.waiting))
    # One read may bring as many questions as its buffer holds, once there is room for one more.
    assert 12 <= most <= 11 + 128 // len(hello) + 1
    kit.reader.tag(ANN)
    kit.run_ms(10)
    assert kit.log.rows[-1].body == ANN
    kit.console.takes = 1000
    kit.run_ms(20_000)
    assert len(frame.FrameReader().feed(kit.console.output)) == 300


def test_taps_are_taken_during_a_download():
    kit = Kit()
    for _ in range(300):
        kit.log.append(kinds.PRESS, 1, 0, 0, 0, b"")
    kit.console.takes = 20  # a slow host
    kit.console.arrive(frame.FrameWriter().frame(message.READ, 9, message.pack_read(0, 300)))
    kit.run_ms(10)
    before = len(kit.console.output)
    kit.reader.tag(ANN)
    kit.run_ms(1)
    assert kit.log.rows[-1].body == ANN
    kit.run_ms(2000)
    assert len(kit.console.output) > before
    frames = frame.FrameReader().feed(kit.console.output)
    assert frames[-1][0] == message.READ_END


def test_asking_for_the_repl_stops_the_station_after_the_answer():
    kit = Kit()
    kit.console.arrive(frame.FrameWriter().frame(message.REPL, 3, bytes(16)))
    kit.run_ms(100)
    assert frame.FrameReader().feed(kit.console.output)[0][0] == message.OK
    stopped: Any = kit.flags.stopped
    assert stopped.is_set()


def test_lights_tell_that_it_lives():
    kit = Kit()
    kit.set_clock()
    kit.run_ms(60_000)
    greens = [at_ms for at_ms, lights in kit.sounder.seen if lights == signals.GREEN]
    assert 5 <= len(greens) <= 7
    kit.power.mv = 3100
    kit.run_ms(30_000)
    assert signals.RED in [lights for at_ms, lights in kit.sounder.seen if at_ms > 60_000]


def test_sixty_hours_take_few_steps():
    kit = Kit()
    kit.run_ms(6 * 3600 * 1000)
    assert kit.loop.steps < 6 * 3600 * 3


def test_the_base_tells_the_time():
    kit = Kit()
    kit.run_ms(5000)
    timetold.take_radio_time(kit.station, (4_000_000, 10**15, 90_000, 7))
    assert kit.clock.utc_us(5_000_000) == 10**15 + 1_000_000
    timetold.take_radio_time(kit.station, (4_500_000, 10**15 + 700_000, 90_000, 7))
    assert kit.clock.utc_us(5_000_000) == 10**15 + 1_000_000  # known already: a pair, no more
    clocks = [
        some(bodies.unpack_clock(row.body)) for row in kit.log.rows if row.kind == kinds.CLOCK
    ]
    assert {(body.reference, body.reference_id) for body in clocks} == {(bodies.REFERENCE_RADIO, 7)}
    assert [body.what for body in clocks] == [
        bodies.CLOCK_SET,
        bodies.CLOCK_PAIR,
        bodies.CLOCK_PAIR,
    ]
    kit.log.fails = True
    timetold.take_radio_time(kit.station, (4_600_000, 10**15, 90_000, 7))
