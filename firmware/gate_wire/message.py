"""The messages between host and station: what is in a frame of each kind.

FORMAT.md ("Messages") is the specification. The host asks, the station answers with the same
reference number; reference 0 is news that nobody asked for. unpack functions return None for
a payload that is not of the right form, and never raise.
"""

import struct

WIRE_VERSION = 1

# Asked by the host.
HELLO = 0x01
READ = 0x02
TIME = 0x04
PAIR = 0x05
SET_CLOCK = 0x06
TAIL = 0x07
HEALTH = 0x08
DOCTOR = 0x09
NEW_LOG = 0x0A
REPL = 0x0B
IDENTIFY = 0x0C
KNOWN_TAGS = 0x0D
CHALLENGE = 0x0E
RADIO_OUT = 0x20

# Answered by the station.
OK = 0x80
WELCOME = 0x81
RECORDS = 0x82
READ_END = 0x83
TIME_IS = 0x84
STORED = 0x85
HEALTH_IS = 0x88
DOCTOR_IS = 0x89
CHALLENGE_IS = 0x8E
RADIO_IN = 0x90
ERROR = 0xFF

REFERENCE_NEWS = 0

# Why a station says no (ERROR, code).
ERROR_UNKNOWN = 1
ERROR_FORM = 2
ERROR_LOG_FULL = 3
ERROR_FLASH = 4
ERROR_NOT_CONFIRMED = 5
ERROR_NO_PART = 6
ERROR_NO_PERMISSION = 7
ERROR_TOO_OFTEN = 8

UTC_US_UNKNOWN = 0xFFFFFFFFFFFFFFFF

_WELCOME = "<BBH8sIHHBBBI4sIH8s"
_RECORDS = "<II"
RECORDS_HEAD_BYTES = 8
_READ = "<IH"
_READ_END = "<II4s"
_TIME_IS = "<QQB"
_NEW_LOG = "<8sI8s16s"
_RADIO_IN = "<Qhb"
RADIO_IN_HEAD_BYTES = 11


class Welcome:
    """What a station says of itself: a payload that is long enough, and the name at its end.
    next_seq: the number its next record will get.
    """

    wire: int
    role: int
    station_id: int
    log_id: bytes
    generation: int
    boot: int
    parts: int
    version: "tuple[int, int, int]"
    next_seq: int
    tip_tag: bytes
    uptime_ms: int
    fill_permille: int
    unique_id: bytes

    def __init__(self, payload: bytes, name: str) -> None:
        fields = struct.unpack_from(_WELCOME, payload, 0)
        self.wire, self.role, self.station_id, self.log_id = fields[:4]
        self.generation, self.boot, self.parts = fields[4:7]
        self.version = (fields[7], fields[8], fields[9])
        self.next_seq, self.tip_tag, self.uptime_ms = fields[10:13]
        self.fill_permille, self.unique_id = fields[13:]
        self.name = name


def pack_welcome(fields: "tuple[int | bytes, ...]", name: str) -> bytes:
    """45 bytes and the name in UTF-8. fields: those of Welcome in their order, the version as three
    numbers.
    """
    return struct.pack(_WELCOME, *fields) + name.encode()


def wire_version(payload: bytes) -> int:
    """The wire version in a HELLO or WELCOME: its first byte in every version; -1 if empty."""
    return payload[0] if payload else -1


def unpack_welcome(payload: bytes) -> Welcome | None:
    """None when the payload is too short or speaks another wire version."""
    size = struct.calcsize(_WELCOME)
    if len(payload) < size or payload[0] != WIRE_VERSION:
        return None
    try:
        name = payload[size:].decode()
    except UnicodeError:
        name = ""
    return Welcome(payload, name)


def pack_read(first_seq: int, count: int) -> bytes:
    """Ask for count numbers from first_seq on."""
    return struct.pack(_READ, first_seq, count)


def unpack_read(payload: bytes) -> tuple[int, int] | None:
    """(first seq, count)."""
    if len(payload) != struct.calcsize(_READ):
        return None
    first_seq, count = struct.unpack(_READ, payload)
    return first_seq, count


