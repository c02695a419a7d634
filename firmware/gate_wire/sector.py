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


def pack_key(key: bytes) -> bytes:
    """The 32 bytes of the key slot: key, CRC-32, zeros. Zeros all over: the key is wiped."""
    return key + struct.pack("<I", binascii.crc32(key)) + bytes(12)


def unpack_key(buf: bytes | bytearray | memoryview, at: int) -> bytes | None:
    """The key in the slot at this offset, None when blank, wiped or damaged."""
    key = bytes(buf[at : at + 16])
    if len(key) < 16 or struct.unpack_from("<I", buf, at + 16)[0] != binascii.crc32(key):
        return None
    return key
