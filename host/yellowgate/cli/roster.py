"""gate roster: who runs, and with which tag."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, echo, race_option
from yellowgate.cli.enrol import enrol
from yellowgate.cli.tables import read_table, refuse, say_notes, table_options
from yellowgate.errors import GateError
from yellowgate.event import roster as rosters
from yellowgate.event import roster_changes, runner_list
from yellowgate.event.race_toml import RaceFile
from yellowgate.event.who import People
from yellowgate.model import Runner
from yellowgate.times import iso

if TYPE_CHECKING:
    from yellowgate.report.receivers import Wish


@click.group(no_args_is_help=False)
def roster() -> None:
    """The runners: import, list, give tags."""


@roster.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Without asking.")
@click.option("--correct", is_flag=True, help="Another birthdate or gender: the same person.")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="What 3/4/1980 means.")
@table_options
@race_option
def import_roster(
    folder: RaceFolder,
    file: Path,
    yes: bool,
    correct: bool,
    dates: Literal["dmy", "mdy"] | None,
    encoding: str,
    sheet: str,
) -> None:
    """Add and change runners from a list: CSV with any separator, or XLSX.

    Lists of UltraSignup, RunSignup, OpenSplitTime, Race Roster and ITRA are understood as they
    are, by their headings. What a list does not say stays as it was: name and tag alone give
    tags. All faults are named at once, and then nothing changes. On a terminal it shows what is
    new and what changes, and asks.

    \b
    Example: gate roster import runners.csv
             gate roster import entrants.xlsx --dates mdy
    """

    before, race = folder.roster(), folder.race()
    try:
        table = read_table(file, encoding, sheet)
        reading = runner_list.read(table, roster_changes.columns_of(race), dates or "", _today())
        update = rosters.take_in(before, reading, correct)
    except ValueError as error:
        refuse(file, error, "the roster is as it was")
    say_notes(file, reading.notes)
    if sys.stdin.isatty() and not yes:
        console().print(update_view(update))
        click.confirm("Take this in?", abort=True)
    folder.write_roster(update.runners)
    echo(
        f"{len(update.runners)} runners in the roster, {len(update.added)} of them new, "
        f"{len(update.changed)} changed"
    )
    for wish in _wishes(race, update.runners):
        echo(f"  to hand in, {wish.receiver}: {wish.text}", err=True)
    for old, new in update.changed:
        _say_new_tag(folder, update.runners, old, new)


def _wishes(race: RaceFile, runners: Sequence[Runner]) -> Iterator[Wish]:
    """What the receivers of the results would refuse or ask for, of each race of the folder."""
    from yellowgate.report.people import FIXED_TIME
    from yellowgate.report.receivers import wishes

    for one in (race, *race.events):
        day = "" if one.start_us is None else iso(one.start_us)[:10]
        people = [row for row in runners if one.is_in(row)]
        yield from wishes(people, one.hand_in, day, one.preset in FIXED_TIME)


def _today() -> date:
    return datetime.now(UTC).date()


STYLES = {"new": "green", "changed": "yellow"}


def update_view(update: rosters.Update) -> RenderableType:
    """What is new, and what changes, for who is asked."""
    table = Table(title="What this list brings", title_justify="left")
    for name in ("", "runner", "what"):
        table.add_column(name, overflow="fold")
    for kind, name, what in roster_changes.lines(update):
        table.add_row(Text(kind, style=STYLES.get(kind, "")), Text(name), Text(what))
    return table


@roster.command("rename")
@click.argument("old")
@click.argument("new")
@race_option
def rename(folder: RaceFolder, old: str, new: str) -> None:
    """Give a runner another name; bibs, tags and everything that was ruled stay.

    \b
    Example: gate roster rename "Jon Kely" "John Kelly"
    """
    before = folder.roster()
    try:
        found = People(before).find(old)
        runners = rosters.renamed(before, found.name, new)
    except ValueError as error:
        raise GateError(f"{error}; the roster is as it was") from error
    folder.write_roster(runners)
    echo(f"{found.name} is {' '.join(new.split())} from now on; nothing else changed")


def _say_new_tag(folder: RaceFolder, roster: Sequence[Runner], old: Runner, new: Runner) -> None:
    """A tag that is taken off the roster takes what was read of it along."""
    worn = {tag for row in roster for tag in row.tags}
    for tag in old.tags:
        if tag in new.tags:
            continue
        echo(f"{new.name} has tag {' and '.join(new.tags) or 'none'} instead of {tag}")
        reads = _reads(folder, tag)
        if reads and tag not in worn:
            echo(
                f"  {reads} reads of {tag} are nobody's now; if {new.name} wore it: "
                f"gate ruling add tag tag={tag} runner={new.name!r}",
                err=True,
            )


def _reads(folder: RaceFolder, tag: str) -> int:
    """How often it was read so far; 0 also where nobody can say: the roster is written already."""
    from yellowgate.race.intake.touches import TOUCHES

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
            " ".join(runner.tags) or Text("no tag", style="red"),
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
    if set(old.tags) <= set(tagged.tags):
        echo(f"{tagged.name} has tag {' and '.join(tagged.tags)}")
    _say_new_tag(folder, runners, old, tagged)


roster.add_command(enrol)
