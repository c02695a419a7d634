"""Bad input, and a laptop in trouble: one clear line, nothing half kept, nothing lost."""

from __future__ import annotations

import resource
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import scene
from hqkit import Clock, Visitor, headquarters, visitor
from yellowgate.cli.context import RaceFolder
from yellowgate.errors import StoreError
from yellowgate.model import Ruling
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.web.roles import Role

HOUR_US = 3_600_000_000
SEEN = {"runner": "J. Kelly", "at_s": 60.0, "text": "at the creek"}


@pytest.fixture
def folder(tmp_path: Path) -> RaceFolder:
    return scene.folder(tmp_path / "race", golden.MID_RACE_S)


def come(folder: RaceFolder, role: Role = Role.VOLUNTEER, name: str = "Ann") -> Visitor:
    return visitor(headquarters(folder, Clock(scene.MID_RACE_US)), role, name)


def rulings(folder: RaceFolder) -> list[Ruling]:
    store = folder.store()
    try:
        return store.rulings()
    finally:
        store.close()


def refused(one: Visitor, path: str, **words: object) -> str:
    """The one line with which it is refused."""
    answer = one.post(path, **words)
    assert answer.status_code >= 400
    line = str(answer.json()["error"])
    assert line
    assert "\n" not in line
    assert "Traceback" not in line
    return line


def sighting(**more: object) -> list[dict[str, Any]]:
    return [{"kind": "sighting", "data": {**SEEN, **more}}]


def test_a_form_that_is_sent_twice_is_kept_once_also_after_a_restart(folder: RaceFolder) -> None:
    before = len(rulings(folder))
    when_us = scene.MID_RACE_US - 5_000_000
    for _ in range(3):
        one = come(folder)  # each time the program is another one
        for _ in range(2):
            answer = one.post("/keep", rulings=sighting(), when_us=when_us, token="a")
            assert answer.status_code == 200
    made = rulings(folder)
    assert len(made) == before + 1
    assert made[-1].at_us == when_us


def test_a_form_of_an_hour_ago_says_that_its_question_is_gone(folder: RaceFolder) -> None:
    one = come(folder)
    key, usual = "lost:Dix Leonard", "In camp now"
    assert one.post("/keep", key=key, answer=usual).status_code == 200
    line = refused(one, "/keep", key=key, answer=usual, when_us=scene.MID_RACE_US - HOUR_US)
    assert "does not wait any more" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rulings": [{"kind": "sighting", "data": {}}]}, "runner=WHO is missing"),
        ({"rulings": [{"kind": "nonsense", "data": {}}]}, "no ruling is called 'nonsense'"),
        ({"rulings": [{"kind": "pages"}]}, "This is no ruling."),
        ({"rulings": [7]}, "This is no ruling."),
        ({"rulings": sighting() * 501}, "501 rulings at once are too many"),
        ({"rulings": [{"kind": "undo", "data": {"ruling": "zz"}}]}, "is not a ruling's id"),
        ({"kind": "sighting", "fields": {"runner": "999", "at": "1:00:00"}}, "999"),
        ({"kind": "sighting", "fields": {"runner": "J. Kelly", "at": "tomorrow"}}, "tomorrow"),
        (
            {"kind": "sighting", "fields": {"runner": "J. Kelly", "at_s": "1"}},
            "is not seconds",
        ),
        ({"kind": "sighting"}, "Nothing was asked for."),
        ({}, "Nothing was asked for."),
        ({"rulings": sighting(), "when_us": scene.MID_RACE_US + HOUR_US}, "dated ahead"),
    ],
)
def test_what_cannot_be_ruled_gets_one_line(
    folder: RaceFolder, words: dict[str, Any], said: str
) -> None:
    before = rulings(folder)
    assert said in refused(come(folder), "/keep", **words)
    assert rulings(folder) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("999 in 3:21", "999"),
        ("102 in 99:00:00", "ahead of now"),
        ("102 seen 40:00:00", "ahead of now"),
        ("102 5:00:00 loop 4", ""),
        ("blah blah", "blah"),
        ("x" * 4_000, "letters are no line"),
        ("102 \x00 in", ""),
    ],
)
def test_a_line_that_is_not_understood_says_what(folder: RaceFolder, line: str, said: str) -> None:
    before = rulings(folder)
    one = come(folder)
    asked = {"id": "1", "line": line, "when_us": scene.MID_RACE_US}
    (answer,) = one.post("/hand-in", lines=[asked]).json()["lines"]
    assert "kept" not in answer
    assert said in answer["problem"]
    assert "\n" not in answer["problem"]
    assert rulings(folder) == before


def test_one_bad_line_keeps_no_other_from_being_kept(folder: RaceFolder) -> None:
    before = len(rulings(folder))
    rows: list[Any] = [
        {"id": "1", "line": "999 in 3:21", "when_us": scene.MID_RACE_US},
        {"id": "2", "line": "102 seen 20:00:00", "when_us": scene.MID_RACE_US - HOUR_US},
        {"id": "3", "line": "102 seen 20:00:01", "when_us": "now"},
        "rubbish",
        {"id": "4", "line": "103 seen 20:00:00", "when_us": scene.MID_RACE_US + 10 * HOUR_US},
    ]
    answers = come(folder).post("/hand-in", lines=rows).json()["lines"]
    assert ["kept" in row for row in answers] == [False, False, False, False, False] or (
        ["kept" in row for row in answers] == [False, True, False, False, False]
    )
    assert len(rulings(folder)) == before + sum("kept" in row for row in answers)


