"""The firmware's modules for a virtual board, on both Pythons.

board = Board(World())
board.power_on()
button = firmware.on(board).load("gate_station.drivers.button").Button(15, flag)
"""

import os
import random
import sys

from yellowgate.sim.devices.board import Board

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from yellowgate.sim.loading import Firmware


def _random_bytes(count: int) -> bytes:
    return bytes([random.getrandbits(8) for _ in range(count)])


class Modules:
    """On MicroPython the files stand on the path, and are loaded once: one VM, one station."""

    def __init__(self, board: Board) -> None:
        self.load("machine").use(board)  # the stand-in, first on the path
        # The built-in utime comes before the path, but not before what is loaded already.
        sys.modules["utime"] = self.load("standin_utime")
        if not hasattr(os, "urandom"):  # the VM has none, a board has
            os.urandom = _random_bytes  # pyright: ignore[reportAttributeAccessIssue]

    def load(self, name: str) -> "ModuleType":
        """The module of this name. Raises ImportError when there is none."""
        __import__(name)
        return sys.modules[name]


def on(board: Board) -> "Modules | Firmware":
    """What has load(name): modules of their own for this board, new with each call on CPython."""
    if sys.implementation.name == "cpython":
        from yellowgate.sim.loading import Firmware  # noqa: PLC0415 - not on MicroPython

        return Firmware(board)
    return Modules(board)
