"""A rehearsal as its user walks it: gate sim race, gate listen, gate sync beside it, gate log."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gate_wire import kinds
from listenkit import Gate, command, gate
from yellowgate.cli.context import RaceFolder

pytestmark = pytest.mark.slow

ADA, BRAM, CLEO = "04a101c1d25e80", "04a102c1d25e80", "04a103c1d25e80"
ROSTER = (
    "name,gender,tag,bib\n"
    f"Ada Ashdown,F,{ADA},101\nBram Birch,M,{BRAM},102\nCleo Cole,F,{CLEO},103\n"
)


def run(*arguments: str, code: int = 0) -> str:
    """A gate command to its end; what it printed."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert code == 0 or done.stderr.count("\n") == 1, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A race as gate init makes it, with a radio."""
    path = tmp_path / "race"
    run("init", str(path), "--preset", "barkley")
    toml = path / "race.toml"
    toml.write_text(toml.read_text().replace('region = "none"', 'region = "US915"'))
    (path / "roster.csv").write_text(ROSTER)
    return path


@pytest.fixture
def valley(folder: Path) -> Generator[tuple[Gate, dict[str, str]]]:
    """The running rehearsal, and the ports of base, gate and tower."""
    with gate("sim", "race", "--race", str(folder), "--listen", "0") as made:
        lines = [made.line("listening on") for _ in range(3)]
        names = [line.partition(" listening on ")[0] for line in lines]
        assert names == ["base (250)", "yellow gate (1)", "fire tower (2)"]
        urls = [line.split()[-1] for line in lines]
        yield made, dict(zip(("base", "gate", "tower"), urls, strict=True))
        assert made.stop() == 0


def listening(folder: Path, url: str) -> AbstractContextManager[Gate]:
    return gate("listen", "--port", url, "--race", str(folder))


def sync(folder: Path, *urls: str) -> int:
    """How many new records a sync brought."""
    ports = [word for url in urls for word in ("--port", url)]
    told = json.loads(run("sync", "--race", str(folder), "--json", *ports))
    assert told["errors"] == []
    return sum(station["new"] for station in told["stations"])


def touches(folder: Path) -> list[tuple[int, str]]:
    store = RaceFolder(folder).store()
    rows = [row for row in store.observations() if row.kind in (kinds.TAG, kinds.PRESS)]
    store.close()
    return [(row.kind, row.body.hex()) for row in sorted(rows, key=lambda row: row.uptime_ms)]


def test_a_rehearsal_from_the_tap_to_the_log(
    folder: Path, valley: tuple[Gate, dict[str, str]]
) -> None:
    race, urls = valley
    started = datetime.now(UTC) - timedelta(minutes=2)
    run("start", "--race", str(folder), "--at", started.isoformat())
    with listening(folder, urls["base"]) as listen:
        race.type(f"1,tag,{ADA}")
        assert "yellow gate (1)  tag  Ada Ashdown" in listen.line("Ada Ashdown")
        assert sync(folder, urls["gate"], urls["tower"]) > 0  # beside it, on the same store
        race.type(f"2,tag,{BRAM}")
        assert "fire tower (2)  tag  Bram Birch" in listen.line("Bram Birch")
        race.type("1,press")
        listen.line("yellow gate (1)  press")
        assert listen.stop() == 0
    assert sum("dBm" in line for line in listen.seen) == 2  # a line for each station, in the end
    race.type(f"1,tag,{CLEO}")
    race.type(f"2,tag,{ADA}")
    sync(folder, urls["tower"])
    with listening(folder, urls["base"]) as listen:
        listen.line("Cleo Cole")  # told again until somebody acknowledges it
        race.type(f"2,tag,{CLEO}")
        listen.line("fire tower (2)  tag  Cleo Cole")
        assert listen.stop() == 0
    assert not [line for line in listen.seen if "Ada" in line or "Bram" in line]
    tapped = touches(folder)
    assert sorted(tapped) == sorted(
        [(kinds.TAG, tag) for tag in (ADA, BRAM, CLEO, ADA, CLEO)] + [(kinds.PRESS, "")]
    )
    sync(folder, urls["gate"], urls["tower"])
    assert touches(folder) == tapped
    # Nothing is brought twice; on a busy machine a station writes of its clock meanwhile.
    assert 0 in (sync(folder, urls["gate"], urls["tower"]) for _ in range(3))
    check_log(folder)


