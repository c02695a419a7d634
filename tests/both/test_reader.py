"""The reader: Adafruit's driver, unmodified, on the modelled PN532, in virtual time."""

from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.world import World

ANN = b"\x04\x01\x02\x03\x04\x05\x06"
BEN = b"\x04\x11\x12\x13\x14\x15\x16"
SHORT = b"\xde\xad\xbe\xef"


class Bench:
    """A reader on a board; run_ms() does what its task does."""

    def __init__(self, on_ms=0, off_ms=0, **faults: object) -> None:
        self.world = World()
        self.board = Board(self.world)
        self.board.power_on()
        self.loop = Loop(self.world)
        self.flag = self.loop.flag()
        line = self.board.line
        self.chip = Pn532(self.world, line(13), line(14), line(9))
        for name, fault in faults.items():
            setattr(self.chip, name, fault)
        self.board.attach_spi(1, self.chip)
        self.modules = firmware.on(self.board)
        busio = self.modules.load("busio")
        self.spi = busio.SPI(10, MOSI=11, MISO=12)
        self.on_ms, self.off_ms = on_ms, off_ms
        self.found = []
        self.late_ms = []
        self.works = False

    def build(self):
        module = self.modules.load("gate_station.drivers.pn532_reader")
        self.reader = module.Pn532Reader(
            self.spi, 13, 14, 9, self.flag, on_ms=self.on_ms, off_ms=self.off_ms
        )
        return self

    async def _work(self):
        reader = self.reader
        reader.start()
        while True:
            started_us = self.world.now_us
            found = reader.take()
            assert self.world.now_us - started_us < 3000  # never waits
            if found is not None:
                self.found.append((found[0], found[1], self.world.now_us))
                self.late_ms.append(found[2])
            wait_ms = reader.wait_ms()
            if wait_ms < 0:
                await self.flag.wait()
            else:
                await self.loop.sleep_ms(wait_ms)

    def run_ms(self, ms):
        if not self.works:
            self.works = True
            self.loop.spawn(self._work(), "reader")
        self.loop.run_until(self.world.now_us + ms * 1000)

    def uids(self):
        found = []
        for uid, _, _ in self.found:
            if not found or found[-1] != uid:
                found.append(uid)
        return found


def test_reads_a_tag_soon_after_it_came():
    bench = Bench().build()
    bench.run_ms(1000)
    came_us = bench.world.now_us
    bench.chip.touch(ANN)
    bench.run_ms(500)
    uid, edge_us, taken_us = bench.found[0]
    assert uid == ANN
    assert 25_000 <= edge_us - came_us <= 31_000
    assert taken_us - edge_us < 3000
    assert bench.uids() == [ANN]


def test_uids_of_four_and_seven_bytes():
    bench = Bench().build()
    for uid in (SHORT, ANN, BEN, SHORT):
        bench.chip.touch(uid)
        bench.run_ms(1000)
    assert bench.uids() == [SHORT, ANN, BEN, SHORT]


def test_five_tags_one_after_the_other_within_a_moment():
    bench = Bench().build()
    bench.run_ms(100)
    tags = [bytes((4, 1, 2, 3, 4, 5, number)) for number in range(5)]
    came = {}
    for uid in tags:
        came[uid] = bench.world.now_us
        bench.chip.touch(uid, 120_000)
        bench.run_ms(130)
    assert bench.uids() == tags
    for uid, _, taken_us in bench.found:
        assert taken_us - came[uid] < 130_000
    first = {}
    for uid, _, taken_us in bench.found:
        first.setdefault(uid, taken_us - came[uid])
    assert max(first.values()) < 90_000


def test_sleeps_while_nothing_happens():
    bench = Bench().build()
    bench.run_ms(1000)
    steps = bench.loop.steps
    bench.run_ms(10 * 3600 * 1000)
    assert bench.loop.steps == steps
    bench.chip.touch(ANN)
    bench.run_ms(100)
    assert bench.uids() == [ANN]


def test_a_tag_held_for_long_costs_few_steps():
    bench = Bench().build()
    bench.chip.touch(ANN, 60_000_000)
    bench.run_ms(60_000)
    assert bench.uids() == [ANN]
    assert bench.loop.steps < 60 * 100


