"""Radio packets: header, counter, MAC and the five kinds. FORMAT.md ("Radio packets").

The first four bytes are RadioHead's header, which the Adafruit driver and the SX1276 libraries
of other worlds expect. Everything but the count of hops is under the MAC.
"""

import struct

from gate_wire import chain

HEADER_BYTES = 4
COUNTER_BYTES = 3
MAC_BYTES = 4
BODY_AT = HEADER_BYTES + COUNTER_BYTES
FIXED_BYTES = BODY_AT + MAC_BYTES
PACKET_BYTES_MAX = 255  # of LoRa, RadioHead's header included
KEY_BYTES = 16

BASE_ADDRESS = 0xFE  # the laptop, through whichever base
STATION_ADDRESS_MAX = 0xFD

NEWS = 1  # records after one that the host has
NEWS_WHOLE = 2  # records that need nothing the host may lack
BEAT = 3  # heartbeat: tip of the log and health
ANSWER = 4  # from the base: what the host durably has
ARRIVALS = 5  # NEWS in which a tag that follows on is named by its place in the roster

KIND_MASK = 0x0F
HOPS_SHIFT = 4
HOPS_MASK = 0x30
HOPS_MAX = 3

SESSION_MAX = 0xFFFF
NUMBER_MAX = 0xFFFFFF


def station_key(race_key: bytes, station_id: int) -> bytes:
    """The 16-byte key of a station in a race: what goes into its configuration over USB."""
    message = b"yellow gate station" + struct.pack("<H", station_id)
    return chain.hmac_sha256(race_key, message)[:KEY_BYTES]


def air_key(key_of_station: bytes, log_id: bytes) -> bytes:
    """The 16-byte key of the MAC: another with each log, so that a new log may count anew."""
    return chain.hmac_sha256(key_of_station, b"yellow gate radio" + log_id)[:KEY_BYTES]


class Packet:
    """A packet taken apart; nothing is verified.

    to, sender: addresses. session_low: low byte of the session. number: within the session.
    hops: how often it was relayed. body: bytes between counter and MAC.
    """

    def __init__(
        self,
        to: int,
        sender: int,
        kind: int,
        hops: int,
        session_low: int,
        number: int,
        body: bytes,
    ) -> None:
        self.to = to
        self.sender = sender
        self.kind = kind
        self.hops = hops
        self.session_low = session_low
        self.number = number
        self.body = body


def mac(packet: bytes | bytearray | memoryview, body_end: int, session: int, key: bytes) -> bytes:
    """4 bytes: HMAC-SHA256 over the session (u16) and the packet up to body_end, hops as 0."""
    message = bytearray(struct.pack("<H", session))
    message.extend(packet[:body_end])
    message[5] &= KIND_MASK
    return chain.hmac_sha256(key, message)[:MAC_BYTES]


def seal(
    to: int, sender: int, kind: int, session: int, number: int, body: bytes, key: bytes
) -> bytes:
    """The packet. Raises ValueError when it would be too long or a number is out of range."""
    if len(body) > PACKET_BYTES_MAX - FIXED_BYTES:
        raise ValueError("packet body of %d bytes" % len(body))
    if not 0 <= session <= SESSION_MAX or not 0 <= number <= NUMBER_MAX:
        raise ValueError("session %d or number %d out of range" % (session, number))
    packet = bytearray(
        (to, sender, number & 0xFF, kind, session & 0xFF, number >> 8 & 0xFF, number >> 16)
    )
    packet.extend(body)
    packet.extend(mac(packet, len(packet), session, key))
    return bytes(packet)


def parse(packet: bytes | bytearray | memoryview) -> Packet | None:
    """The parts of a packet; None when it is too short, too long or of no kind of ours."""
    if not FIXED_BYTES <= len(packet) <= PACKET_BYTES_MAX:
        return None
    kind = packet[3] & KIND_MASK
    if not NEWS <= kind <= ARRIVALS or packet[3] & ~(KIND_MASK | HOPS_MASK) & 0xFF:
        return None
    number = packet[2] | packet[5] << 8 | packet[6] << 16
    body = bytes(packet[BODY_AT : len(packet) - MAC_BYTES])
    return Packet(packet[0], packet[1], kind, packet[3] >> HOPS_SHIFT, packet[4], number, body)


