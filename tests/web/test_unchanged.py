"""A page that is as it was is answered at once; as soon as it is another, that one is."""

from __future__ import annotations

from pathlib import Path

import pytest
import scene
from hqkit import Clock, headquarters, visitor
from yellowgate.cli.context import RaceFolder
from yellowgate.model import Ruling
from yellowgate.sim import golden
from yellowgate.web.headquarters import DOCUMENT_S, Headquarters
from yellowgate.web.pieces import State
from yellowgate.web.render import Pages
from yellowgate.web.roles import Role


@pytest.fixture
def folder(tmp_path: Path) -> RaceFolder:
    return scene.folder(tmp_path / "race", golden.MID_RACE_S)


@pytest.fixture
def clock() -> Clock:
    return Clock(scene.MID_RACE_US)


@pytest.fixture
def hq(folder: RaceFolder, clock: Clock) -> Headquarters:
    return headquarters(folder, clock)


class Noted(Pages):
    """Each document that is made."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.utc_us, is_still=False)
        self.made: list[str] = []

    def document(self, title: str, role: Role, page: str, about: str, state: State) -> str:
        self.made.append(page)
        return super().document(title, role, page, about, state)


@pytest.fixture
def pages(hq: Headquarters, clock: Clock) -> Noted:
    hq.pages = Noted(clock)
    return hq.pages


def test_it_is_made_once_and_again_when_it_changed(
    hq: Headquarters, pages: Noted, folder: RaceFolder
) -> None:
    ann = visitor(hq, Role.VOLUNTEER)
    first = ann.get("/desk")
    for _ in range(3):
        same = ann.get("/desk", **{"If-None-Match": first.headers["etag"]})
        assert same.status_code == 304
    assert pages.made == ["desk"]
    store = folder.store()
    store.add_rulings([Ruling(scene.MID_RACE_US - 5, "Bob", "at dawn", "conch", {"at": 5})])
    store.close()
    hq.changed()
    after = ann.get("/desk", **{"If-None-Match": first.headers["etag"]})
    assert after.status_code == 200
    assert "at dawn" in after.text
    assert pages.made == ["desk"] * 2


def test_its_clocks_are_never_old(hq: Headquarters, pages: Noted, clock: Clock) -> None:
    ann = visitor(hq, Role.VOLUNTEER)
    ann.get("/board")
    clock.go(DOCUMENT_S + 1)
    ann.get("/board")
    assert pages.made == ["board"] * 2


def test_each_role_is_given_its_own_and_each_address_its_own(hq: Headquarters) -> None:
    laz, ann = visitor(hq, Role.DIRECTOR), visitor(hq, Role.VOLUNTEER)
    assert laz.get("/race").status_code == 200
    assert ann.get("/race").status_code == 403
    assert 'href="/people"' in laz.get("/desk").text
    assert 'href="/people"' not in ann.get("/desk").text
    women = ann.get("/board?only=F").text
    assert ann.get("/board?only=F").text == women
    assert ann.get("/board").text != women
