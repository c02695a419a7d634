"""gate roster: who runs, and with which tag."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, race_option
from yellowgate.cli.enrol import enrol
from yellowgate.errors import GateError
from yellowgate.race import roster as rosters


@click.group()
def roster() -> None:
    """The runners: import, list, give tags."""


@roster.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@race_option
def import_roster(folder: RaceFolder, file: Path) -> None:
    """Add and change runners from a CSV file (name,gender,tag,bib and more).

    A doubled tag or bib is refused, and then nothing changes.

    \b
    Example: gate roster import runners.csv
    """
    try:
        runners = rosters.merge(folder.roster(), rosters.parse(file.read_text("utf-8-sig")))
    except (ValueError, UnicodeError) as error:
        raise GateError(f"{file}: {error}; the roster is as it was") from error
    before = len(folder.roster())
    folder.write_roster(runners)
    click.echo(f"{len(runners)} runners in the roster, {len(runners) - before} of them new")


@roster.command("list")
@race_option
def list_roster(folder: RaceFolder) -> None:
    """Show the roster.

    \b
    Example: gate roster list
    """
    table = Table(title=f"Roster of {folder.race().name}", title_justify="left")
    for name in ("bib", "name", "", "tag", "from"):
        table.add_column(name)
    for runner in folder.roster():
        bibs = [runner.bib(0), *(bib for loop, bib in sorted(runner.bibs.items()) if loop)]
        place = ", ".join(part for part in (runner.city, runner.state, runner.country) if part)
        table.add_row(
            " ".join(bib for bib in bibs if bib),
            runner.name,
            runner.gender,
            runner.tag or Text("no tag", style="red"),
            place,
        )
    console().print(table)


@roster.command("tag")
@click.argument("bib")
@click.argument("uid")
@race_option
def give_tag(folder: RaceFolder, bib: str, uid: str) -> None:
    """Give the runner with this bib (on any loop) a tag, by its UID in hex.

    \b
    Example: gate roster tag 117 04A27BC1D25E80
    """
    try:
        runners = rosters.with_tag(folder.roster(), bib, uid)
    except ValueError as error:
        raise GateError(f"{error}; the roster is as it was") from error
    folder.write_roster(runners)
    tagged = next(runner for runner in runners if bib in runner.bibs.values())
    click.echo(f"{tagged.name} has tag {tagged.tag}")


roster.add_command(enrol)
