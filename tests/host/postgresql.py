"""A PostgreSQL for the tests: the one of YELLOWGATE_TEST_POSTGRESQL (an SQLAlchemy URL whose user
may make databases), else a cluster of its own, where Debian's programs are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

VARIABLE = "YELLOWGATE_TEST_POSTGRESQL"
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def is_here() -> bool:
    return bool(os.environ.get(VARIABLE) or PROGRAMS)


@contextmanager
def server() -> Generator[str]:
    """URL of a database of a running server."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="gatepg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    bin_folder = PROGRAMS[-1].parent
    _run(bin_folder / "initdb", "-D", folder / "data", "-A", "trust", "-U", "gate")
    options = f"-k {folder} -c listen_addresses='' -F"
    control = (bin_folder / "pg_ctl", "-D", folder / "data")
    _run(*control, "-o", options, "-w", "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://gate@/postgres?host={folder}"
    finally:
        _run(*control, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@contextmanager
def database(server_url: str) -> Generator[str]:
    """URL of a new, empty database there, gone afterwards."""
    name = f"gate_{uuid4().hex[:12]}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _run(*command: str | Path) -> None:
    """As the user postgres when we are root: PostgreSQL refuses root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/tmp")
