"""The board in a real browser, served as `gate serve` does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import scene
from browser import Browser, check_page
from hqkit import Clock, Served, headquarters
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.model import Ruling
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.web.render import slug
from yellowgate.web.roles import Role

FONT_SIZE = "return getComputedStyle(document.querySelector('.big')).fontSize"


KELLY = "r-" + slug("J. Kelly")


def race_db(served: Served) -> Path:
    """Where the records are."""
    assert isinstance(served.hq.folder, RaceFolder)
    return served.hq.folder.path / "race.db"


@pytest.fixture
def clock() -> Clock:
    return Clock(scene.MID_RACE_US)


@pytest.fixture
def served(tmp_path: Path, clock: Clock) -> Iterator[Served]:
    """Eight in the morning; the tower has been silent for two hours."""
    folder = scene.folder(tmp_path / "race", golden.MID_RACE_S, golden.MID_RACE_S - 7200)
    made = Served(headquarters(folder, clock))
    yield made
    made.close()


def come(browser: Browser, served: Served, role: Role = Role.VOLUNTEER) -> None:
    """Come in with the code of this role, as from its QR code."""
    browser.open("about:blank")
    browser.open(served.way_in(role))
    browser.one("#name").send_keys("Ann")
    browser.one("main button").click()
    browser.until_at("/results" if role == Role.VIEWER else "/desk")


def board_at(browser: Browser, served: Served, path: str = "board") -> None:
    """Come in, and look at the board."""
    come(browser, served)
    browser.open(served.url + path)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_board_asks_only_itself_and_fits(browser: Browser, served: Served, width: int) -> None:
    browser.screen(width)
    board_at(browser, served)
    text = browser.text()
    assert "Dix Leonard" in text
    assert text.index("NOT ACCOUNTED FOR") < text.index("Dix Leonard") < text.index("J. Kelly")
    assert "SILENT: last record 2 h" in text
    browser.run("document.querySelectorAll('details').forEach(at => at.open = true)")
    check_page(browser, served.url)


def test_targets_are_for_thumbs_and_digits_for_the_night(browser: Browser, served: Served) -> None:
    browser.screen(390)
    board_at(browser, served)
    heights = browser.run(
        "return [...document.querySelectorAll('#live a, section summary, footer a, nav a, button')]"
        ".filter(at => at.getClientRects().length)"
        ".map(at => at.getBoundingClientRect().height)"
    )
    assert min(heights) >= 48
    assert float(browser.run(FONT_SIZE)[:-2]) >= 54


@pytest.mark.parametrize(
    ("dark", "paper"), [(True, "rgb(11, 11, 10)"), (False, "rgb(247, 244, 234)")]
)
def test_dark_by_night_and_light_by_day(
    browser: Browser, served: Served, dark: bool, paper: str
) -> None:
    browser.screen(390, dark)
    board_at(browser, served)
    behind = "return getComputedStyle(document.documentElement).backgroundColor"
    assert browser.run(behind) == paper
    browser.one("[data-do=theme]").click()
    assert browser.run(behind) != paper
    browser.one("[data-do=theme]").click()
    assert browser.run(behind) == paper


def test_the_board_follows_the_store_and_keeps_open_what_was_opened(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    board_at(browser, served)
    browser.run(f"document.getElementById('{KELLY}').open = true")
    store = served.hq.folder.store()
    word = {"runner": "Dix Leonard", "at_s": golden.MID_RACE_S - 60.0, "place": "the prison"}
    made: Ruling = ruling_kinds.make(
        "sighting", word, "Laz", "by radio", scene.MID_RACE_US - 1_000_000
    )
    store.add_rulings([made])
    store.close()
    browser.until("at the prison")
    assert browser.all("#g-missing") == []
    assert browser.run(f"return document.getElementById('{KELLY}').open")
    assert browser.complaints() == []


def test_the_clock_is_the_laptops(browser: Browser, served: Served, clock: Clock) -> None:
    browser.screen(390)
    board_at(browser, served)
    clock.go(3600)
    browser.open(served.url + "board")
    browser.until("21:2")


def test_a_laptop_that_is_away_is_said_in_red_until_it_is_back(
    browser: Browser, served: Served, clock: Clock
) -> None:
    browser.screen(390)
    board_at(browser, served)
    browser.until("Wed 08:00:0")
    folder, port = served.hq.folder, served.port
    served.close()
    browser.until("No word from the laptop since Wed 08:00:")
    assert "J. Kelly" in browser.text()
    assert browser.overflow_px() <= 0
    assert browser.pale() == []
    store = folder.store()
    word = {"runner": "Dix Leonard", "at_s": golden.MID_RACE_S - 60.0, "place": "the prison"}
    when_us = scene.MID_RACE_US - 1_000_000
    store.add_rulings([ruling_kinds.make("sighting", word, "Laz", "by radio", when_us)])
    store.close()
    assert isinstance(folder, RaceFolder)
    again = Served(headquarters(folder, clock), port=port)
    try:
        browser.until("at the prison")
        assert "No word from the laptop" not in browser.text()
    finally:
        again.close()


def test_a_broken_store_is_one_line_and_the_last_good_board_stays(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    board_at(browser, served)
    path = race_db(served)
    path.write_bytes(b"this is not a database, however long one looks at it" * 40)
    browser.until("it is damaged or another kind of file: put a backup in its place")
    text = browser.text()
    assert "Not the newest." in text
    assert "Shown is what was read at Wed 08:00:00" in text
    assert "Dix Leonard" in text
    assert browser.overflow_px() <= 0
    assert browser.pale() == []


def test_a_locked_store_does_not_hold_up_the_board(browser: Browser, served: Served) -> None:
    browser.screen(390)
    board_at(browser, served)
    folder = served.hq.folder
    holder = sqlite3.connect(race_db(served), isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        folder.write_roster(folder.roster())  # something to be read anew
        browser.until("another program holds it")
        assert "Dix Leonard" in browser.text()
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def test_women_and_men_and_the_log(browser: Browser, served: Served) -> None:
    browser.screen(390)
    board_at(browser, served, "board?only=F")
    assert "J. Kelly" not in browser.text()
    browser.open(served.url + "log")
    assert "J. Kelly" in browser.text()
    check_page(browser, served.url)


def test_without_scripts_the_page_loads_itself_anew(browser: Browser, served: Served) -> None:
    browser.screen(390)
    come(browser, served)
    browser.screen(390, script=False)
    try:
        browser.open(served.url + "board")
        assert "J. Kelly" in browser.driver.page_source
        assert '<meta http-equiv="refresh" content="10">' in browser.driver.page_source
    finally:
        browser.screen(390)


def test_each_clock_of_a_backyard_stands_with_its_own_words(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "race"
    assert run(["init", str(path), "--preset", "backyard"]) == 0
    (path / "list.csv").write_text("name,gender,bib\nAnn,F,1\nBob,M,2\n")
    assert run(["roster", "import", str(path / "list.csv"), "--race", str(path), "--yes"]) == 0
    store = RaceFolder(path).store()
    at = {"at": scene.START_US}
    store.add_rulings([ruling_kinds.make("start", at, "Laz", "now", scene.START_US)])
    store.close()
    clock = Clock(scene.START_US + 3_480_000_000)
    served = Served(headquarters(RaceFolder(path), clock))
    try:
        browser.screen(390)
        board_at(browser, served)
        pairs = [" ".join(at.text.split()) for at in browser.all(".clock .one")]
        assert [pair[:6] for pair in pairs] == ["0:58:0", "0:01:5"] or pairs == [
            "0:58:00 elapsed", "0:02:00 to the bell, whistle 2 min before",
        ]  # fmt: skip
        assert pairs[1].endswith("to the bell, whistle 2 min before")
        assert "0 yards" in browser.text()
        assert browser.overflow_px() <= 0
    finally:
        served.close()
