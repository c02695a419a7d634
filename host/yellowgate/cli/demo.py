"""gate demo: the whole path on virtual stations that run the real firmware."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, write_whole
from yellowgate.cli.forms import render
from yellowgate.cli.log import as_text
from yellowgate.cli.sync import sync_table
from yellowgate.errors import GateError
from yellowgate.event.preset_text import preset_toml
from yellowgate.link.radiosetup import cable_key, new_race_key
from yellowgate.model import Ruling, Runner
from yellowgate.race.official_log import OfficialLog
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden, script, station
from yellowgate.sim.apart import Apart, play_all
from yellowgate.times import utc_us_of

if TYPE_CHECKING:
    from yellowgate.link.sync import SyncResult
    from yellowgate.store.store import Store

DIRECTOR = "Laz"
OUTPUTS = {"csv": "log.csv", "json": "log.json", "html": "log.html", "touches": "touches.csv"}
GATE_KEY = bytes(range(16))
TOWER_KEY = bytes(range(16, 32))
GATE_DRIFT_PPM = 23.0  # fast: the gate's own clock would be 3.5 s off at the end
TOWER_DRIFT_PPM = -17.0
UNSEEN = {"blink_s": 0}  # nobody looks at these LEDs


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
    from yellowgate.report import table

    start_us = utc_us_of(golden.START_UTC, UTC)
    scene = golden.scene()
    folder = _folder(out, scene)
    key = folder.race_key()
    with _stations(scene, start_us, key) as running:
        console(to_error=True).print(
            f"{len(scene.people)} runners, a gate and a tower, "
            f"{golden.END_S // 3600} hours: the real firmware on virtual boards"
        )
        _begin(running, golden.MID_RACE_S)
        store = folder.store()  # while they play
        for one in running:
            store.add_first_key(one.plan.log_id.hex(), one.plan.first_key)
        _wait(running)
        console().print(sync_table(_sync(store, running, key)))
        _begin(running, golden.END_S)
        _rule(folder, store, scene, start_us, golden.MID_RACE_S)
        _mid_race(folder, store, start_us + golden.MID_RACE_S * 1_000_000)
        _wait(running)
        console().print(sync_table(_sync(store, running, key)))
    _rule(folder, store, scene, start_us, golden.END_S)
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
    text = preset_toml("barkley", golden.RACE_NAME, golden.ZONE) + f'key = "{new_race_key()}"\n'
    write_whole(out / "race.toml", text, private=True)
    folder.write_roster(
        Runner(person.name, person.gender, person.tag, {0: str(person.bib)})
        for person in scene.people
    )
    return folder


@contextmanager
def _stations(scene: golden.Scene, start_us: int, race_key: bytes) -> Generator[Sequence[Apart]]:
    """The gate and the tower, each in a process of its own."""
    from yellowgate.records import EPOCH_2020_US

    ends_us = start_us + golden.END_S * 1_000_000 - EPOCH_2020_US
    gate = station.Plan(
        script.parse(golden.script(scene.gate)),
        station_id=1,
        role="gate",
        drift_ppm=GATE_DRIFT_PPM,
        ends_utc_us=ends_us,
        log_id=bytes.fromhex("a1b2c3d4e5f60718"),
        first_key=GATE_KEY,
        settings={"name": "yellow gate", "keys": {"cable": cable_key(race_key, 1)}, **UNSEEN},
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
        settings={"name": "fire tower", "keys": {"cable": cable_key(race_key, 2)}, **UNSEEN},
    )
    running: list[Apart] = []
    try:
        for plan in (gate, tower):
            running.append(Apart(plan))
        yield running
    finally:
        for one in running:
            one.close()


def _begin(running: Sequence[Apart], at_s: float) -> None:
    """Let the worlds go on to this moment after the start."""
    for one in running:
        one.play(script.LEAD_US + int((golden.LEAD_S + at_s) * 1_000_000))


def _wait(running: Sequence[Apart]) -> None:
    """Until all have come so far."""
    out = console(to_error=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[hours]}"),
        TimeElapsedColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    ) as bar:
        tasks = {
            one.plan.station_id: bar.add_task(
                f"{one.plan.role} {one.plan.station_id}", total=one.plan.end_us, hours=""
            )
            for one in running
        }

        def show(one: Apart) -> None:
            hours = f"{one.now_us / 3.6e9:.0f} h"
            bar.update(tasks[one.plan.station_id], completed=one.now_us, hours=hours)

        play_all(running, show)


def _sync(store: Store, running: Sequence[Apart], race_key: bytes) -> list[SyncResult]:
    """Over the stations' ports, as with a cable: by a laptop whose clock is right there."""
    from yellowgate.link.hostclock import this_laptop
    from yellowgate.link.port import SerialPort
    from yellowgate.link.sync import sync

    results: list[SyncResult] = []
    for one in running:
        served = one.serve()
        port = SerialPort(served.url)
        try:
            results.append(sync(port, store, this_laptop(served.ahead_us), race_key=race_key))
        finally:
            port.close()
        one.stop()
    return results


def _rule(
    folder: RaceFolder, store: Store, scene: golden.Scene, start_us: int, until_s: float
) -> None:
    """What the director decided up to this moment, through the same door as gate ruling."""
    from yellowgate.official import Race

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
    from yellowgate.official import Race

    log = Race.read(folder.race(), folder.roster(), store).log(as_of_us)
    missing = [line.name for line in log.runners if not line.accounted]
    out = [line for line in log.runners if line.status in ("on course", "overdue")]
    words = f"08:00 on the second day: {len(out)} on the course, not accounted for: "
    console().print(Text.assemble(words, (", ".join(missing) or "nobody", "bold red")))


def _write(folder: RaceFolder, store: Store, as_of_us: int) -> OfficialLog:
    from yellowgate.official import Race

    made = Race.read(folder.race(), folder.roster(), store).at(as_of_us)
    for form, name in OUTPUTS.items():
        write_whole(folder.path / name, render(made, form))
    write_whole(folder.path / "log.txt", as_text(made.log))
    return made.log
