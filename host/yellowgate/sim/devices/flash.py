"""The flash of a virtual station: the NOR model on a board, and the few files on it.

Runs on both Pythons. On the board the NOR's operations take their time with interrupts held back,
and a power cut within one tears it. Of a filesystem there is as much as a station needs: files in
blocks laid out as littlefs does, pointers included, each in a place of its own, and a directory
whose every change is one page program.
"""

import binascii
import json

from gate_wire import sector
from yellowgate.sim.devices import nor
from yellowgate.sim.devices.board import Board, PowerOff

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import BinaryIO

    from gate_station.ports import BlockDevice

BLOCKS = 352  # 1,408 KiB: what rp2.Flash() of a Pico has
IMAGE_BYTES = BLOCKS * nor.SECTOR_BYTES
TORN = (nor.NOTHING, nor.PREFIX, nor.SOME, nor.WEAK_PREFIX, nor.ALL)

_DIRECTORY_BLOCKS = 2
_PLACES_AT = 16  # the first block of the first place
_PLACE_BLOCKS = 160
_PLACES = 2
_PAGES = nor.SECTOR_BYTES // nor.PAGE_BYTES


class BoardFlash:
    """What rp2.Flash() gives on a virtual board; see ports.BlockDevice."""

    def __init__(self, chip: nor.Nor, board: Board) -> None:
        self.chip = chip
        self._board = board
        chip.on_operation = self._on_operation

    def readblocks(self, block: int, buf: "bytearray | memoryview", offset: int = 0) -> None:
        """Fill buf."""
        self._board.check_power()
        self.chip.readblocks(block, buf, offset)

    def writeblocks(
        self, block: int, buf: "bytes | bytearray | memoryview", offset: int | None = None
    ) -> None:
        """With an offset: program whole pages. Without: erase, then program."""
        try:
            self.chip.writeblocks(block, buf, offset)
        except nor.PowerCut:
            raise PowerOff() from None

    def ioctl(self, op: int, arg: int) -> int | None:
        """See ports.BlockDevice."""
        try:
            return self.chip.ioctl(op, arg)
        except nor.PowerCut:
            raise PowerOff() from None

    def _on_operation(self, kind: str, _block: int, _offset: int, _data: bytes) -> None:
        """The time that the operation takes; when the power goes meanwhile, it is torn."""
        us = nor.PROGRAM_US_TYP if kind == "program" else nor.ERASE_US_TYP
        try:
            self._board.busy_deaf(us)
        except PowerOff:
            random = self.chip.random
            how = TORN[random.below(len(TORN))]
            self.chip.cut(
                self.chip.operations, how, random.below(nor.PAGE_BYTES), random.below(256)
            )


