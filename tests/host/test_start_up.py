"""What a command imports: people wait for it each time, also for help and for an error."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Each costs more than the help itself; a command brings in those that it works with.
HEAVY = (
    "numpy", "sqlalchemy", "jinja2", "openpyxl", "starlette", "uvicorn", "serial", "asyncio",
    "statistics",
)  # fmt: skip
_RUN = """
import contextlib, io, json, sys
from yellowgate.cli.main import run
said = []
for words in json.loads(sys.argv[1]):
    before = set(sys.modules) if said else set()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run(words)
    said.append([code, sorted(set(sys.modules) - before)])
print(json.dumps(said))
"""
Imported = tuple[int, set[str]]


def _imported(*commands: Sequence[object]) -> list[Imported]:
    """Of each of these commands, one after the other in one process: its exit code, and what it
    imported.
    """
    said = json.dumps([[str(word) for word in words] for words in commands])
    done = subprocess.run(
        [sys.executable, "-c", _RUN, said], capture_output=True, text=True, check=True
    )
    return [(code, set(names)) for code, names in json.loads(done.stdout)]


def test_help_and_wrong_use_import_nothing_slow() -> None:
    for _, names in _imported(["--help"], [], ["--halp"], ["lgo"]):
        assert not names & {*HEAVY, "rich"}


# Of these the help alone brings in no column of records and no database.
LIGHT = (
    "init", "roster", "start", "sync", "listen", "import", "merge", "ruling", "log", "desk",
    "runner", "board", "serve", "publish", "verify", "clock", "sim",
)  # fmt: skip


def test_help_of_a_command_imports_nothing_that_it_works_with() -> None:
    told = _imported(*((name, "--help") for name in LIGHT))
    for name, (code, names) in zip(LIGHT, told, strict=True):
        assert (code, names & set(HEAVY)) == (0, set()), name


def test_the_roster_is_listed_without_records(tmp_path: Path) -> None:
    assert _imported(["init", tmp_path / "race"])[0][0] == 0
    (tmp_path / "race" / "roster.csv").write_text("name,gender,tag,bib\nAda,F,04a1b2c3,1\n")
    ((code, names),) = _imported(["roster", "list", "--race", tmp_path / "race"])
    assert code == 0 and not names & set(HEAVY)


def test_a_log_brings_in_no_more_of_numpy_than_its_columns(tmp_path: Path) -> None:
    """Its masked arrays, which np.unique asks for, take a tenth of what the whole command does."""
    assert _imported(["init", tmp_path / "race"])[0][0] == 0
    ((code, names),) = _imported(["log", "--race", tmp_path / "race"])
    assert code == 0 and "numpy" in names
    assert not names & {"numpy.ma", "statistics", "difflib", "sqlalchemy"}
