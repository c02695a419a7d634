"""What is only looked at: the board, the log, what viewers may see, and the stream of changes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from yellowgate.race.log_json import to_json
from yellowgate.report import board as cards
from yellowgate.report import html, site
from yellowgate.report.clocks import clock_points
from yellowgate.report.later import script_source
from yellowgate.web.asked import Asked, Refused, Spec, packed
from yellowgate.web.guard import NOTHING
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role

LOOPS_SHOWN = 6  # on a card; all of them stand on the page of the runner
LOG_POLICY = (
    f"{NOTHING}form-action 'none'; style-src 'unsafe-inline'; img-src data:; "
    f"script-src {script_source()}"
)


def board_words(view: View, gender: str) -> dict[str, Any]:
    """What the board's template says."""
    words: dict[str, Any] = {"view": view, "only": gender, "log": view.log}
    words["loops_shown"] = LOOPS_SHOWN
    if view.log is None or view.board is None:
        return words
    return words | {
        "board": view.board,
        "groups": cards.groups(view.board, view.log, gender),
        "lines": {line.name: line for line in view.log.runners},
        "to_do": cards.to_do(view.board),
        "countdown": view.board.countdown,
        "station_words": cards.station_words,
        "closing_words": cards.closing_words,
    }


def render_board(hq: Headquarters, about: str) -> Render:
    """about: "F", "M" or ""."""
    gender = about if about in cards.GENDERS else ""
    return lambda view: hq.pages.pieces("board.html", board_words(view, gender))


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
    about = asked.query("only")
    about = about if about in cards.GENDERS else ""
    return asked.hq.live_page(asked, title, Key("board", about), render_board(asked.hq, about))


def results(asked: Asked) -> Response:
    """What everybody may see."""
    key, render = Key("results"), render_results(asked.hq, "")
    return asked.hq.live_page(asked, "Results", key, render)


def log_page(asked: Asked) -> Response:
    """The official log as a page."""
    view = asked.hq.latest.kept()
    if view.moment is None:
        raise Refused(view.trouble, 503)

    def make() -> str:
        log = view.moment.log if view.moment else None
        assert view.moment is not None and log is not None
        return html.page(log, clock_points(view.moment.corrected, log))

    answer = asked.hq.made_once(asked, "log", view, make, "text/html")
    answer.headers["Content-Security-Policy"] = LOG_POLICY
    return answer


def log_json(asked: Asked) -> Response:
    """The official log as JSON."""
    view = asked.hq.latest.kept()
    log = view.log
    if log is None:
        raise Refused(view.trouble, 503)
    return asked.hq.made_once(asked, "log.json", view, lambda: to_json(log), "application/json")


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
