"""The NFC reader: a PN532 on SPI, through Adafruit's driver, without ever waiting for it.

Adafruit's class frames and checks the bytes. Here the chip is told to listen and its IRQ line
tells, in an interrupt, when an answer is there; take() then goes on by one short step. Names
and numbers are those of the PN532 user manual (UM0701-02, "UM").
"""

import machine
import utime
from adafruit_pn532.spi import PN532_SPI  # pyright: ignore[reportMissingTypeStubs]
from digitalio import DigitalInOut

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Protocol

    from busio import SPI

    class Flag(Protocol):
        """See ports.Flag."""

        def set(self) -> None:
            """Wake the waiter."""


_HOST_TO_CHIP = 0xD4
_GET_FIRMWARE_VERSION = 0x02
_SAM_CONFIGURATION = 0x14
_POWER_DOWN = 0x16
_RF_CONFIGURATION = 0x32
_IN_LIST_PASSIVE_TARGET = 0x4A

_SAM = (_SAM_CONFIGURATION, b"\x01\x14\x01", 0)  # normal mode, IRQ line in use (UM 7.2.10)
_RETRIES = (_RF_CONFIGURATION, b"\x05\xff\x01\xff", 0)  # listen for ever (UM 7.3.1)
_LISTEN = (_IN_LIST_PASSIVE_TARGET, b"\x01\x00", 36)  # one tag, ISO 14443A at 106 kbit/s
_VERSION = (_GET_FIRMWARE_VERSION, b"", 4)
_NAP = (_POWER_DOWN, b"\x20\x01", 1)  # woken by SPI, tells by IRQ (UM 7.2.11)
_ACK = b"\x00\x00\xff\x00\xff\x00"

_SPI_HZ = 1_000_000  # the chip's limit is 5 MHz; jumper wires are long
_UID_BYTES_MAX = 10
_ACK_MS = 30  # UM 6.2.1.1: the chip acknowledges within 15 ms
_REPLY_MS = 60
_PULSE_MS = 10  # RSTPDN low
_START_MS = 10  # the chip starts within 2 ms of RSTPDN high
_WAKE_MS = 2
_HELD_MS = 50  # pause before the same tag is asked for again
_RETRY_MS = 150  # a read within this long after a failed one is the same touch
_MISSING_MS = 30_000  # between tries to revive a chip that is silent
_RESETS_IN_A_ROW = 4

# What the chip is doing.
_OFF = 0
_WAIT_ACK = 1
_WAIT_REPLY = 2
_LISTENING = 3
_PULSE = 4
_STARTING = 5
_PAUSE = 6
_NAPPING = 7

_MIRROR = bytes(
    [sum([(value >> bit & 1) << (7 - bit) for bit in range(8)]) for value in range(256)]
)


class _Chip(PN532_SPI):
    """Adafruit's driver with a bit mirror by table, and waits that are short."""

    def reset(self) -> None:
        """As Adafruit's, in 20 ms instead of 200."""
        if self._reset_pin:
            self._reset_pin.switch_to_output(value=False)
            utime.sleep_ms(_PULSE_MS)
            self._reset_pin.value = True
            utime.sleep_ms(_START_MS)
        self._spi.baudrate = _SPI_HZ
        self._wakeup()

    def is_ready(self) -> bool:
        """Ask the chip itself (status read, UM 6.2.5) whether an answer is there."""
        status = bytearray(b"\x40\x00")
        with self._spi as spi:
            spi.write_readinto(status, status)
        return status[1] == 0x80  # bit 0, mirrored

    def raw_status(self) -> int:
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
        """Chip select alone wakes it (UM 7.2.11); it listens some ms later."""
        with self._spi as spi:
            spi.write(b"\0")

    def took(self) -> bool:
        """Read the ACK frame: did the chip understand?"""
        return bytes(self._read_data(len(_ACK))) == _ACK

    def reply(self, command: int, reply_bytes: int) -> bytes | bytearray | None:
        """The answer, None when it is damaged."""
        try:
            return self.process_response(command, reply_bytes, timeout=0)
        except (RuntimeError, IndexError):
            return None

    def _wait_ready(self, timeout: float = 1) -> bool:
        for _ in range(min(int(timeout * 1000), _REPLY_MS)):
            if self.is_ready():
                return True
            utime.sleep_ms(1)
        return timeout == 0  # the caller knows already

    def _read_data(self, count: int) -> bytearray:
        frame = bytearray(count + 1)
        frame[0] = 0xC0  # data read (3), mirrored
        with self._spi as spi:
            spi.write_readinto(frame, frame)
        for at in range(count):
            frame[at] = _MIRROR[frame[at + 1]]
        return frame[:count]

    def _write_data(self, framebytes: bytes) -> None:
        frame = bytearray(len(framebytes) + 1)
        frame[0] = 0x80  # data write (1), mirrored
        for at, value in enumerate(framebytes):
            frame[at + 1] = _MIRROR[value]
        with self._spi as spi:
            spi.write(frame)


