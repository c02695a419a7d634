"""The wires between an emulated Pico and the chips on the virtual board.

The chips, their lines and the world are those of the other runtimes (sim/devices); here the
emulator's pins and buses are tied to them, and the world's time follows the guest's.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yellowgate.sim.devices.board import ADC_REFERENCE_MV, Board, Sound
from yellowgate.sim.devices.world import Line, Watcher
from yellowgate.sim.emulator import Emulator

GPIOS = 30
ADC_GPIO = 26  # of channel 0
ADC_CHANNELS = 4
_ADC_MAX = 4095
_MCU = "mcu"
_PULL_DOWN = 4  # rp2040py's GPIOPinState; 0 and 1 are driven levels, above are inputs
_TX_EMPTY = 1 << 4
_PWM_CC = 0x0C
_CLOCK_HZ = 125_000_000


class Bridge:
    """Ties an emulator, from its power-up on, to a board. Made anew at each power-up.

    gpios: the pins that have a wire. buzzer: the one whose PWM is heard.
    """

    def __init__(
        self, emulator: Emulator, board: Board, gpios: tuple[int, ...], buzzer: int
    ) -> None:
        self._emulator = emulator
        self._board = board
        self._world = board.world
        self._started_us = board.world.now_us - emulator.nanos // 1000
        self._alarm = emulator.simulator.clock.create_alarm(self.go_on)
        self._watchers: list[tuple[Line, Watcher]] = []
        for gpio in gpios:
            self._tie_pin(gpio)
        for bus in (0, 1):
            self._tie_spi(bus)
            self._tie_i2c(bus)
        self._tie_adc()
        self._tie_buzzer(buzzer)
        self.go_on()

    def untie(self) -> None:
        """The power is gone: the chip drives nothing any more."""
        for line, watcher in self._watchers:
            line.forget(watcher)
            line.release(_MCU)
        self._watchers = []

    def now_us(self) -> int:
        """The world's time that the guest has reached."""
        return self._started_us + self._emulator.nanos // 1000

    def go_on(self) -> None:
        """Let the world catch up with the guest, and be called when its next event is due."""
        now_us = self.now_us()
        if now_us > self._world.now_us:
            self._world.advance_to(now_us)
        next_us = self._world.next_us()
        if next_us >= 0:
            self._alarm.schedule(max(next_us - now_us, 1) * 1000)

    def _doing(self, action: Callable[..., Any], *values: Any) -> Any:  # noqa: ANN401
        """Do something to the board at the guest's present time."""
        now_us = self.now_us()
        if now_us > self._world.now_us:
            self._world.advance_to(now_us)
        result = action(*values)
        self.go_on()
        return result

    # Pins

    def _tie_pin(self, gpio: int) -> None:
        pin: Any = self._emulator.mcu.gpio[gpio]
        line = self._board.line(gpio)
        driven = [False]
        shown = [line.level]

        def show(level: int) -> None:
            if level != shown[0]:  # each setting of a low level counts as a falling edge
                shown[0] = level
                pin.set_input_value(bool(level))

        def from_chip(state: int, _before: int) -> None:
            is_output = state in (0, 1)
            driven[0] = is_output
            if is_output:
                self._doing(line.set, int(state), _MCU)
                return
            line.set_pull(0 if state == _PULL_DOWN else 1)
            self._doing(line.release, _MCU)
            show(line.level)

        def from_wire(level: int) -> None:
            if not driven[0]:
                show(level)

        self._watchers.append((line, line.on_change(from_wire)))
        pin.set_input_value(bool(line.level))
        pin.add_listener(from_chip)

    # Buses

    def _tie_spi(self, bus: int) -> None:
        spi: Any = self._emulator.mcu.spi[bus]
        devices = self._board._spi[bus]

        def exchange(byte: int) -> int:
            for device in devices:
                if device.cs.level == 0:
                    return device.exchange(bytes((byte,)), 1)[0]
            return 0xFF

        def on_transmit(byte: int) -> None:
            spi.complete_transmit(self._doing(exchange, byte))

        spi.on_transmit = on_transmit

    def _tie_i2c(self, bus: int) -> None:
        i2c: Any = self._emulator.mcu.i2c[bus]
        transfer = _I2cTransfer(self._board, bus)
        abort = i2c._abort

        def on_abort(reason: int) -> None:
            # Without TX_EMPTY an absent chip is a timeout instead of EIO.
            abort(reason)
            i2c._set_interrupts(_TX_EMPTY)

        def on_connect(address: int, _mode: int) -> None:
            i2c.complete_connect(self._doing(transfer.start, address))

        def on_write(value: int) -> None:
            i2c.complete_write(self._doing(transfer.write, value))

        def on_read(_ack: bool) -> None:
            i2c.complete_read(self._doing(transfer.read))

        def on_stop() -> None:
            self._doing(transfer.stop)
            i2c.complete_stop()

        i2c._abort = on_abort
        i2c.on_connect, i2c.on_stop = on_connect, on_stop
        i2c.on_write_byte, i2c.on_read_byte = on_write, on_read

    def _tie_adc(self) -> None:
        values: Any = self._emulator.mcu.adc.channel_values
        for channel in range(ADC_CHANNELS):
            millivolts = self._board.millivolts(ADC_GPIO + channel)
            values[channel] = min(_ADC_MAX, millivolts * _ADC_MAX // ADC_REFERENCE_MV)

    def _tie_buzzer(self, gpio: int) -> None:
        """Each write of its duty is a tone or the end of one (RP2040 datasheet 4.5.3)."""
        channel: Any = self._emulator.mcu.pwm.channels[(gpio >> 1) & 7]
        write = channel.write_register
        shown = [0]

        def on_write(offset: int, value: int) -> None:
            write(offset, value)
            if offset != _PWM_CC:
                return
            duty = channel.cc >> 16 if gpio & 1 else channel.cc & 0xFFFF
            cycle = (channel.div or 16) * (channel.top + 1)  # in sixteenths of a clock
            hz = _CLOCK_HZ * 16 // cycle if duty else 0
            if hz != shown[0]:
                shown[0] = hz
                self._board.sounds.append(Sound(self.now_us(), gpio, hz))

        channel.write_register = on_write


class _I2cTransfer:
    """Collects the bytes of a write, since the models take a transfer whole."""

    def __init__(self, board: Board, bus: int) -> None:
        self._devices = board._i2c[bus]
        self._device: Any = None
        self._written = bytearray()

    def start(self, address: int) -> bool:
        """A start or a repeated start; is there a chip at this address?"""
        self.stop()
        self._device = next((d for d in self._devices if d.address == address), None)
        if self._device is None:
            return False
        try:  # a chip that has gone does not acknowledge its address
            self._device.write(b"")
        except OSError:
            self._device = None
        return self._device is not None

    def write(self, value: int) -> bool:
        """A byte to the chip."""
        self._written.append(value)
        return True

    def read(self) -> int:
        """A byte from the chip."""
        self._flush()
        try:
            return self._device.read(1)[0]
        except OSError:
            return 0xFF

    def stop(self) -> None:
        """The end of the transfer."""
        self._flush()
        self._device = None

    def _flush(self) -> None:
        data, self._written = bytes(self._written), bytearray()
        if data and self._device is not None:
            try:
                self._device.write(data)
            except OSError:
                self._device = None


def press(line: Line, is_down: bool) -> None:
    """The button on an active-low line."""
    line.pull_low(is_down, "button")
