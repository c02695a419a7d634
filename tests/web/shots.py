"""Pictures of every page of race HQ, to be looked at: PNG of the screens, PDF of what is printed.

    python tests/web/shots.py OUT [--only NAME]...     all pages, by day and night, at three widths
    python tests/web/shots.py --desk FILE.png          the desk of the golden scene, for the README

The races are those of the golden scene and of stories.py, in the middle and at the end.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scene
import stories
from browser import Browser
from hqkit import Clock, Served, headquarters
from yellowgate.cli.context import RaceFolder
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.web.roles import Role

WIDTHS = (390, 1280, 1920)
HEIGHT_MAX = 2600
PAGES = (
    "desk", "board", "find?q=a", "entry", "runner?who={who}", "race", "stations", "log", "screen",
    "print", "people", "results", "file?form=csv&look=1", "in",
)  # fmt: skip
PRINTED = ("out", "start", "loops", "forms", "results")
PAPERS = ("A4", "letter")
DESK = (1180, 720)  # what the README shows
DESK_S = 23 * 3600 + 50 * 60  # after the start: two have just come in from their second loop
WHO = {"barkley": "J. Kelly", "backyard": "Edda Elkmont", "laps": "Clio Coldwater"}


def races(where: Path) -> Iterator[tuple[str, RaceFolder, int]]:
    """Name, folder, and the moment that is shown."""
    yield (
        "barkley",
        scene.folder(where / "barkley", golden.MID_RACE_S, golden.MID_RACE_S - 7200),
        scene.MID_RACE_US,
    )
    yield "barkley-end", scene.folder(where / "end"), scene.END_US
    for name, story in stories.STORIES.items():
        made = stories.folder(where / name, story, story.mid_s)
        if name == "backyard":
            store = made.store()
            start = {"at": scene.START_US}
            store.add_rulings([ruling_kinds.make("start", start, "Laz", "", scene.START_US)])
            store.close()
        yield name.replace(" ", "-"), made, scene.at_us(story.mid_s)


@contextmanager
def served(folder: RaceFolder, now_us: int) -> Iterator[Served]:
    """Its HQ."""
    made = Served(headquarters(folder, Clock(now_us)), beats=False)
    made.hq.access.codes.update({Role.DIRECTOR: "gate-open-now", Role.VOLUNTEER: "pages-thirteen"})
    try:
        yield made
    finally:
        made.close()


def come(browser: Browser, hq: Served) -> None:
    """In as the director."""
    browser.open(hq.way_in(Role.DIRECTOR))
    browser.one("#name").send_keys("Laz")
    browser.one("main button").click()
    browser.until_at("/desk")


def shoot(browser: Browser, path: Path, height: int = 0) -> None:
    """What is shown now, down to its end. height: so much of it."""
    whole = min(HEIGHT_MAX, int(browser.run("return document.documentElement.scrollHeight")))
    width = int(browser.run("return window.innerWidth"))
    clip = {"x": 0, "y": 0, "width": width, "height": height or whole, "scale": 1}
    told = browser.driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
    )
    path.write_bytes(base64.b64decode(told["data"]))


def pages(browser: Browser, hq: Served, name: str, out: Path) -> None:
    """Every page of this race."""
    who = WHO.get(name.removesuffix("-end"), "Clio Coldwater")
    for width in WIDTHS:
        for is_dark in (False, True):
            for page in PAGES:
                browser.screen(width, is_dark)
                browser.open(hq.url + page.format(who=who))
                browser.run(
                    "document.querySelectorAll('#start-form').forEach(at => at.open = true)"
                )
                word = page.partition("?")[0]
                shoot(browser, out / f"{name}-{word}-{width}-{'night' if is_dark else 'day'}.png")
    browser.screen(1280)
    for paper in PAPERS:
        for what in PRINTED:
            data = browser.pdf(f"{hq.url}print?what={what}&paper={paper}")
            (out / f"{name}-print-{what}-{paper}.pdf").write_bytes(data)
        data = browser.pdf(f"{hq.url}print?what=runner&who={who}&paper={paper}")
        (out / f"{name}-print-runner-{paper}.pdf").write_bytes(data)
        (out / f"{name}-print-log-{paper}.pdf").write_bytes(browser.pdf(f"{hq.url}log"))


def desk(browser: Browser, where: Path, out: Path) -> None:
    """The desk when two come in at once and one is missing, as the README shows it."""
    folder = scene.folder(where, DESK_S, DESK_S - 7200, DESK_S - 3600)
    with served(folder, scene.at_us(DESK_S)) as hq:
        browser.screen(DESK[0], dark=True)
        come(browser, hq)
        shoot(browser, out, DESK[1])


def main() -> None:
    """As the words say."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("out", type=Path, nargs="?")
    words.add_argument("--desk", type=Path)
    words.add_argument("--only", action="append", default=[])
    given = words.parse_args()
    browser = Browser()
    with tempfile.TemporaryDirectory() as folder:
        if given.desk:
            desk(browser, Path(folder), given.desk)
        if given.out:
            given.out.mkdir(parents=True, exist_ok=True)
            for name, made, now_us in races(Path(folder)):
                if given.only and name not in given.only:
                    continue
                with served(made, now_us) as hq:
                    browser.screen(1280)
                    come(browser, hq)
                    pages(browser, hq, name, given.out)
    browser.close()


if __name__ == "__main__":
    main()
