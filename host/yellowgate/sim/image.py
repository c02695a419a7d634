"""The flash image of a virtual station as a file, and the world's progress beside it.

Every program and erase goes straight into the file, so that a killed simulation has lost no more
than a board whose power was cut. FILE.world remembers how far the script was played: started again
on the same image with the same script, the world goes on where it was and no tap is played twice.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from gate_station.core import reserve

from yellowgate.errors import GateError
from yellowgate.sim.devices import nor
from yellowgate.sim.devices.backing import Backing
from yellowgate.sim.devices.flash import BLOCKS, IMAGE_BYTES, FlashFiles

try:
    import fcntl
except ImportError:  # Windows: two stations on one image are not noticed there
    fcntl = None

PROGRESS_BYTES = 256


class Image(Backing):
    """A flash image in a file, locked for this process. Raises GateError.

    path: None for one that lasts as long as the process. log_id, first_key: of the log on a new
    image.
    """

    def __init__(self, path: Path | None, log_id: bytes = b"", first_key: bytes = b"") -> None:
        self.path = path
        try:
            self.fd = _open(path)
            if os.fstat(self.fd).st_size == 0:
                os.write(self.fd, new_image(log_id, first_key))
            size = os.fstat(self.fd).st_size
            if size != IMAGE_BYTES:
                raise GateError(f"{path}: is no flash image ({size} bytes, expected {IMAGE_BYTES})")
            self._map = mmap.mmap(self.fd, size)
        except OSError as error:
            raise GateError(f"{path}: cannot be used ({error.strerror or error})") from error

    def chip(self, seed: int = 1) -> nor.Nor:
        """The flash chip over it."""
        return nor.Nor(BLOCKS, self, seed)

    def size(self) -> int:
        """See Backing."""
        return IMAGE_BYTES

    def read(self, at: int, length: int) -> bytes:
        """See Backing."""
        return self._map[at : at + length]

    def write(self, at: int, data: bytes) -> None:
        """Straight into the file."""
        self._map[at : at + len(data)] = data

    def close(self) -> None:
        """Let go of the file; the chip must not be used any more."""
        self._map.close()
        os.close(self.fd)


def new_image(log_id: bytes = b"", first_key: bytes = b"") -> bytes:
    """A blank flash but for one empty log, as a station has it after its provisioning."""
    chip = nor.Nor(BLOCKS)
    log_id = log_id or secrets.token_bytes(8)
    files = FlashFiles(chip)
    reserve.create(files, log_id, first_key or secrets.token_bytes(16), 1)
    return chip.backing.read(0, IMAGE_BYTES)


@dataclass
class Progress:
    """How far a script was played on an image.

    script: its SHA-256. utc_us: UTC at the world's beginning, microseconds since 2020. world_us:
    every step before it was played. serves_utc_us: UTC of the room when the script had ended, 0:
    it has not.
    """

    script: str
    utc_us: int
    world_us: int = 0
    serves_utc_us: int = 0


def _open(path: Path | None) -> int:
    if path is None:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    if fcntl is not None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GateError(f"{path}: another virtual station runs on this image") from error
    return fd


def load_progress(path: Path) -> Progress | None:
    """What is noted beside the image, None when nothing usable is."""
    try:
        return Progress(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def open_progress(path: Path) -> int:
    """A file descriptor for save_progress(). Raises GateError."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise GateError(f"{path}: cannot be written ({error.strerror})") from error


def save_progress(fd: int, progress: Progress) -> None:
    """In one write of one length, so that the file is whole at every moment."""
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, json.dumps(asdict(progress)).encode().ljust(PROGRESS_BYTES))
