"""MicroPython's raw REPL behind a port: code in, output out. The protocol is mpremote's.

Every method raises PortError when the line breaks or nobody answers, BoardError when the code
on the board failed.
"""

from __future__ import annotations

import ast
import contextlib
import io
import struct
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any

from mpremote.transport import TransportError  # pyright: ignore[reportMissingTypeStubs]
from mpremote.transport_serial import (  # pyright: ignore[reportMissingTypeStubs]
    SerialTransport,
)

from yellowgate.errors import PortError, StationError
from yellowgate.link.port import Port
from yellowgate.link.trace import log

CHUNK_BYTES = 4096  # of a file at once; the board keeps a whole file in memory until it is there
READ_WAIT_S = 60.0  # for one byte: a flash part may take 400 ms for each of many erases
EXEC_WAIT_S = 60.0  # without a word from the board
SHOWN_LETTERS = 20  # of code, in the log

# Runs on the board. readline() of its console ends at a carriage return. The content comes as
# bytes; in it, 4 0 stands for a 3, which would be Ctrl-C, and 4 1 for a 4.
_RECEIVER = f"""
import sys
def _take():
    while True:
        size, _, path = sys.stdin.readline().strip().partition(' ')
        if not path:
            return
        data = bytearray(int(size))
        view = memoryview(data)
        for at in range(0, len(data), {CHUNK_BYTES}):
            sys.stdout.write('+')
            sys.stdin.buffer.readinto(view[at:at + {CHUNK_BYTES}])
        data = bytes(data).replace(b'\\x04\\x00', b'\\x03').replace(b'\\x04\\x01', b'\\x04')
        with open(path, 'wb') as file:
            file.write(data)
        sys.stdout.write('+')
"""


class BoardError(StationError):
    """The board could not do what it was told; `report` is its traceback."""

    def __init__(self, text: str, report: str = "") -> None:
        super().__init__(text)
        self.report = report


class PortStream:
    """A Port as mpremote wants its serial line."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._waiting = bytearray()

    def inWaiting(self) -> int:
        """How many bytes can be read at once; waits a moment when there are none."""
        if not self._waiting:
            self._waiting += self._port.read()
        return len(self._waiting)

    def read(self, count: int) -> bytes:
        """count bytes, or fewer when no more come."""
        deadline_s = time.monotonic() + READ_WAIT_S
        while len(self._waiting) < count and time.monotonic() < deadline_s:
            self._waiting += self._port.read()
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken

    def write(self, data: bytes) -> None:
        """Send all of it."""
        self._port.write(data)


class _Transport(SerialTransport):
    """mpremote's transport over a line that is open already."""

    def __init__(self, stream: PortStream, name: str) -> None:
        # Not the parent's __init__, which opens a serial port by its name.
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.device_name = name
        self.mounted = False
        self.is_pty = False
        self.serial = stream


class Repl:
    """The raw REPL of the board behind a port. enter() comes first."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._transport: Any = _Transport(PortStream(port), port.url)

    def enter(self) -> None:
        """Stop whatever runs, start MicroPython anew without main.py, and take the REPL."""
        log.debug("%s REPL: enter", self.port.url)
        with self._talking():
            self._transport.enter_raw_repl(soft_reset=True)

    def run(self, code: str, wait_s: float = EXEC_WAIT_S) -> bytes:
        """Run code; what it printed. wait_s: the longest silence."""
        self._say("run", code)
        with self._talking():
            out: bytes
            err: bytes
            out, err = self._transport.exec_raw(code, timeout=wait_s)
        if err:
            raise self._failed(err)
        log.debug("%s REPL: said %d bytes", self.port.url, len(out))
        return out

    def value(self, expression: str, wait_s: float = EXEC_WAIT_S) -> object:
        """The value of an expression that is made of literals."""
        text = self.run(f"print(repr({expression}))", wait_s).decode(errors="replace").strip()
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            raise PortError(
                f"{self.port.url}: the board's answer is garbled; check the cable and repeat"
            ) from error

    def put(self, files: Iterable[tuple[str, bytes]], progress: Callable[[int], None]) -> None:
        """Write files, (path, content) each.

        progress is told how many bytes were sent since it was told last. Bytes to one loop on
        the board: many times the rate of a command for each piece or of base64, and Ctrl-C still
        stops it, so that a broken upload leaves a board that listens.
        """
        self.run(_RECEIVER)
        with self._talking():
            transport = self._transport
            transport.exec_raw_no_follow("_take()")
            is_well = True
            for path, data in files:
                is_well = is_well and self._put_one(transport.serial, path, data, progress)
            if is_well:
                transport.serial.write(b"\r")
            _out: bytes
            err: bytes
            _out, err = transport.follow(EXEC_WAIT_S)
        if err:
            raise self._failed(err)

    def _put_one(
        self, stream: PortStream, path: str, data: bytes, progress: Callable[[int], None]
    ) -> bool:
        """False: the board has something else to say."""
        sent = data.replace(b"\x04", b"\x04\x01").replace(b"\x03", b"\x04\x00")
        stream.write(f"{len(sent)} {path}\r".encode())
        if stream.read(1) != b"+":
            return False
        for at in range(0, len(sent), CHUNK_BYTES):
            stream.write(sent[at : at + CHUNK_BYTES])
            if stream.read(1) != b"+":
                return False
        progress(len(data))
        log.debug("%s REPL: put %s, %d bytes", self.port.url, path, len(data))
        return True

    def leave(self, code: str) -> None:
        """Run code that does not come back, a reset for example."""
        self._say("leave by", code)
        with self._talking():
            self._transport.exec_raw_no_follow(code)

    def _say(self, what: str, code: str) -> None:
        """Into the log; its beginning only, since keys may stand in it."""
        begin = code.strip().replace("\n", "; ")[:SHOWN_LETTERS]
        log.debug("%s REPL: %s %d letters: %s...", self.port.url, what, len(code), begin)

    def _failed(self, err: bytes) -> BoardError:
        report = err.decode(errors="replace").strip()
        log.debug("%s REPL: failed: %s", self.port.url, report)
        last = report.splitlines()[-1] if report else "unknown error"
        return BoardError(f"{self.port.url}: the board says: {last}", report)

    @contextlib.contextmanager
    def _talking(self) -> Generator[None]:
        said = io.StringIO()  # mpremote prints what it does not understand
        try:
            with contextlib.redirect_stdout(said):
                yield
        except (TransportError, struct.error) as error:
            raise PortError(
                f"{self.port.url}: no MicroPython answers; is it a Pico with MicroPython, is "
                "another program using it? Unplug it, plug it in, and repeat"
            ) from error
