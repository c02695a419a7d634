"""Records on air: what is left of them when both ends know the record before.

FORMAT.md ("Radio packets", News) is the specification. What is rebuilt is the record as it is
on flash, bit for bit; a check byte over all of them stands in the packet.
"""

import hashlib
import struct

from gate_wire import kinds, packet, record

SHORT_BYTES = 3  # of a UID that both ends know
CHECK_BYTES = 1  # over the rebuilt records of NEWS and NEWS_WHOLE
ARRIVALS_CHECK_BYTES = 4  # ... of ARRIVALS: another roster must never pass
PLACES_SHORT = 64  # of the roster: so many places take one byte
BODY_BYTES_MAX = 30  # of a record on air (US915 at SF9: 66 bytes); longer ones wait for the cable

EPOCH_UNKNOWN = 0x10000  # sent with a tag: nothing can be chained to it
LOST = 0  # no kind of record: this number cannot be told by radio

FORM_MASK = 0x07
FORM_PRESS = 0
FORM_TAG_SHORT = 1
FORM_TAG = 2
FORM_TAPS_SHORT = 3
FORM_START = 4
FORM_OTHER = 5
HAS_GAP = 0x08
HAS_DRIFT = 0x10
HAS_QUALITY = 0x20
HAS_TAG = 0x40
ABSOLUTE = 0x80

# Of ARRIVALS, where the time since the record before stands else (shorter times are told as entry).
AN_ENTRY = 0  # an entry as in NEWS follows
NEXT_EPOCH = 1  # what follows is the first record of the next epoch

_ABSOLUTE = "<HIIB"  # boot, uptime_ms, utc_ms low, utc_ms high


def short(uid: bytes) -> bytes:
    """The 3 bytes by which a UID is known to both ends."""
    return hashlib.sha256(uid).digest()[:SHORT_BYTES]


def predicted_utc_ms(before: record.Record, uptime_ms: int) -> int:
    """The UTC that a record of the same start would have if crystal and RTC agreed."""
    if before.utc_ms == record.UTC_UNKNOWN:
        return record.UTC_UNKNOWN
    return before.utc_ms + uptime_ms - before.uptime_ms


def follows(before: record.Record, row: record.Record) -> bool:
    """Can row be told as a difference to before?"""
    if row.seq <= before.seq or row.boot != before.boot or row.uptime_ms < before.uptime_ms:
        return False
    return (row.utc_ms == record.UTC_UNKNOWN) == (before.utc_ms == record.UTC_UNKNOWN)


def lost(seq: int, before: record.Record | None) -> record.Record:
    """What stands for a record that the station cannot read, or that is too long for air."""
    if before is None:
        return record.Record(LOST, seq, 0, 0, record.UTC_UNKNOWN, 0, b"")
    return record.Record(
        LOST, seq, before.boot, before.uptime_ms, before.utc_ms, before.quality, b""
    )


def put_entry(
    out: bytearray, row: record.Record, before: record.Record | None, epoch: int, is_short: bool
) -> None:
    """Append one record.

    before: the one in front of it in the packet (or the reference); None: there is none, and
    seq stands elsewhere. epoch: of the key of its tag, when the tag is to be sent, else -1.
    is_short: the host knows its UID.
    """
    head_at = len(out)
    out.append(0)
    head = 0
    if before is not None and row.seq != before.seq + 1:
        head |= HAS_GAP
        packet.put_varint(out, row.seq - before.seq - 2)
    if before is None or not follows(before, row):
        head |= ABSOLUTE
        low = row.utc_ms & 0xFFFFFFFF
        out.extend(struct.pack(_ABSOLUTE, row.boot, row.uptime_ms, low, row.utc_ms >> 32))
    else:
        packet.put_varint(out, row.uptime_ms - before.uptime_ms)
        drift_ms = row.utc_ms - predicted_utc_ms(before, row.uptime_ms)
        if drift_ms:
            head |= HAS_DRIFT
            packet.put_signed(out, drift_ms)
    if before is None or row.quality != before.quality:
        head |= HAS_QUALITY
        out.append(row.quality)
    head |= _put_body(out, row, is_short)
    if epoch >= 0:
        head |= HAS_TAG
        out.extend(row.tag)
        packet.put_varint(out, epoch)
    out[head_at] = head


