"""How far virtual stations have played their scripts: on the terminal, to who comes to a port."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn

from yellowgate.cli.context import console


@contextmanager
def playing(end_us: int, tell: Callable[[str], object]) -> Generator[Callable[[int], None]]:
    """Within it, call what it gives with the world's time, now and then. end_us: of the scripts.
    tell: what it is told goes to whoever has come to a port meanwhile.
    """
    out = console(to_error=True)
    columns = TextColumn("{task.description}"), BarColumn()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=end_us)

        def show(now_us: int) -> None:
            said = _how_far(now_us, end_us)
            bar.update(task, completed=now_us, description=said)
            tell(f"{said}: the port answers when the script has been played")

        yield show


def _how_far(now_us: int, end_us: int) -> str:
    hours = f"{now_us / 3.6e9:.1f} of {end_us / 3.6e9:.1f} hours"
    return f"playing, {100 * now_us // max(1, end_us)} % ({hours})"
