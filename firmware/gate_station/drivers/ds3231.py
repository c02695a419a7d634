"""DS3231 over machine.I2C: seven BCD registers, the 1 Hz edge in an interrupt, nothing else.

Sections named below are those of Maxim's datasheet 19-5170. All 19 registers are read in one
transfer (0.6 ms at 400 kHz): the time registers are latched at its start ("Clock and Calendar").
"""

from array import array

import machine
import utime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

ADDRESS = 0x68
REGISTERS = 19

# "Timekeeping Registers" (figure 1)
SECONDS = 0x00
MONTH = 0x05
CONTROL = 0x0E
STATUS = 0x0F
TEMPERATURE = 0x11

HOUR_12 = 0x40  # hours register: 12-hour mode, then 0x20 is PM
HOUR_PM = 0x20
CENTURY = 0x80  # month register
OSF = 0x80  # status register: the oscillator is or was stopped
CONTROL_1HZ = 0x00  # oscillator on, no INT: a square wave, RS2 = RS1 = 0: 1 Hz ("Control Register")
STATUS_CLEAR = 0x00  # OSF cleared, 32 kHz output off ("Status Register")

_YEAR_FIRST = 2020  # seconds are counted from here
_YEAR_LAST = 2099  # leap years are right up to here ("Clock and Calendar")
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)
# Edges come a second apart, but for the crystals and up to 3 ms for which flash work holds the
# interrupt back; noise, or another wave on the line, does not.
_EDGE_US_MIN = 996_000
_EDGE_US_MAX = 1_004_000
_BUS_CLEAR_CLOCKS = 9  # I2C specification UM10204, 3.1.16


class Ds3231:
    """The clock chip and its SQW line. bus, sda, scl, sqw: numbers of the bus and the GPIOs.

    Every transfer that fails raises OSError, after the bus was cleared: a chip that was cut off in
    the middle of a byte holds SDA down until then. is_silent: the last one failed; at the start,
    one is made. A chip that is plugged in later answers then.
    """

    def __init__(self, bus: int, sda: int, scl: int, sqw: int) -> None:
        self._bus = bus
        self._sda = sda
        self._scl = scl
        self._buf = bytearray(REGISTERS)
        self._one = bytearray(1)
        self._time = bytearray(7)
        # Count of good edges, ticks_us of the last of them, ticks_us of the last of all.
        self._seen = array("I", (0, 0, 0))
        self.is_silent = False
        self._i2c = self._open()
        try:
            self._registers()
        except OSError:
            pass
        # Open drain: the second begins at the falling edge ("Pin Description", INT/SQW).
        self._sqw = machine.Pin(sqw, machine.Pin.IN, machine.Pin.PULL_UP)
        self._sqw.irq(self._on_edge, machine.Pin.IRQ_FALLING, hard=True)

    def _on_edge(self, pin: machine.Pin) -> None:
        # A hard interrupt: nothing here may allocate.
        seen: Any = self._seen  # the stubs say that ticks are no int
        now_us: Any = utime.ticks_us()
        passed_us = utime.ticks_diff(now_us, seen[2])
        seen[2] = now_us
        if _EDGE_US_MIN <= passed_us <= _EDGE_US_MAX:
            seen[1] = now_us
            seen[0] = (seen[0] + 1) & 0x3FFFFFFF

    def edge(self) -> tuple[int, int]:
        """(count of edges since start, ticks_us of the last one); only those that came a second
        after another.
        """
        seen = self._seen
        while True:
            count = seen[0]
            tick_us = seen[1]
            if count == seen[0]:
                return count, tick_us

    def read_s(self) -> int | None:
        """Whole seconds since 2020-01-01 UTC; None: stopped since it was set, or rubbish."""
        buf = self._registers()
        if buf[STATUS] & OSF:
            return None
        return seconds_of(buf)

    def write_s(self, seconds: int) -> None:
        """Set; the divider starts anew, so the second begins when this is called.

        The countdown chain is reset when the seconds register is written, which is the first
        byte; the next falling edge comes one second later ("Clock and Calendar").
        """
        registers_of(seconds, self._time)
        self._write(SECONDS, self._time)
        self._one[0] = STATUS_CLEAR
        self._write(STATUS, self._one)

    def temperature_c(self) -> int:
        """Of the chip, whole degrees ("Temperature Registers")."""
        high = self._registers()[TEMPERATURE]
        return high - 256 if high & 0x80 else high

    def _registers(self) -> bytearray:
        """All registers; a chip that came up without its battery is told to give 1 Hz again."""
        self.is_silent = True
        try:
            self._i2c.readfrom_mem_into(ADDRESS, SECONDS, self._buf)
        except OSError:
            self._clear_bus()
            raise
        self.is_silent = False
        if self._buf[CONTROL] != CONTROL_1HZ:
            self._one[0] = CONTROL_1HZ
            self._write(CONTROL, self._one)
        return self._buf

    def _write(self, register: int, data: bytearray) -> None:
        self.is_silent = True
        try:
            self._i2c.writeto_mem(ADDRESS, register, data)
        except OSError:
            self._clear_bus()
            raise
        self.is_silent = False

    def _open(self) -> machine.I2C:
        return machine.I2C(
            self._bus, scl=machine.Pin(self._scl), sda=machine.Pin(self._sda), freq=400_000
        )

    def _clear_bus(self) -> None:
        """Clock the chip until it lets go of SDA, then end the transfer with a stop."""
        sda = machine.Pin(self._sda, machine.Pin.OPEN_DRAIN, value=1)
        scl = machine.Pin(self._scl, machine.Pin.OPEN_DRAIN, value=1)
        for _ in range(_BUS_CLEAR_CLOCKS):
            scl.value(0)
            utime.sleep_us(5)
            scl.value(1)
            utime.sleep_us(5)
        sda.value(0)
        utime.sleep_us(5)
        sda.value(1)
        self._i2c = self._open()


