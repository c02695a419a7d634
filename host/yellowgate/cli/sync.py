"""gate sync: download from stations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, race_option
from yellowgate.errors import GateError
from yellowgate.link.hostclock import HostClock, this_laptop
from yellowgate.link.port import SerialPort, find_stations
from yellowgate.link.sync import SyncResult, sync
from yellowgate.store.store import Store


@click.command("sync")
@click.option(
    "--port", "ports", multiple=True, metavar="URL", help="/dev/ttyACM0, COM5, socket://…"
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--set-clock", is_flag=True, help="Set the stations' clocks from this laptop.")
@race_option
def sync_command(folder: RaceFolder, ports: tuple[str, ...], as_json: bool, set_clock: bool) -> int:
    """Download from stations what is not here yet.

    Safe to repeat, to break off and to run twice at once. Without --port, every Pico on USB. The
    stations are told the tags of the roster, which they then greet as known.

    \b
    Example: gate sync --port /dev/ttyACM0 --port socket://127.0.0.1:7001
    """
    urls = ports or tuple(find_stations())
    if not urls:
        raise GateError(
            "no station on USB: plug one in, or name its port with --port (a charging-only cable "
            "looks like no cable at all)"
        )
    store = folder.store()
    try:
        tags, errors = [bytes.fromhex(tag) for one in folder.roster() for tag in one.tags], []
    except GateError as error:  # records come first
        tags, errors = [], [f"{error}; the stations were not told who is on the roster"]
    results, failures = sync_all(store, urls, this_laptop(), set_clock, tags)
    errors += failures
    if as_json:
        stations = [asdict(result) for result in results]
        click.echo(json.dumps({"stations": stations, "errors": errors}, indent=1))
    elif results:
        console().print(sync_table(results))
    for error in errors:
        click.echo(click.style("gate:", fg="red", bold=True) + f" {error}", err=True)
    return 1 if errors else 0


def sync_all(
    store: Store,
    urls: Iterable[str],
    clock: HostClock,
    set_clock: bool = False,
    tags: Sequence[bytes] = (),
) -> tuple[list[SyncResult], list[str]]:
    """Sync one station after the other; a failure of one does not keep the others from it."""
    results: list[SyncResult] = []
    errors: list[str] = []
    with _progress() as bar:
        for url in urls:
            task = bar.add_task(url, total=None)

            def show(done: int, total: int, task: int = task) -> None:
                bar.update(task, completed=done, total=total)  # type: ignore[arg-type]

            try:
                port = SerialPort(url)
                try:
                    results.append(sync(port, store, clock, show, set_clock, tags))
                finally:
                    port.close()
            except GateError as error:
                errors.append(str(error))
    return results, errors


def _progress() -> Progress:
    out = console(to_error=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )


def sync_table(results: list[SyncResult]) -> Table:
    """What the syncs brought, for the terminal."""
    table = Table(title="Sync", title_justify="left")
    for name in ("station", "role", "new", "in all", "lost on the station", "log full", "clock ±"):
        table.add_column(name, justify="left" if name in ("station", "role") else "right")
    for row in results:
        lost = sum(end - start for start, end in row.lost)
        bound_ms = None if row.clock_bound_us is None else row.clock_bound_us / 1000
        table.add_row(
            f"{row.name or 'station'} ({row.station_id})",
            row.role,
            str(row.new),
            str(row.next_seq - lost),
            Text(str(lost), style="red" if lost else ""),
            f"{row.fill_permille / 10:.1f} %",
            ("" if bound_ms is None else f"{bound_ms:.1f} ms")
            + (" (clock set)" if row.clock_was_set else ""),
        )
    return table
