"""The stand-in `machine` and `utime` over a virtual board."""

from check import raises
from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import WATCHDOG_RESET, Board, BoardReset, PowerOff
from yellowgate.sim.devices.world import World


class Bench:
    """A powered board and its modules."""

    def __init__(self, drift_ppb=0) -> None:
        self.world = World()
        self.board = Board(self.world, drift_ppb, b"yellow01")
        self.board.power_on()
        self.modules = firmware.on(self.board)
        self.machine = self.modules.load("machine")
        self.time = self.modules.load("utime")


TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any


class Echo:
    """An SPI chip that answers every byte plus one, and an I2C chip with 256 registers."""

    def __init__(self, cs=None) -> None:
        self.cs: Any = cs
        self.address = 0x68
        self.registers = bytearray(range(256))
        self.at = 0

    def exchange(self, out, count):
        return bytes([value + 1 & 0xFF for value in (out or bytes(count))])

    def write(self, data):
        self.at = data[0]
        for offset, value in enumerate(data[1:]):
            self.registers[self.at + offset] = value

    def read(self, n):
        return bytes(self.registers[self.at : self.at + n])


def test_a_pin_sees_the_wire_and_drives_it():
    bench = Bench()
    pin = bench.machine.Pin(15, bench.machine.Pin.IN, bench.machine.Pin.PULL_DOWN)
    assert pin.value() == 0
    bench.board.line(15).set(1)
    assert pin() == 1
    led = bench.machine.Pin(2, bench.machine.Pin.OUT, value=1)
    assert bench.board.line(2).level == 1
    led.off()
    assert bench.board.line(2).level == 0
    led.toggle()
    assert bench.board.line(2).level == 1
    led.init(bench.machine.Pin.OPEN_DRAIN, value=0)
    assert bench.board.line(2).level == 0
    led.on()
    bench.board.line(2).pull_low(True)
    assert led.value() == 0


def test_interrupts_come_at_their_edge_and_wait_while_held():
    bench = Bench()
    seen = []
    pin = bench.machine.Pin(14, bench.machine.Pin.IN, bench.machine.Pin.PULL_UP)
    pin.irq(lambda pin: seen.append(bench.time.ticks_us()), bench.machine.Pin.IRQ_FALLING)
    line = bench.board.line(14)
    bench.world.at(100, lambda: line.set(0))
    bench.world.at(150, lambda: line.set(1))
    bench.world.at(300, lambda: line.set(0))
    bench.world.advance_to(200)
    assert seen == [100]
    state = bench.machine.disable_irq()
    bench.world.advance_to(400)
    assert seen == [100]
    bench.machine.enable_irq(state)
    assert seen == [100, 400]
    pin.irq(None)
    line.set(1)
    line.set(0)
    assert seen == [100, 400]


