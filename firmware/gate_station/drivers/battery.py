"""The battery behind a 2:1 divider on an ADC pin."""

import machine
import utime

_REFERENCE_MV = 3300  # the Pico's ADC reference is its 3.3 V supply, through a filter
_DIVIDER = 2
_READS = 8
_NOTHING_MV = 700  # a station does not run from less: nothing is wired to the pin
# RP2040 datasheet 5.5.3.4: the pad's own resistors are 50 to 80 kohm. They take a pin that nothing
# is wired to all the way; a divider of twice 100 kohm (50 kohm as a source) they move by a volt or
# two, and up to a battery of 5.9 V it stays below 95 % of the supply.
_HIGH_U16 = 62914  # 96 %
_LOW_U16 = 2621  # 4 %
_SETTLE_US = 50  # of a bare pin: 80 kohm and some 10 pF take 2 us


class Battery:
    """Millivolts before the divider."""

    def __init__(self, pin: int) -> None:
        self._pin = pin
        self._adc = machine.ADC(machine.Pin(pin))

    def battery_mv(self) -> int:
        """The mean of some readings; 0: cannot be measured (nothing is wired there)."""
        total = 0
        for _ in range(_READS):
            total += self._adc.read_u16()
        battery_mv = total * _REFERENCE_MV * _DIVIDER // (_READS * 65535)
        if battery_mv < _NOTHING_MV or self._is_floating(total // _READS):
            return 0
        return battery_mv

    def _is_floating(self, bare: int) -> bool:
        """A pin that nothing is wired to reads anything, but follows the resistors of its pad."""
        if self._pulled(machine.Pin.PULL_UP) < _HIGH_U16:
            return False
        # Not asked unless it is high by itself: on the RP2350 the pull-down is weak (erratum E9).
        return bare < _HIGH_U16 or self._pulled(machine.Pin.PULL_DOWN) <= _LOW_U16

    def _pulled(self, pull: int) -> int:
        machine.Pin(self._pin, machine.Pin.IN, pull)
        utime.sleep_us(_SETTLE_US)
        value = self._adc.read_u16()
        self._adc = machine.ADC(machine.Pin(self._pin))  # takes the resistor off again
        return value
