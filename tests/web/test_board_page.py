"""The board in a real browser, served as `gate serve` does."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import scene
from browser import Browser, check_page
from racekit import RaceKit
from werkzeug.serving import make_server
from yellowgate.cli.board import reader
from yellowgate.cli.context import RaceFolder
from yellowgate.model import Ruling
from yellowgate.race.checks.roll_call import board
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.web.app import create_app
from yellowgate.web.latest import Latest, View

REFRESH_MS = 150
FONT_SIZE = "return getComputedStyle(document.querySelector('.big')).fontSize"


@dataclass
class Served:
    """A board that is being served: its race folder, its address, and what time it is there."""

    folder: RaceFolder
    url: str = ""
    now_us: int = scene.MID_RACE_US
    ticks: Iterator[int] = field(default_factory=lambda: (n // 2 * 100 for n in itertools.count()))

    def latest(self) -> Latest:
        """Never content with what it read before."""
        return Latest(reader(self.folder), lambda: self.now_us, lambda: float(next(self.ticks)))


class Server:
    """The pages from a thread; a server that can be stopped in mid-air."""

    def __init__(self, served: Served) -> None:
        app = create_app(served.latest(), REFRESH_MS)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        served.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Eight in the morning; the tower has been silent for two hours."""
    made = Served(scene.folder(tmp_path / "race", golden.MID_RACE_S, golden.MID_RACE_S - 7200))
    server = Server(made)
    yield made
    server.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_board_asks_only_itself_and_fits(browser: Browser, served: Served, width: int) -> None:
    browser.screen(width)
    browser.open(served.url)
    text = browser.text()
    assert "Dix Leonard" in text
    assert text.index("NOT ACCOUNTED FOR") < text.index("Dix Leonard") < text.index("J. Kelly")
    assert "SILENT: last record 2 h" in text
    browser.run("document.querySelectorAll('details').forEach(at => at.open = true)")
    check_page(browser, served.url)


def test_targets_are_for_thumbs_and_digits_for_the_night(browser: Browser, served: Served) -> None:
    browser.screen(390)
    browser.open(served.url)
    heights = browser.run(
        "return [...document.querySelectorAll('#live a, #live section summary, footer a')]"
        ".map(at => at.getBoundingClientRect().height)"
    )
    assert min(heights) >= 48
    assert float(browser.run(FONT_SIZE)[:-2]) >= 54
    assert browser.run("return getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(11, 11, 10)"
    )


def test_the_board_follows_the_store_and_keeps_open_what_was_opened(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    browser.open(served.url)
    browser.run("document.getElementById('r-J._Kelly').open = true")
    store = served.folder.store()
    word = {"runner": "Dix Leonard", "at_s": golden.MID_RACE_S - 60.0, "place": "the prison"}
    made: Ruling = ruling_kinds.make("sighting", word, "Laz", "by radio", served.now_us - 1_000_000)
    store.add_rulings([made])
    store.close()
    browser.until("at the prison")
    text = str(browser.run("return document.querySelector('main').innerText"))
    assert "not accounted for" not in text.lower()
    assert browser.run("return document.getElementById('r-J._Kelly').open")
    assert browser.complaints() == []


def test_the_clock_is_the_laptops(browser: Browser, served: Served) -> None:
    browser.screen(390)
    browser.open(served.url)
    served.now_us += 3_600_000_000
    browser.until("21:2")


def test_a_laptop_that_is_away_is_said_in_red(browser: Browser, tmp_path: Path) -> None:
    made = Served(scene.folder(tmp_path / "race", golden.MID_RACE_S))
    server = Server(made)
    browser.screen(390)
    browser.open(made.url)
    server.close()
    browser.until("No word from the laptop since Wed 08:00:00")
    assert "J. Kelly" in browser.text()
    assert browser.overflow_px() <= 0
    assert browser.pale() == []


def test_a_broken_store_is_one_line_and_the_last_good_board_stays(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    browser.open(served.url)
    path = served.folder.path / "race.db"
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
    browser.open(served.url)
    holder = sqlite3.connect(served.folder.path / "race.db", isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        browser.until("another program holds it")
        assert "Dix Leonard" in browser.text()
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def test_women_and_men_and_the_log(browser: Browser, served: Served) -> None:
    browser.screen(390)
    browser.open(served.url + "?only=F")
    assert "J. Kelly" not in browser.text()
    browser.open(served.url + "log")
    assert "J. Kelly" in browser.text()
    check_page(browser, served.url)


def test_without_scripts_the_page_loads_itself_anew(browser: Browser, served: Served) -> None:
    browser.screen(390, script=False)
    try:
        browser.open(served.url)
        assert "J. Kelly" in browser.driver.page_source
        assert '<meta http-equiv="refresh" content="10">' in browser.driver.page_source
    finally:
        browser.screen(390)


class Fixed(Latest):
    """A board of one moment, straight from a log."""

    def __init__(self, race: RaceKit, as_of: str) -> None:
        log = race.log(as_of)
        self.only = View(None, log, board(log, race.race), 0, "")

    def view(self) -> View:
        """The same each time."""
        return self.only


def test_each_clock_of_a_backyard_stands_with_its_own_words(browser: Browser) -> None:
    race = RaceKit("backyard")
    race.runners("Ann", "Bob")
    server = make_server("127.0.0.1", 0, create_app(Fixed(race, "0:58:00"), is_still=True))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        browser.screen(390)
        browser.open(f"http://127.0.0.1:{server.server_port}/")
        pairs = [" ".join(at.text.split()) for at in browser.all(".clock .one")]
        assert pairs == ["0:58:00 elapsed", "0:02:00 to the bell, whistle 2 min before"]
        assert browser.overflow_px() <= 0
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
