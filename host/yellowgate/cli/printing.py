"""gate print: pages for the camp's printer."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from yellowgate.cli.context import (
    TIME,
    RaceFolder,
    echo,
    event_option,
    now_us,
    of_event,
    race_option,
    write_whole,
)
from yellowgate.errors import GateError
from yellowgate.event.who import People

if TYPE_CHECKING:
    from yellowgate.official import Moment
    from yellowgate.report.printing import Paper, What

# Each is made in yellowgate.report.printing.
WHATS = ("out", "start", "loops", "forms", "results", "runner")


@click.command("print")
@click.argument("what", type=click.Choice(WHATS))
@click.argument("who", required=False, default="")
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), help="Else as printers have it in the zone."
)
@click.option("--loop", type=click.IntRange(min=1), help="Forms of this loop, or from this yard.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--open", "is_opened", is_flag=True, help="Show it in the browser, to print there.")
@click.option("--as-of", "as_of_us", type=TIME, help="As of this moment.")
@event_option
@race_option
def print_command(
    folder: RaceFolder,
    what: What,
    who: str,
    paper: str | None,
    loop: int | None,
    output: Path | None,
    is_opened: bool,
    as_of_us: int | None,
    event: str,
) -> None:
    """Write a page to print: WHAT.html, which any browser prints.

    \b
    out      who is out there, a line each with a box to tick
    start    start list
    loops    who wears which bib on which loop, by name and by bib
    forms    for gate, tower and checkpoints, with the names filled in
    results  results with rulings, and a place for signatures
    runner   the log of one runner (WHO: a bib, or a part of the name)

    \b
    Example: gate print out --open
             gate print forms --loop 2 --paper letter
             gate print runner 17
    """
    from yellowgate.desk.subjects import subjects
    from yellowgate.report import printing
    from yellowgate.report.printing import paper_of

    if (what == "runner") != bool(who):
        raise click.UsageError(
            "say whose log: gate print runner 17"
            if not who
            else f"{what} is of all: leave out {who}"
        )
    if loop and what != "forms":
        raise click.UsageError("--loop is for forms")
    race = folder.read()
    moment = (of_event(race, event) if event else race).at(
        now_us() if as_of_us is None else as_of_us, as_of_us is None
    )
    moments = [moment] if event else moment.events()
    about = subjects(moments, _called(moment, who), loop or 0)
    sheet: Paper = cast("Paper", {"a4": "A4"}.get(paper or "", paper)) or paper_of(race.file.zone)
    text = printing.page(what, about, sheet)
    path = output or Path(f"{what}.html")
    write_whole(path, text)
    echo(
        f"{path}: written, for {'Letter' if sheet == 'letter' else sheet}; print it from a browser"
    )
    if is_opened and not webbrowser.open(path.resolve().as_uri()):
        raise GateError(f"no browser opens here: open {path} in one")


def _called(moment: Moment, who: str) -> str:
    """The runner who is meant. Raises GateError when nobody is called so."""
    try:
        return People(moment.race.roster, moment.decisions).find(who).name if who else ""
    except ValueError as error:
        raise GateError(str(error)) from error
