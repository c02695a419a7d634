"""What holds for every request before any page sees it, and for every answer.

Foreign names of this host are refused: a page elsewhere whose name is made to point here would
otherwise read the runners. Bodies are bounded in size and time. No answer lets a browser ask
anything of anybody else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 2 * 1024 * 1024
BODY_S = 30.0
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
POLICY = NOTHING + (
    "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": POLICY,
}


class BodyError(Exception):
    """More was sent than anybody has to say, or too slowly. status: of HTTP."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Guard:
    """The application behind these rules. is_known: may a browser ask for this host?"""

    def __init__(self, app: ASGIApp, is_known: Callable[[str], bool] | None = None) -> None:
        self._app = app
        self._is_known = is_known or own_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if not self._is_known(Headers(scope=scope).get("host", "")):
            answer = PlainTextResponse("This race answers to its own address only.\n", 403)
            await answer(scope, receive, with_headers)
            return
        await self._app(scope, bounded(scope, receive), with_headers)


def bounded(scope: Scope, receive: Receive) -> Receive:
    """The body, as far as it is not too long or too slow. Raises BodyError."""
    length = Headers(scope=scope).get("content-length", "0")
    so_far = 0
    is_whole = False

    async def take() -> Message:
        nonlocal so_far, is_whole
        if length.isdigit() and int(length) > BODY_BYTES_MAX:
            raise BodyError(_too_long(), 413)
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout(BODY_S):
                message = await receive()
        except TimeoutError as error:
            raise BodyError("it came too slowly: send it again", 408) from error
        so_far += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if so_far > BODY_BYTES_MAX:
            raise BodyError(_too_long(), 413)
        return message

    return take


def _too_long() -> str:
    return f"that is more than {BODY_BYTES_MAX // 1024 // 1024} MB: nothing of it was taken"


@lru_cache(maxsize=256)
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
