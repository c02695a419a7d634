"""Two races in one folder: each stands under its own name, and nothing under another's."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import scene
import stories
from browser import Browser, check_page
from hqkit import Clock, Served, Visitor, headquarters, visitor
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.times import iso
from yellowgate.web.roles import Role

STORY = stories.STORIES["two races"]
NOW_US = scene.at_us(STORY.mid_s)
LONG, SHORT = "Over the Pass", "Mill and Back"
OF_LONG, OF_SHORT = ("Ada Ashdown", "Clio Coldwater"), ("Isa Indian", "Hal Hiram")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    return stories.folder(tmp_path_factory.mktemp("two") / "race", STORY, STORY.mid_s)


@pytest.fixture(scope="module")
def laz(folder: RaceFolder) -> Visitor:
    return visitor(headquarters(folder, Clock(NOW_US)), Role.DIRECTOR, "Laz")


def of_runners(text: str) -> str:
    """The page without the stations, which are of all races."""
    return text.partition('id="stations"')[0]


def parted(page: str) -> bool:
    """Does each runner stand under the own race's name?"""
    text = of_runners(page)
    at = text.index(SHORT, text.index(OF_LONG[0]))  # where the second race begins
    head, tail = text[:at], text[at:]
    return all(name in head and name not in tail for name in OF_LONG) and all(
        name in tail and name not in head for name in OF_SHORT
    )


@pytest.mark.parametrize("page", ["/board", "/print?what=out", "/print?what=start"])
def test_a_page_of_all_has_each_runner_under_the_own_race(laz: Visitor, page: str) -> None:
    assert parted(laz.get(page).text)


@pytest.mark.parametrize(
    "page",
    ["/board?", "/screen?", "/log?", "/log.json?", "/print?what=results&", "/file?form=csv&"],
)
@pytest.mark.parametrize(
    ("race", "here", "elsewhere"), [(LONG, OF_LONG, OF_SHORT), (SHORT, OF_SHORT, OF_LONG)]
)
def test_a_page_of_one_race_has_nobody_of_the_other(
    laz: Visitor, page: str, race: str, here: tuple[str, str], elsewhere: tuple[str, str]
) -> None:
    text = of_runners(laz.get(f"{page}event={race}").text)
    assert all(name in text for name in here)
    assert not any(name in text for name in elsewhere)


def test_a_race_that_is_not_there_is_said_with_those_that_are(laz: Visitor) -> None:
    for page in ("/log", "/log.json", "/print", "/file"):
        answer = laz.get(f"{page}?event=Quarter&form=csv")
        assert answer.status_code == 404
        assert f"{LONG}, {SHORT}" in answer.text
    assert parted(laz.get("/board?event=Quarter").text)


def test_files_of_results_are_of_the_race_that_is_chosen(
    laz: Visitor, folder: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"choose one: {LONG}, {SHORT}" in laz.get("/file?form=csv").text
    for race in (LONG, SHORT):
        got = laz.get(f"/file?form=csv&event={race}")
        assert race.partition(" ")[0] in got.headers["Content-Disposition"]
        command = ["log", "--format", "csv", "--event", race, "--as-of", iso(NOW_US)]
        assert run([*command, "--race", str(folder.path)]) == 0
        assert got.text == capsys.readouterr().out
    assert "still out" in laz.get(f"/file?form=ultrasignup&look=1&event={SHORT}").text


def test_what_waits_says_of_which_race_it_is(laz: Visitor) -> None:
    text = laz.get("/desk").text
    assert f"{SHORT}: on leg 2, cutoff 6:00:00" in text
    assert f"{LONG}: out (missed cutoff)" in text
    # The press at the Pass is of who may come by there: the other race does not.
    assert "2 Bram Birchfield: on loop 2 since 2:05:00, in Over the Pass" in text
    assert "Isa Indian: on" not in text
    assert "<b>4</b> not accounted for" in text


def test_a_station_stays_open_while_anybody_of_any_race_may_come(laz: Visitor) -> None:
    """To the Mill nobody of the long race comes any more, but three of the short one may."""
    text = laz.get("/stations").text
    assert "open for Isa Indian, Jon Jury, Kim Knob" in text
    assert "may close" not in text


def test_the_terminal_s_board_has_all_races(
    folder: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["board", "--once", "--as-of", iso(NOW_US), "--race", str(folder.path)]) == 0
    said = capsys.readouterr().out
    assert "Clio Coldwater" in said
    assert "Isa Indian" in said
    assert SHORT in said


def test_start_and_race_of_a_runner_are_chosen(tmp_path: Path) -> None:
    folder = stories.folder(tmp_path / "race", STORY, 60.0)
    one = visitor(headquarters(folder, Clock(scene.at_us(60.0))), Role.DIRECTOR, "Laz")
    assert "to the start" in one.get("/race").text  # the short one, an hour later
    start = {"at": iso(scene.at_us(1800.0)), "event": SHORT}
    assert one.post("/keep", kind="start", fields=start).status_code == 200
    assert "12:07:00 EDT, by ruling" in one.get("/race").text
    for event in (SHORT, ""):
        words = {"old": "Gus Graves", "name": "Gus Graves", "gender": "M", "bib": "7"}
        assert one.post("/roster/edit", **words, event=event).status_code == 200
        (gus,) = [row for row in folder.roster() if row.name == "Gus Graves"]
        assert (gus.event, gus.bib(1)) == (event, "7")
    listed = base64.b64encode(f"name,gender,bib,event\nNew One,F,99,{SHORT}\n".encode()).decode()
    asked = one.post("/roster/import", file=listed).json()
    assert asked["ask"][-1] == f"new New One F, bib 99, {SHORT}"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["board", "screen", "desk", "race", "print"])
@pytest.mark.parametrize("width", [390, 1920])
def test_pages_of_several_races_fit(
    browser: Browser, folder: RaceFolder, page: str, width: int
) -> None:
    served = Served(headquarters(folder, Clock(NOW_US)), beats=False)
    try:
        browser.screen(width, dark=width > 1000)
        browser.open(served.way_in(Role.DIRECTOR))
        browser.one("#name").send_keys("Laz")
        browser.one("main button").click()
        browser.until_at("/desk")
        browser.open(served.url + page)
        browser.until(SHORT)
        browser.run("document.querySelectorAll('details').forEach(at => at.open = true)")
        check_page(browser, served.url)
    finally:
        served.close()
