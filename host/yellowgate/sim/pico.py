"""`gate sim station --runtime pico`: a blank or flashed Pico with a real MicroPython image.

The board has all the parts of a station wired to it. Its USB console is a TCP port, its flash a
file: so it is provisioned, tapped, cut off and synced with the same commands as a Pico on a table.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gate_station.board import pins

from yellowgate.errors import GateError
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.world import World

if TYPE_CHECKING:
    from yellowgate.sim.bridge import Bridge
    from yellowgate.sim.emulator import Emulator

UF2_VARIABLE = "YELLOWGATE_PICO_UF2"
UF2_CACHE = Path.home() / ".cache" / "rp2040py"  # where rp2040py keeps what it fetched
FETCH_COMMAND = "rp2040py micropython --image 1.28.0 --fetch-fw-only"
HOLD_US = 300_000  # how long a tag is held to the reader, a plunger pressed
GPIOS = tuple(
    value
    for name, value in vars(pins).items()
    if isinstance(value, int) and not name.startswith("_") and not name.endswith(("_SPI", "_I2C"))
)


@dataclass(frozen=True)
class PicoOptions:
    """How to run it.

    script: (guest microseconds, input, value), ordered; inputs as in simulation scripts. listen:
    TCP port, 0 for any. image: file of the flash. speed: guest seconds a wall second. from_stdin:
    further inputs come line by line, "tag,04a1b2c3", and happen when they come.
    """

    uf2: Path | None = None
    image: Path | None = None
    listen: int = 0
    host: str = "127.0.0.1"
    speed: float = 1.0
    unique_id: bytes = b"YGATE001"
    battery_mv: int = 4000
    script: tuple[tuple[int, str, str], ...] = ()
    from_stdin: bool = False
    say: Callable[[str], None] = field(default=print)


def find_uf2() -> Path | None:
    """The image named by YELLOWGATE_PICO_UF2, else the newest that rp2040py has in its cache."""
    named = os.environ.get(UF2_VARIABLE)
    if named:
        return Path(named) if Path(named).exists() else None
    cached = sorted(UF2_CACHE.glob("RPI_PICO-*.uf2"))
    return cached[-1] if cached else None


def why_not() -> str:
    """Why an emulated Pico cannot run here and what to do; "" when it can."""
    if find_spec("rp2040py") is None:
        return "rp2040py is missing: pip install 'yellowgate[pico]'"
    if find_uf2() is None:
        return f"no MicroPython image for the Pico is at hand: {FETCH_COMMAND}"
    return ""


def run_pico(options: PicoOptions) -> None:
    """Run until it is stopped by Ctrl-C. Raises GateError when there is no image."""
    reason = "" if options.uf2 is not None and find_spec("rp2040py") else why_not()
    if reason:
        raise GateError(reason)
    asyncio.run(EmulatedStation(options).run())


class EmulatedStation:
    """The board on the table: it stays, while its power comes and goes."""

    def __init__(self, options: PicoOptions) -> None:
        from yellowgate.sim.usbpipe import UsbPipe  # noqa: PLC0415 - rp2040py is an extra

        self.options = options
        self.world = World()
        self.board = Board(self.world, unique_id=options.unique_id)
        self.reader = fit_parts(self.board, options.battery_mv)
        self.pipe = UsbPipe()
        self.emulator: Emulator | None = None
        self._bridge: Bridge | None = None
        self._wanted: list[bool] = []  # power to be switched, by an input of the script
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        port = await self.pipe.open(self.options.host, self.options.listen)
        for at_us, name, value in self.options.script:
            self.world.at(at_us, lambda name=name, value=value: self.input(name, value))
        if self.options.from_stdin:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read_stdin)
        await self.power_on()
        self.options.say(f"socket://{self.options.host}:{port}")
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._wanted:
                    await (self.power_on() if self._wanted.pop(0) else self.power_off())
        finally:
            await self.power_off()
            self.pipe.close()

    async def power_on(self) -> None:
        """A new power-up on the same flash; returns when the console is there."""
        from yellowgate.sim.bridge import Bridge  # noqa: PLC0415
        from yellowgate.sim.emulator import Emulator  # noqa: PLC0415

        if self.emulator is not None:
            return
        options = self.options
        uf2 = options.uf2 or find_uf2()
        if uf2 is None:
            raise GateError(why_not())
        self.emulator = Emulator(uf2, options.image, options.unique_id, options.speed)
        self._bridge = Bridge(self.emulator, self.board, GPIOS)
        self.pipe.attach(self.emulator)
        await self.emulator.astart()

    async def power_off(self) -> None:
        """Cut the power."""
        if self.emulator is None or self._bridge is None:
            return
        self.pipe.detach()
        self.emulator.stop()
        self._bridge.untie()
        self.emulator = self._bridge = None
        await asyncio.sleep(0)

    def input(self, name: str, value: str) -> None:
        """Something happens to the station, now."""
        if name == "tag":
            self.reader.touch(bytes.fromhex(value), HOLD_US)
        elif name == "press":
            self._press()
        elif name == "power":
            self._wanted.append(value == "on")
            self._wake.set()
        else:
            raise GateError(f"the emulated Pico knows the inputs tag, press and power, not {name}")

    def _press(self) -> None:
        line = self.board.line(pins.BUTTON)
        line.pull_low(True, "button")
        self.world.after(HOLD_US, lambda: line.release("button"))

    def _read_stdin(self) -> None:
        line = sys.stdin.readline()
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            return
        name, _, value = line.strip().partition(",")
        if self._bridge is not None:
            self._bridge.go_on()
        self.input(name, value)
        if self._bridge is not None:
            self._bridge.go_on()


def fit_parts(board: Board, battery_mv: int) -> Pn532:
    """Wire all parts to the board as the pin map says; the reader, for tags to be held to it."""
    line = board.line
    reader = Pn532(board.world, line(pins.NFC_CS), line(pins.NFC_IRQ), line(pins.NFC_RSTPD))
    board.attach_spi(pins.NFC_SPI, reader)
    board.set_millivolts(pins.BATTERY, battery_mv // 2)  # behind the divider
    return reader


def parse_script(rows: Iterable[tuple[float, str, str]]) -> tuple[tuple[int, str, str], ...]:
    """Script rows (seconds, input, value) as PicoOptions wants them."""
    return tuple(sorted((round(at_s * 1e6), name, value) for at_s, name, value in rows))
