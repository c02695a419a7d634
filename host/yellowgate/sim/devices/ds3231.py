"""A DS3231, at register level: counters, divider, 1 Hz output, and what goes wrong with clones.

What is modelled (sections of the datasheet 19-5170):
- The 19 registers, read and written over I2C with a pointer that wraps at 12h ("I2C Serial
  Data Bus"); the time is latched when a read begins.
- BCD counters with leap years by year % 4, the century bit at 99 -> 00 ("Clock and Calendar").
- Writing the seconds register resets the divider: a second begins then.
- SQW at 1 Hz when INTCN = 0 and RS = 00: low at the second's beginning, high half way.
- OSF at first power and when both supplies were gone ("Status Register"); temperature.
- Its own oscillator with its own drift.

Not modelled: alarms, the other square wave rates, 32 kHz, conversions, 12-hour mode.

Faults to inject: see the attributes and methods of Ds3231.
"""

from yellowgate.sim.devices.world import Crystal, Line, World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from yellowgate.sim.devices.world import Event

_SECOND_US = 1000000
_HALF_US = _SECOND_US // 2
_CONTROL = 0x0E
_STATUS = 0x0F
_TEMPERATURE = 0x11
_REGISTERS = 0x13
_OSF = 0x80
_CONTROL_FIRST = 0x1C  # at first power: INTCN, RS2, RS1
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CLOCKS_OF_A_BYTE = 9


