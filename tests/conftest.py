"""Puts the helpers that both Pythons share on the path of the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "both"))
sys.path.insert(0, str(Path(__file__).parent / "race"))
sys.path.insert(0, str(Path(__file__).parent / "clock"))
