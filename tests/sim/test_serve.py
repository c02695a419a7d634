"""Stations' ports in step with the room, also where a station does one thing for seconds."""

from __future__ import annotations

import socket

from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.serve import StationServer

ERASING_US = 6_000_000


class Busy:
    """A station that takes six seconds for whatever it is told, and then says that it is done."""

    def __init__(self) -> None:
        self.now_us = 0
        self.console = VirtualConsole()

    def advance_to(self, us: int) -> None:
        buf = bytearray(16)
        if self.console.read(buf):
            self.now_us += ERASING_US
            self.console.write(b"done")
        self.now_us = max(self.now_us, us)


def test_an_answer_comes_when_the_station_gives_it_and_not_before() -> None:
    station = Busy()
    room_us = 0
    heard: list[int] = []
    server = StationServer(station, 0, lambda: room_us / 1e6)
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as client:
        client.setblocking(False)
        client.sendall(b"erase")

        def stops() -> bool:
            nonlocal room_us
            room_us += 250_000
            try:
                if client.recv(16):
                    heard.append(room_us)
            except BlockingIOError:
                pass
            return room_us > 3 * ERASING_US

        server.serve(stops)
    server.close()
    assert len(heard) == 1 and ERASING_US <= heard[0] <= ERASING_US + 1_500_000


def test_who_comes_too_early_is_told_how_far_the_script_is_and_the_next_one_is_served() -> None:
    station = Busy()
    server = StationServer(station, 0, lambda: station.now_us / 1e6)
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    with socket.create_connection(address) as early:
        server.turn_away("playing, 37 %")
        assert early.recv(100) == b"playing, 37 %\r\n"
        assert early.recv(100) == b""
    server.turn_away("nobody is there")
    with socket.create_connection(address) as client:
        client.sendall(b"erase")
        rounds = iter(range(4))
        server.serve(lambda: next(rounds, None) is None)
        assert client.recv(16) == b"done"
    server.close()
