"""gate sync: download from stations."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, echo, now_us, race_option
from yellowgate.errors import GateError
from yellowgate.redact import without_secrets

if TYPE_CHECKING:
    from yellowgate.clock.correct import Corrected
    from yellowgate.link.hostclock import HostClock
    from yellowgate.link.sync import SyncResult
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
    from yellowgate.link.hostclock import this_laptop
    from yellowgate.link.port import find_stations
    from yellowgate.link.sync import known_tags

    urls = ports or tuple(find_stations())
    if not urls:
        raise GateError(
            "no station on USB: plug one in, or name its port with --port (a charging-only cable "
            "looks like no cable at all)"
        )
    store = folder.store()
    try:
        tags, errors = known_tags(folder.roster()), []
    except GateError as error:  # records come first
        tags, errors = [], [f"{error}; the stations were not told who is on the roster"]
    key = folder.race_key()
    results, failures = sync_all(store, urls, this_laptop(), set_clock, tags, key)
    errors += failures + twins(store, results)
    said = _clock_lines(folder, store, results, errors)
    if as_json:
        stations = [asdict(result) for result in results]
        made = {"stations": stations, "clocks": said, "errors": errors}
        echo(json.dumps(made, indent=1))
    elif results:
        console().print(sync_table(results))
        for line in said:
            echo(line, head="clock:")
    for error in errors:
        echo(without_secrets(str(error)), err=True, head="gate:")
    return 1 if errors else 0


def _clock_lines(
    folder: RaceFolder, store: Store, results: Sequence[SyncResult], errors: list[str]
) -> list[str]:
    """What is wrong with the clocks of these stations, and what it moves."""
    from yellowgate.official import Race

    try:
        race = Race.read(folder.race(), (), store)
    except GateError as error:  # the records are here all the same
        errors.append(f"{error}; the clocks were not looked at")
        return []
    return list(clock_lines(race.at(now_us()).corrected, results))


def clock_lines(corrected: Corrected, results: Iterable[SyncResult]) -> Iterator[str]:
    """Of stations that were off, or whose clocks contradict each other, in words."""
    from yellowgate.clock.report import MOVED_US, contradictions, moved_by_us, seconds

    times = {log.records.log_id: log for log in corrected.times}
    for row in results:
        name = f"{row.name or 'station'} ({row.station_id})"
        ahead_us = row.clock_ahead_us or 0
        if abs(ahead_us) > MOVED_US:
            side = "ahead of" if ahead_us > 0 else "behind"
            moved = moved_by_us(times[row.log_id]) if row.log_id in times else []
            yield (
                f"{name}: its clock was {seconds(abs(ahead_us))} {side} this laptop's"
                f"{', and was set' if row.clock_was_set else ''}. {_moved_words(moved)}"
            )
        if row.clock_locked:
            yield (
                f"{name}: its clock was not set: that needs its race's key, which is not here. "
                "This laptop's time was recorded, and sets nothing"
            )
        if row.log_id in corrected.logs:
            for text in contradictions(corrected.logs[row.log_id]):
                yield f"{name}: {text}"


def _moved_words(moved: Sequence[int]) -> str:
    from yellowgate.clock.report import seconds

    if not moved:
        return "No touch is moved by that."
    most_us = max(map(abs, moved))
    side = "later" if sum(moved) > 0 else "earlier"
    touches = f"{len(moved)} touches are" if len(moved) > 1 else "1 touch is"
    return f"{touches} shown up to {seconds(most_us)} {side} than stamped (gate clock)."


def sync_all(
    store: Store,
    urls: Iterable[str],
    clock: HostClock,
    set_clock: bool = False,
    tags: Sequence[bytes] = (),
    race_key: bytes = b"",
) -> tuple[list[SyncResult], list[str]]:
    """Sync one station after the other; a failure of one does not keep the others from it."""
    from yellowgate.link.port import SerialPort
    from yellowgate.link.sync import sync

    results: list[SyncResult] = []
    errors: list[str] = []
    with _progress() as begin:
        for url in urls:
            show = begin(url)
            try:
                port = SerialPort(url)
                try:
                    result = sync(port, store, clock, show, set_clock, tags, race_key)
                    results.append(result)
                    if result.clock_problem:
                        errors.append(f"{url}: clock not compared: {result.clock_problem}")
                finally:
                    port.close()
            except GateError as error:
                errors.append(str(error))
    return results, errors


def twins(store: Store, results: Sequence[SyncResult]) -> list[str]:
    """Two stations with one number: both on the cable now, or the other one here before."""
    from yellowgate.store import numbers

    found: set[str] = set()
    told = store.log_stations()
    for result in results:
        same = [log_id for log_id, some in told.items() if result.station_id in some]
        now = {other.log_id for other in results if other.station_id == result.station_id}
        if len(same) > 1:
            logs = {log_id: log for log_id in same if (log := store.log(log_id)) is not None}
            pairs = numbers.doubled(logs, told)
            pairs += [(result.station_id, *pair) for pair in combinations(sorted(now), 2)]
            found |= {numbers.doubled_text(*pair) for pair in pairs if result.log_id in pair[1:]}
    return sorted(found)


@contextmanager
def _progress() -> Generator[Callable[[str], Callable[[int, int], None]]]:
    """A bar for each station, on a terminal: begin(url) gives what is called with (done, total)."""
    out = console(to_error=True)
    if not out.is_terminal:
        yield lambda _: lambda _done, _total: None
        return
    # Half of what rich takes to load, where nobody looks.
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(TextColumn("{task.description}"), *columns, console=out, transient=True) as bar:

        def begin(url: str) -> Callable[[int, int], None]:
            task = bar.add_task(url, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield begin


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
