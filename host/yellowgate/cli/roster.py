"""gate roster: who runs, and with which tag."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, race_option
from yellowgate.cli.enrol import enrol
from yellowgate.errors import GateError
from yellowgate.event import roster as rosters
from yellowgate.model import Runner
from yellowgate.race.intake.touches import TOUCHES


@click.group(no_args_is_help=False)
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
    before, classes = folder.roster(), folder.race().classes
    try:
        runners = rosters.merge(before, rosters.parse(rosters.decode(_read(file)), classes))
    except ValueError as error:
        raise GateError(f"{file}: {error}; the roster is as it was") from error
    folder.write_roster(runners)
    old = {runner.name: runner for runner in before}
    changed = [row for row in runners if row.name in old and row != old[row.name]]
    click.echo(
        f"{len(runners)} runners in the roster, {len(runners) - len(before)} of them new, "
        f"{len(changed)} changed"
    )
    for runner in changed:
        _say_new_tag(folder, runners, runner, old[runner.name].tag)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise GateError(f"{file}: cannot be read ({error.strerror})") from error


def _say_new_tag(folder: RaceFolder, roster: Sequence[Runner], runner: Runner, old: str) -> None:
    """A tag that is taken off the roster takes what was read of it along."""
    if not old or runner.tag == old:
        return
    click.echo(f"{runner.name} has tag {runner.tag} instead of {old}")
    reads = _reads(folder, old)
    if reads and old not in {row.tag for row in roster}:
        click.echo(
            f"  {reads} reads of {old} are nobody's now; if {runner.name} wore it: "
            f"gate ruling add tag tag={old} runner={runner.name!r}",
            err=True,
        )


def _reads(folder: RaceFolder, tag: str) -> int:
    """How often it was read so far; 0 also where nobody can say: the roster is written already."""
    uid = bytes.fromhex(tag)
    try:
        logs = folder.store().logs().values()
    except GateError:
        return 0
    return sum(
        int(kind) in TOUCHES and body == uid
        for log in logs
        for kind, body in zip(log.of_kind, log.bodies, strict=True)
    )


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
    before = folder.roster()
    try:
        old = rosters.wearing(before, bib)
        runners = rosters.with_tag(before, bib, uid)
    except ValueError as error:
        raise GateError(f"{error}; the roster is as it was") from error
    folder.write_roster(runners)
    tagged = next(runner for runner in runners if runner.name == old.name)
    if not old.tag or old.tag == tagged.tag:
        click.echo(f"{tagged.name} has tag {tagged.tag}")
    _say_new_tag(folder, runners, tagged, old.tag)


roster.add_command(enrol)
