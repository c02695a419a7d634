"""A port that goes and comes: a knocked cable, a sleeping laptop, a station that restarts.

Whoever listens goes on where it was, also when the port has another name then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gate_wire import link, message, record

from yellowgate.errors import GateError
from yellowgate.link.port import Port
from yellowgate.link.session import Session
from yellowgate.records import Observation, observation

PAUSE_S = 1.0  # between two looks for a station that has gone
LOOK_US = 20_000_000  # so often a station is asked what it has; also whether it is there at all


class Line:
    """The way to one station, for as long as one likes.

    url: its port. open_port: opens one, raises PortError. others: ports of USB on which it may come
    back. monotonic_us: a clock that only goes forward. pause: waits for so many seconds.
    """

    def __init__(
        self,
        url: str,
        open_port: Callable[[str], Port],
        others: Callable[[], Sequence[str]],
        monotonic_us: Callable[[], int],
        pause: Callable[[float], None],
    ) -> None:
        self.url = url
        self._open_port = open_port
        self._others = others
        self._monotonic_us = monotonic_us
        self._pause = pause
        self._port: Port | None = None
        self._met: message.Welcome | None = None

    def connect(self) -> tuple[Session, message.Welcome]:
        """Greet it. Raises GateError when it does not answer."""
        self._port = self._open_port(self.url)
        session = Session(self._port, self._monotonic_us)
        self._met = session.hello()
        return session, self._met

    def again(self) -> tuple[Session, message.Welcome]:
        """It has gone: wait until it answers again, on this port or another one, without end."""
        self.close()
        while True:
            for url in self._names():
                found = self._try(url)
                if found is not None:
                    return found
            self._pause(PAUSE_S)

    def close(self) -> None:
        """Give the port back."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _names(self) -> list[str]:
        """Its own name; if that is not there, whatever is: nobody else's port is opened in vain."""
        others = [] if "://" in self.url else list(self._others())
        return [self.url] if self.url in others else [self.url, *others]

    def _try(self, url: str) -> tuple[Session, message.Welcome] | None:
        try:
            self._port = self._open_port(url)
            session = Session(self._port, self._monotonic_us)
            welcome = session.hello()
        except GateError:
            self.close()
            return None
        if not self._is_it(welcome):
            self.close()
            return None
        self.url, self._met = url, welcome
        return session, welcome

    def _is_it(self, welcome: message.Welcome) -> bool:
        met = self._met
        if met is None or welcome.log_id == met.log_id:
            return True
        return any(met.unique_id) and welcome.unique_id == met.unique_id


class Tail:
    """The records of a station as they are written; none is left out where the line breaks."""

    def __init__(self) -> None:
        self._next_seqs: dict[bytes, int] = {}

    def rows(self, session: Session, welcome: message.Welcome) -> Iterator[Observation | None]:
        """Records from the first call on, and None after each look at the line, without end.

        Raises GateError when the line breaks: call it again with the next session, and what was
        written meanwhile comes first.
        """
        log_id = welcome.log_id
        if log_id not in self._next_seqs:
            # Another log than the one that was followed: a new one, of which nothing was seen.
            self._next_seqs[log_id] = 0 if self._next_seqs else welcome.next_seq
        look_us = session.monotonic_us()
        while True:
            if session.monotonic_us() >= look_us:
                look_us = session.monotonic_us() + LOOK_US
                # A station that could not get rid of its news has stopped to send them.
                session.ask(message.TAIL, b"\x01", message.OK)
                yield from self._until(session, log_id, session.tip()[0])
            for event in session.news():
                for raw in _raws(event, log_id):
                    row = observation(raw, log_id.hex())
                    yield from self._until(session, log_id, row.seq)
                    if row.seq == self._next_seqs[log_id]:
                        self._next_seqs[log_id] = row.seq + 1
                        yield row
            yield None

    def _until(self, session: Session, log_id: bytes, end: int) -> Iterator[Observation]:
        """What news left out."""
        first = self._next_seqs[log_id]
        if first < end:
            for chunk in session.read(first, end, log_id):
                for seq, raw in chunk.records:
                    self._next_seqs[log_id] = seq + 1
                    yield observation(raw, log_id.hex())
                self._next_seqs[log_id] = chunk.next_seq


def _raws(event: link.Event, log_id: bytes) -> Iterator[bytes]:
    """The whole records in news; a damaged one comes when the station is asked."""
    at = message.RECORDS_HEAD_BYTES
    while event.kind == message.RECORDS and at < len(event.payload):
        length = record.check(event.payload, at, log_id)
        if not length:
            return
        yield event.payload[at : at + length]
        at += length
