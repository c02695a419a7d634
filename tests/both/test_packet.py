"""Radio packets: golden bytes, round trips, and what does not pass."""

import struct

from check import raises, some
from gate_wire import kinds, news, packet, record

KEY = bytes(range(16))
LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
UID = b"\x04\x00\x07\x5a\x11\x90\x80"


def row(seq, kind=kinds.TAG, body=UID, boot=3, uptime_ms=1_000_000, utc_ms=164_000_000_000):
    return record.Record(kind, seq, boot, uptime_ms, utc_ms, 0x0F, body, b"tag.")


def roundtrip(rows, before=None, epochs=None, is_short=False):
    out = bytearray(b"\0")
    first = rows[0].seq if before is None else before.seq
    out.extend(struct.pack("<I", first)[: 3 if before is None else 2])
    at = before
    for index in range(len(rows)):
        epoch = -1 if epochs is None else epochs[index]
        news.put_entry(out, rows[index], at, epoch, is_short)
        at = rows[index]
    return news.unpack(bytes(out), before, before is None), len(out)


def test_keys_are_those_of_the_specification():
    key = packet.station_key(KEY, 7)
    assert key.hex() == "c36abde4351fc2e7c1917fec586ca5b7"
    assert packet.air_key(key, LOG_ID).hex() == "90aa41cd0264b66bee9bbf01f3f9bf52"


def test_golden_packet():
    sealed = packet.seal(packet.BASE_ADDRESS, 7, packet.NEWS, 0x0102, 0x030405, b"body", KEY)
    assert sealed.hex() == "fe070501020403626f6479d2d7c299"
    part = some(packet.parse(sealed))
    assert (part.to, part.sender, part.kind, part.hops) == (254, 7, packet.NEWS, 0)
    assert (part.session_low, part.number, part.body) == (2, 0x030405, b"body")
    assert packet.verify(sealed, 0x0102, KEY)


def test_session_key_and_every_bit_are_under_the_mac_but_the_hops():
    sealed = packet.seal(packet.BASE_ADDRESS, 7, packet.NEWS, 0x0102, 9, b"body", KEY)
    assert not packet.verify(sealed, 0x0202, KEY)
    assert not packet.verify(sealed, 0x0102, bytes(16))
    for at in range(len(sealed)):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[at] ^= 1 << bit
            part = packet.parse(flipped)
            if part is not None and packet.verify(flipped, 0x0102, KEY):
                assert at == 3 and 1 << bit & packet.HOPS_MASK
    relayed = packet.hopped(packet.hopped(sealed))
    assert some(packet.parse(relayed)).hops == 2
    assert packet.verify(relayed, 0x0102, KEY)


def test_rubbish_is_no_packet():
    for rubbish in (b"", bytes(10), bytes(256), b"\xfe\x07\x05\x00" + bytes(20)):
        assert packet.parse(rubbish) is None
    assert packet.parse(b"\xfe\x07\x05\x81" + bytes(20)) is None  # RadioHead's own flags
    raises(ValueError, packet.seal, 0, 0, 1, 0, 0, bytes(245), KEY)
    raises(ValueError, packet.seal, 0, 0, 1, 0x10000, 0, b"", KEY)
    raises(ValueError, packet.seal, 0, 0, 1, 0, 0x1000000, b"", KEY)


def test_numbers_of_variable_length():
    for value in (0, 1, 127, 128, 16383, 16384, 0xFFFFFFFF, (1 << 42) - 1):
        out = bytearray()
        packet.put_varint(out, value)
        assert packet.Cursor(out).varint() == value
    for value in (0, -1, 1, -64, 63, -65, 64, -100_000, 100_000):
        out = bytearray()
        packet.put_signed(out, value)
        assert packet.Cursor(out).signed() == value
    raises(ValueError, packet.Cursor(b"\x80").varint)
    raises(ValueError, packet.Cursor(b"\xff" * 9).varint)


def test_a_single_arrival_after_one_that_the_host_has():
    entries, length = roundtrip([row(8, uptime_ms=1_600_000, utc_ms=164_000_600_007)], row(7))
    assert entries[0].row.seq == 8
    assert entries[0].row.utc_ms == 164_000_600_007
    assert entries[0].row.body == UID
    entries, length = roundtrip(
        [row(8, uptime_ms=1_600_000, utc_ms=164_000_600_007)], row(7), None, True
    )
    assert entries[0].short_uid == news.short(UID)
    assert length + packet.FIXED_BYTES <= 24


def arrivals(rows, places, reference, steps=()):
    out = bytearray(struct.pack("<IH", 0xC0FFEE, reference.seq & 0xFFFF))
    before = reference
    for at in range(len(rows)):
        if at in steps:
            out.append(news.NEXT_EPOCH)
        if news.is_arrival(rows[at], before):
            news.put_arrival(out, rows[at], before, places[at])
        else:
            out.append(news.AN_ENTRY)
            news.put_entry(out, rows[at], before, 7, False)
        before = rows[at]
    return bytes(out)


def test_golden_arrivals():
    rows = [
        row(8, uptime_ms=1_160_000, utc_ms=164_000_160_000),
        row(9, uptime_ms=1_460_000, utc_ms=164_000_459_996),
    ]
    body = arrivals(rows, [5, 63], row(7), steps=(1,))
    assert body.hex() == "eeffc0000700" + "80e2090a" + "01" + "e0a7127f07"