def verify(packet: bytes | bytearray | memoryview, session: int, key: bytes) -> bool:
    """Is the MAC right for this session and key? The packet was parsed before."""
    end = len(packet) - MAC_BYTES
    if packet[4] != session & 0xFF:
        return False
    right = mac(packet, end, session, key)
    differing = 0
    for at in range(MAC_BYTES):
        differing |= right[at] ^ packet[end + at]
    return differing == 0


def hopped(packet: bytes | bytearray | memoryview) -> bytes:
    """The same packet, relayed once more. The count of hops is not under the MAC."""
    copy = bytearray(packet)
    copy[3] += 1 << HOPS_SHIFT
    return bytes(copy)


# Numbers of variable length: 7 bits a byte, lowest first, 0x80: more follow (LEB128).

VARINT_BYTES_MAX = 6


def put_varint(out: bytearray, value: int) -> None:
    """Append an unsigned number."""
    while value > 0x7F:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    out.append(value)


def put_signed(out: bytearray, value: int) -> None:
    """Append a signed number: 0, -1, 1, -2, 2 ... as 0, 1, 2, 3, 4 ... (zigzag)."""
    put_varint(out, value * 2 if value >= 0 else -value * 2 - 1)


class Cursor:
    """Reads a body from front to end. Raises ValueError when it is too short or overlong."""

    def __init__(self, body: bytes | bytearray | memoryview, at: int = 0) -> None:
        self.body = body
        self.at = at

    def more(self) -> bool:
        """Is anything left?"""
        return self.at < len(self.body)

    def take(self, count: int) -> bytes:
        """The next bytes."""
        end = self.at + count
        if end > len(self.body):
            raise ValueError("body is too short")
        part = bytes(self.body[self.at : end])
        self.at = end
        return part

    def unsigned(self, count: int) -> int:
        """A little-endian number of so many bytes."""
        value = 0
        for byte in reversed(self.take(count)):
            value = value << 8 | byte
        return value

    def varint(self) -> int:
        """An unsigned number of variable length."""
        value = 0
        for at in range(VARINT_BYTES_MAX):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * at)
            if byte < 0x80:
                return value
        raise ValueError("number is too long")

    def signed(self) -> int:
        """A signed number of variable length."""
        value = self.varint()
        return -(value + 1 >> 1) if value & 1 else value >> 1


# Heartbeat

_BEAT = "<B3s4sBbBB"
BEAT_BYTES = 12
BATTERY_STEP_MV = 20
FILL_STEP_PERMILLE = 4
ASK_STATUS = 0x01  # what has the host?
ASK_TIME = 0x02  # the station's clock needs a pair


class Beat:
    """Tip of the log and health. asks: ASK_ bits. backlog: records not yet acknowledged, held
    at 255 on air. battery_mv in steps of 20, fill_permille in steps of 4.
    """

    def __init__(
        self,
        next_seq: int,
        tip_tag: bytes,
        battery_mv: int,
        temperature_c: int,
        fill_permille: int,
        backlog: int,
        asks: int,
    ) -> None:
        self.next_seq = next_seq
        self.tip_tag = tip_tag
        self.battery_mv = battery_mv
        self.temperature_c = temperature_c
        self.fill_permille = fill_permille
        self.backlog = backlog
        self.asks = asks


