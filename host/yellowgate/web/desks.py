"""The desk: what waits for a decision, the most urgent first, and what was decided last."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from typing import Any

from starlette.responses import Response

from yellowgate.desk.waiting import waiting
from yellowgate.model import Ruling
from yellowgate.official import Moment
from yellowgate.race.official_log import Laps, Loop, RunnerLog
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
        found: dict[str, Any] = {"view": view, "log": view.log, "items": (), "more": 0}
        if view.moment is not None:
            items = waiting(view.moment)
            found |= {
                "items": items[:ITEMS_SHOWN],
                "more": len(items) - ITEMS_SHOWN,
                "last": last_rulings(view.moment),
                "arrivals": arrivals(view.moment),
                "board": view.board,
            }
        return hq.pages.pieces("desk.html", found | {"now_urgency": NOW_URGENCY})

    return render


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


def arrivals(moment: Moment) -> list[tuple[str, str, int, int, str]]:
    """The last that came in: name, bib, loop, when (UTC) and what became of it; newest first."""
    ends: list[tuple[int, RunnerLog, int]] = []
    for one in moment.events():
        for line in one.log.runners:
            start_us = line.start_us if line.start_us is not None else one.log.start_us
            if start_us is not None:
                ends += ((start_us + in_us, line, at) for in_us, at in _last_ends(line.loops))
    last = nlargest(ARRIVALS_SHOWN, ends, key=lambda row: row[0])
    found = [(line, line.loops[at], utc_us) for utc_us, line, at in last]
    return [
        (line.name, loop.bib or line.bib, loop.loop, utc_us, loop.verdict)
        for line, loop, utc_us in found
    ]


def _last_ends(loops: Sequence[Loop]) -> list[tuple[int, int]]:
    """When the last loops ended, and where they stand."""
    first = max(0, len(loops) - 2)
    if isinstance(loops, Laps):
        return [(loops.ins_us[at], at) for at in range(first, len(loops))]
    ends = [(loops[at].in_us, at) for at in range(first, len(loops))]
    return [(in_us, at) for in_us, at in ends if in_us is not None]


def desk(asked: Asked) -> Response:
    """The page."""
    log = asked.hq.latest.kept().log
    title = f"Desk: {log.race if log else 'Yellow Gate'}"
    return asked.hq.live_page(asked, title, Key("desk"), render_desk(asked.hq, ""))


ROUTES = (Spec("/desk", Role.VOLUNTEER, desk),)
