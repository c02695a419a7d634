"""A virtual station's USB port as a TCP port, in step with real time.

From the moment when serving begins, a second of the world is a second of the room. One client at a
time, as with a cable: who comes second is turned away, and the first does not notice.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from typing import Protocol

from yellowgate.errors import GateError
from yellowgate.sim.devices.console import VirtualConsole

_IDLE_S = 0.02  # how long the room may be ahead of the world while nothing is said
_SLICE_US = 5000  # the world goes on in slices; what it says in one is sent after it
_CHUNK_BYTES = 4096


class Served(Protocol):
    """What is served: a station with a console, in its world."""

    @property
    def console(self) -> VirtualConsole:
        """Its port."""
        ...

    @property
    def now_us(self) -> int:
        """True time of its world."""
        ...

    def advance_to(self, us: int) -> None:
        """Let its world go on."""
        ...


class Server:
    """Listens on 127.0.0.1. port 0: any that is free; url tells which. Raises GateError."""

    def __init__(
        self, station: Served, port: int = 0, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._station = station
        self._monotonic_s = monotonic_s
        self._client: socket.socket | None = None
        self._ahead_us: int | None = None
        self._unsent = b""
        self._moved = False
        self._listener = socket.socket()
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind(("127.0.0.1", port))
        except OSError as error:
            self._listener.close()
            raise GateError(
                f"port {port}: cannot be listened on ({error.strerror}); take another, or 0 for any"
            ) from error
        self._listener.listen()
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"socket://127.0.0.1:{self.port}"

    def serve(self, stops: Callable[[], bool]) -> None:
        """Until stops(), which is asked many times a second."""
        ahead_us = self._station.now_us - self._room_us()
        while not stops():
            self._wait(0 if self._is_busy() else _IDLE_S)
            self._catch_up(self._room_us() + ahead_us)
            self._receive(ahead_us)

    def begin(self) -> int:
        """From this moment, or from the first call, the world goes with the room; returns how far
        it is ahead of the room's clock, in microseconds.
        """
        if self._ahead_us is None:
            self._ahead_us = self._station.now_us - self._room_us()
        return self._ahead_us

    def close(self) -> None:
        """Let go of the port and of whoever is on it."""
        self._hang_up()
        self._listener.close()

    def _room_us(self) -> int:
        return int(self._monotonic_s() * 1_000_000)

    def _is_busy(self) -> bool:
        """Is a conversation under way, in which the station may have more to say at once?"""
        moved, self._moved = self._moved, False
        return not self._unsent and (moved or self._station.console.waiting() > 0)

    def _catch_up(self, target_us: int) -> None:
        """Let the world go on to the room's time, unless the client takes no more just now."""
        station = self._station
        while station.now_us < target_us and self._send():
            station.advance_to(min(target_us, station.now_us + _SLICE_US))
        self._send()

    def _wait(self, timeout_s: float) -> None:
        """Until somebody comes, says something, or takes what he is sent."""
        clients = [self._client] if self._client else []
        readable, _, _ = select.select(
            [self._listener, *clients], clients if self._unsent else [], [], timeout_s
        )
        if self._listener in readable:
            self._accept()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._client is not None and self._has_gone(self._client):
            self._hang_up()
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._unsent = b""
        self._station.console.plug(True)

    @staticmethod
    def _has_gone(client: socket.socket) -> bool:
        """Did it hang up, and nobody has looked yet? Who comes next is then not the second."""
        try:
            return client.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _receive(self, ahead_us: int) -> None:
        """What the client says reaches the station when it is said: not a slice earlier."""
        if self._client is None or self._station.console.waiting() > _CHUNK_BYTES:
            return
        try:
            data = self._client.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._moved = True
            self._station.advance_to(max(self._station.now_us, self._room_us() + ahead_us))
            self._station.console.arrive(data)
            self._station.advance_to(self._station.now_us)
            self._send()
        else:
            self._hang_up()

    def _send(self) -> bool:
        """False: the client does not take more just now."""
        if self._client is None:
            self._station.console.take()
            return True
        if not self._unsent:
            self._unsent = self._station.console.take()
        while self._unsent:
            try:
                sent = self._client.send(self._unsent)
            except BlockingIOError:
                return False
            except OSError:
                self._hang_up()
                return True
            self._unsent = self._unsent[sent:]
            self._moved = True
        return True

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
            self._unsent = b""
            self._station.console.plug(False)
