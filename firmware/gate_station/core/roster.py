"""Which tags are on the roster: so that an unknown one sounds different at the gate, and so that
by radio its place in the roster stands for a tag.

Four bytes of each UID's CRC-32 are kept: 200 runners in 800 bytes. Two tags with the same four
bytes only mean that an unknown tag may sound like a known one: a chance of 1 in 20 million.
"""

import binascii
import struct

TAGS_MAX = 1000
_KEY_BYTES = 4


class Roster:
    """The known tags, in the order told. Empty: no roster was told, and every tag is welcome.

    is_shared: as far as this station knows, the host finds the same tag at the same place.
    """

    def __init__(self) -> None:
        self.is_shared = False
        self._keys = bytearray()

    def __len__(self) -> int:
        return len(self._keys) // _KEY_BYTES

    def clear(self) -> None:
        """Forget all."""
        self._keys = bytearray()

    def add(self, uid: bytes) -> None:
        """A tag of the roster; beyond TAGS_MAX it is not remembered."""
        if len(self) < TAGS_MAX and self.place(uid) < 0:
            self._keys.extend(_key(uid))

    def knows(self, uid: bytes) -> bool:
        """Is it on the roster (or is there no roster)?"""
        return not self._keys or self.place(uid) >= 0

    def place(self, uid: bytes) -> int:
        """Where it stands in the roster, from 0; -1 when it does not."""
        key = _key(uid)
        at = self._keys.find(key)
        while at >= 0:
            if at % _KEY_BYTES == 0:
                return at // _KEY_BYTES
            at = self._keys.find(key, at + 1)
        return -1

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
        self.is_shared = True
        return True


def _key(uid: bytes) -> bytes:
    return struct.pack("<I", binascii.crc32(uid))
