"""The NFC reader: a PN532 on SPI, through Adafruit's driver, without ever waiting for it.

Adafruit's class frames and checks the bytes. Here the chip is told to listen, and take() goes on by
one short step at a time. Its IRQ line wakes the task and gives the moment, in an interrupt; whether
there is an answer, the chip itself is asked: a line may be cut, stuck, bounce, or hang on the wrong
pin. Names and numbers are those of the PN532 user manual (UM0701-02, "UM").

After each reset the chip sleeps in Low battery mode: NSS wakes it (UM 6.3.4.3), it understands
nothing for T_osc_start, "typically a few 100 us", "up to 2 ms" (UM 6.3.2.3), and the first command
must be SAMConfiguration (UM 7.2.10).
"""

import machine
import utime
from digitalio import DigitalInOut

from gate_station.drivers.pn532_chip import Chip

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Protocol

    from busio import SPI

    class Flag(Protocol):
        """See ports.Flag."""

        def set(self) -> None:
            """Wake the waiter."""


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

_UID_BYTES_MAX = 10
_ACK_MS = 30  # UM 6.2.1.1: the chip acknowledges within 15 ms
_REPLY_MS = 60
_PULSE_MS = 10  # RSTPDN low
_START_MS = 10  # the chip starts within 2 ms of RSTPDN high
_WAKE_MS = 3  # T_osc_start
_HELD_MS = 50  # pause before the same tag is asked for again
_RETRY_MS = 150  # a read within this long after a failed one is the same touch
_FAILS = 4  # reads in a row, within
_FAILING_MS = 1000  # this long: what is there cannot be read
_FRESH_MS = 50  # the moment of a tag that is found by asking shall be known so well
_KEPT_MS = 60  # what is still there is read again within this
_POLL_MS = 15  # the chip is asked so often while its IRQ line does not work
_EDGES = 2  # of the IRQ line in one exchange: acknowledgement and answer
_EDGES_MASK = 0xFFFFFF
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
_WAKING = 8


