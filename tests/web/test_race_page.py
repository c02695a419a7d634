"""Start, roster, tags and what is open: what only the director changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scene
from browser import Browser, check_page
from hqkit import Clock, Served, headquarters, visitor
from test_board_page import come
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.event.opened import with_publish
from yellowgate.event.race_toml import PUBLISH, parse
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.roles import Role

ROSTER = "name,gender,tag,bib\nAda Ashdown,F,,101\nBram Birch,M,,102\n"
TAG, OTHER = "04a101c1d25e80", "04a102c1d25e80"


@pytest.fixture
def folder(tmp_path: Path) -> RaceFolder:
    path = tmp_path / "race"
    assert run(["init", str(path)]) == 0
    (path / "roster.csv").write_text(ROSTER)
    return RaceFolder(path)


@pytest.fixture
def clock() -> Clock:
    return Clock(scene.START_US)


@pytest.fixture
def hq(folder: RaceFolder, clock: Clock) -> Headquarters:
    return headquarters(folder, clock)


def tags(folder: RaceFolder) -> dict[str, str]:
    return {row.name: row.tag for row in folder.roster()}


def test_tags_are_given_by_tapping_them_as_runners_are_called(
    folder: RaceFolder, hq: Headquarters
) -> None:
    one = visitor(hq, Role.DIRECTOR)
    assert "Begin" in one.get("/race").text
    hq.enrolment.tap(hq, TAG)  # before anybody is called: nobody's
    assert one.post("/enrol", do="begin").json()["said"] == ["101 Ada Ashdown: tap the tag"]
    hq.enrolment.tap(hq, TAG)
    hq.enrolment.tap(hq, TAG)  # held a moment too long
    assert tags(folder) == {"Ada Ashdown": TAG, "Bram Birch": ""}
    assert hq.show_touched()
    assert "102 Bram Birch: tap the tag" in one.get("/race").text
    assert "is without" in one.post("/enrol", do="type", words="u").json()["said"][0]
    one.post("/enrol", do="type", words="102")
    hq.enrolment.tap(hq, OTHER)
    assert tags(folder) == {"Ada Ashdown": "", "Bram Birch": OTHER}
    hq.enrolment.tap(hq, OTHER)
    one.post("/enrol", do="end")
    hq.enrolment.tap(hq, TAG)
    assert tags(folder) == {"Ada Ashdown": "", "Bram Birch": OTHER}


def test_a_runner_is_added_renamed_and_given_bibs(folder: RaceFolder, hq: Headquarters) -> None:
    one = visitor(hq, Role.DIRECTOR)
    for words in (
        {"name": "Cy Cole", "gender": "M", "bib": "103"},
        {"old": "Ada Ashdown", "name": "Ada Ash", "gender": "F", "bib": "101",
         "loop_bibs": "1=11 2=21", "tag": TAG},
    ):  # fmt: skip
        answer = one.post("/roster/edit", **words)
        assert answer.status_code == 200, answer.text
    ada = next(row for row in folder.roster() if row.name == "Ada Ash")
    assert (ada.bib(1), ada.bib(2), ada.bib(3), ada.tag) == ("11", "21", "101", TAG)
    assert ada.formerly == ("Ada Ashdown",)
    assert len(folder.roster()) == 3
    before = (folder.path / "roster.csv").read_text()
    for words in (
        {"name": ""}, {"name": "Dee", "gender": "F", "bib": "102"},
        {"old": "Ada Ash", "name": "Cy Cole"}, {"old": "Ada Ash", "name": "Ada Ash", "tag": "xyz"},
        {"old": "Ada Ash", "name": "Ada Ash", "loop_bibs": "two"},
    ):  # fmt: skip
        answer = one.post("/roster/edit", **words)
        assert answer.status_code == 400, words
        assert "\n" not in answer.json()["error"]
    assert (folder.path / "roster.csv").read_text() == before


@pytest.mark.parametrize("opened", PUBLISH)
def test_what_is_open_is_changed_in_place(folder: RaceFolder, opened: str) -> None:
    text = (folder.path / "race.toml").read_text()
    changed = with_publish(text, opened)
    assert parse(changed).publish == opened
    assert with_publish(changed, "nothing") == with_publish(text, "nothing")
    ours, theirs = text.splitlines(), changed.splitlines()
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) <= 1
    bare = '[race]\nname = "x"\n[rules]\npages = 13\n'
    assert parse(with_publish(bare, opened)).publish == opened
    with pytest.raises(ValueError, match="none of"):
        with_publish(text, "everything")


@pytest.fixture
def served(hq: Headquarters) -> Iterator[Served]:
    made = Served(hq)
    yield made
    made.close()


def test_the_cigarette_is_lit_with_two_touches(
    browser: Browser, served: Served, clock: Clock
) -> None:
    browser.screen(390)
    come(browser, served, Role.DIRECTOR)
    browser.open(served.url + "race")
    assert "No start is known yet." in browser.text()
    check_page(browser, served.url)
    browser.one("[data-now=start]").click()
    browser.until("Keep it")
    clock.go(60)  # the clock of the test stands still, that of the browser went on
    next(at for at in browser.all("#said button") if at.text == "Keep it").click()
    browser.until("elapsed")
    assert browser.all("[data-now=start]") == []
    browser.run("document.querySelectorAll('details').forEach(at => at.open = true)")
    check_page(browser, served.url)
