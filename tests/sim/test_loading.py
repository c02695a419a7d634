"""Each run of the firmware has modules of its own, and the process does not notice."""

import sys
import time

import pytest
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.world import World
from yellowgate.sim.loading import Firmware


def powered(drift_ppb: int = 0) -> Board:
    board = Board(World(), drift_ppb)
    board.power_on()
    return board


def test_two_boards_in_one_process_share_no_module() -> None:
    one, other = powered(), powered()
    modules, others = Firmware(one), Firmware(other)
    name = "gate_station.drivers.button"
    assert modules.load(name) is modules.load(name)
    assert modules.load(name) is not others.load(name)
    other.world.advance(5_000_000)
    assert modules.load("utime").ticks_us() == 0
    assert others.load("utime").ticks_us() == 5_000_000


def test_adafruits_driver_gets_the_board_s_time_and_everybody_else_keeps_theirs() -> None:
    before = set(sys.modules)
    board = powered()
    chip = Firmware(board).load("gate_station.drivers.pn532_chip")
    adafruit = sys.modules.get("adafruit_pn532")
    assert adafruit is None or "adafruit_pn532" in before
    assert not {"machine", "utime", "busio", "gate_station.drivers.pn532_chip"} & (
        set(sys.modules) - before
    )
    spi_module = vars(chip)["PN532_SPI"].__init__.__globals__
    board.world.advance(7_000_000)
    assert spi_module["time"].monotonic() == 7.0
    assert sys.modules["time"] is time


def test_what_is_not_there_is_an_import_error() -> None:
    modules = Firmware(powered())
    for name in ("gate_station.drivers.none", "adafruit_none"):
        with pytest.raises(ImportError, match="none"):
            modules.load(name)


def test_a_module_that_fails_is_loaded_anew_next_time() -> None:
    modules = Firmware(powered())
    with pytest.raises(ImportError):
        modules.load("gate_station.drivers.none")
    assert modules.load("gate_station.drivers").__name__ == "gate_station.drivers"
