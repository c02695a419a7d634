"""Puts the repository's top on the path, so that hardware/*.py can be imported."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
