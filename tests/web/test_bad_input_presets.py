"""Bad input in a race of every preset: one clear line, nothing kept of it, nothing lost.

What hangs on no preset stands in test_bad_input, test_hq_roles and test_serving: a thousand
connections that say nothing, codes that are slowed down, tokens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import scene
import stories
from browser import Browser
from hqkit import Clock, Served, Visitor, headquarters, visitor
from test_bad_input import Away, refused, rulings, small_disk
from yellowgate.cli.context import RaceFolder
from yellowgate.desk.waiting import waiting
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.times import iso
from yellowgate.web.roles import Role

HTML = '<img src=x onerror="document.title=1">'
PAGES = ("/desk", "/board", "/screen", "/race", "/log", "/print?what=start", "/print?what=out")
PRESETS = ("barkley", *stories.PRESETS)


@dataclass(frozen=True)
class Going:
    """A race that is under way. who, bib: of somebody who is on the course."""

    folder: RaceFolder
    now_us: int
    who: str
    bib: str

    def come(self, role: Role = Role.DIRECTOR) -> Visitor:
        """Somebody at its pages."""
        return visitor(headquarters(self.folder, Clock(self.now_us)), role)

    def line(self, text: str) -> str:
        """What is said of a line of fast entry that cannot be kept."""
        asked = {"id": "1", "line": text, "when_us": self.now_us}
        (answer,) = self.come(Role.VOLUNTEER).post("/hand-in", lines=[asked]).json()["lines"]
        assert "kept" not in answer
        assert "\n" not in answer["problem"]
        return str(answer["problem"])

    def form(self, kind: str, **fields: str) -> str:
        """What is shown before this form is kept."""
        words = {"runner": self.who, **fields}
        answer = self.come(Role.VOLUNTEER).post("/preview", kind=kind, fields=words).json()
        return "\n".join(answer["lines"])


def race_of(preset: str, path: Path) -> Going:
    """In the middle of a race of this preset."""
    if preset == "barkley":
        folder = scene.folder(path, golden.MID_RACE_S)
        return Going(folder, scene.MID_RACE_US, "J. Kelly", "102")
    story = stories.STORIES[preset]
    folder = stories.folder(path, story, story.mid_s)
    store = folder.store()
    start = {"at": scene.START_US}
    store.add_rulings([ruling_kinds.make("start", start, "Laz", "", scene.START_US)])
    store.close()
    return Going(folder, scene.at_us(story.mid_s + 180), "Bram Birchfield", "2")


@pytest.fixture(scope="module", params=PRESETS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Going:
    return race_of(request.param, tmp_path_factory.mktemp(request.param) / "race")


@pytest.fixture(params=PRESETS)
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Going:
    return race_of(request.param, tmp_path / "race")


@pytest.fixture
def unchanged(shared: Going) -> Iterator[Going]:
    before, roster = rulings(shared.folder), (shared.folder.path / "roster.csv").read_bytes()
    yield shared
    assert rulings(shared.folder) == before
    assert (shared.folder.path / "roster.csv").read_bytes() == roster


def test_a_guessed_code(unchanged: Going) -> None:
    one = Visitor(headquarters(unchanged.folder, Clock(unchanged.now_us)))
    assert "code" in refused(one, "/in", code="guess-1234", name="Mallory")
    assert one.get("/desk").status_code == 303
    assert "who you are" in refused(one, "/keep", kind="sighting", fields={})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("999 in 3:21", "'999'"),
        ("{bib} in 99:00:00", "ahead of now"),
        ("{bib} seen 99:00:00", "ahead of now"),
        ("{bib} in 3:21 loop 9", "of none"),
        ("{bib} out loop 7 3:21", ""),
        ("{bib} 13/13 loop 9", ""),
        ("<b>x</b> in 3:21", "'<b>x</b>'"),
    ],
)
def test_a_line_that_cannot_be(unchanged: Going, line: str, said: str) -> None:
    assert said in unchanged.line(line.format(bib=unchanged.bib))


def test_a_time_before_the_start(unchanged: Going) -> None:
    """On the second day six o'clock was this morning; on the first it was before the start."""
    if unchanged.bib == "102":
        assert "before the start" in unchanged.form("sighting", at="2025-03-18T10:00:00Z")
    else:
        assert "before the start" in unchanged.line(f"{unchanged.bib} seen clock 06:00")


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("dropout", {"reason": "rtc", "at": "99:00:00"}, "ahead: it does not count before"),
        ("return", {"at": "2025-03-18T10:00:00Z"}, "5:37:00 before the start"),
        ("departure", {"loop": "9", "at": "3:00:00"}, "has no loop 9"),
        ("pages", {"loop": "9", "pages": "13/13"}, "has no loop 9"),
        ("void", {"loop": "9"}, "has no loop 9"),
    ],
)
def test_a_form_says_what_is_odd_before_it_is_kept(
    unchanged: Going, kind: str, fields: dict[str, str], said: str
) -> None:
    assert said in unchanged.form(kind, **fields)