def _put_body(out: bytearray, row: record.Record, is_short: bool) -> int:
    body = row.body
    if row.kind == kinds.PRESS and not body:
        return FORM_PRESS
    if row.kind == kinds.START and not body:
        return FORM_START
    if row.kind in (kinds.TAG, kinds.TAPS) and is_short:
        out.extend(short(body))
        return FORM_TAG_SHORT if row.kind == kinds.TAG else FORM_TAPS_SHORT
    if row.kind != kinds.TAG:
        out.append(row.kind)
    out.append(len(body))
    out.extend(body)
    return FORM_TAG if row.kind == kinds.TAG else FORM_OTHER


def is_arrival(row: record.Record, before: record.Record) -> bool:
    """Can row be told as an arrival behind before? Nothing may differ but time and tag."""
    return (
        row.kind == kinds.TAG
        and before.kind != LOST
        and row.seq == before.seq + 1
        and row.quality == before.quality
        and row.uptime_ms - before.uptime_ms > NEXT_EPOCH
        and follows(before, row)
    )


def put_arrival(out: bytearray, row: record.Record, before: record.Record, place: int) -> None:
    """Append one arrival. place: of its UID in the roster, from 0."""
    packet.put_varint(out, row.uptime_ms - before.uptime_ms)
    drift_ms = row.utc_ms - predicted_utc_ms(before, row.uptime_ms)
    packet.put_varint(out, place << 1 | (drift_ms != 0))
    if drift_ms:
        packet.put_signed(out, drift_ms)


class Entry:
    """A record as it was on air.

    row: with tag zeros and epoch -1 where the tag was not sent. short_uid: 3 bytes that stand
    for the body, or b"". place: in the roster, which stands for the body, or -1. epoch_step: of
    the key of its tag, which was not sent, from the record before.
    """

    def __init__(
        self,
        row: record.Record,
        epoch: int,
        short_uid: bytes,
        place: int = -1,
        epoch_step: int = 0,
    ) -> None:
        self.row = row
        self.epoch = epoch
        self.short_uid = short_uid
        self.place = place
        self.epoch_step = epoch_step


def take_entry(cursor: packet.Cursor, before: record.Record | None, first_seq: int) -> Entry:
    """The next record. Without a record before, its seq is first_seq.

    Raises ValueError when the bytes make no sense.
    """
    head = cursor.unsigned(1)
    if before is None:
        seq = first_seq
    else:
        seq = before.seq + (2 + cursor.varint() if head & HAS_GAP else 1)
    if head & ABSOLUTE:
        boot, uptime_ms = cursor.unsigned(2), cursor.unsigned(4)
        utc_ms = cursor.unsigned(5)
    elif before is None:
        raise ValueError("nothing to count from")
    else:
        boot, uptime_ms = before.boot, before.uptime_ms + cursor.varint()
        utc_ms = _told_utc_ms(before, uptime_ms, cursor.signed() if head & HAS_DRIFT else 0)
    if head & HAS_QUALITY:
        quality = cursor.unsigned(1)
    elif before is None:
        raise ValueError("quality is missing")
    else:
        quality = before.quality
    _check_ranges(seq, uptime_ms, utc_ms)
    kind, body, short_uid = _take_body(cursor, head & FORM_MASK)
    row = record.Record(kind, seq, boot, uptime_ms, utc_ms, quality, body)
    epoch = -1
    if head & HAS_TAG:
        row.tag = cursor.take(record.TAG_BYTES)
        epoch = cursor.varint()
    return Entry(row, epoch, short_uid)


def _told_utc_ms(before: record.Record, uptime_ms: int, drift_ms: int) -> int:
    predicted_ms = predicted_utc_ms(before, uptime_ms)
    if drift_ms and predicted_ms == record.UTC_UNKNOWN:
        raise ValueError("drift of a time that is not known")
    return predicted_ms + drift_ms


