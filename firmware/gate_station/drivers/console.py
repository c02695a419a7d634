"""The USB console as a stream of bytes: no text, no echo, no Ctrl-C."""

import select
import sys

import micropython

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Protocol

    class Flag(Protocol):
        """See ports.Flag."""

        def set(self) -> None:
            """Wake the waiter."""

        async def wait(self) -> None:
            """Wait until set, then clear."""


POLL_MS = 12  # the console cannot interrupt; how often the task looks, when nothing comes
_BUSY_MS = 2
_USB_PACKET_BYTES = 64
_WRITE_BYTES_MAX = 255  # the buffer of the USB driver holds 256


class Console:
    """Binary input and output over the USB serial port."""

    def __init__(self) -> None:
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._poll_in = select.poll()
        self._poll_in.register(sys.stdin, select.POLLIN)
        self._poll_out = select.poll()
        self._poll_out.register(sys.stdout, select.POLLOUT)
        self._byte = memoryview(bytearray(1))
        self.poll_ms = POLL_MS
        self.flag: "Flag | None" = None  # for consoles that can tell when bytes arrive
        micropython.kbd_intr(-1)  # 0x03 is data here

    def read(self, buf: bytearray) -> int:
        """Read what is there into buf, without waiting; returns the number of bytes."""
        count = 0
        # readinto() would wait for more than is there, so it is asked for a byte at a time.
        while count < len(buf) and self._poll_in.poll(0):
            if not self._in.readinto(self._byte):
                break
            buf[count] = self._byte[0]
            count += 1
        self.poll_ms = _BUSY_MS if count else POLL_MS
        return count

    def write(self, buf: bytes | bytearray | memoryview) -> int:
        """Write what fits; returns the number of bytes taken, 0 when nobody reads.

        Never a multiple of 64 bytes at once: such transfers have stalled on the RP2040.
        """
        if not buf or not self._poll_out.poll(0):
            return 0
        count = min(len(buf), _WRITE_BYTES_MAX)
        if count % _USB_PACKET_BYTES == 0:
            count -= 1
        taken = self._out.write(memoryview(buf)[:count])
        return taken if taken else 0

    def close(self) -> None:
        """Give the console back to the REPL."""
        micropython.kbd_intr(3)
