"""Stands for Blinka's digitalio: pins that are wires of the world."""

from __future__ import annotations

from camproom import catch_up
from yellowgate.sim.devices.world import Line


class DigitalInOut:
    """As much as adafruit_bus_device and the driver call."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def switch_to_output(self, value: bool = False) -> None:
        self.value = value

    @property
    def value(self) -> bool:
        return self._line.level == 1

    @value.setter
    def value(self, value: bool) -> None:
        catch_up()
        self._line.set(1 if value else 0, "computer")