class Pn532Reader:
    """The reader. spi: a busio.SPI; pins are GP numbers; flag is set by the interrupt.

    A chip that does not answer is tried again now and then for as long as it takes: it is found
    when it is plugged in. on_ms, off_ms: look for tags this long, then nap; 0: look all the time.
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
        self._edge_us = 0
        self.edges = 0
        self._seen = 0  # of these edges it is known what they were
        self._noise = 0  # edges without an answer since the last self-test
        self._heard_us = 0  # when the chip last acknowledged that it is to listen
        self._kept = (b"", 0, -1)  # a tag that was found too late to say when; -1: none
        self._state = _OFF
        self._due_us = 0
        self._todo: list[tuple[int, bytes, int]] = []
        self._now = _LISTEN
        self._last_uid = b""
        self._fails = 0  # reads in a row that gave no UID; the first of them:
        self._failed = (0, 0)
        self._silent = 0  # resets since the chip last answered
        self.resets = 0
        self.garbled = 0  # answers that were damaged or empty
        self.tests = 0  # self-tests passed
        self.polled = False  # the IRQ line does not work: the chip is asked in turns
        self._irq = machine.Pin(irq, machine.Pin.IN, machine.Pin.PULL_UP)
        self._irq.irq(self._on_irq, machine.Pin.IRQ_FALLING, hard=True)
        self.rstpd = DigitalInOut(rstpd)
        self.rstpd.switch_to_output(value=False)
        self.chip = Chip(spi, DigitalInOut(cs), reset=self.rstpd)

    def _on_irq(self, _pin: machine.Pin) -> None:
        # A hard interrupt: no allocation.
        self._edge_us = utime.ticks_us()
        self.edges = (self.edges + 1) & _EDGES_MASK
        self._flag.set()

    def start(self) -> None:
        """Begin: take() resets the chip, configures it and lets it listen, step by step."""
        self._wait(_PULSE, _PULSE_MS)

    def wait_ms(self) -> int:
        """After how many ms take() wants to be called; -1: only when the flag is set."""
        if self._state == _OFF:
            return -1
        if self._state == _LISTENING and not self._on_ms:
            return _POLL_MS if self.polled else -1
        if self._state in (_WAIT_ACK, _WAIT_REPLY):
            return 1
        left_ms = utime.ticks_diff(self._due_us, utime.ticks_us()) // 1000 + 1
        if self._state == _LISTENING:
            left_ms = min(left_ms, _POLL_MS)
        return max(1, left_ms)

    def take(self) -> tuple[bytes, int, int] | None:
        """Go on by one step. (UID, ticks_us, late_ms) when a tag was read, else None.

        late_ms: 0 when the moment is that of the IRQ line's own edge; else the chip was found
        with the answer, and had it for at most so long: since it began to listen. (That it had
        none when it was asked in between proves nothing: a wire of the bus may be broken.) So what
        is found after long is read once more. UID b"": something is there that cannot be read.
        """
        state = self._state
        if self._kept[2] >= 0 and self._passed_ms(self._kept[1]) > _KEPT_MS:
            return self._give_kept()
        if state in (_WAIT_ACK, _WAIT_REPLY, _LISTENING):
            if self._ready():
                return self._answer(state)
            if state == _LISTENING and not self._on_ms:
                return None
        if state == _OFF or not self._is_due():
            return None
        self._go_on(state)
        return None

    def _go_on(self, state: int) -> None:
        """What was waited for is over."""
        if state == _PULSE:
            self.rstpd.value = True
            self._wait(_STARTING, _START_MS)
        elif state in (_STARTING, _NAPPING):
            self.chip.wake()
            self._wait(_WAKING, _WAKE_MS)
        elif state == _WAKING:
            self._todo = [_SAM, _RETRIES, _LISTEN]
            self._next()
        elif state == _LISTENING:
            self._todo = [_NAP]
            self._next()
        elif state == _PAUSE:
            self._next()
        else:
            self.reset()

    def self_test(self) -> bool:
        """Ask the chip whether it lives, unless it is busy; take() sees to the rest.

        True when it was asked. A chip that does not answer in time is reset. Whether the IRQ
        line works is found out, too.
        """
        if self._state != _LISTENING or self._ready():
            return False
        self.chip.abort()
        self._todo = [_VERSION, _LISTEN]
        self._next()
        return True

    def reset(self) -> None:
        """Through RSTPD, then configure anew: take() goes through it, step by step."""
        self.resets += 1
        self._silent += 1
        self.rstpd.switch_to_output(value=False)
        self._wait(_PULSE, _MISSING_MS if self._silent % _RESETS_IN_A_ROW == 0 else _PULSE_MS)

    def fault(self) -> str:
        """What is wrong with it, as far as is known: "silent", "no irq", or ""."""
        if self._silent > 1:
            return "silent"
        return "no irq" if self.polled else ""

    def probe(self) -> str:
        """For the doctor, see pn532_probe."""
        from gate_station.drivers import pn532_probe  # noqa: PLC0415 - rarely asked for

        return pn532_probe.probe(self)

    def revived(self, resets: int, is_polled: bool) -> None:
        """The reset that is under way is none of its faults."""
        self.resets, self._silent, self.polled = resets, 0, is_polled

    def has_told(self, edges: int) -> bool:
        """Since there were so many edges, the chip spoke twice: did the IRQ line say just that?"""
        return (self.edges - edges) & _EDGES_MASK == _EDGES and self._irq.value() == 1

    def _next(self) -> None:
        """Send the next command."""
        self._now = self._todo.pop(0)
        self._seen = self.edges
        self.chip.tell(self._now[0], self._now[1])
        self._wait(_WAIT_ACK, _ACK_MS)

    def _wait(self, state: int, wait_ms: int) -> None:
        self._state = state
        self._due_us = utime.ticks_add(utime.ticks_us(), wait_ms * 1000)

    def _passed_ms(self, since_us: int) -> int:
        return utime.ticks_diff(utime.ticks_us(), since_us) // 1000

    def _is_due(self) -> bool:
        return utime.ticks_diff(utime.ticks_us(), self._due_us) >= 0

    def _ready(self) -> bool:
        """Has the chip something to say?"""
        edges = self.edges  # a later one may be that of an answer that is only just coming
        if self.chip.is_ready():
            return True
        if self._state == _LISTENING and edges != self._seen:
            self._seen = edges
            self._noise += 1
            self.polled = True
        return False

    def _answer(self, state: int) -> tuple[bytes, int, int] | None:
        """The chip has something to say."""
        if state == _WAIT_ACK:
            if not self.chip.took():
                self.garbled += 1
                self.reset()
            elif self._now is _LISTEN:
                self._listen()
            else:
                self._wait(_WAIT_REPLY, _REPLY_MS)
            return None
        moment = self._moment() if state == _LISTENING else None
        reply = self.chip.reply(self._now[0], self._now[2])
        if moment is not None:
            return self._tag(reply, moment)
        self._replied(reply)
        return None

    def _listen(self) -> None:
        self._seen = self.edges
        now_us: int = utime.ticks_us()  # pyright: ignore[reportAssignmentType]
        self._heard_us = now_us
        self._wait(_LISTENING, self._on_ms)

    def _moment(self) -> tuple[int, int]:
        """(ticks_us, late_ms) of the answer that is there: its own edge, or now.

        It is its own when it is the only one since the chip began to listen, and the line is
        still low.
        """
        edge_us: int = self._edge_us  # pyright: ignore[reportAssignmentType] - the stubs' ticks
        is_one = (self.edges - self._seen) & _EDGES_MASK == 1
        if is_one and not self.polled and self._irq.value() == 0:
            return edge_us, 0
        now_us: int = utime.ticks_us()  # pyright: ignore[reportAssignmentType]
        if not self.polled:
            self._noise += 1
            self.polled = True
        return now_us, self._passed_ms(self._heard_us) + 1

    def _replied(self, reply: bytes | bytearray | None) -> None:
        if reply is None:
            self.garbled += 1
            self.reset()
            return
        self._silent = 0
        if self._now in (_VERSION, _RETRIES):
            self.tests += self._now is _VERSION
            self.polled = self._noise > 0 or not self.has_told(self._seen)
            self._noise = 0
        if self._now is _NAP:
            self._wait(_NAPPING, self._off_ms)
        else:
            self._next()

    def _tag(
        self, reply: bytes | bytearray | None, moment: tuple[int, int]
    ) -> tuple[bytes, int, int] | None:
        """UM 7.3.5: number of tags, target, SENS_RES (2), SEL_RES, UID length, UID, ..."""
        self._todo = [_LISTEN]
        since_us = utime.ticks_diff(moment[0], self._failed[0])
        if not 0 <= since_us < _FAILING_MS * 1000:
            self._fails = 0
        size = reply[5] if reply is not None and len(reply) > 6 and reply[0] == 1 else 0
        if reply is None or not 4 <= size <= _UID_BYTES_MAX or len(reply) < 6 + size:
            return self._unread(moment, reply == b"")
        uid = bytes(reply[6 : 6 + size])
        if self._fails and since_us < _RETRY_MS * 1000 and self._failed[1] <= _FRESH_MS:
            moment = self._failed
        self._fails = 0
        if moment[1] > _FRESH_MS:
            kept = self._give_kept()
            self._kept = uid, moment[0], moment[1]
            self._next()
            return kept if kept[0] else None
        if uid == self._kept[0]:
            self._give_kept()
        if uid == self._last_uid:
            self._wait(_PAUSE, _HELD_MS)
        else:
            self._last_uid = uid
            self._next()
        return uid, moment[0], moment[1]

    def _give_kept(self) -> tuple[bytes, int, int]:
        kept, self._kept = self._kept, (b"", 0, -1)
        return kept

    def _unread(
        self, moment: tuple[int, int], has_forgotten: bool
    ) -> tuple[bytes, int, int] | None:
        """Some chips fail every other read of a 7-byte UID: ask again at once. A chip that does
        not know the command any more was reset by something else.
        """
        self.garbled += 1
        if has_forgotten:
            self.reset()
            return None
        self._fails += 1
        if self._fails == 1:
            self._failed = moment
        if self._fails < _FAILS:
            self._next()
            return None
        self._failed = moment
        self._wait(_PAUSE, _HELD_MS)
        return b"", moment[0], moment[1]
