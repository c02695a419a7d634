"""MicroPython's `machine` for the RP2040, over a virtual board.

Runs on CPython and on MicroPython. use(board) says which board the module stands for; pins and
buses remember the board on which they were made. Only what board code uses is here.
"""

from yellowgate.sim.devices.board import (
    ADC_REFERENCE_MV,
    POWER_ON_RESET,
    WATCHDOG_RESET,
    Board,
    BoardReset,
    Interrupt,
    PwmPin,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

PWRON_RESET = POWER_ON_RESET
WDT_RESET = WATCHDOG_RESET

board_in_use: list[Board] = []  # one, or none before use()


def use(board: Board) -> None:
    """From now on this module stands for this board."""
    board_in_use[:] = [board]


def in_use() -> Board:
    """The board that this module stands for. Raises RuntimeError before use()."""
    if not board_in_use:
        raise RuntimeError("machine.use(board) was not called")
    return board_in_use[0]


def unique_id() -> bytes:
    """8 bytes, of the flash chip."""
    return in_use().unique_id


def reset_cause() -> int:
    """PWRON_RESET or WDT_RESET; a reset by software counts as the watchdog's on the RP2040."""
    return in_use().reset_cause


def reset() -> None:
    """Restart; does not return."""
    in_use().watchdog_reason = 2
    raise BoardReset(WDT_RESET)


class Memory:
    """mem32: of all registers only the watchdog's (RP2040 datasheet 4.7.6), and few of these."""

    REASON = 0x40058008
    SCRATCH = (0x4005800C, 0x40058010, 0x40058014, 0x40058018)

    def __getitem__(self, address: int) -> int:
        """A register. Raises ValueError for one that is not modelled."""
        board = in_use()
        if address == Memory.REASON:
            return board.watchdog_reason
        return board.scratch.get(Memory.SCRATCH.index(address), 0)

    def __setitem__(self, address: int, value: int) -> None:
        """Write a scratch register. Raises ValueError for one that is not modelled."""
        in_use().scratch[Memory.SCRATCH.index(address)] = value & 0xFFFFFFFF


mem32 = Memory()


def freq() -> int:
    """Of the processor, in Hz."""
    return 125_000_000


def disable_irq() -> int:
    """Hold interrupts back; the state is for enable_irq()."""
    return in_use().hold_interrupts()


def enable_irq(state: int) -> None:
    """Let them happen again."""
    in_use().let_interrupts(state)


def idle() -> None:
    """Wait for an interrupt; here, a moment."""
    in_use().busy(10)


def lightsleep(time_ms: int = 0) -> None:
    """Sleep for so long, or until the next interrupt when no time is given."""
    board = in_use()
    board.busy(board.crystal.true_us(time_ms * 1000))


class Pin:
    """A GPIO."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(
        self, id: "int | Pin", mode: int = -1, pull: int | None = -1, *, value: int | None = None
    ) -> None:
        self.board = in_use()
        self.gpio: int = id.gpio if isinstance(id, Pin) else id
        self._line = self.board.line(self.gpio)
        self._mode = Pin.IN
        self._out = 0
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: int | None = -1, *, value: int | None = None) -> None:
        """Change what is given."""
        if value is not None:
            self._out = 1 if value else 0
        if pull in (Pin.PULL_UP, Pin.PULL_DOWN):
            self._line.set_pull(1 if pull == Pin.PULL_UP else 0)
            self.board.set_pull(self.gpio, 1 if pull == Pin.PULL_UP else 0)
        if mode != -1:
            self._mode = mode
            self._drive()

    def value(self, x: int | None = None) -> int | None:
        """The level of the wire; with an argument: drive it."""
        if x is None:
            return self._line.level
        self._out = 1 if x else 0
        if self._mode == 1 and self.board.is_powered:  # OUT: what chips are selected by
            self._line.set(self._out, "mcu")
        else:
            self._drive()
        return None

    def __call__(self, x: int | None = None) -> int | None:
        """As value()."""
        return self.value(x)

    def on(self) -> None:
        """High."""
        self.value(1)

    def off(self) -> None:
        """Low."""
        self.value(0)

    high = on
    low = off

    def toggle(self) -> None:
        """The other level."""
        self.value(1 - self._out)

    def irq(
        self,
        handler: "Callable[[Pin], object] | None" = None,
        trigger: int = IRQ_FALLING | IRQ_RISING,
        hard: bool = False,
    ) -> None:
        """Call handler(pin) at these edges. hard: as on the board, it may not allocate; here
        nobody checks. What it raises comes out of the simulation, it is not swallowed.
        """
        interrupt = None if handler is None else Interrupt(self, handler, trigger)
        self.board.set_interrupt(self.gpio, interrupt)

    def _drive(self) -> None:
        if not self.board.is_powered:
            self.board.check_power()
        if self._mode == Pin.IN or (self._mode == Pin.OPEN_DRAIN and self._out):
            self._line.release("mcu")
        else:
            self._line.set(self._out, "mcu")


class SPI:
    """A hardware SPI bus."""

    MSB = 0
    LSB = 1

    def __init__(
        self,
        id: int,
        baudrate: int = 1_000_000,
        *,
        polarity: int = 0,
        phase: int = 0,
        bits: int = 8,
        firstbit: int = MSB,
        sck: Pin | None = None,
        mosi: Pin | None = None,
        miso: Pin | None = None,
    ) -> None:
        self._board = in_use()
        self._id = id
        self._hz = baudrate
        if firstbit != SPI.MSB:
            raise NotImplementedError("LSB")  # as the RP2040

    def init(self, baudrate: int = 1_000_000, polarity: int = 0, phase: int = 0) -> None:
        """Change the settings."""
        self._hz = baudrate

    def deinit(self) -> None:
        """Nothing to let go of."""

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Send."""
        self._board.spi_exchange(self._id, bytes(buf), len(buf), self._hz)

    def read(self, nbytes: int, write: int = 0) -> bytes:
        """Receive while sending this value."""
        return self._board.spi_exchange(self._id, bytes((write,)) * nbytes, nbytes, self._hz)

    def readinto(self, buf: bytearray | memoryview, write: int = 0) -> None:
        """Receive into buf while sending this value."""
        buf[:] = self.read(len(buf), write)

    def write_readinto(
        self, write_buf: bytes | bytearray | memoryview, read_buf: bytearray | memoryview
    ) -> None:
        """Both at once; the buffers are of one length and may be the same."""
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        read_buf[:] = self._board.spi_exchange(self._id, bytes(write_buf), len(write_buf), self._hz)


class I2C:
    """A hardware I2C bus."""

    def __init__(
        self, id: int, *, scl: Pin | None = None, sda: Pin | None = None, freq: int = 400_000
    ) -> None:
        self._board = in_use()
        self._id = id
        self._hz = freq

    def scan(self) -> list[int]:
        """The addresses that answer."""
        return self._board.i2c_addresses(self._id)

    def writeto(self, addr: int, buf: bytes | bytearray | memoryview, stop: bool = True) -> int:
        """Write; returns the number of bytes acknowledged."""
        self._board.i2c_device(self._id, addr, len(buf), self._hz).write(bytes(buf))
        return len(buf)

    def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
        """Read."""
        return self._board.i2c_device(self._id, addr, nbytes, self._hz).read(nbytes)

    def readfrom_into(self, addr: int, buf: bytearray | memoryview, stop: bool = True) -> None:
        """Read into buf."""
        buf[:] = self.readfrom(addr, len(buf))

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Read registers from memaddr on."""
        self.writeto(addr, bytes((memaddr,)), False)
        return self.readfrom(addr, nbytes)

    def readfrom_mem_into(self, addr: int, memaddr: int, buf: bytearray | memoryview) -> None:
        """Read registers from memaddr on into buf."""
        buf[:] = self.readfrom_mem(addr, memaddr, len(buf))

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes | bytearray | memoryview) -> None:
        """Write registers from memaddr on."""
        self.writeto(addr, bytes((memaddr,)) + bytes(buf))


class PWM(PwmPin):
    """A square wave on a pin; the board writes down every change of what can be heard.

    As on the RP2040 (datasheet 4.5.2) two pins share a slice and so their frequency; invert turns
    the pin's output over.
    """

    def __init__(
        self, dest: Pin, *, freq: int = 0, duty_u16: int = 0, invert: bool = False
    ) -> None:
        self._board = dest.board
        self._gpio = dest.gpio
        self._duty = duty_u16
        self._invert = invert
        self._heard_hz = 0
        self._slice = self._board.pwm_slice((dest.gpio >> 1) & 7)
        self._slice.pins.append(self)
        if freq:
            self._slice.hz = freq
        self.change()

    def freq(self, value: int | None = None) -> int | None:
        """In Hz."""
        if value is None:
            return self._slice.hz
        self._slice.hz = value
        for pin in self._slice.pins:
            pin.change()
        return None

    def duty_u16(self, value: int | None = None) -> int | None:
        """Share of the time high, of 65535."""
        if value is None:
            return self._duty
        self._duty = value
        self.change()
        return None

    def deinit(self) -> None:
        """Silence."""
        self.duty_u16(65535 if self._invert else 0)

    def change(self) -> None:
        """The frequency or the duty changed: what is heard, and the pin's mean level."""
        self._board.pwm_means[self._gpio] = 65535 - self._duty if self._invert else self._duty
        heard_hz = self._slice.hz if 0 < self._duty < 65535 else 0
        if heard_hz != self._heard_hz:
            self._heard_hz = heard_hz
            self._board.sound(self._gpio, heard_hz)


class ADC:
    """An analog input."""

    CORE_TEMP = 4

    def __init__(self, channel: Pin | int) -> None:
        self._board = in_use()
        self._gpio = channel.gpio if isinstance(channel, Pin) else channel
        self._board.set_pull(self._gpio, None)  # as adc_gpio_init() of the Pico SDK

    def read_u16(self) -> int:
        """0..65535 for 0..3.3 V."""
        return min(65535, self._board.millivolts(self._gpio) * 65535 // ADC_REFERENCE_MV)


class WDT:
    """The watchdog: on from its creation, cannot be stopped."""

    TIMEOUT_MS_MAX = 8388

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        if not 1 <= timeout <= WDT.TIMEOUT_MS_MAX:
            raise ValueError("timeout exceeds " + str(WDT.TIMEOUT_MS_MAX))
        self._board = in_use()
        self._timeout_us = timeout * 1000
        self.feed()

    def feed(self) -> None:
        """Alive."""
        self._board.feed_watchdog(self._timeout_us)
