"""Paths of the helpers that several folders share; where files go; the order of the tests."""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from examples import SLICE
from hypothesis import settings

# What tests of one folder share with another's: no two files have one name (test_tidy.py).
sys.path[:0] = [str(path) for path in sorted(Path(__file__).parent.iterdir()) if path.is_dir()]

os.environ.pop(
    "COLUMNS", None
)  # pytest-xdist sets it: what is printed into a pipe is as wide as ever

# A store writes through to the disk: some 15 ms each time, thousands of times. Where Linux has a
# file system in memory, and room in it, that is where tests put their files.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 << 30
if (
    "TMPDIR" not in os.environ
    and os.access(MEMORY, os.W_OK)
    and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

settings.load_profile(SLICE)

LONGEST = ("test_published_races", "test_pruned", "test_listen", "test_valley", "test_desk_page")


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a browser or a program of others is slow. Slow files come first: of several
    workers none is left alone with one at the end.
    """
    for item in items:
        if item.get_closest_marker("needs") or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.stem not in LONGEST, item.path not in slow))


@pytest.fixture(scope="session")
def postgresql_server() -> Generator[str]:
    """The address of a PostgreSQL of this run's own; its user may make databases."""
    import postgresql

    with postgresql.server() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Generator[str]:
    """The address of a new database on it."""
    import postgresql

    with postgresql.database(postgresql_server) as made:
        yield made
