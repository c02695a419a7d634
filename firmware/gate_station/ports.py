"""The contracts of the hardware: what core/ and tasks.py expect, what drivers/ and the
simulation provide. Docstrings only; nothing here runs.

All methods return at once unless they say otherwise. A part that fails raises OSError; the
caller goes on without it.
"""


class BlockDevice:
    """MicroPython's extended block-device protocol (`rp2.Flash()` on the Pico)."""

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int = 0) -> None:
        """Fill buf from the block, starting at offset bytes into it."""
        raise NotImplementedError

    def writeblocks(self, block: int, buf: bytes | bytearray | memoryview, offset: int = 0) -> None:
        """With three arguments: program without erasing. buf is whole pages in RAM."""
        raise NotImplementedError

    def ioctl(self, op: int, arg: int) -> int | None:
        """4: number of blocks; 5: block size in bytes; 6: erase block arg."""
        raise NotImplementedError


class Ticks:
    """The board's free-running counter."""

    def ticks_us(self) -> int:
        """Microseconds, wraps at 2**30."""
        raise NotImplementedError


class Flag:
    """An event that an interrupt may set."""

    def set(self) -> None:
        """Wake the waiter; safe in an interrupt."""
        raise NotImplementedError

    async def wait(self) -> None:
        """Wait until set, then clear. One waiter."""
        raise NotImplementedError


class Aio:
    """What the tasks need of a scheduler: asyncio on the board, virtual time in simulation."""

    async def sleep_ms(self, ms: int) -> None:
        """Let others run for at least ms milliseconds."""
        raise NotImplementedError

    def flag(self) -> Flag:
        """A new flag (asyncio.ThreadSafeFlag on the board)."""
        raise NotImplementedError


class Button:
    """The gate itself or a plunger. The interrupt stores ticks_us in a preallocated ring."""

    def take(self) -> int:
        """ticks_us of the oldest press not yet taken, -1 if none. Never allocates."""
        raise NotImplementedError

    def is_down(self) -> bool:
        """Is it held just now?"""
        raise NotImplementedError


class Reader:
    """The NFC reader. Its IRQ line stores ticks_us in the interrupt."""

    def start(self) -> None:
        """Ask the chip to wait for a tag; the IRQ line falls when one is there."""
        raise NotImplementedError

    def take(self) -> tuple[bytes, int] | None:
        """(UID, ticks_us of the IRQ edge) when a tag was read, else None. Starts the next wait."""
        raise NotImplementedError

    def self_test(self) -> bool:
        """Does the chip answer? Called while idle."""
        raise NotImplementedError

    def reset(self) -> None:
        """Through RSTPD, then configure anew."""
        raise NotImplementedError


class Rtc:
    """The DS3231. edge_us: ticks_us of the last 1 Hz edge, taken in the interrupt."""

    def edge(self) -> tuple[int, int]:
        """(count of edges since start, ticks_us of the last one)."""
        raise NotImplementedError

    def read_s(self) -> int | None:
        """Whole seconds since 2020-01-01 UTC; None: stopped since it was set, or rubbish."""
        raise NotImplementedError

    def write_s(self, seconds: int) -> None:
        """Set; the divider starts anew, so the second begins when this is called."""
        raise NotImplementedError

    def temperature_c(self) -> int:
        """Of the chip, whole degrees."""
        raise NotImplementedError


class Signal:
    """Buzzer and LEDs: what a cold, tired person hears and sees."""

    def accepted(self) -> None:
        """The tap is in flash."""
        raise NotImplementedError

    def play(self, pattern: str) -> None:
        """Start a named pattern of core/signals.py; returns at once."""
        raise NotImplementedError


class Console:
    """The byte stream to the host (USB CDC)."""

    def read(self, buf: bytearray) -> int:
        """Read what is there into buf, without waiting; returns the number of bytes."""
        raise NotImplementedError

    def write(self, buf: bytes | bytearray | memoryview) -> int:
        """Write what fits without waiting; returns the number of bytes taken."""
        raise NotImplementedError


class Radio:
    """The RFM95. Sending never blocks."""

    def send(self, packet: bytes | bytearray) -> None:
        """Start transmitting; busy() tells when it is over."""
        raise NotImplementedError

    def busy(self) -> bool:
        """Is a transmission under way?"""
        raise NotImplementedError

    def take(self) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB) received since, or None."""
        raise NotImplementedError


class Power:
    """The battery."""

    def battery_mv(self) -> int:
        """Millivolts; 0: cannot be measured."""
        raise NotImplementedError


class Watchdog:
    """The hardware watchdog."""

    def feed(self) -> None:
        """Alive."""
        raise NotImplementedError
