"""What a command imports: people wait for it each time, also for help and for an error."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Each costs more than the help itself; a command brings in those that it works with.
SLOW = ("numpy", "sqlalchemy", "rich", "jinja2", "openpyxl", "flask", "serial", "asyncio")
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
    assert not names & set(SLOW)
