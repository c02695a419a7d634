"""What is only looked at: the board, the log, what viewers may see, and the stream of changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import Response

from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog, RunnerLog, SightingLine
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
from yellowgate.web.render import Kept, slug
from yellowgate.web.roles import Role

LOOPS_SHOWN = 6  # on a card; all of them stand on the page of the runner
SOON_US = 1_800_000_000  # so little time left is shown in another colour
Lines = Mapping[str, RunnerLog]
LOG_POLICY = (
    f"{NOTHING}form-action 'none'; style-src 'unsafe-inline'; img-src data:; "
    f"script-src {script_source()}"
)


class CardShown(NamedTuple):
    """All that stands on a card, and nothing that changes by the passing of time alone: the same
    here is the same on the page. card: without its times. left_us, seen_us: the moments (UTC) that
    its clocks run to and from. is_one_of: all of its group have the same time left. is_soon: there
    is little of it. before: loops that are not shown.
    """

    id: str
    card: cards.Card
    left_us: int | None
    seen_us: int | None
    is_loud: bool
    is_one_of: bool
    is_over: bool
    is_soon: bool
    before: int
    loops: tuple[cards.LapShown, ...]
    sightings: tuple[SightingLine, ...]
    taps_us: int | None
    returned_us: int | None


def shown_cards(group: cards.Group, log: OfficialLog, lines: Lines) -> list[CardShown]:
    """The cards of a group, as they stand on the page."""
    return [_shown(group, card, log.as_of_us, lines[card.name]) for card in group.cards]


def _shown(group: cards.Group, card: cards.Card, now_us: int, line: RunnerLog) -> CardShown:
    left_us, age_us = card.left_us, card.seen_age_us
    return CardShown(
        f"r-{slug(card.name)}",
        card._replace(left_us=None, seen_age_us=None),
        None if left_us is None else now_us + left_us,
        None if age_us is None else now_us - age_us,
        group.is_loud,
        group.until_us is not None,
        left_us is not None and left_us < 0,
        left_us is not None and 0 <= left_us < SOON_US,
        max(0, len(line.loops) - LOOPS_SHOWN),
        cards.last_laps(line.loops, LOOPS_SHOWN),
        line.sightings,
        line.taps_us,
        line.returned_us,
    )


def board_words(view: View, gender: str) -> dict[str, Any]:
    """What the board's template says."""
    words: dict[str, Any] = {"view": view, "only": gender, "log": view.log}
    if view.log is None or view.board is None:
        return words
    lines = {line.name: line for line in view.log.runners}
    return words | {
        "board": view.board,
        "groups": [
            (group, shown_cards(group, view.log, lines))
            for group in cards.groups(view.board, view.log, gender)
        ],
        "to_do": cards.to_do(view.board),
        "countdown": view.board.countdown,
        "station_words": cards.station_words,
        "closing_words": cards.closing_words,
    }


def render_board(hq: Headquarters, about: str) -> Render:
    """about: "F", "M" or ""."""
    gender = about if about in cards.GENDERS else ""
    kept = Kept()
    return lambda view: hq.pages.pieces("board.html", board_words(view, gender), kept)


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
