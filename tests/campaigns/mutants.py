"""Mutants: one thing is changed in the sources, and the tests must notice.

    python tests/campaigns/mutants.py [--cases 60] [--seed 1] [--only clock] [--all]

A seeded sample over race/, clock/ and gate_wire/: a comparison turned or moved by one, a sum turned
into a difference, a number one more, `and` for `or`, a condition turned over. Each mutant stands in
a copy of the tree and is run against the tests of its part, those of daily work (-m "not slow") or
all of them (--all). Who survives is printed: a test is missing, or the change means nothing.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PARTS = {
    # part: its sources, and the tests that are of it
    "race": ("host/yellowgate/race", ("tests/race", "tests/report")),
    "clock": ("host/yellowgate/clock", ("tests/clock", "tests/race")),
    "gate_wire": ("firmware/gate_wire", ("tests/wire", "tests/both", "tests/radio")),
}
TIMEOUT_S = 300  # a mutant that goes on for ever is noticed, too
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """One change. at: number of the node in ast.walk() of the file."""

    part: str
    file: Path
    at: int
    line: int
    what: str


def mutants(part: str) -> Iterator[Mutant]:
    """All that can be changed in a part."""
    for file in sorted((ROOT / PARTS[part][0]).rglob("*.py")):
        for at, node in enumerate(ast.walk(ast.parse(file.read_text("utf-8")))):
            what = _what(node)
            if what:
                line = getattr(node, "lineno", 0)
                yield Mutant(part, file.relative_to(ROOT), at, line, what)


def _what(node: ast.AST) -> str:
    """How this node is changed, in words; "" when it is not."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        before = type(node.ops[0])
        return f"{before.__name__} -> {COMPARED[before].__name__}"
    if isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        return f"{type(node.op).__name__} -> {COUNTED[type(node.op)].__name__}"
    if isinstance(node, ast.BoolOp):
        return "and <-> or"
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return f"{node.value} -> {node.value + 1}"
    if isinstance(node, ast.If | ast.IfExp) and not _is_for_checkers(node):
        return "condition turned over"
    return ""


def _is_for_checkers(node: ast.If | ast.IfExp) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def changed(source: str, at: int) -> str:
    """The source with its node of this number changed."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[at]
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp):
        node.op = COUNTED[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    return ast.unparse(ast.fix_missing_locations(tree))


def survives(mutant: Mutant, tree: Path, runs_all: bool) -> bool:
    """Do the tests pass with it? tree: a copy, which is as before afterwards."""
    file = tree / mutant.file
    before = file.read_text("utf-8")
    file.write_text(changed(before, mutant.at), "utf-8")
    marks = [] if runs_all else ["-m", "not slow"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *marks]
    environment = {**os.environ, "PYTHONPATH": f"{tree / 'host'}{os.pathsep}{tree / 'firmware'}"}
    try:
        done = subprocess.run(
            [*command, *PARTS[mutant.part][1]],
            cwd=tree, env=environment, capture_output=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        file.write_text(before, "utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    parser.add_argument("--all", action="store_true", help="the slow tests, too")
    options = parser.parse_args()
    chosen = random.Random(options.seed)
    parts = [options.only] if options.only else list(PARTS)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", ".stubs", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, tree, ignore=ignored)
        for part in parts:
            for mutant in chosen.sample(list(mutants(part)), options.cases // len(parts)):
                lives = survives(mutant, tree, options.all)
                counts[f"{part} {'survived' if lives else 'noticed'}"] += 1
                mark = "SURVIVED" if lives else "noticed "
                print(f"{mark} {mutant.file}:{mutant.line}: {mutant.what}", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{name:20s} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
