"""gate log: the official log, in every form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import (
    PIPE_WIDTH,
    TIME,
    RaceFolder,
    Screen,
    console,
    echo,
    event_option,
    now_us,
    of_event,
    race_option,
    write_whole,
)
from yellowgate.errors import GateError
from yellowgate.report.words import clean

if TYPE_CHECKING:
    from yellowgate.official import Race
    from yellowgate.race.official_log import OfficialLog

# Each is made in yellowgate.cli.forms.
FORMATS = (
    "csv", "json", "json-schema", "html", "touches", "paper", "ultrasignup", "itra", "iof-xml",
    "opensplittime", "duv", "runsignup", "excel",
)  # fmt: skip


@click.command()
@click.option(
    "--format", "form", type=click.Choice(["table", *FORMATS]), default="table", show_default=True
)
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--as-of", "as_of_us", type=TIME, help="The log as of this moment.")
@click.option("--diff", nargs=2, type=TIME, metavar="A B", help="What changed between moments.")
@event_option
@race_option
def log(
    folder: RaceFolder,
    form: str,
    output: Path | None,
    as_of_us: int | None,
    diff: tuple[int, int] | None,
    event: str,
) -> None:
    """The official log, computed from all records and rulings.

    ultrasignup, itra, duv and runsignup are results: they are refused while somebody is still out.
    What else is not settled is said beside the file. excel is CSV that Excel opens right, a line
    a runner; csv has a line a loop. A pipe has no colours, unless FORCE_COLOR=1 asks for them.

    \b
    Example: gate log
             gate log --format html --output log.html
             gate log --format ultrasignup --output results.csv
             gate log --as-of 2025-03-19T12:00:00Z
             gate log --diff 2025-03-19T12:00:00Z now
    """
    if diff and (form != "table" or as_of_us is not None):
        raise click.UsageError("--diff is a list of its own: leave out --format and --as-of")
    every = folder.read()
    moment_us = now_us() if as_of_us is None else as_of_us
    if form == "table" and not diff:
        now = (of_event(every, event) if event else every).at(moment_us, as_of_us is None)
        _tables([one.log for one in ([now] if event else now.events())], output)
        return
    if every.file.events and not event:
        names = ", ".join(repr(one.file.name) for one in every.events())
        raise click.UsageError(f"there are several races here, say which: --event with {names}")
    race = of_event(every, event)
    if diff:
        _write_out(_changed(race, *diff), output)
        return
    made = race.at(moment_us, as_of_us is None)
    from yellowgate.cli.forms import remarks, render  # all exporters: not for the table

    data = render(made, form)
    if output is None and isinstance(data, bytes):
        raise GateError(f"{form} is not text: name a file with --output")
    for line in remarks(made, form):
        echo(line, err=True)
    _write_out(data, output)


def _tables(logs: Sequence[OfficialLog], output: Path | None) -> None:
    from yellowgate.report import table

    if output is not None:
        write_whole(output, "\n".join(map(as_text, logs)))
        return
    out = console()
    for one in logs:
        out.print(table.log_view(one, out.width))


def _write_out(data: str | bytes, output: Path | None) -> None:
    if output is not None:
        write_whole(output, data)
        echo(f"{output}: written", err=True)
    else:
        echo(data, nl=False)


def _changed(race: Race, before_us: int, after_us: int) -> str:
    from yellowgate.race.diff import changes

    lines = changes(race.log(before_us), race.log(after_us)) or ["nothing changed"]
    return "".join(f"{clean(line)}\n" for line in lines)


def as_text(log: OfficialLog) -> str:
    """The table as a file keeps it: wide, and what a colour says stands there as a word too."""
    from yellowgate.report import table

    out = Screen(width=PIPE_WIDTH, file=io.StringIO(), color_system=None)
    with out.capture() as captured:
        out.print(table.log_view(log, PIPE_WIDTH))
    return captured.get()
