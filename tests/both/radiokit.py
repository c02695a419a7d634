"""Boards with radios on one air, for tests on both Pythons."""

from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import World

CS, RESET, DIO0 = 17, 20, 21


class Both:
    """Two boards on one world: on the VM they share the modules, each at its turn."""

    def __init__(
        self, spreading_factor=9, power_dbm=14, frequency_khz=915_000, metres=2000
    ) -> None:
        self.world = World()
        self.air = Air(self.world)
        self.chips = []
        self.radios = []
        self.boards = [Board(self.world), Board(self.world)]
        for board in self.boards:
            board.power_on()  # at one moment: their ticks agree
        for at in range(2):
            board = self.boards[at]
            line = board.line
            chip = Sx1276(self.world, self.air, line(CS), line(RESET), line(DIO0))
            self.air.place(chip, metres * at, 0)
            board.attach_spi(0, chip)
            self.chips.append(chip)
            self.radios.append(radio_on(board, frequency_khz, spreading_factor, power_dbm))

    def run_ms(self, ms):
        self.world.advance(ms * 1000)


def radio_on(board, frequency_khz=915_000, spreading_factor=9, power_dbm=14):
    """The board's driver, unchanged, over the shims."""
    modules = firmware.on(board)
    busio = modules.load("busio")
    digitalio = modules.load("digitalio")
    spi = busio.SPI(18, MOSI=19, MISO=16)
    module = modules.load("gate_station.drivers.rfm9x_radio")
    return module.Rfm9xRadio(
        spi,
        digitalio.DigitalInOut(CS),
        digitalio.DigitalInOut(RESET),
        DIO0,
        frequency_khz,
        spreading_factor,
        power_dbm,
    )