class Ds3231:
    """The chip. sqw, sda, scl: its wires (sda and scl only matter when the bus hangs).

    Faults: loses_year (a clone that does not count the year at its end), hides_stop (a clone that
    never sets OSF), rubbish (so many of the next readings are no BCD), absent (no answer),
    sqw_cut (the wire is broken); hang(), lose(), jump().
    """

    address = 0x68

    def __init__(
        self,
        world: World,
        sqw: Line,
        drift_ppb: int = 0,
        sda: Line | None = None,
        scl: Line | None = None,
    ) -> None:
        self._world = world
        self.sqw = sqw
        self._sda = sda
        self._crystal = Crystal(world, drift_ppb)
        self._second_us = 0  # by the crystal, when the second that is shown began
        # second, minute, hour, day of the week, day, month, year; None while it holds rubbish
        self._fields = [0, 0, 0, 1, 1, 1, 0]
        self._century = 0
        self._raw: bytes | None = None
        self._other = bytearray(_REGISTERS)
        self._pointer = 0
        self.edge: Event | None = None  # the next one of SQW, as it is planned
        self._clocks_to_free = 0
        self.celsius = 20.0
        self.loses_year = False
        self.hides_stop = False
        self.absent = False
        self.sqw_cut = False
        self.rubbish = 0
        self.writes = 0  # of the time
        if scl is not None:
            scl.on_change(self._on_scl)
        self.lose()

    # Faults and settings

    def lose(self) -> None:
        """Both supplies were gone: 2000-01-01, OSF, no square wave."""
        self._fields = [0, 0, 0, 1, 1, 1, 0]
        self._century = 0
        self._raw = None
        self._other[_CONTROL] = _CONTROL_FIRST
        self._other[_STATUS] = 0 if self.hides_stop else _OSF
        self._restart()

    def set_utc(self, utc_us: int) -> None:
        """As if it had been set before the world began: UTC in microseconds since 2020."""
        self._fields = [0, 0, 0, 3, 1, 1, 20]
        self._raw = None
        self._other[_STATUS] = 0
        self._second_us = self._crystal.us() - utc_us % _SECOND_US
        self._add(utc_us // _SECOND_US)
        self._plan()

    def jump(self, seconds: int) -> None:
        """The counters go on or back, by an unknown hand; within the years from 2000."""
        self._catch_up()
        days = self._days() + (self._day_s() + seconds) // 86400
        rest = (self._day_s() + seconds) % 86400
        self._fields = [0, 0, 0, (days + 5) % 7 + 1, 1, 1, 0]
        self._add(days * 86400 + rest)

    def hang(self, clocks: int = _CLOCKS_OF_A_BYTE) -> None:
        """It was cut off in the middle of a byte: holds SDA until it saw so many clocks."""
        self._clocks_to_free = clocks
        if self._sda is not None:
            self._sda.pull_low(True, "ds3231")

    def set_drift_ppb(self, drift_ppb: int) -> None:
        """From now on; what was counted stays."""
        self._catch_up()
        self._crystal.set_drift_ppb(drift_ppb)
        self._plan()

    @property
    def drift_ppb(self) -> int:
        """Of its oscillator."""
        return self._crystal.drift_ppb

    def shown(self) -> tuple[int, int, int, int, int, int]:
        """(year, month, day, hour, minute, second) as it counts them now."""
        self._catch_up()
        second, minute, hour, _, day, month, year = self._fields
        return 2000 + year, month, day, hour, minute, second

    def _on_scl(self, level: int) -> None:
        if level and self._clocks_to_free:
            self._clocks_to_free -= 1
            if not self._clocks_to_free and self._sda is not None:
                self._sda.pull_low(False, "ds3231")

    # I2C

    def write(self, data: bytes) -> None:
        """Register pointer, then registers. Raises OSError when absent or hung."""
        self._check()
        if not data:
            return
        self._pointer = data[0] % _REGISTERS
        times = bytearray(self._time_registers()) if len(data) > 1 else bytearray()
        touched = -1
        for value in data[1:]:
            if self._pointer < 7:
                times[self._pointer] = value
                touched = self._pointer if touched < 0 else min(touched, self._pointer)
            elif self._pointer == _STATUS:
                # OSF can only be cleared.
                self._other[_STATUS] = value & (self._other[_STATUS] | 0x7F)
            elif self._pointer < _TEMPERATURE:
                self._other[self._pointer] = value
            self._pointer = (self._pointer + 1) % _REGISTERS
        if touched >= 0:
            self._set_time(bytes(times), touched == 0)
        elif len(data) > 1:
            self._plan()

    def read(self, n: int) -> bytes:
        """Registers from the pointer on. Raises OSError when absent or hung."""
        self._check()
        times = self._time_registers()
        if self.rubbish:
            self.rubbish -= 1
            times = b"\x7a\x9f\x3c\x00\x00\x1d\xfa"
        quarters = int(self.celsius * 4) & 0x3FF
        out = bytearray(n)
        for at in range(n):
            if self._pointer < 7:
                out[at] = times[self._pointer]
            elif self._pointer == _TEMPERATURE:
                out[at] = quarters >> 2
            elif self._pointer == _TEMPERATURE + 1:
                out[at] = (quarters & 3) << 6
            else:
                out[at] = self._other[self._pointer]
            self._pointer = (self._pointer + 1) % _REGISTERS
        return bytes(out)

    def _check(self) -> None:
        if self._clocks_to_free:
            raise OSError(110)  # ETIMEDOUT
        if self.absent:
            raise OSError(5)

    # The counters

    def _time_registers(self) -> bytes:
        if self._raw is not None:
            return self._raw
        self._catch_up()
        out = bytearray([value // 10 << 4 | value % 10 for value in self._fields])
        out[5] |= self._century << 7
        return bytes(out)

    def _set_time(self, times: bytes, from_seconds: bool) -> None:
        self.writes += 1
        values = [(value >> 4) * 10 + (value & 15) for value in times]
        values[5] = (times[5] >> 4 & 7) * 10 + (times[5] & 15)
        second, minute, hour, _, day, month, year = values
        self._century = times[5] >> 7
        is_good = second < 60 and minute < 60 and hour < 24 and 1 <= day <= 31 and year < 100
        if is_good and 1 <= month <= 12:
            self._raw = None
            self._fields = values
        else:
            self._raw = times  # "illogical entries result in undefined operation"
        if from_seconds:
            self._restart()

    def _restart(self) -> None:
        """The divider begins anew: a second begins now."""
        self._second_us = self._crystal.us()
        self._plan()

    def _catch_up(self) -> None:
        passed_s = (self._crystal.us() - self._second_us) // _SECOND_US
        if passed_s > 0:
            self._second_us += passed_s * _SECOND_US
            self._add(passed_s)

    def _day_s(self) -> int:
        return (self._fields[2] * 60 + self._fields[1]) * 60 + self._fields[0]

    def _days(self) -> int:
        """Since 2000-01-01."""
        day, month, year = self._fields[4:7]
        days = year * 365 + (year + 3) // 4 + day - 1
        for before in range(1, month):
            days += self._days_in(before, year)
        return days

    def _days_in(self, month: int, year: int) -> int:
        return _DAYS[month - 1] + (1 if month == 2 and year % 4 == 0 else 0)

    def _add(self, seconds: int) -> None:
        total = self._day_s() + seconds
        fields = self._fields
        for _ in range(total // 86400):
            self._next_day()
        rest = total % 86400
        fields[0], fields[1], fields[2] = rest % 60, rest // 60 % 60, rest // 3600

    def _next_day(self) -> None:
        fields = self._fields
        fields[3] = fields[3] % 7 + 1
        fields[4] += 1
        if fields[4] <= self._days_in(fields[5], fields[6]):
            return
        fields[4] = 1
        fields[5] += 1
        if fields[5] <= 12:
            return
        fields[5] = 1
        if self.loses_year:
            return
        fields[6] += 1
        if fields[6] == 100:
            fields[6] = 0
            self._century ^= 1

    # The square wave

    def is_waving(self) -> bool:
        """Does it drive SQW?"""
        return self._other[_CONTROL] & 0x9C == 0 and not self.sqw_cut

    def _plan(self) -> None:
        """Something was changed on which SQW depends."""
        if not self.is_waving():
            self.sqw.release("ds3231")
        self.wave()

    def wave(self) -> None:
        """Drive SQW as it stands now, and plan its next edge: when it comes depends on nothing but
        the counters, so that edges may be left out.
        """
        self._world.cancel(self.edge)
        if not self.is_waving():
            self.edge = None
            return
        counted_us = self._crystal.us()
        into_us = (counted_us - self._second_us) % _SECOND_US
        self.sqw.pull_low(into_us < _HALF_US, "ds3231")
        next_us = self._crystal.when(counted_us + _HALF_US - into_us % _HALF_US)
        self.edge = self._world.at(next_us, self.wave)

    def falls(self, until_us: int) -> tuple[int, int, int, int]:
        """(how often SQW will fall up to this moment, when for the first time, for the last time
        but one, for the last time), if nothing else happens to the chip.
        """
        crystal = self._crystal
        counted_us = crystal.us_at(until_us)
        last_us = counted_us - (counted_us - self._second_us) % _SECOND_US
        begun_us = crystal.us()
        begun_us -= (begun_us - self._second_us) % _SECOND_US
        count = (last_us - begun_us) // _SECOND_US
        first_us, before_us = begun_us + _SECOND_US, last_us - _SECOND_US
        return count, crystal.when(first_us), crystal.when(before_us), crystal.when(last_us)
