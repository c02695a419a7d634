"""How many examples a property gets: a slice each time, more where one asks for more.

YELLOWGATE_EXAMPLES=50 pytest tests/race/test_again.py   fifty times as many
"""

import os

from hypothesis import settings

TIMES = int(os.environ.get("YELLOWGATE_EXAMPLES", "1"))
USUAL = 100  # of a property that says no number

SLICE = "slice"
settings.register_profile(SLICE, max_examples=USUAL * TIMES, deadline=None)  # a machine is busy


def some(count: int) -> settings:
    """So many examples in every run."""
    return settings(max_examples=count * TIMES, deadline=None)
