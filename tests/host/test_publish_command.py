"""gate publish into a web space, as it is called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from gatekit import Gate

sys.path.insert(0, str(Path(__file__).parent.parent / "publish"))

import servers


def opened(race: Path, what: str) -> None:
    """The director opens this."""
    path = race / "race.toml"
    path.write_text(path.read_text().replace('publish = "nothing"', f'publish = "{what}"'))


def test_a_race_goes_to_a_web_space_and_is_taken_down(
    race: Path, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.webdav(tmp_path / "dav") as server:
        url = f"http://{servers.USER}@{servers.HOST}:{server.port}/site"
        assert gate("publish", url, "--race", race)[0] == 1  # nothing is open
        opened(race, "names and loops")
        code, _, said = gate("publish", url, "--race", race)
        assert (code, server.files()) == (1, {})
        assert "takes neither user nor password" in said
        monkeypatch.setenv("YELLOWGATE_PUBLISH_PASSWORD", servers.PASSWORD)
        code, out, said = gate("publish", url, "--race", race)
        assert code == 0
        assert f"{url}: results.json and index.html published" in out
        assert "not encrypted" in said
        assert servers.PASSWORD not in out + said
        assert b"Ada Ashdown" in server.files()["index.html"]
        assert b"04a101c1d25e80" not in b"".join(server.files().values())
        assert gate("publish", url, "--close", "--race", race)[1] == f"{url}: taken down\n"
        assert b"Ada" not in b"".join(server.files().values())


def test_wrong_places_are_one_line(race: Path, gate: Gate) -> None:
    opened(race, "all")
    for url, words in (
        ("sftp://me:hush@example.org/x", "YELLOWGATE_PUBLISH_PASSWORD"),
        ("s3://bucket", "aws s3 sync"),
    ):
        code, out, said = gate("publish", url, "--race", race)
        assert (code, out) == (2, "")
        assert words in said
        assert "hush" not in said
