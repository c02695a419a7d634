"""gate sim: virtual stations, the real firmware on virtual hardware."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import TIME, RaceFolder, echo
from yellowgate.cli.simrace import race, until_stopped
from yellowgate.cli.simshow import playing

if TYPE_CHECKING:
    from yellowgate.sim.station import Plan

DRIFT_PPM_MAX = 1000.0


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    if value != value:  # noqa: PLR0124 - NaN lies in every range
        raise click.BadParameter("nan is not a number")
    return value


@click.group()
def sim() -> None:
    """Virtual stations: the real firmware on virtual hardware and virtual time."""


sim.add_command(race)


@sim.command()
@click.option(
    "--script",
    "script_path",
    type=click.Path(path_type=Path),
    help="CSV at_s,input,value: tag UID, press, start, taps UID, power on, rtc lost ....",
)
@click.option(
    "--listen",
    "port",
    type=click.IntRange(0, 65535),
    required=True,
    help="TCP port of 127.0.0.1 that is the station's USB port; 0: any, it is printed.",
)
@click.option("--id", "station_id", type=click.IntRange(0, 65535), default=1, show_default=True)
@click.option(
    "--role", type=click.Choice(["gate", "tower", "base"]), default="gate", show_default=True
)
@click.option(
    "--drift-ppm",
    type=click.FloatRange(-DRIFT_PPM_MAX, DRIFT_PPM_MAX),
    default=0.0,
    callback=_a_number,
    help="How much too fast the board's crystal is.",
)
@click.option(
    "--runtime",
    type=click.Choice(["cpython", "micropython", "pico"]),
    default="cpython",
    show_default=True,
    help="pico: a real MicroPython image on an emulated Pico, blank until it is flashed.",
)
@click.option(
    "--image",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the flash in this file; started again on it, nothing is lost.",
)
@click.option(
    "--ends-at", "ends_at_us", type=TIME, help="UTC of the script's last instant (default: now)."
)
@click.option(
    "--rtc",
    type=click.Choice(["set", "lost", "none"]),
    default="set",
    show_default=True,
    help="The DS3231: right, without the time, or not there.",
)
@click.option(
    "--race",
    "race_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Give it the key of this race, as gate station flash does.",
)
def station(
    script_path: Path | None,
    port: int,
    station_id: int,
    role: str,
    drift_ppm: float,
    runtime: str,
    image: Path | None,
    ends_at_us: int | None,
    rtc: str,
    race_dir: Path | None,
) -> None:
    """Play a script on a virtual station, then serve its USB port until stopped.

    \b
    Example: gate sim station --script taps.csv --listen 4001 --image gate.img
             gate sync --port socket://127.0.0.1:4001
    """
    from yellowgate.link.radiosetup import cable_key
    from yellowgate.sim import script as scripts
    from yellowgate.sim.pico import PicoOptions, run_pico
    from yellowgate.sim.station import EPOCH_2020_UNIX_US, Plan
    from yellowgate.sim.vm import runner

    key = cable_key(RaceFolder(race_dir).race_key(), station_id) if race_dir else ""
    plan = Plan(
        steps=scripts.load(script_path) if script_path else [],
        image=image,
        station_id=station_id,
        role=role,
        drift_ppm=drift_ppm,
        rtc=rtc,
        ends_utc_us=None if ends_at_us is None else ends_at_us - EPOCH_2020_UNIX_US,
        settings={"keys": {"cable": key}} if key else {},
    )
    if runtime == "pico":
        run_pico(
            PicoOptions(
                image=image,
                listen=port,
                steps=plan.steps,
                from_stdin=True,
                say=lambda text: echo(f"listening on {text}" if "://" in text else text),
            )
        )
    if runtime == "micropython":
        click.get_current_context().exit(runner.become(plan, port))
    serve(plan, port)


def serve(plan: Plan, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    from yellowgate.sim.serve import StationServer
    from yellowgate.sim.station import Running

    stops = until_stopped()
    running = Running(plan)
    server = StationServer(running, port)
    try:
        with playing(plan.end_us, server.turn_away) as show:

            def looks() -> bool:
                """Between two slices of the script."""
                show(running.now_us)
                return stops()

            running.play(stops=looks)
        if not stops():
            echo(f"listening on {server.url}")
            server.serve(stops)
    finally:
        server.close()
        running.close()
