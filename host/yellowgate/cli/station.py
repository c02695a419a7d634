"""gate station: from a Pico to a station, and service of one on the cable."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from yellowgate.cli import factory
from yellowgate.cli.context import RaceFolder, console, echo, race_option
from yellowgate.cli.radioplan import radio_plan
from yellowgate.errors import GateError, PortError
from yellowgate.event.race_toml import RaceFile
from yellowgate.link import service
from yellowgate.link.board import OPEN_WAIT_S, Cable
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.line import Line, Tail
from yellowgate.link.port import SerialPort, find_stations
from yellowgate.link.provision import LOG_BLOCKS, Provisioned, Provisioner, Wish
from yellowgate.link.radiosetup import key_if_any, station_settings
from yellowgate.link.rescue import rescue_into
from yellowgate.link.session import Session

PORT_OPTION = click.option(
    "--port", "url", metavar="URL", help="/dev/ttyACM0, COM5, socket://… (default: the one on USB)"
)
LOG_KIB_MAX = 544  # a new log is written whole beside the old one
_PART = click.Choice(["button", "leds", "buzzer", "battery", "rtc", "reader", "radio"])
_STATES = {"ok": "green", "warning": "yellow"}


@click.group()
def station() -> None:
    """Stations on the cable: make one, look after it."""


def the_port(url: str | None) -> str:
    """The port that was named, or the only Pico on USB."""
    if url:
        return url
    found = find_stations()
    if len(found) != 1:
        what = "no Pico" if not found else f"{len(found)} Picos ({', '.join(found)})"
        raise GateError(f"{what} on USB: name the port with --port")
    return found[0]


def standing_line(url: str) -> Line:
    """A line to whoever is on this port, that survives a port that goes and comes."""
    return Line(url, SerialPort, find_stations, this_laptop().monotonic_us, time.sleep)


def gone_text(error: PortError) -> str:
    """One line for a station that went while it was listened to."""
    what = str(error).partition(";")[0]
    return (
        f"{what}: WAITING until it is back, under any name (cable? power? asleep?); it keeps what "
        "is tapped meanwhile. Ctrl-C ends"
    )


class Connected:
    """A session that is closed at the end: `with Connected(url) as session`."""

    def __init__(self, url: str | None) -> None:
        self._port = SerialPort(the_port(url))
        self._session = Session(self._port, this_laptop().monotonic_us)

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, *_: object) -> None:
        self._port.close()


def _cable(folder: RaceFolder, url: str | None, wait_s: float = OPEN_WAIT_S) -> Cable:
    """Opens the port again and again; nothing is opened yet."""
    monotonic_us, key = this_laptop().monotonic_us, folder.race_key()
    return Cable(lambda: SerialPort(the_port(url)), monotonic_us, time.sleep, wait_s, key)


# Provisioning


@station.command()
@PORT_OPTION
@click.option("--id", "station_id", type=click.IntRange(0, 255), help="Number of the station.")
@click.option("--role", type=click.Choice(["gate", "tower", "base"]))
@click.option("--name", help="What it is called, like 'yellow gate'.")
@click.option("--director", "directors", multiple=True, metavar="UID", help="A director's card.")
@click.option("--off", "parts_off", multiple=True, type=_PART, help="Not to be looked for.")
@click.option("--on", "parts_on", multiple=True, type=_PART, help="To be looked for again.")
@click.option("--low-power/--full-power", default=None, help="Nap between looks for tags.")
@click.option(
    "--log-kib",
    type=click.IntRange(16, LOG_KIB_MAX),
    default=LOG_BLOCKS * 4,
    show_default=True,
    help="Size of a new log; about 24 taps a KiB.",
)
@click.option(
    "--wait", "wait_s", default=OPEN_WAIT_S, show_default=True, help="Seconds for a restart."
)
@race_option
def flash(
    folder: RaceFolder,
    url: str | None,
    log_kib: int,
    wait_s: float,
    **wishes: Any,  # noqa: ANN401
) -> None:
    """Make a station of a Pico with MicroPython, or bring one up to date.

    Safe to repeat and to break off: an update keeps the log and its records. Settings that are
    not given stay as they are on the board; name and role come from race.toml where it has a
    [[station]] with this id.

    \b
    Example: gate station flash --port /dev/ttyACM0 --id 1 --role gate
    """
    race = folder.race()
    store = folder.store()
    cable = _cable(folder, url, wait_s)
    with _Steps() as steps:
        provisioner = Provisioner(
            cable, store, rescue_into(folder.path, store), steps, max(1, log_kib // 4)
        )
        try:
            made = provisioner.flash(_wish(race, **wishes))
        finally:
            cable.close()
    _show_made(made)


def _wish(
    race: RaceFile,
    station_id: int | None,
    role: str | None,
    name: str | None,
    directors: tuple[str, ...],
    parts_off: tuple[str, ...],
    parts_on: tuple[str, ...],
    low_power: bool | None,
) -> Wish:
    """Options first, then race.toml."""
    entry = race.station(station_id) if station_id is not None else None
    if entry is not None:
        role, name = role or entry.role, name or entry.name
    more: dict[str, Any] = {}
    if directors:
        more["director"] = [uid.lower().replace(":", "") for uid in directors]
    if parts_off or parts_on:
        more["parts"] = dict.fromkeys(parts_on, True) | dict.fromkeys(parts_off, False)
    if low_power is not None:
        more["low_power"] = int(low_power)
    race_key = key_if_any(race.radio)
    if station_id is None or (race.radio or {}).get("region", "none") == "none":
        return Wish(station_id, role, name, more=more, race_key=race_key)
    radio_plan(race.radio)  # what no station would take, is said before anything is written
    region, key, radio = station_settings(race.radio, station_id)
    return Wish(station_id, role, name, region, key, radio, more, race_key)


class _Steps:
    """Prints each step, with a bar where it takes longer. See provision.Tell."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), console=console(to_error=True)
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Steps:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, text: str) -> None:
        self._finish()
        self._task = self._bar.add_task(text, total=None)

    def progress(self, done: int, total: int) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=1, total=1)


