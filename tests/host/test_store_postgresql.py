"""The store on PostgreSQL: two laptops on one database. A cluster of its own, where Debian's is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from test_store import LOG, tap
from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.store.store import Merged, Store

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = pytest.mark.skipif(
    not PROGRAMS, reason="no PostgreSQL here: apt-get install postgresql"
)


def _run(*command: str | Path) -> None:
    """As the user postgres when we are root: PostgreSQL refuses root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    folder = Path(tempfile.mkdtemp(prefix="gatepg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    bin_folder = PROGRAMS[-1].parent
    _run(bin_folder / "initdb", "-D", folder / "data", "-A", "trust", "-U", "gate")
    options = f"-k {folder} -c listen_addresses='' -F"
    control = (bin_folder / "pg_ctl", "-D", folder / "data")
    _run(*control, "-o", options, "-w", "-l", folder / "log", "start")
    yield f"postgresql+psycopg://gate@/postgres?host={folder}"
    _run(*control, "-m", "fast", "stop")
    shutil.rmtree(folder)


def test_two_laptops_on_one_database(url: str, tmp_path: Path) -> None:
    mine, other = Store(url), Store(url)
    assert mine.add_observations([tap(0), tap(1)]) == 2
    assert other.add_observations([tap(1), tap(2)]) == 1
    assert [row.seq for row in mine.observations()] == [0, 1, 2]
    assert mine.missing(LOG, 5) == [(3, 5)]
    assert other.add_rulings([Ruling(5, "Laz", "", "void", {"log_id": LOG, "seq": 1})]) == 1
    mine.raise_counter("radio", 5)
    other.raise_counter("radio", 3)
    other.count_up("radio")
    assert mine.counters() == {"radio": 6}
    file = Store.file(tmp_path / "race.db")
    assert file.merge(mine) == Merged(3, 1, (3,), (0,))
    assert mine.merge(file) == Merged(0, 0, (3,), (0,))


def test_a_database_that_is_not_there_says_so_in_one_line() -> None:
    with pytest.raises(StoreError) as caught:
        Store("postgresql+psycopg://gate@/postgres?host=/tmp/nowhere")
    assert "\n" not in str(caught.value)