def test_every_second_read_of_seven_bytes_failing_is_tried_again_within_100_ms():
    bench = Bench(fails_every=2).build()
    bench.run_ms(100)
    for number in range(6):
        came_us = bench.world.now_us
        uid = bytes((4, 1, 2, 3, 4, 5, number))
        bench.found = []
        bench.chip.touch(uid, 200_000)
        bench.run_ms(500)
        assert bench.found[0][0] == uid
        assert bench.found[0][2] - came_us < 100_000
        assert bench.found[0][1] - came_us < 35_000  # the time of the touch is the first try's
    assert bench.reader.garbled > 0
    assert bench.reader.resets == 0


def test_damaged_answers_are_asked_for_again():
    bench = Bench().build()
    bench.run_ms(100)
    bench.chip.garbles = 1
    bench.chip.touch(ANN)
    bench.run_ms(500)
    assert bench.uids() == [ANN]


def test_a_chip_that_hangs_is_found_by_the_self_test_and_reset():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.chip.hung = True
    bench.chip.touch(ANN)
    bench.run_ms(1000)
    assert bench.found == []
    assert bench.reader.self_test()
    bench.flag.set()
    bench.run_ms(200)
    assert bench.reader.resets == 1
    assert not bench.chip.hung
    bench.chip.touch(BEN)
    bench.run_ms(300)
    assert bench.uids() == [BEN]
    assert bench.reader.fault() == ""


def test_a_chip_that_hangs_while_a_tag_is_read_is_reset_at_once():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.chip.touch(ANN, 20_000)
    bench.run_ms(30)
    bench.chip.touch(BEN, 1_000_000)
    bench.run_ms(26)
    bench.chip.hung = True
    bench.flag.set()
    bench.run_ms(1000)
    bench.chip.touch(SHORT)
    bench.run_ms(1000)
    assert SHORT in bench.uids() or bench.reader.resets == 0


def test_the_self_test_keeps_it_awake():
    bench = Bench(idle_limit_us=3600 * 1000000).build()
    for _ in range(30):
        bench.run_ms(600_000)
        bench.reader.self_test()
        bench.flag.set()
        bench.run_ms(100)
    assert bench.reader.tests == 30
    came_us = bench.world.now_us
    bench.chip.touch(ANN)
    bench.run_ms(1000)
    assert bench.found[0][2] - came_us < 50_000


def test_without_the_self_test_it_would_be_slow():
    bench = Bench(idle_limit_us=3600 * 1000000).build()
    bench.run_ms(5 * 3600 * 1000)
    came_us = bench.world.now_us
    bench.chip.touch(ANN, 30_000_000)
    bench.run_ms(30_000)
    assert bench.found[0][2] - came_us > 4_000_000


def test_a_chip_that_dies_is_tried_again_now_and_then_and_comes_back():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.chip.absent = True
    bench.reader.self_test()
    bench.flag.set()
    bench.run_ms(1000)
    steps = bench.loop.steps
    bench.run_ms(3_600_000)
    assert bench.loop.steps - steps < 3600 * 15
    assert bench.reader.fault() == "silent"
    bench.chip.absent = False
    bench.run_ms(61_000)
    assert bench.reader.fault() == ""
    bench.chip.touch(ANN)
    bench.run_ms(300)
    assert bench.uids() == [ANN]


def test_without_its_irq_line_the_chip_is_asked_in_turns():
    bench = Bench(irq_cut=True).build()
    bench.run_ms(1000)
    assert bench.reader.polled
    came_us = bench.world.now_us
    bench.chip.touch(ANN)
    bench.run_ms(300)
    assert bench.uids() == [ANN]
    assert bench.found[0][2] - came_us < 90_000


def test_no_chip_is_told_at_once_and_found_when_it_is_plugged_in():
    for floating in (0x00, 0xFF):
        bench = Bench(absent=True, floating=floating)
        bench.build()
        bench.run_ms(300)
        assert bench.reader.fault() == "silent"
        bench.run_ms(300_000)
        bench.chip.absent = False
        bench.run_ms(31_000)
        assert bench.reader.fault() == ""
        bench.chip.touch(ANN)
        bench.run_ms(300)
        assert bench.uids() == [ANN]


