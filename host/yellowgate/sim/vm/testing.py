"""Runs plain test files on the MicroPython VM: functions `test_*` without arguments, assert."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from yellowgate.sim.vm import vm

_RUN = """
import gc, io, sys
import {module} as _tests
result = {{}}
for _name in {names}:
    gc.collect()
    _started_us = host.now_us()
    try:
        getattr(_tests, _name)()
        _error = ""
    except Exception as _exception:
        _text = io.StringIO()
        sys.print_exception(_exception, _text)
        _error = _text.getvalue()
    result[_name] = [_error, host.now_us() - _started_us, gc.mem_alloc()]
"""


@dataclass(frozen=True)
class Outcome:
    """error: the traceback, empty when it passed. heap_bytes: in use after it."""

    error: str
    took_us: int
    heap_bytes: int


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
    code = _RUN.format(module=path.stem, names=names(path))
    return {name: Outcome(*values) for name, values in vm.run(code, files).items()}
