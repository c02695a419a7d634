"""Coming in: a code and a name, asked once."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yellowgate.web.access import SESSION_S, Session
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.roles import Role


def home(asked: Asked) -> Response:
    """Everybody's first page."""
    role = asked.session.role
    pages = {Role.NOBODY: "/in", Role.VIEWER: "/results"}
    return RedirectResponse(pages.get(role, "/desk"), 303)


def come(asked: Asked) -> Response:
    """The page that asks for the code."""
    return HTMLResponse(asked.hq.pages.plain("Who are you?", asked.session.role, "in.html"))


def enter(asked: Asked) -> Response:
    """A code was given: a session for it. A wrong one costs time, more each time."""
    hq, address = asked.hq, asked.address
    wait_s = hq.throttle.wait_s(address)
    if wait_s > 0:
        raise Refused(f"Too many wrong codes: wait {wait_s + 1:.0f} s, then try again.", 429)
    role = hq.access.role_of_code(asked.text("code"))
    if role == Role.NOBODY:
        hq.throttle.wrong(address)
        raise Refused("That is not one of the codes of this race.", 403)
    hq.throttle.right(address)
    session = hq.access.begin(role, asked.text("name"))
    if not session.name and role >= Role.VOLUNTEER:
        raise Refused("Your name is missing: it stands beside what you decide.", 400)
    answer = JSONResponse({"then": "/"})
    set_cookies(asked, answer, session)
    return answer


def set_cookies(asked: Asked, answer: Response, session: Session) -> None:
    """The session, which no script sees; and its token and name, which ours does."""
    hq = asked.hq
    name = hq.cookie_name(asked.request)
    secure = asked.request.url.scheme == "https"
    answer.set_cookie(
        name, hq.access.cookie(session), SESSION_S, httponly=True, samesite="strict", secure=secure
    )
    words = f"{hq.access.token(session)}.{quote(session.name, safe='')}"
    port = name.rpartition("_")[2]
    answer.set_cookie(f"gate_me_{port}", words, SESSION_S, samesite="strict", secure=secure)


ROUTES = (
    Spec("/", Role.NOBODY, home),
    Spec("/in", Role.NOBODY, come),
    Spec("/in", Role.NOBODY, enter, "POST"),
)
