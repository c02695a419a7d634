"""The board in a browser. Read only: it shows, and takes no rulings.

No page asks for anything but itself and its own fragment: no script, font or picture from
elsewhere, and a Content-Security-Policy that would stop them. Nothing is kept by the browser.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import socket
from collections.abc import Callable
from importlib import resources

from flask import Flask, Response, abort, request

from yellowgate.race.official_log import to_json
from yellowgate.report import board as cards
from yellowgate.report import html
from yellowgate.report.clocks import clock_points
from yellowgate.report.words import span
from yellowgate.web.latest import Latest, View

REFRESH_MS = 5_000
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
LOG_POLICY = NOTHING + "style-src 'unsafe-inline'; img-src data:"


def create_app(
    latest: Latest,
    refresh_ms: int = REFRESH_MS,
    is_still: bool = False,
    known_host: Callable[[str], bool] | None = None,
) -> Flask:
    """The pages over this race. is_still: a moment of the past, whose clocks do not go on.
    known_host: is a browser that asks for this host one of ours?
    """
    app = Flask(__name__, static_folder=None)
    is_known = known_host or own_host
    pages = _Pages(latest, refresh_ms, is_still)

    @app.before_request
    def only_our_name() -> None:  # pyright: ignore[reportUnusedFunction]
        # A page elsewhere whose name is made to point here would otherwise read the runners.
        if not is_known(request.host):
            abort(Response("This board answers to its own address only.\n", 403))

    @app.after_request
    def headers(response: Response) -> Response:  # pyright: ignore[reportUnusedFunction]
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Content-Security-Policy", NOTHING.strip())
        return response

    app.add_url_rule("/", "board", pages.board)
    app.add_url_rule("/fragment", "fragment", pages.fragment)
    app.add_url_rule("/log", "log", pages.log)
    app.add_url_rule("/log.json", "log_json", pages.log_json)
    return app


def own_host(host: str) -> bool:
    """Is this an address, or a name of this machine itself? Names elsewhere are not."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower().rstrip(".")
    own = socket.gethostname().lower()
    if name in ("localhost", own, f"{own}.local"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _Pages:
    """What each address answers."""

    def __init__(self, latest: Latest, refresh_ms: int, is_still: bool) -> None:
        self.is_still = is_still
        self.latest = latest
        self.refresh_ms = refresh_ms
        self.templates = html.environment("yellowgate.web")
        self.script = _text("board.js")
        self.style = _text("board.css")
        self.policy = (
            f"{NOTHING}script-src {_hash(self.script)}; style-src {_hash(self.style)}; "
            "connect-src 'self'; img-src data:"
        )

    def board(self) -> Response:
        """The whole page."""
        view = self.latest.view()
        text = self.templates.get_template("board.html").render(
            **self._words(view),
            title=view.log.race if view.log else "Yellow Gate",
            script=self.script,
            style=self.style,
            refresh_ms=self.refresh_ms,
            is_still=self.is_still,
        )
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = self.policy
        return response

    def fragment(self) -> Response:
        """What the page's script puts into it every few seconds."""
        text = self.templates.get_template("fragment.html").render(
            **self._words(self.latest.view())
        )
        return Response(text, content_type="text/html; charset=utf-8")

    def _words(self, view: View) -> dict[str, object]:
        gender = request.args.get("only", "")
        gender = gender if gender in cards.GENDERS else ""
        words: dict[str, object] = {"view": view, "only": gender, "log": view.log}
        if view.log is None or view.board is None:
            return words
        countdown = view.board.countdown
        return words | {
            "board": view.board,
            "groups": cards.groups(view.board, view.log, gender),
            "lines": {line.name: line for line in view.log.runners},
            "to_do": cards.to_do(view.board),
            "countdown": countdown,
            "countdown_words": cards.countdown_words(view.board),
            "counted_down": span(countdown.left_us) if countdown else "",
            "station_words": cards.station_words,
            "closing_words": cards.closing_words,
        }

    def log(self) -> Response:
        """The official log as a page, dark at night as the board is."""
        view = self.latest.view()
        if view.log is None or view.race is None:
            abort(Response(view.trouble + "\n", 503, content_type="text/plain; charset=utf-8"))
        clocks = clock_points(view.race.at(view.log.as_of_us).corrected, view.log)
        response = Response(
            html.page(view.log, clocks, dark=True), content_type="text/html; charset=utf-8"
        )
        response.headers["Content-Security-Policy"] = LOG_POLICY
        return response

    def log_json(self) -> Response:
        """The official log as JSON."""
        view = self.latest.view()
        if view.log is None:
            abort(Response(view.trouble + "\n", 503, content_type="text/plain; charset=utf-8"))
        return Response(to_json(view.log), content_type="application/json")


def _text(name: str) -> str:
    return resources.files("yellowgate.web").joinpath("templates", name).read_text("utf-8")


def _hash(text: str) -> str:
    """How a policy names an inline script or style."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
