"""The campaign on the emulated Pico: a slice where an image is at hand, and that it can fail."""

import random
import sys
from pathlib import Path

import pytest
from yellowgate.sim import emulator

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

import emulated_pico


def test_what_is_lost_doubled_or_invented_is_seen():
    emulated_pico.check_tags(["a", "b"], {"a"}, {"a", "b"})
    for stored in (["b"], ["a", "a"], ["a", "c"]):
        with pytest.raises(emulated_pico.Broken):
            emulated_pico.check_tags(stored, {"a"}, {"a", "b"})


def test_a_torn_page_is_what_was_there_or_should_come_but_for_one_byte():
    before, after = b"\xff" * 256, bytes(range(256))
    lefts = [emulated_pico.torn(random.Random(seed))(before, after) for seed in range(50)]
    for left in lefts:
        odd = [
            got for got, old, new in zip(left, before, after, strict=True) if got not in (old, new)
        ]
        assert len(left) == 256 and len(odd) <= 1
    assert len(set(lefts)) > 30


def test_half_a_page_is_torn_where_nothing_else_is_said():
    assert emulator.half_done(b"\xff" * 4, b"abcd") == b"ab\xff\xff"
