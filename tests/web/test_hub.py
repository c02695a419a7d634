"""Streams: who looks is told what changed, once, and who fell behind loads the page anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from yellowgate.web.hub import EVENTS_KEPT, IDLE_S, TOPICS_MAX, Hub, Key
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece


class Words:
    """A page of a few words, and how often it was rendered."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.rendered = 0

    def render(self, _view: View) -> list[Piece]:
        self.rendered += 1
        return [Piece(word, "", f"<i>{word}</i>") for word in self.words]


VIEW = View(None, 0, "")
BOARD = Key("board")


def hub(now: list[float] | None = None) -> Hub:
    clock = now or [0.0]
    return Hub(lambda: VIEW, lambda: 7_000_000, lambda: clock[0])


def event(data: bytes) -> tuple[str, Any]:
    name, _, words = data.decode().partition("\n")
    return name.removeprefix("event: "), json.loads(words.removeprefix("data: "))


async def take(stream: AsyncIterator[bytes], count: int) -> list[tuple[str, Any]]:
    return [event(await anext(stream)) for _ in range(count)]


def test_a_page_is_rendered_once_for_all_who_look() -> None:
    made, page = hub(), Words("a")
    topics = [made.topic(BOARD, page.render) for _ in range(500)]
    assert page.rendered == 1
    assert all(topic is topics[0] for topic in topics)
    made.publish(VIEW)
    assert page.rendered == 2


def test_what_changed_is_told_and_nothing_when_nothing_did() -> None:
    async def look() -> None:
        made, page = hub(), Words("a", "b")
        topic = made.topic(BOARD, page.render)
        stream = made.stream(topic, topic.state.version)
        assert await take(stream, 1) == [("beat", 7000)]
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert made.publish(VIEW) == 0
        page.words = ["b", "c"]
        before = topic.state.version
        assert made.publish(VIEW) == 1
        name, words = event(await waiting)
        assert name == "change"
        assert words["was"] == before
        assert words["v"] == topic.state.version
        assert words["put"] == [["c", "", "b", "<i>c</i>"]]
        assert words["gone"] == ["a"]

    asyncio.run(look())


def test_who_was_away_is_told_what_was_missed_and_who_was_away_too_long_loads_anew() -> None:
    async def look() -> None:
        made, page = hub(), Words("0")
        topic = made.topic(BOARD, page.render)
        first = topic.state.version
        for n in range(1, 4):
            page.words = [str(n)]
            made.publish(VIEW)
        stream = made.stream(topic, first)
        await take(stream, 1)
        missed = (await anext(stream)).decode().split("\n\n")
        assert [event(f"{row}\n\n".encode())[1]["gone"] for row in missed if row] == [
            ["0"], ["1"], ["2"],
        ]  # fmt: skip
        for n in range(EVENTS_KEPT + 1):
            page.words = [f"x{n}"]
            made.publish(VIEW)
        late = made.stream(topic, first)
        assert [name for name, _ in await take(late, 2)] == ["beat", "anew"]
        foreign = made.stream(topic, "of another page")
        assert [name for name, _ in await take(foreign, 2)] == ["beat", "anew"]

    asyncio.run(look())


def test_a_page_that_cannot_be_made_takes_nothing_from_the_others() -> None:
    made, good = hub(), Words("a")

    class Bad(Words):
        def render(self, _view: View) -> list[Piece]:
            if self.rendered:
                raise KeyError("oh")
            return super().render(_view)

    bad = Bad("b")
    kept = made.topic(Key("bad"), bad.render)
    shown = made.topic(BOARD, good.render)
    good.words = ["c"]
    assert made.publish(VIEW) == 1
    assert list(shown.state.pieces) == ["c"]
    assert list(kept.state.pieces) == ["b"]


def test_a_page_that_nobody_looks_at_is_forgotten() -> None:
    now = [0.0]
    made, page = hub(now), Words("a")
    made.topic(BOARD, page.render)
    now[0] = IDLE_S + 1
    made.publish(VIEW)
    assert page.rendered == 1
    for n in range(TOPICS_MAX + 50):
        made.topic(Key("runner", str(n)), Words("a").render)
    assert len(made._topics) <= TOPICS_MAX


def test_new_codes_end_the_streams_of_the_old() -> None:
    async def look() -> None:
        made, page = hub(), Words("a")
        topic = made.topic(BOARD, page.render)
        stream = made.stream(topic, topic.state.version)
        await take(stream, 1)
        waiting = asyncio.ensure_future(anext(stream, b"end"))
        await asyncio.sleep(0)
        made.cut()
        assert await waiting == b"end"
        assert await take(made.stream(topic, topic.state.version), 1) == [("beat", 7000)]

    asyncio.run(look())


def test_the_end_of_the_server_ends_the_streams() -> None:
    async def look() -> None:
        made, page = hub(), Words("a")
        topic = made.topic(BOARD, page.render)
        stream = made.stream(topic, topic.state.version)
        await take(stream, 1)
        waiting = asyncio.ensure_future(anext(stream, b"end"))
        await asyncio.sleep(0)
        made.close()
        assert await waiting == b"end"
        assert topic.streams == 0

    asyncio.run(look())
