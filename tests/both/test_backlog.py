"""What the host lacks: marks against a set, which numbers are told first, and what it costs."""

from gate_station.core import backlog, roster
from gate_wire import kinds, packet, record

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


class Log:
    """As core.log.Log, with a kind for each number."""

    def __init__(self, row_kinds, first_seq=0) -> None:
        self.log_id = LOG_ID
        self.first_seq = first_seq
        self.row_kinds = row_kinds

    def tip(self):
        return len(self.row_kinds), b"tag."

    def epoch(self, seq):
        return 0

    def read(self, seq, buf):
        kind = self.row_kinds[seq]
        body = b"\x04\x01\x02\x03\x04\x05\x06" if kind == kinds.TAG else b""
        row = record.Record(kind, seq, 1, 1000 * seq, record.UTC_UNKNOWN, 0, body, b"tag.")
        return record.pack_into(buf, 0, row, LOG_ID)


class Chance:
    """The same numbers on both Pythons."""

    def __init__(self) -> None:
        self.state = 1

    def below(self, limit):
        self.state = (self.state * 1664525 + 1013904223) & 0x3FFFFFFF
        return (self.state >> 8) % limit


def made(row_kinds, first_seq=0):
    log: Any = Log(row_kinds, first_seq)
    one = backlog.Backlog(log, roster.Roster())
    while one.learn():
        pass
    return one


def test_marks_are_a_set_of_numbers():
    chance = Chance()
    marks = backlog.Marks()
    numbers = set()
    for _ in range(300):
        first = chance.below(17_000)
        end = first + chance.below((3, 40, 3000)[chance.below(3)])
        value = chance.below(3) > 0
        if chance.below(2):
            marks.set(first, value)
            end = first + 1
        else:
            marks.set_range(first, end, value)
        if value:
            numbers.update(range(first, end))
        else:
            numbers.difference_update(range(first, end))
        low = chance.below(17_000)
        high = low + chance.below(2000)
        assert marks.count(low, high) == len([seq for seq in numbers if low <= seq < high])
        probe = chance.below(20_000)
        assert marks.has(probe) == (probe in numbers)
    assert marks.count(0, 30_000) == len(numbers)


def test_runners_first_the_newest_first():
    row_kinds = [kinds.HEALTH] * 100
    for seq in (3, 40, 41, 90):
        row_kinds[seq] = kinds.TAG
    one = made(row_kinds)
    assert one.count() == 100
    assert one.waiting() == [90, 41, 40, 3]
    one.had.set(90)
    one.had.set_range(0, 41, True)
    assert one.waiting() == [41]
    one.had.set(41)
    assert one.waiting() == [seq for seq in range(99, 83, -1) if seq != 90] + [83]
    assert one.count() == 57
    one.had.set_range(0, 100, True)
    assert one.waiting() == []
    assert one.count() == 0


def test_the_newest_boot_record_comes_before_touches_that_wait():
    one = made([kinds.BOOT, kinds.TAG, kinds.HEALTH, kinds.BOOT] + [kinds.TAG] * 20)
    assert one.waiting() == [3]
    one.had.set(3)
    assert one.waiting() == list(range(23, 7, -1))
    one.had.set_range(4, 24, True)
    one.had.set(1)
    assert one.waiting() == [2, 0], "nothing of a runner waits: with the rest"
    assert made([kinds.TAG, kinds.BOOT], first_seq=2).waiting() == []


UIDS = (b"\x04\x01\x02\x03\x04\x05\x06", b"\x04\x09\x09\x09")


def told(uids):
    """A roster after KNOWN_TAGS."""
    known = roster.Roster()
    payload = b"\x01"
    for uid in uids:
        payload += bytes((len(uid),)) + uid
    assert known.load(payload)
    return known


