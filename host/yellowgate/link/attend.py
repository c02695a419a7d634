"""Who is plugged in: each port is greeted once, ours are attended to, all others left alone.

A port that goes is forgotten, and greeted anew when it is back, under any name. What a program
elsewhere holds open is tried again. Nothing here prints, and nothing is decided.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from gate_wire import kinds, message
from serial.tools import list_ports

from yellowgate.errors import GateError, PortError, StationError
from yellowgate.link.port import Port
from yellowgate.link.session import Session

LOOK_S = 1.0  # so often it is looked which ports there are
LET_GO_S = 300.0
AGAIN_S = 3.0  # a port that another program has, or that broke off, is tried again after so long
WITHOUT_IDENTITY = "n/a"  # ports of the mainboard, at which nobody plugs in a station

What = Literal["greeting", "not ours", "busy", "syncing", "listening", "waiting", "gone"]


@dataclass(frozen=True)
class PortState:
    """A port as the page shows it. name, role: of the station behind it. done, total: of a sync,
    in records. since_us: when it came to be so (UTC). text: in words, where there is more to say.
    """

    url: str
    what: What
    since_us: int
    name: str = ""
    role: str = ""
    done: int = 0
    total: int = 0
    text: str = ""


class Report(Protocol):
    """How whoever attends to a station says what it does."""

    def __call__(self, what: What, text: str = "", done: int = 0, total: int = 0) -> None:
        """It is this now."""
        ...


Serve = Callable[[Port, Session, message.Welcome, Report], None]
"""Attends to a station until the line breaks (PortError) or it cannot (GateError)."""


def plugged_in() -> dict[str, str]:
    """The ports of this computer, and what tells one thing plugged in from another."""
    return {
        port.device: f"{port.hwid} {port.location or ''}"
        for port in list_ports.comports()
        if port.hwid != WITHOUT_IDENTITY
    }


class Lent:
    """A port that can be asked back: whoever reads it then hears that it broke off."""

    def __init__(self, port: Port) -> None:
        self.url = port.url
        self._port = port
        self.is_wanted_back = False

    def read(self) -> bytes:
        """See Port."""
        self._check()
        return self._port.read()

    def write(self, data: bytes) -> None:
        """See Port."""
        self._check()
        self._port.write(data)

    def close(self) -> None:
        """See Port."""
        self._port.close()

    def _check(self) -> None:
        if self.is_wanted_back:
            raise PortError(f"{self.url}: let go for other programs; it is tried again by itself")


@dataclass
class Known:
    """A port that was seen. identity: of what is plugged in there; again_s: when it is tried
    again, None: never, as long as it is there. lent: to whoever attends to it.
    """

    identity: str
    state: PortState
    is_attended: bool = False
    again_s: float | None = 0.0
    lent: Lent | None = None


@dataclass
class Attendant:
    """Looks for ports, and gives each of ours its own thread.

    look: the ports that are there, with identities. always: URLs that no look finds. open_port:
    raises PortError. serve: see Serve. now_us: UTC. monotonic_s: only goes forward. on_change: is
    called when a state changed. start: runs something beside all else.
    """

    look: Callable[[], Mapping[str, str]]
    open_port: Callable[[str], Port]
    serve: Serve
    now_us: Callable[[], int]
    monotonic_s: Callable[[], float]
    always: Iterable[str] = ()
    on_change: Callable[[], None] = lambda: None
    start: Callable[[Callable[[], None]], None] = field(
        default=lambda call: threading.Thread(target=call, daemon=True).start()
    )

    def __post_init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._always = tuple(self.always)

    def states(self) -> list[PortState]:
        """All ports, those of ours first."""
        with self._lock:
            states = [row.state for row in self._known.values()]
        return sorted(states, key=lambda row: (row.what == "not ours", row.name, row.url))

    def let_go(self, url: str) -> str:
        """Leave a port to other programs for a while. Returns what to say."""
        with self._lock:
            known = self._known.get(url)
            if known is None or known.lent is None:
                raise GateError(f"{url}: nothing of this program holds it")
            known.lent.is_wanted_back = True
        return f"{url} is let go for {LET_GO_S / 60:.0f} minutes"

    def run(self) -> None:
        """Look again and again, until end()."""
        while not self._ended.is_set():
            self.step()
            self._ended.wait(LOOK_S)

    def end(self) -> None:
        """Look no more; threads end with the program, what they stored is stored."""
        self._ended.set()

    def step(self) -> None:
        """One look."""
        there = {**self.look(), **dict.fromkeys(self._always, "always")}
        now_s = self.monotonic_s()
        to_try: list[str] = []
        is_changed = False
        with self._lock:
            for url, known in list(self._known.items()):
                is_other = there.get(url) != known.identity
                if is_other and not known.is_attended:
                    del self._known[url]  # pulled out; what comes there next is greeted
                    is_changed = True
            for url, identity in there.items():
                known = self._known.get(url)
                if known is None:
                    state = PortState(url, "greeting", self.now_us())
                    known = self._known[url] = Known(identity, state)
                if known.is_attended or known.again_s is None or now_s < known.again_s:
                    continue
                known.is_attended = True
                to_try.append(url)
        for url in to_try:
            self.start(lambda url=url: self._attend(url))
        if to_try or is_changed:
            self.on_change()

    def _attend(self, url: str) -> None:
        """One port, until it goes."""
        again_s: float | None = AGAIN_S
        port: Lent | None = None
        try:
            port = self._lend(url)
            again_s = self._greet(url, port)
        except PortError as error:
            again_s = LET_GO_S if port is not None and port.is_wanted_back else AGAIN_S
            before = self._state(url)
            what: What = "gone" if before and before.name else "busy"
            self._say(url, what, text=str(error))
        except GateError as error:
            self._say(url, "waiting", text=str(error))
        except Exception as error:  # one port must not take the others along
            self._say(url, "waiting", text=f"{type(error).__name__}: {error}")
        finally:
            if port is not None:
                port.close()
            self._leave(url, again_s)

    def _lend(self, url: str) -> Lent:
        lent = Lent(self.open_port(url))
        with self._lock:
            if url in self._known:
                self._known[url].lent = lent
        return lent

    def _greet(self, url: str, port: Port) -> float | None:
        """Greet, and serve who answers. Returns when to try again, None: never."""
        session = Session(port, lambda: int(self.monotonic_s() * 1e6))
        try:
            welcome = session.hello()
        except StationError as error:
            self._say(url, "not ours", text=str(error))
            return None
        except PortError as error:
            if url in self._always:
                raise
            if url in self.look():
                self._say(url, "not ours", text="nothing of ours answers there: left alone")
                return None
            raise error
        role = kinds.ROLE_NAMES.get(welcome.role, "?")
        name = welcome.name or f"{role} {welcome.station_id}"
        self._say(url, "greeting", name=name, role=role)

        def report(what: What, text: str = "", done: int = 0, total: int = 0) -> None:
            self._say(url, what, text, done, total)

        self.serve(port, session, welcome, report)
        return AGAIN_S

    def _state(self, url: str) -> PortState | None:
        with self._lock:
            known = self._known.get(url)
            return None if known is None else known.state

    def _say(
        self,
        url: str,
        what: What,
        text: str = "",
        done: int = 0,
        total: int = 0,
        **who: str,
    ) -> None:
        with self._lock:
            known = self._known.get(url)
            if known is None:
                return
            before = known.state
            since_us = before.since_us if before.what == what else self.now_us()
            known.state = replace(
                before, what=what, text=text, done=done, total=total, since_us=since_us, **who
            )
        self.on_change()

    def _leave(self, url: str, again_s: float | None) -> None:
        with self._lock:
            known = self._known.get(url)
            if known is not None:
                known.is_attended, known.lent = False, None
                # One that was named is meant, whatever answers there now.
                tried = AGAIN_S if url in self._always and again_s is None else again_s
                known.again_s = None if tried is None else self.monotonic_s() + tried
        self.on_change()
