"""The race that is attacked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from attackkit import Scene


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scene:
    """A race whose truth is known: nothing is wrong in it, and each ran three laps."""
    return Scene(tmp_path, capsys)