class Pn532Reader:
    """The reader. spi: a busio.SPI; pins are GP numbers; flag is set by the interrupt.

    Raises RuntimeError or OSError when no chip answers. on_ms, off_ms: look for tags this long,
    then nap; 0: look all the time.
    """

    def __init__(
        self,
        spi: "SPI",
        cs: int,
        irq: int,
        rstpd: int,
        flag: "Flag",
        on_ms: int = 0,
        off_ms: int = 0,
    ) -> None:
        self._flag = flag
        self._on_ms = on_ms
        self._off_ms = off_ms
        self._edge = False
        self._edge_us = 0
        self._edges = 0
        self._state = _OFF
        self._due_us = 0
        self._todo: list[tuple[int, bytes, int]] = []
        self._now = _LISTEN
        self._last_uid = b""
        self._failed_us = -1
        self._silent = 0  # resets since the chip last answered
        self.resets = 0
        self.garbled = 0  # answers that were damaged or empty
        self.tests = 0  # self-tests passed
        self.polled = False  # the IRQ line does not work: the chip is asked in turns
        self._irq = machine.Pin(irq, machine.Pin.IN, machine.Pin.PULL_UP)
        self._irq.irq(self._on_irq, machine.Pin.IRQ_FALLING, hard=True)
        self._rstpd = DigitalInOut(rstpd)
        self._chip = _Chip(spi, DigitalInOut(cs), reset=self._rstpd)
        self.polled = self._edges == 0

    def _on_irq(self, _pin: machine.Pin) -> None:
        # A hard interrupt: no allocation.
        self._edge_us = utime.ticks_us()
        self._edge = True
        self._edges = (self._edges + 1) & 0xFFFFFF
        self._flag.set()

    def start(self) -> None:
        """Configure the chip and let it listen."""
        self._todo = [_SAM, _RETRIES, _LISTEN]
        self._next()

    def wait_ms(self) -> int:
        """After how many ms take() wants to be called; -1: only when the flag is set."""
        if self._state == _OFF:
            return -1
        if self._state == _LISTENING and not self._on_ms:
            return 15 if self.polled else -1
        if self._state in (_WAIT_ACK, _WAIT_REPLY):
            return 1
        left_ms = utime.ticks_diff(self._due_us, utime.ticks_us()) // 1000 + 1
        if self._state == _LISTENING:
            left_ms = min(left_ms, 15)
        return max(1, left_ms)

    def take(self) -> tuple[bytes, int] | None:
        """Go on by one step. (UID, ticks_us of the IRQ edge) when a tag was read, else None."""
        state = self._state
        if state in (_WAIT_ACK, _WAIT_REPLY, _LISTENING):
            if self._ready():
                return self._answer(state)
            if state == _LISTENING and not self._on_ms:
                return None
        if state == _OFF or not self._is_due():
            return None
        if state == _PULSE:
            self._rstpd.value = True
            self._wait(_STARTING, _START_MS)
        elif state == _STARTING:
            self.start()
        elif state == _LISTENING:
            self._todo = [_NAP]
            self._next()
        elif state == _PAUSE:
            self._next()
        elif state == _NAPPING:
            self._chip.wake()
            self._wait(_STARTING, _WAKE_MS)
        else:
            self.reset()
        return None

    def self_test(self) -> bool:
        """Ask the chip whether it lives, unless it is busy; take() sees to the rest.

        True when it was asked. A chip that does not answer in time is reset.
        """
        if self._state != _LISTENING or self._ready():
            return False
        self._chip.abort()
        self._todo = [_VERSION, _LISTEN]
        self._next()
        return True

    def reset(self) -> None:
        """Through RSTPD, then configure anew: take() goes through it, step by step."""
        self.resets += 1
        self._silent += 1
        self._rstpd.switch_to_output(value=False)
        self._wait(_PULSE, _MISSING_MS if self._silent % _RESETS_IN_A_ROW == 0 else _PULSE_MS)

    def answers(self) -> bool:
        """Does the chip live, as far as we know?"""
        return self._silent == 0

    def probe(self) -> str:
        """For the doctor; stops reading for about 100 ms. "ok" or a word for what is wrong:

        "high", "low": no answer, and the chip's data line is always so. "no irq": the chip
        answers, its IRQ line does not move. "no reset": RSTPD does not stop it. "resets",
        "garbled": it works, but had to be revived, or its answers are often damaged.
        """
        edges = self._edges
        if not self._asked():
            self.reset()
            return "high" if self._chip.raw_status() == 0xFF else "low"
        no_irq = self._edges == edges
        self._rstpd.value = False
        utime.sleep_ms(_PULSE_MS)
        no_reset = self._asked()
        resets = self.resets
        self.reset()
        self.resets, self._silent = resets, 0
        self.polled = no_irq
        if no_irq or no_reset:
            return "no irq" if no_irq else "no reset"
        if self.garbled > 20:
            return "garbled"
        return "resets" if resets > 3 else "ok"

    def _asked(self) -> bool:
        """Ask for the version and wait for the answer."""
        self._chip.low_power = False
        self._chip.abort()
        try:
            return self._chip.call_function(_GET_FIRMWARE_VERSION, 4) is not None
        except (RuntimeError, IndexError):
            return False

    def _next(self) -> None:
        """Send the next command."""
        self._now = self._todo.pop(0)
        self._edge = False
        self._chip.tell(self._now[0], self._now[1])
        self._wait(_WAIT_ACK, _ACK_MS)

    def _wait(self, state: int, wait_ms: int) -> None:
        self._state = state
        self._due_us = utime.ticks_add(utime.ticks_us(), wait_ms * 1000)

    def _is_due(self) -> bool:
        return utime.ticks_diff(utime.ticks_us(), self._due_us) >= 0

    def _ready(self) -> bool:
        if self._edge or self._irq.value() == 0:
            return True
        if self.polled and self._chip.is_ready():
            self._edge_us = utime.ticks_us()
            return True
        return False

    def _answer(self, state: int) -> tuple[bytes, int] | None:
        """The chip has something to say."""
        self._edge = False
        if state == _WAIT_ACK:
            if not self._chip.took():
                self.garbled += 1
                self.reset()
            elif self._now is _LISTEN:
                self._wait(_LISTENING, self._on_ms)
            else:
                self._wait(_WAIT_REPLY, _REPLY_MS)
            return None
        edge_us: int = self._edge_us  # pyright: ignore[reportAssignmentType]
        reply = self._chip.reply(self._now[0], self._now[2])
        if state == _LISTENING:
            return self._tag(reply, edge_us)
        self._replied(reply)
        return None

    def _replied(self, reply: bytes | bytearray | None) -> None:
        if reply is None:
            self.garbled += 1
            self.reset()
            return
        self._silent = 0
        if self._now is _VERSION:
            self.tests += 1
        if self._now is _NAP:
            self._wait(_NAPPING, self._off_ms)
        else:
            self._next()

    def _tag(self, reply: bytes | bytearray | None, edge_us: int) -> tuple[bytes, int] | None:
        """UM 7.3.5: number of tags, target, SENS_RES (2), SEL_RES, UID length, UID, ..."""
        self._todo = [_LISTEN]
        size = reply[5] if reply is not None and len(reply) > 6 and reply[0] == 1 else 0
        if reply is None or not 4 <= size <= _UID_BYTES_MAX or len(reply) < 6 + size:
            # Some chips fail every other read of a 7-byte UID: ask again at once.
            self.garbled += 1
            if self._failed_us < 0:
                self._failed_us = edge_us
            self._next()
            return None
        uid = bytes(reply[6 : 6 + size])
        if (
            0 <= self._failed_us
            and 0 <= utime.ticks_diff(edge_us, self._failed_us) < _RETRY_MS * 1000
        ):
            edge_us = self._failed_us
        self._failed_us = -1
        if uid == self._last_uid:
            self._wait(_PAUSE, _HELD_MS)
        else:
            self._last_uid = uid
            self._next()
        return uid, edge_us
