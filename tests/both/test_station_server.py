"""The station's end of a conversation, against the same Link class at the other end."""

from check import some
from gate_wire import bodies, frame, kinds, link, message, record
from stationkit import LOG_ID, Kit

ANN = b"\x04\x01\x02\x03\x04\x05\x06"


class Host:
    """Asks the server of a kit, without a port in between."""

    def __init__(self, kit=None) -> None:
        self.kit = Kit('{"id": 7, "name": "gate"}') if kit is None else kit
        self.link = link.Link()
        self.server = self.kit.server

    def events(self):
        events = []
        data = self.server.next_frame()
        while data is not None:
            events += self.link.receive(bytes(data), 0)
            data = self.server.next_frame()
        return events

    def ask(self, kind, payload=b""):
        self.server.receive(self.link.ask(kind, payload, 0), self.kit.clock.now_uptime_us())
        return self.events()

    def answer(self, kind, payload=b""):
        events = self.ask(kind, payload)
        assert len(events) == 1, events
        return events[0]

    def download(self, first, count):
        events = self.ask(message.READ, message.pack_read(first, count))
        rows = []
        for event in events[:-1]:
            assert event.kind == message.RECORDS
            at = message.RECORDS_HEAD_BYTES
            while at < len(event.payload):
                length = record.check(event.payload, at, LOG_ID)
                assert length
                rows.append(record.unpack(event.payload, at))
                at += length
        assert events[-1].kind == message.READ_END
        return rows, some(message.unpack_read_end(events[-1].payload))


def _fill(kit, count):
    for number in range(count):
        kit.log.append(kinds.TAG, 1, number, 0, 0, ANN if number % 3 else b"x" * 30)


def test_hello():
    host = Host()
    _fill(host.kit, 3)
    event = host.answer(message.HELLO, b"\x01")
    assert event.kind == message.WELCOME
    welcome = some(message.unpack_welcome(event.payload))
    assert (welcome.station_id, welcome.name, welcome.log_id) == (7, "gate", LOG_ID)
    assert (welcome.next_seq, welcome.tip_tag, welcome.boot) == (3, b"tip.", 1)


def test_download_in_frames_that_are_nearly_full():
    host = Host()
    _fill(host.kit, 1000)
    rows, end = host.download(0, 2000)
    assert [row.seq for row in rows] == list(range(1000))
    assert end == (1000, 1000, b"tip.")
    rows, end = host.download(990, 5)
    assert [row.seq for row in rows] == [990, 991, 992, 993, 994]
    assert end[0] == 995
    rows, end = host.download(1000, 5)
    assert rows == [] and end == (1000, 1000, b"tip.")
    rows, end = host.download(5000, 5)
    assert rows == [] and end[1] == 1000


def test_frame_efficiency():
    host = Host()
    for number in range(1000):
        host.kit.log.append(kinds.TAG, 1, number, 0, 0, ANN)
    host.server.receive(host.link.ask(message.READ, message.pack_read(0, 1000), 0), 0)
    wire = 0
    data = host.server.next_frame()
    while data is not None:
        wire += len(data)
        data = host.server.next_frame()
    assert 32 * 1000 / wire > 0.95


def test_a_second_question_takes_the_place_of_a_download():
    host = Host()
    _fill(host.kit, 500)
    host.server.receive(host.link.ask(message.READ, message.pack_read(0, 500), 0), 0)
    host.server.next_frame()
    rows, end = host.download(400, 100)
    assert [row.seq for row in rows] == list(range(400, 500))
    assert end[0] == 500


