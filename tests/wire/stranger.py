"""A reader of records, logs and frames as FORMAT.md describes them, written from that page alone.

Standard library only, and nothing of this project: it shares no line and no mistake with the code
that it is held against (test_stranger.py). Names are those of the page. stranger_radio.py reads
packets.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


def number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


# Observation record


class Row(NamedTuple):
    """kind 0: a number that is lost."""

    kind: int
    boot: int
    seq: int
    quality: int
    uptime_ms: int
    utc_ms: int
    body: bytes
    tag: bytes = bytes(4)


def record_at(data: bytes, at: int, log_id: bytes, end: int | None = None) -> bytes:
    """The whole record that begins here, b"" when there is none."""
    if at >= len(data) or not 0x80 <= data[at] <= 0x80 + 39:
        return b""
    size = -(-(17 + (data[at] & 0x7F) + 8) // 16) * 16
    raw = data[at : at + size]
    if len(raw) < size or (end is not None and at + size > end):
        return b""
    return raw if zlib.crc32(log_id + raw[:-4]) == number(raw, size - 4, 4) else b""


def row_of(raw: bytes) -> Row:
    length = raw[0] & 0x7F
    return Row(
        raw[1], number(raw, 2, 2), number(raw, 4, 3), raw[7], number(raw, 8, 4),
        number(raw, 12, 5), raw[17 : 17 + length], raw[-8:-4],
    )  # fmt: skip


def untagged(row: Row) -> bytes:
    """The record's bytes up to its tag."""
    head = bytes((0x80 + len(row.body), row.kind)) + row.boot.to_bytes(2, "little")
    head += row.seq.to_bytes(3, "little") + bytes((row.quality,))
    head += row.uptime_ms.to_bytes(4, "little") + row.utc_ms.to_bytes(5, "little") + row.body
    return head + bytes(-(len(head) + 8) % 16)


def raw_of(row: Row, log_id: bytes) -> bytes:
    raw = untagged(row) + row.tag
    return raw + zlib.crc32(log_id + raw).to_bytes(4, "little")


# Chain of evidence


class Chain:
    """Keys of a log by epoch."""

    def __init__(self, first_key: bytes) -> None:
        self._keys = [first_key]

    def key(self, epoch: int) -> bytes:
        if epoch == 0xFFFF:
            return bytes(16)
        while len(self._keys) <= epoch:
            after = hashlib.sha256(b"yellow gate next key" + self._keys[-1]).digest()
            self._keys.append(after[:16])
        return self._keys[epoch]

    def tag(self, epoch: int, before: bytes, sealed: bytes) -> bytes:
        return hmac.digest(self.key(epoch), before + sealed, "sha256")[:4]

    def epoch_of(self, raw: bytes, before: bytes, present: int) -> int:
        """Under which epoch it follows; -1: under none."""
        for epoch in (*range(present, present + 9), 0xFFFF):
            if self.tag(epoch, before, raw[:-8]) == raw[-8:-4]:
                return epoch
        return -1


class Walk(NamedTuple):
    """Ranges of numbers that the chain vouches were left out; ranges that are missing; numbers of
    records that do not fit.
    """

    left_out: list[tuple[int, int]]
    missing: list[tuple[int, int]]
    misfits: list[int]


def walk(
    raws: Iterable[bytes], first_key: bytes, marks: Iterable[tuple[int, int, bytes]] = ()
) -> Walk:
    """Along the chain."""
    chain = Chain(first_key)
    told = {first: (epoch, tag) for epoch, first, tag in marks}
    left_out: list[tuple[int, int]] = []
    missing: list[tuple[int, int]] = []
    misfits: list[int] = []
    before, expected, present = bytes(4), 0, 0
    for raw in sorted(set(raws), key=lambda raw: number(raw, 4, 3)):
        seq = number(raw, 4, 3)
        epoch = chain.epoch_of(raw, before, present)
        gap = [(expected, seq - 1)] if seq > expected else []
        if epoch >= 0:
            left_out += gap
        else:
            missing += gap
            epoch, before = told.get(seq, (-1, b""))
            if epoch < 0 or chain.tag(epoch, before, raw[:-8]) != raw[-8:-4]:
                epoch = -1
                misfits.append(seq)
        present = max(present, epoch) if epoch != 0xFFFF else present
        before, expected = raw[-8:-4], seq + 1
    return Walk(left_out, missing, misfits)


# Race log on flash


class Image(NamedTuple):
    """Of one log: its whole records, and (epoch, first seq, tag before) of its marks."""

    raws: set[bytes]
    marks: set[tuple[int, int, bytes]]


def read_image(data: bytes) -> dict[bytes, Image]:
    """Every log in a raw image or a copied file, by log id. What no header covers is not read."""
    logs: dict[bytes, Image] = {}
    at = data.find(b"YGATELOG")
    while at >= 0:
        head = data[at : at + 32]
        is_good = len(head) == 32 and head[8] == 1 and zlib.crc32(head[:28]) == number(head, 28, 4)
        if is_good and number(head, 10, 2) < number(head, 12, 2):
            _read_block(data, at - 64, logs.setdefault(head[16:24], Image(set(), set())), head)
        at = data.find(b"YGATELOG", at + 1)
    return logs


def _read_block(data: bytes, base: int, log: Image, head: bytes) -> None:
    log_id = head[16:24]
    mark = data[base + 96 : base + 128]
    crc = zlib.crc32(log_id + mark[:16])
    if len(mark) == 32 and mark[:4] == b"OPEN" and crc == number(mark, 16, 4):
        log.marks.add((number(mark, 4, 2), number(mark, 8, 4), mark[12:16]))
    at = base + 160
    while at < min(base + 4096, len(data)):
        page_end = base + ((at - base) // 256 + 1) * 256
        raw = record_at(data, at, log_id, page_end)
        if raw:
            log.raws.add(raw)
        at += len(raw) or 16


def copied(blocks: Sequence[bytes]) -> bytes:
    """The file that littlefs gives of these blocks: without its pointers."""
    out = b""
    for index, block in enumerate(blocks):
        pointers = (index & -index).bit_length() if index else 0  # ctz + 1
        out += block[4 * pointers :]
    return out


# Frames


def frames(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(kind, reference, payload) of each good frame."""
    for piece in stream.split(b"\0")[:-1]:
        content = _from_cobs(piece) if 0 < len(piece) <= 1035 else b""
        if len(content) >= 6 and zlib.crc32(content[:-4]) == number(content, len(content) - 4, 4):
            yield content[0], content[1], content[2:-4]


def _from_cobs(piece: bytes) -> bytes:
    out, at = b"", 0
    while at < len(piece):
        code = piece[at]
        run = piece[at + 1 : at + code]
        if len(run) < code - 1:
            return b""
        out, at = out + run, at + code
        if code < 0xFF and at < len(piece):
            out += b"\0"
    return out
