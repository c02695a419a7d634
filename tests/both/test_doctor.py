"""The doctor finds each of these faults, names it, and names nothing else."""

from gate_station.board import pins
from gate_station.core import doctor
from gate_wire import kinds, message
from picokit import PicoKit, reserved
from stationkit import Kit
from yellowgate.sim.devices.nor import PROGRAM_ERROR, Nor
from yellowgate.sim.devices.world import Line

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

PINS: "Any" = pins
KEYED = '{"id": 4, "keys": {"radio": "000102030405060708090a0b0c0d0e0f"}}'


def findings(text):
    """{part: (state, what to check)}; one line a part."""
    rows = [line.split("\t") for line in text.split("\n")]
    assert all(len(row) == 3 and row[2] for row in rows), text
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: (row[1], row[2]) for row in rows}


def ask(kit):
    answers = [payload for kind, payload in kit.ask(message.DOCTOR) if kind == message.DOCTOR_IS]
    assert len(answers) == 1 and len(answers[0]) <= 1024
    return findings(answers[0].decode())


def only(found, part, state, *words):
    """This part is in this state, its advice has these words; nothing else is wrong.

    The kit has no DS3231, which is always found missing.
    """
    assert found[part][0] == state, found
    for word in words:
        assert word in found[part][1], found[part]
    for other in found:
        if other not in (part, "rtc"):
            assert found[other][0] == "ok", (other, found[other])


def pico(**given: "Any"):  # noqa: ANN401
    kit = PicoKit(**given).boot()
    kit.run_ms(1000)
    return kit


def test_a_whole_station_is_well():
    found = ask(pico())
    assert found["rtc"][0] == "missing" and "GP4" in found["rtc"][1]
    assert [part for part in found if found[part][0] != "ok"] == ["rtc"]
    parts = {"config", "button", "reader", "rtc", "flash", "battery", "buzzer", "leds"}
    assert set(found) == parts


def test_parts_that_are_switched_off_are_not_missed():
    found = ask(pico(settings='{"parts": {"rtc": false, "reader": false}}'))
    assert {state for state, _ in found.values()} == {"ok"}


def test_button_closed_all_the_time():
    kit = pico()
    kit.board.line(pins.BUTTON).set(0, "short")
    kit.run_ms(100)
    only(ask(kit), "button", "warning", "GP15", "ground")


def test_button_chatters():
    kit = pico()
    for _ in range(60):
        kit.board.line(pins.BUTTON).set(0, "contact")
        kit.run_ms(3)
        kit.board.line(pins.BUTTON).set(1, "contact")
        kit.run_ms(3)
    only(ask(kit), "button", "warning", "chatters")


def test_no_reader_from_the_start():
    only(ask(pico(with_chip=False)), "reader", "missing", "GP10", "GP11")


def test_reader_without_power_later():
    kit = pico()
    kit.chip.absent = True
    kit.chip.floating = 0xFF
    only(ask(kit), "reader", "missing", "GP12", "GP13")


def test_reader_data_line_low():
    kit = pico()
    kit.chip.absent = True
    only(ask(kit), "reader", "missing", "low", "SCK")


def test_reader_irq_wire():
    kit = PicoKit()
    kit.chip.irq_cut = True
    kit.boot().run_ms(1000)
    only(ask(kit), "reader", "warning", "IRQ", "GP14")


def test_reader_reset_wire():
    kit = PicoKit()
    kit.chip.rstpd_cut = True
    kit.boot().run_ms(1000)
    only(ask(kit), "reader", "warning", "RSTPD", "GP9")


def test_reader_answers_damaged():
    kit = pico()
    kit.chip.garbles = 25
    for _ in range(25):
        kit.chip.touch(b"\x04\x01\x02\x03", 100_000)
        kit.run_ms(300)
    kit.chip.garbles = 0
    kit.run_ms(1000)
    only(ask(kit), "reader", "warning", "wires")


def test_reader_that_had_to_be_revived():
    kit = pico()
    for _ in range(4):
        kit.chip.hung = True
        kit.run_ms(61_000)
    only(ask(kit), "reader", "warning", "supply")


def test_no_radio_where_one_is_configured():
    only(ask(pico(settings=KEYED)), "radio", "missing", "GP17", "GP20")


def test_a_radio_that_answers():
    kit = PicoKit(settings=KEYED).with_radio().boot()
    kit.press()
    kit.run_ms(5000)
    assert kit.radio.transmitted > 0
    only(ask(kit), "radio", "ok", "answers")


def test_a_radio_whose_dio0_is_cut():
    kit = PicoKit(settings=KEYED).with_radio(dio0=Line("loose")).boot()
    kit.press()
    kit.run_ms(5000)
    assert kit.radio.transmitted > 0
    only(ask(kit), "radio", "warning", "DIO0", "GP21")


def test_a_radio_that_has_died():
    kit = PicoKit(settings=KEYED).with_radio().boot()
    kit.run_ms(5000)
    kit.radio.is_absent = True
    only(ask(kit), "radio", "missing", "GP17", "supply")


