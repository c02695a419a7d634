"""The fault bench: a whole station, one of whose wires fails at any moment of a race.

Runs on both Pythons. A case is a seed: which wire, how it fails, when, for how long, and who
touches the gate meanwhile. What is checked, on the true time of the world:
- each record of a touch: what it claims holds (the chip read this tag then, the contact closed
  then), and its UTC, where it says that it stands on an edge of the clock chip;
- each touch that was acknowledged is in the log;
- "all well" is not said for more than a minute while a part does not work;
- a minute after mending, tags, presses, clock and radio work, and "all well" is said again.

Which wire makes which part unable to work, and what a station can know of it, is in Fault.mutes().
"""

from gate_station.board import pins
from gate_station.core import signals
from gate_wire import kinds, record
from picokit import reserved
from yellowgate.sim.devices.setup import Setup
from yellowgate.sim.devices.station import VirtualStation

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

SECOND = 1_000_000
KEY = "000102030405060708090a0b0c0d0e0f"
SPI = ("sck", "mosi", "miso", "cs", "reset")
WIRES = {
    "irq": pins.NFC_IRQ,
    "dio0": pins.RADIO_DIO0,
    "sqw": pins.RTC_SQW,
    "button": pins.BUTTON,
    "battery": pins.BATTERY,
    "sda": pins.RTC_SDA,
    "scl": pins.RTC_SCL,
    "nfc sck": pins.NFC_SCK,
    "nfc mosi": pins.NFC_MOSI,
    "nfc miso": pins.NFC_MISO,
    "nfc cs": pins.NFC_CS,
    "nfc reset": pins.NFC_RSTPD,
    "radio sck": pins.RADIO_SCK,
    "radio mosi": pins.RADIO_MOSI,
    "radio miso": pins.RADIO_MISO,
    "radio cs": pins.RADIO_CS,
    "radio reset": pins.RADIO_RST,
}
WAYS = ("low", "high", "floating", "1 Hz", "10 Hz", "100 Hz", "1 kHz", "cut")
PERIODS_US = {"1 Hz": SECOND, "10 Hz": 100_000, "100 Hz": 10_000, "1 kHz": 1000}
ENDS = ("", "ticks", "uptime", "boot", "seq", "utc")  # counters that stand shortly before their end
_CLAIM_US = {0: 50_000, kinds.TIME_IN_IRQ: 3000}
# A log without boots left takes records to the last, one without sequence numbers none. After the
# end of the 40 bits for UTC there is no time.
_TOLD_AT_END = {
    "boot": [signals.LOG_NEARLY_FULL],
    "seq": [signals.LOG_FULL],
    "utc": [signals.CLOCK_UNSET],
}
_STEP_US = 1000 + 200  # records count whole milliseconds; a step of the simulation
_WELL_US = 60 * SECOND
_BATTERY_MV = 2050  # behind the divider
_UTC_US = 200_000_000 * SECOND
_UTC_END_US = record.UTC_UNKNOWN * 1000 - 40 * SECOND  # in November 2054


class Dice:
    """A generator that is alike on both Pythons (xorshift of Marsaglia, 32 bits)."""

    def __init__(self, seed) -> None:
        self._state = (seed * 2654435761 + 1) & 0xFFFFFFFF or 1
        for _ in range(8):
            self.between(0, 1)

    def between(self, low, high):
        value = self._state
        value ^= value << 13 & 0xFFFFFFFF
        value ^= value >> 17
        value ^= value << 5 & 0xFFFFFFFF
        self._state = value
        return low + value % (high - low + 1)

    def one(self, items):
        return items[self.between(0, len(items) - 1)]