def test_a_line_typed_an_hour_ago_is_of_an_hour_ago(folder: RaceFolder) -> None:
    when_us = scene.MID_RACE_US - HOUR_US
    line = {"id": "1", "line": "102 seen at the creek", "when_us": when_us}
    (answer,) = come(folder).post("/hand-in", lines=[line]).json()["lines"]
    assert "kept" in answer, answer
    made = rulings(folder)[-1] if rulings(folder)[-1].by == "Ann" else None
    made = made or next(row for row in rulings(folder) if row.by == "Ann")
    assert made.at_us == when_us
    moment_us = made.data.get("at", scene.START_US + round(made.data.get("at_s", 0) * 1e6))
    assert abs(moment_us - when_us) < 1_000_000


def test_a_volunteer_changes_no_start_and_takes_none_back(folder: RaceFolder) -> None:
    one = come(folder)
    start = [{"kind": "start", "data": {"at": scene.START_US}}]
    assert "for the director" in refused(one, "/keep", rulings=start)
    conch = next(row for row in rulings(folder) if row.kind == "conch")
    undo = [{"kind": "undo", "data": {"ruling": conch.id}}]
    assert "for the director" in refused(one, "/keep", rulings=undo)
    director = come(folder, Role.DIRECTOR, "Laz")
    assert director.post("/keep", rulings=undo).status_code == 200
    undone = next(row for row in rulings(folder) if row.kind == "undo")
    again = [{"kind": "undo", "data": {"ruling": undone.id}}]
    assert "for the director" in refused(one, "/keep", rulings=again)


@dataclass(frozen=True)
class Away(RaceFolder):
    """A database that goes away in the middle: after so many times it was opened."""

    left: tuple[int, ...] = ()
    opened: Any = None

    def store(self) -> Store:
        self.opened.append(1)
        if len(self.opened) in self.left:
            raise StoreError("postgresql://laz:s3cret@db/race: server closed the connection")
        return super().store()


@pytest.mark.parametrize("at", [2, 3])
def test_a_database_that_goes_away_in_mid_ruling(folder: RaceFolder, at: int) -> None:
    """Before the ruling is stored, or after, when the race is read again for the pages."""
    before = len(rulings(folder))
    hq = headquarters(Away(folder.path, (at,), []), Clock(scene.MID_RACE_US))
    hq.hide = lambda text: text.replace("postgresql://laz:s3cret@db/race", "the race's database")
    one = visitor(hq, Role.VOLUNTEER)
    hq.latest.view()
    words: dict[str, Any] = {"rulings": sighting(), "when_us": scene.MID_RACE_US}
    if at == 2:
        line = refused(one, "/keep", **words)
        assert "s3cret" not in line
        assert "the race's database: server closed the connection" in line
        assert len(rulings(folder)) == before
    else:
        assert "Kept" in one.post("/keep", **words).json()["said"][0]
    assert one.post("/keep", **words).status_code == 200
    assert len(rulings(folder)) == before + 1


@contextmanager
def small_disk(limit: int) -> Generator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_what_was_confirmed_and_says_so(folder: RaceFolder) -> None:
    before = len(rulings(folder))
    roster = (folder.path / "roster.csv").read_text()
    one = come(folder, Role.DIRECTOR, "Laz")
    confirmed = 0
    with small_disk((folder.path / "race.db").stat().st_size + 8_192):
        while confirmed < 60:
            long = sighting(text=f"{confirmed} " + "x" * 900)
            answer = one.post("/keep", rulings=long, when_us=scene.MID_RACE_US - confirmed)
            if answer.status_code != 200:
                break
            confirmed += 1
        line = refused(one, "/keep", rulings=sighting(text="x" * 9_000))
        assert "disk" in line
        assert one.get("/board").status_code == 200
    assert confirmed < 60
    assert len(rulings(folder)) == before + confirmed
    with small_disk(len(roster) // 2):
        line = refused(one, "/roster/edit", name="New One", gender="F", bib="500")
        assert "roster.csv: cannot be written" in line
    assert (folder.path / "roster.csv").read_text() == roster
    assert one.post("/keep", rulings=sighting()).status_code == 200


def test_a_list_with_faults_names_them_and_takes_nothing(folder: RaceFolder) -> None:
    one = come(folder, Role.DIRECTOR, "Laz")
    roster = (folder.path / "roster.csv").read_text()
    rows = "name,gender,bib\nNew One,F,102\nNew Two,X,103\n"
    line = refused(one, "/roster/import", list=rows)
    assert "line 2" in line
    assert "the roster is as it was" in line
    for words in ({"list": ""}, {"file": "no base64!"}, {"file": "AAAA"}):
        assert refused(one, "/roster/import", **words)
    assert (folder.path / "roster.csv").read_text() == roster
    good = one.post("/roster/import", list="name,gender,bib\nNew One,F,500\n").json()
    assert good["ask"]
    assert (folder.path / "roster.csv").read_text() == roster
    assert one.post("/roster/import", **good["again"]).json()["said"] == [
        "1 new, 0 changed: 41 runners."
    ]
