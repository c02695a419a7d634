"""The host's side of a conversation with a station: one question at a time, over a Port."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gate_wire import bodies, link, message, permit, record

from yellowgate.errors import NotPermitted, PortError, StationError
from yellowgate.link.port import Port
from yellowgate.link.trace import CAME, SENT, Frames

READ_COUNT = 2_000  # numbers asked for at once: seconds of a download, kilobytes of memory
RETRY_MS = 500  # a question is repeated after this long
TRIES = 8
SLOW_TRIES = 4  # of a question that takes the station long
TRIES_PER_RANGE = 8
NEWS_MAX = 64  # kept while questions are asked
ANSWERS_MAX = 64  # to one question: what else comes with its number, is nobody's answer
FULL_FRAME = 15  # numbers at least in a frame of records that is not the last: so many fit
SHORT_FRAMES_MAX = 2  # more that are shorter than that, in answer to one question: no station
PATIENCE_VARIABLE = "YELLOWGATE_PATIENCE"  # a factor; an emulated Pico is 50 times slower
DEAF_S_MAX = 8  # so long a station is waited for that was given a wrong key
UPTIME_US_END = 1 << 48  # a clock pair has six bytes for it
_DEAF = re.compile(r"after a wrong key: again in (\d+) s")  # FORMAT.md, "Permission"


def patience() -> float:
    """How many times longer than usual a station may take to answer."""
    try:
        return max(1.0, float(os.environ.get(PATIENCE_VARIABLE, "1")))
    except ValueError:
        return 1.0


@dataclass(frozen=True)
class Chunk:
    """What one frame brought: the numbers [first_seq, next_seq), records as (seq, raw)."""

    first_seq: int
    next_seq: int
    records: list[tuple[int, bytes]]


class Session:
    """A conversation with the station behind a port.

    monotonic_us: a clock in microseconds that only goes forward. race_key: of the race that is
    worked on, b"" for none; it is never sent. Every method raises PortError when nobody answers or
    the line breaks, StationError when the station says no.
    """

    def __init__(self, port: Port, monotonic_us: Callable[[], int], race_key: bytes = b"") -> None:
        self.port = port
        self.monotonic_us = monotonic_us
        self._race_key = race_key
        self._link = link.Link(int(RETRY_MS * patience()), TRIES)
        self._frames = Frames(port.url)
        self.damaged_records = 0
        self._news: deque[link.Event] = deque(maxlen=NEWS_MAX)

    @property
    def damaged_frames(self) -> int:
        """Frames that arrived damaged and were asked for again."""
        return self._link.damaged

    def hello(self) -> message.Welcome:
        """Greet; what the station says of itself."""
        self._write(b"\0\0")  # ends whatever half a frame is still in the line
        payload = self._answer(message.HELLO, bytes((message.WIRE_VERSION,)), message.WELCOME)
        version = message.wire_version(payload)
        welcome = message.unpack_welcome(payload)
        if welcome is not None and welcome.next_seq > record.SEQ_MAX:
            raise StationError(self._no_sense(_too_many(welcome.next_seq)))
        if welcome is None:
            raise StationError(
                f"{self.port.url}: the station speaks wire version {version}, this program "
                f"{message.WIRE_VERSION}; bring both to the same: gate station flash"
            )
        return welcome

    def read(self, first_seq: int, next_seq: int, log_id: bytes) -> Iterator[Chunk]:
        """The records [first_seq, next_seq), a chunk a frame; a lost frame is asked for again."""
        tries_left = TRIES_PER_RANGE
        while first_seq < next_seq:
            reached = first_seq
            for chunk in self._read_once(first_seq, min(READ_COUNT, next_seq - first_seq), log_id):
                reached = chunk.next_seq
                yield chunk
            is_going_on = reached - first_seq >= FULL_FRAME or reached >= next_seq
            tries_left = TRIES_PER_RANGE if is_going_on else tries_left - 1
            if tries_left == 0:
                raise PortError(
                    f"{self.port.url}: record {reached} does not come through; what arrived is "
                    "stored: check the cable and repeat"
                )
            first_seq = reached

    def tip(self) -> tuple[int, bytes]:
        """(next seq, tag of the last record) of the station's log. Raises StationError for one
        that no log can have.
        """
        payload = self._answer(message.READ, message.pack_read(0, 0), message.READ_END)
        end = message.unpack_read_end(payload)
        if end is None:
            raise StationError(self._no_sense("garbled"))
        if end[1] > record.SEQ_MAX:
            raise StationError(self._no_sense(_too_many(end[1])))
        return end[1], end[2]

    def time_sample(self) -> tuple[int, int, int, int, int]:
        """(asked, answered: monotonic_us; station's uptime_us, utc_us, quality)."""
        asked_us = self.monotonic_us()
        payload = self._answer(message.TIME, b"", message.TIME_IS)
        answered_us = self.monotonic_us()
        sample = message.unpack_time_is(payload)
        if sample is None or sample[0] >= UPTIME_US_END:
            raise StationError(self._no_sense("garbled"))
        return asked_us, answered_us, *sample

    def store_pair(self, clock: bodies.Clock, name: bytes = b"") -> int:
        """Have a clock pair written, and before it the name of this laptop, if one is given; the
        pair's number.
        """
        return self._stored(
            self._answer(message.PAIR, bodies.pack_clock(clock) + name, message.STORED)
        )

    def set_clock(self, clock: bodies.Clock, welcome: message.Welcome) -> int:
        """Have the clock set; the record's number. Raises NotPermitted, too."""
        asked = bodies.pack_clock(clock)
        return self._stored(self.permitted(welcome, message.SET_CLOCK, asked, message.STORED))

    def _stored(self, payload: bytes) -> int:
        seq = message.unpack_stored(payload)
        if seq is None:
            raise StationError(self._no_sense("garbled"))
        return seq

    def lacks_key(self) -> bool:
        """Does the station ask for a key that is not here?"""
        return self._challenge()[0] and not self._race_key

    def permitted(
        self,
        welcome: message.Welcome,
        kind: int,
        asked: bytes,
        answer_kind: int,
        wait_ms: int = 0,
    ) -> bytes:
        """A request that a station with a key obeys only for whoever has its race's key, or a hand
        on its button (FORMAT.md, "Permission"). After somebody's wrong key it hears no other for
        seconds: they are waited for. Raises NotPermitted. wait_ms: as for ask().
        """
        try:
            return self._permitted(welcome, kind, asked, answer_kind, wait_ms)
        except NotPermitted as error:
            deaf = _DEAF.search(str(error))
            if deaf is None or not self._race_key or int(deaf[1]) > DEAF_S_MAX:
                raise
        until_us = self.monotonic_us() + int(deaf[1]) * 1_000_000
        while self.monotonic_us() < until_us:
            self.news()
        return self._permitted(welcome, kind, asked, answer_kind, wait_ms)

    def _permitted(
        self, welcome: message.Welcome, kind: int, asked: bytes, answer_kind: int, wait_ms: int
    ) -> bytes:
        is_locked, challenge = self._challenge()
        proof = permit.NO_PROOF
        if is_locked and self._race_key:
            key = permit.cable_key(self._race_key, welcome.station_id)
            proof = permit.proof(key, challenge, welcome.log_id, kind, asked)
        return self.ask(kind, proof + asked, answer_kind, wait_ms)

    def _challenge(self) -> tuple[bool, bytes]:
        payload = self._answer(message.CHALLENGE, b"", message.CHALLENGE_IS)
        found = permit.unpack_challenge(payload)
        if found is None:
            raise StationError(self._no_sense("garbled"))
        return found

    def ask(self, kind: int, payload: bytes, answer_kind: int, wait_ms: int = 0) -> bytes:
        """Any question with one answer.

        wait_ms: how long the station may be busy with it, where that is longer than usual; it is
        repeated seldom then, since the station does again what it is told again.
        """
        if not wait_ms:
            return self._answer(kind, payload, answer_kind)
        retry_ms = int(wait_ms * patience() / SLOW_TRIES)
        return self._answer(kind, payload, answer_kind, retry_ms, SLOW_TRIES)

    def news(self) -> list[link.Event]:
        """What arrived without being asked for; waits a moment when there is nothing yet."""
        if not self._news:
            self._receive()
        found = list(self._news)
        self._news.clear()
        return found

    def say(self, kind: int, payload: bytes) -> None:
        """Something that wants no answer."""
        self._write(self._link.answer(kind, message.REFERENCE_NEWS, payload))

    # How

    def _now_ms(self) -> int:
        return self.monotonic_us() // 1000

    def _write(self, data: bytes) -> None:
        self._frames.saw(SENT, data)
        self.port.write(data)

    def _receive(self) -> list[link.Event]:
        """What arrived; news is kept for news()."""
        answers: list[link.Event] = []
        data = self.port.read()
        self._frames.saw(CAME, data)
        for event in self._link.receive(data, self._now_ms()):
            is_news = event.reference == message.REFERENCE_NEWS
            (self._news if is_news else answers).append(event)
        return answers

    def _events(
        self,
        kind: int,
        payload: bytes,
        retry_ms: int = 0,
        tries: int = 0,
        most: int = ANSWERS_MAX,
    ) -> Iterator[link.Event]:
        """Ask, and yield what comes in answer until answered() was called. most: so many frames."""
        self._write(self._link.ask(kind, payload, self._now_ms(), retry_ms, tries))
        while True:
            for event in self._receive():
                most -= 1
                if most < 0:
                    self._link.answered()
                    raise StationError(self._no_sense("it answers without end"))
                if event.kind == message.ERROR:
                    self._link.answered()
                    raise self._refusal(event.payload)
                yield event
            again, timeout = self._link.poll(self._now_ms())
            if timeout is not None:
                raise PortError(
                    f"{self.port.url}: no station answers; is it a station, is it switched on, "
                    "is its firmware running? (gate station doctor)"
                )
            if again:
                self._write(again)

    def _answer(
        self, kind: int, payload: bytes, answer_kind: int, retry_ms: int = 0, tries: int = 0
    ) -> bytes:
        for event in self._events(kind, payload, retry_ms, tries):
            if event.kind == answer_kind:
                self._link.answered()
                return event.payload
        raise AssertionError("events end by an error only")

    def _read_once(self, first_seq: int, count: int, log_id: bytes) -> Iterator[Chunk]:
        """One READ and the frames in answer, as far as none is missing between them."""
        expected, end, short = first_seq, first_seq + count, 0
        most = TRIES * (1 + count // FULL_FRAME) + ANSWERS_MAX
        asked = message.pack_read(first_seq, count)
        for event in self._events(message.READ, asked, most=most):
            if event.kind == message.READ_END:
                self._link.answered()
                return
            head = message.unpack_records_head(event.payload)
            if event.kind != message.RECORDS or head is None or head[1] <= head[0]:
                continue
            if head[0] != expected:
                # Below: the question was repeated and is answered twice. Above: a frame was lost;
                # READ_END will come, and then we ask from the lost one on.
                continue
            expected = head[1]
            short += expected - head[0] < FULL_FRAME and expected < end
            is_bare = len(event.payload) == message.RECORDS_HEAD_BYTES
            if short > SHORT_FRAMES_MAX or (is_bare and expected < end):
                self._link.answered()
                raise StationError(self._no_sense("it brings records in bits"))
            yield Chunk(head[0], head[1], self._records(event.payload, log_id))

    def _records(self, payload: bytes, log_id: bytes) -> list[tuple[int, bytes]]:
        records: list[tuple[int, bytes]] = []
        at = message.RECORDS_HEAD_BYTES
        while at < len(payload):
            length = record.check(payload, at, log_id)
            if length == 0:
                self.damaged_records += 1
                break
            raw = payload[at : at + length]
            records.append((record.unpack(raw).seq, raw))
            at += length
        return records

    def _no_sense(self, why: str) -> str:
        return (
            f"{self.port.url}: what answers makes no sense ({why}); nothing more was taken from "
            "it: is this a station, is it damaged? gate station doctor"
        )

    def _refusal(self, payload: bytes) -> StationError:
        code, text = message.unpack_error(payload)
        says = f"{self.port.url}: the station says no: {text or 'it does not know the request'}"
        if code != message.ERROR_NO_PERMISSION:
            return StationError(says)
        key = "that of this race folder is not its" if self._race_key else "no key is here"
        return NotPermitted(
            f"{says}; {key}. Nothing changed. Name the race folder it was made with (--race DIR), "
            "or hold its button for 3 seconds and repeat while you hold it: its log tells that. "
            "gate sync needs neither"
        )


def _too_many(count: int) -> str:
    return f"{count} records are more than a log can hold"
