"""Adafruit's driver, unmodified, on modelled chips: packets from radio to radio."""

from check import raises
from gate_station.core import airtime
from radiokit import Both, radio_on
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import World

PACKET = b"\xfe\x01\x01\x01 a packet"


def send(both, packet=PACKET, sender=0):
    radio = both.radios[sender]
    radio.send(packet)
    while radio.busy():
        both.run_ms(1)


def test_a_packet_arrives_with_its_strength():
    both = Both(metres=2000)
    send(both)
    packet, rssi_dbm, snr_db = both.radios[1].take()
    assert packet == PACKET
    # 14 dBm less 120.8 dB on 2 km; the register's steps are 15/16 dB.
    assert -109 <= rssi_dbm <= -106
    assert 7 <= snr_db <= 10
    assert both.radios[1].take() is None


def test_sending_returns_at_once_and_ends_after_its_airtime():
    both = Both(spreading_factor=12, metres=100)
    started_us = both.world.now_us
    both.radios[0].send(bytes(60))
    assert both.world.now_us - started_us < 3000
    assert both.radios[0].busy()
    both.run_ms(2600)
    assert both.radios[0].busy()
    both.run_ms(40)
    assert not both.radios[0].busy()
    lasts_us = both.radios[0].edge_us - started_us
    expected_us = airtime.airtime_us(airtime.Modem(12), 60)
    assert expected_us <= lasts_us <= expected_us + 3000


def test_answers_go_the_other_way():
    both = Both()
    for at in range(5):
        send(both, PACKET + bytes([at]), at % 2)
        packet = both.radios[1 - at % 2].take()
        assert packet is not None and packet[0] == PACKET + bytes([at])


def test_both_see_the_end_of_a_packet_at_one_moment():
    both = Both()
    send(both)
    both.radios[1].take()
    assert abs(both.radios[0].edge_us - both.radios[1].edge_us) < 50


def test_a_packet_coming_in_can_be_noticed():
    both = Both()
    assert not both.radios[1].hearing()
    both.radios[0].send(PACKET)
    both.run_ms(60)
    assert both.radios[1].hearing()
    both.run_ms(300)
    assert not both.radios[1].hearing()


def test_too_far_is_silent():
    both = Both(metres=60_000)
    send(both)
    assert both.radios[1].take() is None


def test_other_settings_do_not_hear():
    both = Both()
    radio_on(both.boards[1], spreading_factor=10)
    send(both)
    assert both.radios[1].take() is None


def test_a_crystal_too_far_off_does_not_hear():
    world = World()
    air = Air(world)
    radios = []
    for ppm in (0, 60):
        board = Board(world)
        board.power_on()
        chip = Sx1276(world, air, board.line(17), board.line(20), board.line(21), ppm)
        board.attach_spi(0, chip)
        radios.append(radio_on(board))
    radios[0].send(PACKET)
    world.advance(1_000_000)
    assert radios[1].take() is None


def test_a_collision_is_damaged_and_dropped_by_the_crc():
    both = Both(metres=100)
    third = Board(both.world)
    third.power_on()
    chip = Sx1276(both.world, both.air, third.line(17), third.line(20), third.line(21))
    both.air.place(chip, 100, 100)
    third.attach_spi(0, chip)
    other = radio_on(third)
    both.radios[0].send(PACKET)
    both.run_ms(20)
    other.send(PACKET)
    both.run_ms(1000)
    assert both.radios[1].take() is None
    assert both.radios[1].damaged == 1
    assert both.air.collisions >= 1


def test_the_stronger_one_is_captured():
    both = Both(metres=100)
    third = Board(both.world)
    third.power_on()
    chip = Sx1276(both.world, both.air, third.line(17), third.line(20), third.line(21))
    both.air.place(chip, 3000, 0)
    third.attach_spi(0, chip)
    other = radio_on(third)
    both.radios[0].send(PACKET)
    both.run_ms(20)
    other.send(PACKET[:4] + b"weak")
    both.run_ms(1000)
    packet = both.radios[1].take()
    assert packet is not None and packet[0] == PACKET


def test_a_jammed_hour_lets_nothing_through():
    both = Both()
    now_us = both.world.now_us
    both.air.jam(now_us, now_us + 3_600_000_000)
    send(both)
    assert both.radios[1].take() is None
    both.run_ms(3_600_000)
    send(both)
    assert both.radios[1].take() is not None


def test_dio0_cut_costs_time_but_no_packet():
    both = Both()
    for radio in both.radios:
        radio._pin.irq(None)
    both.radios[0].send(PACKET)
    both.run_ms(1000)
    assert not both.radios[0].busy()
    assert both.radios[1].take() is not None
    assert [radio.edge_us for radio in both.radios] == [-1, -1]


def test_reset_is_held_long_enough():
    both = Both()
    assert [chip.short_resets for chip in both.chips] == [0, 0]


def test_no_chip_is_told_and_found_when_it_is_plugged_in():
    world = World()
    board = Board(world)
    board.power_on()
    chip = Sx1276(world, Air(world), board.line(17), board.line(20), board.line(21))
    chip.is_absent = True
    board.attach_spi(0, chip)
    radio = radio_on(board)
    assert radio.fault() == radio.probe() == "silent"
    raises(OSError, radio.take)
    raises(OSError, radio.send, PACKET)
    raises(OSError, radio.abandon)
    chip.is_absent = False
    radio.abandon()
    assert (radio.fault(), radio.probe()) == ("", "ok")
    radio.send(PACKET)
    world.advance(1_000_000)
    assert not radio.busy()
    assert chip.transmitted == 1


def test_a_chip_that_lost_its_settings_is_set_up_anew():
    both = Both()
    radio = both.radios[1]
    both.chips[1]._on_reset(0)
    both.run_ms(10)
    both.chips[1]._on_reset(1)
    both.run_ms(1000)
    raises(OSError, radio.take)
    assert radio.fault() == "silent"
    radio.abandon()
    assert radio.fault() == ""
    send(both)
    assert radio.take() is not None


def test_an_edge_that_is_not_the_packets_own_gives_no_time():
    for gap_us in (300_000, 40_000, 900):
        both = Both()
        line = both.boards[0].line(21)
        both.radios[0].send(PACKET)
        started_us = both.world.now_us
        turned_us = both.world.now_us
        while both.radios[0].busy():
            for _ in range(33):
                both.world.advance(300)
                if both.world.now_us - turned_us >= gap_us // 2:
                    line.force(None if line.forced else 1)
                    turned_us = both.world.now_us
            assert both.world.now_us - started_us < 2_000_000
        line.force(None)
        assert both.radios[0].edge_us == -1, gap_us
    for _ in range(2):  # quiet again: the first own edge is not believed yet, the next is
        both.radios[0].send(PACKET)
        both.run_ms(1000)
        assert not both.radios[0].busy()
    assert both.radios[0].edge_us > 0


def test_a_transmission_that_never_ends_is_told():
    both = Both()
    radio = both.radios[0]
    radio.send(PACKET)
    radio.abandon()
    assert radio.fault() == radio.probe() == "mute"
    radio.send(PACKET)
    both.run_ms(1000)
    assert not radio.busy()
    assert radio.fault() == ""


def test_a_chip_that_dies_is_an_oserror_and_comes_back():
    both = Both()
    radio = both.radios[1]
    both.chips[1].is_absent = True
    both.run_ms(1000)
    raises(OSError, lambda: [radio.take(), both.run_ms(600), radio.take(), radio.abandon()])
    both.chips[1].is_absent = False
    radio.abandon()
    send(both)
    assert radio.take() is not None