def seconds_of(buf: bytes | bytearray) -> int | None:
    """Seconds since 2020 of the seven time registers, None when they hold no date since then."""
    second, minute = _from_bcd(buf[0]), _from_bcd(buf[1])
    hour = _hour(buf[2])
    day, month, year = _from_bcd(buf[4]), _from_bcd(buf[5] & ~CENTURY), 2000 + _from_bcd(buf[6])
    if buf[5] & CENTURY or not _YEAR_FIRST <= year <= _YEAR_LAST or not 1 <= month <= 12:
        return None
    leap = 1 if year % 4 == 0 else 0
    days_in = _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (leap if month == 2 else 0)
    if not (0 <= second < 60 and 0 <= minute < 60 and 0 <= hour < 24 and 1 <= day <= days_in):
        return None
    years = year - _YEAR_FIRST
    days = years * 365 + (years + 3) // 4 + _DAYS_BEFORE[month - 1] + day - 1
    if leap and month > 2:
        days += 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def registers_of(seconds: int, out: bytearray) -> None:
    """Write the seven time registers of a time, 24-hour mode. Raises ValueError after 2099."""
    days, rest = seconds // 86400, seconds % 86400
    weekday = (days + 2) % 7 + 1  # 2020-01-01 was a Wednesday; Monday is 1
    year = _YEAR_FIRST
    while True:
        length = 366 if year % 4 == 0 else 365
        if days < length:
            break
        days -= length
        year += 1
    if seconds < 0 or year > _YEAR_LAST:
        raise ValueError("the DS3231 counts up to 2099")
    leap = 1 if length == 366 else 0
    month = 12
    while days < _DAYS_BEFORE[month - 1] + (leap if month > 2 else 0):
        month -= 1
    day = days - _DAYS_BEFORE[month - 1] - (leap if month > 2 else 0) + 1
    values = (rest % 60, rest // 60 % 60, rest // 3600, weekday, day, month, year - 2000)
    for at in range(7):
        out[at] = values[at] // 10 << 4 | values[at] % 10


def _from_bcd(value: int) -> int:
    """-100 (never valid) for what is no BCD."""
    if value & 0x0F > 9 or value >> 4 > 9:
        return -100
    return (value >> 4) * 10 + (value & 0x0F)


def _hour(value: int) -> int:
    if not value & HOUR_12:
        return _from_bcd(value)
    hour = _from_bcd(value & 0x1F)
    if not 1 <= hour <= 12:
        return -100
    return hour % 12 + (12 if value & HOUR_PM else 0)