def _check_ranges(seq: int, uptime_ms: int, utc_ms: int) -> None:
    if seq > record.SEQ_MAX or uptime_ms > record.UPTIME_MS_MAX:
        raise ValueError("number out of range")
    if not 0 <= utc_ms <= record.UTC_UNKNOWN:
        raise ValueError("time out of range")


def _take_body(cursor: packet.Cursor, form: int) -> tuple[int, bytes, bytes]:
    if form == FORM_PRESS:
        return kinds.PRESS, b"", b""
    if form == FORM_START:
        return kinds.START, b"", b""
    if form in (FORM_TAG_SHORT, FORM_TAPS_SHORT):
        kind = kinds.TAG if form == FORM_TAG_SHORT else kinds.TAPS
        return kind, b"", cursor.take(SHORT_BYTES)
    if form not in (FORM_TAG, FORM_OTHER):
        raise ValueError("form %d is not known" % form)
    kind = kinds.TAG if form == FORM_TAG else cursor.unsigned(1)
    length = cursor.unsigned(1)
    if length > record.BODY_BYTES_MAX:
        raise ValueError("body of %d bytes" % length)
    return kind, cursor.take(length), b""


class Check:
    """The check of a packet: over its records as they are on flash, in their order."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256(b"")

    def add(self, raw: bytes | bytearray | memoryview) -> None:
        """One more record."""
        self._sum.update(raw)

    def first(self, count: int) -> bytes:
        """First bytes of SHA-256. Call it once, at the end (MicroPython's digest ends the sum)."""
        return self._sum.digest()[:count]


# Body of NEWS: check, low 16 bits of the reference's seq, entries.
# Body of NEWS_WHOLE: check, seq of the first (u24), entries.
# Body of ARRIVALS: check (4 bytes), low 16 bits of the reference's seq, arrivals.


def unpack(body: bytes, reference: record.Record | None, is_whole: bool) -> list[Entry]:
    """The entries of a body; reference: the record that NEWS names. Raises ValueError."""
    cursor = packet.Cursor(body, CHECK_BYTES)
    first_seq = cursor.unsigned(3 if is_whole else 2)
    before = None if is_whole else reference
    if before is None and not is_whole:
        raise ValueError("the reference is missing")
    entries: list[Entry] = []
    while cursor.more():
        entry = take_entry(cursor, before, first_seq)
        before = entry.row
        entries.append(entry)
    if not entries:
        raise ValueError("no records")
    return entries


def unpack_arrivals(body: bytes, reference: record.Record) -> list[Entry]:
    """The entries of ARRIVALS behind the record that it names. Raises ValueError."""
    cursor = packet.Cursor(body, ARRIVALS_CHECK_BYTES + 2)
    before = reference
    entries: list[Entry] = []
    step = 0
    while cursor.more():
        time_ms = cursor.varint()
        if time_ms == NEXT_EPOCH:
            step += 1
            continue
        if time_ms != AN_ENTRY:
            entry = _take_arrival(cursor, before, time_ms, step)
        elif step == 0:
            entry = take_entry(cursor, before, 0)
        else:
            raise ValueError("an entry tells its epoch itself")
        step = 0
        before = entry.row
        entries.append(entry)
    if not entries:
        raise ValueError("no records")
    return entries


def _take_arrival(
    cursor: packet.Cursor, before: record.Record, time_ms: int, epoch_step: int
) -> Entry:
    seq, uptime_ms = before.seq + 1, before.uptime_ms + time_ms
    place = cursor.varint()
    utc_ms = _told_utc_ms(before, uptime_ms, cursor.signed() if place & 1 else 0)
    _check_ranges(seq, uptime_ms, utc_ms)
    row = record.Record(kinds.TAG, seq, before.boot, uptime_ms, utc_ms, before.quality, b"")
    return Entry(row, -1, b"", place >> 1, epoch_step)
