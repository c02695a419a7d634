"""CircuitPython's digitalio over machine.Pin: as much as the Adafruit drivers call."""

import machine


class Direction:
    """Which way a pin works."""

    INPUT = 0
    OUTPUT = 1


class Pull:
    """Internal resistors of an input."""

    UP = 0
    DOWN = 1


class DigitalInOut:
    """One pin. pin: its GP number."""

    def __init__(self, pin: int) -> None:
        self._number = pin
        self._pin = machine.Pin(pin, machine.Pin.IN)
        self._direction = Direction.INPUT

    def deinit(self) -> None:
        """Let go of the pin: it floats."""
        self.switch_to_input()

    def switch_to_output(self, value: bool = False, drive_mode: int = 0) -> None:
        """Drive the pin; value is its first level (no glitch in between)."""
        self._pin.init(machine.Pin.OUT, value=1 if value else 0)
        self._direction = Direction.OUTPUT

    def switch_to_input(self, pull: int | None = None) -> None:
        """Read the pin; pull: of class Pull or None."""
        if pull is None:
            self._pin.init(machine.Pin.IN)
        else:
            up = pull == Pull.UP
            self._pin.init(machine.Pin.IN, machine.Pin.PULL_UP if up else machine.Pin.PULL_DOWN)
        self._direction = Direction.INPUT

    @property
    def direction(self) -> int:
        """Of class Direction; setting OUTPUT drives the pin low."""
        return self._direction

    @direction.setter
    def direction(self, direction: int) -> None:
        if direction == Direction.OUTPUT:
            self.switch_to_output()
        else:
            self.switch_to_input()

    @property
    def value(self) -> bool:
        """The level of the pin."""
        return self._pin.value() == 1

    @value.setter
    def value(self, value: bool) -> None:
        self._pin.value(1 if value else 0)
