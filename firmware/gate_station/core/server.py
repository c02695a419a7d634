"""The station's end of a conversation with a host: messages in, messages out.

Nothing here waits or writes to a port: receive() takes bytes, next_frame() gives the next frame
to send, and whoever owns the port lets other tasks run in between. A download is one question
and many frames, so each next_frame() reads just as many records as fit. What a payload looks like
is in FORMAT.md ("Messages").
"""

from gate_wire import frame, link, message, record

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.log import Log
    from gate_station.core.permission import Memory
    from gate_station.core.station import Station

ASKED_BYTES_MAX = 256  # of a request's payload: a packet for the radio, some twenty tags
_WAITING_MAX = 12  # answers and news not yet sent: beyond it nothing is read, and news are dropped


class Server:
    """What hosts ask and stations answer.

    doctor: a function that gives the doctor's findings as text; new_log: a function
    (log id, first key) that begins a new log, returns it, and raises OSError, or None;
    radio_out: a function that sends a packet, or None when there is no radio; identify: a
    function that makes the station noticed; random_bytes: a function that gives so many bytes
    nobody can foresee.
    """

    def __init__(
        self,
        station: "Station",
        doctor: "Callable[[], str]",
        identify: "Callable[[], object]",
        random_bytes: "Callable[[int], bytes]",
        new_log: "Callable[[bytes, bytes], Log | None] | None" = None,
        radio_out: "Callable[[bytes], object] | None" = None,
    ) -> None:
        self.station = station
        self.doctor = doctor
        self.identify = identify
        self.random_bytes = random_bytes
        self.new_log = new_log
        self._radio_out = radio_out
        self._link = link.Link(payload_bytes_max=ASKED_BYTES_MAX)
        self.waiting: list[tuple[int, int, bytes]] = []
        self._reading = (0, 0, 0)  # next seq, end, reference; nothing to read when next >= end
        self._read_open = False
        self._tailing = False
        self._record = bytearray(record.RECORD_BYTES_MAX)
        self.leaves = False  # the host asked for the REPL: go when all is sent
        self.restarts = False  # a new log was begun: start anew when all is sent
        self.memory: "Memory | None" = None  # of permission.py, from the first such request on
        station.on_stored(self._stored)

    def receive(self, data: bytes | bytearray | memoryview, now_us: int) -> None:
        """Take bytes from the port; now_us is the uptime when they were read."""
        events = self._link.receive(data, now_us // 1000)
        self.station.line_errors = self._link.damaged
        for event in events:
            try:
                self._answer(event, now_us)
            except (OSError, ValueError) as error:
                from gate_station.core import requests  # noqa: PLC0415 - seldom

                self.say(event, message.ERROR, requests.failure(self, error))

    def next_frame(self) -> memoryview | None:
        """The next frame to send, valid until the next call; None when all is said."""
        if self.waiting:
            kind, reference, payload = self.waiting.pop(0)
            self._link.writer.payload[: len(payload)] = payload
            return self._link.writer.finish(kind, reference, len(payload))
        if self._read_open:
            return self._next_records()
        return None

    def takes_input(self) -> bool:
        """May more be read from the port? Who asks without listening has to wait."""
        return len(self.waiting) < _WAITING_MAX

    def has_output(self) -> bool:
        """Is there a next frame?"""
        return bool(self.waiting) or self._read_open

    def hang_up(self) -> None:
        """Nobody listens any more: forget what was to be said."""
        self.waiting = []
        self._read_open = False
        self._tailing = False

    def heard(self, packet: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        """A base heard a packet: news for the host."""
        self._news(message.RADIO_IN, message.pack_radio_in(uptime_us, rssi_dbm, snr_db, packet))

    # Saying

    def say(self, event: link.Event, kind: int, payload: bytes = b"") -> None:
        """Answer a request."""
        self.waiting.append((kind, event.reference, payload[: frame.PAYLOAD_BYTES_MAX]))

    def no(self, event: link.Event, code: int, text: str) -> None:
        """Refuse a request. code: ERROR_ of message.py."""
        self.say(event, message.ERROR, message.pack_error(code, text))

    def _news(self, kind: int, payload: bytes) -> None:
        if len(self.waiting) < _WAITING_MAX:
            self.waiting.append((kind, message.REFERENCE_NEWS, payload))

    def _stored(self, seq: int, _kind: int) -> None:
        if not self._tailing or self.station.log is None:
            return
        length = self.station.log.read(seq, self._record)
        head = bytearray(message.RECORDS_HEAD_BYTES)
        message.pack_records_head_into(memoryview(head), seq, seq + 1)
        self._news(message.RECORDS, bytes(head) + bytes(memoryview(self._record)[:length]))

    # Downloading

    def _next_records(self) -> memoryview:
        log = self.station.log
        seq, end, reference = self._reading
        if log is None or seq >= end:
            self._read_open = False
            next_seq, tag = log.tip() if log is not None else (0, bytes(4))
            payload = message.pack_read_end(seq, next_seq, tag)
            self._link.writer.payload[: len(payload)] = payload
            return self._link.writer.finish(message.READ_END, reference, len(payload))
        payload = self._link.writer.payload
        at = message.RECORDS_HEAD_BYTES
        length, next_seq = log.read_range(seq, end, payload[at:])
        message.pack_records_head_into(payload, seq, next_seq)
        self._reading = (next_seq, end, reference)
        return self._link.writer.finish(message.RECORDS, reference, at + length)

    def _read(self, event: link.Event) -> None:
        asked = message.unpack_read(event.payload)
        if asked is None:
            raise ValueError("read")
        self.station.settle()
        log_end = self.station.log.tip()[0] if self.station.log is not None else 0
        end = min(asked[0] + asked[1], log_end)
        self._reading = (asked[0], end, event.reference)
        self._read_open = True

    # Answering

    def _answer(self, event: link.Event, now_us: int) -> None:
        kind = event.kind
        if kind == message.READ:
            self._read(event)
        elif kind == message.TIME:
            self._time(event, now_us)
        elif kind == message.TAIL:
            self._tailing = event.payload[:1] != b"\0"
            self.say(event, message.OK)
        elif kind == message.RADIO_OUT:
            self._send_by_radio(event)
        else:
            from gate_station.core import requests  # noqa: PLC0415 - asked for seldom

            requests.answer(self, event, now_us)

    def _time(self, event: link.Event, now_us: int) -> None:
        utc_us = self.station.clock.utc_us(now_us)
        quality = self.station.clock.stamp_now()[2]
        known = message.UTC_US_UNKNOWN if utc_us is None or utc_us < 0 else utc_us
        self.say(event, message.TIME_IS, message.pack_time_is(now_us, known, quality))

    def _send_by_radio(self, event: link.Event) -> None:
        if self._radio_out is None:
            self.no(event, message.ERROR_NO_PART, "no radio")
            return
        self._radio_out(event.payload)
        if event.reference != message.REFERENCE_NEWS:
            self.say(event, message.OK)
