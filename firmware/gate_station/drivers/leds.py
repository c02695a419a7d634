"""The two LEDs, green and red, each from its pin through a resistor to ground."""

import machine


class Leds:
    """Lights as bits: 1 green, 2 red."""

    def __init__(self, green: int, red: int) -> None:
        self._green = machine.Pin(green, machine.Pin.OUT, value=0)
        self._red = machine.Pin(red, machine.Pin.OUT, value=0)

    def show(self, lights: int) -> None:
        """Shine like this from now on."""
        self._green.value(lights & 1)
        self._red.value(lights >> 1 & 1)
