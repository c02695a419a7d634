"""The buzzer's two pins work against each other, and put no DC on the piezo in silence."""

from check import raises
from gate_station.board import pins
from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.world import World

PAIR = (pins.BUZZER, pins.BUZZER_INVERTED)


def buzzer_on(board, pair=PAIR):
    board.power_on()
    return firmware.on(board).load("gate_station.drivers.buzzer").Buzzer(*pair)


def test_both_pins_sound_the_same_tone_in_turn():
    board = Board(World())
    buzzer = buzzer_on(board)
    buzzer.tone(2700)
    assert sorted((sound.gpio, sound.hz) for sound in board.sounds) == [
        (pins.BUZZER_INVERTED, 2700),
        (pins.BUZZER, 2700),
    ]
    # One half of the time high, the other pin the other half: high together never.
    assert sum(board.pwm_means[gpio] for gpio in PAIR) == 65535


def test_both_pins_are_low_in_silence_from_the_start_on():
    board = Board(World())
    buzzer = buzzer_on(board)
    assert [board.pwm_means[gpio] for gpio in PAIR] == [0, 0]
    assert board.sounds == []
    buzzer.tone(1200)
    buzzer.tone(0)
    assert [board.pwm_means[gpio] for gpio in PAIR] == [0, 0]
    assert sorted(sound.gpio for sound in board.sounds if not sound.hz) == sorted(PAIR)


def test_a_change_of_tone_reaches_both_pins():
    board = Board(World())
    buzzer = buzzer_on(board)
    buzzer.tone(2000)
    board.sounds = []
    buzzer.tone(1200)
    assert sorted(sound.gpio for sound in board.sounds) == sorted(PAIR)


def test_pins_of_two_slices_are_refused():
    raises(ValueError, buzzer_on, Board(World()), (22, 8))
