"""The stations: what is plugged in, what is heard, and what a sync is doing."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from yellowgate.report.board import closing_words, station_words
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.known import Unseen
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role

PAGE = "stations"


def render_stations(hq: Headquarters, _about: str) -> Render:
    """Ports of this laptop, and stations of the race."""

    def render(view: View) -> list[Piece]:
        words: dict[str, Any] = {
            "view": view,
            "log": view.log,
            "ports": hq.ports.states(),
            "others": hq.others.states(),
            "states": {row.log_id: row for row in view.stations},
            "unheard": [row for row in view.stations if not row.log_id],
            "hide": hq.hide,
            "station_words": station_words,
            "closing_words": closing_words,
        }
        return hq.pages.pieces("stations.html", words)

    return render


def stations(asked: Asked) -> Response:
    """The page."""
    key, render = Key(PAGE), render_stations(asked.hq, "")
    return asked.hq.live_page(asked, "Stations", key, render)


def unite(asked: Asked) -> Response:
    """With another HQ, now and again and again."""
    try:
        said = asked.hq.others.unite(asked.text("address").strip(), asked.text("certificate"))
    except Unseen as unseen:
        lines = [
            f"Compare this with what gate serve printed on the laptop at {unseen.where}, as its "
            "certificate (SHA-256):",
            unseen.mark,
            "Is it the same? Else somebody is in between.",
        ]
        again = {**asked.words, "certificate": unseen.mark}
        return JSONResponse({"ask": lines, "yes": "It is the same", "again": again})
    asked.hq.changed()
    return JSONResponse({"said": [said]})


def let_go(asked: Asked) -> Response:
    """A port, for gate station or another program."""
    return JSONResponse({"said": [asked.hq.ports.let_go(asked.text("url"))]})


ROUTES = (
    Spec("/let-go", Role.DIRECTOR, let_go, "POST"),
    Spec("/stations", Role.VOLUNTEER, stations),
    Spec("/merge", Role.DIRECTOR, unite, "POST"),
)
