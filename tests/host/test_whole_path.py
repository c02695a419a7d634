"""The whole path as a user walks it: the demo, and a station in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gatekit import Gate, one_line
from yellowgate.race.official_log import schema
from yellowgate.sim import golden

pytestmark = pytest.mark.slow

SCRIPT = """\
at_s,input,value
5,start,
60,tag,04a101c1d25e80
75,press,
90,taps,04a102c1d25e80
200,power,on
"""
ROSTER = "name,gender,tag,bib\nAda Ashdown,F,04a101c1d25e80,101\nBram Birch,M,04a102c1d25e80,102\n"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A demo that ran: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [Path(sys.executable).with_name("gate"), "demo", "--out", folder]
    wide = {**os.environ, "COLUMNS": "160"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=wide)
    return folder, done.stdout


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "log.json").read_text())


def test_the_demo_tells_the_golden_scene(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    runners = {row["name"]: row for row in document(folder)["runners"]}
    halpin = runners["K. Halpin"]
    assert halpin["loops"][0]["elapsed"] == "13:22:00"
    assert halpin["loops"][0]["verdict"] == "over cutoff"
    assert halpin["loops"][0]["note"] == "over by 0:02:00"
    assert (halpin["loops_counted"], halpin["place_gender"]) == (0, 1)
    kelly = runners["J. Kelly"]
    assert (kelly["status"], kelly["result"]) == ("fun run", "39:50:27")
    assert "over by 0:02:00" in printed and "39:50:27" in printed
    assert "not accounted for: Dix Leonard" in printed


def test_the_demo_has_every_runner_once_and_nothing_wrong(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    log = document(folder)
    jsonschema.validate(log, dict(schema()))
    names = [row["name"] for row in log["runners"]]
    assert sorted(names) == sorted(person.name for person in golden.scene().people)
    assert log["unassigned"] == []
    assert {problem["level"] for problem in log["problems"]} <= {"note"}
    assert not any(loop["doubtful"] for row in log["runners"] for loop in row["loops"])
    for name in ("log.txt", "log.csv", "log.html", "touches.csv"):
        assert (folder / name).stat().st_size > 1000


def test_the_demo_does_not_write_over_a_race(demo: tuple[Path, str], gate: Gate) -> None:
    code, _, err = gate("demo", "--out", demo[0])
    assert code == 1 and "a race is there already" in err and one_line(err)


def test_the_same_race_on_another_laptop_gives_the_same_bytes(
    demo: tuple[Path, str], gate: Gate, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("race.toml", "roster.csv"):
        (other / name).write_bytes((demo[0] / name).read_bytes())
    assert gate("merge", demo[0], "--race", other)[0] == 0
    assert gate("import", demo[0] / "race.db", "--race", other)[0] == 0
    as_of = "2025-03-20T10:37:00Z"
    code, out, _ = gate("log", "--format", "json", "--as-of", as_of, "--race", other)
    assert code == 0 and out == (demo[0] / "log.json").read_text()


@pytest.fixture
def station(tmp_path: Path) -> Generator[str]:
    """The URL of a virtual station in a process of its own."""
    (tmp_path / "script.csv").write_text(SCRIPT)
    command = [
        Path(sys.executable).with_name("gate"), "sim", "station", "--listen", "0",
        "--script", tmp_path / "script.csv", "--image", tmp_path / "flash.img",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def race(tmp_path: Path, gate: Gate) -> Path:
    folder = tmp_path / "race"
    gate("init", folder)
    (tmp_path / "runners.csv").write_text(ROSTER)
    gate("roster", "import", tmp_path / "runners.csv", "--race", folder)
    return folder


def test_sync_brings_everything_and_then_nothing(gate: Gate, race: Path, station: str) -> None:
    code, out, _ = gate("sync", "--port", station, "--json", "--race", race)
    first = json.loads(out)["stations"][0]
    assert code == 0 and first["new"] >= 5 and first["lost"] == []
    code, out, _ = gate("sync", "--port", station, "--json", "--race", race)
    assert code == 0 and json.loads(out)["stations"][0]["new"] == 0
    assert "compared with laptop" in gate("clock", "--race", race)[1]  # for rulings on clocks
    out = gate("log", "--format", "json", "--race", race)[1]
    log = json.loads(out)
    assert log["start"] is not None
    assert len(log["unassigned"]) == 1  # the press
    assert next(row for row in log["runners"] if row["name"] == "Bram Birch")["taps_s"] == (
        pytest.approx(85, abs=0.5)
    )
    code, _, err = gate("ruling", "accept", "--race", race)  # nobody is due after a minute
    assert code == 1 and "nobody is due" in err and one_line(err)
    read = log["unassigned"][0]["evidence"][0]
    record = f"record={read['log_id'][:6]}:{read['seq']}"
    assert gate("ruling", "add", "assign", record, "runner=Ada", "--race", race)[0] == 0
    out = gate("log", "--format", "json", "--race", race)[1]
    assert json.loads(out)["unassigned"] == []


def test_the_same_station_twice_at_once(gate: Gate, race: Path, station: str) -> None:
    host, port = station.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port))) as first:
        first.sendall(b"\0")
        code, _, err = gate("sync", "--port", station, "--race", race)
        assert code == 1 and one_line(err), err
    assert gate("sync", "--port", station, "--race", race)[0] == 0


def test_a_port_that_is_no_station(gate: Gate, race: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def chatter() -> None:
        client, _ = listener.accept()
        with client:
            while client.recv(100):
                client.sendall(b"AT+OK\r\nlogin: \0\x07\x00garbage")

    thread = threading.Thread(target=chatter)
    thread.start()
    url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
    code, _, err = gate("sync", "--port", url, "--race", race)
    thread.join()
    listener.close()
    assert code == 1 and "no station answers" in err and one_line(err)
