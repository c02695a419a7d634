"""gate ruling proposals, gate ruling accept: the touches that wait for a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table

from yellowgate.cli.context import RaceFolder, console, echo, now_us, race_option
from yellowgate.cli.ruling import by_option, ruling
from yellowgate.cli.rulingfields import wrong_use
from yellowgate.cli.weighed import add_ruling
from yellowgate.errors import GateError
from yellowgate.model import Evidence
from yellowgate.race.official_log import OfficialLog, Proposal, Unassigned
from yellowgate.times import day_and_time, hms, iso, seconds


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


def _when(log: OfficialLog, utc_us: int) -> str:
    """Since the start; before it or without one, by the clock."""
    if log.start_us is None or utc_us < log.start_us:
        return day_and_time(utc_us, log.zone)
    return hms(utc_us - log.start_us)
