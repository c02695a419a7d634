"""Where the emulated flash keeps its bytes: memory, or a file that survives a kill.

Runs on CPython and on MicroPython.
"""


class Backing:
    """Where the bytes are kept: whatever has these three."""

    def size(self) -> int:
        """Bytes."""
        raise NotImplementedError

    def read(self, at: int, length: int) -> bytes:
        """The bytes there."""
        raise NotImplementedError

    def write(self, at: int, data: bytes) -> None:
        """Put them there; kept, whatever happens to this process."""
        raise NotImplementedError


class Memory(Backing):
    """A backing in memory."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(b"\xff" * size)

    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def read(self, at: int, length: int) -> bytes:
        """The bytes there."""
        return bytes(memoryview(self.data)[at : at + length])

    def write(self, at: int, data: bytes) -> None:
        """Put them there."""
        self.data[at : at + len(data)] = data


class FileBacking(Backing):
    """A backing in a file, made blank where there is none: kill -9 takes nothing back.

    Raises OSError when the file cannot be opened or is of another size.
    """

    def __init__(self, path: str, size: int) -> None:
        try:
            self._file = open(path, "r+b", buffering=0)  # noqa: SIM115 - open as long as the board
        except OSError:
            with open(path, "wb") as made:
                made.write(b"\xff" * size)
            self._file = open(path, "r+b", buffering=0)  # noqa: SIM115
        self._size = self._file.seek(0, 2)
        if self._size != size:
            raise OSError("%s: %d bytes, a flash of %d was expected" % (path, self._size, size))

    def size(self) -> int:
        """Bytes."""
        return self._size

    def read(self, at: int, length: int) -> bytes:
        """The bytes there."""
        self._file.seek(at)
        return self._file.read(length)

    def write(self, at: int, data: bytes) -> None:
        """Straight to the file."""
        self._file.seek(at)
        self._file.write(data)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
