"""What a station does only for whoever has the race's key, or a hand on its button.

FORMAT.md ("Permission") is the specification. The key itself is never sent.
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