def test_time_and_setting_it():
    host = Host()
    host.kit.run_ms(5000)
    uptime_us, utc_us, quality = some(message.unpack_time_is(host.answer(message.TIME).payload))
    assert uptime_us == host.kit.world.now_us == 5_000_000
    assert utc_us == message.UTC_US_UNKNOWN
    body = bodies.Clock(bodies.CLOCK_SET, bodies.REFERENCE_NTP, 9, uptime_us, 10**15, 700)
    event = host.answer(message.SET_CLOCK, bytes(16) + bodies.pack_clock(body))
    assert event.kind == message.STORED
    seq = some(message.unpack_stored(event.payload))
    assert host.kit.log.rows[seq].kind == kinds.CLOCK
    stored = some(bodies.unpack_clock(host.kit.log.rows[seq].body))
    assert (stored.what, stored.utc_us, stored.reference_id) == (bodies.CLOCK_SET, 10**15, 9)
    host.kit.run_ms(1000)
    _, utc_us, quality = some(message.unpack_time_is(host.answer(message.TIME).payload))
    assert utc_us == 10**15 + 1_000_000
    assert quality & kinds.UTC_SET


def test_a_pair_is_an_observation_and_sets_nothing():
    host = Host()
    host.kit.run_ms(5000)
    body = bodies.Clock(bodies.CLOCK_SET, bodies.REFERENCE_NTP, 9, 4_000_000, 10**15, 700)
    event = host.answer(message.PAIR, bodies.pack_clock(body))
    seq = some(message.unpack_stored(event.payload))
    stored = some(bodies.unpack_clock(host.kit.log.rows[seq].body))
    assert (stored.what, stored.uptime_us) == (bodies.CLOCK_PAIR, 4_000_000)
    assert host.kit.clock.utc_us(5_000_000) is None


def test_a_pair_of_the_future_or_of_another_start_is_refused():
    host = Host()
    host.kit.run_ms(5000)
    for uptime_us in (5_000_001, 10**12):
        body = bodies.Clock(bodies.CLOCK_PAIR, 1, 9, uptime_us, 10**15, 700)
        event = host.answer(message.PAIR, bodies.pack_clock(body))
        assert event.kind == message.ERROR
    assert host.kit.log.rows == []


def test_malformed_and_unknown_questions_are_refused():
    host = Host()
    for kind in (message.READ, message.PAIR, message.SET_CLOCK, message.NEW_LOG):
        event = host.answer(kind, b"?")
        assert (event.kind, event.payload[0]) == (message.ERROR, message.ERROR_FORM)
    event = host.answer(0x7E)
    assert message.unpack_error(event.payload)[0] == message.ERROR_UNKNOWN
    event = host.answer(message.RADIO_OUT, b"packet")
    assert message.unpack_error(event.payload)[0] == message.ERROR_NO_PART


def test_a_log_that_refuses_is_told():
    host = Host()
    host.kit.log.fails = True
    body = bodies.pack_clock(bodies.Clock(0, 1, 9, 0, 10**15, 700))
    assert host.answer(message.PAIR, body).payload[0] == message.ERROR_FLASH
    host.kit.log.fill_permille = 1000
    assert host.answer(message.PAIR, body).payload[0] == message.ERROR_LOG_FULL


def test_tail_brings_records_as_news():
    host = Host()
    assert host.answer(message.TAIL).kind == message.OK
    host.kit.button.press()
    host.kit.run_ms(10)
    frames = frame.FrameReader().feed(host.kit.console.output)
    assert [reference for _, reference, _ in frames] == [0, 0]
    last = record.unpack(frames[1][2], message.RECORDS_HEAD_BYTES)
    assert last.kind == kinds.PRESS
    host.answer(message.TAIL, b"\0")
    host.kit.button.press()
    host.kit.run_ms(1000)
    assert host.events() == []


def test_news_that_nobody_reads_are_bounded():
    host = Host()
    host.answer(message.TAIL)
    host.kit.console.takes = 0
    for _ in range(50):
        host.kit.station.store(kinds.PRESS, b"")
    assert len(host.events()) <= 12