def pack_beat(beat: Beat, session: int) -> bytes:
    """13 bytes: the high byte of the session, and the beat."""
    return bytes((session >> 8,)) + struct.pack(
        _BEAT,
        beat.asks,
        struct.pack("<I", beat.next_seq)[:3],
        beat.tip_tag,
        min(beat.battery_mv // BATTERY_STEP_MV, 0xFF),
        max(-128, min(127, beat.temperature_c)),
        min(beat.fill_permille // FILL_STEP_PERMILLE, 0xFF),
        min(beat.backlog, 0xFF),
    )


def unpack_beat(body: bytes) -> Beat | None:
    """None when the body is not of the right length."""
    if len(body) != 1 + BEAT_BYTES:
        return None
    asks, next_seq, tag, battery, temperature, fill, backlog = struct.unpack_from(_BEAT, body, 1)
    return Beat(
        next_seq[0] | next_seq[1] << 8 | next_seq[2] << 16,
        tag,
        battery * BATTERY_STEP_MV,
        temperature,
        fill * FILL_STEP_PERMILLE,
        backlog,
        asks,
    )


# Answer

SAYS_TIME = 0x01  # TIME_BYTES follow
SAYS_ALL = 0x02  # below the last gap listed the host has everything
SAYS_WHOLE = 0x04  # something could not be rebuilt: send NEWS_WHOLE
SAYS_TAGS = 0x08  # the station's roster is not known here: send whole UIDs from now on
TIME_BYTES = 10
BOUND_MS_MAX = 0xFF  # whose clock is known no better says no time


class Answer:
    """What the host durably has of one log, when it answered.

    top: the host has nothing from here on. runs: lengths from top downwards, in turn of numbers
    that it has and that it lacks (the first may be 0). all_below: below them it has everything;
    else it says nothing of them. whole, tags: what was in the packet could not be rebuilt, and
    how it is to be told again (SAYS_WHOLE, SAYS_TAGS). utc_ms: when the base had received the
    packet that is answered, ms since 2020, or None; bound_ms: its error; reference_id: whose
    clock says so.
    """

    def __init__(
        self,
        top: int,
        runs: list[int],
        all_below: bool,
        whole: bool = False,
        utc_ms: int | None = None,
        bound_ms: int = 0,
        reference_id: int = 0,
        tags: bool = False,
    ) -> None:
        self.top = top
        self.runs = runs
        self.all_below = all_below
        self.whole = whole
        self.tags = tags
        self.utc_ms = utc_ms
        self.bound_ms = bound_ms
        self.reference_id = reference_id


def pack_answer(answer: Answer) -> bytes:
    """4 bytes at least; TIME_BYTES more with time; 1 to 3 for each run. Raises ValueError for a
    bound above BOUND_MS_MAX.
    """
    if answer.utc_ms is not None and answer.bound_ms > BOUND_MS_MAX:
        raise ValueError("bound of %d ms" % answer.bound_ms)
    flags = (SAYS_ALL if answer.all_below else 0) | (SAYS_WHOLE if answer.whole else 0)
    flags |= SAYS_TAGS if answer.tags else 0
    out = bytearray(1)
    out.extend(struct.pack("<I", answer.top)[:3])
    if answer.utc_ms is not None:
        flags |= SAYS_TIME
        low = answer.utc_ms & 0xFFFFFFFF
        high = answer.utc_ms >> 32
        out.extend(struct.pack("<IBBI", low, high, answer.bound_ms, answer.reference_id))
    out[0] = flags
    for run in answer.runs:
        put_varint(out, run)
    return bytes(out)


def unpack_answer(body: bytes) -> Answer | None:
    """None when it makes no sense."""
    cursor = Cursor(body)
    try:
        flags = cursor.unsigned(1)
        top = cursor.unsigned(3)
        utc_ms = cursor.unsigned(5) if flags & SAYS_TIME else None
        bound_ms = cursor.unsigned(1) if flags & SAYS_TIME else 0
        reference_id = cursor.unsigned(4) if flags & SAYS_TIME else 0
        runs: list[int] = []
        while cursor.more():
            runs.append(cursor.varint())
    except ValueError:
        return None
    if sum(runs) > top:
        return None
    is_all, is_whole = flags & SAYS_ALL != 0, flags & SAYS_WHOLE != 0
    is_tags = flags & SAYS_TAGS != 0
    return Answer(top, runs, is_all, is_whole, utc_ms, bound_ms, reference_id, is_tags)
