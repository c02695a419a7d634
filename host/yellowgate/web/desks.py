"""The desk: what waits for a decision, the most urgent first, and what was decided last."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from typing import Any, NamedTuple

from starlette.responses import Response

from yellowgate.desk.waiting import waiting
from yellowgate.model import Ruling
from yellowgate.official import Moment
from yellowgate.race.official_log import Laps, Loop, OfficialLog, RunnerLog
from yellowgate.report.words import unit_of
from yellowgate.rulings.kinds import words
from yellowgate.rulings.states import STANDS
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role

NOW_URGENCY = 1  # in red, with the alarm's tone
ITEMS_SHOWN = 60
LAST_SHOWN = 12
ARRIVALS_SHOWN = 8


def render_desk(hq: Headquarters, _about: str) -> Render:
    """The same for all who decide."""

    def render(view: View) -> list[Piece]:
        found: dict[str, Any] = {"view": view, "log": view.log, "items": (), "more": 0, "begin": ""}
        if view.moment is not None:
            items = waiting(view.moment)
            found |= {
                "items": items[:ITEMS_SHOWN],
                "more": len(items) - ITEMS_SHOWN,
                "last": last_rulings(view.moment),
                "arrivals": arrivals(view.moment.events()),
                "counts": counts(view),
                "begin": begin(view),
            }
        return hq.pages.pieces("desk.html", found | {"now_urgency": NOW_URGENCY})

    return render


def counts(view: View) -> dict[str, int]:
    """How many are where, in all races."""
    boards = [part.board for part in view.parts]
    return {
        "missing": sum(len(one.missing) for one in boards),
        "overdue": sum(len(one.overdue) for one in boards),
        "on course": sum(len(one.on_course) for one in boards),
        "in camp": sum(len(one.in_camp) for one in boards),
    }


def begin(view: View) -> str:
    """What a new race lacks before anything can wait; "" when it is on its way."""
    if not any(part.log.runners for part in view.parts):
        return "Nobody is on the roster yet: the director takes in a list on the page Race."
    if all(part.log.start_us is None for part in view.parts):
        return "No start is known yet: press it at a station, or say it on the page Race."
    return ""


def last_rulings(moment: Moment) -> list[tuple[Ruling, str, bool]]:
    """The newest rulings, in words, and whether each can be taken back."""
    rows = sorted(moment.race.rulings, key=lambda row: (row.at_us, row.id), reverse=True)
    made = {row.id: row for row in rows}
    states = moment.states() if rows else {}
    found: list[tuple[Ruling, str, bool]] = []
    for row in rows[:LAST_SHOWN]:
        text = words(row.kind, row.data)
        target = made.get(str(row.data.get("ruling")))
        text += f": {words(target.kind, target.data)}" if target is not None else ""
        state = states.get(row.id, STANDS)
        text += "" if state == STANDS else f" ({state})"
        found.append((row, text, row.id not in moment.decisions.taken_back))
    return found


class Arrival(NamedTuple):
    """Somebody who came in. at_us: when (UTC). loop: in words, with the race where it is one of
    several. verdict: what became of it.
    """

    name: str
    bib: str
    loop: str
    at_us: int
    verdict: str


def arrivals(moments: Sequence[Moment]) -> list[Arrival]:
    """The last that came in, in these races; newest first."""
    ends: list[tuple[int, OfficialLog, RunnerLog, int]] = []
    for log in (one.log for one in moments):
        for line in log.runners:
            start_us = line.start_us if line.start_us is not None else log.start_us
            if start_us is not None:
                ends += ((start_us + in_us, log, line, at) for in_us, at in _last_ends(line.loops))
    last = nlargest(ARRIVALS_SHOWN, ends, key=lambda row: row[0])
    return [_arrival(log, line, line.loops[at], us, len(moments) > 1) for us, log, line, at in last]


def _arrival(log: OfficialLog, line: RunnerLog, loop: Loop, at_us: int, is_of: bool) -> Arrival:
    race = f"{log.race}: " if is_of else ""
    bib = loop.bib or line.bib
    return Arrival(line.name, bib, race + loop_name(log, loop), at_us, loop.verdict)


def _last_ends(loops: Sequence[Loop]) -> list[tuple[int, int]]:
    """When the last loops ended, and where they stand; none is made for that."""
    first = max(0, len(loops) - 2)
    if isinstance(loops, Laps):
        return [(loops.ins_us[at], at) for at in range(first, len(loops))]
    ends = [(loops[at].in_us, at) for at in range(first, len(loops))]
    return [(in_us, at) for in_us, at in ends if in_us is not None]


def loop_name(log: OfficialLog, loop: Loop) -> str:
    """What people call it: loop 3, yard 7; in a race from place to place the place it ends at."""
    is_place = log.preset == "point-to-point" and loop.place
    return loop.place if is_place else f"{unit_of(log)} {loop.loop}"


def desk(asked: Asked) -> Response:
    """The page."""
    log = asked.hq.latest.kept().log
    title = f"Desk: {log.race if log else 'Yellow Gate'}"
    return asked.hq.live_page(asked, title, Key("desk"), render_desk(asked.hq, ""))


ROUTES = (Spec("/desk", Role.VOLUNTEER, desk),)