def _show_made(made: Provisioned) -> None:
    show = console().print
    files, size = made.sent
    show(f"MicroPython {made.facts.micropython} on {made.facts.machine}, {made.facts.unique_id}")
    if made.rescued >= 0:
        show(f"rescued {made.rescued} records that were on the flash without a file")
    sent = f"{files} file{'s' if files > 1 else ''} sent ({size / 1000:.1f} kB)"
    show(sent if files else "the firmware is up to date")
    log = made.welcome.log_id.hex()
    if made.is_new_log:
        show(f"new log {log}; its key is in the race's store")
    else:
        show(f"log {log} kept, {made.welcome.next_seq} records")
    show(info_table(service.about(made.welcome)))


# Service


@station.command()
@PORT_OPTION
def info(url: str | None) -> None:
    """What the station says of itself.

    \b
    Example: gate station info --port /dev/ttyACM0
    """
    with Connected(url) as session:
        console().print(info_table(service.info(session)))


def info_table(rows: list[tuple[str, str]]) -> Table:
    """Names and values, one below the other."""
    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return table


@station.command()
@PORT_OPTION
@click.option("--factory", "is_factory", is_flag=True, help="End-of-line test of a new station.")
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="With --factory: HTML sheet."
)
def doctor(url: str | None, is_factory: bool, labels: Path | None) -> int:
    """Look at every part: ok, warning or missing, and what to check in the wiring.

    It beeps, blinks, and writes a health record. Exit code 1 when something is not ok. With
    --factory every part must be there, a press and a tag must come, and a label is printed.

    \b
    Example: gate station doctor --port /dev/ttyACM0
    """
    if is_factory:
        return _factory(url, labels)
    with Connected(url) as session:
        findings = service.doctor(session)
    return _show_findings(findings)


def _factory(url: str | None, labels: Path | None) -> int:
    with Connected(url) as session:
        report = factory.run(session, echo, click.confirm, time.monotonic)
    code = _show_findings(report.findings)
    lines = factory.label(report, date.today().isoformat())
    echo("\n".join(lines))
    if labels is not None:
        count = factory.add_label(labels, lines)
        echo(f"{labels}: {count} of {factory.LABELS_A_SHEET} labels")
    return code