def test_low_power_naps_and_still_reads():
    bench = Bench(on_ms=60, off_ms=190).build()
    bench.run_ms(60_000)
    share = bench.chip.listening_us / 60_000_000
    assert 0.15 < share < 0.35
    came_us = bench.world.now_us
    bench.chip.touch(ANN, 400_000)
    bench.run_ms(1000)
    assert bench.uids() == [ANN]
    assert bench.found[0][2] - came_us < 300_000


def test_probe_finds_what_is_wrong_with_the_wires():
    assert Bench().build().reader.probe() == "ok"
    assert Bench(irq_cut=True).build().reader.probe() == "no irq"
    assert Bench(rstpd_cut=True).build().reader.probe() == "no reset"
    for floating, word in ((0x00, "low"), (0xFF, "high")):
        bench = Bench().build()
        bench.chip.absent = True
        bench.chip.floating = floating
        assert bench.reader.probe() == word


def test_after_the_probe_it_reads_on():
    bench = Bench().build()
    bench.run_ms(100)
    assert bench.reader.probe() == "ok"
    bench.flag.set()
    bench.run_ms(200)
    bench.chip.touch(ANN)
    bench.run_ms(200)
    assert bench.uids() == [ANN]


def test_after_a_reset_at_run_time_the_chip_is_woken_before_it_is_spoken_to():
    bench = Bench().build()
    bench.run_ms(1000)
    for _ in range(3):  # a doctor now and then
        assert bench.reader.probe() == "ok"
        bench.flag.set()
        bench.run_ms(1000)
    bench.reader.reset()
    bench.flag.set()
    bench.run_ms(1000)
    assert bench.chip.too_early == 0
    assert bench.reader.resets == 1
    bench.chip.touch(ANN)
    bench.run_ms(300)
    assert bench.uids() == [ANN]


