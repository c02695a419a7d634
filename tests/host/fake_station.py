"""A station that is only its end of the conversation, behind a line with faults.

The peer is the same Link class as the firmware's; what is false here is the log behind it (a list)
and time, which goes on by a fixed step with every read that finds nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from gate_wire import bodies, kinds, link, message, permit, record
from yellowgate.errors import PortError

LOG_ID = bytes.fromhex("a1b2c3d4e5f60718")
STEP_US = 20_000
UTC_OF_ZERO_US = 1_742_312_220_000_000 - record.EPOCH_2020_UNIX_S * 1_000_000  # since 2020


def tap_record(seq: int, log_id: bytes = LOG_ID) -> bytes:
    """A tag record, a second after the one before."""
    uid = seq.to_bytes(7, "big")
    row = record.Record(kinds.TAG, seq, 1, seq * 1000, record.UTC_UNKNOWN, 0, uid)
    return record.pack(row, log_id)


class FakeStation:
    """Answers as FORMAT.md says, from a list of records; None stands for one that is lost."""

    def __init__(
        self,
        records: list[bytes | None],
        wire: int = message.WIRE_VERSION,
        log_id: bytes = LOG_ID,
    ) -> None:
        self.records = records
        self.log_id = log_id
        self.unique_id = bytes(8)
        self.wire = wire
        self.link = link.Link()
        self.utc_known = True
        self.stored_clocks: list[bodies.Clock] = []
        self.refusal = ""  # why it stores nothing
        self.key = b""  # of its cable
        self.challenge = bytes(range(16))

    def receive(self, data: bytes, uptime_us: int) -> bytes:
        out = b""
        for event in self.link.receive(data, uptime_us // 1000):
            out += self._answer(event, uptime_us)
        return out

    def _answer(self, event: link.Event, uptime_us: int) -> bytes:
        answer = self.link.answer
        if event.kind == message.HELLO:
            return answer(message.WELCOME, event.reference, self._welcome(uptime_us))
        if event.kind == message.READ:
            return self._read(event)
        if event.kind == message.TAIL:
            return answer(message.OK, event.reference, b"")
        if event.kind == message.TIME:
            utc_us = uptime_us + UTC_OF_ZERO_US if self.utc_known else message.UTC_US_UNKNOWN
            sample = message.pack_time_is(uptime_us, utc_us, 1)
            return answer(message.TIME_IS, event.reference, sample)
        return answer(*self._do(event, uptime_us))

    def _do(self, event: link.Event, uptime_us: int) -> tuple[int, int, bytes]:
        """What is written, or refused."""
        payload = event.payload
        code, text = message.ERROR_UNKNOWN, "what?"
        if event.kind == message.CHALLENGE:
            challenge = permit.pack_challenge(bool(self.key), self.challenge)
            return message.CHALLENGE_IS, event.reference, challenge
        if event.kind == message.SET_CLOCK and not self._permits(event):
            code, text = message.ERROR_NO_PERMISSION, "only with a key"
        elif event.kind in (message.PAIR, message.SET_CLOCK) and self.refusal:
            code, text = message.ERROR_LOG_FULL, self.refusal
        elif event.kind in (message.PAIR, message.SET_CLOCK):
            if event.kind == message.SET_CLOCK:
                payload = payload[permit.PROOF_BYTES :]
            return message.STORED, event.reference, self._store(payload, uptime_us)
        return message.ERROR, event.reference, message.pack_error(code, text)

    def _permits(self, event: link.Event) -> bool:
        said, asked = event.payload[: permit.PROOF_BYTES], event.payload[permit.PROOF_BYTES :]
        right = permit.proof(self.key, self.challenge, self.log_id, event.kind, asked)
        return not self.key or said == right

    def _store(self, payload: bytes, uptime_us: int) -> bytes:
        payload, name = payload[: bodies.CLOCK_BYTES], payload[bodies.CLOCK_BYTES :]
        body = bodies.unpack_clock(payload)
        assert body is not None
        if name:
            told = permit.pack_laptop(body.reference_id, name)
            row = record.Record(kinds.LAPTOP, len(self.records), 1, uptime_us // 1000, 0, 0, told)
            self.records.append(record.pack(row, LOG_ID))
        self.stored_clocks.append(body)
        self.utc_known = True
        row = record.Record(kinds.CLOCK, len(self.records), 1, uptime_us // 1000, 0, 0, payload)
        self.records.append(record.pack(row, LOG_ID))
        return message.pack_stored(len(self.records) - 1)

    def _welcome(self, uptime_us: int) -> bytes:
        fields = (
            self.wire, kinds.GATE, 1, self.log_id, 0, 1, 0, 0, 1, 0, len(self.records),
            self.tip_tag(), uptime_us // 1000, 5, self.unique_id,
        )  # fmt: skip
        return message.pack_welcome(fields, "Gate")

    def tip_tag(self) -> bytes:
        last = self.records[-1] if self.records else None
        return record.unpack(last).tag if last else bytes(4)

    def _read(self, event: link.Event) -> bytes:
        asked = message.unpack_read(event.payload)
        assert asked is not None
        first, end = asked[0], min(asked[0] + asked[1], len(self.records))
        out = b""
        while first < end:
            next_seq = min(first + 15, end)
            payload = bytearray(message.RECORDS_HEAD_BYTES)
            message.pack_records_head_into(memoryview(payload), first, next_seq)
            for raw in self.records[first:next_seq]:
                payload += raw or b""
            out += self.link.answer(message.RECORDS, event.reference, bytes(payload))
            first = next_seq
        finish = message.pack_read_end(first, len(self.records), self.tip_tag())
        return out + self.link.answer(message.READ_END, event.reference, finish)


class Line:
    """A port to a FakeStation. fault(data) gives what arrives of data, both ways.

    piece: bytes handed over by one read. cut_after: bytes from the station until the cable is
    pulled.
    """

    url = "fake://station"

    def __init__(
        self,
        station: FakeStation,
        fault: Callable[[bytes], bytes] = lambda data: data,
        piece: int = 4096,
        cut_after: int | None = None,
    ) -> None:
        self.station = station
        self.now_us = 5_000_000
        self._fault = fault
        self._piece = piece
        self._left = cut_after
        self._waiting = b""
        self.bytes_read = 0

    def monotonic_us(self) -> int:
        return self.now_us

    def write(self, data: bytes) -> None:
        self._check()
        answer = self.station.receive(self._fault(data), self.now_us)
        self._waiting += self._fault(answer)

    def read(self) -> bytes:
        self._check()
        if not self._waiting:
            self.now_us += STEP_US
            return b""
        self.now_us += 100
        piece, self._waiting = self._waiting[: self._piece], self._waiting[self._piece :]
        if self._left is not None:
            piece = piece[: self._left]
            self._left -= len(piece)
        self.bytes_read += len(piece)
        return piece

    def close(self) -> None:
        pass

    def _check(self) -> None:
        if self._left is not None and self._left <= 0:
            raise PortError("fake://station: the connection broke off")


class FakeClock:
    """A laptop whose clock runs with the line's time."""

    reference = bodies.REFERENCE_LAPTOP
    reference_id = 77
    name = "camp laptop"

    def __init__(self, line: Line) -> None:
        self._line = line

    def utc_us(self) -> int:
        return self._line.now_us + 1_742_312_220_000_000

    def monotonic_us(self) -> int:
        return self._line.now_us


def lossy(seed: int, share: float) -> Callable[[bytes], bytes]:
    """Damages or drops a share of the frames."""
    rng = random.Random(seed)

    def fault(data: bytes) -> bytes:
        out = b""
        for part in data.split(b"\0"):
            damaged = bytearray(part)
            if part and rng.random() < share:
                if rng.random() < 0.5:
                    continue
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            out += bytes(damaged) + b"\0"
        return out

    return fault


def noisy(seed: int) -> Callable[[bytes], bytes]:
    """Puts rubbish before everything that is said."""
    rng = random.Random(seed)
    return lambda data: rng.randbytes(rng.randrange(40)) + b"\0" + data if data else data
