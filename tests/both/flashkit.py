"""An emulated flash as the tests of both Pythons look at it."""

from check import some
from gate_station.core import reserve
from yellowgate.sim.devices.backing import Memory


def opened(flash):
    """The log on it, as the station opens it; fails when there is none."""
    return some(reserve.open_log(flash, None))


def cells(flash):
    """Its content, to be spoilt."""
    memory = flash.backing
    assert isinstance(memory, Memory)
    return memory.data
