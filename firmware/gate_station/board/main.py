"""What the Pico runs after its start: `import gate_station.board.main` in main.py, then run().

start.py may lead to MicroPython's REPL instead, so that a board can always be given new firmware;
the watchdog is not on yet then.
"""

# The stubs leave types open in the signatures of open, rename and remove.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

import asyncio
import os

import machine

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

    from gate_station import ports
    from gate_station.board.pico import Pico


class BoardAio:
    """ports.Aio over asyncio."""

    async def sleep_ms(self, ms: int) -> None:
        """Let others run for at least ms milliseconds."""
        await asyncio.sleep_ms(ms)

    def flag(self) -> asyncio.ThreadSafeFlag:
        """An event that an interrupt may set."""
        return asyncio.ThreadSafeFlag()


class BoardFiles:
    """ports.Files over the board's filesystem."""

    open = staticmethod(open)
    rename = staticmethod(os.rename)
    remove = staticmethod(os.remove)


def run() -> None:
    """Be a station until a host wants the REPL or begins a new log, or the uptime ends; then
    restart.
    """
    files: Any = BoardFiles()
    if _wants_repl(files):
        return
    from gate_station.board import pico  # noqa: PLC0415 - only now, the REPL needs none of it
    from gate_station.drivers import console  # noqa: PLC0415

    port: Any = console.Console()
    station = pico.Pico(BoardAio(), port, files=files)
    asyncio.run(_all(station))
    if station.server.leaves:
        from gate_station.drivers import resets  # noqa: PLC0415 - it left memory after the start

        resets.ask_for_repl()
    machine.reset()


def _wants_repl(files: "ports.Files") -> bool:
    from gate_station.board import start  # noqa: PLC0415 - it leaves memory after the start

    return start.wants_repl(files)


async def _all(station: "Pico") -> None:
    for _, coroutine in station.shell.coroutines():
        asyncio.create_task(coroutine)
    await station.flags.stopped.wait()
    await asyncio.sleep_ms(100)  # what was written last is still on its way to the host
