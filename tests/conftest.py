"""Paths of the helpers that several folders share; the order in which tests run."""

import os
import sys
from pathlib import Path

import pytest

# What tests of one folder share with another's: no two files have one name (test_tidy.py).
sys.path[:0] = [str(path) for path in sorted(Path(__file__).parent.iterdir()) if path.is_dir()]

os.environ.pop(
    "COLUMNS", None
)  # pytest-xdist sets it: what is printed into a pipe is as wide as ever


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a browser or a program of others is slow. Slow files come first: of several
    workers none is left alone with one at the end.
    """
    for item in items:
        if item.get_closest_marker("needs") or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
