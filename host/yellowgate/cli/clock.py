"""gate clock: how the clocks behind the times are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import TIME, RaceFolder, console, echo, now_us, race_option
from yellowgate.model import Station
from yellowgate.times import UNBOUNDED_US

if TYPE_CHECKING:
    from yellowgate.clock.report import ClockReport


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--as-of", "as_of_us", type=TIME, help="As of this moment.")
@race_option
def clock(folder: RaceFolder, as_json: bool, as_of_us: int | None) -> None:
    """Clocks of all stations: offset, drift, age of the last comparison, bound.

    \b
    Example: gate clock
    """
    from yellowgate.clock.report import clock_reports

    race = folder.read()
    moment_us = now_us() if as_of_us is None else as_of_us
    reports = clock_reports(race.at(moment_us).corrected, moment_us)
    if as_json:
        rows = [asdict(row) | {"residual_max_ms": row.residual_max_ms} for row in reports]
        echo(json.dumps({"clocks": rows}, indent=1))
        return
    console().print(clock_table(reports, race.stations()))
    for row in reports:
        name = race.stations()[row.log_id].name
        if row.references:  # a ruling that one of them is right needs to name it
            known = ", ".join(
                reference.name + _whose(reference.name) for reference in row.references
            )
            echo(f"{name}: compared with {known}")
        for warning in row.warnings:
            echo(f"{name}: {warning}")


def _whose(name: str) -> str:
    """Whose clock it is, as far as this laptop knows."""
    from yellowgate.link.hostclock import this_laptop

    return " (this laptop)" if name.endswith(f"{this_laptop().reference_id:08x}") else ""


def clock_table(reports: list[ClockReport], stations: dict[str, Station]) -> Table:
    """For the terminal."""
    table = Table(title="Clocks", title_justify="left")
    for name in (
        "station", "runs on", "off by", "drift", "pairs", "residual", "last pair", "bound now",
        "widest",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name in ("station", "runs on") else "right")
    for row in reports:
        drift = ""
        if row.drift_ppm is not None:
            drift = f"{row.drift_ppm:+.1f} ± {row.drift_bound_ppm or 0:.1f} ppm"
        table.add_row(
            stations[row.log_id].name,
            row.ruler,
            "" if row.offset_ms is None else f"{row.offset_ms:+.0f} ms",
            drift,
            str(row.pairs),
            f"{row.residual_max_ms:.1f} ms",
            "never" if row.age_s is None else f"{row.age_s / 3600:.1f} h ago",
            bound_text(row.bound_now_us),
            bound_text(row.bound_max_us),
        )
    return table


def bound_text(bound_us: int) -> Text:
    """± in a unit that fits."""
    if bound_us >= UNBOUNDED_US:
        return Text("unknown", style="red")
    return Text(
        f"± {bound_us / 1000:.0f} ms" if bound_us < 10_000_000 else f"± {bound_us / 1e6:.0f} s"
    )
