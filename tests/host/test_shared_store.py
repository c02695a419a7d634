"""Which store a race folder works on: race.db, [store] of race.toml, or the environment's."""

from __future__ import annotations

from pathlib import Path

import pytest
from gatekit import Gate
from test_store import tap
from yellowgate.event import race_toml
from yellowgate.store.store import Store


def _shared(race: Path, url: str) -> None:
    file = race / "race.toml"
    file.write_text(f'{file.read_text()}\n[store]\nurl = "{url}"\n')


def test_without_it_the_records_are_in_the_folder() -> None:
    assert race_toml.parse("").store_url == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("url = 5", "must be a text"),
        ('url = "camp:s3cret"', "must be a database's URL"),
        ('urll = "x://y"', "did you mean 'url'?"),
    ],
)
def test_what_is_no_url_is_refused_in_one_line_without_it(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^race\.toml: ") as caught:
        race_toml.parse(f"[store]\n{text}\n")
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_two_folders_share_the_store_of_race_toml(gate: Gate, race: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.db"
    _shared(race, f"sqlite:///{shared}")
    other = Store.file(tmp_path / "other.db")
    other.add_observations([tap(0), tap(1)])
    code, _, errors = gate("merge", tmp_path / "other.db", "--race", race)
    assert code == 0, errors
    assert len(Store.file(shared).observations()) == 2
    assert Store.file(race / "race.db").observations() == []
    assert gate("board", "--once", "--race", race)[0] == 0


def test_the_environment_stands_above_race_toml(
    gate: Gate, race: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shared(race, "postgresql+psycopg://gate:s3cret@127.0.0.1:1/race")
    code, _, errors = gate("log", "--race", race)
    assert code == 1
    assert "s3cret" not in errors
    monkeypatch.setenv("YELLOWGATE_STORE", f"sqlite:///{tmp_path / 'here.db'}")
    assert gate("log", "--race", race)[0] == 0
