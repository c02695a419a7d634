"""The buzzer: a passive piezo between two PWM pins, driven push-pull."""

import machine

_DUTY_ALWAYS = 65535


class Buzzer:
    """Sounds one tone until told otherwise.

    The second pin is the first one turned over, so that the piezo sees 6.6 V from peak to peak
    instead of 3.3: twice the sound pressure, 6 dB. Both pins belong to one PWM slice (RP2040
    datasheet 4.5.2), which keeps them in step. In silence both are low: no DC on the piezo.
    """

    def __init__(self, pin: int, pin_inverted: int) -> None:
        if (pin >> 1) & 7 != (pin_inverted >> 1) & 7:
            raise ValueError("the buzzer's pins are of two PWM slices")
        self._pwm = machine.PWM(machine.Pin(pin))
        self._inverted = machine.PWM(machine.Pin(pin_inverted), invert=True)
        self.tone(0)

    def tone(self, hz: int) -> None:
        """This tone from now on; 0: silence."""
        if hz:
            self._pwm.freq(hz)
            self._pwm.duty_u16(32768)  # a square wave is the loudest
            self._inverted.duty_u16(32768)
        else:
            self._pwm.duty_u16(0)
            self._inverted.duty_u16(_DUTY_ALWAYS)
