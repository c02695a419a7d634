"""The station's end of a conversation with a host: messages in, messages out.

Nothing here waits or writes to a port: receive() takes bytes, next_frame() gives the next frame
to send, and whoever owns the port lets other tasks run in between. A download is one question
and many frames, so each next_frame() reads just as many records as fit. What a payload looks like
is in FORMAT.md ("Messages").
"""

from gate_wire import bodies, frame, link, message, record

from gate_station.core.station import VERSION, Station

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

ASKED_BYTES_MAX = 256  # of a request's payload: a packet for the radio, some twenty tags
_WAITING_MAX = 12  # answers and news not yet sent: beyond it nothing is read, and news are dropped
_PAIR_AGE_US_MAX = 3_600_000_000  # a pair for a moment longer ago than this is a mistake


class Server:
    """What hosts ask and stations answer.

    doctor: a function that gives the doctor's findings as text; new_log: a function
    (log id, first key) that begins a new log and raises OSError, or None; radio_out: a function
    that sends a packet, or None when there is no radio; identify: a function that makes the
    station noticed.
    """

    def __init__(
        self,
        station: Station,
        doctor: "Callable[[], str]",
        identify: "Callable[[], object]",
        new_log: "Callable[[bytes, bytes], object] | None" = None,
        radio_out: "Callable[[bytes], object] | None" = None,
    ) -> None:
        self._station = station
        self._doctor = doctor
        self._identify = identify
        self._new_log = new_log
        self._radio_out = radio_out
        self._link = link.Link(payload_bytes_max=ASKED_BYTES_MAX)
        self._waiting: list[tuple[int, int, bytes]] = []
        self._reading = (0, 0, 0)  # next seq, end, reference; nothing to read when next >= end
        self._read_open = False
        self._tailing = False
        self._record = bytearray(record.RECORD_BYTES_MAX)
        self.leaves = False  # the host asked for the REPL: go when all is sent
        self.restarts = False  # a new log was begun: start anew when all is sent
        self._handlers: "dict[int, Callable[[link.Event, int], object]]" = {
            message.HELLO: self._hello,
            message.READ: self._read,
            message.TIME: self._time,
            message.PAIR: self._pair,
            message.SET_CLOCK: self._set_clock,
            message.TAIL: self._tail,
            message.HEALTH: self._health,
            message.DOCTOR: self._ask_doctor,
            message.NEW_LOG: self._begin_log,
            message.REPL: self._repl,
            message.IDENTIFY: self._identify_station,
            message.KNOWN_TAGS: self._known_tags,
            message.RADIO_OUT: self._send_by_radio,
        }
        station.on_stored(self._stored)

    def receive(self, data: bytes | bytearray | memoryview, now_us: int) -> None:
        """Take bytes from the port; now_us is the uptime when they were read."""
        events = self._link.receive(data, now_us // 1000)
        self._station.line_errors = self._link.damaged
        for event in events:
            handler = self._handlers.get(event.kind)
            if handler is None:
                self._no(event, message.ERROR_UNKNOWN, "unknown request")
                continue
            try:
                handler(event, now_us)
            except OSError as error:
                self._failed(event, error)
            except ValueError as error:
                self._no(event, message.ERROR_FORM, "malformed request: %s" % error)

    def next_frame(self) -> memoryview | None:
        """The next frame to send, valid until the next call; None when all is said."""
        if self._waiting:
            kind, reference, payload = self._waiting.pop(0)
            self._link.writer.payload[: len(payload)] = payload
            return self._link.writer.finish(kind, reference, len(payload))
        if self._read_open:
            return self._next_records()
        return None

    def takes_input(self) -> bool:
        """May more be read from the port? Who asks without listening has to wait."""
        return len(self._waiting) < _WAITING_MAX

    def has_output(self) -> bool:
        """Is there a next frame?"""
        return bool(self._waiting) or self._read_open

    def hang_up(self) -> None:
        """Nobody listens any more: forget what was to be said."""
        self._waiting = []
        self._read_open = False
        self._tailing = False

    def heard(self, packet: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        """A base heard a packet: news for the host."""
        self._news(message.RADIO_IN, message.pack_radio_in(uptime_us, rssi_dbm, snr_db, packet))

    # Saying

    def _say(self, event: link.Event, kind: int, payload: bytes = b"") -> None:
        self._waiting.append((kind, event.reference, payload[: frame.PAYLOAD_BYTES_MAX]))

    def _no(self, event: link.Event, code: int, text: str) -> None:
        self._say(event, message.ERROR, message.pack_error(code, text))

    def _failed(self, event: link.Event, error: OSError) -> None:
        full = self._station.is_full(error)
        code = message.ERROR_LOG_FULL if full else message.ERROR_FLASH
        text = "log full" if full else "not stored: %s" % error
        self._no(event, code, text)

    def _news(self, kind: int, payload: bytes) -> None:
        if len(self._waiting) < _WAITING_MAX:
            self._waiting.append((kind, message.REFERENCE_NEWS, payload))

    def _stored(self, seq: int, _kind: int) -> None:
        if not self._tailing or self._station.log is None:
            return
        length = self._station.log.read(seq, self._record)
        head = bytearray(message.RECORDS_HEAD_BYTES)
        message.pack_records_head_into(memoryview(head), seq, seq + 1)
        self._news(message.RECORDS, bytes(head) + bytes(memoryview(self._record)[:length]))

    # Downloading

    def _next_records(self) -> memoryview:
        log = self._station.log
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

    def _read(self, event: link.Event, _now_us: int) -> None:
        asked = message.unpack_read(event.payload)
        if asked is None:
            raise ValueError("read")
        self._station.settle()
        log_end = self._station.log.tip()[0] if self._station.log is not None else 0
        end = min(asked[0] + asked[1], log_end)
        self._reading = (asked[0], end, event.reference)
        self._read_open = True

    # Answering

    def _hello(self, event: link.Event, now_us: int) -> None:
        station = self._station
        log = station.log
        config = station.config
        next_seq, tag = log.tip() if log is not None else (0, bytes(4))
        fields = (
            message.WIRE_VERSION,
            config.role,
            config.id,
            log.log_id if log is not None else bytes(8),
            log.generation & 0xFFFF if log is not None else 0,
            min(station.boot, record.BOOT_MAX),
            station.parts.bits(),
            VERSION[0],
            VERSION[1],
            VERSION[2],
            next_seq,
            tag,
            now_us // 1000 & 0xFFFFFFFF,
            log.fill_permille if log is not None else 0,
            station.unique_id,
        )
        self._say(event, message.WELCOME, message.pack_welcome(fields, config.name))

    def _time(self, event: link.Event, now_us: int) -> None:
        utc_us = self._station.clock.utc_us(now_us)
        quality = self._station.clock.stamp_now()[2]
        known = message.UTC_US_UNKNOWN if utc_us is None or utc_us < 0 else utc_us
        self._say(event, message.TIME_IS, message.pack_time_is(now_us, known, quality))

    def _pair(self, event: link.Event, now_us: int) -> None:
        clock = self._clock_body(event, now_us)
        clock.what = bodies.CLOCK_PAIR
        self._say(event, message.STORED, message.pack_stored(self._station.store_clock(clock)))

    def _set_clock(self, event: link.Event, now_us: int) -> None:
        clock = self._clock_body(event, now_us)
        self._say(event, message.STORED, message.pack_stored(self._station.set_clock(clock)))

    def _clock_body(self, event: link.Event, now_us: int) -> bodies.Clock:
        clock = bodies.unpack_clock(event.payload)
        if clock is None or not 0 <= now_us - clock.uptime_us <= _PAIR_AGE_US_MAX:
            raise ValueError("clock")
        return clock

    def _tail(self, event: link.Event, _now_us: int) -> None:
        self._tailing = event.payload[:1] != b"\0"
        self._say(event, message.OK)

    def _health(self, event: link.Event, _now_us: int) -> None:
        self._say(event, message.HEALTH_IS, bodies.pack_health(self._station.health()))

    def _ask_doctor(self, event: link.Event, _now_us: int) -> None:
        self._say(event, message.DOCTOR_IS, self._doctor().encode())

    def _identify_station(self, event: link.Event, _now_us: int) -> None:
        self._identify()
        self._say(event, message.OK)

    def _known_tags(self, event: link.Event, _now_us: int) -> None:
        if not self._station.roster.load(event.payload):
            raise ValueError("known tags")
        self._say(event, message.OK)

    def _repl(self, event: link.Event, _now_us: int) -> None:
        self._say(event, message.OK)
        self.leaves = True

    def _begin_log(self, event: link.Event, _now_us: int) -> None:
        """Only for a host that names the log that it gives up, and how far it has it."""
        asked = message.unpack_new_log(event.payload)
        if asked is None:
            raise ValueError("new log")
        log = self._station.log
        if self.restarts:  # repeated, since making it took long
            self._say(event, message.OK)
        elif self._new_log is None:
            self._no(event, message.ERROR_NO_PART, "this station cannot make a new log")
        elif log is not None and (asked[0] != log.log_id or asked[1] != log.tip()[0]):
            self._no(
                event,
                message.ERROR_NOT_CONFIRMED,
                "log %s has %d records: sync first" % (_hex(log.log_id), log.tip()[0]),
            )
        else:
            self._new_log(asked[2], asked[3])
            # Its blocks are free for anything: a touch before the restart is refused, not lost.
            self._station.log = None
            self._say(event, message.OK)
            self.restarts = True

    def _send_by_radio(self, event: link.Event, _now_us: int) -> None:
        if self._radio_out is None:
            self._no(event, message.ERROR_NO_PART, "no radio")
            return
        self._radio_out(event.payload)
        if event.reference != message.REFERENCE_NEWS:
            self._say(event, message.OK)


def _hex(data: bytes) -> str:
    return "".join(["%02x" % byte for byte in data])
