"""Renamed runners keep what was ruled; bibs as people type them; dropouts from a list."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from gatekit import LOG, START, TAG, Gate, one_line, seen
from yellowgate.event.who import People
from yellowgate.model import Ruling, Runner
from yellowgate.rulings.names import of_current_names
from yellowgate.store.store import Store

ADA_TAG = "04a101c1d25e80"


@pytest.fixture
def begun(gate: Gate, race: Path) -> Path:
    """The race has begun, and Ada came in after ten hours."""
    assert gate("start", "--at", START, "--by", "Laz", "--race", race)[0] == 0
    seen(race, [(TAG, 36_000, ADA_TAG)])
    return race


def rulings(gate: Gate, race: Path) -> list[dict[str, Any]]:
    return json.loads(gate("ruling", "list", "--json", "--race", race)[1])["rulings"]


def line_of(gate: Gate, race: Path, name: str) -> dict[str, Any]:
    log = json.loads(gate("log", "--format", "json", "--race", race)[1])
    return next(row for row in log["runners"] if row["name"] == name)


def pages(gate: Gate, race: Path, who: str, by: str = "Laz") -> None:
    words = ("pages", f"runner={who}", "loop=1", "pages=13/13")
    assert gate("ruling", "add", *words, "--by", by, "--race", race)[0] == 0


def test_what_was_ruled_on_the_old_name_holds_under_the_new_one(gate: Gate, begun: Path) -> None:
    pages(gate, begun, "Ada")
    before = line_of(gate, begun, "Ada Ashdown")
    ids = [row["id"] for row in rulings(gate, begun)]
    assert before["loops"][0]["verdict"] == "counted"
    assert gate("roster", "rename", "Ada", "Ada Ashford", "--race", begun)[0] == 0
    after = line_of(gate, begun, "Ada Ashford")
    assert after["loops"][0]["verdict"] == "counted"
    assert [row["id"] for row in rulings(gate, begun)] == ids  # the same rulings, for a merge too
    assert {row["state"] for row in rulings(gate, begun)} == {"stands"}
    undo = next(row["id"] for row in rulings(gate, begun) if row["kind"] == "pages")
    assert gate("ruling", "add", "undo", f"ruling={undo}", "--race", begun)[0] == 0
    assert line_of(gate, begun, "Ada Ashford")["loops"][0]["verdict"] == "provisional"
    pages(gate, begun, "ada ashdown")  # who knows the old name finds the runner by it
    assert line_of(gate, begun, "Ada Ashford")["loops"][0]["verdict"] == "counted"


def test_two_laptops_one_with_the_old_roster(gate: Gate, begun: Path, tmp_path: Path) -> None:
    other = tmp_path / "volunteer"
    shutil.copytree(begun, other)
    assert gate("roster", "rename", "Ada", "Ada Ashford", "--race", begun)[0] == 0
    pages(gate, other, "Ada", by="Vera")  # under the old name, later
    assert gate("merge", other, "--race", begun)[0] == 0
    assert line_of(gate, begun, "Ada Ashford")["loops"][0]["verdict"] == "counted"
    shutil.copy(begun / "roster.csv", other / "roster.csv")
    assert gate("merge", begun, "--race", other)[0] == 0
    moment = ("--as-of", "2030-01-01T00:00:00Z", "--format", "json")
    assert gate("log", *moment, "--race", other)[1] == gate("log", *moment, "--race", begun)[1]


def test_a_list_with_the_old_name_brings_no_new_runner(gate: Gate, race: Path) -> None:
    assert gate("roster", "rename", "Ada", "Ada Ashford", "--race", race)[0] == 0
    (race / "again.csv").write_text("name,city\nAda Ashdown,Leeds\n")
    assert (
        "2 runners in the roster, 0"
        in gate("roster", "import", race / "again.csv", "--race", race)[1]
    )


def ruling(name: str) -> Ruling:
    return Ruling(1, "Laz", "", "return", {"runner": name, "at": 5})


def test_a_name_that_two_had_or_somebody_has_is_left_alone() -> None:
    was = ruling("Sam")
    one, two = Runner("A", "F", formerly=("Sam",)), Runner("B", "F", formerly=("Sam",))
    assert of_current_names([was], [one])[0].data["runner"] == "A"
    assert of_current_names([was], [one])[0].id == was.id
    assert of_current_names([was], [one, two]) == [was]
    assert of_current_names([was], [one, Runner("Sam", "M")]) == [was]


BIBS = [
    Runner("Ada Ashdown", "F", bibs={0: "007"}),
    Runner("Bram Birch", "M", bibs={0: "A17"}),
    Runner("Cleo Cove", "X", bibs={0: "B18"}, tag="04a103c1d25e80", tag2="04a103c1d25e81"),
    Runner("Dora 1907", "F", bibs={0: "A18"}),
]


@pytest.mark.parametrize(
    ("text", "name"),
    [("7", "Ada Ashdown"), ("0007", "Ada Ashdown"), ("17", "Bram Birch"), ("a17", "Bram Birch"),
     ("A18", "Dora 1907"), ("04A103C1D25E81", "Cleo Cove")],
)  # fmt: skip
def test_a_bib_without_its_zeros_or_letters_where_only_one_fits(text: str, name: str) -> None:
    assert People(BIBS).find(text).name == name


def test_a_bib_that_several_may_be_or_that_has_another_letter() -> None:
    with pytest.raises(ValueError, match="2 runners may be meant by '18'"):
        People(BIBS).find("18")
    with pytest.raises(ValueError, match="nobody has the name, bib or tag 'B17'"):
        People(BIBS).find("B17")
    with pytest.raises(ValueError, match="nobody wears the bib '1907'"):
        People(BIBS).find_bib("1907")
    with pytest.raises(ValueError, match="2 runners wear the bib '18'"):
        People(BIBS).find_bib("18")


def listed(race: Path, text: str) -> Path:
    path = race / "out.csv"
    path.write_text(text)
    return path


def test_dropouts_from_a_list_are_ruled_once_and_can_be_taken_back(gate: Gate, begun: Path) -> None:
    path = listed(begun, "Bib;Reason;Time;Back\n101;rtc;14:02:00;15:00\n0102;dns;;\n")
    code, out, err = gate("ruling", "dropouts", path, "--by", "Laz", "--race", begun)
    assert (code, err) == (0, "")
    assert "Ada Ashdown is out at 14:02:00: refused to continue" in out
    assert "Ada Ashdown is back at 15:00:00" in out and "3 rulings, 0 were there" in out
    ada = line_of(gate, begun, "Ada Ashdown")
    assert (ada["status"], ada["reason"]) == ("out", "refused to continue")
    assert line_of(gate, begun, "Bram Birch")["status"] == "not started"
    again = gate("ruling", "dropouts", path, "--by", "Laz", "--race", begun)[1]
    assert "0 rulings, 3 were there before" in again
    for row in rulings(gate, begun):
        if row["kind"] in ("dropout", "return"):
            gate("ruling", "add", "undo", f"ruling={row['id']}", "--race", begun)
    assert line_of(gate, begun, "Ada Ashdown")["reason"] != "refused to continue"


def test_all_that_is_wrong_with_a_list_of_dropouts_is_said_and_nothing_ruled(
    gate: Gate, begun: Path
) -> None:
    text = (
        "bib,name,reason,time,back\n999,,rtc,,\n101,Bram Birch,rtc,,\n101,,,,\n102,,dq,3:2,\n"
        "101,,lost,,yes\n,,rtc,,\n"
    )
    code, _, err = gate("ruling", "dropouts", listed(begun, text), "--race", begun)
    assert code == 1
    for words in (
        "line 2: nobody wears the bib '999'",
        "line 3: the bib 101 is Ada Ashdown's, and not 'Bram Birch'",
        "line 4: Ada Ashdown: the reason is missing",
        "line 5: '3:2' is not a time",
        "line 6: Ada Ashdown is in line 4 too",
        "line 7: bib and name are missing",
        "6 things are wrong; nothing was ruled",
    ):
        assert words in err
    assert [row["kind"] for row in rulings(gate, begun)] == ["start"]


def test_no_shows_with_one_reason_for_all(gate: Gate, begun: Path) -> None:
    path = listed(begun, "Runner\nBram Birch\n")
    assert gate("ruling", "dropouts", path, "--reason", "dns", "--race", begun)[0] == 0
    assert line_of(gate, begun, "Bram Birch")["reason"] == "did not start"


def test_a_second_tag_is_the_runners_everywhere(gate: Gate, begun: Path) -> None:
    (begun / "two.csv").write_text("name,tag2\nAda Ashdown,04a101c1d25e99\n")
    assert gate("roster", "import", begun / "two.csv", "--race", begun)[0] == 0
    seen(begun, [(TAG, 36_000, "04a101c1d25e99")], log_id="b2" * 8)
    log = json.loads(gate("log", "--format", "json", "--race", begun)[1])
    assert log["unassigned"] == []
    ada = line_of(gate, begun, "Ada Ashdown")
    assert ada["tag"] == "04a101c1d25e80 04a101c1d25e99"
    assert {row["log_id"] for row in ada["loops"][0]["evidence"]} == {LOG, "b2" * 8}
    assert "04a101c1d25e99" in gate("roster", "list", "--race", begun)[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n", "is a PDF: export the list"),
        (b'bib,loop,in\n101,1,"9:30\n', "line 2: not readable as CSV"),
        (b"PK\x03\x04torn", "is a damaged XLSX or ZIP file"),
        (b"bib,loop,in\n101,1,9:30\0\n", "is no text"),
    ],
)
def test_what_is_no_sheet_is_one_line_that_says_what_it_is(
    gate: Gate, race: Path, data: bytes, words: str
) -> None:
    (race / "sheet.bin").write_bytes(data)
    code, _, err = gate("import", race / "sheet.bin", "--race", race)
    assert code == 1 and words in err and one_line(err), err
    assert not list(Store.file(race / "race.db").rulings())


def test_what_would_be_refused_at_the_hand_in_is_said_at_import_and_by_verify(
    gate: Gate, race: Path
) -> None:
    (race / "more.csv").write_text("name,gender,bib\nCleo Cove,,A1234567\n")
    _, _, err = gate("roster", "import", race / "more.csv", "--race", race)
    assert "to hand in, UltraSignup: no gender (without one the file fails): Cleo Cove" in err
    out = gate("verify", "--json", "--race", race)[1]
    said = [row for row in json.loads(out)["findings"] if row["level"] == "hand-in"]
    assert ("OpenSplitTime", "no bib of at most 6 digits: Cleo Cove") in [
        (row["about"], row["text"]) for row in said
    ]
    assert not any(row["wrong"] for row in said)
    toml = race / "race.toml"
    toml.write_text(toml.read_text().replace("[race]\n", '[race]\nhand_in = ["itra"]\n', 1))
    found = json.loads(gate("verify", "--json", "--race", race)[1])["findings"]
    assert {row["about"] for row in found if row["level"] == "hand-in"} == {"ITRA"}