def test_health_doctor_identify_and_roster():
    host = Host()
    event = host.answer(message.HEALTH)
    assert some(bodies.unpack_health(event.payload)).battery_mv == 4500
    assert host.answer(message.DOCTOR).payload == b"fine"
    assert host.answer(message.IDENTIFY).kind == message.OK
    assert host.answer(message.KNOWN_TAGS, b"\x01\x07" + ANN + b"\x04abcd").kind == message.OK
    assert len(host.kit.station.roster) == 2
    assert host.kit.station.roster.knows(ANN)
    assert not host.kit.station.roster.knows(b"abce")
    assert host.answer(message.KNOWN_TAGS, b"\x00\x07abc").kind == message.ERROR
    assert host.answer(message.KNOWN_TAGS, b"").kind == message.ERROR
    assert len(host.kit.station.roster) == 2
    assert host.answer(message.KNOWN_TAGS, b"\x01").kind == message.OK
    assert host.kit.station.roster.knows(b"abce")  # no roster: every tag is welcome


def test_a_new_log_only_for_who_has_the_old_one():
    host = Host()
    _fill(host.kit, 5)
    made = []
    host.server.new_log = lambda log_id, key: made.append((log_id, key))
    new_id, key = b"new id..", b"k" * 16
    for log_id, next_seq in ((LOG_ID, 4), (b"\0" * 8, 5)):
        event = host.answer(
            message.NEW_LOG, bytes(16) + message.pack_new_log(log_id, next_seq, new_id, key)
        )
        assert message.unpack_error(event.payload)[0] == message.ERROR_NOT_CONFIRMED
        assert "0102030405060708" in message.unpack_error(event.payload)[1]
    assert made == []
    event = host.answer(message.NEW_LOG, bytes(16) + message.pack_new_log(LOG_ID, 5, new_id, key))
    assert event.kind == message.OK
    assert made == [(new_id, key)]
    assert host.server.restarts
    again = host.answer(message.NEW_LOG, bytes(16) + message.pack_new_log(LOG_ID, 5, new_id, key))
    assert again.kind == message.OK
    assert len(made) == 1


def test_a_touch_between_a_new_log_and_the_restart_is_refused():
    host = Host()
    _fill(host.kit, 5)
    host.server.new_log = lambda log_id, key: None
    host.answer(
        message.NEW_LOG, bytes(16) + message.pack_new_log(LOG_ID, 5, b"new id..", b"k" * 16)
    )
    host.kit.button.press()
    host.kit.run_ms(50)
    assert len(host.kit.log.rows) == 5
    assert host.kit.station.pending() == 1


def test_noise_and_cut_frames_are_passed_over_and_counted():
    host = Host()
    whole = host.link.ask(message.TIME, b"", 0)
    for at in range(1, len(whole) - 1):
        host.server.receive(whole[:at] + b"\0" + whole, 0)
        events = host.events()
        assert [event.kind for event in events] == [message.TIME_IS]
    for noise in (b"\xff" * 5000, bytes(range(256)) * 9, b"\x01\x00" * 400):
        host.server.receive(noise, 0)
        host.server.receive(b"\0" + whole, 0)
        assert host.events()[-1].kind == message.TIME_IS
    assert host.kit.station.line_errors > 10


def test_any_bytes_in_well_formed_frames_raise_nothing():
    host = Host()
    writer = frame.FrameWriter()
    state = 12345
    for _ in range(3000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        kind = state >> 16 & 0xFF
        length = state >> 8 & 0x3F
        payload = bytes([(state >> (at % 20)) + at & 0xFF for at in range(length)])
        if kind == message.REPL:
            continue
        host.server.receive(writer.frame(kind, 1 + state % 255, payload), 0)
        host.events()
    assert host.answer(message.HELLO, b"\x01").kind == message.WELCOME


def test_without_a_log_it_answers_what_it_can():
    kit = Kit()
    kit.station.log = None
    host = Host(kit)
    assert host.answer(message.HELLO, b"\x01").kind == message.WELCOME
    assert host.download(0, 10)[0] == []
    health = some(bodies.unpack_health(host.answer(message.HEALTH).payload))
    assert health.fill_permille == 1000
    assert host.answer(message.TIME).kind == message.TIME_IS
