"""The race that is attacked."""

from __future__ import annotations

from pathlib import Path

import pytest
from attackkit import Scene


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scene:
    """A race whose truth is known: nothing is wrong in it, and each ran three laps."""
    return Scene(tmp_path, capsys)
