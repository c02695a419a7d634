"""CircuitPython's busio.SPI over machine.SPI: as much as the Adafruit drivers call.

Pins are GP numbers. The RP2040's SPI blocks alternate every eight pins (datasheet 1.4.3), so
the clock pin names its block.
"""

import machine


class SPI:
    """One SPI bus, shared by lock. clock, MOSI, MISO: GP numbers."""

    def __init__(self, clock: int, MOSI: int, MISO: int) -> None:  # noqa: N803
        self._spi = machine.SPI(
            clock // 8 & 1,
            baudrate=1_000_000,
            polarity=0,
            phase=0,
            sck=machine.Pin(clock),
            mosi=machine.Pin(MOSI),
            miso=machine.Pin(MISO),
        )
        self._settings = (1_000_000, 0, 0)
        self._locked = False

    def try_lock(self) -> bool:
        """Take the bus; False when somebody has it."""
        if self._locked:
            return False
        self._locked = True
        return True

    def unlock(self) -> None:
        """Give the bus back."""
        self._locked = False

    def configure(
        self, baudrate: int = 100_000, polarity: int = 0, phase: int = 0, bits: int = 8
    ) -> None:
        """Speed in baud and SPI mode. The drivers call it before every transfer: only a
        change reaches the hardware.
        """
        settings = (baudrate, polarity, phase)
        if settings != self._settings:
            self._spi.init(baudrate=baudrate, polarity=polarity, phase=phase)
            self._settings = settings

    def write(
        self, buffer: bytes | bytearray | memoryview, start: int = 0, end: int | None = None
    ) -> None:
        """Send buffer[start:end]."""
        self._spi.write(_part(buffer, start, end))

    def readinto(
        self,
        buffer: bytearray | memoryview,
        start: int = 0,
        end: int | None = None,
        write_value: int = 0,
    ) -> None:
        """Fill buffer[start:end], sending write_value for each byte."""
        self._spi.readinto(_part(buffer, start, end), write_value)

    def write_readinto(
        self,
        out_buffer: bytes | bytearray | memoryview,
        in_buffer: bytearray | memoryview,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Send and fill at once; both parts are of one length. They may be the same buffer."""
        self._spi.write_readinto(
            _part(out_buffer, out_start, out_end), _part(in_buffer, in_start, in_end)
        )


def _part(
    buffer: bytes | bytearray | memoryview, start: int, end: int | None
) -> bytes | bytearray | memoryview:
    # A slice of a bytearray would be a copy that nobody sees filled.
    if start == 0 and (end is None or end == len(buffer)):
        return buffer
    return memoryview(buffer)[start : len(buffer) if end is None else end]
