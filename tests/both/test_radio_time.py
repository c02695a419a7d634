"""The time that a base tells a station: the pair holds the truth, whoever was in between."""

from check import raises, some
from gate_station.core import airdesk, airtime, backlog, duty, outbox, regions, roster
from gate_wire import kinds, packet
from test_backlog import Log

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

KEY = bytes(range(16))
UTC_OF_ZERO_MS = 164_000_000_000
OUT_US = 2_345_678  # uptime at which the packet was out
LAPTOP = 0xA1B2C3D4


class Bench:
    """A station that has just sent its first packet."""

    def __init__(self, out_us=OUT_US) -> None:
        log: Any = Log([kinds.TAG])
        settings = regions.settings(airtime.Modem(9), regions.US915)
        self.box = outbox.Outbox(
            backlog.Backlog(log, roster.Roster()),
            duty.Duty(0),
            settings,
            KEY,
            1,
            1,
            5,
            lambda: (4000, 20, 1),
        )
        self.box.wants_time = True
        self.box.appended(0, kinds.TAG)
        self.number = some(packet.parse(self.box.poll(2000))).number
        self.box.sent(2346, out_us)

    def answer(self, base_us, bound_ms=5):
        """The host's answer: the base had heard the packet at this uptime of the station."""
        utc_ms = UTC_OF_ZERO_MS + base_us // 1000
        told = packet.Answer(1, [], True, False, utc_ms, bound_ms, LAPTOP)
        body = packet.pack_answer(told)
        return packet.seal(1, packet.BASE_ADDRESS, packet.ANSWER, 1, self.number, body, KEY)

    def hear(self, base_us, heard_us, bound_ms=5):
        data = self.answer(base_us, bound_ms)
        assert self.box.receive(data, heard_us // 1000, heard_us)
        return self.box.take_clock()


def lasts_us(data):
    return airtime.airtime_us(airtime.Modem(9), len(data))


def holds_the_truth(clock):
    uptime_us, utc_us, bound_us, _ = clock
    return abs(utc_us - UTC_OF_ZERO_MS * 1000 - uptime_us) <= bound_us


def test_the_pair_is_the_span_in_which_the_base_can_have_heard():
    bench = Bench()
    heard_us = OUT_US + 60_000 + lasts_us(bench.answer(OUT_US))
    clock = some(bench.hear(OUT_US, heard_us))
    assert clock[0] == OUT_US + 30_000
    assert clock[2] == 30_000 + 5_000 + outbox.LATE_US
    assert clock[3] == LAPTOP
    assert holds_the_truth(clock)
    assert bench.box.take_clock() is None
    assert not bench.box.wants_time


def test_whenever_the_base_heard_it_the_bound_covers_it():
    # Through relays, or recorded, jammed and played again by somebody.
    for kept_us in (0, 1, 40_000, 700_000, 20_000_000):
        for answered_us in (1000, 80_000, 900_000):
            bench = Bench()
            base_us = OUT_US + kept_us
            heard_us = base_us + answered_us + lasts_us(bench.answer(base_us))
            clock = some(bench.hear(base_us, heard_us))
            assert holds_the_truth(clock), (kept_us, answered_us)
            assert clock[2] < (kept_us + answered_us) // 2 + 10_000


def test_without_both_edges_there_is_no_pair():
    assert Bench(out_us=-1).hear(OUT_US, OUT_US + 500_000) is None
    bench = Bench()
    assert bench.hear(OUT_US, -1) is None
    assert bench.box.wants_time
    bench = Bench()  # the edge of another packet, before the answer can have begun
    assert bench.hear(OUT_US, OUT_US + 50_000) is None


def test_an_answer_to_an_earlier_packet_tells_no_time():
    bench = Bench()
    data = bench.answer(OUT_US)
    bench.box.wants_time = False
    for now_ms in range(3000, 60_000, 100):  # no answer: it says it again
        if bench.box.poll(now_ms):
            bench.box.sent(now_ms + 150, (now_ms + 150) * 1000)
            break
    assert bench.box.receive(data, 61_000, 61_000_000)
    assert bench.box.take_clock() is None


def test_a_clock_that_is_known_too_roughly_is_not_told():
    raises(ValueError, packet.pack_answer, packet.Answer(1, [], True, False, 1, 256))
    told = packet.Answer(9, [2, 1], True, False, 1 << 38, 255, 0xFFFFFFFF)
    back = some(packet.unpack_answer(packet.pack_answer(told)))
    assert (back.utc_ms, back.bound_ms, back.reference_id) == (1 << 38, 255, 0xFFFFFFFF)
    assert back.runs == [2, 1]


class Radio:
    """A packet came in; DIO0 said when, or did not."""

    def __init__(self, edge_us) -> None:
        self.edge_us = edge_us

    def take(self):
        return b"a packet", -90, 7

    def hearing(self):
        return False


class User:
    """Whom the desk tells."""

    def __init__(self) -> None:
        self.uptimes_us = []

    def heard(self, _data, _rssi_dbm, _snr_db, uptime_us, _now_ms):
        self.uptimes_us.append(uptime_us)


def test_the_desk_says_when_no_interrupt_told():
    settings = regions.settings(airtime.Modem(9), regions.US915)
    user: Any = User()
    for edge_us in (5000, -1):
        radio: Any = Radio(edge_us)
        airdesk.AirDesk(radio, [user], settings, lambda tick: tick + 1).step(1)
    assert user.uptimes_us == [5001, -1]
