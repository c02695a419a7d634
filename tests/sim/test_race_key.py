"""A virtual station with a race's key, and the commands that change one, as people give them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from gate_wire import kinds, permit
from simkit import RUNTIMES, command, rows, running

ADVICE = "hold its button for 3 seconds"


def gate(*arguments: str, code: int = 0) -> str:
    ran = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_only_its_own_race_changes_a_station_and_every_race_reads_it(
    runtime: str, tmp_path: Path
) -> None:
    own, other = (str(tmp_path / name) for name in ("own", "other"))
    for folder in (own, other):
        gate("init", folder)
    with running("--runtime", runtime, "--race", own) as process:
        port = ("--port", process.url)
        gate("sync", *port, "--race", other)
        for words in (("new-log", "--race", other), ("repl", "--race", str(tmp_path))):
            said = gate("station", *words, *port, code=1)
            assert ADVICE in said and said.splitlines()[-1].startswith("gate: ")
        said = gate("sync", "--set-clock", *port, "--race", str(tmp_path / "other"), code=1)
        assert "wrong key" in said or ADVICE in said
        gate("sync", *port, "--race", own)
        assert "new log" in gate("station", "new-log", *port, "--race", own)
        gate("sync", *port, "--race", own)
        said = gate("sync", *port, "--race", other)
        assert process.stop() == 0
    found = [row for row in rows(tmp_path / "own" / "race.db") if row.kind == kinds.SERVICE]
    done = [permit.unpack_service(row.body) for row in found]
    assert (0x0A, permit.BY_KEY) in done  # on a busy machine its clock may have been set, too
    assert {one and one[1] for one in done} == {permit.BY_KEY}
    assert {row.kind for row in rows(tmp_path / "other" / "race.db")} >= {kinds.LAPTOP, kinds.CLOCK}
