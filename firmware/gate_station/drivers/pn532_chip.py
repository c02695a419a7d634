"""The PN532 itself: Adafruit's driver with transfers that wait for nothing."""

from adafruit_pn532.spi import PN532_SPI  # pyright: ignore[reportMissingTypeStubs]

_HOST_TO_CHIP = 0xD4
_ACK = b"\x00\x00\xff\x00\xff\x00"
_ERROR = b"\x00\x00\xff\x01\xff\x7f"  # how the error frame begins (UM 6.2.1.5)
_SPI_HZ = 1_000_000  # the chip's limit is 5 MHz; jumper wires are long
_NIBBLES = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


def _mirrored(value: int) -> int:
    """The chip sends the lowest bit first (UM 6.2.5), the RP2040 the highest."""
    return _NIBBLES[value & 15] << 4 | _NIBBLES[value >> 4]


class Chip(PN532_SPI):
    """Adafruit's driver that waits for nothing."""

    @property
    def firmware_version(self) -> tuple[int, int, int, int]:
        """Adafruit's constructor asks for it; here its owner does."""
        return 0, 0, 0, 0

    def reset(self) -> None:
        """Called by Adafruit's constructor; its owner resets it."""
        self._spi.baudrate = _SPI_HZ
        self._is_refused = False

    def is_ready(self) -> bool:
        """Ask the chip itself (status read, UM 6.2.5) whether an answer is there."""
        return self.status() == 0x80  # bit 0, mirrored

    def status(self) -> int:
        """The byte that comes back for a status read, as it stands on the wire."""
        status = bytearray(b"\x40\x00")
        with self._spi as spi:
            spi.write_readinto(status, status)
        return status[1]

    def tell(self, command: int, params: bytes) -> None:
        """Send a command and return at once."""
        self._write_frame(bytearray(bytes((_HOST_TO_CHIP, command)) + params))

    def abort(self) -> None:
        """End what the chip is doing (UM 6.2.1.3: an ACK frame from the host)."""
        self._write_data(_ACK)

    def wake(self) -> None:
        """NSS alone wakes it (UM 6.3.4.3, 7.2.11); it listens some ms later."""
        self._wakeup()

    def _wakeup(self) -> None:
        with self._spi as spi:
            spi.write(b"\0")

    def took(self) -> bool:
        """Read the ACK frame: did the chip understand?"""
        return bytes(self._read_data(len(_ACK))) == _ACK

    def reply(self, command: int, reply_bytes: int) -> bytes | bytearray | None:
        """The answer, None when it is damaged, b"" when the chip knows no such command now (the
        error frame, UM 6.2.1.5).
        """
        try:
            return self.process_response(command, reply_bytes, timeout=0)
        except (RuntimeError, IndexError):
            return b"" if self._is_refused else None

    def _wait_ready(self, timeout: float = 1) -> bool:
        return True  # the caller knows already

    def _read_data(self, count: int) -> bytearray:
        """So many bytes, or as many as the frame says that it has (UM 6.2.1.1): a card with a
        long ATS has more to say than Adafruit's class expects.
        """
        frame = bytearray(count + 1)
        frame[0] = 0xC0  # data read (3), mirrored
        with self._spi as spi:
            spi.write_readinto(frame, frame)
            more = _mirrored(frame[4]) + 7 - count  # 00 00 FF length ...
            if more > 0 and count > len(_ACK):
                rest = bytearray(more)
                spi.readinto(rest)
                frame += rest
        for at in range(len(frame) - 1):
            frame[at] = _mirrored(frame[at + 1])
        self._is_refused = bytes(frame[:6]) == _ERROR
        return frame[:-1]

    def _write_data(self, framebytes: bytes) -> None:
        frame = bytearray(len(framebytes) + 1)
        frame[0] = 0x80  # data write (1), mirrored
        for at, value in enumerate(framebytes):
            frame[at + 1] = _mirrored(value)
        with self._spi as spi:
            spi.write(frame)