def test_arrivals_come_back_and_what_is_none_goes_between_them():
    rows = [
        row(8, uptime_ms=1_160_000, utc_ms=164_000_160_003),
        row(12, uptime_ms=1_160_500, utc_ms=164_000_160_503),  # numbers are left out
        row(13, uptime_ms=1_170_000, utc_ms=164_000_170_003),
        row(14, kinds.PRESS, b"", uptime_ms=1_170_900, utc_ms=164_000_170_903),
        row(15, boot=4, uptime_ms=99, utc_ms=record.UTC_UNKNOWN),
        row(16, boot=4, uptime_ms=100, utc_ms=record.UTC_UNKNOWN),  # a millisecond later
        row(17, boot=4, uptime_ms=102, utc_ms=record.UTC_UNKNOWN),
        row(18, kinds.HEALTH, bytes(15), boot=4, uptime_ms=500, utc_ms=record.UTC_UNKNOWN),
    ]
    places = [0, -1, 300, -1, -1, -1, 64, -1]
    entries = news.unpack_arrivals(arrivals(rows, places, row(7), steps=(2, 6)), row(7))
    assert [entry.place for entry in entries] == places
    assert [entry.epoch_step for entry in entries] == [0, 0, 1, 0, 0, 0, 1, 0]
    for entry, wanted in zip(entries, rows):  # noqa: B905 - MicroPython's zip knows no strict
        if entry.place >= 0:
            entry.row.body, entry.row.tag = wanted.body, wanted.tag
        assert entry.row == wanted
        assert entry.epoch == (-1 if entry.place >= 0 else 7)


def test_a_time_that_is_not_known_does_not_drift():
    before = row(7, utc_ms=record.UTC_UNKNOWN)
    body = b"c...\x07\x00" + b"\x05\x01" + b"\x01"
    raises(ValueError, news.unpack_arrivals, body, before)
    assert news.unpack_arrivals(b"c...\x07\x00\x05\x00", before)[0].row.uptime_ms == 1_000_005
    raises(ValueError, news.unpack, b"c\x07\x00\x10\x05\x01", before, False)


def test_every_form_comes_back():
    rows = [
        row(100),
        row(101, kinds.PRESS, b""),
        row(105, kinds.START, b"", 3, 1_000_900),
        row(106, kinds.TAPS, UID, 4, 5, record.UTC_UNKNOWN),
        row(107, kinds.TAG, b"\x01\x02\x03\x04", 4, 99, record.UTC_UNKNOWN),
        row(200, kinds.HEALTH, bytes(range(15)), 4, 1000, 164_000_000_000),
        row(201, kinds.CLOCK, bytes(28), 4, 2000, 164_000_000_990),
        row(0xFFFFFF, kinds.PRESS, b"", 4, record.UPTIME_MS_MAX, record.UTC_UNKNOWN - 1),
    ]
    entries, _ = roundtrip(rows, None, [5] * len(rows))
    assert [entry.row for entry in entries] == rows
    assert [entry.epoch for entry in entries] == [5] * len(rows)


def test_what_cannot_be_told_is_said_to_be_lost():
    first = row(9)
    lost = news.lost(10, first)
    entries, _ = roundtrip([first, lost, row(11)], None, [0, -1, 0])
    assert [entry.row.kind for entry in entries] == [kinds.TAG, news.LOST, kinds.TAG]
    assert entries[2].row == row(11)


def test_a_body_cut_anywhere_raises_or_is_shorter():
    rows = [row(100), row(101, kinds.HEALTH, bytes(15)), row(109)]
    out = bytearray(b"\0\x64\0\0")
    before = None
    for one in rows:
        news.put_entry(out, one, before, 1, False)
        before = one
    assert len(news.unpack(bytes(out), None, True)) == 3
    for length in range(4, len(out)):
        try:  # noqa: SIM105 - MicroPython has no contextlib
            assert len(news.unpack(bytes(out[:length]), None, True)) < 3
        except ValueError:
            pass


def test_heartbeat():
    beat = packet.Beat(70_000, b"tip.", 4012, -7, 333, 900, packet.ASK_STATUS)
    body = packet.pack_beat(beat, 0x0102)
    assert len(body) + packet.FIXED_BYTES == 24
    back = some(packet.unpack_beat(body))
    assert (back.next_seq, back.tip_tag, back.battery_mv) == (70_000, b"tip.", 4000)
    assert (back.temperature_c, back.fill_permille, back.backlog) == (-7, 332, 255)
    assert back.asks == packet.ASK_STATUS
    assert packet.unpack_beat(body[1:]) is None


def test_answer():
    for runs in ([], [0, 5], [3, 1, 200, 7]):
        for utc_ms in (None, 164_000_000_000):
            answer = packet.Answer(1000, runs, True, False, utc_ms, 12)
            back = some(packet.unpack_answer(packet.pack_answer(answer)))
            assert (back.top, back.runs, back.all_below) == (1000, runs, True)
            assert back.utc_ms == utc_ms
            assert not back.whole
    assert packet.unpack_answer(packet.pack_answer(packet.Answer(3, [4], True))) is None
    assert packet.unpack_answer(b"") is None
