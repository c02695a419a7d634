"""A slice of the campaign over files, and that it would see a value that is not what was meant."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filemaker import make

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import files


def test_what_was_meant_comes_in_or_is_refused() -> None:
    counts = files.campaign(150, 7)
    assert counts["taken"] > 100
    assert all(what == "taken" or what.startswith("asks") for what in counts), counts


def test_the_campaign_sees_another_value() -> None:
    made = make(random.Random(7))
    files.check(7, made, made.runners)
    for wrong in (made.runners[1:], [replace(made.runners[0], bibs={0: "9"}), *made.runners[1:]]):
        with pytest.raises(AssertionError, match="seed 7"):
            files.check(7, made, wrong)
