"""Frames: golden bytes, every way of arriving, resynchronisation."""

from check import raises, some
from gate_wire import frame, link, message

# kind 1, reference 2, payload 11 00 22: CRC-32 of 01 02 11 00 22 is 0x99CF9E85.
GOLDEN_PAYLOAD = b"\x11\x00\x22"


def _frame(payload):
    return frame.FrameWriter().frame(0x01, 0x02, payload)


def test_golden_bytes():
    assert _frame(b"") == bytes((0, 7, 1, 2, 0x92, 0x42, 0xCC, 0xB6, 0))
    assert _frame(GOLDEN_PAYLOAD) == bytes((0, 4, 1, 2, 0x11, 6, 0x22, 0x85, 0x9E, 0xCF, 0x99, 0))


def test_whole_and_byte_by_byte_and_with_a_tail():
    payloads = [b"", b"\0", b"\0" * 300, bytes(range(256)) * 4, b"\xff" * 254, b"a" * 1024]
    for payload in payloads:
        encoded = _frame(payload)
        assert frame.FrameReader().feed(encoded) == [(1, 2, payload)]
        reader = frame.FrameReader()
        got = []
        for byte in encoded:
            got += reader.feed(bytes((byte,)))
        assert got == [(1, 2, payload)] and reader.damaged == 0
        reader = frame.FrameReader()
        assert reader.feed(encoded + encoded[:4]) == [(1, 2, payload)]
        assert reader.feed(encoded[4:]) == [(1, 2, payload)]


def test_noise_before_a_frame_costs_nothing_of_it():
    reader = frame.FrameReader()
    assert reader.feed(b"\x13\x37noise" + _frame(b"abc")) == [(1, 2, b"abc")]
    assert reader.damaged == 1


def test_a_flipped_bit_costs_that_frame_only():
    good = _frame(b"some payload of a frame")
    for at in range(1, len(good) - 1):
        for bit in range(8):
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            reader = frame.FrameReader()
            assert reader.feed(bytes(bad) + good) == [(1, 2, b"some payload of a frame")]


def test_an_endless_frame_is_dropped_and_the_next_read():
    reader = frame.FrameReader()
    for _ in range(50):
        assert reader.feed(b"\x05" * 100) == []
    assert reader.feed(_frame(b"x")) == [(1, 2, b"x")]
    assert reader.damaged == 1


def test_too_long_a_payload_is_refused():
    raises(ValueError, frame.FrameWriter().frame, 1, 1, b"x" * 1025)


def test_link_asks_again_then_gives_up():
    host = link.Link(retry_ms=100, tries=3)
    question = host.ask(message.HELLO, b"\x01", 0)
    assert host.poll(99) == (b"", None)
    assert host.poll(100)[0] == question
    assert host.poll(150) == (b"", None)
    assert host.poll(200)[0] == question
    sent, event = host.poll(300)
    assert sent == b"" and event is not None and event.kind == link.TIMEOUT
    assert host.poll(1000) == (b"", None)


def test_a_slow_question_has_its_own_patience_and_a_reference_like_all():
    host, station = link.Link(retry_ms=100, tries=3), link.Link()
    for number in range(5):
        host.ask(message.TIME, b"", number)
    first = station.receive(host.ask(message.DOCTOR, b"", 0, retry_ms=5000, tries=2), 0)[0]
    assert first.reference == 6
    assert host.poll(4999) == (b"", None)
    assert host.poll(5000)[0] != b""
    assert some(host.poll(10_000)[1]).kind == link.TIMEOUT
    late = station.answer(message.OK, first.reference, b"")
    second = station.receive(host.ask(message.IDENTIFY, b"", 10_000), 10_000)[0]
    assert host.receive(late, 10_001) == [], "a second answer to the question before"
    assert host.poll(10_100)[0] != b"", "as usual again"
    assert len(host.receive(station.answer(message.OK, second.reference, b""), 10_101)) == 1


def test_link_drops_answers_to_older_questions_and_passes_news():
    host, station = link.Link(), link.Link()
    first = station.receive(host.ask(message.HELLO, b"\x01", 0), 0)[0]
    second = station.receive(host.ask(message.HELLO, b"\x01", 5), 5)[0]
    late = station.answer(message.WELCOME, first.reference, b"late")
    news = station.answer(message.RADIO_IN, message.REFERENCE_NEWS, b"news")
    right = station.answer(message.WELCOME, second.reference, b"right")
    events = host.receive(late + news + right, 10)
    assert [event.payload for event in events] == [b"news", b"right"]
    assert host.heard_ms == 10


def test_messages_round_trip():
    fields = (1, 1, 7, b"12345678", 3, 9, 5, 1, 2, 3, 1000, b"tagg", 123456, 17, b"uniqueid")
    again = some(message.unpack_welcome(message.pack_welcome(fields, "Tower")))
    assert (again.wire, again.role, again.station_id, again.log_id) == fields[:4]
    assert (again.generation, again.boot, again.parts, again.version) == (3, 9, 5, (1, 2, 3))
    assert (again.next_seq, again.tip_tag, again.uptime_ms) == (1000, b"tagg", 123456)
    assert (again.fill_permille, again.unique_id, again.name) == (17, b"uniqueid", "Tower")
    assert message.unpack_read(message.pack_read(70000, 512)) == (70000, 512)
    assert message.unpack_read_end(message.pack_read_end(5, 6, b"abcd")) == (5, 6, b"abcd")
    assert message.unpack_time_is(message.pack_time_is(1 << 40, 1 << 50, 3)) == (
        1 << 40,
        1 << 50,
        3,
    )
    assert message.unpack_stored(message.pack_stored(77)) == 77
    assert message.unpack_radio_in(message.pack_radio_in(5, -120, -7, b"p")) == (5, -120, -7, b"p")
    assert message.unpack_error(message.pack_error(3, "full")) == (3, "full")


def test_messages_of_the_wrong_length_are_no_messages():
    for unpack in (
        message.unpack_welcome,
        message.unpack_read,
        message.unpack_records_head,
        message.unpack_read_end,
        message.unpack_time_is,
        message.unpack_stored,
        message.unpack_new_log,
        message.unpack_radio_in,
    ):
        assert unpack(b"") is None
        assert unpack(b"\x01") is None
