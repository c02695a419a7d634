"""What is only looked at: the board, the log, what viewers may see, and the stream of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from starlette.responses import Response

from yellowgate.race.checks.roll_call import Board
from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import board as cards
from yellowgate.report import html, site
from yellowgate.report.clocks import clock_points
from yellowgate.report.later import script_source
from yellowgate.web.asked import Asked, Spec, packed
from yellowgate.web.cards import CardShown, shown_groups
from yellowgate.web.events import Chosen, moment_of_race, only_links, race_links
from yellowgate.web.guard import NOTHING
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import Part, View
from yellowgate.web.pieces import Piece
from yellowgate.web.render import Kept, slug
from yellowgate.web.roles import Role

LOG_POLICY = (
    f"{NOTHING}form-action 'none'; style-src 'unsafe-inline'; img-src data:; "
    f"script-src {script_source()}"
)


class BoardPart(NamedTuple):
    """One race on the board. key: what its pieces begin with, "" where it is the only one."""

    key: str
    log: OfficialLog
    board: Board
    groups: list[tuple[cards.Group, list[CardShown]]]


def board_words(view: View, chosen: Chosen) -> dict[str, Any]:
    """What the board's template says."""
    shown = view.chosen(chosen.event)
    return {
        "view": view,
        "log": view.log,
        "stations": view.stations,
        "to_do": _to_do(shown),
        "women": sum(one.board.women for one in shown),
        "men": sum(one.board.men for one in shown),
        "parts": [
            BoardPart(
                f"{slug(one.name)}-" if len(shown) > 1 else "", one.log, one.board,
                shown_groups(one, chosen.only),
            )
            for one in shown
        ],
        "station_words": cards.station_words,
        "closing_words": cards.closing_words,
        "races": race_links(view, "/board", chosen),
        "onlys": only_links("/board", chosen),
        "only": chosen.only,
    }  # fmt: skip


def _to_do(shown: Sequence[Part]) -> list[str]:
    """What waits in these races. Touches without a name, and problems of stations, are of all."""
    if not shown:
        return []
    decide = {
        (row.kind, row.runner, row.loop, row.text)
        for one in shown
        for row in one.log.problems
        if row.level == "decide"
    }
    both = replace(
        shown[0].board,
        unassigned=max(one.board.unassigned for one in shown),
        to_decide=len(decide) if len(shown) > 1 else shown[0].board.to_decide,
        known=next((one.board.known for one in shown if one.board.known), ""),
    )
    return cards.to_do(both)


def render_board(hq: Headquarters, about: str) -> Render:
    """about: see Chosen."""
    chosen = Chosen.of(about)
    kept = Kept()
    return lambda view: hq.pages.pieces("board.html", board_words(view, chosen), kept)


def render_results(hq: Headquarters, _about: str) -> Render:
    """What the director has opened to everybody, as `gate publish` shows it."""

    def render(view: View) -> list[Piece]:
        moment = view.moment
        opened = "nothing" if moment is None else moment.race.file.publish
        parts: list[Any] = []
        if moment is not None and opened in ("names and loops", "all"):
            parts = site.parts([one.log for one in moment.events()], opened)
        return hq.pages.pieces(
            "results.html", {"parts": parts, "opened": opened, "is_all": opened == "all"}
        )

    return render


def board(asked: Asked) -> Response:
    """Who is out there."""
    log = asked.hq.latest.kept().log
    title = f"{log.race if log else 'Yellow Gate'}: who is out there"
    about = Chosen.asked(asked).about
    return asked.hq.live_page(asked, title, Key("board", about), render_board(asked.hq, about))


def results(asked: Asked) -> Response:
    """What everybody may see."""
    key, render = Key("results"), render_results(asked.hq, "")
    return asked.hq.live_page(asked, "Results", key, render)


def log_page(asked: Asked) -> Response:
    """The official log as a page, of one race."""
    view, name = asked.hq.latest.kept(), asked.query("event")
    moment = moment_of_race(view, name)

    def make() -> str:
        others = race_links(view, "/log", Chosen(name), everything="")
        links = [("Desk", "/desk"), *((one.name, one.address) for one in others)]
        return html.page(moment.log, clock_points(moment.corrected, moment.log), links=links)

    answer = asked.hq.made_once(asked, f"log {moment.race.file.name}", view, make, "text/html")
    answer.headers["Content-Security-Policy"] = LOG_POLICY
    return answer


def log_json(asked: Asked) -> Response:
    """The official log as JSON, of one race."""
    view = asked.hq.latest.kept()
    moment = moment_of_race(view, asked.query("event"))
    name = f"log.json {moment.race.file.name}"
    return asked.hq.made_once(asked, name, view, lambda: to_json(moment.log), "application/json")


def static_file(asked: Asked) -> Response:
    """A script or style of ours; its address changes with it, so browsers may keep it."""
    name = asked.request.url.path.lstrip("/")
    file = asked.hq.pages.files[name]
    answer = packed(asked.request, file.data, asked.hq.zipped[name], file.kind, file.version)
    if asked.query("v") == file.version:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


ROUTES = (
    Spec("/board", Role.VOLUNTEER, board),
    Spec("/results", Role.VIEWER, results),
    Spec("/log", Role.VOLUNTEER, log_page),
    Spec("/log.json", Role.VOLUNTEER, log_json),
    Spec("/hq.js", Role.NOBODY, static_file),
    Spec("/hq.css", Role.NOBODY, static_file),
    Spec("/entry.js", Role.NOBODY, static_file),
)
