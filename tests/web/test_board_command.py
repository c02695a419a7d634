"""gate board and gate serve as commands."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import scene
from hqkit import Clock, headquarters
from racekit import TOWER, RaceKit
from rich.console import Console
from yellowgate.cli.board import reader
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.errors import GateError
from yellowgate.official import Race
from yellowgate.race.checks.roll_call import board
from yellowgate.race.official_log import OfficialLog
from yellowgate.report.boardtable import WIDE_LETTERS, board_view
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.web.latest import Latest
from yellowgate.web.pulse import Pulse

EIGHT = "2025-03-19T12:00:00Z"


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    """Eight on the second day; the tower is silent."""
    path = tmp_path_factory.mktemp("morning") / "race"
    return scene.folder(path, golden.MID_RACE_S, golden.MID_RACE_S - 7200)


def test_the_most_urgent_comes_first_and_words_stand_for_colours(
    morning: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["board", "--once", "--race", str(morning.path), "--as-of", EIGHT]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    words = ("fire tower  SILENT", "NOT ACCOUNTED FOR (1)", "Dix Leonard", "over cutoff",
             "On course (11)", "J. Kelly", "Finished or out (28)", "K. Halpin")  # fmt: skip
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert "0 women, 12 men" in text


def test_it_fits_a_narrow_terminal_and_uses_a_wide_one(morning: RaceFolder) -> None:
    race = reader(morning)()
    log = race.log(scene.MID_RACE_US)
    lines: list[int] = []
    for width in (80, 150):
        out = Console(width=width, file=io.StringIO())
        with out.capture() as captured:
            made = board(log, race.file)
            out.print(board_view(made, log, is_wide=width >= WIDE_LETTERS))
        text = captured.get()
        assert max(len(line) for line in text.splitlines()) <= width
        assert "…" not in text
        assert "last seen 17:30:13 at fire tower, 2 h 52 ago" in text
        lines.append(len(text.splitlines()))
    assert lines[1] < lines[0] - 11


def narrow(log: OfficialLog, race: RaceKit, everyone: bool = False) -> list[str]:
    """The board's lines on a terminal of 80 columns."""
    out = Console(width=80, file=io.StringIO(), color_system=None)
    with out.capture() as captured:
        out.print(board_view(board(log, race.race), log, everyone=everyone))
    return captured.get().splitlines()


def test_however_long_a_name_the_time_that_is_left_stays_on_the_screen() -> None:
    race = RaceKit("barkley", "pages = 13")
    race.runners("Maximiliane von und zu Hohenlohe-Waldenburg", "李小龍 功夫", "Bob \x1b[31m")
    lines = narrow(race.log("10:00:00"), race)
    rows = [line for line in lines if "on loop 1" in line]
    assert len(rows) == 3
    assert all(row.rstrip().endswith("3:20:00 to the cutoff") for row in rows)
    assert any("Maximiliane von und… M  on loop 1" in row for row in rows)
    assert not any("\x1b" in row for row in rows)


def test_who_may_go_back_for_a_page_is_not_told_to_leave() -> None:
    race = RaceKit("barkley", "pages = 13")
    race.runners("Bob")
    race.tag("Bob", "10:00:00")
    race.pages("Bob", 1, "10:01:00", have=12)
    text = "\n".join(narrow(race.log("10:30:00"), race))
    assert "2:50:00 to touch again" in text
    assert "may go back for a page; last seen 10:00:00 at gate" in text


def test_silent_stations_have_a_line_of_their_own_and_no_line_ends_in_dots() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners("Ann", "Bob")
    race.tag("Bob", "5:00:00", station=TOWER)
    race.rule("dropout", "11:00:00", runner="Ann", reason="a reason of many, many, many words")
    lines = narrow(race.log("12:00:00"), race, everyone=True)
    assert "fire tower  SILENT: last record 7 h 00 ago" in lines
    assert not any(line.endswith("…") for line in lines)


def test_what_waits_is_shown_by_the_command_that_is_named() -> None:
    race = RaceKit("barkley")
    race.press("1:00:00")
    assert "1 touch waits for a name: gate log" in narrow(race.log("2:00:00"), race)


