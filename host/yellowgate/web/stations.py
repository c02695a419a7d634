"""The stations: what is plugged in, what is heard, and what a sync is doing."""

from __future__ import annotations

from typing import Any, Protocol

from starlette.responses import Response

from yellowgate.report.board import closing_words, station_words
from yellowgate.web.asked import Asked, Spec
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role

PAGE = "stations"


class PortShown(Protocol):
    """A port: see link/attend.py."""

    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102
    @property
    def since_us(self) -> int: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


def render_stations(hq: Headquarters, _about: str) -> Render:
    """Ports of this laptop, and stations of the race."""

    def render(view: View) -> list[Piece]:
        words: dict[str, Any] = {
            "view": view,
            "log": view.log,
            "board": view.board,
            "ports": hq.ports(),
            "others": hq.others(),
            "states": {row.log_id: row for row in view.board.stations} if view.board else {},
            "unheard": [row for row in view.board.stations if not row.log_id] if view.board else [],
            "station_words": station_words,
            "closing_words": closing_words,
        }
        return hq.pages.pieces("stations.html", words)

    return render


def stations(asked: Asked) -> Response:
    """The page."""
    key, render = Key(PAGE), render_stations(asked.hq, "")
    return asked.hq.live_page(asked, "Stations", key, render)


ROUTES = (Spec("/stations", Role.VOLUNTEER, stations),)
