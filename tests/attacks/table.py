"""The table of attacks in README.md, made from the tests.

python tests/attacks/table.py writes it; a test compares.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from attackkit import Attack
from elsewhere import ELSEWHERE

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
README = HERE / "README.md"
BEGIN = "| door | who | what is tried | what must be seen | test |\n|---|---|---|---|---|\n"


def rows() -> list[tuple[Attack, str]]:
    """Every attack, with its test as path::name."""
    found: list[tuple[Attack, str]] = []
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name in dir(module):
            made = getattr(module, name).__dict__ if name.startswith("test_") else {}
            found += [
                (row, f"tests/attacks/{path.name}::{name}") for row in made.get("attacks", ())
            ]
    return [*found, *((row, str(row.do)) for row in ELSEWHERE)]


def exists(test: str) -> bool:
    """Is there a test of this path::name?"""
    path, _, name = test.partition("::")
    file = ROOT / path
    if not file.exists():
        return False
    if not name:
        return True
    names = (getattr(node, "name", "") for node in ast.walk(ast.parse(file.read_text())))
    return name in set(names)


def text() -> str:
    """The rows of the table."""
    lines = [
        f"| {row.door} | {row.by} | {row.how} | {row.seen} | `{test.removeprefix('tests/')}` |"
        for row, test in sorted(rows(), key=lambda one: (one[0].door, one[0].by, one[0].how))
    ]
    return BEGIN + "\n".join(line.replace("\n", " ") for line in lines) + "\n"


if __name__ == "__main__":
    before = README.read_text().partition(BEGIN)[0]
    README.write_text(before + text())