def test_everybody_and_women_alone(morning: RaceFolder, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["board", "--once", "--race", str(morning.path), "--as-of", EIGHT]
    assert run([*common, "--all", "--only", "F"]) == 0
    text = capsys.readouterr().out
    assert "J. Kelly" not in text
    assert re.search(r"101  K. Halpin +F  out: missed cutoff", text)


def test_the_conch_is_counted_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "race"
    assert run(["init", str(path), "--preset", "barkley"]) == 0
    folder = RaceFolder(path)
    ruled = ruling_kinds.make("conch", {"at": scene.CONCH_US}, "Laz", "blown", scene.CONCH_US)
    store = folder.store()
    store.add_rulings([ruled])
    store.close()
    capsys.readouterr()
    assert run(["board", "--once", "--race", str(path), "--as-of", "2025-03-18T14:57:00Z"]) == 0
    text = capsys.readouterr().out
    assert "0:40:00 to the start" in text
    assert "yellow gate  SILENT: never heard of" in text


def test_a_store_that_is_gone_is_said_and_not_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "race"
    assert run(["init", str(path)]) == 0
    (path / "race.db").unlink()
    assert run(["board", "--once", "--race", str(path)]) == 1
    assert "race.db: there is no such file" in capsys.readouterr().err
    assert not (path / "race.db").exists()
    (path / "race.db").touch()
    assert run(["board", "--once", "--race", str(path)]) == 1
    assert "race.db: it is empty" in capsys.readouterr().err
    assert not (path / "race.db").stat().st_size


def test_the_last_good_view_is_kept_and_its_clock_goes_on(morning: RaceFolder) -> None:
    good = reader(morning)()
    answers: list[Race | Exception] = [good, GateError("locked:\n try again"), ValueError("oh")]
    moments = iter([scene.MID_RACE_US, scene.MID_RACE_US, *[scene.MID_RACE_US + 60_000_000] * 9])
    ticks = iter([0, 0, 100, 100, 100, 200, 200, 200])

    def read() -> Race:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    latest = Latest(read, lambda: next(moments), lambda: float(next(ticks)))
    first, second, third = latest.view(), latest.view(), latest.view()
    assert first.trouble == ""
    assert second.trouble == "locked: try again"
    assert "oh" in third.trouble
    assert first.log
    assert second.log
    assert second.log.as_of_us == first.log.as_of_us + 60_000_000
    assert second.read_us == third.read_us == scene.MID_RACE_US


def test_phones_that_ask_at_once_cost_one_reading(morning: RaceFolder) -> None:
    reads: list[int] = []

    def read() -> Race:
        reads.append(1)
        return reader(morning)()

    latest = Latest(read, lambda: scene.MID_RACE_US, lambda: 5.0)
    views = [latest.view() for _ in range(10)]
    assert len(reads) == 1
    assert views[0] is views[9]


def test_only_what_changed_is_read_again(morning: RaceFolder) -> None:
    reads: list[int] = []
    stamps = iter([1, 1, 2, 2, 2])

    def read() -> Race:
        reads.append(1)
        return reader(morning)()

    latest = Latest(read, lambda: scene.MID_RACE_US, stamp=lambda: next(stamps))
    assert latest.is_old()
    views = [latest.renewed() for _ in range(4)]
    assert len(reads) == 2
    assert views[0] is not views[1]


def test_what_a_decision_read_is_told_to_all(morning: RaceFolder) -> None:
    clock, stamps = Clock(scene.MID_RACE_US), [1]
    hq = headquarters(morning, clock, read=reader(morning), stamp=lambda: stamps[0])
    pulse = Pulse(hq, clock.monotonic_s)
    assert pulse.step()
    assert not pulse.step()
    stamps[0] = 2
    clock.go(0.01)
    hq.latest.renewed()  # somebody's decision looked first
    assert pulse.step()
    assert not pulse.step()
    clock.go(60)
    assert pulse.step()


SERVE = [sys.executable, "-u", "-c", "from yellowgate.cli.main import main; main()", "serve"]


def test_serve_says_where_and_ends_by_ctrl_c(morning: RaceFolder) -> None:
    command = [*SERVE, "--host", "127.0.0.1", "--port", "0", "--no-browser"]
    command += ["--race", str(morning.path), "--as-of", EIGHT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            first, *codes = [process.stdout.readline() for _ in range(4)]
            assert "only on this laptop" in first
            assert [line.split(":")[0].strip() for line in codes] == [
                "director", "volunteer", "viewer",
            ]  # fmt: skip
            address, code = first.split()[2], codes[1].split()[1]
            assert codes[1].split()[2] == f"{address}in#{code}"
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(address, timeout=20) as answer:
                assert "Dix Leonard" not in answer.read().decode()
                assert "Server" not in answer.headers
            words = json.dumps({"code": code, "name": "Ann"}).encode()
            opener.open(f"{address}in", words, timeout=20).close()
            with opener.open(f"{address}board", timeout=20) as answer:
                assert "Dix Leonard" in answer.read().decode()
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_port_that_another_has_is_said_in_one_line(
    morning: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        where = ["--host", "127.0.0.1", "--port", str(port), "--no-browser"]
        assert run(["serve", *where, "--race", str(morning.path)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "another program has it? try --port" in said
