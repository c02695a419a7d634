"""A virtual Pico: what lies behind the stand-in `machine`, and what is wired to it.

Runs on CPython and on MicroPython. The Board is the thing on the table: it stays, with its wires
and chips, while firmware comes and goes on it. power_on() begins a run of the firmware, power_off()
ends it; in between an interrupt may be held back, time passes when a bus is busy, and everything
that can be heard or seen is written down.
"""

from yellowgate.sim.devices.world import Crystal, Line, Watcher, World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import Protocol

    from gate_station.ports import BlockDevice
    from yellowgate.sim.devices.world import Event
else:
    Protocol = object

# As machine.reset_cause() on the RP2040.
POWER_ON_RESET = 1
WATCHDOG_RESET = 3

ADC_REFERENCE_MV = 3300
DIVIDER_KOHM = 50
PULL_KOHM = 50  # RP2040 datasheet 5.5.3.4: 50 to 80; the strongest moves a divider most


class PowerOff(BaseException):
    """The power is gone: ends the firmware wherever it is. No `except Exception` may hold it."""


class BoardReset(BaseException):
    """The firmware or the watchdog restarts the board. cause: see reset_cause."""

    def __init__(self, cause: int) -> None:
        self.cause = cause


class SpiDevice(Protocol):
    """What an SPI chip model looks like to the board; docstrings only."""

    cs: Line

    def exchange(self, out: bytes | None, count: int) -> bytes:
        """count bytes in both directions, while cs is low. out None: the line is low."""
        raise NotImplementedError


class I2cDevice(Protocol):
    """What an I2C chip model looks like to the board; docstrings only."""

    address: int

    def write(self, data: bytes) -> None:
        """A write transaction. Raises OSError when the chip does not acknowledge."""
        raise NotImplementedError

    def read(self, n: int) -> bytes:
        """A read transaction. Raises OSError when the chip does not acknowledge."""
        raise NotImplementedError


class Sound:
    """From at_us on the pin gives a tone of hz; 0: silence."""

    def __init__(self, at_us: int, gpio: int, hz: int) -> None:
        self.at_us = at_us
        self.gpio = gpio
        self.hz = hz


class Interrupt:
    """The one interrupt handler of a GPIO."""

    def __init__(self, pin: object, action: "Callable[..., object]", edges: int) -> None:
        self.pin = pin
        self.action = action
        self.edges = edges


class PwmPin:
    """What a slice tells its pins."""

    def change(self) -> None:
        """The slice has another frequency."""


class PwmSlice:
    """One of the eight counters behind the PWM pins: the frequency is its own, not the pin's."""

    def __init__(self) -> None:
        self.hz = 0
        self.pins: list[PwmPin] = []


