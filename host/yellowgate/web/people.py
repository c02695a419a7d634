"""Who may come: the codes, as addresses and QR codes; other codes; what viewers may see."""

from __future__ import annotations

import segno
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, Response

from yellowgate.event.race_toml import PUBLISH
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.door import set_cookies
from yellowgate.web.roles import ROLES, Role, way_in

WHAT = {
    Role.DIRECTOR: "everything",
    Role.VOLUNTEER: "rulings and entries; no roster, start or codes",
    Role.VIEWER: "only what is opened below",
}


def people(asked: Asked) -> Response:
    """The page."""
    hq = asked.hq
    rows = [
        (role.word, WHAT[role], hq.access.codes[role], way_in(hq.address, hq.access.codes[role]))
        for role in ROLES
    ]
    pictures = {
        way: Markup(segno.make(way, error="m").svg_inline(border=2, omitsize=True))
        for *_, way in rows
    }
    text = hq.pages.plain(
        "People", asked.session.role, "people.html",
        rows=rows, pictures=pictures, opened=hq.folder.race().publish, choices=PUBLISH,
    )  # fmt: skip
    return HTMLResponse(text)


def new_codes(asked: Asked) -> Response:
    """Other codes: who came by an old one is out, but for who asked."""
    asked.hq.access.renew()
    asked.hq.hub.cut()
    answer = JSONResponse({"then": "/people"})
    set_cookies(asked, answer, asked.hq.access.begin(asked.session.role, asked.session.name))
    return answer


def open_to_viewers(asked: Asked) -> Response:
    """What viewers may see, and what `gate publish` shows."""
    opened = asked.text("publish")
    if opened not in PUBLISH:
        raise Refused(f"That is none of {', '.join(PUBLISH)}.")
    asked.hq.folder.open_to_all(opened)
    asked.hq.changed()
    return JSONResponse({"said": [f"Viewers see: {opened}."]})


ROUTES = (
    Spec("/people", Role.DIRECTOR, people),
    Spec("/new-codes", Role.DIRECTOR, new_codes, "POST"),
    Spec("/open", Role.DIRECTOR, open_to_viewers, "POST"),
)
