"""The board's raw flash over the REPL: which blocks belong to a race log, and their bytes.

It needs nothing of ours on the board: so it works on one whose filesystem was formatted, before
anything is written to it.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from gate_wire import sector

from yellowgate.errors import PortError
from yellowgate.link.repl import Repl

LOG_FILE = "arrivals.log"
BLANK = b"\xff"

# Runs on the board: prints `block header` for each block that starts like one of a log; whether
# it holds more than its header; and one block in base64.
_TOOLS = f"""
import rp2
from binascii import hexlify, b2a_base64
_flash = rp2.Flash()
_buf = bytearray({sector.BLOCK_BYTES})
def _scan():
    head = bytearray({sector.HEADER_BYTES})
    for block in range(_flash.ioctl(4, 0)):
        _flash.readblocks(block, head, {sector.HEADER_AT})
        if head[:8] == {sector.MAGIC!r}:
            print(block, str(hexlify(head), 'ascii'))
def _holds(block):
    _flash.readblocks(block, _buf, 0)
    return bool((bytes(_buf[{sector.MARK_AT}:{sector.KEY_AT}])
        + bytes(_buf[{sector.RECORDS_AT}:])).rstrip(b'\\xff'))
def _block(block):
    _flash.readblocks(block, _buf, 0)
    start = {sector.MARK_AT} if _buf[{sector.HEADER_AT}:{sector.HEADER_AT + 8}] == \
{sector.MAGIC!r} else 0
    if bytes(_buf[start:]).rstrip(b'\\xff'):
        print(str(b2a_base64(_buf), 'ascii').strip())
"""

# A few of the headers in the log file; littlefs leaves its pointers out, so each is searched.
_FILE_HEADS = f"""
_heads = []
try:
    with open({LOG_FILE!r}, 'rb') as _file:
        _data = _file.read({sector.BLOCK_BYTES})
        while _data and len(_heads) < 3:
            _at = _data.find({sector.MAGIC!r})
            if _at >= 0:
                _heads.append(_data[_at:_at + {sector.HEADER_BYTES}])
            _data = _file.read({sector.BLOCK_BYTES})
except OSError:
    pass
"""


@dataclass(frozen=True)
class LogBlock:
    """A block of the flash that belongs to a log: its header."""

    block: int
    index: int
    blocks: int
    log_id: bytes
    generation: int


@dataclass(frozen=True)
class RawFlash:
    """What the raw flash and the filesystem say of race logs.

    logs: the headers found, by block. file_log_id: of the log file that the filesystem has, None
    when it has none or a broken one. is_orphaned: there are blocks with records that no file
    holds: the filesystem was formatted, or the file removed. The next file that is written may
    be written over them.
    """

    blocks_in_all: int
    logs: tuple[LogBlock, ...]
    file_log_id: bytes | None
    is_orphaned: bool

    @property
    def generation_max(self) -> int:
        """Of the logs found, 0 when there are none."""
        return max((row.generation for row in self.logs), default=0)


def survey(repl: Repl) -> RawFlash:
    """Look for logs, writing nothing."""
    repl.run(_TOOLS)
    blocks_in_all = int(str(repl.value("_flash.ioctl(4, 0)")))
    logs = tuple(
        row
        for line in repl.run("_scan()").decode(errors="replace").splitlines()
        if (row := _log_block(line)) is not None
    )
    file_log_id = _file_log_id(repl)
    is_orphaned = file_log_id is None and any(
        repl.value(f"_holds({row.block})") is True for row in logs
    )
    return RawFlash(blocks_in_all, logs, file_log_id, is_orphaned)


def download(repl: Repl, flash: RawFlash, progress: Callable[[int, int], None]) -> bytes:
    """A raw image of the flash. Blocks with nothing in them are not sent: they are blank in it,
    those of a log have their header.
    """
    image = bytearray(BLANK * flash.blocks_in_all * sector.BLOCK_BYTES)
    for row in flash.logs:
        header = sector.pack_header(row.index, row.blocks, row.log_id, row.generation)
        at = row.block * sector.BLOCK_BYTES + sector.HEADER_AT
        image[at : at + sector.HEADER_BYTES] = header
    for block in range(flash.blocks_in_all):
        text = repl.run(f"_block({block})").strip()
        if text:
            at = block * sector.BLOCK_BYTES
            image[at : at + sector.BLOCK_BYTES] = _decoded(repl, text)
        progress(block + 1, flash.blocks_in_all)
    return bytes(image)


def _decoded(repl: Repl, text: bytes) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        data = b""
    if len(data) != sector.BLOCK_BYTES:
        raise PortError(f"{repl.port.url}: a block came garbled; check the cable and repeat")
    return data


def _log_block(line: str) -> LogBlock | None:
    number, _, digits = line.partition(" ")
    try:
        header = sector.unpack_header(bytes.fromhex(digits), 0)
        return None if header is None else LogBlock(int(number), *header)
    except ValueError:
        return None


def _file_log_id(repl: Repl) -> bytes | None:
    """The log id in the first whole header of the log file."""
    repl.run(_FILE_HEADS)
    heads = repl.value("_heads")
    for head in cast("list[object]", heads) if isinstance(heads, list) else []:
        header = sector.unpack_header(head, 0) if isinstance(head, bytes) else None
        if header is not None:
            return header[2]
    return None
