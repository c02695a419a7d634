"""The chain of tags and keys against Python's own hmac."""

import hashlib
import hmac

from gate_wire import chain
from hypothesis import given
from hypothesis import strategies as st


def test_golden_bytes() -> None:
    key = bytes(range(16))
    assert chain.next_key(key).hex() == "2a4ef1071174d4bd80771cfe29eff77b"
    assert chain.tag(key, chain.TAG_ZERO, b"record").hex() == "7c1483e3"


@given(st.binary(max_size=64), st.binary(max_size=200), st.binary(max_size=200))
def test_hmac_is_rfc_2104(key: bytes, first: bytes, second: bytes) -> None:
    wanted = hmac.new(key, first + second, hashlib.sha256).digest()
    assert chain.hmac_sha256(key, first + second) == wanted
    assert chain.Keyed(key).hmac(first, second) == wanted
    assert chain.tag(key, first, second) == wanted[:4]


@given(st.binary(min_size=16, max_size=16), st.integers(0, 20))
def test_keys_move_forward(key: bytes, epoch: int) -> None:
    moved = wanted = key
    for _ in range(epoch):
        moved = chain.next_key(moved)
        wanted = hashlib.sha256(b"yellow gate next key" + wanted).digest()[:16]
    assert moved == wanted


@given(st.binary(min_size=24, max_size=56), st.integers(0, 447))
def test_every_bit_counts(sealed: bytes, bit: int) -> None:
    keyed = chain.Keyed(b"k" * 16)
    changed = bytearray(sealed)
    changed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    assert keyed.hmac(b"tag.", bytes(changed)) != keyed.hmac(b"tag.", sealed)
