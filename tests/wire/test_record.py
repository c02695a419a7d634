"""The observation record: golden bytes, round trips, what must not pass."""

from __future__ import annotations

import struct

import pytest
from gate_wire import bodies, kinds, record
from hypothesis import given
from hypothesis import strategies as st

LOG_ID = bytes.fromhex("0102030405060708")

records = st.builds(
    record.Record,
    kind=st.integers(0, 255),
    seq=st.integers(0, record.SEQ_MAX),
    boot=st.integers(0, record.BOOT_MAX),
    uptime_ms=st.integers(0, record.UPTIME_MS_MAX),
    utc_ms=st.integers(0, record.UTC_UNKNOWN),
    quality=st.integers(0, 255),
    body=st.binary(max_size=record.BODY_BYTES_MAX),
    tag=st.binary(min_size=4, max_size=4),
)


def test_golden_bytes() -> None:
    row = record.Record(
        kinds.TAG, 0x010203, 7, 0x11223344, 0x0102030405, kinds.UTC_SET | kinds.TIME_IN_IRQ,
        bytes.fromhex("04a1b2c3d4e5f6"), b"TAG!",
    )  # fmt: skip
    assert record.pack(row, LOG_ID).hex() == (
        "870307000302010944332211050403020104a1b2c3d4e5f6" + b"TAG!".hex() + "7d20a333"
    )


def test_the_crc_is_zlibs_over_the_log_id_and_the_record() -> None:
    import zlib

    raw = record.pack(record.Record(1, 0, 0, 0, 0, 0, b""), LOG_ID)
    assert struct.unpack("<I", raw[-4:])[0] == zlib.crc32(LOG_ID + raw[:-4])


@pytest.mark.parametrize(
    ("body", "total"), [(0, 32), (7, 32), (8, 48), (23, 48), (24, 64), (39, 64)]
)
def test_lengths(body: int, total: int) -> None:
    assert record.record_bytes(body) == total
    assert len(record.pack(record.Record(1, 0, 0, 0, 0, 0, bytes(body)), LOG_ID)) == total


@given(records)
def test_what_is_packed_is_unpacked(row: record.Record) -> None:
    raw = record.pack(row, LOG_ID)
    assert record.check(raw, 0, LOG_ID) == len(raw)
    assert record.unpack(raw) == row
    assert 0x80 <= raw[0] <= 0xA7


@given(records, st.integers(0, 70), st.binary(max_size=70))
def test_anywhere_in_a_buffer_and_with_a_tail(row: record.Record, at: int, tail: bytes) -> None:
    raw = record.pack(row, LOG_ID)
    buf = bytes(at) + raw + tail
    assert record.check(buf, at, LOG_ID) == len(raw)
    assert record.unpack(buf, at) == row
    for length in range(len(raw)):
        assert record.check(raw[:length], 0, LOG_ID) == 0


@given(records, st.data())
def test_no_wrong_bit_passes(row: record.Record, data: st.DataObject) -> None:
    raw = bytearray(record.pack(row, LOG_ID))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert record.check(raw, 0, LOG_ID) == 0


@given(records)
def test_a_record_of_another_log_does_not_pass(row: record.Record) -> None:
    assert record.check(record.pack(row, LOG_ID), 0, b"another!") == 0


@given(st.binary(max_size=100), st.integers(0, 110))
def test_rubbish_never_raises(rubbish: bytes, at: int) -> None:
    assert record.check(rubbish, at, LOG_ID) == 0


@pytest.mark.parametrize(
    "field", [{"seq": 1 << 24}, {"boot": 1 << 16}, {"utc_ms": 1 << 40}, {"uptime_ms": 1 << 32},
              {"kind": 256}, {"quality": -1}, {"body": bytes(40)}],
)  # fmt: skip
def test_fields_out_of_range_are_refused(field: dict[str, object]) -> None:
    row = record.Record(1, 0, 0, 0, 0, 0, b"")
    for name, value in field.items():
        setattr(row, name, value)
    with pytest.raises(ValueError, match="is not in"):
        record.pack(row, LOG_ID)


def test_golden_bodies() -> None:
    boot = bodies.Boot(bodies.CAUSE_WATCHDOG, kinds.TOWER, 300, 0x41, (1, 2, 3), 7)
    assert bodies.pack_boot(boot).hex() == "02012c01410001020307"
    clock = bodies.Clock(0, 2, 0xAABBCCDD, 0x010203040506, 0x1122334455667788, 900, -5)
    assert bodies.pack_clock(clock).hex() == (
        "0002ddccbbaa0605040302018877665544332211" + "84030000" + "fbffffff"
    )
    health = bodies.Health(3700, -12, 801, -40, 1, 2, 3, 4)
    assert bodies.pack_health(health).hex() == "740ef42103d8ff0100020003000400"


@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 63) - 1), st.integers(0, 1 << 40))
def test_clock_bodies_round_trip(uptime_us: int, utc_us: int, bound_us: int) -> None:
    body = bodies.Clock(1, 3, 9, uptime_us, utc_us, bound_us, 17)
    back = bodies.unpack_clock(bodies.pack_clock(body))
    assert back is not None
    assert (back.uptime_us, back.utc_us) == (uptime_us, utc_us)
    assert back.bound_us == min(bound_us, 0xFFFFFFFF)


@given(st.binary(max_size=39))
def test_bodies_of_other_lengths_are_none(body: bytes) -> None:
    if len(body) != 10:
        assert bodies.unpack_boot(body) is None
    if len(body) != 28:
        assert bodies.unpack_clock(body) is None
    if len(body) != 15:
        assert bodies.unpack_health(body) is None


def test_nothing_begins_at_the_end_of_a_buffer_or_beyond() -> None:
    raw = record.pack(record.Record(kinds.PRESS, 1, 1, 5, 6, 0, b""), bytes(8))
    assert record.length_at(raw, 0) == len(raw)
    assert [record.length_at(raw, len(raw) + beyond) for beyond in (0, 1, 100)] == [0, 0, 0]


@pytest.mark.parametrize(("uptime_us", "utc_us"), [(1 << 48, 0), (0, 1 << 63), (-1, 0), (0, -1)])
def test_a_clock_body_of_a_time_out_of_range_is_refused(uptime_us: int, utc_us: int) -> None:
    last = bodies.Clock(1, 1, 1, (1 << 48) - 1, (1 << 63) - 1, 5)
    assert bodies.unpack_clock(bodies.pack_clock(last)) is not None
    with pytest.raises(ValueError, match="out of range"):
        bodies.pack_clock(bodies.Clock(1, 1, 1, uptime_us, utc_us, 5))


def test_a_clock_that_was_not_set_moved_by_nothing() -> None:
    assert bodies.Clock(1, 1, 1, 2, 3, 4).step_ms == 0
