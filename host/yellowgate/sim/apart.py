"""Virtual stations in processes of their own: on several cores their worlds go on at once.

Each plays when it is told to, from event to event, and then serves its port, for which the world
goes with the room. Between two orders its world stands still.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from yellowgate.errors import GateError
from yellowgate.sim.serve import StationServer
from yellowgate.sim.station import EPOCH_2020_UNIX_US, Plan, Running

SLICE_US = 1_800_000_000  # of the world; after each it is said how far it is
LOOK_S = 1.0  # so often it is looked whether the process that gives the orders is still there


class Served(NamedTuple):
    """Where a station serves. ahead_us: by how much its world's UTC is ahead of this computer's."""

    url: str
    ahead_us: int


class Apart:
    """A station in a process of its own. plan: see Plan; its image must not be in use.

    Every method raises GateError when the process has ended.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now_us = 0  # world time, by what it said last
        self.is_playing = False
        # A new interpreter on every system: nothing of this process is in it, no thread, no port.
        fresh = multiprocessing.get_context("spawn")
        self.pipe, theirs = fresh.Pipe()
        self._process = fresh.Process(target=_live, args=(plan, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def play(self, until_us: int) -> None:
        """Let its world go on to this moment; returns at once."""
        self._tell(until_us)
        self.is_playing = True

    def hear(self) -> None:
        """Take what it has to say, once."""
        self.now_us, self.is_playing = self._told()

    def serve(self) -> Served:
        """Open its port, until stop()."""
        self._tell("serve")
        return Served(*self._told())

    def stop(self) -> None:
        """Close its port."""
        self._tell("stop")
        self._told()

    def close(self) -> None:
        """The power goes, the process ends."""
        with suppress(OSError):
            self.pipe.close()
        self._process.terminate()
        self._process.join()

    def _tell(self, order: object) -> None:
        try:
            self.pipe.send(order)
        except OSError as error:
            raise self._gone() from error

    def _told(self) -> Any:  # noqa: ANN401 - what the other process said
        try:
            return self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error

    def _gone(self) -> GateError:
        return GateError(
            f"virtual station {self.plan.station_id}: its process has ended; try again"
        )


def play_all(stations: Sequence[Apart], show: Callable[[Apart], None]) -> None:
    """Until all have played what they were told to. show: called when one said how far it is."""
    while playing := {one.pipe: one for one in stations if one.is_playing}:
        for pipe in wait(list(playing)):
            one = playing[pipe]  # pyright: ignore[reportArgumentType] - only pipes were waited for
            one.hear()
            show(one)


def _live(plan: Plan, pipe: Connection) -> None:
    """The other process: carries out orders until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives the orders
    running = Running(plan)
    with suppress(EOFError, OSError):
        while (order := _next(pipe)) is not None:
            if order == "serve":
                _serve(running, pipe)
            else:
                _play(running, pipe, order)
    running.close()


def _next(pipe: Connection) -> Any:  # noqa: ANN401 - an order
    parent = multiprocessing.parent_process()
    while not pipe.poll(LOOK_S):
        if parent is not None and not parent.is_alive():
            return None
    return pipe.recv()


def _play(running: Running, pipe: Connection, until_us: int) -> None:
    is_playing = True
    while is_playing:
        running.play(min(until_us, running.now_us + SLICE_US))
        is_playing = running.now_us < until_us
        pipe.send((running.now_us, is_playing))


def _serve(running: Running, pipe: Connection) -> None:
    server = StationServer(running)
    try:
        # As the room's clock would read if it were right in this world.
        world_us = time.monotonic_ns() // 1000 + server.begin()
        utc_us = EPOCH_2020_UNIX_US + running.course.progress.utc_us + world_us
        pipe.send((server.url, utc_us - time.time_ns() // 1000))
        server.serve(pipe.poll)
    finally:
        server.close()
    pipe.send(pipe.recv())