def test_many_edges_while_held_are_one_interrupt():
    bench = Bench()
    seen = []
    pin = bench.machine.Pin(14, bench.machine.Pin.IN, bench.machine.Pin.PULL_UP)
    pin.irq(seen.append, bench.machine.Pin.IRQ_FALLING)
    for us in range(10, 100, 10):
        bench.world.at(us, lambda us=us: bench.board.line(14).set(us // 10 % 2))
    bench.board.busy_deaf(200)
    assert len(seen) == 1
    assert bench.board.interrupts_us == 200


def test_waiting_lets_the_world_go_on():
    bench = Bench(drift_ppb=-500000000)  # half as fast as it should be
    bench.time.sleep_ms(3)
    assert bench.world.now_us == 6000
    assert bench.time.ticks_ms() == 3
    bench.machine.lightsleep(1)
    assert bench.time.ticks_diff(bench.time.ticks_us(), 3000) == 1000
    assert bench.time.ticks_diff(5, bench.time.ticks_add(5, -10)) == 10
    assert bench.time.ticks_diff(3, (1 << 30) - 4) == 7


def test_spi_reaches_the_selected_chip_and_takes_its_time():
    bench = Bench()
    cs = bench.machine.Pin(13, bench.machine.Pin.OUT, value=1)
    bench.board.attach_spi(1, Echo(bench.board.line(13)))
    spi = bench.machine.SPI(1, 1000000)
    buf = bytearray(b"\x01\x02")
    spi.write_readinto(buf, buf)
    assert buf == b"\xff\xff"  # nobody is selected
    cs.value(0)
    before_us = bench.world.now_us
    spi.write_readinto(b"\x01\x02", buf)
    assert buf == b"\x02\x03"
    assert bench.world.now_us - before_us == 16
    assert spi.read(2, 7) == b"\x08\x08"
    spi.write(b"x")
    raises(ValueError, spi.write_readinto, b"x", buf)


def test_i2c_reads_and_writes_registers():
    bench = Bench()
    bench.board.attach_i2c(0, Echo())
    i2c = bench.machine.I2C(0, freq=100000)
    assert i2c.scan() == [0x68]
    assert i2c.readfrom_mem(0x68, 3, 2) == b"\x03\x04"
    i2c.writeto_mem(0x68, 3, b"\xaa")
    buf = bytearray(1)
    i2c.readfrom_mem_into(0x68, 3, buf)
    assert buf == b"\xaa"
    raises(OSError, i2c.readfrom, 0x50, 1)


def test_what_can_be_heard_is_written_down():
    bench = Bench()
    pwm = bench.machine.PWM(bench.machine.Pin(22))
    pwm.freq(440)
    bench.world.advance(10)
    pwm.duty_u16(32768)
    bench.world.advance(10)
    pwm.freq(880)
    pwm.deinit()
    sounds = [(sound.at_us, sound.gpio, sound.hz) for sound in bench.board.sounds]
    assert sounds == [(10, 22, 440), (20, 22, 880), (20, 22, 0)]


def test_two_pins_of_a_pwm_slice_have_one_frequency():
    bench = Bench()
    one = bench.machine.PWM(bench.machine.Pin(22), duty_u16=32768)
    two = bench.machine.PWM(bench.machine.Pin(7), duty_u16=16384, invert=True)
    other = bench.machine.PWM(bench.machine.Pin(8), duty_u16=32768)
    one.freq(440)
    assert (two.freq(), other.freq()) == (440, 0)
    assert [(sound.gpio, sound.hz) for sound in bench.board.sounds] == [(22, 440), (7, 440)]
    assert bench.board.pwm_means == {22: 32768, 7: 65535 - 16384, 8: 32768}


def test_a_watchdog_that_is_not_fed_restarts_the_board():
    bench = Bench()
    watchdog = bench.machine.WDT(timeout=1000)
    bench.world.advance_to(900000)
    watchdog.feed()
    bench.world.advance_to(1800000)
    error = raises(BoardReset, bench.world.advance_to, 2000000)
    assert error.cause == WATCHDOG_RESET
    assert bench.world.now_us == 1900000
    bench.board.power_on(error.cause)
    bench.world.advance_to(9000000)  # the new run has not started it
    assert bench.machine.reset_cause() == bench.machine.WDT_RESET
    raises(ValueError, bench.machine.WDT, 0, 9000)


def test_after_the_power_is_gone_nothing_reaches_the_hardware():
    bench = Bench()
    seen = []
    pin = bench.machine.Pin(15, bench.machine.Pin.IN, bench.machine.Pin.PULL_UP)
    pin.irq(seen.append)
    led = bench.machine.Pin(2, bench.machine.Pin.OUT, value=0)
    bench.board.power_off()
    assert bench.board.line(2).level == 1  # nobody drives it
    bench.board.line(15).set(0)
    assert seen == []
    raises(PowerOff, led.on)
    raises(PowerOff, bench.time.sleep_ms, 1)
    raises(PowerOff, bench.machine.SPI(0).write, b"x")


def test_analog_inputs_and_identity():
    bench = Bench()
    bench.board.set_millivolts(26, 1650)
    assert bench.machine.ADC(bench.machine.Pin(26)).read_u16() == 32767
    assert bench.machine.ADC(27).read_u16() == 0
    assert bench.machine.unique_id() == b"yellow01"
    raises(OSError, bench.modules.load("rp2").Flash)
    raises(BoardReset, bench.machine.reset)
