"""Pages to print in a real browser: how many sheets on either paper, and what stands there."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))

import sample_log
import scene
import stories
from browser import Browser, check_page
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.cli.printing import WHATS
from yellowgate.desk.subjects import subjects
from yellowgate.event import headings, race_toml
from yellowgate.event.preset_text import preset_toml
from yellowgate.event.table_file import csv_rows
from yellowgate.event.table_rows import Table
from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import printing
from yellowgate.report.forms import bib_order
from yellowgate.report.printing import Paper, Subject, What
from yellowgate.sim import golden
from yellowgate.times import US

STATES = ("on course", "in camp", "overdue", "lost")
SIZES = {"A4": ("594.95", "841.9"), "letter": ("612", "792")}


def forty(preset: str = "barkley", letters: int = 12) -> Subject:
    """Forty runners in all states, with names of so many letters; each loop has its own bibs."""
    file = race_toml.parse(preset_toml(preset, "Forty <b>", "Europe/Berlin"))
    people = [
        Runner(
            f"{'Mary-Ann Wolfeschlegelsteinhausen'[: letters - 3].strip()} {at:02}", "FM"[at % 2],
            "" if at % 3 else f"04a1{at:010x}",
            {loop: str(loop * 100 + (at * 7) % 40) for loop in range(1, 6)},
            birthdate="1985-03-19", city="Llanfairpwllgwyngyll", country="GBR",
        )
        for at in range(40)
    ]  # fmt: skip
    lines = tuple(_line(row, STATES[at % 4]) for at, row in enumerate(people))
    log = replace(sample_log.sample(), runners=lines, preset=preset, race=file.name)
    return Subject(log, file, people, Runner.bib)


def _line(who: Runner, state: str) -> sample_log.RunnerLog:
    loops = (sample_log.loop(1, 0.0, 39_000.5, bib=who.bib(1)),
             sample_log.loop(2, 40_000.0, None, bib=who.bib(2)))  # fmt: skip
    return sample_log.runner(
        who.name, who.gender, loops, status="on course" if state == "lost" else state,
        accounted=state != "lost", bib=who.bib(2), loop_now=2, since_us=40_000 * US,
        last_seen_us=52_000 * US, last_seen_place="fire tower", next_cutoff_us=96_000 * US,
        place=1, place_gender=1,
    )  # fmt: skip


def sheets(pdf: bytes) -> int:
    """Its pages."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def printed(browser: Browser, folder: Path, what: What, subject: Subject, paper: Paper) -> bytes:
    path = folder / f"{what}.html"
    path.write_text(printing.page(what, [subject], paper))
    pdf = browser.pdf(path.as_uri())
    check_page(browser, path.as_uri())
    return pdf


@pytest.mark.parametrize("paper", ["A4", "letter"])
@pytest.mark.parametrize("letters", [12, 36])
def test_forty_runners_are_one_sheet(
    browser: Browser, tmp_path: Path, paper: Paper, letters: int
) -> None:
    subject = forty(letters=letters)
    browser.screen(1000)
    counts: dict[What, int] = {"out": 1, "start": 1, "loops": 2}
    for what, count in counts.items():
        pdf = printed(browser, tmp_path, what, subject, paper)
        assert sheets(pdf) == count, what
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert box is not None
        sizes = zip(SIZES[paper], box.groups(), strict=True)
        assert all(found.decode().startswith(wanted) for wanted, found in sizes), box


def test_a_bib_stands_before_every_name(browser: Browser, tmp_path: Path) -> None:
    subject = forty()
    whats: tuple[What, ...] = ("out", "start", "loops", "forms", "results")
    for what in whats:
        printed(browser, tmp_path, what, subject, "A4")
        text = browser.text()
        for row in subject.people:
            assert re.search(rf"\d{{3}}\s+{re.escape(row.name)}|{re.escape(row.name)}\s+\d{{3}}",
                             text), (what, row.name)  # fmt: skip
        assert "Forty <b>" in text


