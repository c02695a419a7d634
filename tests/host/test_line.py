"""A line that goes and comes: the same station is found again, and nothing it wrote is left out."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest
import serial
from fake_station import FakeStation, tap_record
from fake_station import Line as FakePort
from gate_wire import message
from yellowgate.errors import PortError, StationError
from yellowgate.link.line import LOOK_US, Line, Tail
from yellowgate.link.port import SerialPort, reason

USB = ("/dev/ttyACM0", "/dev/ttyACM1", "/dev/ttyACM2")


class Bench:
    """A station that is plugged in somewhere, or nowhere, and others beside it."""

    def __init__(self) -> None:
        self.station = FakeStation([tap_record(seq) for seq in range(3)])
        self.plugged: dict[str, FakeStation] = {USB[0]: self.station}
        self.ports: list[FakePort] = []
        self.opened: list[str] = []
        self.paused = 0
        self.now_us = 0
        self.happens: Iterator[None] = iter(())
        self.line = Line(USB[0], self.open, lambda: sorted(self.plugged), self.monotonic, self.wait)

    def open(self, url: str) -> FakePort:
        self.opened.append(url)
        if url not in self.plugged:
            raise PortError(f"{url}: cannot be opened")
        port = FakePort(self.plugged[url], cut_after=1 << 30)
        self.ports.append(port)
        return port

    def monotonic(self) -> int:
        self.now_us = max([self.now_us, *(port.now_us for port in self.ports)])
        return self.now_us

    def wait(self, _seconds: float) -> None:
        self.paused += 1
        next(self.happens)

    def pull(self) -> None:
        """The cable comes off."""
        self.plugged.clear()
        self.ports[-1]._left = 0

    def tap(self, is_told: bool = True) -> None:
        seq = len(self.station.records)
        self.station.records.append(tap_record(seq))
        if is_told:
            head = bytearray(message.RECORDS_HEAD_BYTES)
            message.pack_records_head_into(memoryview(head), seq, seq + 1)
            told = bytes(head) + tap_record(seq)
            self.ports[-1]._waiting += self.station.link.answer(
                message.RECORDS, message.REFERENCE_NEWS, told
            )


def seqs(rows: Iterator[object], looks: int) -> list[int]:
    """The numbers of what comes in so many looks at the line."""
    found = [next(rows) for _ in range(looks)]
    return [getattr(row, "seq") for row in found if row is not None]  # noqa: B009


def test_what_was_written_while_the_line_was_away_comes_when_it_is_back() -> None:
    bench = Bench()
    session, welcome = bench.line.connect()
    follower = Tail()
    rows = follower.rows(session, welcome)
    assert seqs(rows, 3) == [], "what was there before is for gate sync"
    bench.tap()
    assert seqs(rows, 3) == [3]
    bench.pull()
    bench.tap(is_told=False)
    with pytest.raises(PortError):
        seqs(rows, 3)

    def comes() -> Iterator[None]:
        yield
        bench.plugged[USB[2]] = FakeStation([], log_id=b"another.")
        yield
        bench.tap(is_told=False)
        bench.plugged[USB[1]] = bench.station
        yield

    bench.happens = comes()
    session, welcome = bench.line.again()
    assert bench.line.url == USB[1] and bench.paused == 3
    rows = follower.rows(session, welcome)
    assert seqs(rows, 3) == [4, 5]
    bench.tap()
    assert seqs(rows, 2) == [6]


def test_on_its_own_name_no_other_port_is_opened() -> None:
    bench = Bench()
    bench.line.connect()
    bench.plugged[USB[1]] = FakeStation([], log_id=b"another.")
    bench.opened.clear()
    bench.line.again()
    assert bench.opened == [USB[0]]


def test_news_that_was_lost_is_asked_for() -> None:
    bench = Bench()
    session, welcome = bench.line.connect()
    rows = Tail().rows(session, welcome)
    assert seqs(rows, 3) == []
    bench.tap(is_told=False)
    bench.tap()
    assert seqs(rows, 4) == [3, 4], "with the next one"
    bench.tap(is_told=False)  # the station had given up telling: the laptop slept
    assert seqs(rows, LOOK_US // 20_000 + 3) == [5], "or soon by itself"


def test_a_silent_line_is_no_line() -> None:
    bench = Bench()
    session, welcome = bench.line.connect()
    rows = Tail().rows(session, welcome)
    assert seqs(rows, 3) == []
    bench.station.receive = lambda data, uptime_us: b""
    with pytest.raises(PortError, match="no station answers"):
        seqs(rows, LOOK_US // 20_000 + 3)


def test_a_new_log_of_the_same_board_is_followed_from_its_beginning() -> None:
    bench = Bench()
    bench.station.unique_id = b"a board."
    session, welcome = bench.line.connect()
    follower = Tail()
    assert seqs(follower.rows(session, welcome), 2) == []
    fresh = FakeStation([tap_record(0, b"new log.")], log_id=b"new log.")
    fresh.unique_id = b"a board."
    bench.plugged[USB[0]] = fresh
    session, welcome = bench.line.again()
    assert welcome.log_id == b"new log."
    assert seqs(follower.rows(session, welcome), 2) == [0]


# A late answer


def test_a_late_answer_to_a_slow_question_is_not_taken_for_the_next_ones() -> None:
    bench = Bench()
    session, _ = bench.line.connect()
    station = bench.station
    # To the greeting, once more; a link of its own for slow questions would count from 1 again.
    late = station.link.answer(message.ERROR, 1, message.pack_error(1, "old refusal"))
    original = station.receive

    def receive(data: bytes, uptime_us: int) -> bytes:
        return late + original(data, uptime_us)

    station.receive = receive
    with pytest.raises(StationError, match="what\\?"):
        session.ask(message.DOCTOR, b"", message.DOCTOR_IS, 20_000)
    with pytest.raises(StationError, match="what\\?"):
        session.ask(message.IDENTIFY, b"", message.OK, 4000)
    assert session.tip()[0] == 3


# What went wrong, in words


def test_no_text_of_a_library_is_shown() -> None:
    raw = "device reports readiness to read but returned no data (device disconnected or multiple)"
    for error, words in (
        (serial.SerialException(raw), "the other end has gone"),
        (serial.SerialException(errno.EIO, raw), "Input/output error"),
        (serial.SerialTimeoutException("Write timeout"), "it takes nothing"),
        (serial.PortNotOpenError(), "the other end has gone"),
        (TypeError("'NoneType' object cannot be interpreted as an integer"), "the other end has"),
        (OSError(errno.EAGAIN, "x"), "another program has it"),
    ):
        assert words in reason(error)
        assert str(error) not in reason(error)


@pytest.mark.parametrize(
    "url",
    [
        "/dev/no-such-port",
        "COM77",
        "socket://127.0.0.1:1",
        "nothing://x",
        "socket://",
        "rfc2217://",
    ],
)
def test_a_port_that_cannot_be_opened_is_said_in_our_words(url: str) -> None:
    with pytest.raises(PortError) as caught:
        SerialPort(url)
    text = str(caught.value)
    assert text.startswith(f"{url}: cannot be opened (") and "\n" not in text
    for foreign in ("Errno", "Exception", "could not open port", "Could not", "protocol", "Error("):
        assert foreign not in text, text
