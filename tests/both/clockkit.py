"""A station clock with what it needs, for the tests of both Pythons."""

from check import some
from gate_station.core import clock
from yellowgate.sim.devices import ds3231, firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

SECOND = 1000000
DAY = 86400


class Counter:
    """Ticks that the test moves; wraps as the board's do."""

    def __init__(self, us=0) -> None:
        self.us = us

    def ticks_us(self):
        return self.us & 0x3FFFFFFF

    def ticks_ms(self):
        return self.us // 1000 & 0x3FFFFFFF


class Rig:
    """The real driver on a virtual board with a DS3231, and the station clock over it."""

    def __init__(self, drift_ppb=0, rtc_drift_ppb=0, utc_us=None) -> None:
        self.world = World()
        self.board = Board(self.world, drift_ppb)
        self.board.power_on()
        lines = [self.board.line(number) for number in (6, 4, 5)]
        self.chip = ds3231.Ds3231(self.world, lines[0], rtc_drift_ppb, lines[1], lines[2])
        self.board.attach_i2c(0, self.chip)
        if utc_us is not None:
            self.chip.set_utc(utc_us)
        self.records = []
        self.start()

    def start(self, utc_min_ms=0):
        """The firmware starts (again)."""
        modules = firmware.on(self.board)
        self.utime: Any = modules.load("utime")
        self.rtc = modules.load("gate_station.drivers.ds3231").Ds3231(0, 4, 5, 6)
        self.clock = clock.StationClock(self.utime, self.rtc, utc_min_ms, self.utime)

    def reboot(self, off_us: int, utc_min_ms: int = 0):
        self.board.power_off()
        self.world.advance(off_us)
        self.board.power_on()
        self.start(utc_min_ms)

    def run(self, seconds: float):
        """Poll as the station's tasks do."""
        end_us = self.world.now_us + int(seconds * SECOND)
        while self.world.now_us < end_us:
            body = self.clock.poll()
            if body is not None:
                self.records.append(body)
            self.world.advance(self.clock.poll_after_ms() * 1000)

    def utc_us(self):
        return some(self.clock.utc_us(self.clock.now_uptime_us()))
