"""A whole Pico: board.pico on a virtual board, with a PN532, a button and a reserved log."""

import io

from gate_station.board import pins
from gate_wire import frame, link, sector
from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.board import POWER_ON_RESET, Board
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.flash import BoardFlash
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.nor import Nor
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import World

LOG_ID = b"\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8"
KEY = b"0123456789abcdef"
FIRST_BLOCK = 3  # anywhere


def reserved(blocks=4, all_blocks=12):
    """A flash with an empty log of so many blocks."""
    chip = Nor(all_blocks)
    for index in range(blocks):
        page = bytearray(b"\xff" * sector.PAGE_BYTES)
        header = sector.pack_header(index, blocks, LOG_ID, 1)
        page[sector.HEADER_AT : sector.HEADER_AT + len(header)] = header
        if index == 0:
            slot = sector.pack_key(KEY)
            page[sector.KEY_AT : sector.KEY_AT + len(slot)] = slot
        chip.writeblocks(FIRST_BLOCK + index, page, 0)
    return chip


class PicoKit:
    """settings: JSON text of station.json. boot() builds a run of the firmware."""

    def __init__(self, settings: "str | None" = '{"id": 4}', flash=None, with_chip=True) -> None:
        self.world = World()
        self.board = Board(self.world, unique_id=b"kit00001")
        self.flash = reserved() if flash is None else flash
        self.board.flash = BoardFlash(self.flash, self.board)
        self.settings = settings
        line = self.board.line
        self.chip = Pn532(self.world, line(pins.NFC_CS), line(pins.NFC_IRQ), line(pins.NFC_RSTPD))
        self.chip.absent = not with_chip
        self.board.attach_spi(pins.NFC_SPI, self.chip)
        self.board.set_millivolts(pins.BATTERY, 2000)
        self.console = VirtualConsole()
        self.console.plug(True)
        self.link = link.Link()
        self.reader = frame.FrameReader()

    def _open(self, name, mode="r"):
        if name == "station.json" and self.settings is not None:
            return io.StringIO(self.settings)
        raise OSError(2)

    def with_radio(self, dio0=None):
        """An RFM95 on its pins. dio0: the line at its DIO0, where that is not the pin's."""
        line = self.board.line
        wires = line(pins.RADIO_CS), line(pins.RADIO_RST), dio0 or line(pins.RADIO_DIO0)
        self.radio = Sx1276(self.world, Air(self.world), wires[0], wires[1], wires[2])
        self.board.attach_spi(pins.RADIO_SPI, self.radio)
        return self

    def module(self, name):
        """A module of the firmware, on this board."""
        return firmware.on(self.board).load(name)

    def machine(self):
        return self.module("machine")

    def boot(self, cause=POWER_ON_RESET):
        self.board.power_on(cause)
        self.loop = Loop(self.world, self.board.crystal)
        module = firmware.on(self.board).load("gate_station.board.pico")
        self.pico = module.Pico(self.loop, self.console, self._open)
        self.log = self.pico.log
        for name, coroutine in self.pico.shell.coroutines():
            self.loop.spawn(coroutine, name)
        return self

    def run_ms(self, ms):
        self.loop.run_until(self.world.now_us + ms * 1000)

    def press(self, hold_ms=100):
        line = self.board.line(pins.BUTTON)
        line.set(0, "hand")
        self.world.at(self.world.now_us + hold_ms * 1000, lambda: line.release("hand"))

    def ask(self, kind, payload=b"", wait_ms=300):
        """(kind, payload) of each answer."""
        self.console.take()
        self.console.arrive(self.link.ask(kind, payload, 0))
        self.run_ms(wait_ms)
        frames = self.reader.feed(self.console.take())
        return [(kind, payload) for kind, _, payload in frames]

    def rows(self):
        from gate_wire import record

        buf = bytearray(64)
        rows = []
        for seq in range(self.log.next_seq):
            if self.log.read(seq, buf):
                rows.append(record.unpack(buf))
        return rows
