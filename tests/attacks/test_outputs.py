"""What others wrote: no terminal, no page and no spreadsheet obeys it, in any output."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser

import hqkit
import pytest
from attackkit import (
    ADA,
    BRAM,
    LOG,
    NOBODY,
    SENDER,
    START_US,
    STATION,
    VOLUNTEER,
    Attack,
    Scene,
    attack,
    attacks,
    change,
)
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.log import FORMATS
from yellowgate.cli.printing import WHATS
from yellowgate.redact import as_meant, for_spreadsheet, on_one_line, plain
from yellowgate.web import app as apps
from yellowgate.web.roles import Role

TERMINAL, PAGE, SHEET = "terminal", "pages", "spreadsheets"
ESC = "\x1b]0;owned\x07\x1b[2J\x1b[31m"
BIDI = "\u202egpj.exe\u2066"
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUOTE = '","=1+1","'
FORMULA = '=HYPERLINK("http://x","y")'
HOSTILE = (ESC, BIDI, HTML, QUOTE, FORMULA, "+1+cmd", "-2+3+cmd", "@SUM(1)", "\uff1d1+1")
NUMBER = re.compile(r"[-+]?[0-9][0-9:.,]*")


def obeyed(text: str) -> list[str]:
    """Signs in a text that a terminal would obey, or that turn what is read."""
    return sorted(
        {
            sign
            for sign in text.replace("\r\n", "\n")
            if sign not in "\n\t" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        }
    )


def computed(text: str) -> list[str]:
    """Cells of a CSV text that a spreadsheet would compute."""
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    return [cell for cell in cells if for_spreadsheet(cell) != cell and not NUMBER.fullmatch(cell)]


class Tags(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [name for name, _ in attrs if name.startswith("on")]
        self.found += [tag] if tag in ("img", "iframe", "object") else []


def spread(scene: Scene, words: str) -> None:
    """These words wherever others may write some: names, towns, classes, rulings, race.toml."""
    scene.write("Test", classes='["Team"]')
    (scene.race / "roster.csv").unlink()
    for bib in (f"{words}7", "101"):  # what cannot be a bib is refused as one
        rows = [
            ["name", "gender", "tag", "bib", "city", "Team"],
            [f"{words} One", "F", ADA, bib, words, words],
            [f"Two {words}", "M", BRAM, "102", f"{words},", words],
        ]
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        (scene.folder / "hostile.csv").write_text(out.getvalue())
        if scene.here("roster", "import", scene.folder / "hostile.csv", "--yes").code == 0:
            break
    for kind, data in (
        ("sighting", ("runner=102", "at=0:40:00", f"place={words}", f"text={words}")),
        ("dropout", ("runner=102", "at=1:59:00", f"reason={words}", f"place={words}")),
        ("paper", ("runner=102", "loop=3", "in=1:35:10", f"remark={words}")),
    ):
        scene.here("ruling", "add", kind, *data, "--by", words or "x", "--why", words)


COMMANDS = (
    ("log",), ("verify",), ("verify", "--json"), ("clock",), ("board", "--once", "--all"),
    ("ruling", "list"), ("ruling", "list", "--json"), ("ruling", "kinds"),
    ("ruling", "proposals"), ("roster", "list"),
    ("runner", "102"), ("print", "out", "--output", "PAGE"),
    ("print", "results", "--output", "PAGE"),
    ("log", "--diff", "2025-03-18T16:00:00Z", "2030-01-01T00:00:00Z"),
)  # fmt: skip


@attacks(
    [
        Attack(TERMINAL, SENDER, f"names, towns, rulings with {what}", "no output has it", words)
        for what, words in (("control codes", ESC), ("marks that turn the line", BIDI))
    ]
)
def test_no_output_is_obeyed_by_a_terminal(scene: Scene, attack: Attack) -> None:
    spread(scene, f"x{attack.do}")
    for words in COMMANDS:
        ran = scene.here(*(scene.folder / "page.html" if one == "PAGE" else one for one in words))
        assert obeyed(ran.out + ran.err) == [], words
        assert "gpj.exe" not in ran.out or BIDI not in ran.out
    for form in FORMATS:
        ran = scene.here("log", "--format", form)
        assert obeyed(ran.out.lstrip("\ufeff") + ran.err) == [], form


@attacks(
    [
        Attack(SHEET, SENDER, f"cells that begin with {words[0]!r}", "none is computed", words)
        for words in (FORMULA, "+1+cmd", "-2+3+cmd", "@SUM(1)", "\uff1d1+1", f"x{QUOTE}")
    ]
)
def test_no_cell_is_computed(scene: Scene, attack: Attack) -> None:
    spread(scene, attack.do)
    for form in ("csv", "touches", "paper", "excel", "duv", "runsignup", "ultrasignup"):
        ran = scene.here("log", "--format", form)
        assert ran.code == 0 or ran.is_one_line, (form, ran.err)
        assert computed(ran.out) == [], form
    assert computed((scene.race / "roster.csv").read_text()) == []
    names = [
        row["name"] for row in json.loads(scene.here("log", "--format", "json").out)["runners"]
    ]
    assert f"{attack.do} One" in names, "our own list gives the name back as it was"


@attack(PAGE, SENDER, "markup in names, rulings, race.toml", "it is text on every page")
def test_no_page_obeys(scene: Scene) -> None:
    spread(scene, HTML)
    text = (scene.race / "race.toml").read_text()
    named = text.replace("name = 'Test'", f"name = '{HTML}'").replace("publish =", "# publish =")
    (scene.race / "race.toml").write_text(named.replace("[race]", '[race]\npublish = "all"', 1))
    pages = [scene.here("log", "--format", "html").out]
    assert scene.here("publish", scene.folder / "site").code == 0
    pages += [path.read_text() for path in (scene.folder / "site").glob("*.html")]
    for what in WHATS:
        file = scene.folder / f"{what}.html"
        words = ("print", what, *(["102"] if what == "runner" else []), "--output", file)
        assert scene.here(*words).code == 0
        pages.append(file.read_text())
    hq = hqkit.headquarters(RaceFolder(scene.race), hqkit.Clock(START_US + 7_200_000_000))
    director = hqkit.visitor(hq, Role.DIRECTOR, "<script>alert(1)</script>")
    answers = [director.get(spec.path) for spec in apps.SPECS if not spec.is_change]
    assert len(answers) > 10
    pages += [one.text for one in answers if one.text.lstrip().startswith("<!")]
    assert len(pages) > len(WHATS) + 5
    for text in pages:
        assert "<script>alert" not in text and Tags(text).found == []
    assert sum("alert(1)" in text for text in pages) > len(WHATS) // 2


def test_what_goes_to_a_pipe_is_what_goes_to_a_file(scene: Scene) -> None:
    for form in FORMATS:
        file = scene.folder / f"out.{form}"
        if scene.here("log", "--format", form, "--output", file).code == 0 and form != "itra":
            as_of = ("--as-of", "2030-01-01T00:00:00Z")
            scene.ok("log", "--format", form, "--output", file, "--race", scene.race, *as_of)
            assert scene.here("log", "--format", form, *as_of).out == file.read_bytes().decode()


@attack(TERMINAL, VOLUNTEER, "a ruling with control codes, by merge", "refused")
def test_rulings_that_come_are_clean(scene: Scene) -> None:
    from yellowgate.model import Ruling

    file, opened = scene.empty()
    with opened as store:
        store.add_rulings([Ruling(5, "Laz", ESC, "sighting", {"runner": "Ada", "at": 5})])
    ran = scene.here("merge", file)
    assert ran.is_one_line and "control characters" in ran.err and obeyed(ran.err) == []


@attack(TERMINAL, NOBODY, "race.toml and files with control codes in their names", "one clean line")
def test_names_in_errors_are_clean(scene: Scene) -> None:
    name = scene.folder / f"no{ESC}file"
    for words in (("import", name), ("merge", name), ("roster", "import", name)):
        ran = scene.here(*words)
        assert ran.code in (1, 2) and obeyed(ran.err) == [], words
    (scene.race / "race.toml").write_text(f'[race]\nname = "x"\n"{BIDI}" = 1\n')
    ran = scene.here("log")
    assert ran.is_one_line and obeyed(ran.err) == []


@attack(TERMINAL, STATION, "a station that greets with control codes", "its name is shown clean")
def test_what_a_station_says_is_clean(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    from yellowgate.cli.context import console, echo
    from yellowgate.cli.sync import sync_table
    from yellowgate.link.sync import SyncResult

    capsys.readouterr()
    console().print(sync_table([SyncResult("virtual://", 1, "gate", f"gate{ESC}{BIDI}", LOG)]))
    echo(f"gate{ESC}{BIDI}")
    said = capsys.readouterr().out
    assert "gate" in said and obeyed(said) == []


@attack(SHEET, SENDER, "the race's own list opened in a spreadsheet and saved", "names stay")
def test_what_a_spreadsheet_keeps_a_text_is_read_as_meant() -> None:
    for words in HOSTILE:
        one = on_one_line(words)
        assert as_meant(str(for_spreadsheet(one))) == one
        assert obeyed(plain(words)) == []
    assert as_meant("'t Hooft") == "'t Hooft"


@attack("race.db", VOLUNTEER, "rows whose texts are SQL", "they are texts")
def test_texts_are_no_statements(scene: Scene) -> None:
    words = "x'); DROP TABLE rulings; --"
    assert (
        scene.here("ruling", "add", "sighting", "runner=101", "at=0:30:00", f"text={words}").code
        == 0
    )
    assert scene.here("ruling", "list").out.count("DROP TABLE") == 1
    file = change(scene.other(), 'UPDATE log_stations SET log_id = "\'; DROP TABLE tips; --"')
    assert scene.here("merge", file).is_one_line and scene.here("ruling", "list").code == 0
