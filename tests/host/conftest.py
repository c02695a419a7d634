"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from gatekit import ROSTER, Gate
from yellowgate.cli.main import run


@pytest.fixture
def gate(capsys: pytest.CaptureFixture[str]) -> Gate:
    """Runs a command; (exit code, output, errors)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(word) for word in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return call


@pytest.fixture
def race(tmp_path: Path, gate: Gate) -> Path:
    """A race folder with two runners."""
    folder = tmp_path / "race"
    assert gate("init", folder, "--name", "Test")[0] == 0
    (tmp_path / "runners.csv").write_text(ROSTER)
    assert gate("roster", "import", tmp_path / "runners.csv", "--race", folder)[0] == 0
    return folder
