"""gate ruling: what the race director decides."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.table import Table

from yellowgate.cli.context import RaceFolder, console, now_us, parse_time_us, race_option
from yellowgate.errors import GateError
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.race import rulings
from yellowgate.race.officiallog import OfficialLog, Proposal, Unassigned, iso
from yellowgate.race.rules import span_s
from yellowgate.store.store import Store


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "director"


def by_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--by NAME`: who decides."""
    return click.option(
        "--by",
        default=_who,
        envvar="YELLOWGATE_BY",
        show_default="the login name",
        help="Who decides.",
    )(command)


@click.group()
def ruling() -> None:
    """What the race director decides: kept with who, when and why; undone only by another."""


@ruling.command("add")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--why", default="", help="The reason, kept with it.")
@by_option
@race_option
def add(folder: RaceFolder, kind: str, fields: tuple[str, ...], why: str, by: str) -> None:
    """Add a ruling. `gate ruling kinds` lists what there is.

    \b
    runner=  name, a part of it, or a bib       loop=    a number
    at= in= out=  39:50:27 since the start, or 2025-03-20T07:27:27Z
    record=  LOG:NUMBER as the log shows it     pages=   12/13
    reference=  a clock as gate clock names it, like 3f2a11bc

    \b
    Example: gate ruling add pages runner=Kelly loop=3 pages=13/13 --why "counted them"
             gate ruling add dropout runner=117 reason=rtc at=14:02:00
             gate ruling add assign record=a1b2c3:88 runner=Halpin
    """
    data = parse_fields(folder, fields)
    add_ruling(folder, kind, data, by, why)


@ruling.command("kinds")
def kinds() -> None:
    """What can be ruled, and with which fields.

    \b
    Example: gate ruling kinds
    """
    table = Table(box=None)
    for name in ("kind", "says that", "needs", "may have"):
        table.add_column(name, overflow="fold")
    for name, kind in rulings.KINDS.items():
        ways = " or ".join("+".join(group) for group in kind.one_of)
        needs = " ".join((*kind.required, *([ways] if ways else [])))
        table.add_row(name, kind.what, needs, " ".join(kind.optional))
    console().print(table)


@ruling.command("list")
@race_option
def list_rulings(folder: RaceFolder) -> None:
    """All rulings, in the order in which they were made.

    \b
    Example: gate ruling list
    """
    table = Table(title="Rulings", title_justify="left")
    for name in ("id", "when", "who", "what", "why"):
        table.add_column(name, overflow="fold")
    rows = folder.store().rulings()
    undone = {row.data.get("ruling") for row in rows if row.kind == "undo"}
    for row in rows:
        moment = iso(row.at_us - row.at_us % 1_000_000).replace("T", " ")
        style = "dim strike" if row.id in undone else ""
        text = rulings.words(row.kind, row.data)
        table.add_row(row.id, moment, row.by, text, row.why, style=style)
    console().print(table)


@ruling.command("accept")
@click.argument("number", type=int, default=1)
@click.option("--why", default="as proposed", help="The reason, kept with it.")
@by_option
@race_option
def accept(folder: RaceFolder, number: int, why: str, by: str) -> None:
    """Accept the best proposal for the NUMBERth touch without a name (default: the first).

    `gate log` shows them under "Whose touch was this?".

    \b
    Example: gate ruling accept
    """
    log = current_log(folder)
    touch, best = _proposal(log.unassigned, number)
    first = touch.evidence[0]
    data: dict[str, Any] = {"log_id": first.log_id, "seq": first.seq, "runner": best.name}
    if best.use in rulings.USES:
        data["use"] = best.use
    add_ruling(folder, "assign", data, by, why)


def _proposal(unassigned: Sequence[Unassigned], number: int) -> tuple[Unassigned, Proposal]:
    if not 1 <= number <= len(unassigned):
        raise GateError(f"{len(unassigned)} touches wait for a name; there is no number {number}")
    touch = unassigned[number - 1]
    if not touch.proposals:
        raise GateError("nobody is due for that touch: name the runner with gate ruling add assign")
    return touch, touch.proposals[0]


