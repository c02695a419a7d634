"""The flash in a file: what was programmed is there for the next process."""

from pathlib import Path

import pytest
from yellowgate.sim.devices import backing, nor


def test_a_flash_in_a_file_keeps_what_was_programmed(tmp_path: Path) -> None:
    path = str(tmp_path / "flash.bin")
    flash = nor.Nor(2, backing.FileBacking(path, 8192))
    flash.writeblocks(1, b"abcd" * 64, 512)
    # Not closed: a killed process does not either.
    again = nor.Nor(2, backing.FileBacking(path, 8192))
    buf = bytearray(300)
    again.readblocks(1, buf, 500)
    assert buf == b"\xff" * 12 + b"abcd" * 64 + b"\xff" * 32


def test_a_file_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    path.write_bytes(bytes(100))
    with pytest.raises(OSError, match="100 bytes"):
        backing.FileBacking(str(path), 8192)
    with pytest.raises(ValueError, match="bytes"):
        nor.Nor(3, backing.Memory(4096))
