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


def written(folder: RaceFolder, place: Path) -> str:
    """What `gate publish` says."""
    return publish.publish_once(folder, publish.publication(str(place)))


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
    written(folder, tmp_path)
    url = (tmp_path / "index.html").as_uri()
    browser.screen(width, dark)
    browser.open(url)
    assert "J. Kelly" in browser.text() and "9:37:11" in browser.text()
    assert "the newest word" in browser.text()
    check_page(browser, url)


def test_only_what_is_opened_is_written_and_only_when_it_changed(
    folder: RaceFolder, tmp_path: Path
) -> None:
    place = tmp_path / "site"
    opened(folder, "nothing")
    with pytest.raises(GateError, match="opens nothing to the public"):
        written(folder, place)
    assert not place.exists()
    opened(folder, "names and loops")
    assert written(folder, place).endswith("results.json and index.html published")
    assert written(folder, place) == ""
    assert sorted(path.name for path in place.iterdir()) == ["index.html", "results.json"]
    assert "9:37:11" not in (place / "index.html").read_text()
    with pytest.raises(GateError, match="is a race folder"):
        written(folder, folder.path)


def test_what_is_closed_is_taken_down(folder: RaceFolder, tmp_path: Path) -> None:
    opened(folder, "all")
    written(folder, tmp_path)
    opened(folder, "nothing")
    assert written(folder, tmp_path).endswith("taken down")
    for name in ("index.html", "results.json"):
        assert "Kelly" not in (tmp_path / name).read_text()
    assert "Nothing is shown here" in (tmp_path / "index.html").read_text()
    assert written(folder, tmp_path) == ""


def test_it_goes_on_when_race_or_link_are_down_and_says_so_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    down = GateError("sftp://laz@x: the link broke")
    answers = iter(["12:00:00 site: index.html published", down, down, "", "", down, "12:02:30 x"])

    def step() -> str:
        answer = next(answers)
        if isinstance(answer, GateError):
            raise answer
        return answer

    rounds = iter(range(7))

    def wait() -> None:
        if next(rounds, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish.follow(step, wait)
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "12:00:00 site: index.html published",
        "it goes again; nothing has changed in between",
        "12:02:30 x",
    ]
    assert captured.err == "sftp://laz@x: the link broke; going on\n" * 2
