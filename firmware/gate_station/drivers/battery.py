"""The battery behind a 2:1 divider on an ADC pin."""

import machine

_REFERENCE_MV = 3300  # the Pico's ADC reference is its 3.3 V supply, through a filter
_DIVIDER = 2
_READS = 8
_FLOATING_MV = 700  # a station does not run from less: nothing is wired to the pin


class Battery:
    """Millivolts before the divider."""

    def __init__(self, pin: int) -> None:
        self._adc = machine.ADC(machine.Pin(pin))

    def battery_mv(self) -> int:
        """The mean of some readings; 0: cannot be measured (nothing is wired there)."""
        total = 0
        for _ in range(_READS):
            total += self._adc.read_u16()
        battery_mv = total * _REFERENCE_MV * _DIVIDER // (_READS * 65535)
        return battery_mv if battery_mv >= _FLOATING_MV else 0
