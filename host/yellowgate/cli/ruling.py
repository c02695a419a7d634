"""gate ruling: what the race director decides."""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Callable
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, echo, now_us, of_event, race_option
from yellowgate.cli.rulingfields import parse_each, typed_words
from yellowgate.cli.weighed import add_ruling, add_rulings, anyway_option, said_words
from yellowgate.model import Ruling
from yellowgate.race.official_log import OfficialLog
from yellowgate.rulings.kinds import KINDS, words
from yellowgate.rulings.states import STANDS, TAKEN_BACK
from yellowgate.times import iso


def _who() -> str:
    """Login and laptop: two volunteers may both be "pi", and who rules differently from another
    must not look like a correction by the same person.
    """
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        login = "director"
    laptop = platform.node()
    return f"{login}@{laptop}" if laptop else login


def _named(_ctx: click.Context, _param: click.Parameter, by: str) -> str:
    if not by.strip():
        raise click.BadParameter("a ruling needs to say who made it")
    return by.strip()


def by_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--by NAME`: who decides."""
    return click.option(
        "--by",
        default=_who,
        callback=_named,
        envvar="YELLOWGATE_BY",
        show_default="login@laptop",
        help="Who decides.",
    )(command)


@click.group(no_args_is_help=False)
def ruling() -> None:
    """What the race director decides: kept with who, when and why; undone only by another."""


@ruling.command("add")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--why", default="", help="The reason, kept with it.")
@anyway_option
@by_option
@race_option
def add(
    folder: RaceFolder, kind: str, fields: tuple[str, ...], why: str, by: str, anyway: bool
) -> None:
    """Add a ruling. `gate ruling kinds` lists what there is.

    \b
    runner=  name, a part of it, or a bib; several: runner=7,8,3    loop=    a number
    at= in= out=  39:50:27 since the start; "clock 03:27", "Sat 03:27", "today 03:27",
             "3:27 am" by the camp's clock; 2025-03-20T03:27:27-04:00; now
    record=  LOG:NUMBER (gate ruling proposals, gate log --format touches)
    pages=   12/13    reference=  a clock as gate clock names it, like 3f2a11bc

    \b
    Example: gate ruling add pages runner=Kelly loop=3 pages=13/13 --why "counted them"
             gate ruling add dropout runner=7,8,3 reason=rtc at=14:02:00 place=camp
             gate ruling add assign record=a1b2c3:88 runner=Halpin

    What the race speaks against (pages of a loop that the runner has not ended, a record that is
    not here, a moment to come) is asked on a terminal; elsewhere it needs --anyway.
    """
    add_rulings(folder, kind, parse_each(folder, kind, fields), by, why, anyway)


@ruling.command("undo")
@click.argument("number", metavar="ID")
@click.option("--why", default="", help="The reason, kept with it.")
@by_option
@race_option
def undo(folder: RaceFolder, number: str, why: str, by: str) -> None:
    """Take back a ruling, by the beginning of its id (gate ruling list). It is kept, and may stand
    again: take back the undo.

    \b
    Example: gate ruling undo 3f2a --why "wrong runner"
    """
    (data,) = parse_each(folder, "undo", [f"ruling={number}"])
    add_ruling(folder, "undo", data, by, why)


@ruling.command("kinds")
@race_option
def kinds(_folder: RaceFolder) -> None:
    """What can be ruled, and with which fields: in any race.

    \b
    Example: gate ruling kinds
    """
    table = Table(box=None)
    for name in ("kind", "says that", "needs", "may have"):
        table.add_column(name, overflow="fold")
    for kind in KINDS.values():
        ways = dict.fromkeys(typed_words(group) for group in kind.one_of)
        needs = " ".join(filter(None, (typed_words(kind.needs), " or ".join(ways))))
        table.add_row(kind.name, kind.what, needs, typed_words(kind.may))
    console().print(table)


@ruling.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the rulings as JSON.")
@race_option
def list_rulings(folder: RaceFolder, as_json: bool) -> None:
    """All rulings, in the order in which they were made, and what has become of them.

    Without a word beside it, a ruling stands. A ruling that was replaced is one that the same
    person corrected by a later one; one that is contradicted decides nothing.

    \b
    Example: gate ruling list
    """
    race = folder.read()
    of_id = race.at(now_us()).states()
    if as_json:
        rows = [_as_json(row, of_id[row.id]) for row in race.rulings]
        echo(json.dumps({"rulings": rows}, indent=1, ensure_ascii=False))
        return
    made = {row.id: row for row in race.rulings}
    table = Table(title="Rulings", title_justify="left")
    for name in ("id", "when", "who", "what", "why"):
        table.add_column(name, overflow="fold")
    for row in race.rulings:
        moment = iso(row.at_us - row.at_us % 1_000_000).replace("T", " ")
        state = of_id[row.id]
        shown = Text(row.id)
        if state != STANDS:
            shown.append(f"\n{state}", style="" if state == TAKEN_BACK else "red")
        style = "dim strike" if state == TAKEN_BACK else ""
        text = said_words(row, made.get(str(row.data.get("ruling"))))
        table.add_row(shown, moment, row.by, text, row.why, style=style)
    console().print(table)


def _as_json(row: Ruling, state: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": state,
        "at": iso(row.at_us),
        "by": row.by,
        "kind": row.kind,
        "data": dict(row.data),
        "why": row.why,
        "text": words(row.kind, row.data),
    }


def current_log(folder: RaceFolder, event: str = "") -> OfficialLog:
    """The official log as of now, of one of several races."""
    race = folder.read()
    return of_event(race, event).log(now_us())