class Board:
    """A virtual Pico. drift_ppb: of its crystal, parts per billion, positive: fast."""

    def __init__(self, world: World, drift_ppb: int = 0, unique_id: bytes = b"\x00" * 8) -> None:
        self.world = world
        self.unique_id = unique_id
        self.drift_ppb = drift_ppb
        self.crystal = Crystal(world, drift_ppb)
        self.reset_cause = POWER_ON_RESET
        # The watchdog's registers outlive a restart; SCRATCH0 to 3, and REASON.
        self.scratch: dict[int, int] = {}
        self.watchdog_reason = 0  # 1: its timer ran out, 2: the firmware asked for the restart
        self.is_powered = False
        self.boots = 0
        self.counted_us = 0  # where its counter stands at the next power_on()
        self.flash: BlockDevice | None = None  # what rp2.Flash() gives
        self.sounds: list[Sound] = []  # of all PWM pins; the listener may empty it
        self.pwm_means: dict[int, int] = {}  # of 65535, by GPIO: 0 or 65535 is a steady level
        self._pwm_slices: dict[int, PwmSlice] = {}
        self.interrupts_us = 0  # the longest time that interrupts were held back
        self._lines: dict[int, Line] = {}
        self._spi: dict[int, list[SpiDevice]] = {0: [], 1: []}
        self._i2c: dict[int, list[I2cDevice]] = {0: [], 1: []}
        self._millivolts: dict[int, int] = {}
        self._pulls: dict[int, int] = {}
        self.floating_millivolts = 0  # what an ADC sees on a pin that nothing is wired to
        self.bus_wires: dict[tuple[str, int], tuple[Line, Line, Line]] = {}
        self._interrupts: dict[int, Interrupt] = {}
        self._watchers: list[tuple[Line, Watcher]] = []
        self._held = 0
        self._pending: list[Interrupt] = []
        self._watchdog_us = -1  # true time at which it bites; -1: off
        self._watchdog_timeout_us = 0
        self.watchdog_look: Event | None = None  # when it is next looked at
        self.is_under_way = False  # code of this board runs now, it does not wait for anything
        self.on_end: Callable[[BaseException], object] | None = None

    def is_whole(self) -> bool:
        """Is no wire forced to a level by a fault?"""
        return all([line.forced is None for line in self._lines.values()])

    # What is wired to it

    def line(self, gpio: int) -> Line:
        """The wire at this GPIO."""
        if gpio not in self._lines:
            self._lines[gpio] = Line("GP%d" % gpio)
        return self._lines[gpio]

    def attach_spi(self, bus: int, device: SpiDevice) -> None:
        """Wire a chip to SPI bus 0 or 1; its cs line is one of line()."""
        self._spi[bus].append(device)

    def attach_i2c(self, bus: int, device: I2cDevice) -> None:
        """Wire a chip to I2C bus 0 or 1."""
        self._i2c[bus].append(device)

    def wire_bus(self, kind: str, bus: int, gpios: tuple[int, int, int]) -> None:
        """Let faults of these lines (Line.force) reach the bus. kind "spi": SCK, MOSI, MISO;
        "i2c": SDA, SCL, SCL. Without this a bus is whole whatever its lines do.
        """
        self.bus_wires[kind, bus] = (
            self.line(gpios[0]),
            self.line(gpios[1]),
            self.line(gpios[2]),
        )

    def set_millivolts(self, gpio: int, millivolts: int) -> None:
        """What an ADC pin sees, through the 50 kohm of a divider of twice 100."""
        self._millivolts[gpio] = millivolts

    def set_pull(self, gpio: int, pull: int | None) -> None:
        """The pad's resistor: 1 up, 0 down, None: off."""
        if pull is None:
            self._pulls.pop(gpio, None)
        else:
            self._pulls[gpio] = pull

    def millivolts(self, gpio: int) -> int:
        """What an ADC pin sees, its pull included; floating_millivolts: nothing pulls there."""
        wired = self._millivolts.get(gpio)
        pull = self._pulls.get(gpio)
        if pull is None:
            return self.floating_millivolts if wired is None else wired
        pulled = pull * ADC_REFERENCE_MV
        if wired is None:
            return pulled
        return wired + (pulled - wired) * DIVIDER_KOHM // (DIVIDER_KOHM + PULL_KOHM)

    # Power

    def power_on(self, cause: int = POWER_ON_RESET) -> None:
        """A run of the firmware begins: pins are inputs, the counter starts at 0."""
        self.power_off()
        self.is_powered = True
        self.boots += 1
        self.reset_cause = cause
        if cause == POWER_ON_RESET:
            self.scratch = {}
            self.watchdog_reason = 0
        self.crystal = Crystal(self.world, self.drift_ppb, self.counted_us)
        self.pwm_means = {}
        self._pwm_slices = {}

    def end(self, why: BaseException) -> None:
        """PowerOff or BoardReset comes from outside: through the code that is under way, else, as
        in a world with several boards it may be another one's, on_end is told.
        """
        if self.is_under_way or self.on_end is None:
            raise why
        self.on_end(why)

    def power_off(self) -> None:
        """The firmware's run is over: no interrupt, no watchdog, no pin driven any more."""
        self.is_powered = False
        self._interrupts = {}
        for line, watcher in self._watchers:
            line.forget(watcher)
        self._watchers = []
        self._held = 0
        self._pending = []
        self._watchdog_us = -1
        self.world.cancel(self.watchdog_look)
        for line in self._lines.values():
            line.release("mcu")

    def check_power(self) -> None:
        """Raises PowerOff when this run of the firmware is over: code that goes on after it, in a
        `finally` say, reaches no hardware.
        """
        if not self.is_powered:
            raise PowerOff()

    # Time and interrupts

    def busy(self, us: int) -> None:
        """A driver waits for its hardware for so many true microseconds; interrupts happen."""
        self.check_power()
        self.world.advance(us)

    def busy_deaf(self, us: int) -> None:
        """The same with interrupts held back: flash work."""
        state = self.hold_interrupts()
        started_us = self.world.now_us
        try:
            self.busy(us)
        finally:
            self.interrupts_us = max(self.interrupts_us, self.world.now_us - started_us)
            self.let_interrupts(state)

    def hold_interrupts(self) -> int:
        """As machine.disable_irq(); returns the state for let_interrupts()."""
        self._held += 1
        return self._held - 1

    def let_interrupts(self, state: int) -> None:
        """As machine.enable_irq(): what was held back happens now."""
        self._held = state
        while not self._held and self._pending:
            interrupt = self._pending.pop(0)
            interrupt.action(interrupt.pin)

    def set_interrupt(self, gpio: int, interrupt: Interrupt | None) -> None:
        """The handler of this GPIO from now on. edges: 4 falling, 8 rising, as machine.Pin's."""
        self.check_power()
        is_new = gpio not in self._interrupts
        if interrupt is None:
            self._interrupts.pop(gpio, None)
            return
        self._interrupts[gpio] = interrupt
        line = self.line(gpio)
        if is_new:

            def on_edge(level: int) -> None:
                interrupt = self._interrupts.get(gpio)
                if interrupt is not None and interrupt.edges & (8 if level else 4):
                    self._interrupt(interrupt)

            self._watchers.append((line, line.on_change(on_edge)))

    def _interrupt(self, interrupt: Interrupt) -> None:
        if self._held:
            # The hardware latches one edge a pin, however many there are.
            if interrupt not in self._pending:
                self._pending.append(interrupt)
        else:
            interrupt.action(interrupt.pin)

    def feed_watchdog(self, timeout_us: int) -> None:
        """Starts or feeds it: without another call within this time the board restarts."""
        self.check_power()
        is_on = self._watchdog_us >= 0
        self._watchdog_timeout_us = timeout_us
        self._watchdog_us = self.world.now_us + timeout_us
        if not is_on:
            self._watch()

    def watchdog_was_fed(self, us: int) -> None:
        """As if feed_watchdog() had been called at this moment, which is past."""
        if self._watchdog_us >= 0:
            self._watchdog_us = us + self._watchdog_timeout_us
            self.world.cancel(self.watchdog_look)
            self.watchdog_look = self.world.at(self._watchdog_us, self._watch)

    def _watch(self) -> None:
        # One planned event that looks again, not one a feed.
        if self._watchdog_us < 0:
            return
        if self.world.now_us >= self._watchdog_us:
            self.watchdog_reason = 1
            self.end(BoardReset(WATCHDOG_RESET))
            return
        self.watchdog_look = self.world.at(self._watchdog_us, self._watch)

    # Buses

    def spi_exchange(self, bus: int, out: bytes | None, count: int, hz: int) -> bytes:
        """One transfer with the chip that is selected; nobody selected: the line floats high."""
        if not self.is_powered:
            self.check_power()
        wires = self.bus_wires.get(("spi", bus))
        clock = mosi = miso = None
        if wires:
            clock, mosi, miso = wires[0].forced, wires[1].forced, wires[2].forced
        if mosi is not None:
            out = bytes((0xFF if mosi else 0,)) * count
        reply = b"\xff" * count
        for device in self._spi[bus]:
            if device.cs.level == 0:
                # Without a clock the chip sees no bit, and its data line stands where it stood.
                reply = device.exchange(out, count) if clock is None else bytes(count)
                break
        self.world.advance(count * 8 * 1000000 // hz)
        return reply if miso is None else bytes((0xFF if miso else 0,)) * count

    def i2c_device(self, bus: int, address: int, count: int, hz: int) -> I2cDevice:
        """The chip at this address, after the time that address and count bytes take.

        Raises OSError(5) when there is none, as on the RP2040.
        """
        self.check_power()
        wires = self.bus_wires.get(("i2c", bus))
        self.world.advance((count + 1) * 9 * 1000000 // hz)
        if wires:
            for wire in wires:
                if wire.forced is not None:  # low: no end of the transfer; high: nobody answers
                    raise OSError(5 if wire.forced else 110)
        for device in self._i2c[bus]:
            if device.address == address:
                return device
        raise OSError(5)

    def i2c_addresses(self, bus: int) -> list[int]:
        """Who is wired there."""
        return sorted(device.address for device in self._i2c[bus])

    def pwm_slice(self, number: int) -> PwmSlice:
        """The counter of this number, 0..7."""
        return self._pwm_slices.setdefault(number, PwmSlice())

    def sound(self, gpio: int, hz: int) -> None:
        """A PWM pin changes its tone."""
        self.check_power()
        self.sounds.append(Sound(self.world.now_us, gpio, hz))
