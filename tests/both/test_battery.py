"""The battery's pin: a divider is told from a pin that nothing is wired to."""

from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.world import World

PIN = 26


def battery_on(board):
    board.power_on()
    return firmware.on(board).load("gate_station.drivers.battery").Battery(PIN)


def test_a_divider_is_measured_again_and_again():
    for pin_mv in (1400, 1500, 1850, 2100, 2500, 2700, 2900):
        board = Board(World())
        board.set_millivolts(PIN, pin_mv)
        battery = battery_on(board)
        for _ in range(3):  # the pull-up is off again afterwards
            assert abs(battery.battery_mv() - 2 * pin_mv) <= 2


def test_a_floating_pin_cannot_be_measured_whatever_it_reads():
    for floating_mv in range(0, 3301, 100):
        board = Board(World())
        board.floating_millivolts = floating_mv
        battery = battery_on(board)
        for _ in range(3):
            assert battery.battery_mv() == 0


def test_a_pin_at_ground_is_no_battery():
    board = Board(World())
    board.set_millivolts(PIN, 0)
    assert battery_on(board).battery_mv() == 0


def test_a_wrong_divider_is_no_floating_pin():
    board = Board(World())
    board.set_millivolts(PIN, 3300)
    assert battery_on(board).battery_mv() == 6600