def test_the_place_in_the_roster_is_that_of_the_telling():
    known = told([bytes((4 - (at >> 8), at & 0xFF)) for at in range(300)])
    assert known.is_shared
    assert known.place(b"\x04\x00") == 0
    assert known.place(b"\x04\xff") == 255
    assert known.place(b"\x05\x00") == -1
    assert known.load(b"\x00\x02\x04\x07\x02\x05\x00")  # one that it has, and one more
    assert known.place(b"\x04\x07") == 7
    assert known.place(b"\x05\x00") == 300
    assert roster.Roster().place(b"\x04\x00") == -1
    assert not roster.Roster().is_shared


def test_a_tag_of_the_shared_roster_goes_as_arrival_until_the_host_does_not_understand():
    log: Any = Log([kinds.BOOT] + [kinds.TAG] * 9)
    known = told(UIDS)
    one = backlog.Backlog(log, known)
    one.had.set_range(0, 3, True)
    kind, body, numbers = one.tell([4, 3], 55)
    assert (kind, numbers, len(body)) == (packet.ARRIVALS, [3, 4], 4 + 2 + 2 * 3)
    one.apply(packet.Answer(3, [], True, tags=True), [3, 4])
    assert not known.is_shared and not one.is_whole
    assert not one.had.has(3), "what was not understood is not there"
    assert one.tell([4, 3], 55)[0] == packet.NEWS
    one.apply(packet.Answer(3, [], True), [3, 4])
    kind, body, _ = one.tell([4, 3], 55)
    assert kind == packet.NEWS, "it stays so"
    assert UIDS[0] in body, "the whole UID"
    known.load(b"\x01\x07" + UIDS[0])
    assert one.tell([4, 3], 55)[0] == packet.ARRIVALS, "until it is told anew"


def test_what_is_not_understood_is_not_had_even_where_the_answer_says_nothing_of_it():
    one = made([kinds.TAG] * 100)
    one.apply(packet.Answer(100, [10, 5], False, tags=True), [20])
    assert not one.had.has(20)
    one.apply(packet.Answer(100, [10, 5], False), [20])
    assert one.had.has(20)


def test_arrivals_only_where_they_are_not_longer():
    log: Any = Log([kinds.TAG] * 4 + [kinds.PRESS] * 4)
    one = backlog.Backlog(log, told([bytes((9, at)) for at in range(70)] + [UIDS[0]]))
    one.had.set(0)
    assert one.tell([1], 55)[0] == packet.NEWS, "a place of two bytes, and a check of four"
    assert one.tell([2, 1], 55)[0] == packet.ARRIVALS
    assert one.tell([5, 4, 3, 2, 1], 55)[0] == packet.ARRIVALS
    assert one.tell([7, 6, 5, 4, 3, 2, 1], 55)[0] == packet.NEWS


def test_only_what_can_be_read_is_told():
    one = made([kinds.TAG] * 30, first_seq=27)
    assert one.waiting() == [29, 28, 27]
    assert one.count() == 3


def test_as_many_as_a_packet_takes():
    one = made([kinds.TAG] * 500)
    assert one.waiting() == list(range(499, 483, -1))


def test_the_gaps_that_an_answer_had_no_room_for_come_first_when_the_rest_is_told():
    one = made([kinds.TAG] * 100)
    one.apply(packet.Answer(100, [10, 5], False), [])
    assert one.waiting() == [89, 88, 87, 86, 85]
    one.had.set_range(85, 90, True)
    assert one.waiting() == list(range(84, 68, -1))
    one.apply(packet.Answer(100, [], True), [])
    assert one.waiting() == []


def test_a_full_log_of_the_usual_size_grows_nothing():
    marks = backlog.Marks()
    room = len(marks._bits)  # what it keeps
    assert room == 1952
    for seq in range(0, 15_616, 97):
        marks.set(seq)
    marks.set_range(0, 15_616, True)
    assert len(marks._bits) == room
    assert backlog.Marks(20_000).count(0, 20_000) == 0
    marks.set(20_000)  # a log of 640 KiB
    assert len(marks._bits) < 2600
