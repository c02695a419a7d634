"""gate log: the official log, in every form."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

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
from yellowgate.model import Runner
from yellowgate.official import Moment, Race
from yellowgate.race.diff import changes
from yellowgate.race.official_log import OfficialLog, schema, to_json
from yellowgate.report import (
    handin,
    html,
    iof,
    itra,
    opensplittime,
    table,
    tables,
    touches,
    ultrasignup,
)
from yellowgate.report.clocks import clock_points
from yellowgate.report.people import ExportError, is_fixed_time
from yellowgate.report.words import clean

FORMATS: dict[str, Callable[[Moment], str | bytes]] = {
    "csv": lambda made: touches.log_csv(made.log),
    "json": lambda made: to_json(made.log),
    "json-schema": lambda _: json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    "html": lambda made: html.page(made.log, clock_points(made.corrected, made.log)),
    "touches": lambda made: touches.touches_csv(made.log),
    "paper": lambda made: touches.paper_csv(made.log),
    "ultrasignup": lambda made: ultrasignup.to_csv(made.log, made.race.roster),
    "itra": lambda made: itra.to_xlsx(made.log, made.race.roster),
    "iof-xml": lambda made: iof.to_xml(made.log, made.race.roster),
    "opensplittime": lambda made: opensplittime.to_json(made.log),
    "duv": lambda made: tables.duv(made.log, made.race.roster),
    "runsignup": lambda made: tables.runsignup(made.log, made.race.roster),
    "excel": lambda made: tables.excel(made.log, made.race.roster),
}

# What others would refuse in the file, in words; asked of every file before it is handed out.
CHECKS: dict[str, Callable[[Moment, Any], list[str]]] = {
    "ultrasignup": lambda made, text: ultrasignup.check(text, is_fixed_time(made.log)),
    "itra": lambda _, data: itra.check(data),
    "opensplittime": lambda _, text: opensplittime.check(text),
}
HANDED_IN = ("ultrasignup", "itra", "iof-xml", "opensplittime", "duv", "runsignup")
REMARKS: dict[str, Callable[[OfficialLog, Sequence[Runner]], list[str]]] = {
    "ultrasignup": ultrasignup.remarks,
    "itra": itra.remarks,
    "duv": tables.duv_remarks,
}


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
    every = Race.read(folder.race(), folder.roster(), folder.store())
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
    data = render(made, form)
    if output is None and isinstance(data, bytes):
        raise GateError(f"{form} is not text: name a file with --output")
    for line in _remarks(made, form):
        echo(line, err=True)
    _write_out(data, output)


def _tables(logs: Sequence[OfficialLog], output: Path | None) -> None:
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
    lines = changes(race.log(before_us), race.log(after_us)) or ["nothing changed"]
    return "".join(f"{clean(line)}\n" for line in lines)


def _remarks(made: Moment, form: str) -> list[str]:
    """What the sender of a file should know before it goes."""
    rows = handin.remarks(made.log) if form in HANDED_IN else []
    return rows + (REMARKS[form](made.log, made.race.roster) if form in REMARKS else [])


def as_text(log: OfficialLog) -> str:
    """The table as a file keeps it: wide, and what a colour says stands there as a word too."""
    out = Screen(width=PIPE_WIDTH, file=io.StringIO(), color_system=None)
    with out.capture() as captured:
        out.print(table.log_view(log, PIPE_WIDTH))
    return captured.get()


def render(made: Moment, form: str) -> str | bytes:
    """The log in a format of FORMATS. Raises GateError when the log has not what it wants."""
    try:
        data = FORMATS[form](made)
    except ExportError as error:
        raise GateError(str(error)) from error
    faults = CHECKS[form](made, data) if form in CHECKS else []
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise GateError(f"{form} would be refused: {faults[0]}{more}; nothing was written")
    return data