def touches(bench, uids, pause_ms=2500):
    """Each is held there for 1.5 s; (UID, how late its moment is at most, and truly) in ms."""
    found = []
    reads = []
    bench.chip.on_read = lambda _uid: reads.append(bench.world.now_us)
    for uid in uids:
        bench.found = []
        bench.late_ms = []
        reads.clear()
        bench.chip.touch(uid, 1_500_000)
        bench.run_ms(pause_ms)
        if bench.found:
            at_us = bench.found[0][1]
            late_us = min([at_us - us for us in reads if us <= at_us])
            found.append((uid, bench.late_ms[0], (late_us + 999) // 1000))
    return found


MANY = [bytes((4, 9, 2, 3, 4, 5, number)) for number in range(5)]


def test_a_touch_never_takes_the_time_of_an_older_edge():
    bench = Bench().build()
    bench.run_ms(2000)
    bench.board.line(14).force(0)
    for uid, late_ms, passed_ms in touches(bench, MANY):
        assert late_ms > 0
        assert passed_ms <= late_ms, (uid, late_ms, passed_ms)


def test_a_bus_that_was_dead_while_the_chip_had_an_answer_gives_no_late_moment():
    for hold_ms in (300, 6000):
        bench = Bench().build()
        bench.board.wire_bus("spi", 1, (10, 11, 12))
        bench.run_ms(1000)
        reads = []
        bench.chip.on_read = lambda _uid, bench=bench, reads=reads: reads.append(bench.world.now_us)
        bench.board.line(12).force(0)
        bench.chip.touch(ANN, hold_ms * 1000)
        bench.run_ms(4000)
        assert bench.found == []
        bench.board.line(12).force(None)
        bench.run_ms(1000)
        assert bench.uids() == [ANN]
        at_us = bench.found[0][1]
        assert min([at_us - us for us in reads if us <= at_us]) <= bench.late_ms[0] * 1000
        assert (bench.late_ms[0] <= 50) == (hold_ms > 4000)


def test_an_irq_line_stuck_low_is_read_by_asking_and_told_and_left_when_it_is_well():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.board.line(14).force(0)
    bench.run_ms(100)
    bench.reader.self_test()
    bench.flag.set()
    bench.run_ms(100)
    assert bench.reader.fault() == "no irq"
    assert all(0 < late_ms <= 50 for _, late_ms, _ in touches(bench, MANY))
    assert len(touches(bench, MANY)) == 5
    assert bench.reader.probe() == "no irq"
    bench.flag.set()
    bench.run_ms(100)
    assert len(touches(bench, MANY)) == 5  # the doctor changes nothing
    bench.board.line(14).force(None)
    bench.run_ms(10)
    for _ in range(2):
        bench.reader.self_test()
        bench.flag.set()
        bench.run_ms(100)
    assert bench.reader.fault() == ""
    assert [late_ms for _, late_ms, _ in touches(bench, MANY)] == 5 * [0]


def test_started_with_its_irq_line_low_it_reads():
    bench = Bench()
    bench.board.line(14).force(0)
    bench.build()
    bench.run_ms(100)
    assert bench.reader.fault() == "no irq"
    assert len(touches(bench, MANY)) == 5


def test_an_irq_line_cut_at_run_time_costs_one_look_and_is_told():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.board.line(14).force(1)
    bench.chip.touch(ANN, 300_000)
    bench.run_ms(9000)
    bench.flag.set()  # as the task's round does every ten seconds
    bench.run_ms(100)
    assert bench.uids() == [ANN]
    assert 9900 < bench.late_ms[0] < 10_100
    assert bench.reader.fault() == "no irq"
    assert all(0 < late_ms <= 50 for _, late_ms, _ in touches(bench, MANY))


def flicker(bench, gpio, period_us):
    """The line is pulled down and let go again and again, until the returned list is cleared."""
    line = bench.board.line(gpio)
    goes_on = [True]

    def turn():
        line.force(None if line.forced == 0 or not goes_on else 0)
        if goes_on:
            bench.world.after(period_us // 2, turn)

    turn()
    return goes_on


def test_an_irq_line_that_flickers_gives_no_moment():
    for period_us in (1000, 30_000, 1_000_000):
        bench = Bench().build()
        bench.run_ms(1000)
        flicker(bench, 14, period_us)
        bench.run_ms(period_us // 1000 + 50)
        found = touches(bench, MANY)
        assert len(found) == 5
        for uid, late_ms, passed_ms in found:
            assert passed_ms <= max(late_ms, 1), (period_us, uid, late_ms, passed_ms)


def test_cards_with_a_long_ats_are_read():
    for size in (4, 7, 10):
        for ats_bytes in (0, 1, 24, 32, 64, 200):
            bench = Bench(ats_bytes=ats_bytes).build()
            bench.run_ms(100)
            uid = bytes(range(4, 4 + size))
            bench.chip.touch(uid)
            bench.run_ms(300)
            assert bench.uids() == [uid], (size, ats_bytes)
            assert bench.reader.garbled == 0


def test_a_chip_that_was_reset_behind_our_back_is_configured_anew():
    bench = Bench().build()
    bench.run_ms(1000)
    bench.board.line(9).force(0)
    bench.run_ms(5)
    bench.board.line(9).force(None)
    bench.run_ms(1000)
    bench.flag.set()  # looked at: that wakes it
    bench.run_ms(100)
    bench.reader.self_test()
    bench.flag.set()
    bench.run_ms(1000)
    assert bench.reader.resets == 1
    bench.chip.touch(ANN)
    bench.run_ms(300)
    assert bench.uids() == [ANN]
    assert bench.reader.fault() == ""


def test_what_cannot_be_read_is_told():
    bench = Bench().build()
    bench.run_ms(100)
    bench.chip.deaf_to.add(ANN)
    bench.chip.touch(ANN, 2_000_000)
    bench.run_ms(500)
    assert bench.found and bench.uids() == [b""]
    assert bench.found[0][2] < 400_000
    bench.run_ms(3000)
    bench.found = []
    bench.chip.touch(BEN)
    bench.run_ms(300)
    assert bench.uids() == [BEN]


def test_a_phone_held_there_reads_as_many_uids():
    bench = Bench(makes_up=True).build()
    bench.run_ms(100)
    bench.chip.touch(b"\x08\x01\x02\x03", 2_000_000)
    bench.run_ms(3000)
    assert len(bench.uids()) > 20
    assert all(uid[0] == 8 and len(uid) == 4 for uid in bench.uids())
