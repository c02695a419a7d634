"""gate demo: the whole path on virtual stations that run the real firmware."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, write_whole
from yellowgate.cli.forms import render
from yellowgate.cli.log import as_text
from yellowgate.cli.sync import sync_table
from yellowgate.errors import GateError
from yellowgate.event.preset_text import preset_toml
from yellowgate.link.hostclock import LaptopClock, this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.sync import SyncResult, sync
from yellowgate.model import Ruling, Runner
from yellowgate.official import Race
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import EPOCH_2020_US
from yellowgate.report import table
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden, script, serve, station
from yellowgate.store.store import Store
from yellowgate.times import utc_us_of

DIRECTOR = "Laz"
OUTPUTS = {"csv": "log.csv", "json": "log.json", "html": "log.html", "touches": "touches.csv"}
GATE_KEY = bytes(range(16))
TOWER_KEY = bytes(range(16, 32))
GATE_DRIFT_PPM = 23.0  # fast: the gate's own clock would be 3.5 s off at the end
TOWER_DRIFT_PPM = -17.0


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("yellow-gate-demo"),
    show_default=True,
    help="Where the race folder and the logs go.",
)
def demo(out: Path) -> None:
    """Play the Barkley of 2025 on two virtual stations, sync them, print the official log.

    The stations run the real firmware, with clocks that drift; the host downloads over their
    ports in mid-race and at the end.

    \b
    Example: gate demo --out demo
    """
    start_us = utc_us_of(golden.START_UTC, UTC)
    scene = golden.scene()
    folder = _folder(out, scene)
    store = folder.store()
    with _stations(store, scene, start_us) as running:
        console(to_error=True).print(
            f"{len(scene.people)} runners, a gate and a tower, "
            f"{golden.END_S // 3600} hours: the real firmware on virtual boards"
        )
        for name, at_s in (("mid-race", golden.MID_RACE_S), ("the end", golden.END_S)):
            _play(running, at_s)
            results = _sync(store, running)
            console().print(sync_table(results))
            _rule(folder, store, scene, start_us, at_s)
            if name == "mid-race":
                _mid_race(folder, store, start_us + at_s * 1_000_000)
    log = _write(folder, store, start_us + golden.END_S * 1_000_000)
    out_console = console()
    out_console.print(table.log_view(log, out_console.width))
    files = ", ".join((*OUTPUTS.values(), "log.txt"))
    console().print(Text.assemble("Written to ", (str(out), "bold"), f": {files}"))


def _folder(out: Path, scene: golden.Scene) -> RaceFolder:
    folder = RaceFolder(out)
    if (out / "race.db").exists():
        raise GateError(f"{out}: a race is there already; name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    text = preset_toml("barkley", golden.RACE_NAME, golden.ZONE)
    write_whole(out / "race.toml", text, private=True)
    folder.write_roster(
        Runner(person.name, person.gender, person.tag, {0: str(person.bib)})
        for person in scene.people
    )
    return folder


@contextmanager
def _stations(
    store: Store, scene: golden.Scene, start_us: int
) -> Generator[Sequence[station.Running]]:
    """The gate and the tower, provisioned: the store has the first key of each."""
    ends_us = start_us + golden.END_S * 1_000_000 - EPOCH_2020_US
    gate = station.Plan(
        script.parse(golden.script(scene.gate)),
        station_id=1,
        role="gate",
        drift_ppm=GATE_DRIFT_PPM,
        ends_utc_us=ends_us,
        log_id=bytes.fromhex("a1b2c3d4e5f60718"),
        first_key=GATE_KEY,
        settings={"name": "yellow gate"},
    )
    tower = replace(
        gate,
        steps=script.parse(golden.script(scene.tower)),
        station_id=2,
        role="tower",
        drift_ppm=TOWER_DRIFT_PPM,
        rtc_drift_ppm=1.5,
        log_id=bytes.fromhex("b2c3d4e5f6071829"),
        first_key=TOWER_KEY,
        settings={"name": "fire tower"},
    )
    for plan in (gate, tower):
        store.add_first_key(plan.log_id.hex(), plan.first_key)
    running = [station.Running(plan) for plan in (gate, tower)]
    try:
        yield running
    finally:
        for one in running:
            one.close()


def _play(running: Sequence[station.Running], at_s: float) -> None:
    """Let the worlds go on to this moment after the start."""
    until_us = script.LEAD_US + int((golden.LEAD_S + at_s) * 1_000_000)
    out = console(to_error=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    ) as bar:
        for one in running:
            begun_us = one.now_us
            task = bar.add_task(f"{one.plan.role} {one.plan.station_id}", total=until_us - begun_us)
            while one.now_us < until_us:
                one.play(min(until_us, one.now_us + 1_800_000_000))
                bar.update(task, completed=one.now_us - begun_us)


def _sync(store: Store, running: Sequence[station.Running]) -> list[SyncResult]:
    """Over the stations' ports, as with a cable."""
    results: list[SyncResult] = []
    for one in running:
        server = serve.StationServer(one)
        over = threading.Event()
        clock = _laptop(one, server)
        thread = threading.Thread(target=server.serve, args=(over.is_set,))
        thread.start()
        try:
            port = SerialPort(server.url)
            try:
                results.append(sync(port, store, clock))
            finally:
                port.close()
        finally:
            over.set()
            thread.join()
            server.close()
    return results


