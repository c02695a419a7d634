"""The buzzer: a passive piezo on a PWM pin."""

import machine


class Buzzer:
    """Sounds one tone until told otherwise."""

    def __init__(self, pin: int) -> None:
        self._pwm = machine.PWM(machine.Pin(pin))
        self._pwm.duty_u16(0)

    def tone(self, hz: int) -> None:
        """This tone from now on; 0: silence."""
        if hz:
            self._pwm.freq(hz)
            self._pwm.duty_u16(32768)  # a square wave is the loudest
        else:
            self._pwm.duty_u16(0)
