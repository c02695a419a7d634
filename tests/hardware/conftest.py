"""Puts the repository's top on the path, so that hardware/*.py can be imported; looks for tools."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """needs("openscad"): skipped without it, but not where all tools are promised (.ci/run)."""
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            if shutil.which(program) is None:
                if os.environ.get("YELLOWGATE_ALL_TOOLS"):
                    pytest.fail(f"{program} is missing")
                pytest.skip(f"{program} is missing: see .ci/run")
