"""The real littlefs (PyPI littlefs-python) on the emulated flash, as MicroPython mounts it."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# littlefs-python is a C extension that says little of its types.

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from gate_station.ports import Files
from littlefs import FileHandle, LittleFS
from littlefs.context import UserContext
from littlefs.errors import LittleFSError
from yellowgate.sim.devices import nor

# rp2's _boot.py mounts with progsize=256; the rest is extmod/vfs_lfsx.c: readsize and lookahead
# 32 by default, a cache of four times the larger of the two, 100 block cycles.
PARAMETERS: dict[str, Any] = {
    "block_size": nor.SECTOR_BYTES,
    "read_size": 32,
    "prog_size": nor.PAGE_BYTES,
    "cache_size": 1024,
    "lookahead_size": 32,
    "block_cycles": 100,
}
PICO_BLOCKS = 352  # 1,408 KiB of storage on a Pico


class FlashContext(UserContext):
    """littlefs' view of the flash."""

    def __init__(self, flash: nor.Nor) -> None:
        super().__init__(buffsize=0)
        self.flash = flash
        self.is_cut = False

    def read(self, cfg: object, block: int, off: int, size: int) -> bytearray:
        buf = bytearray(size)
        try:
            self.flash.readblocks(block, buf, off)
        except nor.PowerCut:
            self.is_cut = True
        return buf

    def prog(self, cfg: object, block: int, off: int, data: bytes) -> int:
        try:
            self.flash.writeblocks(block, bytes(data), off)
        except nor.PowerCut:
            self.is_cut = True
            return -5
        return 0

    def erase(self, cfg: object, block: int) -> int:
        try:
            self.flash.erase(block)
        except nor.PowerCut:
            self.is_cut = True
            return -5
        return 0


@contextmanager
def as_oserror() -> Generator[None]:
    """MicroPython raises OSError where littlefs-python has an exception of its own."""
    try:
        yield
    except LittleFSError as error:
        raise OSError(-error.code, str(error)) from error


class File(io.RawIOBase):
    """An open file."""

    def __init__(self, handle: FileHandle) -> None:
        super().__init__()
        self._handle = handle

    def read(self, size: int = -1, /) -> bytes:
        with as_oserror():
            return self._handle.read(size)

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        with as_oserror():
            return self._handle.write(bytes(data))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with as_oserror():
            return self._handle.seek(offset, whence)

    def flush(self) -> None:
        if not self.closed:
            with as_oserror():
                self._handle.flush()

    def close(self) -> None:
        if not self.closed:
            io.IOBase.__setattr__(self, "__IOBase_closed", True)  # without a flush before
            try:
                with as_oserror():
                    self._handle.close()
            finally:  # else it would be closed again when it is collected: littlefs aborts
                setattr(self._handle, "__IOBase_closed", True)


class Filesystem(Files):
    """A mounted littlefs with what the board's `os` and `open` have."""

    def __init__(self, flash: nor.Nor, is_new: bool = False) -> None:
        self.context = FlashContext(flash)
        self.lfs = LittleFS(
            self.context,
            mount=False,
            filename_encoding=None,
            block_count=flash.blocks,
            **PARAMETERS,
        )
        if is_new:
            self.lfs.format()
        self.lfs.mount()

    def open(self, path: str, mode: str) -> BinaryIO:
        with as_oserror():
            return cast(
                "BinaryIO", File(cast("FileHandle", self.lfs.open(path, mode, buffering=0)))
            )

    def rename(self, old: str, new: str) -> None:
        with as_oserror():
            self.lfs.rename(old, new)

    def remove(self, path: str) -> None:
        with as_oserror():
            self.lfs.remove(path)

    def write(self, path: str, data: bytes) -> None:
        with self.open(path, "wb") as file:
            file.write(data)

    def read(self, path: str) -> bytes:
        with self.open(path, "rb") as file:
            return file.read()
