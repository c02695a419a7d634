"""The desk, the runner's page and fast entry, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scene
from browser import Browser, check_page
from hqkit import Clock, Served, headquarters
from selenium.webdriver.common.keys import Keys
from test_board_page import come
from yellowgate.model import Ruling
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.web.roles import Role


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Eight in the morning; the tower has been silent for two hours."""
    folder = scene.folder(tmp_path / "race", golden.MID_RACE_S, golden.MID_RACE_S - 7200)
    made = Served(headquarters(folder, Clock(scene.MID_RACE_US)))
    yield made
    made.close()


def rulings(served: Served) -> list[Ruling]:
    store = served.hq.folder.store()
    try:
        return store.rulings()
    finally:
        store.close()


def press(browser: Browser, words: str) -> None:
    """The button that says so."""
    assert browser.press(words), f"no button {words!r}"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_usual_answer_takes_two_touches_and_is_shown_before(
    browser: Browser, served: Served, width: int
) -> None:
    browser.screen(width)
    come(browser, served)
    assert "140 Dix Leonard is not accounted for" in browser.text()
    check_page(browser, served.url)
    before = len(rulings(served))
    press(browser, "In camp now")
    browser.until("Dix Leonard is out")
    assert len(rulings(served)) == before
    press(browser, "Keep it")
    browser.until("Kept: Dix Leonard is out")
    made = [row for row in rulings(served) if row.by == "Ann"]
    assert [(row.kind, row.data["runner"]) for row in made] == [("dropout", "Dix Leonard")]
    browser.until_gone("Dix Leonard is not accounted for")
    press(browser, "Undo")
    browser.until("Dix Leonard is not accounted for")
    assert [row.kind for row in rulings(served) if row.by == "Ann"] == ["dropout", "undo"]
    assert browser.complaints() == []
    assert browser.overflow_px() <= 0
    assert browser.pale() == []


