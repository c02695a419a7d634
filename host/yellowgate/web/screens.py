"""The big screen: for a television in the camp, to be read from five metres."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.responses import Response

from yellowgate.race.checks.roll_call import Board
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.board import groups
from yellowgate.report.words import unit_of
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.desks import arrivals
from yellowgate.web.events import Chosen, race_links
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import Part, View
from yellowgate.web.pieces import Piece
from yellowgate.web.render import Kept, slug
from yellowgate.web.roles import Role


class Ranked(NamedTuple):
    """A line of the ranking. done: how many loops, "" where the result says it."""

    id: str
    place: int | None
    bib: str
    name: str
    done: str
    result: str


class ScreenPart(NamedTuple):
    """One race on the screen. key: what its pieces begin with. next: how long to what is next."""

    key: str
    log: OfficialLog
    board: Board
    next: tuple[int, str] | None
    ranking: list[Ranked]


def render_screen(hq: Headquarters, about: str) -> Render:
    """Large, without alarms but one; the list scrolls by itself (hq.js). about: see Chosen."""
    chosen, kept = Chosen.of(about), Kept()

    def render(view: View) -> list[Piece]:
        shown = view.chosen(chosen.event)
        names = {part.name for part in shown}
        moments = view.moment.events() if view.moment else []
        words: dict[str, Any] = {
            "view": view,
            "log": view.log,
            "parts": list(map(_part, shown)),
            "arrivals": arrivals([one for one in moments if one.race.file.name in names]),
            "races": race_links(view, "/screen", chosen),
        }
        return hq.pages.pieces("screen.html", words, kept)

    return render


def _part(part: Part) -> ScreenPart:
    log, sheet = part.log, part.board
    cards = [card for group in groups(sheet, log) for card in group.cards]
    coming = [(card.left_us or 0, card.left) for card in cards if (card.left_us or -1) >= 0]
    return ScreenPart(slug(part.name), log, sheet, _next(sheet, coming), _ranking(log))


def _ranking(log: OfficialLog) -> list[Ranked]:
    return [
        Ranked(
            f"k-{slug(line.name)}", line.place, line.bib, line.name, _done(line, log), line.result
        )
        for line in log.runners
        if line.status != "not started"
    ]


def _done(line: RunnerLog, log: OfficialLog) -> str:
    if log.preset == "backyard" and line.result:
        return ""  # the result of a backyard is the number of its yards
    return f"{line.loops_counted} {unit_of(log)}{'' if line.loops_counted == 1 else 's'}"


def _next(sheet: Board, coming: list[tuple[int, str]]) -> tuple[int, str] | None:
    """The next bell, else the next cutoff of anybody: how long to it, and what it is."""
    if sheet.countdown is not None and sheet.countdown.what == "bell":
        return sheet.countdown.left_us, "to the bell"
    return min(coming, default=None)


def screen(asked: Asked) -> Response:
    """The page."""
    about = Chosen.asked(asked)._replace(only="").about
    return asked.hq.live_page(
        asked, "Big screen", Key("screen", about), render_screen(asked.hq, about)
    )


ROUTES = (Spec("/screen", Role.VOLUNTEER, screen),)
