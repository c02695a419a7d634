"""Devices at the other end of the cable that are no stations, or lie: one line, bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from fake_station import FakeClock, FakeStation, Line, tap_record
from gate_wire import link, message
from yellowgate.errors import GateError
from yellowgate.link import service
from yellowgate.link.session import Session
from yellowgate.link.sync import sync
from yellowgate.store.store import Store

SECOND_US = 1_000_000
Says = Callable[[link.Event], Iterator[tuple[int, bytes]]]


class Liar(FakeStation):
    """Says of its log and in answer to READ what it likes; says(event) gives (kind, payload)."""

    def __init__(self, says: Says, kind: int = message.READ, claims: int = 1_000_000) -> None:
        super().__init__([tap_record(seq) for seq in range(40)])
        self.says = says
        self.lies_about = kind
        self.claims = claims

    def _answer(self, event: link.Event, uptime_us: int) -> bytes:
        is_tip = event.kind == message.READ and message.unpack_read(event.payload) == (0, 0)
        if event.kind == self.lies_about and not is_tip:
            return b"".join(
                self.link.answer(kind, event.reference, payload)
                for kind, payload in self.says(event)
            )
        if is_tip and self.claims:
            end = message.pack_read_end(0, self.claims, bytes(4))
            return self.link.answer(message.READ_END, event.reference, end)
        return super()._answer(event, uptime_us)


def frame_of(first: int, next_seq: int, raws: bytes = b"") -> tuple[int, bytes]:
    head = bytearray(message.RECORDS_HEAD_BYTES)
    message.pack_records_head_into(memoryview(head), first, next_seq)
    return message.RECORDS, bytes(head) + raws


def first_of(event: link.Event) -> tuple[int, int]:
    asked = message.unpack_read(event.payload)
    assert asked is not None
    return asked


def one_a_question(event: link.Event) -> Iterator[tuple[int, bytes]]:
    first, _ = first_of(event)
    yield frame_of(first, first + 1, tap_record(first))
    yield message.READ_END, message.pack_read_end(first + 1, 1_000_000, bytes(4))


def one_a_frame(event: link.Event) -> Iterator[tuple[int, bytes]]:
    first, asked = first_of(event)
    for seq in range(first, first + asked):
        yield frame_of(seq, seq + 1, tap_record(seq))
    yield message.READ_END, message.pack_read_end(first + asked, 1_000_000, bytes(4))


def nothing_a_frame(event: link.Event) -> Iterator[tuple[int, bytes]]:
    first, asked = first_of(event)
    for seq in range(first, first + asked, 20):
        yield frame_of(seq, seq + 20)
    yield message.READ_END, message.pack_read_end(first + asked, 1_000_000, bytes(4))


def the_same_for_ever(event: link.Event) -> Iterator[tuple[int, bytes]]:
    first, _ = first_of(event)
    for _ in range(20_000):
        yield frame_of(first + 5000, first + 5020, b"")


def something_else_for_ever(_event: link.Event) -> Iterator[tuple[int, bytes]]:
    for _ in range(20_000):
        yield message.OK, b""


@pytest.mark.parametrize("says", [one_a_question, one_a_frame, nothing_a_frame, the_same_for_ever])
def test_a_download_that_never_ends_is_ended_here(tmp_path: Path, says: Says) -> None:
    line = Line(Liar(says))
    store = Store.file(tmp_path / "race.db")
    begun_us = line.now_us
    with pytest.raises(GateError) as error:
        sync(line, store, FakeClock(line))
    assert "\n" not in str(error.value)
    assert ("makes no sense" in str(error.value)) or ("does not come through" in str(error.value))
    assert line.now_us - begun_us < 120 * SECOND_US
    assert len(store.observations()) <= 100  # and what was one, is kept


@pytest.mark.parametrize(
    "kind", [message.HELLO, message.TIME, message.PAIR, message.CHALLENGE, message.READ]
)
def test_an_answer_that_never_ends_is_ended_here(tmp_path: Path, kind: int) -> None:
    line = Line(Liar(something_else_for_ever, kind, claims=0))
    line.station.utc_known = False
    session_problem = ""
    try:
        result = sync(line, Store.file(tmp_path / "race.db"), FakeClock(line))
        session_problem = result.clock_problem  # the records come all the same
    except GateError as error:
        session_problem = str(error)
    assert "answers without end" in session_problem and "\n" not in session_problem


@pytest.mark.parametrize("claims", [(1 << 24), (1 << 32) - 1])
def test_a_tip_beyond_what_a_log_can_hold_is_refused(tmp_path: Path, claims: int) -> None:
    line = Line(Liar(one_a_frame, claims=claims))
    store = Store.file(tmp_path / "race.db")
    with pytest.raises(GateError, match=f"{claims} records are more than a log can hold"):
        sync(line, store, FakeClock(line))
    assert store.tips() == []


def test_a_greeting_that_claims_as_much_is_refused(tmp_path: Path) -> None:
    line = Line(FakeStation([]))
    session = Session(line, line.monotonic_us)
    honest = session.hello()

    class Boaster(Liar):
        def _welcome(self, uptime_us: int) -> bytes:
            raw = bytearray(super()._welcome(uptime_us))
            raw[26:30] = b"\xff\xff\xff\xfe"
            return bytes(raw)

    line = Line(Boaster(one_a_frame))
    with pytest.raises(GateError, match="more than a log can hold"):
        Session(line, line.monotonic_us).hello()
    store = Store.file(tmp_path / "race.db")
    assert service.only_on_station(session, store, honest) == []


def test_news_without_end_keep_no_question_waiting(tmp_path: Path) -> None:
    class Chatty(FakeStation):
        def receive(self, data: bytes, uptime_us: int) -> bytes:
            news = b"".join(
                self.link.answer(message.RECORDS, 0, frame_of(seq, seq + 1)[1])
                for seq in range(500)
            )
            return news + super().receive(data, uptime_us) + news

    line = Line(Chatty([tap_record(seq) for seq in range(100)]))
    store = Store.file(tmp_path / "race.db")
    assert sync(line, store, FakeClock(line)).new >= 100
    session = Session(line, line.monotonic_us)
    session.hello()
    assert len(session.news()) <= 64


def test_noise_without_end_is_no_station(tmp_path: Path) -> None:
    noise = bytes(range(1, 256)) * 16

    class Noise(Line):
        def __init__(self) -> None:
            super().__init__(FakeStation([]))
            self.reads = count()

        def read(self) -> bytes:
            next(self.reads)
            self.now_us += 1000
            return noise

    line = Noise()
    with pytest.raises(GateError, match="no station answers"):
        Session(line, line.monotonic_us).hello()
    assert next(line.reads) < 20_000
