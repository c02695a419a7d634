"""Who looks at which page, and what each is told when it changes.

A page is rendered once for all who see the same; what changed is written once, and each stream is
given the same bytes. A stream keeps no queue: one that fell behind is told to load the page anew.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import NamedTuple

from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece, State, change

LOG = logging.getLogger(__name__)
EVENTS_KEPT = 64
TOPICS_MAX = 400
IDLE_S = 300.0  # a page that nobody looked at for so long is forgotten
BEAT_S = 15.0  # so often a stream says that it is alive

Render = Callable[[View], list[Piece]]


class Key(NamedTuple):
    """One page as some see it: its name, and what was asked for ("F", a runner's name)."""

    page: str
    about: str = ""


class Told(NamedTuple):
    """A change: the versions it leads from and to, and the bytes of the event."""

    was: str
    version: str
    event: bytes


class Topic:
    """A page that is looked at."""

    def __init__(self, render: Render, view: View, now_s: float) -> None:
        self._render = render
        self.state = State.of(render(view))
        self.told: deque[Told] = deque(maxlen=EVENTS_KEPT)
        self.asked_s = now_s
        self.streams = 0
        self.news = asyncio.Event()

    def renew(self, view: View) -> bool:
        """Render it again; did it change?"""
        after = State.of(self._render(view))
        if after.version == self.state.version:
            return False
        before, made = self.state.version, change(self.state, after)
        body = {"was": before, "v": after.version, "put": made.put, "gone": made.gone}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        # Told before it is the state: a stream that looks in between waits, and is woken.
        self.told.append(Told(before, after.version, f"event: change\ndata: {text}\n\n".encode()))
        self.state = after
        return True

    def ring(self) -> None:
        """Wake all streams of it; in the loop of the server."""
        self.news.set()
        self.news = asyncio.Event()

    def since(self, version: str) -> list[Told] | None:
        """What was told after this version; None when it is too long ago: load the page anew."""
        if version == self.state.version:
            return []
        told = list(self.told)
        at = next((at for at, row in enumerate(told) if row.version == version), None)
        if at is not None:
            return told[at + 1 :]
        return told if told and told[0].was == version else None


class Hub:
    """All pages that are looked at.

    view: the newest view, at once. now_us: UTC for the browsers' clocks; monotonic_s: only goes
    forward. Rendering is done by the thread that calls publish() or topic(); streams live in the
    loop of the server.
    """

    def __init__(
        self, view: Callable[[], View], now_us: Callable[[], int], monotonic_s: Callable[[], float]
    ) -> None:
        self._view = view
        self._now_us = now_us
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._topics: dict[Key, Topic] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_closing = False
        self._generation = 0

    def topic(self, key: Key, render: Render) -> Topic:
        """The page, rendered when nobody has looked at it yet."""
        with self._lock:
            found = self._topics.get(key)
            if found is None:
                self._make_room()
                found = self._topics[key] = Topic(render, self._view(), self._monotonic_s())
            found.asked_s = self._monotonic_s()
            return found

    def known(self, key: Key) -> Topic | None:
        """The page, where it is looked at."""
        return self._topics.get(key)

    def _make_room(self) -> None:
        """Forget the page that nobody looked at for longest."""
        idle = [(topic.asked_s, key) for key, topic in self._topics.items() if not topic.streams]
        if len(self._topics) >= TOPICS_MAX and idle:
            del self._topics[min(idle)[1]]

    def topics(self) -> list[Topic]:
        """All that are kept."""
        with self._lock:
            return list(self._topics.values())

    async def topic_soon(self, key: Key, render: Render) -> Topic:
        """The same for who may not wait: what has to be rendered is rendered by another thread."""
        found = self._topics.get(key)
        return found or await asyncio.to_thread(self.topic, key, render)

    def publish(self, view: View, pages: Collection[str] = ()) -> int:
        """Render all that are looked at, or these pages of them; returns how many changed."""
        changed = 0
        with self._lock:
            now_s = self._monotonic_s()
            for key, topic in list(self._topics.items()):
                if not topic.streams and now_s - topic.asked_s > IDLE_S:
                    del self._topics[key]
                elif not pages or key.page in pages:
                    changed += self._renewed(key, topic, view)
        return changed

    def _renewed(self, key: Key, topic: Topic, view: View) -> bool:
        """One page that cannot be made takes nothing from the others."""
        try:
            is_changed = topic.renew(view)
            if is_changed:  # told before the next page is made
                self._wake([topic])
            return is_changed
        except Exception:
            LOG.exception("the page %s stays as it was", key)
            return False

    def cut(self) -> None:
        """End all streams; whoever may still come, comes again."""
        self._generation += 1
        self._wake(list(self._topics.values()))

    def close(self) -> None:
        """End all streams, and those to come."""
        self.is_closing = True
        self._wake(list(self._topics.values()))

    def _wake(self, topics: Sequence[Topic]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            for topic in topics:
                loop.call_soon_threadsafe(topic.ring)

    async def stream(self, topic: Topic, version: str) -> AsyncIterator[bytes]:
        """Server-sent events from this version on, until the server ends."""
        self._loop = asyncio.get_running_loop()
        generation = self._generation
        topic.streams += 1
        try:
            yield self._beat()
            while not self.is_closing and generation == self._generation:
                news = topic.news
                told = topic.since(version)
                if told is None:
                    yield b"event: anew\ndata: 1\n\n"
                    return
                if told:
                    version = told[-1].version
                    yield b"".join(row.event for row in told)
                    continue
                try:
                    async with asyncio.timeout(BEAT_S):
                        await news.wait()
                except TimeoutError:
                    yield self._beat()
        finally:
            topic.streams -= 1
            topic.asked_s = self._monotonic_s()

    def _beat(self) -> bytes:
        """What time it is here; also shows that somebody is."""
        return f"event: beat\ndata: {self._now_us() // 1000}\n\n".encode()
