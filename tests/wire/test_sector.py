"""Header, mark and key slot of a sector: golden bytes, round trips, wrong bits."""

from gate_wire import sector
from hypothesis import given
from hypothesis import strategies as st

LOG_ID = bytes.fromhex("0102030405060708")


def test_golden_bytes() -> None:
    assert sector.pack_header(5, 128, LOG_ID, 3).hex() == (
        "59474154454c4f4701000500800000000102030405060708030000009c63fc4d"
    )
    assert sector.pack_mark(2, 246, b"TAG!", LOG_ID).hex() == (
        "4f50454e02000000f6000000544147215a0fbeea000000000000000000000000"
    )
    assert sector.pack_key(bytes(range(16)), 2).hex() == (
        "000102030405060708090a0b0c0d0e0f02000000fa9863200000000000000000"
    )


def test_the_parts_lie_one_behind_the_other() -> None:
    assert sector.HEADER_AT + sector.HEADER_BYTES == sector.MARK_AT
    assert sector.MARK_AT + sector.MARK_BYTES == sector.KEY_AT
    assert sector.KEY_AT + sector.KEY_SLOT_BYTES == sector.RECORDS_AT
    assert len(sector.pack_header(0, 1, LOG_ID, 0)) == sector.HEADER_BYTES
    assert len(sector.pack_mark(0, 0, b"TAG!", LOG_ID)) == sector.MARK_BYTES
    assert len(sector.pack_key(bytes(16))) == sector.KEY_SLOT_BYTES


@given(
    st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 255)
)
def test_headers(index: int, blocks: int, generation: int, bit: int) -> None:
    raw = bytearray(b"xyz" + sector.pack_header(index, blocks, LOG_ID, generation) + b"tail")
    assert sector.unpack_header(raw, 3) == (index, blocks, LOG_ID, generation)
    raw[3 + bit // 8] ^= 1 << bit % 8
    assert sector.unpack_header(raw, 3) is None
    assert sector.unpack_header(raw, 10) is None


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.binary(min_size=4, max_size=4))
def test_marks(epoch: int, first_seq: int, tag: bytes) -> None:
    raw = bytearray(sector.pack_mark(epoch, first_seq, tag, LOG_ID))
    assert sector.unpack_mark(raw, 0, LOG_ID) == (epoch, first_seq, tag)
    assert sector.unpack_mark(raw, 0, b"another!") is None
    for bit in range(20 * 8):
        raw[bit // 8] ^= 1 << bit % 8
        assert sector.unpack_mark(raw, 0, LOG_ID) is None
        raw[bit // 8] ^= 1 << bit % 8


@given(st.binary(min_size=16, max_size=16), st.integers(0, 0xFFFF))
def test_keys_and_their_one_wrong_bit(key: bytes, epoch: int) -> None:
    raw = bytearray(sector.pack_key(key, epoch))
    assert sector.unpack_key(raw, 0) == (key, epoch)
    for bit in range(0, 24 * 8, 7):
        raw[bit // 8] ^= 1 << bit % 8
        assert sector.unpack_key(raw, 0) is None
        assert sector.mend_key(raw, 0) == (key, epoch)
        raw[bit // 8] ^= 1 << bit % 8


@given(st.binary(max_size=200), st.integers(0, 220))
def test_rubbish_is_none(rubbish: bytes, at: int) -> None:
    assert sector.unpack_header(rubbish, at) is None
    assert sector.unpack_mark(rubbish, at, LOG_ID) is None
    assert sector.unpack_key(rubbish, at) is None


def test_a_key_that_is_cut_off_is_not_mended() -> None:
    slot = bytes(40) + sector.pack_key(bytes(range(16)), 3)
    assert sector.mend_key(slot, 40) == (bytes(range(16)), 3)
    assert [sector.mend_key(slot[:end], 40) for end in range(40, len(slot))] == [None] * 32


def test_pointers_of_littlefs() -> None:
    # SPEC.md of littlefs: a block of index n > 0 has ctz(n) + 1 pointers.
    assert [sector.file_bytes_before(n) for n in range(9)] == [0, 4, 8, 4, 12, 4, 8, 4, 16]
    assert sector.file_bytes(128) == 523300
