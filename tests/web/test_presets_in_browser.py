"""A race of each preset from roster to hand-in files through the browser only: a director, two
volunteers on phones and a viewer, while stations are tapped and plugged in. The log is the one that
the same decisions give by the command line, byte for byte; so are the files that go out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import scene
import stories
from browser import Browser
from campkit import (
    DIRECTOR,
    FIRST,
    LAPTOP,
    LISTENING,
    SECOND,
    VIEWER,
    Camp,
    Field,
    Said,
    Seat,
    downloaded,
    in_the_terminal,
)
from gate_wire import kinds
from hqkit import visitor
from stories import Post, Story
from yellowgate.cli.main import run
from yellowgate.records import EPOCH_2020_US
from yellowgate.sim import golden, script, station
from yellowgate.times import iso
from yellowgate.web.roles import Role

pytestmark = pytest.mark.slow

FORMS = ("csv", "json", "ultrasignup", "excel")


def plan(story: Story, post: Post) -> station.Plan:
    """This station of the race, virtual."""
    rows = sorted(post.rows)
    lines = [f"{golden.LEAD_S + at_s:.3f},{what},{value}" for at_s, what, value in rows]
    text = "\n".join(
        ["at_s,input,value", *lines, f"{golden.LEAD_S + story.end_s:.3f},power,on", ""]
    )
    return station.Plan(
        script.parse(text), station_id=post.number, role=post.role, drift_ppm=9.0 * post.number,
        ends_utc_us=scene.at_us(story.end_s) - EPOCH_2020_US,
        log_id=bytes.fromhex(post.log_id), first_key=f"the key of {post.number:5}".encode(),
        settings={"name": post.name},
    )  # fmt: skip


class Day:
    """One race day: who sits where, and what was decided."""

    def __init__(self, browser: Browser, story: Story, path: Path) -> None:
        self.browser, self.story = browser, story
        self.camp = Camp(path / "race", story.toml, scene.START_US - 600_000_000)
        self.field = Field([plan(story, post) for post in story.posts])
        self.laz = Seat(browser, self.camp, DIRECTOR, Role.DIRECTOR, "Laz", LAPTOP)
        self.ann = Seat(browser, self.camp, FIRST, Role.VOLUNTEER, "Ann")
        self.bob = Seat(browser, self.camp, SECOND, Role.VOLUNTEER, "Bob")
        self.eve = Seat(browser, self.camp, VIEWER, Role.VIEWER, "Eve")
        self.said: list[Said] = []

    def close(self) -> None:
        """It is over."""
        self.camp.served.close()
        self.field.close()

    def begin(self) -> None:
        """The director: the list of runners as a site wrote it, and what viewers may see."""
        laz = self.laz.come()
        laz.look("race")
        laz.fill("#list-text", signed_up(self.story))
        laz.press("Show what it changes", "#import")
        self.browser.until("Take it in")
        self.browser.until("new Ada Ashdown F, bib 1, 1973-05-01")
        laz.press("Take it in")
        self.browser.until(f"{len(self.story.people)} new, 0 changed")
        laz.look("people")
        laz.fill("#publish", "all")
        laz.press("Open it so")
        self.browser.until("Viewers see: all.")

    def starts(self, at_us: int, why: str = "") -> None:
        """The director says when the start was, in a form."""
        self.camp.is_now(max(self.camp.clock.now_us, at_us + 60_000_000))
        self.laz.look("race#start-form")
        self.laz.fill("#start-at", iso(at_us))
        self.laz.fill("#start-why", why)
        self.laz.press("Show what it changes", "[data-rule=start]")
        self.laz.keep("the start was")
        self.said.append(Said("start", (f"at={iso(at_us)}",), "Laz", why))

    def plug_in(self, until_s: float, live: str = "") -> None:
        """Play on so far, plug all stations in, and see them synced; live: what shows by itself."""
        self.field.play(until_s)
        self.camp.is_now(scene.at_us(until_s) + 180_000_000)
        self.laz.look("stations")
        with self.field.plugged() as plugged:
            self.camp.plug_in(plugged)
            self.browser.until_script(LISTENING % len(plugged))
            if live:
                self.ann.look("desk")
                self.browser.until(live)

    def somebody_else(self, title: str, typed: str, who: str) -> None:
        """Ann at the desk: none of those who are proposed, but whom she finds by a name's part."""
        self.ann.look("desk")
        self.browser.until(title)
        self.browser.one(".item a.button[href^='/find']").click()
        self.browser.until_at("/find")
        self.browser.until(title)
        self.browser.one("#q").send_keys(f"{typed}\n")
        self.browser.until(who)
        self.ann.press(who)
        self.ann.keep("record")
        self.ann.look("desk")

    def press_record(self, kind: int = kinds.PRESS, tag: str = "") -> str:
        """What people would copy from the screen: log and number of the press, or of this tag."""
        store = self.camp.folder.store()
        try:
            row = next(
                row
                for row in store.observations()
                if row.kind == kind and row.body.hex().startswith(tag)
            )
            return f"{row.log_id}:{row.seq}"
        finally:
            store.close()

    def is_the_same(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The log and the files that go out are those of the command line, with its remarks."""
        terminal = in_the_terminal(path, self.camp, self.said)
        as_of = ["--as-of", iso(self.camp.clock.now_us), "--race", str(terminal.path)]
        capsys.readouterr()
        assert run(["log", "--format", "json", *as_of]) == 0
        assert (
            capsys.readouterr().out
            == visitor(self.camp.served.hq, Role.VOLUNTEER).get("/log.json").text
        )
        for form in FORMS:
            self.ann.look("print")
            self.ann.fill("#form", form)
            self.ann.press("Look at what is missing in it")
            self.browser.until("Get the file")
            lines = [at.text for at in self.browser.all("#live li")]
            got = downloaded(self.browser, path / "files", self.browser.one("a.main").click)
            assert run(["log", "--format", form, *as_of]) == 0
            said = capsys.readouterr()
            assert got == said.out.encode(), form
            assert lines == said.err.splitlines(), form


def signed_up(story: Story) -> str:
    """The list as Excel in Europe writes it."""
    head = "Bib;Last Name;First Name;Sex;Date of Birth;City;State;Country;Tag"
    rows = [
        f"{row.bib(1)};{row.name.partition(' ')[2]};{row.name.partition(' ')[0]};{row.gender};"
        f"{row.birthdate};{row.city};{row.state};{row.country};{row.tag}"
        for row in story.people
    ]
    return "\n".join([head, *rows])


@pytest.fixture
def day(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Day]:
    made = Day(browser, stories.STORIES[request.param], tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("day", ["backyard"], indirect=True)
def test_a_backyard(day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ann, bob, browser, story = day.ann, day.bob, day.browser, day.story
    day.begin()
    day.starts(scene.START_US)
    ann.come()
    day.plug_in(story.mid_s, live="yard 4, counted")
    edda = "5 Edda Elkmont: on loop 3 since 2:00:00"
    ann.decide("Whose touch was this, 2:51:10?", edda, "record")
    bob.come()
    bob.look("entry")
    bob.enter("4 in 2:56:30", "Doyle Drybread, loop 3: paper says in 2:56:30")
    bob.enter("8 out rtc camp 2:10:00 -- cold", "Wilhelmina")
    browser.run("document.getElementById('many').open = true")
    bob.fill("#text", "6 out rtc camp 3:05:00\n7 out injured camp 2:06:00\n9 out rtc\n")
    bob.press("Keep what is clear")
    browser.until("2 lines kept")
    browser.until("1 were not understood: they stand below")
    browser.until("9")
    bob.press("Close")
    bob.enter("2 seen 3:30:00 at the creek", "Bram Birchfield was seen")  # it was bib 3
    bob.press("Undo", "#kept")
    browser.until("takes back")
    day.plug_in(story.end_s)
    ann.look("desk")
    ann.decide("Whose touch was this, 4:52:10?", "Nobody: it does not count", "record")
    press, strange = day.press_record(), day.press_record(kind=kinds.TAG, tag=stories.STRANGE)
    day.said += [
        Said("assign", (f"record={press}", "runner=Edda Elkmont", "use=in"), "Ann", "as proposed"),
        Said("paper", ("runner=Doyle", "loop=3", "in=2:56:30"), "Bob"),
        Said("dropout", ("runner=8", "reason=rtc", "at=2:10:00", "place=camp"), "Bob", "cold"),
        Said("dropout", ("runner=6", "reason=rtc", "at=3:05:00", "place=camp"), "Bob"),
        Said("dropout", ("runner=7", "reason=injured", "at=2:06:00", "place=camp"), "Bob"),
        Said("sighting", ("runner=2", "at=3:30:00", "place=the creek"), "Bob"),
        Said("undo", (), "Bob", of="sighting"),
        Said("void", (f"record={strange}",), "Ann"),
    ]
    day.eve.come()
    browser.until("6 yards")
    assert "cold" not in browser.text()
    day.is_the_same(tmp_path, capsys)
    log = json.loads(visitor(day.camp.served.hq, Role.DIRECTOR).get("/log.json").text)
    assert [(row["name"], row["loops_counted"]) for row in log["runners"][:3]] == [
        ("Ada Ashdown", 6), ("Bram Birchfield", 5), ("Clio Coldwater", 4),
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["laps"], indirect=True)
def test_six_hours_of_laps(day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ann, bob, browser, story = day.ann, day.bob, day.browser, day.story
    day.begin()
    ann.come()
    day.plug_in(story.mid_s, live="5 Edda Elkmont lap 3, counted")
    day.somebody_else("Whose touch was this, 3:35:00?", "edd", "5 Edda Elkmont")
    finn = "6 Finn Fernhollow is not accounted for"
    ann.decide(finn, "In camp now", "Finn Fernhollow is out")
    gone_us = day.camp.clock.now_us
    bob.come()
    bob.look("entry")
    bob.enter("3 in 2:45:00", "Clio Coldwater, loop 2: paper says in 2:45:00")
    day.plug_in(story.end_s)
    day.starts(scene.START_US, "by the wheel's clock")
    bob.look("entry")
    bob.enter("4 1200m -- by the wheel", "Doyle Drybread: 1200 m")
    press, gone = day.press_record(), iso(gone_us - gone_us % 1_000_000)
    day.said += [
        Said("assign", (f"record={press}", "runner=Edda"), "Ann"),
        Said("dropout", ("runner=6", "reason=missed cutoff", f"at={gone}", "place=camp"), "Ann"),
        Said("paper", ("runner=3", "loop=2", "in=2:45:00"), "Bob"),
        Said("paper", ("runner=3", "loop=3", "in=4:10:00"), "Bob"),
        Said("partial", ("runner=4", "distance_m=1200"), "Bob", "by the wheel"),
    ]
    day.eve.come()
    browser.until("30.000 km")
    day.is_the_same(tmp_path, capsys)
    log = json.loads(visitor(day.camp.served.hq, Role.DIRECTOR).get("/log.json").text)
    assert [(row["name"], row["result"]) for row in log["runners"]] == [
        ("Bram Birchfield", "30.000 km"), ("Ada Ashdown", "25.000 km"),
        ("Edda Elkmont", "25.000 km"), ("Clio Coldwater", "20.000 km"),
        ("Doyle Drybread", "16.200 km"), ("Finn Fernhollow", "10.000 km"),
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["point-to-point"], indirect=True)
def test_over_the_pass(day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ann, bob, browser, story = day.ann, day.bob, day.browser, day.story
    day.begin()
    ann.come()
    day.plug_in(story.mid_s, live="6 Finn Fernhollow Pass, counted")
    day.somebody_else("Whose touch was this, 7:00:00?", "fern", "6 Finn Fernhollow")
    bob.come()
    bob.look("entry")
    browser.run("document.getElementById('many').open = true")
    bob.fill("#text", "3 grace start leg 2 -- the marshal held her\n2 in Pass 4:40:00\n"
                      "7 out injured camp 3:30:00")  # fmt: skip
    bob.press("Keep what is clear")
    browser.until("3 lines kept")
    day.plug_in(story.end_s)
    ann.look("desk")
    ann.decide("5 Edda Elkmont is not accounted for", "In camp now", "Edda Elkmont is out")
    gone_us, press = day.camp.clock.now_us, day.press_record()
    day.said += [
        Said("assign", (f"record={press}", "runner=Finn"), "Ann"),
        Said("grace", ("runner=3", "loop=2", "for=start"), "Bob", "the marshal held her"),
        Said("paper", ("runner=2", "loop=2", "in=4:40:00"), "Bob"),
        Said("dropout", ("runner=7", "reason=injured", "at=3:30:00", "place=camp"), "Bob"),
        Said(
            "dropout",
            (
                "runner=5", "reason=missed cutoff", f"at={iso(gone_us - gone_us % 1_000_000)}",
                "place=camp",
            ),
            "Ann",
        ),
    ]  # fmt: skip
    day.eve.come()
    browser.until("11:59:00")
    day.is_the_same(tmp_path, capsys)
    log = json.loads(visitor(day.camp.served.hq, Role.DIRECTOR).get("/log.json").text)
    assert [(row["name"], row["result"]) for row in log["runners"][:4]] == [
        ("Ada Ashdown", "8:00:00"), ("Bram Birchfield", "9:00:00"),
        ("Finn Fernhollow", "10:30:00"), ("Clio Coldwater", "11:59:00"),
    ]  # fmt: skip
