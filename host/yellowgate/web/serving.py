"""The server itself: uvicorn, with limits on what a connection may take.

A connection that says nothing, or sends or reads too slowly, is ended; one address has so many and
no more. What others do so takes nothing from those who ask.
"""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

FILES_WANTED = 8_192


@dataclass(frozen=True)
class Limits:
    """connections: in all; per_address: of one address that is not this laptop. header_s: until a
    request's headers are there. stuck_s: so long a reader may take nothing.
    """

    connections: int = 4_000
    per_address: int = 64
    header_s: float = 10.0
    stuck_s: float = 20.0


@dataclass
class Connections:
    """Who is connected."""

    limits: Limits
    of_address: Counter[str] = field(default_factory=Counter[str])

    def may_come(self, address: str) -> bool:
        """Is there room for one more from there?"""
        if self.of_address.total() >= self.limits.connections:
            return False
        return is_own(address) or self.of_address[address] < self.limits.per_address


def is_own(address: str) -> bool:
    """Is this the laptop itself?"""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


class Guarded(H11Protocol):
    """uvicorn's protocol with these limits: one connection."""

    all: ClassVar[Connections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._address = ""
        self._header_timer: asyncio.TimerHandle | None = None
        self._stuck_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Refused without a word when there are too many."""
        address = str((transport.get_extra_info("peername") or ("",))[0])
        super().connection_made(transport)
        if not self.all.may_come(address):
            transport.abort()
            return
        self._address = address
        self.all.of_address[address] += 1
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        super().connection_lost(exc)
        if self._address:
            self.all.of_address[self._address] -= 1
            self.all.of_address += Counter()
        self._cancel("_header_timer")
        self._cancel("_stuck_timer")

    def data_received(self, data: bytes) -> None:
        """Headers have to come soon, drop by drop or not."""
        super().data_received(data)
        if self._is_between():
            self._await_headers()
        else:
            self._cancel("_header_timer")

    def pause_writing(self) -> None:
        """The reader does not take what is sent."""
        super().pause_writing()
        self._stuck_timer = self.loop.call_later(self.all.limits.stuck_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It does."""
        super().resume_writing()
        self._cancel("_stuck_timer")

    def _is_between(self) -> bool:
        """Is no request being answered?"""
        cycle: Any = self.cycle  # None before the first, whatever the annotation says
        return cycle is None or bool(cycle.response_complete)

    def _await_headers(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.all.limits.header_s, self._late)

    def _late(self) -> None:
        self._header_timer = None
        if self._is_between():
            self.transport.abort()

    def _cancel(self, name: str) -> None:
        timer: asyncio.TimerHandle | None = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)


def guarded(connections: Connections) -> type[asyncio.Protocol]:
    """The protocol for a server with these connections."""
    return type("Guarded", (Guarded,), {"all": connections})


def more_files() -> None:
    """As many connections as the system lets us have; a laptop's usual 1,024 are soon used up."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def make_server(
    app: Any,  # noqa: ANN401 - ASGI
    limits: Limits | None = None,
    certificate: tuple[Path, Path] | None = None,
    on_ready: Callable[[], None] = lambda: None,
    on_end: Callable[[], None] = lambda: None,
) -> uvicorn.Server:
    """The server, to be run on sockets of ours. certificate: files of the chain and of the key.
    on_end: is called before it waits for those who are still being answered.
    """
    config = uvicorn.Config(
        app,
        http=guarded(Connections(limits or Limits())),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=1_024,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=32 * 1024,
        ssl_certfile=str(certificate[0]) if certificate else None,
        ssl_keyfile=str(certificate[1]) if certificate else None,
    )
    return _Server(config, on_ready, on_end)


class _Server(uvicorn.Server):
    """Says when it is ready, and when it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_end = on_end

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's
        """Ready when it listens."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's
        """Streams end first: nobody waits for them."""
        self._on_end()
        await super().shutdown(sockets)