class FlashFiles:
    """The files on a flash; see ports.Files. Raises OSError as the board does."""

    def __init__(self, device: "BlockDevice") -> None:
        self._device = device
        self._entries: dict[str, list[int]] = {}  # path: place, size
        self._number = 0  # of the newest page of the directory
        page = bytearray(nor.PAGE_BYTES)
        for at in range(_DIRECTORY_BLOCKS * _PAGES):
            device.readblocks(at // _PAGES, page, at % _PAGES * nor.PAGE_BYTES)
            number = int.from_bytes(page[0:4], "little")
            length = int.from_bytes(page[4:6], "little")
            text = bytes(page[10 : 10 + length])
            is_whole = int.from_bytes(page[6:10], "little") == binascii.crc32(page[0:6] + text)
            if number != 0xFFFFFFFF and is_whole and number > self._number:
                self._number = number
                self._entries = json.loads(text.decode())

    def open(self, path: str, mode: str = "rb") -> "BinaryIO":
        """Binary files, "rb" or "wb", with as much of a file as the log needs."""
        return self._open(path, mode)  # type: ignore[return-value]

    def _open(self, path: str, mode: str) -> "FlashFile":
        if "w" in mode:
            taken = [entry[0] for entry in self._entries.values()]
            free = [place for place in range(_PLACES) if place not in taken]
            if not free:
                raise OSError(28)  # ENOSPC
            return FlashFile(self._device, free[0], 0, self, path)
        if path not in self._entries:
            raise OSError(2)  # ENOENT
        place, size = self._entries[path]
        return FlashFile(self._device, place, size)

    def rename(self, old: str, new: str) -> None:
        """In one page program."""
        entry = self._entries.get(old)
        if entry is None:
            raise OSError(2)
        entries = {path: self._entries[path] for path in self._entries if path != old}
        entries[new] = entry
        self._write(entries)

    def remove(self, path: str) -> None:
        """In one page program."""
        if path not in self._entries:
            raise OSError(2)
        self._write({other: self._entries[other] for other in self._entries if other != path})

    def closed(self, path: str, place: int, size: int) -> None:
        """A file was written to its end."""
        entries = dict(self._entries)
        entries[path] = [place, size]
        self._write(entries)

    def _write(self, entries: "dict[str, list[int]]") -> None:
        text = json.dumps(entries).encode()
        head = (self._number + 1).to_bytes(4, "little") + len(text).to_bytes(2, "little")
        page = head + binascii.crc32(head + text).to_bytes(4, "little") + text
        at = self._number % (_DIRECTORY_BLOCKS * _PAGES)
        if at % _PAGES == 0:
            self._device.ioctl(6, at // _PAGES)
        padded = page + b"\xff" * (nor.PAGE_BYTES - len(page))
        self._device.writeblocks(at // _PAGES, padded, at % _PAGES * nor.PAGE_BYTES)
        self._number += 1
        self._entries = entries


class FlashFile:
    """An open file; a context manager."""

    def __init__(
        self,
        device: "BlockDevice",
        place: int,
        size: int,
        files: FlashFiles | None = None,
        path: str = "",
    ) -> None:
        self._device = device
        self._place = place
        self._first = _PLACES_AT + place * _PLACE_BLOCKS
        self._size = size
        self._files = files
        self._path = path
        self._at = 0
        self._index = 0
        self._block = bytearray()  # of the block that is being written

    def __enter__(self) -> "FlashFile":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file, for reading."""
        self._at = self._size + offset if whence == 2 else offset
        return self._at

    def read(self, length: int = -1) -> bytes:
        """Up to so many bytes."""
        end = self._size if length < 0 else min(self._size, self._at + length)
        out = bytearray()
        index, before = 0, 0
        while self._at < end:
            inside = nor.SECTOR_BYTES - sector.file_bytes_before(index)
            if before + inside <= self._at:
                before += inside
                index += 1
                continue
            part = bytearray(min(end, before + inside) - self._at)
            offset = sector.file_bytes_before(index) + self._at - before
            self._device.readblocks(self._first + index, part, offset)
            out.extend(part)
            self._at += len(part)
        return bytes(out)

    def write(self, data: "bytes | bytearray | memoryview") -> int:
        """Whole blocks go to the flash at once."""
        view = memoryview(data)
        while view:
            if not self._block:
                if self._index >= _PLACE_BLOCKS:
                    raise OSError(28)
                self._block = self._pointers()
            part = view[: nor.SECTOR_BYTES - len(self._block)]
            self._block.extend(part)
            self._size += len(part)
            view = view[len(part) :]
            if len(self._block) == nor.SECTOR_BYTES:
                self._flush()
        return len(data)

    def close(self) -> None:
        """What was written stands in the directory from now on."""
        files, self._files = self._files, None
        if files is None:
            return
        if self._block:
            self._block.extend(b"\xff" * (nor.SECTOR_BYTES - len(self._block)))
            self._flush()
        files.closed(self._path, self._place, self._size)

    def _pointers(self) -> bytearray:
        """littlefs SPEC.md, "CTZ skip-lists": block i points to i - 2**j for each 2**j in i."""
        head = bytearray()
        for power in range(sector.file_bytes_before(self._index) // 4):
            head.extend((self._first + self._index - (1 << power)).to_bytes(4, "little"))
        return head

    def _flush(self) -> None:
        self._device.writeblocks(self._first + self._index, self._block)
        self._block = bytearray()
        self._index += 1
