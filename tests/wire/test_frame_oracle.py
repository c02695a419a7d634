"""Frames against an independent COBS, and against rubbish."""

import binascii
import random
import struct

from cobs import cobs
from gate_wire import frame
from hypothesis import given
from hypothesis import strategies as st

FUZZED_INPUTS = 100_000


@given(st.binary(max_size=frame.PAYLOAD_BYTES_MAX), st.integers(0, 255), st.integers(0, 255))
def test_same_bytes_as_the_cobs_package(payload: bytes, kind: int, reference: int) -> None:
    content = bytes((kind, reference)) + payload
    content += struct.pack("<I", binascii.crc32(content))
    expected = b"\0" + cobs.encode(content) + b"\0"
    assert frame.FrameWriter().frame(kind, reference, payload) == expected


@given(st.binary(max_size=1200).map(lambda b: b.replace(b"\0", b"\1")))
def test_decoder_agrees_with_the_cobs_package_on_rubbish(encoded: bytes) -> None:
    buf = bytearray(encoded)
    try:
        expected = cobs.decode(encoded)
    except cobs.DecodeError:
        expected = None
    length = frame.cobs_decode(buf, len(encoded))
    if expected is None:
        assert length == -1
    else:
        assert bytes(buf[:length]) == expected


@given(
    st.lists(st.binary(max_size=80), min_size=1, max_size=8),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_any_cut_into_pieces_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    writer = frame.FrameWriter()
    stream = b"".join(writer.frame(1, at, payload) for at, payload in enumerate(payloads))
    reader = frame.FrameReader()
    got: list[tuple[int, int, bytes]] = []
    at = turn = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        got += reader.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [payload for _, _, payload in got] == payloads


def test_a_hundred_thousand_fuzzed_inputs_leave_the_reader_in_step() -> None:
    """No exception, and the frame after each rubbish is read: within one frame."""
    rng = random.Random(20250318)
    writer, reader = frame.FrameWriter(), frame.FrameReader()
    good = writer.frame(7, 9, b"still in step")
    for _ in range(FUZZED_INPUTS):
        if rng.random() < 0.5:
            rubbish = rng.randbytes(rng.randrange(60))
        else:
            bad = bytearray(writer.frame(rng.randrange(256), 0, rng.randbytes(rng.randrange(30))))
            for _ in range(rng.randrange(1, 4)):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
            rubbish = bytes(bad[: rng.randrange(len(bad) + 1)])
        reader.feed(rubbish)
        assert reader.feed(good)[-1:] == [(7, 9, b"still in step")]
