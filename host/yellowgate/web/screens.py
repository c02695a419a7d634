"""The big screen: for a television in the camp, to be read from five metres."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from yellowgate.race.checks.roll_call import Board
from yellowgate.report.board import groups
from yellowgate.report.words import unit_of
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.desks import arrivals
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role


def render_screen(hq: Headquarters, _about: str) -> Render:
    """Large, without alarms but one; the list scrolls by itself (hq.js)."""

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
                "ranking": [line for line in log.runners if line.status != "not started"],
                "unit": unit_of(log),
            }
        return hq.pages.pieces("screen.html", words)

    return render


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
