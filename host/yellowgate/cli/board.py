"""gate board: who is out there, in the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.live import Live as LiveView
from rich.text import Text

from yellowgate.cli.context import (
    STORE_FILE,
    TIME,
    RaceFolder,
    console,
    event_option,
    now_us,
    of_event,
    race_option,
)
from yellowgate.errors import GateError, StoreError

if TYPE_CHECKING:
    from yellowgate.live import Live as LiveRace
    from yellowgate.official import Race
    from yellowgate.store.store import Store
    from yellowgate.web.latest import Latest

EVERY_S = 5.0


def reader(folder: RaceFolder, event: str = "") -> Callable[[], Race]:
    """Reads what changed since the last time, roster and rules too. Never makes a store: a race.db
    that is gone (the stick was pulled) is a trouble, not an empty race.
    """
    from yellowgate.live import Live as LiveRace

    kept: list[tuple[object, Store, LiveRace]] = []

    def drop() -> None:
        for _, store, _ in kept:
            store.close()
        kept.clear()

    def read() -> Race:
        which = _there(folder)
        if kept and kept[0][0] != which:
            drop()  # another file is in its place
        if not kept:
            store = folder.store()
            kept.append((which, store, LiveRace(store)))
        try:
            return of_event(kept[0][2].race(folder.race(), folder.roster()), event)
        except StoreError:
            drop()
            raise

    return read


def _there(folder: RaceFolder) -> object:
    """Which store it is. Raises GateError when it is gone."""
    url = folder.shared_url()
    if url:
        return url
    path = folder.path / STORE_FILE
    try:
        state = path.stat()
    except OSError as error:
        raise GateError(
            f"{path}: there is no such file; gate sync or gate merge makes it"
        ) from error
    if not state.st_size:
        raise GateError(f"{path}: it is empty; gate sync or gate merge fills it")
    return state.st_dev, state.st_ino


def latest(
    folder: RaceFolder,
    as_of_us: int | None,
    event: str,
    stamp: Callable[[], object] = object,
    hide: Callable[[str], str] = str,
) -> Latest:
    """The race as it is now, or was at a moment. stamp, hide: see Latest."""
    from yellowgate.web.latest import Latest

    try:
        folder.race().of_event(event)  # what is no race is said at once, not on the board
    except ValueError as error:
        raise GateError(str(error)) from error
    now = now_us if as_of_us is None else lambda: as_of_us
    return Latest(reader(folder, event), now, stamp=stamp, hide=hide, is_now=as_of_us is None)


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
    from yellowgate.report.boardtable import WIDE_LETTERS, board_view

    newest = latest(folder, as_of_us, event)
    out = console()

    def view() -> RenderableType:
        seen = newest.view()
        if not seen.parts:
            return Text(seen.trouble, style="bold red")
        is_wide = out.width >= WIDE_LETTERS
        return Group(
            *(
                board_view(one.board, one.log, seen.trouble, only or "", everyone, is_wide)
                for one in seen.parts
            )
        )

    if once:
        if not newest.view().parts:
            raise GateError(newest.view().trouble)
        out.print(view())
        return 0
    try:
        with LiveView(view(), console=out, screen=out.is_terminal) as live:
            while True:
                time.sleep(max(0.5, every_s))
                live.update(view(), refresh=True)
    except KeyboardInterrupt:
        return 0
