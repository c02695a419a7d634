"""`gate sim station --runtime pico`: a blank or flashed Pico with a real MicroPython image.

The board has all the parts of a station wired to it. Its USB console is a TCP port, its flash a
file: so it is provisioned, tapped, cut off and synced with the same commands as a Pico on a table.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gate_station.board import pins

from yellowgate.errors import GateError
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.ds3231 import Ds3231
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.station import CARD_US, DIRECTOR_CARD, HOLD_US
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import World
from yellowgate.sim.script import Step

if TYPE_CHECKING:
    from yellowgate.sim.bridge import Bridge
    from yellowgate.sim.emulator import Emulator

UF2_VARIABLE = "YELLOWGATE_PICO_UF2"
UF2_CACHE = Path.home() / ".cache" / "rp2040py"  # where rp2040py keeps what it fetched
FETCH_COMMAND = "rp2040py micropython --image 1.28.0 --fetch-fw-only"
EPOCH_2020_UNIX_US = 1_577_836_800_000_000
GPIOS = tuple(
    value
    for name, value in vars(pins).items()
    if isinstance(value, int) and not name.startswith("_") and not name.endswith(("_SPI", "_I2C"))
)


@dataclass(frozen=True)
class PicoOptions:
    """How to run it.

    steps: of a script, at guest times from the first power-up. listen: TCP port, 0 for any.
    image: file of the flash. speed: guest seconds a wall second. from_stdin: further inputs come
    line by line, like "tag,04a1b2c3" or "press", and happen when they come.
    """

    uf2: Path | None = None
    image: Path | None = None
    listen: int = 0
    host: str = "127.0.0.1"
    speed: float = 1.0
    unique_id: bytes = b"YGATE001"
    battery_mv: int = 4000
    steps: Sequence[Step] = ()
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
        self.parts = fit_parts(self.board, options.battery_mv)
        self.pipe = UsbPipe()
        self.emulator: Emulator | None = None
        self.bridge: Bridge | None = None
        self._wanted: list[bool] = []  # power to be switched, by an input of the script
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        port = await self.pipe.open(self.options.host, self.options.listen)
        for step in self.options.steps:
            self.world.at(step.at_us, lambda step=step: self.input(step.input, step.value))
        if self.options.from_stdin:
            with contextlib.suppress(OSError):  # a file or nothing at all: nobody types there
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
        self.bridge = Bridge(self.emulator, self.board, GPIOS, pins.BUZZER)
        self.pipe.attach(self.emulator)
        await self.emulator.astart(None)  # as long as this machine takes

    async def power_off(self) -> None:
        """Cut the power."""
        if self.emulator is None or self.bridge is None:
            return
        self.pipe.detach()
        self.emulator.stop()
        self.bridge.untie()
        self.emulator = self.bridge = None
        await asyncio.sleep(0)

    def input(self, name: str, value: str) -> None:
        """Something happens to the station, now; names and values as in scripts."""
        reader = self.parts.reader
        if name in ("start", "taps"):
            reader.touch(DIRECTOR_CARD, HOLD_US)
            then = "press" if name == "start" else "tag"
            self.world.after(CARD_US, lambda: self.input(then, value))
        elif name == "tag":
            reader.touch(bytes.fromhex(value), HOLD_US)
        elif name == "press":
            self._press()
        elif name == "power":
            self._wanted.append(value == "on")
            self._wake.set()
        elif name == "rtc" and value == "lost":
            self.parts.rtc.lose()
        elif name == "rtc":
            self.parts.rtc.jump(int(value))
        else:
            raise GateError(f"unknown input {name!r}")

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
        if self.bridge is not None:
            self.bridge.go_on()
        try:
            self.input(name, value)
        except (GateError, ValueError) as error:
            self.options.say(f"not understood: {error}")
        if self.bridge is not None:
            self.bridge.go_on()


@dataclass(frozen=True)
class Parts:
    """The chips that something may happen to."""

    reader: Pn532
    rtc: Ds3231


def fit_parts(board: Board, battery_mv: int) -> Parts:
    """Wire all parts to the board as the pin map says."""
    line = board.line
    world = board.world
    reader = Pn532(world, line(pins.NFC_CS), line(pins.NFC_IRQ), line(pins.NFC_RSTPD))
    board.attach_spi(pins.NFC_SPI, reader)
    radio = Sx1276(
        world, Air(world), line(pins.RADIO_CS), line(pins.RADIO_RST), line(pins.RADIO_DIO0)
    )
    board.attach_spi(pins.RADIO_SPI, radio)
    rtc = Ds3231(world, line(pins.RTC_SQW), 0, line(pins.RTC_SDA), line(pins.RTC_SCL))
    rtc.set_utc(time.time_ns() // 1000 - EPOCH_2020_UNIX_US)
    board.attach_i2c(pins.RTC_I2C, rtc)
    board.set_millivolts(pins.BATTERY, battery_mv // 2)  # behind the divider
    return Parts(reader, rtc)
