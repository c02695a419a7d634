"""gate log as a command: formats, refusals, remarks, what changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import scene
from openpyxl import load_workbook
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.race.official_log import schema
from yellowgate.sim import golden

EIGHT, TEN = "2025-03-19T12:00:00Z", "2025-03-19T14:00:00Z"
END = "2025-03-20T10:37:00Z"


@pytest.fixture(scope="module")
def end(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    """The golden scene when all is over."""
    return scene.folder(tmp_path_factory.mktemp("end") / "race", golden.END_S)


def gate_log(folder: RaceFolder, *words: str) -> int:
    return run(["log", "--race", str(folder.path), *words])


def test_results_are_refused_in_mid_race_in_one_line(
    end: RaceFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form in ("ultrasignup", "itra"):
        file = tmp_path / form
        assert gate_log(end, "--format", form, "--as-of", EIGHT, "--output", str(file)) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "and 9 more are still out or in camp" in said.err
        assert said.err.count("\n") == 1
        assert not file.exists()


def test_what_the_sender_should_know_stands_beside_the_file(
    end: RaceFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "itra.xlsx"
    assert gate_log(end, "--format", "itra", "--as-of", END, "--output", str(file)) == 0
    assert "it is missing for J. Kelly, S. Raichon, Amos Indian and 37 more" in (
        capsys.readouterr().err
    )
    assert load_workbook(file).worksheets[0]["A2"].value == "DNF"
    assert gate_log(end, "--format", "ultrasignup", "--as-of", END) == 0
    said = capsys.readouterr()
    assert said.out.startswith("place,time,first,last,age,gender,")
    assert ",39:50:27,J.,Kelly," in said.out


def test_the_schema_is_published_by_the_command(
    end: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate_log(end, "--format", "json-schema") == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_what_changed_is_one_line_for_each_reason(
    end: RaceFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "changes.txt"
    assert gate_log(end, "--diff", EIGHT, TEN, "--output", str(file)) == 0
    lines = file.read_text().splitlines()
    (fyke,) = [line for line in lines if line.startswith("Xaver Fyke: ")]
    assert "status on course -> out, reason - -> refused to continue, taps - -> " in fyke
    assert fyke.count("Laz ruled") == 2
    capsys.readouterr()
    assert gate_log(end, "--diff", EIGHT, EIGHT) == 0
    assert capsys.readouterr().out == "nothing changed\n"
    assert gate_log(end, "--diff", EIGHT, TEN, "--format", "json") == 2
    assert "leave out --format" in capsys.readouterr().err


def test_colours_survive_a_pipe_when_they_are_asked_for(end: RaceFolder) -> None:
    command = [sys.executable, "-c", "from yellowgate.cli.main import main; main()"]
    command += ["log", "--race", str(end.path), "--as-of", END]
    for colours in ("", "1"):
        environment = {"FORCE_COLOR": colours, "COLUMNS": "120", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
        assert (b"\x1b[" in done.stdout) == bool(colours)
        assert b"over by 0:02:00" in done.stdout