def _show_findings(findings: list[service.Finding]) -> int:
    """As a table; 0 when all is well."""
    table = Table()
    for name in ("part", "state", "what to check"):
        table.add_column(name)
    for finding in findings:
        state = Text(finding.state, style=_STATES.get(finding.state, "red"))
        table.add_row(finding.part, state, finding.text)
    console().print(table)
    return 0 if all(finding.state == "ok" for finding in findings) else 1


@station.command()
@PORT_OPTION
@click.option("--count", type=int, default=0, help="Stop after so many records (0: never).")
def tail(url: str | None, count: int) -> None:
    """Each record when it is written, until Ctrl-C. Nothing is stored: see gate sync.

    A station that goes is waited for, and what it wrote meanwhile is shown.

    \b
    Example: gate station tail --port /dev/ttyACM0
    """
    line = standing_line(the_port(url))
    follower = Tail()
    left = count
    try:
        session, welcome = line.connect()
        echo(f"Following {welcome.name or 'a station'} on {line.url}", err=True)
        while True:
            try:
                for row in follower.rows(session, welcome):
                    if row is not None:
                        when = service.utc_text(row.station_utc_us)
                        echo(f"{row.seq:6d}  {when}  {row.kind_name:6s} {row.body.hex()}")
                        left -= 1
                        if left == 0:
                            return
            except PortError as error:
                echo(gone_text(error), err=True, head="gate:")
                session, welcome = line.again()
                echo(f"{line.url}: back; going on", err=True)
    finally:
        line.close()


@station.command("new-log")
@PORT_OPTION
@click.option(
    "--discard", type=int, metavar="N", help="Give up the N records that only the station has."
)
@race_option
def new_log(folder: RaceFolder, url: str | None, discard: int | None) -> None:
    """Begin an empty log, when all records of the old one are in this race's store.

    \b
    Example: gate sync --port /dev/ttyACM0 && gate station new-log --port /dev/ttyACM0
    """
    folder.race()
    store = folder.store()
    cable = _cable(folder, url)
    try:
        session = cable.session()
        welcome = session.hello()
        lost = service.only_on_station(session, store, welcome)
        if lost:
            _confirm(service.ranges_text(lost), sum(end - at for at, end in lost), discard)
        echo("writing an empty log: 6 s, on slow flash a minute", err=True)
        found = service.new_log(cable, session, store, welcome)
    finally:
        cable.close()
    console().print(f"new log {found.log_id.hex()}, its key is in the race's store")


def _confirm(ranges: str, count: int, discard: int | None) -> None:
    what = f"{count} records are only on the station ({ranges}) and would be lost"
    if discard is None:
        if not sys.stdin.isatty():
            raise GateError(f"{what}: gate sync first, or --discard {count}")
        discard = click.prompt(f"{what}. Type their number to give them up", type=int)
    if discard != count:
        raise GateError(f"{what}: gate sync first; nothing changed")


@station.command()
@PORT_OPTION
@race_option
def rescue(folder: RaceFolder, url: str | None) -> None:
    """Save and import the records on the raw flash of a board that is no station any more.

    \b
    Example: gate station rescue --port /dev/ttyACM0
    """
    folder.race()
    store = folder.store()
    cable = _cable(folder, url)
    with _Steps() as steps:
        try:
            count = service.rescue(cable, rescue_into(folder.path, store), steps)
        finally:
            cable.close()
    console().print(f"{count} records on the flash; new ones are in the store now")


@station.command()
@PORT_OPTION
@race_option
def repl(folder: RaceFolder, url: str | None) -> None:
    """Have the station leave for MicroPython's REPL, for mpremote and other tools.

    It is a station again after a restart. A station that was made with a race's key asks for it.

    \b
    Example: gate station repl --port /dev/ttyACM0 && mpremote connect /dev/ttyACM0
    """
    cable = _cable(folder, url)
    try:
        cable.repl()
    finally:
        cable.close()
    echo(f"{the_port(url)}: MicroPython's REPL; power off and on: a station again")
