"""Which tags are on the roster: so that an unknown one sounds different at the gate.

Four bytes of each UID's CRC-32 are kept: 200 runners in 800 bytes. Two tags with the same four
bytes only mean that an unknown tag may sound like a known one: a chance of 1 in 20 million.
"""

import binascii
import struct

TAGS_MAX = 1000
_KEY_BYTES = 4


class Roster:
    """The known tags. Empty: no roster was told, and every tag is welcome."""

    def __init__(self) -> None:
        self._keys = bytearray()

    def __len__(self) -> int:
        return len(self._keys) // _KEY_BYTES

    def clear(self) -> None:
        """Forget all."""
        self._keys = bytearray()

    def add(self, uid: bytes) -> None:
        """A tag of the roster; beyond TAGS_MAX it is not remembered."""
        if len(self) < TAGS_MAX and not self._has(uid):
            self._keys.extend(_key(uid))

    def knows(self, uid: bytes) -> bool:
        """Is it on the roster (or is there no roster)?"""
        return not self._keys or self._has(uid)

    def load(self, payload: bytes) -> bool:
        """Take a KNOWN_TAGS message: a byte (1: forget the tags before), then UIDs, each after
        its length. False, and nothing changed, when it is malformed.
        """
        uids: list[bytes] = []
        at = 1
        while at < len(payload):
            end = at + 1 + payload[at]
            if payload[at] == 0 or end > len(payload):
                return False
            uids.append(payload[at + 1 : end])
            at = end
        if not payload:
            return False
        if payload[0] & 1:
            self.clear()
        for uid in uids:
            self.add(uid)
        return True

    def _has(self, uid: bytes) -> bool:
        key = _key(uid)
        at = self._keys.find(key)
        while at >= 0:
            if at % _KEY_BYTES == 0:
                return True
            at = self._keys.find(key, at + 1)
        return False


def _key(uid: bytes) -> bytes:
    return struct.pack("<I", binascii.crc32(uid))