def test_ten_megabytes_pasted(unchanged: Going) -> None:
    one = unchanged.come()
    for path, name in (("/paste", "text"), ("/roster/import", "list"), ("/understand", "text")):
        assert "2 MB" in refused(one, path, **{name: "102 in 3:21\n" * 900_000})


def test_a_request_from_another_site(unchanged: Going) -> None:
    one = unchanged.come()
    words = {"_token": one.token, "kind": "sighting", "fields": {"runner": unchanged.who}}
    headers = ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
    for header in headers:
        answer = one.client.post("/keep", json=words, headers=header)
        assert answer.status_code == 403
        assert "not asked for from a page of this race" in answer.json()["error"]
    answer = one.client.post("/keep", json={**words, "_token": "forged"})
    assert answer.status_code == 403


def test_a_form_sent_twice_and_an_hour_later(own: Going) -> None:
    one = own.come()
    moment = own.folder.read().at(own.now_us)
    item, answer = next(
        (item, answer) for item in waiting(moment) for answer in item.answers if answer.rulings
    )
    before = len(rulings(own.folder))
    for _ in range(2):
        words: dict[str, Any] = {"key": item.key, "answer": answer.label, "when_us": own.now_us}
        looked = one.post("/preview", key=item.key, answer=answer.label)
        if looked.status_code == 200:  # the page sends what it has shown
            words["rulings"] = looked.json()["rulings"]
            kept = words
        assert one.post("/keep", **kept).status_code == 200
    assert len(rulings(own.folder)) == before + len(answer.rulings)
    hour_ago = {"key": item.key, "answer": answer.label, "when_us": own.now_us - 3_600_000_000}
    assert "does not wait any more" in refused(one, "/keep", **hour_ago)


def test_a_database_that_goes_away_in_mid_ruling(own: Going) -> None:
    before = len(rulings(own.folder))
    away = headquarters(Away(own.folder.path, (2,), []), Clock(own.now_us))
    one = visitor(away, Role.VOLUNTEER)
    away.latest.view()
    seen = {"kind": "sighting", "data": {"runner": own.who, "at_s": 60.0}}
    words: dict[str, Any] = {"rulings": [seen], "when_us": own.now_us}
    assert "closed the connection" in refused(one, "/keep", **words)
    assert len(rulings(own.folder)) == before
    assert one.post("/keep", **words).status_code == 200
    assert len(rulings(own.folder)) == before + 1


def test_a_full_disk(own: Going) -> None:
    before = len(rulings(own.folder))
    one = own.come()
    long = {"runner": own.who, "at_s": 60.0, "text": "x" * 9_000}
    with small_disk((own.folder.path / "race.db").stat().st_size):
        line = refused(one, "/keep", rulings=[{"kind": "sighting", "data": long}] * 9)
        assert "disk" in line
        assert one.get("/board").status_code == 200
    assert len(rulings(own.folder)) == before
    assert one.post("/keep", rulings=[{"kind": "sighting", "data": long}]).status_code == 200


def test_taps_before_any_start_is_known_are_one_question(tmp_path: Path) -> None:
    story = stories.STORIES["backyard"]
    folder = stories.folder(tmp_path / "race", story, story.mid_s)
    one = visitor(headquarters(folder, Clock(scene.at_us(story.mid_s))), Role.DIRECTOR)
    text = one.get("/desk").text
    assert text.count("No start is logged, and runners were tapped") == 1
    assert 'href="/race#start-form"' in text
    assert "No start is known yet" in text
    assert "touch before the start" not in text
    start = {"at": iso(scene.START_US)}
    assert one.post("/keep", kind="start", fields=start).status_code == 200
    assert "No start" not in one.get("/desk").text


def test_a_new_race_says_what_comes_first(tmp_path: Path) -> None:
    story = stories.STORIES["laps"]
    folder = stories.folder(tmp_path / "race", story, -600.0)
    (folder.path / "roster.csv").unlink()
    one = visitor(headquarters(folder, Clock(scene.START_US)), Role.VOLUNTEER)
    assert "takes in a list on the page Race" in one.get("/desk").text
    assert "The desk is clear" not in one.get("/desk").text


@pytest.mark.slow
def test_a_name_with_html_in_it_is_a_name_on_every_page(browser: Browser, own: Going) -> None:
    served = Served(headquarters(own.folder, Clock(own.now_us)), beats=False)
    try:
        browser.screen(1280)
        browser.open(served.way_in(Role.DIRECTOR))
        browser.one("#name").send_keys("Laz")
        browser.one("main button").click()
        browser.until_at("/desk")
        browser.open(served.url + "race")
        browser.run("document.getElementById('new-form').open = true")
        browser.run(f"document.getElementById('n-name').value = '{HTML}'")
        browser.run("document.getElementById('n-gender').value = 'F'")
        assert browser.press("Keep it", "#new-form")
        browser.until("kept in the roster")
        for page in PAGES:
            browser.open(served.url + page.removeprefix("/"))
            if page in ("/race", "/log", "/print?what=start"):
                assert HTML in browser.text(), page
            assert browser.all("img") == [], page
            assert browser.run("return document.title") != "1"
            assert browser.complaints() == []
    finally:
        served.close()
