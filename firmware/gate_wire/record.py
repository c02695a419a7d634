"""The observation record: the same bytes on flash, on the cable and in the host's store.

A record is 32, 48 or 64 bytes: a fixed head, a body padded with zeros, a chained tag and
a CRC-32. FORMAT.md ("Observation record") is the specification.
"""

import binascii
import struct

UNIT_BYTES = 16  # some NOR parts allow one program per 16-byte unit: a record is whole units
HEAD = "<BBHIIIB"
HEAD_BYTES = 17
TAG_BYTES = 4
CRC_BYTES = 4
FIXED_BYTES = HEAD_BYTES + TAG_BYTES + CRC_BYTES
RECORD_BYTES_MIN = 32
RECORD_BYTES_MAX = 64
BODY_BYTES_MAX = RECORD_BYTES_MAX - FIXED_BYTES
LOG_ID_BYTES = 8

MARK = 0x80  # the first byte is MARK | body length: never 0xFF (blank) nor 0x00 (voided)
SEQ_MAX = 0xFFFFFF
BOOT_MAX = 0xFFFF
UPTIME_MS_MAX = 0xFFFFFFFF
UTC_UNKNOWN = 0xFFFFFFFFFF
EPOCH_2020_UNIX_S = 1577836800  # UTC in records counts milliseconds from 2020-01-01T00:00:00Z


class Record:
    """One observation as it was written.

    seq: number in its log from 0. boot: number of the station's start. uptime_ms: ms since
    that start. utc_ms: ms since 2020-01-01 UTC or UTC_UNKNOWN. quality: bits of kinds.py.
    body: bytes without padding. tag: 4 bytes of the chain.
    """

    def __init__(
        self,
        kind: int,
        seq: int,
        boot: int,
        uptime_ms: int,
        utc_ms: int,
        quality: int,
        body: bytes,
        tag: bytes = b"\0\0\0\0",
    ) -> None:
        self.kind = kind
        self.seq = seq
        self.boot = boot
        self.uptime_ms = uptime_ms
        self.utc_ms = utc_ms
        self.quality = quality
        self.body = body
        self.tag = tag

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.seq, self.kind, self.boot, self.uptime_ms, self.tag))


def record_bytes(body_bytes: int) -> int:
    """Length of the record that carries a body of this length, in bytes."""
    units = (FIXED_BYTES + body_bytes + UNIT_BYTES - 1) // UNIT_BYTES
    return units * UNIT_BYTES


def _check_range(name: str, value: int, value_max: int) -> None:
    # struct.pack truncates silently on MicroPython, so every field is checked first.
    if not 0 <= value <= value_max:
        raise ValueError("%s %d is not in 0..%d" % (name, value, value_max))


def pack_into(out: bytearray, offset: int, record: Record, log_id: bytes) -> int:
    """Write the record into out at offset; returns its length in bytes.

    The tag is taken from the record: chain.tag() makes it over the bytes before it.
    Raises ValueError when a field is out of range or the body is too long.
    """
    body = record.body
    _check_range("body length", len(body), BODY_BYTES_MAX)
    _check_range("kind", record.kind, 0xFF)
    _check_range("boot", record.boot, BOOT_MAX)
    _check_range("seq", record.seq, SEQ_MAX)
    _check_range("quality", record.quality, 0xFF)
    _check_range("uptime_ms", record.uptime_ms, UPTIME_MS_MAX)
    _check_range("utc_ms", record.utc_ms, UTC_UNKNOWN)
    length = record_bytes(len(body))
    struct.pack_into(
        HEAD,
        out,
        offset,
        MARK | len(body),
        record.kind,
        record.boot,
        record.seq | record.quality << 24,
        record.uptime_ms,
        record.utc_ms & 0xFFFFFFFF,
        record.utc_ms >> 32,
    )
    body_at = offset + HEAD_BYTES
    tag_at = offset + length - CRC_BYTES - TAG_BYTES
    for at in range(body_at + len(body), tag_at):
        out[at] = 0
    out[body_at : body_at + len(body)] = body
    out[tag_at : tag_at + TAG_BYTES] = record.tag
    seal(out, offset, length, log_id)
    return length


def seal(out: bytearray, offset: int, length: int, log_id: bytes) -> None:
    """Write the CRC over everything before it, after the tag was put in."""
    crc_at = offset + length - CRC_BYTES
    crc = binascii.crc32(memoryview(out)[offset:crc_at], binascii.crc32(log_id))
    struct.pack_into("<I", out, crc_at, crc)


def pack(record: Record, log_id: bytes) -> bytes:
    """The record as bytes (see pack_into)."""
    out = bytearray(record_bytes(len(record.body)))
    pack_into(out, 0, record, log_id)
    return bytes(out)


def length_at(buf: bytes | bytearray | memoryview, offset: int) -> int:
    """Length in bytes of the record that seems to start here, 0 if none can start here.

    Looks at the first byte alone; check() tells whether it is whole.
    """
    if offset >= len(buf):
        return 0
    first = buf[offset]
    if first & MARK == 0 or first & 0x7F > BODY_BYTES_MAX:
        return 0
    length = record_bytes(first & 0x7F)
    return length if offset + length <= len(buf) else 0


def check(buf: bytes | bytearray | memoryview, offset: int, log_id: bytes) -> int:
    """Length in bytes of the whole, undamaged record at offset; 0 if there is none.

    The CRC starts from the log id: a record of another log does not pass.
    """
    length = length_at(buf, offset)
    if length == 0:
        return 0
    crc_at = offset + length - CRC_BYTES
    crc = binascii.crc32(memoryview(buf)[offset:crc_at], binascii.crc32(log_id))
    return length if struct.unpack_from("<I", buf, crc_at)[0] == crc else 0


def seq_at(buf: bytes | bytearray | memoryview, offset: int) -> int:
    """The number of the record at offset, and nothing else of it: quick on the board."""
    seq_quality: int = struct.unpack_from("<I", buf, offset + 4)[0]
    return seq_quality & SEQ_MAX


def unpack(buf: bytes | bytearray | memoryview, offset: int = 0) -> Record:
    """The record at offset. Call check() first: nothing is verified here."""
    first, kind, boot, seq_quality, uptime_ms, utc_low, utc_high = struct.unpack_from(
        HEAD, buf, offset
    )
    body_length = first & 0x7F
    body_at = offset + HEAD_BYTES
    tag_at = offset + record_bytes(body_length) - CRC_BYTES - TAG_BYTES
    return Record(
        kind,
        seq_quality & SEQ_MAX,
        boot,
        uptime_ms,
        utc_low | utc_high << 32,
        seq_quality >> 24,
        bytes(buf[body_at : body_at + body_length]),
        bytes(buf[tag_at : tag_at + TAG_BYTES]),
    )
