"""The big screen: for a television in the camp, to be read from five metres."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.responses import Response

from yellowgate.race.checks.roll_call import Board
from yellowgate.race.official_log import OfficialLog
from yellowgate.report.board import groups
from yellowgate.report.words import unit_of
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.desks import arrivals
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.render import Kept, slug
from yellowgate.web.roles import Role


def render_screen(hq: Headquarters, _about: str) -> Render:
    """Large, without alarms but one; the list scrolls by itself (hq.js)."""

    kept = Kept()

    def render(view: View) -> list[Piece]:
        words: dict[str, Any] = {"view": view, "log": view.log}
        log, sheet = view.log, view.board
        if view.moment is not None and log is not None and sheet is not None:
            cards = [card for group in groups(sheet, log) for card in group.cards]
            coming = [(card.left_us, card.left) for card in cards if (card.left_us or -1) >= 0]
            words |= {
                "board": sheet,
                "countdown": sheet.countdown,
                "next": _next(sheet, [(left or 0, what) for left, what in coming]),
                "arrivals": arrivals(view.moment),
                "ranking": _ranking(log),
                "unit": unit_of(log),
            }
        return hq.pages.pieces("screen.html", words, kept)

    return render


class Ranked(NamedTuple):
    """A line of the ranking. done: how many loops."""

    id: str
    place: int | None
    bib: str
    name: str
    done: str
    result: str


def _ranking(log: OfficialLog) -> list[Ranked]:
    unit = unit_of(log)
    return [
        Ranked(
            f"k-{slug(line.name)}", line.place, line.bib, line.name,
            f"{line.loops_counted} {unit}{'' if line.loops_counted == 1 else 's'}", line.result,
        )
        for line in log.runners
        if line.status != "not started"
    ]  # fmt: skip


def _next(sheet: Board, coming: list[tuple[int, str]]) -> tuple[int, str] | None:
    """The next bell, else the next cutoff of anybody: how long to it, and what it is."""
    if sheet.countdown is not None and sheet.countdown.what == "bell":
        return sheet.countdown.left_us, "to the bell"
    return min(coming, default=None)


def screen(asked: Asked) -> Response:
    """The page."""
    key, render = Key("screen"), render_screen(asked.hq, "")
    return asked.hq.live_page(asked, "Big screen", key, render)


ROUTES = (Spec("/screen", Role.VOLUNTEER, screen),)
