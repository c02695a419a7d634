"""The emulated Pico's USB console as a TCP port: bytes as they are, one client at a time."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from yellowgate.sim.emulator import Emulator

_RETRY_NS = 100_000  # guest time, until the board's buffer is looked at again
_WAITING_BYTES_MAX = 8192


class UsbPipe:
    """Stays while boards come and go: attach() gives it the one that has power now."""

    def __init__(self) -> None:
        self._emulator: Emulator | None = None
        self._alarm: Any = None
        self._waiting = bytearray()
        self._client: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port's number (0 asks for any that is free)."""
        self._server = await asyncio.start_server(self._serve, host, port, family=socket.AF_INET)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        self.detach()
        if self._server is not None:
            self._server.close()

    def attach(self, emulator: Emulator) -> None:
        """This board is on the cable from now on."""
        self._emulator = emulator
        self._alarm = emulator.simulator.clock.create_alarm(self._pump)
        emulator.cdc.on_serial_data = self._out
        emulator.on_gone = self.hang_up

    def detach(self) -> None:
        """The board has no power."""
        self._emulator = None
        self.hang_up()

    def hang_up(self) -> None:
        """The port vanishes, as it does on a computer when the board restarts."""
        self._waiting.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _out(self, data: bytes | bytearray) -> None:
        if self._client is not None:
            self._client.write(bytes(data))

    def _pump(self) -> None:
        """Hand the board as much as its buffer takes; more would be dropped without a word."""
        if self._emulator is None:
            return
        cdc: Any = self._emulator.cdc
        room = cdc.tx_fifo.size - cdc.tx_fifo.item_count
        for byte in self._waiting[:room]:
            cdc.send_serial_byte(byte)
        del self._waiting[:room]
        if self._waiting:
            self._alarm.schedule(_RETRY_NS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._client is not None or self._emulator is None:
            writer.close()
            return
        line: socket.socket = writer.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = writer
        try:
            while data := await reader.read(4096):
                if self._client is not writer:
                    break
                self._waiting += data
                self._pump()
                while len(self._waiting) > _WAITING_BYTES_MAX:
                    await asyncio.sleep(0.001)
        except OSError:
            pass
        finally:
            if self._client is writer:
                self._client = None
            writer.close()
