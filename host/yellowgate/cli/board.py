"""gate board, gate serve: who is out there, in the terminal and in a browser."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import click
from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from yellowgate.cli.context import (
    STORE_FILE,
    TIME,
    RaceFolder,
    console,
    echo,
    event_option,
    now_us,
    of_event,
    race_option,
)
from yellowgate.errors import GateError
from yellowgate.official import Race
from yellowgate.report.boardtable import WIDE_LETTERS, board_view
from yellowgate.web.latest import Latest

EVERY_S = 5.0
PORT = 8642
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def reader(folder: RaceFolder, event: str = "") -> Callable[[], Race]:
    """Reads the race anew each time, roster and rules too. Never makes a store: a race.db that
    is gone (the stick was pulled) is a trouble, not an empty race.
    """

    def read() -> Race:
        path = folder.path / STORE_FILE
        if not folder.shared_url():
            if not path.exists():
                raise GateError(f"{path}: there is no such file; gate sync or gate merge makes it")
            if not path.stat().st_size:
                raise GateError(f"{path}: it is empty; gate sync or gate merge fills it")
        store = folder.store()
        try:
            return of_event(Race.read(folder.race(), folder.roster(), store), event)
        finally:
            store.close()

    return read


def latest(folder: RaceFolder, as_of_us: int | None, event: str) -> Latest:
    """The race as it is now, or was at a moment."""
    try:
        folder.race().of_event(event)  # what is no race is said at once, not on the board
    except ValueError as error:
        raise GateError(str(error)) from error
    return Latest(reader(folder, event), now_us if as_of_us is None else lambda: as_of_us)


@click.command()
@click.option("--once", is_flag=True, help="Print once, and that is it.")
@click.option("--all", "everyone", is_flag=True, help="A line for everybody, also who is out.")
@click.option("--only", type=click.Choice(["F", "M"]), help="Women or men alone.")
@click.option("--every", "every_s", default=EVERY_S, show_default=True, help="Refresh, seconds.")
@click.option("--as-of", "as_of_us", type=TIME, help="The board of this moment.")
@event_option
@race_option
def board(
    folder: RaceFolder,
    once: bool,
    everyone: bool,
    only: str | None,
    every_s: float,
    as_of_us: int | None,
    event: str,
) -> int:
    """Who is out there, live: the most urgent first, until Ctrl-C.

    Not accounted for, overdue, on course with the time left, in camp; silent stations in red.

    \b
    Example: gate board
             gate board --once --all > sheet.txt
    """
    newest = latest(folder, as_of_us, event)
    out = console()

    def view() -> RenderableType:
        seen = newest.view()
        if seen.board is None or seen.log is None:
            return Text(seen.trouble, style="bold red")
        is_wide = out.width >= WIDE_LETTERS
        return board_view(seen.board, seen.log, seen.trouble, only or "", everyone, is_wide)

    if once:
        if newest.view().board is None:
            raise GateError(newest.view().trouble)
        out.print(view())
        return 0
    try:
        with Live(view(), console=out, screen=out.is_terminal) as live:
            while True:
                time.sleep(max(0.5, every_s))
                live.update(view(), refresh=True)
    except KeyboardInterrupt:
        return 0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--as-of", "as_of_us", type=TIME, help="The board of this moment.")
@event_option
@race_option
def serve(folder: RaceFolder, host: str, port: int, as_of_us: int | None, event: str) -> int:
    """The board in a browser, until Ctrl-C. It only shows: nothing can be ruled there.

    Only this laptop sees it, unless --host says otherwise: with --host 0.0.0.0 everybody in the
    same network reads names, places and times, without a password. Nothing is sent anywhere else.

    \b
    Example: gate serve
             gate serve --host 0.0.0.0        (phones in the camp's own network)
    """
    from waitress.server import create_server  # noqa: PLC0415 - a second that others need not wait

    from yellowgate.web.app import create_app  # noqa: PLC0415

    app = create_app(latest(folder, as_of_us, event), is_still=as_of_us is not None)
    try:
        server = create_server(app, host=host, port=port, threads=8, ident="")
    except OSError as error:
        raise GateError(
            f"{host}:{port} cannot be used ({error.strerror}): another program has it? try --port"
        ) from error
    # "localhost" may be two sockets; then waitress has a list of them, else one port.
    single = [(host, getattr(server, "effective_port", port))]
    listening: list[tuple[str, int]] = getattr(server, "effective_listen", single)
    for line in _addresses(host, listening[0][1]):
        echo(line)
    try:
        server.run()
    finally:
        server.close()
    return 0


def _addresses(host: str, port: int) -> list[str]:
    """Where it is to be seen, and who can."""
    if host in LOOPBACK:
        return [f"The board: http://{host}:{port}/  (only on this laptop; Ctrl-C ends it)"]
    shown = _own_address() if host in ("0.0.0.0", "::") else host
    return [
        f"The board: http://{shown}:{port}/  (Ctrl-C ends it)",
        "Everybody in this network can read it: names, places and times, no password, "
        "not encrypted. Use a network of your own.",
    ]


def _own_address() -> str:
    """The address that others in the network reach this laptop by. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: only the route is asked
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
