"""gate ruling dropouts: all that a list says of who is out, in one go."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from yellowgate.cli.context import RaceFolder, console, echo, now_us, race_option
from yellowgate.cli.proposals import ruling
from yellowgate.cli.ruling import by_option
from yellowgate.cli.rulingfields import Known
from yellowgate.cli.tables import (
    read_table,
    refuse,
    say_notes,
    table_options,
    times_option,
    told_apart,
)
from yellowgate.cli.weighed import add_made, anyway_option
from yellowgate.event import dropout_list
from yellowgate.model import Ruling
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import Said


@ruling.command("dropouts")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", default="", help="For lines that give none, like dns.")
@click.option("--why", default="", help="The reason for the rulings, kept with them.")
@table_options
@times_option
@anyway_option
@by_option
@race_option
def dropouts(
    folder: RaceFolder,
    file: Path,
    reason: str,
    why: str,
    encoding: str,
    sheet: str,
    by: str,
    said: Said | None,
    anyway: bool,
) -> None:
    """Rule on all who are out, from a list: columns bib or name, reason, time, back.

    Reasons as in gate ruling add: rtc, dns, dq, missed cutoff, injured, ... A time is one of the
    race clock, H:MM:SS since the start; "Sat 03:21", "3:21 am" and "clock 03:21" are of day, and
    what "03:21" alone is, where it may be both, is asked: --times. All faults are named at once,
    and then nothing is ruled. On a terminal it shows the rulings, and asks. What was ruled
    before in the same words is not ruled again; each is taken back by its number.

    \b
    Example: gate ruling dropouts dropouts.csv --by Laz
             gate ruling dropouts no-shows.xlsx --reason dns
    """
    from yellowgate.desk.decide import is_said

    store, moment_us = folder.store(), now_us()
    known = Known(folder, store)
    ruled = known.decisions

    def read(of_all: Said) -> dropout_list.Dropouts:
        return dropout_list.read(
            read_table(file, encoding, sheet),
            known.people.find_bib,
            known.people.find,
            known.times(of_all),
            reason,
        )

    try:
        try:
            listed = read(said or "")
        except ValueError as error:
            listed = read(told_apart(error, said))
    except ValueError as error:
        refuse(file, error, "nothing was ruled")
    say_notes(file, listed.notes)
    words = why or f"list {file.name}"
    made = [
        ruling_kinds.make(kind, data, by, words, moment_us)
        for kind, data in listed.rulings
        if is_said(ruled, kind, data, by) is None
    ]
    if made and sys.stdin.isatty() and not anyway:
        console().print(_view(made))
        click.confirm(f"Rule these {len(made)}?", abort=True)
    add_made(folder, store, made, anyway)
    for row in made:
        echo(f"{row.id}: {known.said_back(row)} ({row.by})")
    before = len(listed.rulings) - len(made)
    echo(f"{file}: {len(made)} rulings, {before} were there before")


def _view(made: Sequence[Ruling]) -> Table:
    table = Table(title="What this list rules", title_justify="left")
    table.add_column("ruling", overflow="fold")
    for row in made:
        table.add_row(ruling_kinds.words(row.kind, row.data))
    return table
