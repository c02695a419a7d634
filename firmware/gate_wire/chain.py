"""Evidence: the chained tag of every record, and the key that only moves forward.

FORMAT.md ("Chain of evidence") is the specification. HMAC is RFC 2104 over SHA-256.
"""

import hashlib

KEY_BYTES = 16
TAG_BYTES = 4
TAG_ZERO = b"\0\0\0\0"  # stands before the first record of a log
EPOCH_KEYLESS = 0xFFFF  # epoch in a mark: damage took the key, the tags are made with KEY_ZERO
KEY_ZERO = bytes(KEY_BYTES)
_BLOCK_BYTES = 64  # of SHA-256


class Keyed:
    """HMAC-SHA256 (RFC 2104) under one key: its two pads are made once, not with every record.

    key: up to 64 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._inner = bytearray(b"\x36" * _BLOCK_BYTES)
        self._outer = bytearray(b"\x5c" * _BLOCK_BYTES)
        for at in range(len(key)):
            self._inner[at] ^= key[at]
            self._outer[at] ^= key[at]

    def hmac(self, first: bytes, second: bytes | bytearray | memoryview) -> bytes:
        """HMAC over first followed by second, 32 bytes.

        hashlib has no copy() on MicroPython, so both pads are hashed each time: four
        compressions for a record, and two hash objects on the heap that the collector takes.
        """
        digest = hashlib.sha256(self._inner)
        digest.update(first)
        digest.update(second)
        result = hashlib.sha256(self._outer)
        result.update(digest.digest())
        return result.digest()

    def tag(self, tag_before: bytes, sealed: bytes | bytearray | memoryview) -> bytes:
        """The tag of a record: see tag()."""
        return self.hmac(tag_before, sealed)[:TAG_BYTES]


def hmac_sha256(key: bytes, message: bytes | bytearray | memoryview) -> bytes:
    """HMAC-SHA256 (RFC 2104), 32 bytes; keys up to 64 bytes."""
    return Keyed(key).hmac(b"", message)


def next_key(key: bytes) -> bytes:
    """The key of the next epoch. There is no way back: SHA-256 is one way."""
    return hashlib.sha256(b"yellow gate next key" + key).digest()[:KEY_BYTES]


def tag(key: bytes, tag_before: bytes, sealed: bytes | bytearray | memoryview) -> bytes:
    """The tag of a record: 4 bytes of HMAC over the tag before it and its bytes up to its tag."""
    message = bytearray(tag_before)
    message.extend(sealed)
    return hmac_sha256(key, message)[:TAG_BYTES]
