"""An emulated flash as the tests of both Pythons look at it."""

from check import some
from gate_station.core import reserve
from gate_wire import chain
from yellowgate.sim.devices.backing import Memory


def opened(flash):
    """The log on it, as the station opens it; fails when there is none."""
    return some(reserve.open_log(flash, None))


def cells(flash):
    """Its content, to be spoilt."""
    memory = flash.backing
    assert isinstance(memory, Memory)
    return memory.data


def key_of_epoch(first_key, epoch):
    """The key of an epoch, from the one of epoch 0 that was handed over at provisioning."""
    for _ in range(epoch):
        first_key = chain.next_key(first_key)
    return first_key
