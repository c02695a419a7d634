"""The field guide's words for each signal, held against a whole station."""

from gate_station.core import signals
from gate_station.core.signals import PATTERNS
from gate_wire import kinds
from picokit import PicoKit, reserved

ANN = b"\x04\x01\x02\x03\x04\x05\x06"
CARD = b"\xde\xad\xbe\xef"
WELL = '{"director": ["deadbeef"], "parts": {"rtc": false, "radio": false}}'


class Gate:
    """A station whose every part works, with a clock that is set; heard: what it played."""

    def __init__(self, settings=WELL, is_set=True, **given) -> None:  # noqa: ANN003
        self.kit = PicoKit(settings, **given).boot()
        self.station = self.kit.pico.station
        self.heard = []
        shell = self.kit.pico.shell
        play = shell.play

        def played(name):
            self.heard.append(name)
            play(name)

        shell.play = played
        if is_set:
            clock = self.station.clock
            clock.set_utc(5 * 365 * 86400 * 1_000_000, clock.now_uptime_us())
        self.run_s(2)

    def run_s(self, seconds):
        self.kit.run_ms(int(seconds * 1000))

    def tag(self, uid=ANN, hold_s=0.5):
        self.heard.clear()
        self.kit.chip.touch(uid, int(hold_s * 1_000_000))
        self.run_s(hold_s + 4)
        return self.said()

    def press(self):
        self.heard.clear()
        self.kit.press()
        self.run_s(1)
        return self.said()

    def said(self):
        """Without what winks now and then."""
        return [name for name in self.heard if name not in (signals.ALL_WELL, signals.NOT_WELL)]

    def stored(self):
        return [row.kind for row in self.kit.rows() if row.kind not in (kinds.BOOT, kinds.HEALTH)]


def accepted():
    gate = Gate()
    assert signals.ACCEPTED in gate.tag() and gate.stored() == [kinds.TAG]


def unknown():
    gate = Gate()
    gate.station.roster.add(CARD)
    assert signals.UNKNOWN in gate.tag() and gate.stored() == [kinds.TAG]


def unreadable():
    gate = Gate()
    gate.kit.chip.deaf_to.add(ANN)
    assert gate.tag(ANN, 3) == [signals.UNREADABLE] and gate.stored() == []
    assert signals.ACCEPTED in gate.press()


def refused():
    gate = Gate()
    gate.kit.log.append = _fails
    assert signals.REFUSED in gate.press() and gate.stored() == []


def _fails(*_given):
    raise OSError("flash")


def director_start_taps():
    gate = Gate()
    assert gate.tag(CARD) == [signals.DIRECTOR]
    assert signals.START in gate.press()
    assert gate.tag(CARD) == [signals.DIRECTOR]
    assert signals.TAPS in gate.tag()
    assert gate.stored() == [kinds.START, kinds.TAPS]
    gate.tag(CARD)
    gate.run_s(20)
    assert gate.press() == [signals.ACCEPTED]  # not meant: wait 20 s


def start_well_and_not():
    assert signals.BOOT_OK in Gate().heard
    gate = Gate(with_chip=False)
    assert signals.PART_MISSING in gate.heard and signals.BOOT_OK not in gate.heard
    assert signals.ACCEPTED in gate.press()  # the rest works


def part_dies_and_comes_back():
    gate = Gate()
    gate.kit.chip.absent = True
    gate.run_s(61)
    gate.heard.clear()
    gate.run_s(60)
    assert signals.NOT_WELL in gate.heard and signals.ALL_WELL not in gate.heard
    assert signals.PART_MISSING in gate.press()  # what follows the beep of the next touch
    gate.kit.chip.absent = False
    gate.run_s(60)
    gate.heard.clear()
    gate.run_s(11)
    assert gate.heard == [signals.ALL_WELL]
    assert signals.ACCEPTED in gate.tag()


def button_stuck():
    gate = Gate()
    gate.kit.board.line(15).force(0)
    gate.run_s(60)
    gate.heard.clear()
    gate.run_s(60)
    assert signals.ALL_WELL not in gate.heard and signals.NOT_WELL in gate.heard


def clock_unset():
    gate = Gate(is_set=False)
    assert signals.CLOCK_UNSET in gate.press() and gate.stored() == [kinds.PRESS]


def battery():
    gate = Gate()
    gate.kit.board.set_millivolts(26, 1700)
    assert signals.BATTERY_LOW in gate.press() and gate.stored() == [kinds.PRESS]
    gate.kit.board.set_millivolts(26, 1400)
    assert signals.BATTERY_STOP in gate.press() and gate.stored() == [kinds.PRESS]
    gate.kit.board.set_millivolts(26, 2100)
    gate.run_s(5)
    assert gate.stored() == 2 * [kinds.PRESS]


def log_fills():
    gate = Gate(flash=reserved(blocks=1))
    presses = 0
    nearly = []
    while gate.kit.log.fill_permille < 1000 and presses < 400:
        heard = gate.press()
        presses += 1
        if gate.kit.log.fill_permille < 1000:
            nearly.append((gate.kit.log.fill_permille, signals.LOG_NEARLY_FULL in heard))
    assert not any(said for fill, said in nearly if fill < 800)
    assert any(said for fill, said in nearly if fill >= 800)
    assert all(said for fill, said in nearly if fill >= 950)
    stored = gate.stored()
    gate.run_s(301)
    assert signals.LOG_FULL in gate.press()
    assert gate.stored() == stored  # all that was is safe


def identify():
    gate = Gate()
    gate.heard.clear()
    gate.kit.pico.identify()
    assert gate.heard == [signals.IDENTIFY]


PROMISES = {
    accepted: (signals.ACCEPTED,),
    unknown: (signals.UNKNOWN,),
    unreadable: (signals.UNREADABLE,),
    refused: (signals.REFUSED,),
    director_start_taps: (signals.DIRECTOR, signals.START, signals.TAPS),
    start_well_and_not: (signals.BOOT_OK,),
    part_dies_and_comes_back: (signals.PART_MISSING, signals.ALL_WELL),
    button_stuck: (signals.NOT_WELL,),
    clock_unset: (signals.CLOCK_UNSET,),
    battery: (signals.BATTERY_LOW, signals.BATTERY_STOP),
    log_fills: (signals.LOG_NEARLY_FULL, signals.LOG_FULL),
    identify: (signals.IDENTIFY,),
}


def test_each_signal_has_its_promise():
    named = [name for names in PROMISES.values() for name in names]
    assert set(named) == set(PATTERNS)


def test_a_signal_is_heard_when_the_guide_says_so():
    for promise in PROMISES:
        promise()
