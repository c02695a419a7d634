"""An emulated Pico with a real image on a table: power, touches, what is heard, what is stored."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from gate_wire import kinds, record
from yellowgate.link.session import PATIENCE_VARIABLE
from yellowgate.sim import emulator, pico
from yellowgate.store import image

GATE = (sys.executable, "-c", "from yellowgate.cli.main import main; main()")
PATIENCE = "60"  # an answer in 20 ms on the chip takes a second here
SPEED = 4.0  # guest seconds a wall second, while the guest has nothing to do
QUIET_US = 1_500_000  # after the sounds of the start
START_US = 30_000_000  # at most
BEEP_US = 1_500_000  # a touch that is not answered by then, is not
HOLD_US = 300_000


class Broken(AssertionError):
    """A promise was not kept."""


class Table:
    """One emulated board on a table, its flash in a file."""

    def __init__(self, flash: Path) -> None:
        self.flash = flash
        self.station = pico.EmulatedStation(
            pico.PicoOptions(image=flash, speed=SPEED, say=lambda _text: None)
        )
        self.on_us = 0
        self.touches = 0
        self._port = 0

    @property
    def now_us(self) -> int:
        """Guest time; it stands while the power is off."""
        bridge = self.station.bridge
        return self.station.world.now_us if bridge is None else bridge.now_us()

    @property
    def chip(self) -> emulator.Emulator:
        """The board that has power now."""
        if self.station.emulator is None:
            raise Broken("the board has no power")
        return self.station.emulator

    async def power_on(self) -> int:
        """Start the station; the time from power to its first sound, in us."""
        self.station.board.sounds.clear()
        self.on_us = self.now_us
        await self.station.power_on()
        await self.until(lambda: bool(self.tones_us(self.on_us)), START_US, "no sound")
        first_us = self.tones_us(self.on_us)[0]
        await self.until(self._is_quiet, START_US, "it goes on sounding")
        return first_us - self.on_us

    async def power_off(self) -> None:
        """Cut it."""
        await self.station.power_off()

    def close(self) -> None:
        """Clear the table."""
        self.station.pipe.close()

    async def until(self, is_so: Callable[[], bool], limit_us: int, else_say: str) -> None:
        """Let guest time pass until it is so; Broken after limit_us."""
        deadline_us = self.now_us + limit_us
        while not is_so():
            if self.chip.is_off:
                raise Broken(f"the emulator stopped: {self.chip.simulator.engine_room_error}")
            if self.now_us > deadline_us:
                raise Broken(f"{else_say} within {limit_us / 1e6:g} s")
            await asyncio.sleep(0.01)

    async def wait(self, us: int) -> None:
        """Guest time."""
        end_us = self.now_us + us
        await self.until(lambda: self.now_us >= end_us, us + 1_000_000, "time stands")

    def tones_us(self, since_us: int) -> list[int]:
        """When tones began."""
        return [one.at_us for one in self.station.board.sounds if one.hz and one.at_us >= since_us]

    def _is_quiet(self) -> bool:
        sounds = self.station.board.sounds
        return not sounds[-1].hz and self.now_us > sounds[-1].at_us + QUIET_US

    def begin_touch(self) -> tuple[str, int]:
        """Hold another tag to the reader; (its UID in hex, when)."""
        self.touches += 1
        uid = f"04{self.touches:012x}"
        begun_us = self.now_us
        self.stir(lambda: self.station.parts.reader.touch(bytes.fromhex(uid), HOLD_US))
        return uid, begun_us

    def stir(self, action: Callable[[], object]) -> None:
        """Something happens to the board from outside, at the guest's present time."""
        bridge = self.station.bridge
        if bridge is None:
            action()
            return
        bridge.go_on()
        action()
        bridge.go_on()

    async def touch(self) -> float:
        """A tag that is acknowledged and in the flash; from touch to beep in ms."""
        uid, begun_us = self.begin_touch()
        await self.until(lambda: bool(self.tones_us(begun_us)), BEEP_US, f"no beep for {uid}")
        if self.tags().count(uid) != 1:
            raise Broken(f"{uid} was acknowledged and is {self.tags().count(uid)} times there")
        beep_ms = (self.tones_us(begun_us)[0] - begun_us) / 1000
        await self.until(self._is_quiet, 5_000_000, "the beep does not end")
        return beep_ms

    async def press(self) -> float:
        """The button; from press to beep in ms."""
        begun_us = self.now_us
        self.stir(lambda: self.station.input("press", ""))
        await self.until(lambda: bool(self.tones_us(begun_us)), BEEP_US, "no beep for a press")
        return (self.tones_us(begun_us)[0] - begun_us) / 1000

    def tags(self) -> list[str]:
        """UIDs in the flash, by the records' own checksums, as the host reads an image."""
        found: list[str] = []
        for log in image.read(self.flash.read_bytes()):
            for _, raw in log.records:
                one = record.unpack(raw)
                if one.kind == kinds.TAG:
                    found.append(one.body.hex())
        return found

    async def url(self) -> str:
        """Where its USB console is."""
        if not self._port:
            self._port = await self.station.pipe.open("127.0.0.1", 0)
        return f"socket://127.0.0.1:{self._port}"

    async def gate(self, *arguments: str, race: Path | None = None) -> str:
        """A command with this board as its port; what it says. Broken when it fails."""
        line = [*GATE, *arguments, "--port", await self.url()]
        line += ["--race", str(race)] if race else []
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, PATIENCE_VARIABLE: PATIENCE, "COLUMNS": "200"},
        )
        said = (await process.communicate())[0].decode()
        if process.returncode:
            raise Broken(f"{' '.join(arguments)}: {said}")
        return said
