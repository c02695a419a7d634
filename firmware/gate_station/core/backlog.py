"""Which records the host has, one bit each, and the packets made of those it lacks."""

from gate_wire import kinds, news, packet, record

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.log import Log
    from gate_station.core.roster import Roster

RUNNER_KINDS = (kinds.TAG, kinds.PRESS, kinds.START, kinds.TAPS)
_LOOK_BACK = 256  # numbers searched for a reference
_ENTRIES_MAX = 16  # in a packet
_LEARN = 8  # records of earlier lives looked at in one step
_ROOM = 15_616  # numbers in memory from the start: as many as a log of 512 KiB holds
_CHUNK_BYTES = 16
_NONE = bytes(_CHUNK_BYTES)
_ALL = b"\xff" * _CHUNK_BYTES
_ONES = bytes((0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4))  # bits set in half a byte


class Marks:
    """A bit for each sequence number: 1,952 bytes for those of a log of the usual size, taken
    once; 16 bytes for every 128 numbers beyond.
    """

    def __init__(self, size: int = _ROOM) -> None:
        self._bits = bytearray((max(size, _ROOM) + 7) >> 3)

    def byte(self, at: int) -> int:
        """The bits of the numbers 8 * at (the lowest bit) to 8 * at + 7."""
        return self._bits[at] if at < len(self._bits) else 0

    def has(self, seq: int) -> bool:
        """Is this number marked?"""
        return self.byte(seq >> 3) >> (seq & 7) & 1 == 1

    def set(self, seq: int, value: bool = True) -> None:
        """Mark it, or (False) do not any longer."""
        self._grow(seq)
        if value:
            self._bits[seq >> 3] |= 1 << (seq & 7)
        else:
            self._bits[seq >> 3] &= ~(1 << (seq & 7)) & 0xFF

    def set_range(self, first: int, end: int, value: bool) -> None:
        """The same for the numbers from first up to and without end; keeps nothing."""
        if end <= first:
            return
        self._grow(end - 1)
        while first < end and first & 7:
            self.set(first, value)
            first += 1
        while end > first and end & 7:
            end -= 1
            self.set(end, value)
        at, stop = first >> 3, end >> 3
        fill = _ALL if value else _NONE
        while at + _CHUNK_BYTES <= stop:
            self._bits[at : at + _CHUNK_BYTES] = fill
            at += _CHUNK_BYTES
        for byte in range(at, stop):
            self._bits[byte] = fill[0]

    def count(self, first: int, end: int) -> int:
        """How many of these numbers are marked."""
        count = 0
        while first < end and first & 7:
            count += self.has(first)
            first += 1
        while end > first and end & 7:
            end -= 1
            count += self.has(end)
        for at in range(first >> 3, end >> 3):
            byte = self.byte(at)
            if byte:
                count += _ONES[byte & 15] + _ONES[byte >> 4]
        return count

    def _grow(self, seq: int) -> None:
        while seq >> 3 >= len(self._bits):
            self._bits.extend(_NONE)


