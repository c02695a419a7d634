"""What a command imports: people wait for it each time, also for help and for an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Each costs more than the help itself; a command brings in those that it works with.
HEAVY = ("numpy", "sqlalchemy", "jinja2", "openpyxl", "flask", "serial", "asyncio")
_RUN = """
import contextlib, io, json, sys
from yellowgate.cli.main import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def _imported(*words: object) -> tuple[int, set[str]]:
    """Exit code, and the packages that a process has after this command."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *map(str, words)], capture_output=True, text=True, check=True
    )
    code, names = json.loads(done.stdout)
    return code, set(names)


@pytest.mark.parametrize("words", [("--help",), (), ("lgo",), ("--halp",)], ids=" ".join)
def test_help_and_wrong_use_import_nothing_slow(words: tuple[str, ...]) -> None:
    _, names = _imported(*words)
    assert not names & {*HEAVY, "rich"}


# Of these the help alone brings in no column of records and no database.
LIGHT = (
    "init", "roster", "start", "sync", "listen", "import", "merge", "ruling", "log", "desk",
    "runner", "board", "serve", "publish", "verify", "clock", "sim",
)  # fmt: skip


@pytest.mark.parametrize("name", LIGHT)
def test_help_of_a_command_imports_nothing_that_it_works_with(name: str) -> None:
    code, names = _imported(name, "--help")
    assert code == 0 and not names & set(HEAVY)


def test_the_roster_is_listed_without_records(tmp_path: Path) -> None:
    assert _imported("init", tmp_path / "race")[0] == 0
    (tmp_path / "race" / "roster.csv").write_text("name,gender,tag,bib\nAda,F,04a1b2c3,1\n")
    code, names = _imported("roster", "list", "--race", tmp_path / "race")
    assert code == 0 and not names & set(HEAVY)
