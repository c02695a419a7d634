"""The contracts of the hardware: what core/ and tasks.py expect, what drivers/ and the
simulation provide. Docstrings only; nothing here runs.

All methods return at once unless they say otherwise. A part that fails raises OSError; the
caller goes on without it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython has no typing, and never looks at annotations
    from collections.abc import Awaitable
    from typing import BinaryIO, Protocol
else:
    Protocol = object


class BlockDevice(Protocol):
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


class Files(Protocol):
    """The filesystem on the same flash: the module os and the builtin open, on the board."""

    def open(self, path: str, mode: str) -> "BinaryIO":
        """As the builtin. Raises OSError."""
        raise NotImplementedError

    def rename(self, old: str, new: str) -> None:
        """Replaces what is there under the new name, whole or not at all. Raises OSError."""
        raise NotImplementedError

    def remove(self, path: str) -> None:
        """Raises OSError."""
        raise NotImplementedError


class Ticks(Protocol):
    """The board's free-running counter."""

    def ticks_us(self) -> int:
        """Microseconds, wraps at 2**30."""
        raise NotImplementedError


class SlowTicks(Protocol):
    """The board's slower counter (time.ticks_ms), made from the same one."""

    def ticks_ms(self) -> int:
        """Milliseconds, wraps at 2**30."""
        raise NotImplementedError


class Flag(Protocol):
    """An event that an interrupt may set."""

    def set(self) -> None:
        """Wake the waiter; safe in an interrupt."""
        raise NotImplementedError

    def wait(self) -> "Awaitable[None]":
        """Awaited: wait until set, then clear. One waiter."""
        raise NotImplementedError


class Aio(Protocol):
    """What the tasks need of a scheduler: asyncio on the board, virtual time in simulation."""

    def sleep_ms(self, ms: int) -> "Awaitable[None]":
        """Awaited: let others run for at least ms milliseconds."""
        raise NotImplementedError

    def flag(self) -> Flag:
        """A new flag (asyncio.ThreadSafeFlag on the board)."""
        raise NotImplementedError


class Button(Protocol):
    """The gate itself or a plunger. The interrupt stores ticks_us in a preallocated ring."""

    def take(self) -> int:
        """ticks_us of the oldest press not yet taken, -1 if none. Never allocates."""
        raise NotImplementedError

    presses: int  # since the start

    def is_down(self) -> bool:
        """Is it held just now?"""
        raise NotImplementedError

    def settle(self) -> None:
        """Called at least every few minutes: ticks_us wraps, and old edges would look new."""
        raise NotImplementedError

    def chatters(self) -> bool:
        """Did the contact chatter since the last call so that no press could be told?"""
        raise NotImplementedError

    def probe(self) -> str:
        """For the doctor: "ok", "down" or "chatter"."""
        raise NotImplementedError


class Reader(Protocol):
    """The NFC reader. Its IRQ line stores ticks_us in the interrupt."""

    resets: int  # how often the chip had to be revived since the start

    def start(self) -> None:
        """Ask the chip to wait for a tag; the IRQ line falls when one is there."""
        raise NotImplementedError

    def take(self) -> tuple[bytes, int, int] | None:
        """Go on by one short step. (UID, ticks_us, late_ms) when a tag was read, else None.
        late_ms: 0 when ticks_us is that of the IRQ line's own edge; else of the moment at which
        the tag was found, at most so long after it was there. UID b"": something is there that
        cannot be read. Call it when the flag was set and when wait_ms() is over.
        """
        raise NotImplementedError

    def wait_ms(self) -> int:
        """After how many ms take() is to be called again; -1: only when the flag is set."""
        raise NotImplementedError

    def self_test(self) -> bool:
        """Ask the chip whether it lives, unless it is busy (False); take() sees to the rest."""
        raise NotImplementedError

    def reset(self) -> None:
        """Through RSTPD, then configure anew, step by step in take()."""
        raise NotImplementedError

    def fault(self) -> str:
        """What is wrong with it, as far as is known: "silent", "no irq" (it is read by asking),
        or "".
        """
        raise NotImplementedError

    def probe(self) -> str:
        """For the doctor: "ok", "high", "low", "no irq", "no reset", "garbled" or "resets".
        Takes about 100 ms.
        """
        raise NotImplementedError


class Rtc(Protocol):
    """The DS3231."""

    is_silent: bool  # the last transfer failed

    def edge(self) -> tuple[int, int]:
        """(count of edges since start, ticks_us of the last one, taken in the interrupt). An
        edge that did not come a second after another is none.
        """
        raise NotImplementedError

    def read_s(self) -> int | None:
        """Whole seconds since 2020-01-01 UTC; None: stopped since it was set, or rubbish."""
        raise NotImplementedError

    def write_s(self, seconds: int) -> None:
        """Set; the divider starts anew, so the second begins when this is called. Raises
        ValueError for a second that the chip cannot show.
        """
        raise NotImplementedError

    def temperature_c(self) -> int:
        """Of the chip, whole degrees."""
        raise NotImplementedError


class Buzzer(Protocol):
    """What a tired person hears."""

    def tone(self, hz: int) -> None:
        """This tone from now on; 0: silence."""
        raise NotImplementedError


class Leds(Protocol):
    """What a cold person sees."""

    def show(self, lights: int) -> None:
        """From now on: 1 green, 2 red, 3 both, 0 none."""
        raise NotImplementedError


class Console(Protocol):
    """The byte stream to the host (USB CDC)."""

    poll_ms: int  # how often to look for bytes; 0: it sets its flag when some arrive
    flag: "Flag | None"  # handed to it at start

    def read(self, buf: bytearray) -> int:
        """Read what is there into buf, without waiting; returns the number of bytes."""
        raise NotImplementedError

    def write(self, buf: bytes | bytearray | memoryview) -> int:
        """Write what fits without waiting; returns the number of bytes taken."""
        raise NotImplementedError


class Radio(Protocol):
    """The RFM95. Sending never blocks. edge_us: ticks_us, taken in the interrupt, at which the
    last packet had come in or was out; -1: no interrupt told. A chip that does not answer, or has
    forgotten its settings, raises OSError until abandon() has revived it.
    """

    edge_us: int

    def send(self, packet: bytes | bytearray) -> None:
        """Start transmitting; busy() tells when it is over."""
        raise NotImplementedError

    def busy(self) -> bool:
        """Is a transmission under way?"""
        raise NotImplementedError

    def take(self) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB) received since, or None."""
        raise NotImplementedError

    def hearing(self) -> bool:
        """Is a packet just coming in? Who talks now destroys it."""
        raise NotImplementedError

    def abandon(self) -> None:
        """The end of a transmission never came, or the chip did not answer: reset it and set it
        up anew. Raises OSError when it is not there.
        """
        raise NotImplementedError

    def fault(self) -> str:
        """What is wrong with it, as far as is known: "silent", "mute" (a transmission did not
        end), or "".
        """
        raise NotImplementedError

    def probe(self) -> str:
        """For the doctor: "ok", "no irq" or "silent"."""
        raise NotImplementedError


class Power(Protocol):
    """The battery."""

    def battery_mv(self) -> int:
        """Millivolts; 0: cannot be measured."""
        raise NotImplementedError


class Watchdog(Protocol):
    """The hardware watchdog."""

    def feed(self) -> None:
        """Alive."""
        raise NotImplementedError

    def lived(self) -> None:
        """The station has lived for long: restarts before this one were no loop."""
        raise NotImplementedError