def current_log(folder: RaceFolder) -> OfficialLog:
    """The official log as of now."""
    return Race.read(folder.race(), folder.roster(), folder.store()).log(now_us())


def add_ruling(folder: RaceFolder, kind: str, data: dict[str, Any], by: str, why: str) -> None:
    """Make, store and say it."""
    folder.race()
    try:
        made = rulings.make(kind, data, by, why, now_us())
    except ValueError as error:
        raise GateError(str(error)) from error
    folder.store().add_rulings([made])
    click.echo(f"{made.id}: {rulings.words(made.kind, made.data)} ({made.by})")


def parse_fields(folder: RaceFolder, fields: Sequence[str]) -> dict[str, Any]:
    """The data of a ruling from FIELD=VALUE words. Raises GateError."""
    data: dict[str, Any] = {}
    store = folder.store()
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            raise GateError(f"{field!r}: write FIELD=VALUE, like loop=3")
        try:
            data.update(_field(name, value, folder, store))
        except (ValueError, click.BadParameter) as error:
            raise GateError(f"{name}: {error}") from error
    return data


_NUMBERS = ("loop", "have", "of", "seq", "seconds", "distance_m")
_MOMENTS = {"at": ("at", "at_s"), "in": ("", "in_s"), "out": ("", "out_s")}
_YES, _NO = ("yes", "true", "1", "right"), ("no", "false", "0", "wrong")


def _field(name: str, value: str, folder: RaceFolder, store: Store) -> dict[str, Any]:
    """One or two entries of the data."""
    if name == "runner":
        return {"runner": find_runner(folder.roster(), value).name}
    if name == "pages":
        have, slash, of = value.partition("/")
        if not slash:
            raise ValueError(f"{value!r}: write 12/13, twelve of thirteen")
        return {"have": _number(have), "of": _number(of)}
    if name == "record":
        log_id, _, seq = value.partition(":")
        return {"log_id": _find(store.counts(), log_id, "log"), "seq": _number(seq)}
    if name == "ruling":
        return {"ruling": _find([row.id for row in store.rulings()], value, "ruling")}
    if name == "reference":
        return {"reference_id": _reference(value)}
    if name in _MOMENTS:
        return _moment(name, value)
    if name in ("right", "wins"):
        if value.lower() not in _YES + _NO:
            raise ValueError(f"{value!r}: write yes or no")
        return {name: value.lower() in _YES}
    return {name: _number(value) if name in _NUMBERS else value}


def _number(text: str) -> int | float:
    """A whole number where it is one."""
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a number") from error


def _reference(text: str) -> int:
    """A reference clock as `gate clock` names it: eight hex digits."""
    try:
        return int(text, 16)
    except ValueError as error:
        raise ValueError(f"{text!r} is not eight hex digits, as gate clock shows them") from error


def _moment(name: str, value: str) -> dict[str, Any]:
    """H:MM:SS is since the start, anything else a time of day."""
    absolute, since_start = _MOMENTS[name]
    if value.count(":") in (1, 2) and "T" not in value and "-" not in value:
        return {since_start: span_s(value)}
    if not absolute:
        raise ValueError(f"{value!r}: write H:MM:SS since the start")
    return {absolute: parse_time_us(value)}


def _find(known: Any, part: str, what: str) -> str:  # noqa: ANN401 - any iterable of text
    found = [name for name in known if name.startswith(part.lower())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} {what}s begin with {part!r}")
    return found[0]


def find_runner(roster: Sequence[Runner], text: str) -> Runner:
    """The runner with this name, bib, tag, or the only one whose name has this in it.

    Raises ValueError.
    """
    for runner in roster:
        if text == runner.name:
            return runner
    low = text.lower()
    found = [row for row in roster if text in row.bibs.values() or low == row.tag]
    found = found or [row for row in roster if low in row.name.lower()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"nobody has the name, bib or tag {text!r} (gate roster list)")
    names = ", ".join(runner.name for runner in found[:5])
    raise ValueError(f"{len(found)} runners may be meant by {text!r}: {names}")