class Fault:
    """One wire that fails in one way from from_us until until_us. wire, way: "" for any."""

    def __init__(self, dice, board, wire="", way="") -> None:
        self._dice = dice
        self._board = board
        self.wire = wire or dice.one(sorted(WIRES))
        self.way = way or dice.one(WAYS)
        self._is_even = dice.between(0, 1) == 0  # flickers like a clock; else like a loose wire
        self._is_on = False
        self.from_us = dice.one((0, dice.between(2, 12), dice.between(2, 40))) * SECOND
        self.from_us += dice.between(0, SECOND)
        # A fault of 1 kHz is two thousand events a second: seldom for minutes.
        is_long = dice.between(0, 15 if self.way == "1 kHz" else 3) == 0
        lasts_ms = dice.between(75_000, 100_000) if is_long else dice.between(1, 9000)
        self.until_us = self.from_us + (lasts_ms if self.way != "cut" else lasts_ms % 3000) * 1000

    def begin(self):
        """The wire fails."""
        self._is_on = True
        level = {"low": 0, "high": 1, "cut": 1}.get(self.way)
        if level is not None:
            self._force(level)
        else:
            self._turn(0)

    def _turn(self, level):
        if not self._is_on:
            return
        if self.way == "floating":
            self._force(self._dice.between(0, 1))
            us = self._dice.one((400, 5000, 60_000)) + self._dice.between(0, 400)
        else:
            # Mended and broken in turn; a loose wire does not keep time.
            self._force(level if level == 0 else None)
            us = PERIODS_US[self.way] // 2
            if not self._is_even:
                us = us * self._dice.between(50, 150) // 100
        self._board.world.after(us, lambda: self._turn(1 - level))

    def _force(self, level):
        if self.wire == "battery":
            mv = _BATTERY_MV if level is None else level * 3300
            self._board.set_millivolts(pins.BATTERY, mv)
        else:
            self._board.line(WIRES[self.wire]).force(level)

    def mend(self):
        """The wire is well again."""
        self._is_on = False
        self._force(None)

    def mutes(self):
        """Does it keep a part from working, so that a station can know it?"""
        wire, way = self.wire, self.way
        is_stuck = way in ("low", "high", "cut")
        if wire == "irq":
            return way != "1 Hz"
        if wire == "sqw":
            return way != "1 Hz"  # its own edges come through now and then
        if wire == "battery":
            return is_stuck or way == "floating"  # measured rightly now and then
        if wire == "button":
            return way in ("low", "10 Hz", "100 Hz", "1 kHz")  # a cut wire looks like nobody
        if wire == "dio0":
            return False  # the radio is asked then, and works
        if wire.endswith("reset"):
            return way == "low"
        return is_stuck  # what flickers lets some transfers through

    def told(self):
        """For a report."""
        even = ", even" if self._is_even else ""
        times = (self.wire, self.way, even, self.from_us // 1000, self.until_us // 1000)
        return "%s %s%s from %d to %d ms" % times


class Case:
    """What happens, and what is found wrong: problems, one line each.

    end: of ENDS. others: so many other wires fail as well, at moments of their own.
    """

    def __init__(self, seed, wire="", way="", end="", others=0) -> None:
        self.dice = Dice(seed)
        self.name = "seed %d" % seed
        self.end = end
        self.problems = []
        self.reads = []  # (true time, UID)
        self.closings = []
        self.heard = []  # (true time, pattern)
        self.touches = 0
        self.stored = 0
        self.unknowable = 0
        self.zero_us = {}  # true time of uptime 0 by boot number
        self._build(seed)
        self.fault = Fault(self.dice, self.board, wire, way)
        self.faults = [self.fault]
        while len(self.faults) <= others:
            fault = Fault(self.dice, self.board)
            if fault.wire not in [one.wire for one in self.faults]:
                self.faults.append(fault)

    def _build(self, seed):
        setup = Setup()
        setup.settings = {"id": 1, "keys": {"radio": KEY}}
        setup.utc_us = _UTC_END_US if self.end == "utc" else _UTC_US
        setup.with_radio = True
        setup.with_files = False
        setup.seed = seed + 1
        self.station = station = VirtualStation(setup, reserved(), [])
        self.world, self.board = station.world, station.board
        if self.end == "ticks":
            self.board.counted_us = (1 << 30) - self.dice.between(1, 60) * SECOND
        self.board.wire_bus("spi", pins.NFC_SPI, (pins.NFC_SCK, pins.NFC_MOSI, pins.NFC_MISO))
        radio = (pins.RADIO_SCK, pins.RADIO_MOSI, pins.RADIO_MISO)
        self.board.wire_bus("spi", pins.RADIO_SPI, radio)
        self.board.wire_bus("i2c", pins.RTC_I2C, (pins.RTC_SDA, pins.RTC_SCL, pins.RTC_SCL))
        station.reader.on_read = self._on_read
        self.board.line(pins.BUTTON).on_change(self._on_button)

    def _on_read(self, uid):
        self.reads.append((self.world.now_us, uid))

    def _on_button(self, level):
        if not level:
            self.closings.append(self.world.now_us)

    # The race

    def run(self):
        """Play it; returns the problems."""
        for fault in self.faults:
            self.world.at(fault.from_us, fault.begin)
            self.world.at(fault.until_us, fault.mend)
        self._boot()
        last_us = max([fault.until_us for fault in self.faults])
        self._touch_at_random(last_us)
        mended_us = last_us + _WELL_US
        self._run_until(mended_us)
        self._check_all_well_while_broken()
        self._check_well_again(mended_us)
        self._check_records()
        return self.problems

    def _boot(self):
        self.station.advance_to(1000)
        pico = self.station.pico
        assert pico is not None
        if self.end == "uptime":
            pico.clock._uptime += (1 << 32) * 1000 - self.dice.between(1, 60) * SECOND
        elif self.end == "boot":
            pico.station.boot = record.BOOT_MAX
        elif self.end == "seq":
            pico.log.next_seq = record.SEQ_MAX - self.dice.between(0, 3)
        self._listen(pico)

    def _listen(self, pico):
        """To a life of the station: what it plays, and when its uptime was 0."""
        play = pico.shell.play

        def played(name):
            self.heard.append((self.world.now_us, name))
            play(name)

        pico.shell.play = played
        self.pico = pico
        self.zero_us[pico.station.boot] = self.world.now_us - pico.clock.now_uptime_us()

    def _run_until(self, us):
        self.station.advance_to(us)
        if self.station.resets:
            self._restarted()

    def _restarted(self):
        """On purpose, once, where its uptime comes to its end; else never."""
        while self.station.pico is None:
            self.station.advance_to(self.world.now_us + 1000)
        pico = self.station.pico
        if self.end != "uptime" or pico.station.restarts or len(self.zero_us) > 1:
            self._find("the watchdog restarted it")
        self.station.resets = 0
        self._listen(pico)

    def _touch_at_random(self, until_us):
        while self.world.now_us < until_us and self.touches < 24:
            self._run_until(self.world.now_us + self.dice.between(300, 4000) * 1000)
            self._touch(self.dice.one((300, 900, 1500)))
        self._run_until(until_us)

    def _touch(self, hold_ms):
        self.touches += 1
        if self.dice.between(0, 2):
            uid = b"\x04" + self.touches.to_bytes(2, "big") + b"\x01\x02\x03\x04"
            self.station.reader.touch(uid, hold_ms * 1000)
        else:
            line = self.board.line(pins.BUTTON)
            line.pull_low(True, "hand")
            self.world.after(hold_ms * 1000, lambda: line.pull_low(False, "hand"))

    # What must be true

    def _find(self, text):
        faults = " and ".join([fault.told() for fault in self.faults])
        self.problems.append("%s: %s: %s" % (self.name, faults, text))

    def _rows(self):
        buf = bytearray(record.RECORD_BYTES_MAX)
        log = self.pico.log
        rows = []
        for seq in range(log.first_seq, log.tip()[0]):
            if log.read(seq, buf):
                rows.append(record.unpack(buf))
        return rows

    def _check_records(self):
        touches = [row for row in self._rows() if row.kind in (kinds.TAG, kinds.PRESS)]
        self.stored = len(touches)
        for row in touches:
            self._check_moment(row)
        answers = (signals.ACCEPTED, signals.UNKNOWN)
        told = len([name for _, name in self.heard if name in answers])
        if told > len(touches):
            self._find("%d acknowledged, %d in the log" % (told, len(touches)))
        if self.pico.shell.failures:
            self._find(self.pico.shell.failures[-1])

    def _check_moment(self, row):
        at_us = self.zero_us[row.boot] + row.uptime_ms * 1000
        late_us = _CLAIM_US[row.quality & kinds.TIME_IN_IRQ]
        if row.quality & kinds.TIME_LATE:
            late_us = kinds.LATE_MS * 1000
        if row.kind == kinds.TAG:
            events = [us for us, uid in self.reads if uid == row.body]
        else:
            events = self.closings
        if not [us for us in events if at_us - late_us <= us <= at_us + _STEP_US]:
            if self._is_unknowable(at_us, events):
                self.unknowable += 1
                return
            near = min([abs(us - at_us) for us in events] + [1 << 60])
            self._find("%s at %d us, off by %d us" % (kinds.NAMES[row.kind], at_us, near))
        edges = kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
        if row.quality & edges == edges:
            error_ms = row.utc_ms - (self.station.setup.utc_us + at_us) // 1000
            if abs(error_ms) > 3:
                self._find("UTC by edges off by %d ms" % error_ms)

    def _is_unknowable(self, at_us, events):
        """A reader's line that was cut just when the chip had its answer, and put back before
        anybody looked, falls when it is put back: an edge like its own. Who looks every second
        may take it for up to a second.
        """
        cuts = ("high", "cut", "floating")
        is_cut = any(fault.wire == "irq" and fault.way in cuts for fault in self.faults)
        return is_cut and any(0 < at_us - us <= SECOND + _STEP_US for us in events)

    def _check_all_well_while_broken(self):
        for fault in self.faults:
            known_us = fault.from_us + _WELL_US
            for at_us, name in self.heard:
                is_told = name == signals.ALL_WELL and known_us < at_us < fault.until_us
                if is_told and fault.mutes():
                    seconds = (at_us - fault.from_us) // SECOND
                    self._find("all well, %d s into the fault" % seconds)
                    break

    def _check_well_again(self, since_us):
        while self.end == "seq" and self.pico.log.next_seq < record.SEQ_MAX:
            self.pico.station.store_health()  # what a short race left over
        stored = len(self._rows())
        radio: Any = self.station.radio
        sent = radio.transmitted
        heard = len(self.heard)
        self.station.reader.touch(b"\x04after!", 300_000)
        self._run_until(self.world.now_us + 2 * SECOND)
        self._touch_button_again()
        self._run_until(since_us + 16 * SECOND)
        rows = self._rows()[stored:]
        got = [row.kind for row in rows if row.kind in (kinds.TAG, kinds.PRESS)]
        if got != ([] if self.end == "seq" else [kinds.TAG, kinds.PRESS]):
            self._find("a minute after mending: records %r" % got)
        if self.end == "seq":
            self._check_refused(heard)
        for row in rows:
            has_edge = row.quality & kinds.UTC_SET and row.quality & kinds.UTC_EDGE
            if row.kind == kinds.TAG and bool(has_edge) != (self.end != "utc"):
                self._find("a minute after mending: quality %d" % row.quality)
        if self.end != "seq" and radio.transmitted == sent:
            self._find("a minute after mending: nothing is sent")
        self._check_says_well(heard)

    def _check_says_well(self, heard):
        """What is wrong for good at the end of a counter is said for good; nothing else is."""
        station = self.pico.station
        standing = station.standing(station.clock.stamp_now()[2])
        wanted = _TOLD_AT_END.get(self.end, [])
        if standing != wanted:
            self._find("a minute after mending: %r, broken %r" % (standing, station.watch.broken))
        names = [name for _, name in self.heard[heard:]]
        # The lights wait while it complains of a touch that is not stored.
        told = (signals.NOT_WELL, signals.REFUSED) if wanted else (signals.ALL_WELL,)
        if not any(name in told for name in names):
            self._find("a minute after mending: said %r" % names)
        if wanted and signals.ALL_WELL in names:
            self._find("all well at the end of %s" % self.end)

    def _check_refused(self, heard):
        """No number is left for a record: a touch is heard as not stored."""
        names = [name for _, name in self.heard[heard:]]
        if signals.REFUSED not in names or signals.ACCEPTED in names:
            self._find("without a number left: said %r" % names)

    def _touch_button_again(self):
        line = self.board.line(pins.BUTTON)
        line.pull_low(True, "hand")
        self.world.after(300_000, lambda: line.pull_low(False, "hand"))
