"""What all pages share: the race, who may come, and what is told to whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from yellowgate.desk.decide import Keeper
from yellowgate.web.access import NOBODY, Access, Session, Throttle
from yellowgate.web.asked import Asked, packed, zipped
from yellowgate.web.enrolments import Enrolling
from yellowgate.web.hub import Hub, Key, Render
from yellowgate.web.latest import Latest, View
from yellowgate.web.ports import Folder, Nobody, Others, Ports, ReadFile
from yellowgate.web.render import Pages
from yellowgate.web.roles import Role

COOKIE = "yellowgate"
DOCUMENTS_MAX = 1_000
DOCUMENT_S = 5.0  # where no script runs, the clocks of a page are as old as this


def where(request: Request) -> bytes:
    """What was asked for: the address without the host."""
    path: str = request.scope["path"]
    return path.encode("utf-8", "surrogatepass") + b"?" + request.scope["query_string"]


@dataclass
class Headquarters:
    """One race HQ.

    address: by which phones reach it. is_still: it shows a moment of the
    past, whose clocks do not go on. ports: what is plugged in. forms, make_file: the files of
    results, see ReadFile. others: laptops. hide: takes out of a text what no page should show.
    """

    folder: Folder
    latest: Latest
    access: Access
    monotonic_s: Callable[[], float] = time.monotonic
    address: str = ""
    is_still: bool = False
    ports: Ports = field(default_factory=Nobody)
    forms: tuple[str, ...] = ()
    make_file: ReadFile = lambda _moment, form: (form, ())
    others: Others = field(default_factory=Nobody)
    hide: Callable[[str], str] = str

    def __post_init__(self) -> None:
        self.pages = Pages(self.latest.now_us, self.is_still)
        self.hub = Hub(self.latest.kept, self.latest.now_us, self.monotonic_s)
        self.throttle = Throttle(self.monotonic_s)
        self.keeper = Keeper()
        self.enrolment = Enrolling()
        self._touched: set[str] = set()
        self._told = (0, "")
        self._lock = threading.Lock()
        self._documents: dict[tuple[Key, Role], tuple[str, float, bytes]] = {}
        self._asked_for: dict[tuple[bytes, Role], Key] = {}
        self._made: dict[str, tuple[View | None, bytes]] = {}
        self.zipped = {name: zipped(file.data) for name, file in self.pages.files.items()}

    def session(self, request: Request) -> Session:
        """Who asks."""
        cookie = request.cookies.get(self.cookie_name(request), "")
        return self.access.session(cookie) if cookie else NOBODY

    def cookie_name(self, request: Request) -> str:
        """One for each port: browsers keep cookies of a host together."""
        return f"{COOKIE}_{request.url.port or (443 if request.url.scheme == 'https' else 80)}"

    def live_page(self, asked: Asked, title: str, key: Key, render: Render) -> Response:
        """A page that is told what changes, rendered once for all of a role."""
        topic = self.hub.topic(key, render)
        state, role = topic.state, asked.session.role
        now_s = self.monotonic_s()
        with self._lock:
            version, made_s, body = self._documents.get((key, role), ("", 0.0, b""))
            if version != state.version or now_s - made_s > DOCUMENT_S:
                body = zipped(self.pages.document(title, role, key.page, key.about, state))
                self._documents[key, role] = (state.version, now_s, body)
                if len(self._documents) > DOCUMENTS_MAX:
                    self._documents.pop(next(iter(self._documents)))
            self._asked_for[where(asked.request), role] = key
            if len(self._asked_for) > DOCUMENTS_MAX:
                self._asked_for.pop(next(iter(self._asked_for)))
        return packed(asked.request, b"", body, "text/html")

    def ready(self, request: Request, role: Role) -> Response | None:
        """A page that is as it was when it was asked for last: answered without waiting for
        anything. None: it has to be made.
        """
        key = self._asked_for.get((where(request), role))
        topic = None if key is None else self.hub.known(key)
        if key is None or topic is None:
            return None
        version, made_s, body = self._documents.get((key, role), ("", 0.0, b""))
        if version != topic.state.version or self.monotonic_s() - made_s > DOCUMENT_S:
            return None
        topic.asked_s = self.monotonic_s()
        return packed(request, b"", body, "text/html")

    def made_once(
        self, asked: Asked, name: str, view: View, make: Callable[[], str], kind: str
    ) -> Response:
        """What is the same for all who ask while nothing changes."""
        with self._lock:
            kept, body = self._made.get(name, (None, b""))
            if kept is not view:
                body = zipped(make())
                self._made[name] = (view, body)
        return packed(asked.request, b"", body, kind)

    def changed(self) -> None:
        """Something was kept: everybody sees it at once."""
        view = self.latest.renewed()
        self._told = view.read_us, view.trouble
        self.hub.publish(view)

    def is_behind(self) -> bool:
        """Was something read that nobody was told of yet? A decision reads, too."""
        view = self.latest.kept()
        return (view.read_us, view.trouble) != self._told

    def touched(self, page: str) -> None:
        """This page has something new to show; the pulse shows it, and not a hundred times."""
        self._touched.add(page)

    def show_touched(self) -> bool:
        """Show it; was there anything?"""
        if not self._touched:
            return False
        pages, self._touched = self._touched, set()
        self.hub.publish(self.latest.kept(), pages)
        return True
