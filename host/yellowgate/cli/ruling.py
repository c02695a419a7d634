"""gate ruling: what the race director decides."""

from __future__ import annotations

import getpass
import json
import platform
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, echo, now_us, of_event, race_option
from yellowgate.cli.rulingfields import parse_each, typed_words, wrong_use
from yellowgate.errors import GateError
from yellowgate.model import Evidence, Ruling
from yellowgate.race.official_log import OfficialLog, Proposal, Unassigned
from yellowgate.rulings.kinds import KINDS, make, words
from yellowgate.rulings.states import STANDS, TAKEN_BACK
from yellowgate.times import day_and_time, hms, iso, seconds

if TYPE_CHECKING:
    from yellowgate.store.store import Store
    from yellowgate.weigh import Weighed


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


def anyway_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--anyway`: the one way to confirm what was asked, where nobody can be asked."""
    return click.option(
        "--anyway", is_flag=True, help="Also where the race speaks against it; nothing is asked."
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
        text = _words(row, made.get(str(row.data.get("ruling"))))
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


def _words(row: Ruling, target: Ruling | None) -> str:
    """What was ruled; of an undo also what it takes back."""
    text = words(row.kind, row.data)
    return text if target is None else f"{text}: {words(target.kind, target.data)}"


@ruling.command("proposals")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@race_option
def list_proposals(folder: RaceFolder, as_json: bool) -> None:
    """The touches that wait for a name: their numbers, their records, and who it may be.

    Accept one by its number: gate ruling accept 2. Name another runner by the record:
    gate ruling add assign record=a1b2c3:88 runner=Halpin

    \b
    Example: gate ruling proposals
    """
    moment = folder.read().at(now_us())
    log, waiting = moment.log, moment.unassigned
    if as_json:
        rows = [_proposals_json(number, row) for number, row in enumerate(waiting, 1)]
        echo(json.dumps({"proposals": rows}, indent=1, ensure_ascii=False))
        return
    if not waiting:
        echo("every touch has a name")
        return
    table = Table(title="Whose touch was this?", title_justify="left")
    for name in ("number", "when", "where", "what", "record", "may be"):
        table.add_column(name, overflow="fold", justify="right" if name == "number" else "left")
    for number, row in enumerate(waiting, 1):
        first = row.evidence[0]
        names = "\n".join(f"{who.name} ({who.why})" for who in row.proposals) or "nobody is due"
        table.add_row(
            str(number), _when(log, first.utc_us), first.station, _what(row), _record(first), names
        )
    console().print(table)


def _proposals_json(number: int, row: Unassigned) -> dict[str, Any]:
    first = row.evidence[0]
    return {
        "number": number,
        "record": _record(first),
        "station": first.station,
        "kind": first.kind,
        "uid": row.uid,
        "utc": iso(first.utc_us),
        "at_s": None if row.at_us is None else seconds(row.at_us),
        "may_be": [
            {"name": who.name, "bib": who.bib, "loop": who.loop, "use": who.use, "why": who.why}
            | {"rank": who.rank}
            for who in row.proposals
        ],
    }


def _record(row: Evidence) -> str:
    """As `gate ruling add` takes it."""
    return f"{row.log_id[:8]}:{row.seq}"


def _is_record(row: Evidence, log_id: str, seq: str) -> bool:
    return bool(log_id) and row.log_id.startswith(log_id) and seq == str(row.seq)


def _what(row: Unassigned) -> str:
    kind = row.evidence[0].kind
    return "button" if kind == "press" else f"{kind} {row.uid}"


@ruling.command("accept")
@click.argument("which", metavar="[NUMBER|RECORD]", default="1")
@click.option("--why", default="as proposed", help="The reason, kept with it.")
@by_option
@race_option
def accept(folder: RaceFolder, which: str, why: str, by: str) -> None:
    """Accept the best proposal for a touch without a name (default: the first).

    `gate ruling proposals` shows them. Their numbers change when a touch gets its name or a sync
    brings another; a record, like a1b2c3:88, stays.

    \b
    Example: gate ruling accept
             gate ruling accept a1b2c3:88
    """
    from yellowgate.desk.waiting import assign

    moment = folder.read().at(now_us())
    log = moment.log
    touch, best = _proposal(moment.unassigned, which)
    first = touch.evidence[0]
    made = add_ruling(folder, "assign", dict(assign(touch, best).data), by, why)
    echo(f"  {_what(touch)} at {_when(log, first.utc_us)}, {first.station}: {best.why}")
    others = ", ".join(who.name for who in touch.proposals[1:])
    if others:
        echo(f"  or else {others}: gate ruling undo {made.id} takes it back")
    if touch.uid and first.kind == "tag":
        echo(
            f"  for this touch alone; if the tag is that runner's: "
            f"gate ruling add tag tag={touch.uid} runner={best.name!r}"
        )


def _proposal(unassigned: Sequence[Unassigned], which: str) -> tuple[Unassigned, Proposal]:
    from yellowgate.desk.waiting import best_of

    if not (":" in which or (which.isascii() and which.isdigit())):
        wrong_use(f"{which!r} is neither a number nor a record, like a1b2c3:88")
    if not unassigned:
        raise GateError("no touch waits for a name")
    log_id, colon, seq = which.lower().partition(":")
    found = [
        row
        for number, row in enumerate(unassigned, 1)
        if (colon and _is_record(row.evidence[0], log_id, seq)) or which == str(number)
    ]
    if len(found) != 1:
        known = "number 1" if len(unassigned) == 1 else f"numbers 1 to {len(unassigned)}"
        raise GateError(f"no touch {which} waits for a name: {known} do (gate ruling proposals)")
    touch = found[0]
    if not touch.proposals:
        record = _record(touch.evidence[0])
        raise GateError(
            "nobody is due for that touch: name the runner with "
            f"gate ruling add assign record={record} runner=NAME"
        )
    best = best_of(touch)
    if len(best) > 1:
        record = _record(touch.evidence[0])
        names = ", ".join(who.name for who in best[:5]) + (", ..." if len(best) > 5 else "")
        raise GateError(
            f"{len(best)} runners may be meant, none more than the others ({names}): name the "
            f"runner with gate ruling add assign record={record} runner=NAME"
        )
    return touch, best[0]


def current_log(folder: RaceFolder, event: str = "") -> OfficialLog:
    """The official log as of now, of one of several races."""
    race = folder.read()
    return of_event(race, event).log(now_us())


def add_ruling(
    folder: RaceFolder, kind: str, data: dict[str, Any], by: str, why: str, anyway: bool = False
) -> Ruling:
    """As add_rulings(), of one."""
    return add_rulings(folder, kind, [data], by, why, anyway)[0]


def add_rulings(
    folder: RaceFolder,
    kind: str,
    datas: Sequence[dict[str, Any]],
    by: str,
    why: str,
    anyway: bool = False,
) -> Sequence[Ruling]:
    """Make, weigh, store and say them, and what a person should know of them at once. anyway:
    without asking where the race speaks against one.
    """
    from yellowgate.desk.decide import Wanted, rule

    folder.race()
    store, moment_us = folder.store(), now_us()
    try:
        drafts = [make(kind, data, by, why, moment_us) for data in datas]
        said = _weighed(folder, store, drafts)
        if not anyway:
            confirm(said.objections)
        made = rule(store, [Wanted(kind, data, why) for data in datas], by, moment_us)
    except ValueError as error:
        wrong_use(str(error))
    known = {row.id: row for row in store.rulings()} if kind == "undo" else {}
    for row in made:
        echo(f"{row.id}: {_words(row, known.get(str(row.data.get('ruling'))))} ({row.by})")
    for text in said.remarks:
        echo(f"  {text}", err=True)
    return made


def _weighed(folder: RaceFolder, store: Store, drafts: Sequence[Ruling]) -> Weighed:
    from yellowgate.weigh import Weighed, weigh

    try:
        race = folder.read(store)
        return weigh(race, drafts, now_us())
    except GateError as error:  # it is ruled all the same; what is wrong was so before
        return Weighed([], [str(error)])


def add_made(folder: RaceFolder, store: Store, made: Sequence[Ruling], anyway: bool) -> None:
    """Weigh and store the rulings of a list."""
    if made and not anyway:
        confirm(_weighed(folder, store, made).objections)
    store.add_rulings(made)


def confirm(objections: Sequence[str]) -> None:
    """Ask on a terminal whether it is meant all the same. Raises GateError elsewhere."""
    if not objections:
        return
    if not sys.stdin.isatty():
        raise GateError(f"{'; '.join(objections)}; nothing was ruled (if it is meant: --anyway)")
    for text in objections:
        echo(f"  {text}", err=True)
    click.confirm("Rule it all the same?", abort=True, err=True)


def _when(log: OfficialLog, utc_us: int) -> str:
    """Since the start; before it or without one, by the clock."""
    if log.start_us is None or utc_us < log.start_us:
        return day_and_time(utc_us, log.zone)
    return hms(utc_us - log.start_us)
