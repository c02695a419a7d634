"""Puts the helpers that both Pythons share on the path of the tests."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "both"))
sys.path.insert(0, str(Path(__file__).parent / "race"))
sys.path.insert(0, str(Path(__file__).parent / "clock"))

os.environ.pop(
    "COLUMNS", None
)  # pytest-xdist sets it: what is printed into a pipe is as wide as ever
