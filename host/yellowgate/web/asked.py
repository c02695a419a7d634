"""A request as the pages see it: who asks, what for, and how it is answered."""

from __future__ import annotations

import gzip
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yellowgate.errors import GateError
from yellowgate.web.access import Session
from yellowgate.web.guard import BodyError
from yellowgate.web.roles import Role

if TYPE_CHECKING:
    from yellowgate.web.headquarters import Headquarters

GZIP_LEVEL = 5
TOKEN = "_token"
UNKNOWN_WORDS = "You have not said who you are: open the address with the code again."
FOREIGN = "This was not asked for from a page of this race: load the page again and repeat."


@dataclass(frozen=True)
class Asked:
    """A request. session: who asks. words: the body's JSON object, of a change."""

    hq: Headquarters
    request: Request
    session: Session
    words: Mapping[str, Any]

    def query(self, name: str) -> str:
        """A word of the address, "" when it is not there."""
        return self.request.query_params.get(name, "")

    def text(self, name: str) -> str:
        """A text of the body, "" when it is not there."""
        value = self.words.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.request.client.host if self.request.client else ""


Handler = Callable[[Asked], Response | Awaitable[Response]]


@dataclass(frozen=True)
class Spec:
    """An address: who may ask at least, and what answers. is_change: it needs the token."""

    path: str
    least: Role
    handler: Handler
    method: str = "GET"

    @property
    def is_change(self) -> bool:
        """Does it change something?"""
        return self.method != "GET"


class Refused(Exception):
    """An answer in one line. status: of HTTP."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def endpoint(hq: Headquarters, spec: Spec) -> Callable[[Request], Awaitable[Response]]:
    """What Starlette calls for this address."""

    async def answer(request: Request) -> Response:
        session = hq.session(request)
        try:
            _check_role(spec, session)
            same = None if spec.is_change else hq.ready(request, session.role)
            if same is not None:
                return same
            words = await _words(hq, spec, request, session)
            asked = Asked(hq, request, session, words)
            if inspect.iscoroutinefunction(spec.handler):
                return await cast("Awaitable[Response]", spec.handler(asked))
            return cast("Response", await run_in_threadpool(spec.handler, asked))
        except (Refused, BodyError) as error:
            return failed(hq, spec, session, str(error), error.status)
        except (GateError, ValueError) as error:
            return failed(hq, spec, session, str(error), 400)

    return answer


def _check_role(spec: Spec, session: Session) -> None:
    if session.role >= spec.least:
        return
    if session.role == Role.NOBODY:
        raise Refused(UNKNOWN_WORDS, 401)
    raise Refused(f"That is for the {spec.least.word}, and you came as {session.role.word}.", 403)


async def _words(
    hq: Headquarters, spec: Spec, request: Request, session: Session
) -> Mapping[str, Any]:
    """The body of a change that was asked for from a page of ours."""
    if not spec.is_change:
        return {}
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise Refused(FOREIGN, 403)
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refused(FOREIGN, 403)
    body = await request.body()
    try:
        words: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise Refused("This is no request of a page of ours.", 400) from error
    if not isinstance(words, dict):
        raise Refused("This is no request of a page of ours.", 400)
    given = cast("dict[str, Any]", words)
    if spec.least > Role.NOBODY and not hq.access.is_token(session, str(given.get(TOKEN, ""))):
        raise Refused(FOREIGN, 403)
    return given


def failed(hq: Headquarters, spec: Spec, session: Session, text: str, status: int) -> Response:
    """One clear line: as JSON to a script, as a page to a person."""
    line = hq.hide(" ".join(text.split()))
    if spec.is_change or spec.path.endswith(".json"):
        return JSONResponse({"error": line}, status)
    if status == 401:
        return RedirectResponse("/in", 303)
    return HTMLResponse(
        hq.pages.plain("Not possible", session.role, "message.html", text=line), status
    )


def packed(request: Request, body: bytes, zipped: bytes, kind: str, tag: str = "") -> Response:
    """An answer with its ETag, gzipped where the browser takes that; 304 when it has it."""
    etag = f'"{tag or hashlib.sha256(body or zipped).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache, private", "Vary": "Accept-Encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=kind)
    return Response(body or gzip.decompress(zipped), headers=headers, media_type=kind)


def zipped(text: str | bytes) -> bytes:
    """As browsers take it; the same text gives the same bytes."""
    data = text.encode() if isinstance(text, str) else text
    return gzip.compress(data, GZIP_LEVEL, mtime=0)
