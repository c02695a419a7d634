"""Evidence: the chained tag of every record, and the key that only moves forward.

FORMAT.md ("Chain of evidence") is the specification. HMAC is RFC 2104 over SHA-256.
"""

import hashlib

KEY_BYTES = 16
TAG_BYTES = 4
TAG_ZERO = b"\0\0\0\0"  # stands before the first record of a log
_BLOCK_BYTES = 64  # of SHA-256


def hmac_sha256(key: bytes, message: bytes | bytearray | memoryview) -> bytes:
    """HMAC-SHA256 (RFC 2104), 32 bytes; keys up to 64 bytes."""
    inner = bytearray(_BLOCK_BYTES)
    outer = bytearray(_BLOCK_BYTES)
    for at in range(_BLOCK_BYTES):
        byte = key[at] if at < len(key) else 0
        inner[at] = byte ^ 0x36
        outer[at] = byte ^ 0x5C
    digest = hashlib.sha256(inner)
    digest.update(message)
    result = hashlib.sha256(outer)
    result.update(digest.digest())
    return result.digest()


def next_key(key: bytes) -> bytes:
    """The key of the next epoch. There is no way back: SHA-256 is one way."""
    return hashlib.sha256(b"yellow gate next key" + key).digest()[:KEY_BYTES]


def key_of_epoch(first_key: bytes, epoch: int) -> bytes:
    """The key of an epoch, from the key that was handed over at provisioning (epoch 0)."""
    key = first_key
    for _ in range(epoch):
        key = next_key(key)
    return key


def tag(key: bytes, tag_before: bytes, sealed: bytes | bytearray | memoryview) -> bytes:
    """The tag of a record: 4 bytes of HMAC over the tag before it and its bytes up to its tag."""
    message = bytearray(tag_before)
    message.extend(sealed)
    return hmac_sha256(key, message)[:TAG_BYTES]
