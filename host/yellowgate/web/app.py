"""Race HQ as an ASGI application: every address, who may ask for it, and what holds for all.

It decides nothing of its own: a page calls what the command line calls.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from yellowgate.web import (
    boards,
    decisions,
    desks,
    door,
    enrolments,
    entries,
    people,
    prints,
    races,
    runners,
    screens,
    shares,
    stations,
)
from yellowgate.web.asked import Asked, Refused, Spec, endpoint
from yellowgate.web.guard import Guard
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.roles import Role

Maker = Callable[[Headquarters, str], Render]

# The pages that are told what changes: who may see them at least, and how they are made.
LIVE: dict[str, tuple[Role, Maker]] = {
    "board": (Role.VOLUNTEER, boards.render_board),
    "desk": (Role.VOLUNTEER, desks.render_desk),
    "runner": (Role.VOLUNTEER, runners.render_runner),
    "race": (Role.DIRECTOR, races.render_race),
    "stations": (Role.VOLUNTEER, stations.render_stations),
    "screen": (Role.VOLUNTEER, screens.render_screen),
    "results": (Role.VIEWER, boards.render_results),
}
ABOUT_LETTERS_MAX = 200


async def live(asked: Asked) -> Response:
    """The stream of what changes on one page."""
    page, about = asked.query("page"), asked.query("about")[:ABOUT_LETTERS_MAX]
    least, maker = LIVE.get(page, (None, None))
    if least is None or maker is None:
        raise Refused("There is no such page.", 404)
    if asked.session.role < least:
        raise Refused(f"That is for the {least.word}.", 403)
    hub = asked.hq.hub
    topic = await hub.topic_soon(Key(page, about), maker(asked.hq, about))
    return StreamingResponse(
        hub.stream(topic, asked.query("version")), media_type="text/event-stream"
    )


SPECS: tuple[Spec, ...] = (
    *door.ROUTES,
    *boards.ROUTES,
    *desks.ROUTES,
    *decisions.ROUTES,
    *runners.ROUTES,
    *entries.ROUTES,
    *races.ROUTES,
    *enrolments.ROUTES,
    *stations.ROUTES,
    *people.ROUTES,
    *screens.ROUTES,
    *prints.ROUTES,
    *shares.ROUTES,
    Spec("/live", Role.VIEWER, live),
)


def create_app(hq: Headquarters, known_host: Callable[[str], bool] | None = None) -> ASGIApp:
    """The application. known_host: is a browser that asks for this host one of ours?"""
    routes = [Route(spec.path, endpoint(hq, spec), methods=[spec.method]) for spec in SPECS]
    app = Starlette(routes=routes, exception_handlers={404: _missing, 405: _missing, 500: _broken})
    return Guard(app, known_host)


def _missing(_request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return PlainTextResponse("There is no such page here.\n", status)


def _broken(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("That went wrong here; what was kept is safe.\n", 500)
