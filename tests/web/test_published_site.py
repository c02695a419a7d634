"""The static site in a real browser, written as `gate publish` does."""

from __future__ import annotations

from pathlib import Path

import pytest
import scene
from browser import Browser, check_page
from yellowgate.cli import publish
from yellowgate.cli.context import RaceFolder
from yellowgate.errors import GateError
from yellowgate.sim import golden


def opened(folder: RaceFolder, what: str) -> None:
    """The director opens this."""
    path = folder.path / "race.toml"
    text = path.read_text()
    for old in ("nothing", "names and loops", "all"):
        text = text.replace(f'publish = "{old}"', f'publish = "{what}"')
    path.write_text(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    """The golden scene in the morning."""
    return scene.folder(tmp_path_factory.mktemp("published") / "race", golden.MID_RACE_S)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_page_asks_nobody_and_is_legible(
    browser: Browser, folder: RaceFolder, tmp_path: Path, width: int, dark: bool
) -> None:
    opened(folder, "all")
    publish.write_site(folder, tmp_path, scene.MID_RACE_US)
    url = (tmp_path / "index.html").as_uri()
    browser.screen(width, dark)
    browser.open(url)
    assert "J. Kelly" in browser.text() and "9:37:11" in browser.text()
    assert "the newest word" in browser.text()
    check_page(browser, url)


def test_only_what_is_opened_is_written_and_only_when_it_changed(
    folder: RaceFolder, tmp_path: Path
) -> None:
    opened(folder, "nothing")
    with pytest.raises(GateError, match="opens nothing to the public"):
        publish.write_site(folder, tmp_path / "site", scene.MID_RACE_US)
    assert not (tmp_path / "site").exists()
    opened(folder, "names and loops")
    said = publish.write_site(folder, tmp_path / "site", scene.MID_RACE_US)
    assert said.endswith("index.html and results.json written")
    assert publish.write_site(folder, tmp_path / "site", scene.MID_RACE_US) == ""
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == [
        "index.html", "results.json",
    ]  # fmt: skip
    assert "9:37:11" not in (tmp_path / "site" / "index.html").read_text()
    with pytest.raises(GateError, match="is a race folder"):
        publish.write_site(folder, folder.path, scene.MID_RACE_US)


def test_it_goes_on_when_the_race_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(["site: index.html written", GateError("race.db is locked"), ""])
    rounds = iter(range(3))

    def write() -> str:
        answer = next(answers)
        if isinstance(answer, GateError):
            raise answer
        return answer

    def wait() -> None:
        if next(rounds, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish.follow(write, wait)
    captured = capsys.readouterr()
    assert captured.out == "site: index.html written\n"
    assert captured.err == "race.db is locked; what was written before stays\n"