class Backlog:
    """What the host lacks of this log, and how it is told.

    log: core.log.Log. roster: the tags that the host gave the station.
    """

    def __init__(self, log: "Log", roster: "Roster") -> None:
        self.log = log
        self.had = Marks(log.tip()[0])
        self.is_whole = False  # the host could not rebuild something: explain everything
        self.roster = roster
        self._runners = Marks(log.tip()[0])
        self._learn_at = log.first_seq
        self._learn_end = log.tip()[0]
        self._buf = bytearray(record.RECORD_BYTES_MAX)
        self._boot = -1  # number of the newest boot record: it says whose log this is
        self._unknown_below = 0  # of these numbers the last answer had no room to speak

    def count(self) -> int:
        """How many records the host lacks."""
        first, end = self.log.first_seq, self.log.tip()[0]
        return end - first - self.had.count(first, end)

    def appended(self, seq: int, kind: int) -> bool:
        """A record of this life; True when it is a runner's."""
        if kind == kinds.BOOT:
            self._boot = max(self._boot, seq)
        is_runner = kind in RUNNER_KINDS
        if is_runner:
            self._runners.set(seq)
        return is_runner

    def learn(self) -> bool:
        """Look at some records of earlier lives, the oldest first: which are runners'? True as
        long as there are more. Random reads are dear, so all is known before it is needed.
        """
        end = min(self._learn_at + _LEARN, self._learn_end)
        for seq in range(self._learn_at, end):
            raw = self.raw(seq)
            if raw:
                self.appended(seq, raw[1])
        self._learn_at = end
        return end < self._learn_end

    def apply(self, answer: packet.Answer, told: list[int]) -> None:
        """The host told what it has: that is the truth, also where it has lost something.

        told: numbers in the packet that is answered. Where the answer had no room to speak of
        them, they are had too: it is given when they are durable.
        """
        next_seq = self.log.tip()[0]
        end = min(answer.top, next_seq)
        self.had.set_range(end, next_seq, False)
        has = True
        at = answer.top
        for run in answer.runs:
            first = at - run
            self.had.set_range(first, min(at, next_seq), has)
            at = first
            has = not has
        if answer.all_below:
            self.had.set_range(0, min(at, next_seq), True)
        self._unknown_below = 0 if answer.all_below else at
        for seq in told:
            if seq < self._unknown_below and not (answer.whole or answer.tags):
                self.had.set(seq)
        self.is_whole = answer.whole
        if answer.tags:
            self.roster.is_shared = False  # until it is told anew

    def raw(self, seq: int) -> bytes:
        """The record's bytes; b"" when it cannot be read, or is too long for the radio."""
        length = self.log.read(seq, self._buf)
        if length and self._buf[0] & 0x7F <= news.BODY_BYTES_MAX:
            return bytes(self._buf[:length])
        return b""

    def waiting(self) -> list[int]:
        """Numbers to tell next, the newest first: runners before the rest, but before all of them
        the newest boot record, in a packet of its own: a host that lacks it cannot tell at which
        place these touches were made.

        Where an answer had no room to speak of the oldest, its gaps are filled first: then the
        next one will have.
        """
        first = self.log.first_seq
        end = self.log.tip()[0]
        middle = max(first, self._unknown_below)
        found = self._scan(middle, end) or self._scan(first, middle)
        boot = self._boot
        is_boot_first = found and boot >= first and not self.had.has(boot) and boot not in found
        return [boot] if is_boot_first else found

    def _scan(self, first: int, end: int) -> list[int]:
        runners: list[int] = []
        others: list[int] = []
        for at in range((end + 7 >> 3) - 1, (first >> 3) - 1, -1):
            lacking = ~self.had.byte(at) & 0xFF
            if len(others) >= _ENTRIES_MAX:
                lacking &= self._runners.byte(at)
            if lacking:
                self._pick(at, lacking, first, end, runners, others)
                if len(runners) >= _ENTRIES_MAX:
                    break
        return (runners or others)[:_ENTRIES_MAX]

    def _pick(
        self, at: int, lacking: int, first: int, end: int, runners: list[int], others: list[int]
    ) -> None:
        """Numbers of one byte, the newest first."""
        for bit in range(7, -1, -1):
            seq = at << 3 | bit
            if lacking >> bit & 1 and first <= seq < end:
                (runners if self._runners.has(seq) else others).append(seq)

    def tell(self, newest_first: list[int], body_bytes_max: int) -> tuple[int, bytes, list[int]]:
        """(kind, body, numbers) of a packet with as many of these as fit; the newest always
        does (news.BODY_BYTES_MAX sees to that).
        """
        raws: list[tuple[int, bytes]] = []
        for seq in reversed(newest_first[:_ENTRIES_MAX]):
            raws.append((seq, self.raw(seq)))
        while True:
            kind, body = self._pack(raws)
            if len(body) <= body_bytes_max or len(raws) == 1:
                return kind, body, [seq for seq, _ in raws]
            # What is over tells about how many entries too many there are: the oldest go.
            over = len(body) - body_bytes_max
            raws = raws[max(1, over * len(raws) // len(body)) :]

    def _pack(self, raws: list[tuple[int, bytes]]) -> tuple[int, bytes]:
        seq, raw = raws[0]
        before = None if self.is_whole or not raw else self._reference(raw)
        is_arrivals = before is not None and self._is_shorter(before, raws)
        check = news.Check()
        check_bytes = news.ARRIVALS_CHECK_BYTES if is_arrivals else news.CHECK_BYTES
        out = bytearray(check_bytes)
        kind = packet.NEWS_WHOLE
        if before is not None:
            kind, seq = packet.ARRIVALS if is_arrivals else packet.NEWS, before.seq
        for at in range(3 if before is None else 2):
            out.append(seq >> (8 * at) & 0xFF)
        for seq, raw in raws:
            row = record.unpack(raw) if raw else news.lost(seq, before)
            if raw:
                check.add(raw)
            self._put(out, row, before, is_arrivals)
            before = row
        out[:check_bytes] = check.first(check_bytes)
        return kind, bytes(out)

    def _put(
        self, out: bytearray, row: record.Record, before: record.Record | None, is_arrivals: bool
    ) -> None:
        if before is not None and is_arrivals:
            place = self._place(row, before)
            if place >= 0:
                if self.log.epoch(row.seq) != self.log.epoch(before.seq):
                    out.append(news.NEXT_EPOCH)
                news.put_arrival(out, row, before, place)
                return
            out.append(news.AN_ENTRY)
        is_short = self.roster.is_shared and not self.is_whole and self.roster.place(row.body) >= 0
        news.put_entry(out, row, before, self._epoch_to_tell(before, row), is_short)

    def _place(self, row: record.Record, before: record.Record) -> int:
        """Of its tag in the roster, when it can go without a head; else -1."""
        epoch = self.log.epoch(before.seq)
        if not news.is_arrival(row, before) or not 0 <= self.log.epoch(row.seq) - epoch <= 1:
            return -1
        return self.roster.place(row.body) if epoch >= 0 else -1

    def _is_shorter(self, before: record.Record, raws: list[tuple[int, bytes]]) -> bool:
        """As ARRIVALS, where the host knows this roster, as far as is known here?"""
        gain = news.CHECK_BYTES - news.ARRIVALS_CHECK_BYTES
        for seq, raw in raws:
            row = record.unpack(raw) if raw else news.lost(seq, before)
            place = self._place(row, before)
            gain += -1 if place < 0 else news.SHORT_BYTES - (place >= news.PLACES_SHORT)
            before = row
        return self.roster.is_shared and gain >= 0

    def _epoch_to_tell(self, before: record.Record | None, row: record.Record) -> int:
        """The epoch when the tag must be sent; -1 when the host can make the tag itself."""
        if row.kind == news.LOST:
            return -1
        epoch = self.log.epoch(row.seq)
        if epoch < 0:
            return news.EPOCH_UNKNOWN
        if self.is_whole or before is None or before.seq + 1 != row.seq:
            return epoch
        return -1 if before.kind != news.LOST and self.log.epoch(before.seq) == epoch else epoch

    def _reference(self, raw: bytes) -> record.Record | None:
        row = record.unpack(raw)
        for seq in range(row.seq - 1, max(row.seq - _LOOK_BACK, self.log.first_seq) - 1, -1):
            if self.had.has(seq):
                raw = self.raw(seq)
                if raw:
                    before = record.unpack(raw)
                    return before if news.follows(before, row) else None
        return None
