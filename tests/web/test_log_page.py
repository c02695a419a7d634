"""The HTML log in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import largekit
import pytest
import scene
from browser import Browser, check_page
from racekit import RaceKit
from yellowgate.official import Race
from yellowgate.report import html
from yellowgate.report.clocks import clock_points
from yellowgate.sim import golden

SCREENS = [(1280, False), (1280, True), (390, False), (390, True)]


@pytest.fixture(scope="module")
def end(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the log of the golden scene."""
    return page(tmp_path_factory.mktemp("end"), golden.END_S)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the log at eight on the second day."""
    return page(tmp_path_factory.mktemp("morning"), golden.MID_RACE_S)


def page(path: Path, until_s: float) -> str:
    folder = scene.folder(path, until_s)
    race = Race.read(folder.race(), folder.roster(), folder.store())
    log = race.log(scene.at_us(until_s))
    text = html.page(log, clock_points(race.at(log.as_of_us).corrected, log))
    (path / "log.html").write_text(text)
    return (path / "log.html").as_uri()


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_the_log_asks_nobody_complains_of_nothing_and_fits(
    browser: Browser, end: str, width: int, dark: bool
) -> None:
    browser.screen(width, dark)
    browser.open(end)
    assert "39:50:27" in browser.text()
    assert "over by 0:02:00" in browser.text()
    check_page(browser, end)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_click_on_a_time_opens_its_evidence(browser: Browser, end: str, width: int) -> None:
    browser.screen(width)
    browser.open(end)
    kelly = next(row for row in browser.all("tbody tr") if "J. Kelly" in row.text)
    assert "record" not in kelly.text
    browser.run("document.querySelectorAll('td.loop summary')[2].click()")
    opened = browser.one("td.loop details[open] .why").text
    assert "in: tag at yellow gate, 39:50:27" in opened
    assert "of log a1b2c3d4e5f60718" in opened
    assert "between clock pairs" in opened
    assert "13 of 13 pages" in opened
    assert "ruled by Laz" in opened
    assert browser.overflow_px() <= 0
    assert browser.pale() == []


def test_one_evidence_at_a_time_and_a_runner_at_the_right_edge(browser: Browser, end: str) -> None:
    browser.screen(1280)
    browser.open(end)
    for at in (0, 2):
        browser.run(f"document.querySelectorAll('td.loop summary')[{at}].click()")
    browser.run("document.querySelectorAll('td.state summary')[0].click()")
    assert len(browser.all(".pop[open]")) == 1
    assert "taps: taps at yellow gate" in browser.one(".pop[open] .why").text
    box: Any = browser.run(
        "return document.querySelector('.pop[open] .why').getBoundingClientRect().toJSON()"
    )
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280


def test_who_is_missing_stands_at_the_top(browser: Browser, morning: str) -> None:
    browser.screen(390)
    browser.open(morning)
    assert "1\nnot accounted for" in browser.one("header").text
    assert "1 to decide" in browser.one("nav").text
    check_page(browser, morning)


def test_every_time_can_be_reached_by_keyboard(browser: Browser, end: str) -> None:
    browser.screen(1280)
    browser.open(end)
    browser.run("document.querySelector('td.loop summary').focus()")
    assert browser.run("return document.activeElement.tagName") == "SUMMARY"
    labels = browser.run(
        "return [...document.querySelectorAll('svg')].map(at => at.getAttribute('aria-label'))"
    )
    assert len(labels) == 4
    assert all(labels)


def test_on_paper_it_is_black_on_white(browser: Browser, end: str) -> None:
    browser.screen(1280, dark=True)
    browser.open(end)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        ink = browser.run("return getComputedStyle(document.body).color")
        paper = browser.run("return getComputedStyle(document.body).backgroundColor")
        assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
        assert not browser.one("nav").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def many_laps(path: Path) -> str:
    """The address of a log of 130 laps, with a name that pushes everything to the right."""
    race = RaceKit("laps")
    race.runners("Maximiliane-Theodora von und zu Hohenlohe-Waldenburg-Schillingsfürst <script>")
    race.tag(race.roster[0].name, *(n * 600 for n in range(1, 131)))
    (path / "laps.html").write_text(html.page(race.log("23:00:00")))
    return (path / "laps.html").as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_of_many_laps_stays_on_the_page(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    address = many_laps(tmp_path)
    browser.screen(width)
    browser.open(address)
    browser.one("details.pop.many > summary").click()
    assert "130 laps" in browser.text()
    check_page(browser, address)
    left, right = browser.run(
        "var box = document.querySelector('.pop.many > .why').getBoundingClientRect();"
        "return [box.left, box.right]"
    )
    assert 0 <= left < right <= width


A4_PX = 710  # without its margins


def test_nothing_is_cut_off_on_paper(browser: Browser, tmp_path: Path) -> None:
    race = RaceKit("barkley")
    name = "Maximiliane-Theodora von und zu Hohenlohe-Waldenburg-Schillingsfürst"
    race.runners("Ann", name)
    for runner in ("Ann", name):
        race.tag(runner, "9:00:00", "9:20:00", "19:00:00", "19:30:00", "30:00:00", "30:40:00")
        race.rule("dropout", "39:00:00", runner=runner, reason="undecided: lost, injured or both")
    (tmp_path / "log.html").write_text(html.page(race.log("40:00:00")))
    browser.paper(A4_PX)
    browser.open((tmp_path / "log.html").as_uri())
    widest = browser.run(
        "return Math.max(...[...document.querySelectorAll('#ranking *')]"
        ".map(at => at.getBoundingClientRect().right))"
    )
    assert widest <= A4_PX


def test_on_paper_a_runner_is_one_line_where_there_is_room(browser: Browser, end: str) -> None:
    browser.paper(A4_PX)
    browser.open(end)
    heights = browser.run(
        "return [...document.querySelectorAll('#ranking tbody tr')]"
        ".filter(at => !at.querySelector('.badge')).map(at => at.getBoundingClientRect().height)"
    )
    assert len(heights) == 38
    assert max(heights) < 1.5 * min(heights)


def test_the_laps_of_a_large_race_come_when_they_are_opened(
    browser: Browser, tmp_path: Path
) -> None:
    log = largekit.large()
    (tmp_path / "large.html").write_text(html.page(log))
    address = (tmp_path / "large.html").as_uri()
    for width in (1280, 390):
        browser.screen(width)
        browser.open(address)
        assert "Runner <3>" in browser.text()
        browser.run("document.querySelectorAll('td.loop summary')[1].click()")
        browser.until_script("return !!document.querySelector('td.loop details[open] tbody tr')")
        rows = browser.all("td.loop details[open] tbody tr")
        assert len(rows) == largekit.LAPS
        second = log.runners[1].loops[1]
        assert second.elapsed in rows[1].text
        record = f"in: yellow gate record {second.evidence[0].seq} ± 5 ms; in again: yellow gate"
        assert record in rows[1].text
        browser.run("document.getElementById('charts').scrollIntoView()")
        browser.until_script("return !!document.querySelector('#charts svg')")
        check_page(browser, address)


def test_a_large_race_says_without_scripts_what_is_not_shown(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "large.html").write_text(html.page(largekit.large()))
    browser.screen(1280, script=False)
    try:
        browser.open((tmp_path / "large.html").as_uri())
        assert "need a browser that runs the page's own script" in browser.text()
        assert "Runner <3>" in browser.text()
    finally:
        browser.screen(1280)