def check_log(folder: Path) -> None:
    """Each touch stands in the official log once; nothing is missing, forged or contradictory."""
    store = RaceFolder(folder).store()
    wanted = {
        (row.log_id, str(row.seq))
        for row in store.observations()
        if row.kind in (kinds.TAG, kinds.PRESS)
    }
    store.close()
    lines = csv.DictReader(run("log", "--race", str(folder), "--format", "touches").splitlines())
    found = [(line["log_id"], line["seq"]) for line in lines]
    assert len(found) == len(set(found)) and set(found) == wanted
    assert json.loads(run("verify", "--race", str(folder), "--json"))["wrong"] == 0


def test_a_station_on_the_cable_is_listened_to_as_well(
    folder: Path, valley: tuple[Gate, dict[str, str]]
) -> None:
    race, urls = valley
    with listening(folder, urls["tower"]) as listen:
        listen.line("Listening to fire tower")
        race.type(f"2,tag,{BRAM}")
        assert "fire tower (2)  tag  Bram Birch" in listen.line("Bram Birch")
        assert listen.stop() == 0
    assert any("cable" in line for line in listen.seen)
    assert touches(folder) == [(kinds.TAG, BRAM)]
    sync(folder, urls["tower"])
    assert touches(folder) == [(kinds.TAG, BRAM)]


