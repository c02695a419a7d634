"""The race log on flash: header and opening mark of each 4096-byte block.

Shared by the station, which programs them, and by the host, which reads log files and raw
images by them alone. FORMAT.md ("Race log on flash") is the specification.

Layout of a block: 0..63 left to littlefs (its skip-list pointers stand at the first bytes),
64..95 header, 96..127 opening mark, 128..159 key, 160..4095 records, none across a page.
"""

import binascii
import struct

BLOCK_BYTES = 4096
PAGE_BYTES = 256
HEADER_AT = 64
HEADER_BYTES = 32
MARK_AT = 96
MARK_BYTES = 32
KEY_AT = 128
KEY_SLOT_BYTES = 32
RECORDS_AT = 160
SEQS_PER_BLOCK_MAX = 123  # 32-byte records in a block: 3 in its first page, 8 in each other

MAGIC = b"YGATELOG"
VERSION = 1
MARK_MAGIC = b"OPEN"
_HEADER = "<8sBBHHH8sII"  # magic, version, 0, index, blocks, 0, log id, generation, CRC-32
_MARK = "<4sHHI4sI12s"  # magic, epoch, 0, first seq, tag before, CRC-32 over 16 bytes, zeros


def pack_header(index: int, blocks: int, log_id: bytes, generation: int) -> bytes:
    """The 32 bytes of a block's header. generation: counts the logs of this station."""
    head = struct.pack(_HEADER, MAGIC, VERSION, 0, index, blocks, 0, log_id, generation, 0)
    return head[:-4] + struct.pack("<I", binascii.crc32(head[:-4]))


def unpack_header(
    buf: bytes | bytearray | memoryview, at: int
) -> tuple[int, int, bytes, int] | None:
    """(index, blocks, log id, generation) of the header at this offset, None if damaged."""
    if len(buf) - at < HEADER_BYTES or bytes(buf[at : at + 8]) != MAGIC:
        return None
    fields = struct.unpack_from(_HEADER, buf, at)
    crc = binascii.crc32(memoryview(buf)[at : at + HEADER_BYTES - 4])
    if fields[8] != crc or fields[1] != VERSION:
        return None
    return fields[3], fields[4], fields[6], fields[7]


def pack_mark(epoch: int, first_seq: int, tag_before: bytes, log_id: bytes) -> bytes:
    """The 32 bytes that open a block: which key epoch and sequence number it starts with."""
    head = struct.pack(_MARK, MARK_MAGIC, epoch, 0, first_seq, tag_before, 0, bytes(12))
    crc = binascii.crc32(head[:16], binascii.crc32(log_id))
    return head[:16] + struct.pack("<I", crc) + head[20:]


def unpack_mark(
    buf: bytes | bytearray | memoryview, at: int, log_id: bytes
) -> tuple[int, int, bytes] | None:
    """(epoch, first seq, tag before) of the opening mark at this offset, None if damaged."""
    if len(buf) - at < MARK_BYTES or bytes(buf[at : at + 4]) != MARK_MAGIC:
        return None
    _, epoch, _, first_seq, tag_before, stored, _ = struct.unpack_from(_MARK, buf, at)
    crc = binascii.crc32(memoryview(buf)[at : at + 16], binascii.crc32(log_id))
    return (epoch, first_seq, tag_before) if crc == stored else None


def pack_key(key: bytes, epoch: int = 0) -> bytes:
    """The 32 bytes of the key slot: key, epoch, CRC-32, zeros. Zeros all over: wiped.

    The epoch stands here too, so that a key is of use when the mark beside it is damaged.
    """
    head = key + struct.pack("<HH", epoch, 0)
    return head + struct.pack("<I", binascii.crc32(head)) + bytes(8)


def unpack_key(buf: bytes | bytearray | memoryview, at: int) -> tuple[bytes, int] | None:
    """(key, epoch) in the slot at this offset, None when blank, wiped or damaged."""
    if len(buf) - at < KEY_SLOT_BYTES:
        return None
    key, epoch, _, stored = struct.unpack_from("<16sHHI", buf, at)
    if binascii.crc32(memoryview(buf)[at : at + 20]) != stored:
        return None
    return key, epoch


def mend_key(buf: bytes | bytearray | memoryview, at: int) -> tuple[bytes, int] | None:
    """As unpack_key, but one wrong bit is set right: without its key a log cannot go on with
    its chain, and CRC-32 tells every single wrong bit of 24 bytes apart.
    """
    found = unpack_key(buf, at)
    if found is not None or len(buf) - at < KEY_SLOT_BYTES:
        return found
    slot = bytearray(buf[at : at + KEY_SLOT_BYTES])
    for bit in range(24 * 8):
        slot[bit >> 3] ^= 1 << (bit & 7)
        found = unpack_key(slot, 0)
        if found is not None:
            return found
        slot[bit >> 3] ^= 1 << (bit & 7)
    return None


def file_bytes_before(index: int) -> int:
    """Length of the pointers at the start of a littlefs file's block: they are no part of the
    file (littlefs SPEC.md, "CTZ skip-lists": ctz(index) + 1 pointers of 4 bytes).
    """
    if index == 0:
        return 0
    pointers = 1
    while index & 1 == 0:
        pointers += 1
        index >>= 1
    return 4 * pointers


def file_bytes(blocks: int) -> int:
    """Size in bytes of a littlefs file that fills exactly this many blocks."""
    return blocks * BLOCK_BYTES - sum([file_bytes_before(index) for index in range(blocks)])
