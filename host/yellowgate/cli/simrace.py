"""gate sim race: all stations of a race and their base, virtual, on one air."""

from __future__ import annotations

import queue
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import TIME, RaceFolder, echo, race_option
from yellowgate.cli.radioplan import radio_plan
from yellowgate.cli.simshow import playing
from yellowgate.errors import GateError
from yellowgate.event.race_toml import RaceFile, StationEntry
from yellowgate.link.radiosetup import cable_key, key_if_any, station_settings

if TYPE_CHECKING:
    from yellowgate.sim import script as scripts
    from yellowgate.sim.serve import Port
    from yellowgate.sim.station import Plan
    from yellowgate.sim.valley import Valley
    from yellowgate.store.store import Store

BASE = StationEntry(250, "base", "base", "camp")  # where race.toml names none


@click.command()
@click.option(
    "--listen",
    "port",
    type=click.IntRange(0, 65535),
    required=True,
    help="TCP port of the base's USB; station n is n above it. 0: any, they are printed.",
)
@click.option(
    "--script",
    "told",
    multiple=True,
    metavar="ID=FILE",
    help="CSV at_s,input,value of a station, as for gate sim station.",
)
@click.option("--live", is_flag=True, help="Play the scripts now, a second a second.")
@click.option(
    "--ends-at", "ends_at_us", type=TIME, help="UTC of the scripts' last instant (default: now)."
)
@click.option(
    "--images",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep each station's flash in a file in this folder.",
)
@click.option(
    "--lost", default=0, show_default=True, type=click.IntRange(0, 100), help="Packets lost, %."
)
@click.option(
    "--ridge",
    "ridges",
    multiple=True,
    type=int,
    metavar="ID",
    help="The base and this station do not hear each other: it needs a relay.",
)
@race_option
def race(
    folder: RaceFolder,
    port: int,
    told: tuple[str, ...],
    live: bool,
    ends_at_us: int | None,
    images: Path | None,
    lost: int,
    ridges: tuple[int, ...],
) -> None:
    """Rehearse a race: its stations and a base, which hear each other by radio, until Ctrl-C.

    Stations, region and keys are those of race.toml; the race's store is given the keys of their
    logs, as gate station flash does. What happens to them stands in scripts, which are played at
    every start, or is typed here while they are served, like `1,tag,04a1b2c3`, `2,press` or
    `2,power,off`.

    \b
    Example: gate sim race --listen 4000
             gate listen --port socket://127.0.0.1:4000
             gate sync --port socket://127.0.0.1:4001
    """
    from yellowgate.sim.serve import Port
    from yellowgate.sim.station import EPOCH_2020_UNIX_US, room_utc_us
    from yellowgate.sim.valley import Valley

    stops = until_stopped()
    file = folder.race()
    plans = _plans(file, _scripts(told), images)
    end_us = max((step.at_us for plan in plans for step in plan.steps), default=0)
    now_us = room_utc_us()
    ends_us = now_us if ends_at_us is None else ends_at_us - EPOCH_2020_UNIX_US
    valley = Valley(plans, now_us if live else ends_us - end_us, lost * 10, ridges)
    ports: list[Port] = []
    try:
        ports += [
            Port(console, port and port + (0 if plan.role == "base" else plan.station_id))
            for plan, console in zip(plans, valley.consoles, strict=True)
        ]
        _store_keys(folder.store(), plans)
        if not live:
            _play(valley, ports, stops)
            if ends_at_us is None:  # playing took a while: the scripts ended when it began
                valley.advance_to(room_utc_us() - valley.utc_us)
        for plan, one in zip(plans, ports, strict=True):
            echo(f"{plan.settings['name']} ({plan.station_id}) listening on {one.url}")
        _serve(valley, ports, stops)
    finally:
        for one in ports:
            one.close()
        valley.close()


def until_stopped() -> Callable[[], bool]:
    """A function that says whether SIGTERM or SIGINT came since."""
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return lambda: bool(stopped)


def _scripts(told: tuple[str, ...]) -> dict[int, list[scripts.Step]]:
    """Steps by station."""
    from yellowgate.sim import script as scripts

    found: dict[int, list[scripts.Step]] = {}
    for text in told:
        number, _, name = text.partition("=")
        if not number.isdecimal() or not name:
            raise click.BadParameter(f"{text!r}: write --script 1=taps.csv")
        found[int(number)] = scripts.load(Path(name))
    return found


def _plans(file: RaceFile, steps: dict[int, list[scripts.Step]], images: Path | None) -> list[Plan]:
    """The base first. Raises GateError."""
    radio_plan(file.radio)
    entries = sorted(file.stations, key=lambda entry: (entry.role != "base", entry.id))
    if not entries or entries[0].role != "base":
        entries.insert(0, BASE)
    unknown = set(steps) - {entry.id for entry in entries}
    if unknown:
        raise GateError(f"race.toml has no station {min(unknown)}: see its [[station]] entries")
    if images is not None:
        images.mkdir(parents=True, exist_ok=True)
    return [_plan(file, entry, steps.get(entry.id, []), images) for entry in entries]


def _plan(
    file: RaceFile, entry: StationEntry, steps: list[scripts.Step], images: Path | None
) -> Plan:
    from yellowgate.sim.station import Plan

    region, key, radio = station_settings(file.radio, entry.id)
    keys = {"radio": key, "cable": cable_key(key_if_any(file.radio), entry.id)}
    image = None if images is None else images / f"station-{entry.id}.img"
    is_new = image is None or not image.exists()
    return Plan(
        steps=steps,
        image=image,
        station_id=entry.id,
        role=entry.role,
        with_radio=True,
        log_id=secrets.token_bytes(8) if is_new else b"",
        first_key=secrets.token_bytes(16) if is_new else b"",
        settings={"name": entry.name, "region": region, "keys": keys, "radio": radio},
    )


def _store_keys(store: Store, plans: list[Plan]) -> None:
    for plan in plans:
        if plan.log_id:
            store.add_first_key(plan.log_id.hex(), plan.first_key)
    store.close()


def _serve(valley: Valley, ports: list[Port], stops: Callable[[], bool]) -> None:
    from yellowgate.sim.serve import Server

    typed = _lines()

    def is_over() -> bool:
        while not typed.empty():
            _happen(valley, typed.get())
        return stops()

    Server(valley, ports).serve(is_over)


def _play(valley: Valley, ports: list[Port], stops: Callable[[], bool]) -> None:
    """The scripts, to their end."""

    def tell(words: str) -> None:
        for port in ports:
            port.turn_away(words)

    with playing(valley.end_us, tell) as show:

        def looks() -> bool:
            """Between two slices of the scripts."""
            show(valley.now_us)
            return stops()

        valley.play(looks)


def _lines() -> queue.Queue[str]:
    """What is typed, line by line."""
    lines: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line.strip())

    threading.Thread(target=listen, daemon=True).start()
    return lines


def _happen(valley: Valley, line: str) -> None:
    """An input that was typed: number of the station, input, value."""
    from yellowgate.sim import script as scripts

    if not line:
        return
    number, name, value = (*(part.strip() for part in line.split(",", 2)), "", "")[:3]
    try:
        if not number.isdecimal():
            raise ValueError("write it like 1,tag,04a1b2c3 or 2,press")
        valley.happen(int(number), name, scripts.checked(name, value))
    except ValueError as error:
        echo(f"not understood: {error}", err=True)