def test_scripts_are_played_first_and_flash_is_kept(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "gate.csv"
    script.write_text(f"at_s,input,value\n1,tag,{ADA}\n")
    arguments = ("sim", "race", "--race", str(folder), "--listen", "0", "--images", str(tmp_path))
    for told, tags in ((("--script", f"1={script}"), [ADA]), ((), [ADA, BRAM])):
        with gate(*arguments, *told) as race:
            urls = [race.line("listening on").split()[-1] for _ in range(3)]
            with listening(folder, urls[0]) as listen:
                if told:
                    listen.line("Ada Ashdown")
                else:
                    race.type("1,knock")
                    race.line("unknown input 'knock'")
                    race.type("7,press")
                    race.line("no station has the number 7")
                    race.type("1,power,off")
                    race.type("1,power,on")
                    race.type("tag")
                    race.line("write it like 1,tag,04a1b2c3")
                    race.type(f"1,tag,{BRAM}")
                    listen.line("Bram Birch")
                assert listen.stop() == 0
            assert sync(folder, urls[1]) >= 0
            assert race.stop() == 0
        store = RaceFolder(folder).store()
        rows = [row for row in store.observations() if row.kind == kinds.TAG]
        store.close()
        assert [row.body.hex() for row in rows] == tags
        assert len({row.log_id for row in rows}) == 1


def loops_ended(folder: Path) -> list[str]:
    """Who has ended a loop, by the log and the board."""
    log = json.loads(run("log", "--race", str(folder), "--format", "json"))
    ended = [row["name"] for row in log["runners"] for loop in row["loops"] if loop["in_s"]]
    roles = {(row["name"], row["role"]) for row in log["stations"]}
    assert roles <= {("yellow gate", "gate"), ("fire tower", "tower")}, roles
    board = run("board", "--once", "--all", "--race", str(folder))
    assert "0 in camp" in board, board
    return ended


def test_a_tower_heard_by_radio_gives_nobody_a_loop(folder: Path, tmp_path: Path) -> None:
    """At any moment of its backlog, and without its boot record, whatever packets are lost."""
    script = tmp_path / "tower.csv"
    taps = [
        f"{1200 * turn + 60 * number},tag,{uid}"
        for turn in (1, 3)
        for number, uid in enumerate((ADA, BRAM, CLEO))
    ]
    script.write_text("\n".join(["at_s,input,value", *taps]) + "\n")
    began = datetime.now(UTC) - timedelta(hours=9)
    run("start", "--race", str(folder), "--at", began.isoformat())
    arguments = ("--race", str(folder), "--listen", "0", "--script", f"2={script}")
    with gate("sim", "race", *arguments) as race:
        url = race.line("base (250) listening on").split()[-1]
        with listening(folder, url) as listen:
            listen.line("fire tower (2)  tag")
            assert loops_ended(folder) == []
            while len(touches(folder)) < len(taps):
                listen.line("fire tower (2)  tag")
                assert loops_ended(folder) == []
            assert listen.stop() == 0
        assert race.stop() == 0
    store = RaceFolder(folder).store()
    boots = [row.seq for row in store.observations() if row.kind == kinds.BOOT]
    store.close()
    with sqlite3.connect(folder / "race.db") as database:
        for seq in boots:
            database.execute("DELETE FROM observations WHERE seq = ?", (seq,))
    assert loops_ended(folder) == []
    log = json.loads(run("log", "--race", str(folder), "--format", "json"))
    assert {row["last_seen_place"] for row in log["runners"]} == {"fire tower"}


def test_a_base_that_goes_is_said_and_waited_for(folder: Path, tmp_path: Path) -> None:
    flash = ("--images", str(tmp_path))
    with gate("sim", "race", "--race", str(folder), "--listen", "0", *flash) as race:
        url = race.line("base (250) listening on").split()[-1]
        race.line("fire tower")
        with listening(folder, url) as listen:
            listen.line("Listening to")
            race.type(f"1,tag,{ADA}")
            listen.line("Ada Ashdown")
            race.popen.kill()
            race.popen.wait()
            assert "the connection broke off" in listen.line("WAITING until it is back")
            again = ("--listen", url.rpartition(":")[2])
            with gate("sim", "race", "--race", str(folder), *again, *flash) as other:
                assert url in listen.line("back after")
                other.type(f"1,tag,{BRAM}")
                listen.line("Bram Birch")
                assert listen.stop() == 0
                assert other.stop() == 0
    assert not [line for line in listen.seen if "readiness" in line or "Errno" in line]


def test_tail_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "gate.csv"
    script.write_text("at_s,input,value\n")
    station = ("sim", "station", "--script", str(script), "--image", str(tmp_path / "flash.bin"))
    with gate(*station, "--listen", "0") as first:
        url = first.line("listening on").split()[-1]
        with gate("station", "tail", "--port", url) as tail:
            tail.line("Following")
            first.popen.kill()
            first.popen.wait()
            tail.line("WAITING until it is back")
            script.write_text(f"at_s,input,value\n1,tag,{ADA}\n")
            with gate(*station, "--listen", url.rpartition(":")[2]):
                assert url in tail.line("back")
                tail.line(ADA)  # it was written before the line was back


def test_what_cannot_be_listened_to_is_said(folder: Path, tmp_path: Path) -> None:
    text = (folder / "race.toml").read_text()
    (folder / "race.toml").write_text(text.replace("US915", "none"))
    line = run("sim", "race", "--race", str(folder), "--listen", "0", code=1)
    assert 'region = "US915"' in line
    (folder / "race.toml").write_text(text)
    line = run("sim", "race", "--race", str(folder), "--listen", "0", "--script", "9=x.csv", code=1)
    assert "no such file" in line
    (tmp_path / "x.csv").write_text("at_s,input,value\n")
    arguments = ("sim", "race", "--race", str(folder), "--listen", "0", "--script")
    line = run(*arguments, f"9={tmp_path / 'x.csv'}", code=1)
    assert "race.toml has no station 9" in line
    line = run(*arguments, "gate.csv", code=2)
    assert "write --script 1=taps.csv" in line
