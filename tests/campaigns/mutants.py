"""Mutants: one thing is changed in the sources, and the tests must notice.

    python tests/campaigns/mutants.py [--cases 60] [--seed 1] [--only clock] [--all]

A seeded sample over race/, clock/ and gate_wire/: a comparison turned or moved by one, a sum turned
into a difference, a number one more, `and` for `or`, a condition turned over. Each mutant stands in
a copy of the tree and is run against the tests of its part, those of daily work (-m "not slow") or
all of them (--all), until the first that fails. Who survives is printed: a test is missing, or the
change means nothing.

The tests are run once without a change, and must pass. That run says how long each file of them
takes: with a mutant the quick ones come first. Each run is a fork of one process that has imported
what others wrote, and draws the same examples.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PARTS = {
    # part: its sources, and the tests that are of it
    "race": ("host/yellowgate/race", ("tests/race", "tests/report")),
    "clock": ("host/yellowgate/clock", ("tests/clock", "tests/race")),
    "gate_wire": ("firmware/gate_wire", ("tests/wire", "tests/both", "tests/radio")),
}
IMPORTED = (
    "numpy",
    "sqlalchemy.dialects.sqlite",
    "hypothesis.strategies",
    "openpyxl",
    "jinja2",
    "lxml.etree",
    "jsonschema",
    "orjson",
    "rich.table",
    "click",
)
# So many times the CPU that the tests take without a change, and some seconds more: then a mutant
# goes on for ever, and is noticed. One that only waits has so long.
SLOWER, MORE_S, WAITED_S = 4, 20, 600
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


class _Quickest:
    """A plugin of pytest: quick files first. took_s: of each test's file, written as they run."""

    def __init__(self, took_s: dict[str, float]) -> None:
        self.took_s = took_s

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known_s = dict(self.took_s)
        items.sort(key=lambda item: known_s.get(_file(item.nodeid), 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = _file(report.nodeid)
        self.took_s[file] = self.took_s.get(file, 0.0) + report.duration


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _child(
    tree: Path, words: list[str], took_s: dict[str, float], cpu_s: int, to: Connection
) -> None:
    """Run the tests here: says whether they pass, and how long each file took."""
    os.setsid()  # what the tests start ends with us
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    os.chdir(tree)
    sys.path[:0] = [str(tree / "host"), str(tree / "firmware")]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    order = _Quickest(dict(took_s))
    code = pytest.main(words, plugins=[order])
    to.send((code == pytest.ExitCode.OK, order.took_s))


@dataclass
class Tests:
    """The tests of a part in a copy of the tree. took_s: how long each file of them takes
    without a change."""

    tree: Path
    words: list[str]
    took_s: dict[str, float]
    cpu_s: int = 3600

    @classmethod
    def of(cls, part: str, tree: Path, runs_all: bool) -> Tests:
        """Raises SystemExit when they fail as they are."""
        marks = [] if runs_all else ["-m", "not slow"]
        seed = "--hypothesis-seed=1"
        words = ["-q", "-x", "-p", "no:cacheprovider", seed, *marks, *PARTS[part][1]]
        before = os.times()
        made = cls(tree, words, {})
        passed, made.took_s = made.run()
        if not passed:
            raise SystemExit(f"{part}: its tests fail without any change: {' '.join(words)}")
        took_s = sum(os.times()[2:4]) - sum(before[2:4])  # of children
        made.cpu_s = int(MORE_S + SLOWER * took_s)
        return made

    def run(self) -> tuple[bool, dict[str, float]]:
        """Do they pass, in time? And how long each file took."""
        forked = multiprocessing.get_context("fork")
        here, there = forked.Pipe(duplex=False)
        args = (self.tree, self.words, self.took_s, self.cpu_s, there)
        child = forked.Process(target=_child, args=args)
        child.start()
        there.close()
        try:
            return here.recv() if here.poll(WAITED_S) else (False, {})
        except EOFError:  # it died
            return False, {}
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid or 0, signal.SIGKILL)
            child.kill()
            child.join()

    def survives(self, mutant: Mutant) -> bool:
        """Do the tests pass with it? The tree is as before afterwards."""
        file = self.tree / mutant.file
        before = file.read_text("utf-8")
        try:
            _write(file, changed(before, mutant.at))
            return self.run()[0]
        finally:
            _write(file, before)


def _write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


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
    for name in IMPORTED:
        importlib.import_module(name)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", ".stubs", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, tree, ignore=ignored)
        for part in parts:
            tests = Tests.of(part, tree, options.all)
            print(f"{part}: {len(tests.took_s)} files of tests pass without a change", flush=True)
            for mutant in chosen.sample(list(mutants(part)), options.cases // len(parts)):
                lives = tests.survives(mutant)
                counts[f"{part} {'survived' if lives else 'noticed'}"] += 1
                mark = "SURVIVED" if lives else "noticed "
                print(f"{mark} {mutant.file}:{mutant.line}: {mutant.what}", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{name:20s} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
