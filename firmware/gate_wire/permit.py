"""What a station does only for whoever has the race's key, or a hand on its button; and the bodies
of the records that tell who did something by the cable.

FORMAT.md ("Permission", "Bodies") is the specification. The key itself is never sent.
"""

import struct

from gate_wire import chain

KEY_BYTES = 16
CHALLENGE_BYTES = 16
PROOF_BYTES = 16
NO_PROOF = bytes(PROOF_BYTES)  # from whoever has no key

# Who permitted it (service body, by).
BY_NOBODY = 0  # the station was given no key
BY_KEY = 1
BY_HAND = 2


def cable_key(race_key: bytes, station_id: int) -> bytes:
    """The 16-byte key of a station for its cable: what goes into its configuration."""
    purpose = b"yellow gate cable" + struct.pack("<H", station_id)
    return chain.hmac_sha256(race_key, purpose)[:KEY_BYTES]


def proof(key: bytes, challenge: bytes, log_id: bytes, kind: int, arguments: bytes) -> bytes:
    """That whoever says this has the key of the cable: 16 bytes, for this request alone."""
    said = bytearray(challenge)
    said.extend(log_id)
    said.append(kind)
    said.extend(arguments)
    return chain.hmac_sha256(key, said)[:PROOF_BYTES]


def is_same(one: bytes, other: bytes) -> bool:
    """Compared so that the time it takes does not tell how much of it is right."""
    differing = len(one) ^ len(other)
    for at in range(min(len(one), len(other))):
        differing |= one[at] ^ other[at]
    return differing == 0


def pack_challenge(is_locked: bool, challenge: bytes) -> bytes:
    """Whether the station asks for the race's key, and what to prove it with."""
    return bytes((is_locked,)) + challenge


def unpack_challenge(payload: bytes) -> tuple[bool, bytes] | None:
    """(does it ask for the race's key?, the challenge: 16 bytes)."""
    return (payload[0] != 0, payload[1:]) if len(payload) == 17 else None


SERVICE_BYTES = 2
LAPTOP_NAME_BYTES_MAX = 26  # so that the radio takes it: news.BODY_BYTES_MAX less the number


def pack_service(what: int, by: int) -> bytes:
    """2 bytes. what: the message's kind; by: BY_."""
    return bytes((what, by))


def unpack_service(body: bytes) -> tuple[int, int] | None:
    """(what, by); None when the body is not of the right length."""
    return (body[0], body[1]) if len(body) == SERVICE_BYTES else None


def pack_laptop(reference_id: int, name: bytes) -> bytes:
    """4 bytes and the name. Raises ValueError for a name that is too long, or none."""
    if not 1 <= len(name) <= LAPTOP_NAME_BYTES_MAX:
        raise ValueError("laptop's name of %d bytes" % len(name))
    return struct.pack("<I", reference_id) + name


def unpack_laptop(body: bytes) -> tuple[int, bytes] | None:
    """(reference id, name as it came); None when there is no name."""
    if not 4 < len(body) <= 4 + LAPTOP_NAME_BYTES_MAX:
        return None
    return struct.unpack_from("<I", body, 0)[0], body[4:]
