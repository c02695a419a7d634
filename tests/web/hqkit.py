"""Race HQ for tests: its pages asked without a server, or served to a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx2
from starlette.testclient import TestClient
from yellowgate.cli.board import reader
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.log import FORMATS
from yellowgate.cli.serve import hider, results_file, stamp_of
from yellowgate.official import Race
from yellowgate.web.access import Access
from yellowgate.web.app import create_app
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.latest import Latest
from yellowgate.web.pulse import Pulse
from yellowgate.web.roles import Role
from yellowgate.web.serving import Guarded, Limits, make_server

HOST = "http://127.0.0.1:8642"
READY_S = 20


@dataclass
class Clock:
    """What time it is there: UTC in microseconds, and seconds that only go forward."""

    now_us: int
    passed_s: float = 0.0

    def utc_us(self) -> int:
        """Now."""
        return self.now_us

    def monotonic_s(self) -> float:
        """Since it was made."""
        return self.passed_s

    def go(self, seconds: float) -> None:
        """Time passes."""
        self.now_us += round(seconds * 1e6)
        self.passed_s += seconds


def headquarters(
    folder: RaceFolder,
    clock: Clock,
    access_file: Path | None = None,
    read: Callable[[], Race] | None = None,
    stamp: Callable[[], object] | None = None,
) -> Headquarters:
    """The HQ of this race folder."""
    stamp = stamp or stamp_of(folder)
    hide = hider(folder)
    latest = Latest(read or reader(folder), clock.utc_us, clock.monotonic_s, stamp, hide)
    access = Access(access_file or folder.path / ".headquarters.json")
    return Headquarters(
        folder, latest, access, clock.monotonic_s,
        forms=FORMATS, make_file=results_file, hide=hide,
    )  # fmt: skip


class Visitor:
    """Somebody with a browser that runs no scripts; follows no redirect by itself."""

    def __init__(self, hq: Headquarters, host: str = HOST) -> None:
        self.hq = hq
        self.client = TestClient(
            create_app(hq), base_url=host, follow_redirects=False, raise_server_exceptions=False
        )

    def come(self, role: Role, name: str = "Ann") -> Visitor:
        """With the code of this role."""
        answer = self.post("/in", code=self.hq.access.codes[role], name=name)
        assert answer.status_code == 200, answer.text
        return self

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return self.client.get(path, headers=headers)

    @property
    def token(self) -> str:
        """What the page's script sends along."""
        kept = self.client.cookies.get("gate_me_8642") or ""
        return kept.partition(".")[0]

    def post(self, path: str, **words: object) -> httpx2.Response:
        """Ask for a change, as a page of ours does."""
        return self.client.post(path, json={"_token": self.token, **words})


def visitor(hq: Headquarters, role: Role, name: str = "Ann") -> Visitor:
    """Somebody who came in."""
    return Visitor(hq) if role == Role.NOBODY else Visitor(hq).come(role, name)


@dataclass
class Served:
    """An HQ that is served from a thread of this process, and that beats."""

    hq: Headquarters
    limits: Limits = field(default_factory=Limits)
    beats: bool = True
    certificate: tuple[Path, Path] | None = None
    port: int = 0
    host: str = "127.0.0.1"
    wait: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        self.listening = socket.create_server((self.host, self.port))
        self.port = self.listening.getsockname()[1]
        ready = threading.Event()
        self.server = make_server(
            create_app(self.hq), self.limits, self.certificate, ready.set, self.hq.hub.close
        )
        self.connections = cast("type[Guarded]", self.server.config.http).all
        run = lambda: self.server.run(sockets=[self.listening])  # noqa: E731
        self.threads = [threading.Thread(target=run, daemon=True)]
        self.pulse = Pulse(self.hq, wait=self.wait)
        if self.beats:
            self.threads.append(threading.Thread(target=self.pulse.run, daemon=True))
        for thread in self.threads:
            thread.start()
        assert ready.wait(READY_S)

    @property
    def url(self) -> str:
        """Of its first page."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}/"

    def connected(self) -> int:
        """How many connections there are now."""
        return self.connections.of_address.total()

    def way_in(self, role: Role) -> str:
        """With the code of this role."""
        return f"{self.url}in#{self.hq.access.codes[role]}"

    def close(self) -> None:
        """End it."""
        self.pulse.end()
        self.server.should_exit = True
        for thread in self.threads:
            thread.join(READY_S)
        self.listening.close()