def pack_records_head_into(payload: memoryview, first_seq: int, next_seq: int) -> None:
    """The head of RECORDS; whole records follow it.

    The frame speaks for all numbers from first_seq up to and without next_seq: one that is not in
    it is lost on the station.
    """
    struct.pack_into(_RECORDS, payload, 0, first_seq, next_seq)


def unpack_records_head(payload: bytes) -> tuple[int, int] | None:
    """(first seq, next seq); the records start at RECORDS_HEAD_BYTES."""
    if len(payload) < RECORDS_HEAD_BYTES:
        return None
    first_seq, next_seq = struct.unpack_from(_RECORDS, payload, 0)
    return first_seq, next_seq


def pack_read_end(next_seq: int, log_next_seq: int, tip_tag: bytes) -> bytes:
    """End of an answer to READ: where to go on asking, and the tip of the log."""
    return struct.pack(_READ_END, next_seq, log_next_seq, tip_tag)


def unpack_read_end(payload: bytes) -> tuple[int, int, bytes] | None:
    """(next seq to ask, next seq of the log, tag of its last record)."""
    if len(payload) != struct.calcsize(_READ_END):
        return None
    next_seq, log_next_seq, tip_tag = struct.unpack(_READ_END, payload)
    return next_seq, log_next_seq, tip_tag


def pack_time_is(uptime_us: int, utc_us: int, quality: int) -> bytes:
    """Station time when the question was read. utc_us counts from 2020, or UTC_US_UNKNOWN."""
    return struct.pack(_TIME_IS, uptime_us, utc_us, quality)


def unpack_time_is(payload: bytes) -> tuple[int, int, int] | None:
    """(uptime_us, utc_us, quality)."""
    if len(payload) != struct.calcsize(_TIME_IS):
        return None
    uptime_us, utc_us, quality = struct.unpack(_TIME_IS, payload)
    return uptime_us, utc_us, quality


def pack_stored(seq: int) -> bytes:
    """The number of the record that a request made."""
    return struct.pack("<I", seq)


def unpack_stored(payload: bytes) -> int | None:
    """The number of the record."""
    if len(payload) != 4:
        return None
    seq: int = struct.unpack("<I", payload)[0]
    return seq


def pack_new_log(log_id: bytes, next_seq: int, new_log_id: bytes, new_key: bytes) -> bytes:
    """Begin a new log. log_id and next_seq name the one that is given up: the host has it all."""
    return struct.pack(_NEW_LOG, log_id, next_seq, new_log_id, new_key)


def unpack_new_log(payload: bytes) -> tuple[bytes, int, bytes, bytes] | None:
    """(log id, next seq, new log id, new first key)."""
    if len(payload) != struct.calcsize(_NEW_LOG):
        return None
    log_id, next_seq, new_log_id, new_key = struct.unpack(_NEW_LOG, payload)
    return log_id, next_seq, new_log_id, new_key


def pack_error(code: int, text: str) -> bytes:
    """Why not, as a number and as one line in English."""
    return bytes((code,)) + text.encode()


def unpack_error(payload: bytes) -> tuple[int, str]:
    """(code, text); rubbish gives ERROR_UNKNOWN and an empty text."""
    if not payload:
        return ERROR_UNKNOWN, ""
    try:
        return payload[0], payload[1:].decode()
    except UnicodeError:
        return payload[0], ""


def pack_radio_in(uptime_us: int, rssi_dbm: int, snr_db: int, packet: bytes) -> bytes:
    """A packet that a base heard, with the base's time of its end."""
    return struct.pack(_RADIO_IN, uptime_us, rssi_dbm, snr_db) + packet


def unpack_radio_in(payload: bytes) -> tuple[int, int, int, bytes] | None:
    """(uptime_us, RSSI dBm, SNR dB, packet)."""
    if len(payload) < RADIO_IN_HEAD_BYTES:
        return None
    uptime_us, rssi_dbm, snr_db = struct.unpack_from(_RADIO_IN, payload, 0)
    return uptime_us, rssi_dbm, snr_db, payload[RADIO_IN_HEAD_BYTES:]
