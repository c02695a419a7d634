"""The USB console of a virtual station: what the firmware reads and writes, and the cable.

Runs on both Pythons, and fulfils gate_station.ports.Console. As on the board, output that nobody
reads is lost: here at once when no cable is in, and the buffer holds no more than the driver's.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from yellowgate.sim.devices.loop import LoopFlag

BUFFER_BYTES = 4096  # on its way to the host: the USB driver's and the system's together


class VirtualConsole:
    """The firmware's end: read(), write(). The cable's end: plug(), arrive(), take()."""

    poll_ms = 0  # it tells by its flag, nobody needs to poll it

    def __init__(self) -> None:
        self.flag: LoopFlag | None = None
        self._is_plugged = False
        self._input = bytearray()
        self._output = bytearray()

    # The cable

    def plug(self, is_plugged: bool) -> None:
        """Somebody opens or closes the port: nothing of before is left on it."""
        self._is_plugged = is_plugged
        self._input = bytearray()
        self._output = bytearray()

    def arrive(self, data: bytes) -> None:
        """Bytes from the host."""
        self._input.extend(data)
        if self.flag is not None:
            self.flag.set()

    def waiting(self) -> int:
        """How many bytes the firmware has not read yet."""
        return len(self._input)

    def take(self) -> bytes:
        """What the firmware has written since."""
        output = bytes(self._output)
        self._output = bytearray()
        return output

    # The firmware

    def read(self, buf: bytearray | memoryview) -> int:
        """See ports.Console."""
        count = min(len(buf), len(self._input))
        buf[:count] = self._input[:count]
        self._input = self._input[count:]
        return count

    def write(self, buf: bytes | bytearray | memoryview) -> int:
        """See ports.Console. Without a cable everything is taken and lost, as on the board."""
        if not self._is_plugged:
            return len(buf)
        count = min(len(buf), BUFFER_BYTES - len(self._output))
        self._output.extend(memoryview(buf)[:count])
        return count

    def close(self) -> None:
        """The console goes to the REPL: there is none here."""
