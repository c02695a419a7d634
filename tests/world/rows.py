"""Records as they are found, without help from what reads them elsewhere; and whose each is."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from gate_wire import kinds, record
from parts import Part
from truth import Touch, Truth
from yellowgate.records import TOUCHES


@dataclass(frozen=True)
class Row:
    """A record, wherever it was found."""

    log_id: str
    seq: int
    raw: bytes
    kind: int
    uid: str

    @property
    def is_touch(self) -> bool:
        return self.kind in TOUCHES


def row_of(log_id: str, raw: bytes) -> Row:
    """Of the bytes of a whole record."""
    seen = record.unpack(raw)
    uid = seen.body.hex() if seen.kind in (kinds.TAG, kinds.TAPS) else ""
    return Row(log_id, seen.seq, raw, seen.kind, uid)


def in_flash(image: bytes, log_id: str) -> list[Row]:
    """The whole records of a log in an image of the flash."""
    seed = binascii.crc32(bytes.fromhex(log_id))
    found: list[Row] = []
    for at in range(0, len(image), 16):
        length = image[at] & 0x7F
        if not image[at] & 0x80 or length > record.BODY_BYTES_MAX:
            continue
        end = at + (record.FIXED_BYTES + length + 15) // 16 * 16
        crc = struct.unpack("<I", image[end - 4 : end])[0] if end <= len(image) else -1
        if binascii.crc32(image[at : end - 4], seed) == crc:
            found.append(row_of(log_id, image[at:end]))
    return found


class Whose:
    """Which record is of which touch, as the station told when it acknowledged it. of: by id() of
    the touch; None: there is none. unsure: touches that nobody answered, of which one is on record.
    """

    def __init__(self, truth: Truth, everywhere: Mapping[str, set[Row]]) -> None:
        self.of: dict[int, Row | None] = {}
        self.unsure: set[int] = set()
        self._parts: dict[int, list[Touch]] = {}
        seqs = {(one.log_id, one.uid, one.at_us): one.seq for one in truth.acks}
        left = {(log_id, row.seq): row for log_id, some in everywhere.items() for row in some}
        for touch in truth.touches:
            self._parts.setdefault(touch.part, []).append(touch)
            seq = seqs.get((touch.log_id, touch.uid, touch.answered_us or 0), -1)
            self.of[id(touch)] = left.pop((touch.log_id, seq), None)
        unowned = {(row.log_id, row.uid) for row in left.values() if row.is_touch}
        for touch in truth.touches:
            if self.of[id(touch)] is None and (touch.log_id, touch.uid) in unowned:
                self.unsure.add(id(touch))

    def of_part(self, part: Part | None) -> tuple[list[tuple[Touch, Row]], bool]:
        """(its touches that are on record, is that sure?)"""
        touches = self._parts.get(part.id, []) if part is not None else []
        found = [(one, row) for one in touches if (row := self.of[id(one)]) is not None]
        return found, bool(found) or not any(id(one) in self.unsure for one in touches)
