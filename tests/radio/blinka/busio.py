"""Stands for Blinka's busio: the SPI bus on which the radio hangs."""

from __future__ import annotations

from camproom import catch_up, chip, cs


class SPI:
    """As much as adafruit_bus_device and the driver call."""

    def __init__(self, clock: str, MOSI: str, MISO: str) -> None:
        assert (clock, MOSI, MISO) == ("SCK", "MOSI", "MISO")

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def configure(self, baudrate: int, polarity: int, phase: int) -> None:
        assert (polarity, phase) == (0, 0)  # SX1276 datasheet 2.2

    def write(self, buffer: bytes, start: int = 0, end: int | None = None) -> None:
        self._exchange(bytes(buffer[start:end]), len(buffer[start:end]))

    def readinto(self, buffer: bytearray, start: int = 0, end: int | None = None) -> None:
        stop = len(buffer) if end is None else end
        buffer[start:stop] = self._exchange(None, stop - start)

    def _exchange(self, out: bytes | None, count: int) -> bytes:
        catch_up()
        return chip.exchange(out, count) if cs.level == 0 else b"\xff" * count
