"""Permission by the cable, made once more from FORMAT.md alone with the standard library's HMAC."""

import hashlib
import hmac
import struct

import pytest
from gate_wire import permit
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.binary(min_size=16, max_size=16)


def first_16(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()[:16]


@given(KEYS, st.integers(0, 0xFFFF), KEYS, st.binary(min_size=8, max_size=8), st.binary())
def test_key_and_proof_are_as_the_text_says(
    race_key: bytes, station_id: int, challenge: bytes, log_id: bytes, asked: bytes
) -> None:
    key = first_16(race_key, b"yellow gate cable" + struct.pack("<H", station_id))
    assert permit.cable_key(race_key, station_id) == key
    proof = first_16(key, challenge + log_id + b"\x0a" + asked)
    assert permit.proof(key, challenge, log_id, 0x0A, asked) == proof


def test_golden_bytes() -> None:
    key = permit.cable_key(bytes(range(16)), 4)
    assert key.hex() == "73b29fcfb92aac961e823e8fe0ce5fe0"
    proof = permit.proof(
        key, bytes(range(0x10, 0x20)), bytes.fromhex("a1a2a3a4a5a6a7a8"), 0x0B, b""
    )
    assert proof.hex() == "4dcbc7391dba3f042be8689ca4251b2b"
    assert permit.pack_challenge(True, bytes(16)).hex() == "01" + "00" * 16
    assert permit.unpack_challenge(bytes(16)) is None
    assert permit.pack_service(0x0A, permit.BY_HAND).hex() == "0a02"
    assert permit.unpack_service(b"\x0a") is None
    assert permit.pack_laptop(0x01020304, b"mia").hex() == "040302016d6961"
    assert permit.unpack_laptop(bytes.fromhex("040302016d6961")) == (0x01020304, b"mia")
    assert permit.unpack_laptop(bytes(4)) is None and permit.unpack_laptop(bytes(31)) is None
    for name in (b"", b"x" * 27):
        with pytest.raises(ValueError, match="name"):
            permit.pack_laptop(1, name)


@given(KEYS, KEYS)
def test_proofs_are_compared_whole(one: bytes, other: bytes) -> None:
    assert permit.is_same(one, other) == (one == other)
    assert not permit.is_same(one, one[:15])