def test_who_is_out_there_has_a_box_for_each_and_the_lost_on_top(
    browser: Browser, tmp_path: Path
) -> None:
    printed(browser, tmp_path, "out", forty(), "A4")
    text = browser.text()
    assert len(browser.all(".box i")) == 40
    titles = ["Not accounted for (10)", "Overdue (10)", "On course (10)", "In camp (10)"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    bibs = [row.text for row in browser.all("tr:not(.group) td.bib")]
    groups = [bibs[at : at + 10] for at in range(0, 40, 10)]
    assert all(group == sorted(group, key=bib_order) for group in groups)


def test_results_have_rulings_doubts_and_a_place_to_sign(browser: Browser, tmp_path: Path) -> None:
    log = sample_log.sample()
    file = race_toml.parse(preset_toml("barkley", "Sample", "UTC"))
    subject = Subject(log, file, sample_log.roster(), Runner.bib)
    pdf = printed(browser, tmp_path, "results", subject, "letter")
    text = browser.text()
    assert sheets(pdf) == 1
    for words in ("54:10:02", "1 ruling in force", "counted", "Laz", "1 touch has no name",
                  "over by 0:02:00, doubtful", "Race director", "Bram <b>Bold</b>"):  # fmt: skip
        assert words in text, words


CUT = """return [...document.querySelectorAll("td, th")].filter(
  at => /\\d/.test(at.innerText) && at.scrollWidth > at.clientWidth && !at.matches(".one")
).map(at => at.innerText)"""


@pytest.mark.parametrize("paper", ["A4", "letter"])
def test_no_time_on_paper_is_cut_off(browser: Browser, tmp_path: Path, paper: Paper) -> None:
    """In any preset, with as many loops as have columns of their own."""
    wide_mm, high_mm = (210, 297) if paper == "A4" else (216, 279)
    for story in stories.STORIES.values():
        folder = stories.folder(tmp_path / story.preset, story, story.end_s)
        moment = folder.read().at(scene.at_us(story.end_s))
        for what in ("out", "start", "loops", "forms", "results"):
            path = tmp_path / "page.html"
            path.write_text(printing.page(what, subjects(moment.events()), paper))
            is_wide = 'class="sheet wide"' in path.read_text()
            browser.paper(round(((high_mm if is_wide else wide_mm) - 22) / 25.4 * 96))
            browser.open(path.as_uri())
            assert browser.run(CUT) == [], (story.preset, what)


def test_the_log_of_one_runner(browser: Browser, tmp_path: Path) -> None:
    log = sample_log.sample()
    file = race_toml.parse(preset_toml("barkley", "Sample", "UTC"))
    people = [*sample_log.roster(), Runner("K. Halpin", "F", bibs={0: "101"})]
    subject = Subject(log, file, people, Runner.bib, "K. Halpin")
    assert sheets(printed(browser, tmp_path, "runner", subject, "A4")) == 1
    text = browser.text()
    for words in ("101 K. Halpin", "13:22:00", "over by 0:02:00", "Gate record 1", "at tower",
                  "missed cutoff", "its bound of 0.2 s reaches the cutoff"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("preset", race_toml.PRESETS)
def test_what_is_written_on_a_form_comes_in_as_a_sheet(preset: str) -> None:
    """The headings are those that gate import knows."""
    subject = forty(preset)
    made = printing.forms_of(subject)
    assert made
    for form in made:
        assert len(form.rows) == 42  # two lines are free
        assert [row[0] for row in form.rows[:40]] == sorted(
            (row[0] for row in form.rows[:40]), key=bib_order
        )
        if form.kind == "grid":
            continue
        header = ",".join(["bib", "runner", "loop", *form.heads])
        table = Table(list(csv_rows(header)))
        head, _ = headings.find(table, headings.SHEET)
        assert {"bib", "name", "loop", "remark"} <= set(head.columns), head
        assert "in" in head.columns or "seen" in header


def test_forms_of_a_race_before_its_start_are_of_the_first_loop() -> None:
    subject = forty()
    waiting = tuple(
        replace(line, loops=(), status="not started", loop_now=0) for line in subject.log.runners
    )
    log = replace(subject.log, runners=waiting, start_us=None, state="not started")
    titles = [form.title for form in printing.forms_of(replace(subject, log=log))]
    assert titles == ["Gate, loop 1", "Fire tower, loop 1"]
    later = printing.forms_of(replace(subject, log=log, loop=3))
    assert [form.title for form in later] == ["Gate, loop 3", "Fire tower, loop 3"]
    assert "in by 40:00:00" in later[0].about


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    """The golden scene in the morning."""
    return scene.folder(tmp_path_factory.mktemp("print") / "race", golden.MID_RACE_S)


def test_the_command_knows_every_page() -> None:
    assert get_args(What) == WHATS == tuple(printing.TITLES)


def test_the_command(
    folder: RaceFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def gate(*words: str) -> tuple[int, str, str]:
        code = run(["print", *words, "--race", str(folder.path), "--as-of", "2025-03-19T12:00:00Z"])
        said = capsys.readouterr()
        return code, said.out, said.err

    for what in ("out", "start", "loops", "forms", "results"):
        path = tmp_path / f"{what}.html"
        code, out, _ = gate(what, "--output", str(path))
        assert (code, out) == (0, f"{path}: written, for Letter; print it from a browser\n")
        assert "J. Kelly" in path.read_text()
    path = tmp_path / "kelly.html"
    assert gate("runner", "102", "--paper", "a4", "--output", str(path))[0] == 0
    assert "102 J. Kelly" in path.read_text()
    assert "size:A4 portrait" in path.read_text()
    for words, code, said in (
        (("runner",), 2, "say whose log"),
        (("out", "17"), 2, "leave out 17"),
        (("out", "--loop", "2"), 2, "--loop is for forms"),
        (("runner", "nobody"), 1, "nobody"),
    ):
        assert gate(*words)[0] == code
        assert said in gate(*words)[2]


def empty() -> OfficialLog:
    """A race that nobody runs yet."""
    return replace(sample_log.sample(), runners=(), start_us=None, rulings=(), unassigned=())


@pytest.mark.parametrize("what", ["out", "start", "loops", "forms", "results"])
def test_a_race_without_runners_is_a_page_all_the_same(what: What) -> None:
    file = race_toml.parse(preset_toml("barkley", "Sample", "UTC"))
    assert "</html>" in printing.page(what, [Subject(empty(), file, [], Runner.bib)], "A4")
