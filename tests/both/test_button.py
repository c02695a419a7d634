"""The button: the time of the first edge, once a press, however the contact chatters."""

from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.world import World


class Bench:
    def __init__(self, debounce_ms=150) -> None:
        self.world = World()
        self.board = Board(self.world)
        self.board.power_on()
        self.flag = Loop(self.world).flag()
        self.line = self.board.line(15)
        module = firmware.on(self.board).load("gate_station.drivers.button")
        self.button = module.Button(15, self.flag, debounce_ms)

    def at(self, *edges):
        """(ms, level) of the contact: 0 is closed."""
        for ms, level in edges:
            self.world.advance_to(int(ms * 1000))
            self.line.set(level, "contact")

    def presses(self):
        ticks = []
        tick = self.button.take()
        while tick >= 0:
            ticks.append(tick // 1000)
            tick = self.button.take()
        return ticks


def test_the_time_is_that_of_the_edge():
    bench = Bench()
    bench.at((1000, 0), (1200, 1))
    bench.world.advance_to(5_000_000)
    assert bench.flag.is_set()
    assert bench.presses() == [1000]
    assert bench.presses() == []


def test_chatter_on_closing_and_on_opening_is_one_press():
    bench = Bench()
    closing = [(1000 + step, step % 2) for step in range(21)]
    opening = [(3000 + step, 1 - step % 2) for step in range(21)]
    bench.at(*(closing + opening))
    assert bench.presses() == [1000]
    bench.at((4000, 0), (4100, 1), (4300, 0), (4400, 1))
    assert bench.presses() == [4000, 4300]


def test_an_opening_that_begins_with_a_closed_look_is_no_press():
    bench = Bench()
    bench.at((1000, 0))
    bench.at((3000, 1), (3000.01, 0), (3001, 1))
    bench.at((3500, 0))
    assert bench.presses() == [1000, 3500]


def test_presses_close_together_are_each_kept():
    bench = Bench(debounce_ms=20)
    for number in range(10):
        bench.at((1000 + 100 * number, 0), (1050 + 100 * number, 1))
    assert bench.presses() == [1000 + 100 * number for number in range(10)]


def test_ticks_that_wrapped_hide_no_press():
    bench = Bench()
    bench.at((1000, 0), (1001, 1))
    period_ms = (1 << 30) / 1000
    for turn in range(1, 4):
        # The counter stands where it stood when the contact last moved.
        at_ms = 1001 + turn * period_ms + turn
        while bench.world.now_us < (at_ms - 60_000) * 1000:
            bench.world.advance(60_000_000)
            bench.button.settle()
        bench.at((at_ms, 0), (at_ms + 1, 1))
    assert len(bench.presses()) == 4


def test_settling_does_not_shorten_the_chatter():
    bench = Bench()
    bench.at((1000, 0))
    bench.world.advance_to(1_010_000)
    bench.button.settle()
    bench.at((1020, 1), (1030, 0), (1100, 1))
    assert bench.presses() == [1000]


def test_held_at_start_is_no_press_until_it_is_let_go():
    world = World()
    board = Board(world)
    board.power_on()
    board.line(15).set(0, "contact")
    module = firmware.on(board).load("gate_station.drivers.button")
    button = module.Button(15, Loop(world).flag())
    assert button.is_down()
    world.advance_to(5_000_000)
    board.line(15).set(1, "contact")
    assert button.take() == -1
    world.advance_to(6_000_000)
    board.line(15).set(0, "contact")
    assert button.take() == 6_000_000


def test_more_presses_than_the_ring_holds_are_counted():
    bench = Bench(debounce_ms=5)
    for number in range(40):
        bench.at((1000 + 100 * number, 0), (1050 + 100 * number, 1))
    assert len(bench.presses()) == 31
    assert bench.button.lost == 9


def test_the_doctor_hears_of_a_stuck_or_worn_contact():
    bench = Bench()
    assert bench.button.probe() == "ok"
    bench.at((1000, 0))
    assert bench.button.probe() == "down"
    bench.at(*[(2000 + step, 1 - step % 2) for step in range(101)])
    assert bench.button.probe() == "chatter"
