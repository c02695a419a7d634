"""Virtual stations' USB ports as TCP ports, in step with real time.

From the moment when serving begins, a second of the world is a second of the room. One client at a
time on a port, as with a cable: who comes second is turned away, and the first does not notice.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from yellowgate.errors import GateError
from yellowgate.sim.devices.console import VirtualConsole

_IDLE_S = 0.02  # how long the room may be ahead of the world while nothing is said
_SLICE_US = 5000  # the world goes on in slices; what it says in one is sent after it
_CHUNK_BYTES = 4096
_EARLY_BYTES_MAX = 65536


class Going(Protocol):
    """A world with stations in it."""

    @property
    def now_us(self) -> int:
        """Its true time."""
        ...

    def advance_to(self, us: int) -> None:
        """Let it go on."""
        ...


class Served(Going, Protocol):
    """A station with a console, in its world."""

    @property
    def console(self) -> VirtualConsole:
        """Its port."""
        ...


class Port:
    """A console as a TCP port of 127.0.0.1. number 0: any that is free. Raises GateError."""

    def __init__(self, console: VirtualConsole, number: int = 0) -> None:
        self._console = console
        self._client: socket.socket | None = None
        self._unsent = b""
        self._early = b""  # what the client said, and nobody has taken
        self.listener = socket.socket()
        try:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1", number))
        except OSError as error:
            self.listener.close()
            raise GateError(
                f"port {number}: cannot be listened on ({error.strerror}); take another, or 0 for "
                "any"
            ) from error
        self.listener.listen()
        self.listener.setblocking(False)
        self.number: int = self.listener.getsockname()[1]
        self.url = f"socket://127.0.0.1:{self.number}"

    @property
    def readers(self) -> list[socket.socket]:
        """Sockets on which somebody may come or say something."""
        return [self.listener, self._client] if self._client else [self.listener]

    @property
    def writers(self) -> list[socket.socket]:
        """Sockets that are to take something."""
        return [self._client] if self._client and self._unsent else []

    @property
    def is_busy(self) -> bool:
        """Is anything on its way to the client, or to be read by the station?"""
        return bool(self._unsent) or self._console.waiting() > 0

    def accept(self) -> None:
        """Somebody comes."""
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        if self._client is not None and self._has_gone(self._client):
            self.hang_up()
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._unsent = self._early = b""
        self._console.plug(True)

    def turn_away(self, words: str) -> None:
        """Whoever has come is told this, and is gone again."""
        try:
            while True:
                client, _ = self.listener.accept()
                with client, suppress(OSError):
                    client.sendall(f"{words}\r\n".encode())
        except OSError:  # nobody, or nobody more
            return

    def _has_gone(self, client: socket.socket) -> bool:
        """Did it hang up, and nobody has looked yet? Who comes next is then not the second. What
        it said before is kept for receive().
        """
        try:
            while len(self._early) < _EARLY_BYTES_MAX:
                data = client.recv(_CHUNK_BYTES)
                if not data:
                    return True
                self._early += data
        except BlockingIOError:
            return False
        except OSError:
            return True
        return False

    def receive(self) -> bytes:
        """What the client says, b"" for nothing; not more than the station has room for."""
        if self._client is None or self._console.waiting() > _CHUNK_BYTES:
            return b""
        if self._early:
            data, self._early = self._early, b""
            return data
        try:
            data = self._client.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.hang_up()
        return data

    def arrive(self, data: bytes) -> None:
        """What receive() gave reaches the station."""
        self._console.arrive(data)

    def send(self) -> int:
        """What the station wrote, as much as the client takes just now: the number of bytes, -1:
        there was more.
        """
        if self._client is None:
            self._console.take()
            return 0
        if not self._unsent:
            self._unsent = self._console.take()
        count = 0
        while self._unsent:
            try:
                sent = self._client.send(self._unsent)
            except BlockingIOError:
                return -1
            except OSError:
                self.hang_up()
                return 0
            self._unsent = self._unsent[sent:]
            count += sent
        return count

    def hang_up(self) -> None:
        """Let go of the client."""
        if self._client is not None:
            self._client.close()
            self._client = None
            self._unsent = b""
            self._console.plug(False)

    def close(self) -> None:
        """Let go of the port and of whoever is on it."""
        self.hang_up()
        self.listener.close()


class Server:
    """A world and the ports of its stations.

    is_patient: the world waits while a client takes no more; else what does not fit is lost, as
    on a board.
    """

    def __init__(
        self,
        world: Going,
        ports: Sequence[Port],
        monotonic_s: Callable[[], float] = time.monotonic,
        is_patient: bool = False,
    ) -> None:
        self._world = world
        self._ports = list(ports)
        self._monotonic_s = monotonic_s
        self._is_patient = is_patient
        self._ahead_us: int | None = None
        self._moved = False

    def serve(self, stops: Callable[[], bool]) -> None:
        """Until stops(), which is asked many times a second."""
        ahead_us = self.begin()
        while not stops():
            self._wait(0 if self._is_busy() and not self._is_ahead() else _IDLE_S)
            self._catch_up(self._room_us() + ahead_us)
            for port in self._ports:
                self._receive(port, ahead_us)

    def begin(self) -> int:
        """From this moment, or from the first call, the world goes with the room; returns how far
        it is ahead of the room's clock, in microseconds.
        """
        if self._ahead_us is None:
            self._ahead_us = self._world.now_us - self._room_us()
        return self._ahead_us

    def turn_away(self, words: str) -> None:
        """Whoever has come to a port before serving began is told this, and is gone again."""
        for port in self._ports:
            port.turn_away(words)

    def close(self) -> None:
        """Let go of the ports."""
        for port in self._ports:
            port.close()

    def _room_us(self) -> int:
        return int(self._monotonic_s() * 1_000_000)

    def _is_ahead(self) -> bool:
        """Is a station at something that takes longer than it took here: an erase of the whole log?
        What it says after it, the room hears then.
        """
        return self._world.now_us > self._room_us() + (self._ahead_us or 0) + 2 * _SLICE_US

    def _is_busy(self) -> bool:
        """Is a conversation under way, in which a station may have more to say at once?"""
        moved, self._moved = self._moved, False
        if any(port.writers for port in self._ports):
            return False  # select() says when they take more
        return moved or any(port.is_busy for port in self._ports)

    def _catch_up(self, target_us: int) -> None:
        """Let the world go on to the room's time."""
        world = self._world
        while world.now_us < target_us and (self._send() or not self._is_patient):
            world.advance_to(min(target_us, world.now_us + _SLICE_US))
        self._send()

    def _wait(self, timeout_s: float) -> None:
        """Until somebody comes, says something, or takes what he is sent."""
        readers = [one for port in self._ports for one in port.readers]
        writers = [one for port in self._ports for one in port.writers]
        readable, _, _ = select.select(readers, writers, [], timeout_s)
        for port in self._ports:
            if port.listener in readable:
                port.accept()

    def _receive(self, port: Port, ahead_us: int) -> None:
        """What the client says reaches the station when it is said: not a slice earlier."""
        data = port.receive()
        if data:
            self._moved = True
            self._world.advance_to(max(self._world.now_us, self._room_us() + ahead_us))
            port.arrive(data)
            self._world.advance_to(self._world.now_us)
            self._send()

    def _send(self) -> bool:
        """False: a client does not take more just now."""
        if self._is_ahead():
            return True
        counts = [port.send() for port in self._ports]
        self._moved |= any(counts)
        return min(counts) >= 0


class StationServer(Server):
    """One station, whose world waits for its client. port 0: any that is free; url tells which.
    Raises GateError.
    """

    def __init__(
        self, station: Served, port: int = 0, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        made = Port(station.console, port)
        super().__init__(station, [made], monotonic_s, is_patient=True)
        self.url = made.url