def test_no_log():
    found = ask(pico(flash=Nor(8)))
    only(found, "flash", "missing", "gate station flash")


def test_log_full_and_nearly_full():
    kit = pico(flash=reserved(blocks=1))
    presses = 0
    while kit.log.fill_permille < 850:
        kit.press()
        kit.run_ms(400)
        presses += 1
        assert presses < 300
    only(ask(kit), "flash", "warning", "% full")
    while kit.log.fill_permille < 1000:
        kit.press()
        kit.run_ms(400)
    kit.run_ms(5000)
    only(ask(kit), "flash", "warning", "log full", "new-log")


def test_flash_that_takes_no_record():
    kit = pico()
    for block in range(3, 7):
        kit.flash.make_bad(block, PROGRAM_ERROR)
    only(ask(kit), "flash", "warning", "change the board")


def test_battery_not_wired():
    kit = pico()
    kit.board.set_millivolts(pins.BATTERY, 0)
    only(ask(kit), "battery", "missing", "divider", "GP26")


def test_battery_low_empty_or_measured_wrong():
    kit = pico()
    kit.board.set_millivolts(pins.BATTERY, 1650)
    only(ask(kit), "battery", "warning", "change it soon")
    kit.board.set_millivolts(pins.BATTERY, 3299)
    only(ask(kit), "battery", "warning", "resistors")
    kit.board.set_millivolts(pins.BATTERY, 1300)
    found = ask(kit)
    assert "empty" in found["battery"][1]
    assert found["flash"][0] == "warning" and "not tested" in found["flash"][1]


def test_settings_damaged():
    only(ask(pico(settings='{"id": ')), "config", "warning", "damaged")
    only(ask(pico(settings='{"id": 1, "rolle": "gate"}')), "config", "warning", "rolle")


class Rtc:
    """seconds: what read_s() gives; OSError: the bus hangs."""

    def __init__(self) -> None:
        self.seconds = 200_000_000
        self.is_silent = False
        self.edges = 5
        self.edge_us = 0

    def edge(self):
        return self.edges, self.edge_us

    def read_s(self):
        if self.seconds is OSError:
            raise OSError(5)
        return self.seconds

    def write_s(self, seconds):
        self.seconds = seconds

    def temperature_c(self):
        return 20


def with_rtc(rtc, quality=kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE, up_ms=0):
    """What the doctor says of a station with this RTC, whose clock is of this quality."""
    kit = Kit()
    kit.run_ms(up_ms)
    kit.parts.rtc = rtc
    kit.clock.stamp_now = lambda: (0, 0, quality)
    kit.clock.drift_ppm = 140
    return findings(doctor.report(kit.station, PINS))


def test_rtc_well():
    found = with_rtc(Rtc())
    assert found["rtc"][0] == found["rtc edge"][0] == "ok"


def test_rtc_bus():
    rtc = Rtc()
    rtc.seconds = OSError
    only(with_rtc(rtc), "rtc", "missing", "GP4", "GP5")


def test_rtc_lost_its_time():
    rtc = Rtc()
    rtc.seconds = None
    only(with_rtc(rtc), "rtc", "warning", "coin cell")


def test_rtc_not_set():
    only(with_rtc(Rtc(), 0), "rtc", "warning", "sync")


def test_rtc_and_crystal_differ():
    quality = kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE | kinds.CRYSTAL_ALARM
    only(with_rtc(Rtc(), quality), "rtc", "warning", "140 ppm")


def test_rtc_edge_wire():
    rtc = Rtc()
    rtc.edges = 0
    only(with_rtc(rtc, up_ms=3000), "rtc edge", "warning", "GP6", "no 1 Hz edge")


def test_rtc_edge_stopped():
    quality = kinds.UTC_SET | kinds.UTC_RTC
    only(with_rtc(Rtc(), quality, 3000), "rtc edge", "warning", "GP6", "loose")


def test_rtc_edges_that_are_noise():
    rtc = Rtc()
    rtc.edge_us = 99_000_000
    quality = kinds.UTC_SET | kinds.UTC_RTC
    only(with_rtc(rtc, quality, 100_000), "rtc edge", "warning", "GP6", "noise")


def test_a_young_station_has_not_tied_its_edges_yet():
    found = with_rtc(Rtc(), kinds.UTC_SET | kinds.UTC_RTC, 500)
    assert found["rtc edge"][0] == "ok" and "not yet" in found["rtc edge"][1]


def test_a_task_that_fails_is_named():
    kit = Kit()
    kit.parts.rtc = Rtc()
    kit.clock.stamp_now = lambda: (0, 0, kinds.UTC_SET | kinds.UTC_EDGE)
    found = findings(doctor.report(kit.station, PINS, ["reader: ValueError('x')"]))
    only(found, "firmware", "warning", "reader")


def test_after_the_doctor_the_station_works_on():
    kit = pico()
    ask(kit)
    kit.run_ms(500)
    kit.chip.touch(b"\x04\x01\x02\x03")
    kit.run_ms(300)
    assert kit.rows()[-1].kind == kinds.TAG