def test_the_second_sees_the_decision_of_the_first_before_contradicting(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    come(browser, served)
    browser.open(served.url + "runner?who=J. Kelly")
    browser.run("document.getElementById('f-pages').open = true")
    store = served.hq.folder.store()
    other = {"runner": "J. Kelly", "loop": 1, "have": 12, "of": 13}
    store.add_rulings([ruling_kinds.make("pages", other, "Bob", "", scene.MID_RACE_US - 5)])
    store.close()
    form = browser.one("#f-pages form")
    browser.run("document.querySelector('#f-pages [name=pages]').value = '11/13'")
    form.find_element("css selector", "button").click()
    browser.until("Keep it")
    press(browser, "Keep it")
    browser.until("Bob has decided: J. Kelly, loop 1: 12 of 13 pages")
    assert not [row for row in rulings(served) if row.by == "Ann"]
    press(browser, "Decide against it")
    browser.until("Kept: J. Kelly, loop 1: 11 of 13 pages")


def test_a_runner_is_found_by_name_bib_and_tag(browser: Browser, served: Served) -> None:
    browser.screen(390)
    come(browser, served)
    for words in ("kell", "102", "04a202c1d25e80"):
        browser.open(served.url + "find?q=" + words)
        browser.until_at("/runner")
        assert "J. Kelly" in browser.text()
        assert "record a1b2c3d4:62" in browser.text()
    check_page(browser, served.url)


def test_a_line_is_understood_while_it_is_typed_and_kept_by_one_key(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    come(browser, served)
    browser.open(served.url + "entry")
    line = browser.one("#line")
    line.send_keys("140 seen 20:00:00 at the prison")
    browser.until("Dix Leonard was seen")
    check_page(browser, served.url)
    line.send_keys("\n")
    browser.until("Kept: Dix Leonard was seen")
    assert [row.kind for row in rulings(served) if row.by == "Ann"] == ["sighting"]
    line.send_keys("999 in 3:21\n")
    browser.until("nobody")
    assert "999 in 3:21" in browser.one("#queue").text


def test_lines_wait_on_the_phone_survive_a_reload_and_are_handed_in_once(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    come(browser, served)
    browser.open(served.url + "entry")
    browser.until("Keep it (Enter)")
    browser.offline(True)
    try:
        line = browser.one("#line")
        line.send_keys("140 seen 20:00:00 at the prison\n")
        line.send_keys("102 seen 20:10:00\n")
        browser.until("The laptop is out of reach")
        assert "140 seen 20:00:00 at the prison" in browser.one("#queue").text
        before = browser.run("return localStorage.getItem('gate.queue')")
        assert rulings(served)[-1].by == "Laz"
    finally:
        browser.offline(False)
    # Handed in as soon as the laptop is back, or at the reload where that broke it off.
    browser.open(served.url + "entry")
    browser.until_script("return localStorage.getItem('gate.queue') === '[]'")
    made = [row for row in rulings(served) if row.by == "Ann"]
    assert sorted(str(row.data["runner"]) for row in made) == ["Dix Leonard", "J. Kelly"]
    assert not browser.one("#queue").is_displayed()
    browser.run(f"localStorage.setItem('gate.queue', {before!r})")  # the answer was lost: again
    browser.open(served.url + "entry")
    browser.until_script("return localStorage.getItem('gate.queue') === '[]'")
    assert len([row for row in rulings(served) if row.by == "Ann"]) == 2


def test_pasted_lines_are_kept_and_those_not_understood_come_back(
    browser: Browser, served: Served
) -> None:
    browser.screen(1280)
    come(browser, served)
    browser.open(served.url + "entry")
    browser.run("document.getElementById('many').open = true")
    lines = "140 seen 20:00:00\\n102 seen 20:10:00\\n999 in 3:21"
    put = f"var at = document.getElementById('text'); at.value = '{lines}';"
    browser.run(put + "at.dispatchEvent(new Event('input'))")
    browser.until("999 in 3:21")
    for kept in (2, 0):
        browser.run(put)
        press(browser, "Keep what is clear")
        browser.until(f"{kept} lines kept")
        assert browser.run("return document.getElementById('text').value") == "999 in 3:21"
        press(browser, "Close")
    assert len([row for row in rulings(served) if row.by == "Ann"]) == 2


def test_an_arrival_has_a_tone_a_decision_another_and_both_can_be_switched_off(
    browser: Browser, served: Served
) -> None:
    browser.screen(390)
    come(browser, served)
    store = served.hq.folder.store()
    out = {"runner": "J. Kelly", "at_s": golden.MID_RACE_S - 60.0, "reason": "lost"}
    store.add_rulings([ruling_kinds.make("dropout", out, "Laz", "", scene.MID_RACE_US - 1)])
    store.close()
    browser.until("102 J. Kelly is not accounted for")
    assert browser.run("return HQ.lastTone") == "alarm"
    browser.one("[data-do=sound]").click()
    assert "Sound: off" in browser.text()
    browser.one("[data-do=sound]").click()


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("dark", [True, False])
def test_every_page_asks_nobody_fits_and_is_legible(
    browser: Browser, served: Served, width: int, dark: bool
) -> None:
    browser.screen(width, dark)
    come(browser, served, Role.DIRECTOR)
    for path in ("desk", "board", "find?q=k", "runner?who=J. Kelly", "entry", "race", "stations",
                 "people", "screen", "results", "in"):  # fmt: skip
        browser.open(served.url + path)
        browser.run("document.querySelectorAll('details').forEach(at => at.open = true)")
        check_page(browser, served.url)


LIVE_PAGES = ("desk", "board", "screen", "stations", "results")


def test_a_page_that_is_left_holds_no_stream(browser: Browser, served: Served) -> None:
    """A browser has six connections to a host: streams of pages that were left would fill them."""
    browser.screen(1280)
    come(browser, served)
    for page in LIVE_PAGES * 2:
        browser.open(served.url + page)
    browser.driver.back()  # to the empty page between them
    browser.driver.back()
    browser.until_at(f"/{LIVE_PAGES[-2]}")
    topics = served.hq.hub.topics
    browser.until_true(lambda: sum(topic.streams for topic in topics()) == 1)


def focused(browser: Browser) -> str:
    """What the keys go to now."""
    return str(browser.run("return document.activeElement.innerText || ''"))


def test_keys_alone_decide_and_take_back(browser: Browser, served: Served) -> None:
    browser.screen(1280)
    come(browser, served)
    browser.open(served.url + "board")
    browser.keys("d")
    browser.until_at("/desk")
    browser.until("140 Dix Leonard is not accounted for")
    for _ in range(40):
        browser.keys(Keys.TAB)
        if focused(browser) == "In camp now":
            break
    outline = "return getComputedStyle(document.activeElement).outlineWidth"
    assert browser.run(outline) == "4px"  # people see where they are
    browser.keys(Keys.ENTER)
    browser.until("Keep it")
    assert focused(browser) == "Keep it"
    before = len(rulings(served))
    browser.keys(Keys.ENTER)
    browser.until("Kept: Dix Leonard is out")
    assert len(rulings(served)) == before + 1
    browser.keys("u")
    browser.until("takes back")
    assert len(rulings(served)) == before + 2
    browser.keys(Keys.ESCAPE)
    browser.until_script("return document.getElementById('said').hidden")
    browser.keys("/")
    browser.until_at("/find")
    browser.keys("kelly" + Keys.ENTER)
    browser.until_at("/runner")
    browser.until("J. Kelly")


@pytest.mark.parametrize("page", ["desk", "board"])
def test_what_is_read_stays_under_the_finger_when_something_arrives(
    browser: Browser, served: Served, page: str
) -> None:
    """Scrolled down, and something new comes in above: what is seen does not move."""
    browser.screen(390)
    come(browser, served)
    browser.open(served.url + page)
    kind = "d-" if page == "desk" else "r-"
    browser.run("scrollTo(0, document.documentElement.scrollHeight * .6)")
    shown = (
        f"var at = [...document.querySelectorAll(\"[id^='{kind}']\")].find("
        "at => at.getBoundingClientRect().top >= 60); "
        "return [at.id, at.getBoundingClientRect().top]"
    )
    name, before = browser.run(shown)
    store = served.hq.folder.store()
    rows = [
        {"runner": who, "reason": "refused to continue", "at_s": golden.MID_RACE_S - 30.0}
        for who in ("Boone Jury", "Zeke Hiram")
    ]
    made = [ruling_kinds.make("dropout", row, "Laz", "", scene.MID_RACE_US - 1) for row in rows]
    store.add_rulings(made)
    store.close()
    browser.until("Boone Jury is out" if page == "desk" else "NOT ACCOUNTED FOR 3")
    after = browser.run(f"return document.getElementById('{name}').getBoundingClientRect().top")
    assert abs(after - before) <= 1
