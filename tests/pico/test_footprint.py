"""What everything together takes of a board's memory: a goal that each change must keep."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

BENCH = Path(__file__).parents[1] / "bench"


def bench(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_heap_after_the_start_and_at_the_worst_moment() -> None:
    footprint = bench("footprint")
    figures = footprint.on_the_vm()
    assert (figures["missing"], figures["failures"]) == ([], [])
    assert figures["stored"] > 50
    assert figures["heap_boot_bytes"] <= footprint.BOOT_GOAL_BYTES, figures
    assert figures["heap_worst_bytes"] <= footprint.WORST_GOAL_BYTES, figures
