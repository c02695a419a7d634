"""Runs plain test files on the MicroPython VM: functions `test_*` without arguments, assert."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from yellowgate.sim.vm import vm

_LOAD = """
import gc, io, sys
import {module} as _tests
result = {{}}

def _run(name):
    started_us = host.now_us()
    error = ""
    try:
        getattr(_tests, name)()
    except Exception as exception:
        text = io.StringIO()
        sys.print_exception(exception, text)
        error = text.getvalue()
    result[name] = [error, host.now_us() - started_us]
    gc.collect()
"""


@dataclass(frozen=True)
class Outcome:
    """error: the traceback, empty when it passed."""

    error: str
    took_us: int


def names(path: Path) -> list[str]:
    """The test functions of a file, in their order."""
    return [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def run_file(path: Path) -> dict[str, Outcome]:
    """Run a test file in a VM of its own; the other files of its folder can be imported.

    Raises vm.VmError when the file cannot be loaded.
    """
    files = {f"/tests/{other.name}": other for other in sorted(path.parent.glob("*.py"))}
    steps = [(1, f"_run({name!r})") for name in names(path)]
    ran = vm.run(_LOAD.format(module=path.stem), files, steps=steps)
    return {name: Outcome(*values) for name, values in ran.items()}
