"""The command line as a user meets it: what it prints, what it answers to wrong use."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click
import pytest
from gate_wire import bodies, kinds
from gatekit import LOG, START, TAG, Gate, one_line, seen
from yellowgate.cli.main import COMMANDS
from yellowgate.cli.main import gate as gate_group
from yellowgate.store.store import Store


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, gate: Gate) -> None:
    code, out, _ = gate(name, "--help")
    assert code == 0
    if "Commands:" in out:  # a group: its commands have the examples
        names = [line.split()[0] for line in out.split("Commands:")[1].splitlines() if line.strip()]
        outs = [gate(name, command, "--help")[1] for command in names]
    else:
        outs = [out]
    assert all("Example: gate " in text for text in outs), name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_about_a_command_is_what_the_command_says_of_itself(name: str) -> None:
    command = gate_group.get_command(click.Context(gate_group), name)
    assert command is not None
    assert command.get_short_help_str(1_000) == COMMANDS[name].short_help


def test_the_installed_command_runs() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("gate"), "--version"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "version" in done.stdout


def test_wrong_use_is_one_line_and_exit_code_two(gate: Gate, race: Path) -> None:
    for words in (
        ("sync", "--prot", "x"), ("nonsense",), ("log", "--format", "pdf"), ("import",),
        ("ruling",), ("roster",),
    ):  # fmt: skip
        code, _, err = gate(*words)
        assert code == 2, words
        assert one_line(err) and len(err) < 250, err


def test_init_does_not_overwrite_a_race(gate: Gate, race: Path) -> None:
    before = (race / "race.toml").read_text()
    code, _, err = gate("init", race)
    assert code == 1 and "nothing changed" in err and one_line(err)
    assert (race / "race.toml").read_text() == before
    for words, said in (
        (("init", race / "race.toml"), "is a file"),
        (("init", race / "sub", "--name", "a\nb"), "name must be on one line"),
    ):
        code, _, err = gate(*words)
        assert code == 1 and said in err and one_line(err)
    assert not (race / "sub").exists()


def test_a_folder_that_is_no_race_says_what_to_do(gate: Gate, tmp_path: Path) -> None:
    code, _, err = gate("log", "--race", tmp_path)
    assert code == 1 and "gate init" in err and one_line(err)
    assert not (tmp_path / "race.db").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Carl Cove,M,04a101c1d25e80,103", "tag 04a101c1d25e80 is there twice"),
        ("Carl Cove,M,04a103c1d25e80,101", "bib 101 is there twice"),
        ("Carl Cove,M,xyz,103", "not a UID"),
    ],
)
def test_a_roster_with_a_double_changes_nothing(
    gate: Gate, race: Path, tmp_path: Path, line: str, said: str
) -> None:
    before = (race / "roster.csv").read_text()
    bad = tmp_path / "bad.csv"
    bad.write_text("name,gender,tag,bib\n" + line + "\n")
    code, _, err = gate("roster", "import", bad, "--race", race)
    assert code == 1 and said in err and "the roster is as it was" in err and one_line(err)
    assert (race / "roster.csv").read_text() == before


def test_tag_and_list(gate: Gate, race: Path) -> None:
    assert gate("roster", "tag", "102", "04:DE:AD:BE:EF:12:34", "--race", race)[0] == 0
    assert "04deadbeef1234" in gate("roster", "list", "--race", race)[1]
    code, _, err = gate("roster", "tag", "999", "04deadbeef1234", "--race", race)
    assert code == 1 and "999" in err and one_line(err)


def test_a_new_tag_says_what_becomes_of_the_old_one(gate: Gate, race: Path, tmp_path: Path) -> None:
    seen(race, [(TAG, 32_400, "04a101c1d25e80"), (TAG, 36_000, "04a101c1d25e80")])
    code, out, err = gate("roster", "tag", "101", "04a1ffc1d25e80", "--race", race)
    assert code == 0 and "has tag 04a1ffc1d25e80 instead of 04a101c1d25e80" in out
    assert "2 reads of 04a101c1d25e80 are nobody's now" in err
    words = ("ruling", "add", "tag", "tag=04a101c1d25e80", "runner=Ada Ashdown", "--race", race)
    assert "gate ruling add tag tag=04a101c1d25e80 runner='Ada Ashdown'" in err
    assert gate(*words)[0] == 0
    assert "every touch has a name" in gate("ruling", "proposals", "--race", race)[1]
    (tmp_path / "new.csv").write_text("name,gender,tag,bib\nBram Birch,M,04a1eec1d25e80,\n")
    code, out, _ = gate("roster", "import", tmp_path / "new.csv", "--race", race)
    assert code == 0 and "0 of them new, 1 changed" in out
    assert "Bram Birch has tag 04a1eec1d25e80 instead of 04a102c1d25e80" in out


def test_a_wrong_key_in_the_race_file_is_named(gate: Gate, race: Path) -> None:
    text = (race / "race.toml").read_text()
    (race / "race.toml").write_text(text.replace("fun_run_loops", "fun_run_lops"))
    code, _, err = gate("log", "--race", race)
    assert code == 1 and "fun_run_lops" in err and "did you mean 'fun_run_loops'" in err
    assert one_line(err)


def test_an_unknown_port_and_no_port(gate: Gate, race: Path) -> None:
    for url in ("/dev/nowhere", "socket://127.0.0.1:1", "nonsense://x"):
        code, _, err = gate("sync", "--port", url, "--race", race)
        assert code == 1 and url in err and one_line(err), err
    code, out, _ = gate("sync", "--port", "/dev/nowhere", "--json", "--race", race)
    assert code == 1 and json.loads(out)["errors"]


def test_a_damaged_store_says_so(gate: Gate, race: Path) -> None:
    (race / "race.db").write_bytes(b"rubbish, and enough of it to be looked at" * 100)
    code, _, err = gate("log", "--race", race)
    assert code == 1 and "race.db" in err and "backup" in err and one_line(err)


@pytest.mark.slow  # five seconds are waited for the other program
def test_a_locked_store_says_so(gate: Gate, race: Path) -> None:
    holder = sqlite3.connect(race / "race.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    code, _, err = gate("log", "--race", race)
    holder.execute("ROLLBACK")
    assert code == 1 and "another program holds it" in err and one_line(err)


def test_start_is_a_ruling_and_can_be_said_again(gate: Gate, race: Path) -> None:
    assert gate("start", "--at", "2025-03-18T15:37:00Z", "--by", "Laz", "--race", race)[0] == 0
    out = gate("log", "--race", race, "--format", "json", "--as-of", "2100-01-01T00:00:00Z")[1]
    assert json.loads(out)["start"] == "2025-03-18T15:37:00Z"
    gate("start", "--at", "2025-03-18T15:37:30Z", "--by", "Laz", "--race", race)
    out = gate("log", "--race", race, "--format", "json", "--as-of", "2100-01-01T00:00:00Z")[1]
    assert json.loads(out)["start"] == "2025-03-18T15:37:30Z"


def test_rulings_are_checked_and_listed(gate: Gate, race: Path) -> None:
    code, _, err = gate("ruling", "add", "dropuot", "runner=Ada", "--race", race)
    assert code == 2 and "did you mean 'dropout'" in err and one_line(err)
    code, _, err = gate("ruling", "add", "pages", "runner=Nobody", "--race", race)
    assert code == 1 and "nobody has the name, bib or tag 'Nobody'" in err
    code, out, _ = gate(
        "ruling", "add", "dropout", "runner=102", "reason=rtc", "--why", "cold", "--by", "Laz",
        "--race", race,
    )  # fmt: skip
    assert code == 0 and "Bram Birch is out: refused to continue" in out
    number = out.split(":")[0]
    assert gate("ruling", "add", "undo", f"ruling={number[:6]}", "--race", race)[0] == 0
    listed = gate("ruling", "list", "--race", race)[1]
    assert "cold" in listed and "takes back" in listed
    assert gate("ruling", "kinds")[0] == 0


@pytest.mark.parametrize("form", ["csv", "json", "html", "touches", "paper", "opensplittime"])
def test_every_text_format_of_an_empty_race(gate: Gate, race: Path, form: str) -> None:
    code, out, _ = gate("log", "--format", form, "--race", race)
    assert code == 0 and out


def test_output_goes_to_a_file_whole(gate: Gate, race: Path, tmp_path: Path) -> None:
    target = tmp_path / "log.xlsx"
    assert gate("log", "--format", "itra", "--output", target, "--race", race)[0] == 0
    assert target.read_bytes()[:2] == b"PK"
    code, _, err = gate("log", "--format", "itra", "--race", race)
    assert code == 1 and "--output" in err and one_line(err)
    missing = tmp_path / "nowhere" / "log.csv"
    code, _, err = gate("log", "--format", "csv", "--output", missing, "--race", race)
    assert code == 1 and one_line(err)


def test_the_paper_sheet_comes_in_once(gate: Gate, race: Path, tmp_path: Path) -> None:
    gate("start", "--at", "2025-03-18T15:37:00Z", "--race", race)
    paper = tmp_path / "sheet.csv"
    paper.write_text("bib,loop,in,out,remark\n101,1,9:30:00,,wet\n102,1,10:00,,\n")
    code, out, _ = gate("import", paper, "--by", "Laz", "--race", race)
    assert code == 0 and "2 lines of paper, 2 of them new" in out
    assert "0 of them new" in gate("import", paper, "--by", "Laz", "--race", race)[1]
    paper.write_text("bib,loop,in,out,remark\n999,1,9:30:00,,\n")
    code, _, err = gate("import", paper, "--race", race)
    assert code == 1 and "line 2" in err and "999" in err and "nothing of it was taken" in err


def test_a_sheet_with_semicolons_and_a_bib_that_was_ruled(
    gate: Gate, race: Path, tmp_path: Path
) -> None:
    gate("start", "--at", "2025-03-18T15:37:00Z", "--race", race)
    gate("ruling", "add", "bib", "runner=Ada", "loop=2", "bib=77", "--race", race)
    paper = tmp_path / "sheet.csv"
    paper.write_text("\ufeffbib;loop;in;out;remark\r\n101;1;9:30;;\r\n77;2;20:00;10:00;\r\n")
    code, out, _ = gate("import", paper, "--race", race)
    assert code == 0 and "2 lines of paper, 2 of them new" in out
    paper.write_text("bib,loop,in,out,remark\n101,2,20:00,,\n")
    code, _, err = gate("import", paper, "--race", race)
    assert code == 1 and "line 2: 0 runners have the bib '101' on loop 2" in err


def test_verify_names_two_stations_of_one_number(gate: Gate, race: Path) -> None:
    gate("start", "--at", START, "--race", race)
    for log_id in (LOG, "b2" * 8):
        seen(race, [(TAG, 3600, "04a101c1d25e80"), (TAG, 7200, "04a101c1d25e80")], log_id, None)
    assert "two stations" not in gate("verify", "--race", race)[1]
    with closing(Store.file(race / "race.db")) as store:
        store.add_log_stations([(LOG, 1), ("b2" * 8, 1)])
    code, out, _ = gate("verify", "--json", "--race", race)
    (text,) = [row["text"] for row in json.loads(out)["findings"] if "two stations" in row["text"]]
    assert code == 1 and "number 1 (logs a1a1a1 and b2b2b2)" in text


def test_names_are_shown_as_they_are_written(gate: Gate, race: Path, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("name,gender,tag,bib\nBob [/x] [red]R.,M,,103\n")
    gate("roster", "import", tmp_path / "more.csv", "--race", race)
    gate("start", "--at", "2025-03-18T15:37:00Z", "--race", race)
    gate("ruling", "add", "dropout", "runner=103", "reason=lost", "--why", "[/b]", "--race", race)
    for command in (("roster", "list"), ("ruling", "list"), ("verify",), ("log",)):
        out = gate(*command, "--race", race)[1]
        assert "Bob [/x] [red]R." in out, command


def test_a_loop_of_the_watchdog_is_told_by_verify(gate: Gate, race: Path) -> None:
    def boot(cause: int, restarts: int) -> str:
        return bodies.pack_boot(bodies.Boot(cause, 0, 1, 0, (0, 1, 0), restarts)).hex()

    starts = [(0, 0), (2, 1), (2, 2), (2, 3), (2, 7), (1, 0), (2, 4)]
    seen(race, [(kinds.BOOT, at, boot(*start)) for at, start in enumerate(starts)])
    out = gate("verify", "--json", "--race", race)[1]
    texts = [row["text"] for row in json.loads(out)["findings"] if row["level"] == "restarts"]
    assert texts == ["its watchdog restarted it 7 times in a row: gate station doctor, or swap it"]


def test_who_may_be_meant(gate: Gate, race: Path) -> None:
    def ruled(who: str) -> str:
        return "".join(
            gate("ruling", "add", "return", f"runner={who}", "at=9:00:00", "--race", race)[1:]
        )

    assert "Ada Ashdown is back" in ruled("101")
    assert "Bram Birch is back" in ruled("bram")
    assert "2 runners may be meant by 'a': Ada Ashdown, Bram Birch" in ruled("a")
    assert "nobody has the name, bib or tag 'zoe' (gate roster list)" in ruled("zoe")


def test_a_file_of_no_known_kind_is_refused(gate: Gate, race: Path, tmp_path: Path) -> None:
    for name, data in (("a.txt", b"hello"), ("b.bin", bytes(9000)), ("c.bin", b"\xff" * 9000)):
        (tmp_path / name).write_bytes(data)
        code, _, err = gate("import", tmp_path / name, "--race", race)
        assert code == 1 and "no records in it" in err and one_line(err)


def test_merge_of_two_laptops(gate: Gate, race: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    gate("init", other)
    gate("start", "--at", "2025-03-18T15:37:00Z", "--by", "Carl", "--race", other)
    code, out, _ = gate("merge", other, "--race", race)
    assert code == 0 and "1 new rulings" in out
    assert "0 new rulings" in gate("merge", other / "race.db", "--race", race)[1]
    code, _, err = gate("merge", tmp_path, "--race", race)
    assert code == 1 and one_line(err)