def _laptop(one: station.Running, server: serve.Server) -> LaptopClock:
    """A laptop whose clock is right in the world of this station, from now on."""
    world_us = time.monotonic_ns() // 1000 + server.begin()
    utc_us = EPOCH_2020_US + one.course.progress.utc_us + world_us
    return this_laptop(utc_us - time.time_ns() // 1000)


def _rule(
    folder: RaceFolder, store: Store, scene: golden.Scene, start_us: int, until_s: float
) -> None:
    """What the director decided up to this moment, through the same door as gate ruling."""
    log = Race.read(folder.race(), folder.roster(), store).log(start_us + int(until_s * 1_000_000))
    for decision in scene.decisions:
        if decision.at_s <= until_s:
            at_us = start_us + int(decision.at_s * 1_000_000)
            store.add_rulings(_rulings(decision, log, at_us))


def _rulings(decision: golden.Decision, log: OfficialLog, at_us: int) -> list[Ruling]:
    name = decision.person.name
    made: list[tuple[str, dict[str, Any]]] = []
    if decision.what == "pages":
        pages = {"runner": name, "loop": decision.loop, "have": golden.PAGES, "of": golden.PAGES}
        made.append(("pages", pages))
    elif decision.what == "returned":
        made.append(("return", {"runner": name, "at_s": decision.at_s}))
        made.append(("dropout", {"runner": name, "reason": "refused to continue"}))
    elif decision.what == "dropout":
        made.append(("dropout", {"runner": name, "reason": "refused to continue"}))
    elif decision.what == "sighting":
        made.append(("sighting", {"runner": name, "at_s": decision.at_s, "text": decision.text}))
    elif decision.what == "press":
        made += [
            ("assign", {"log_id": row.log_id, "seq": row.seq, "runner": name})
            for touch in log.unassigned
            for row in touch.evidence[:1]
            if not touch.uid
        ]
    return [ruling_kinds.make(kind, data, DIRECTOR, decision.text, at_us) for kind, data in made]


def _mid_race(folder: RaceFolder, store: Store, as_of_us: int) -> None:
    """Eight in the morning: the sheet that families and search teams ask for."""
    log = Race.read(folder.race(), folder.roster(), store).log(as_of_us)
    missing = [line.name for line in log.runners if not line.accounted]
    out = [line for line in log.runners if line.status in ("on course", "overdue")]
    words = f"08:00 on the second day: {len(out)} on the course, not accounted for: "
    console().print(Text.assemble(words, (", ".join(missing) or "nobody", "bold red")))


def _write(folder: RaceFolder, store: Store, as_of_us: int) -> OfficialLog:
    made = Race.read(folder.race(), folder.roster(), store).at(as_of_us)
    for form, name in OUTPUTS.items():
        write_whole(folder.path / name, render(made, form))
    write_whole(folder.path / "log.txt", as_text(made.log))
    return made.log
