"""Another laptop with --tls: compared once by a person, then known; told nothing before."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import scene
from hqkit import Clock, Served, Visitor, headquarters
from laptopkit import all_of
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.errors import GateError
from yellowgate.sim import golden
from yellowgate.web.certificate import certificate, fingerprint
from yellowgate.web.known import KNOWN_FILE, Known, Unseen, mark_of
from yellowgate.web.laptops import Laptops, Line
from yellowgate.web.roles import Role

NAMES = ["127.0.0.1", "localhost"]


@pytest.fixture
def other(tmp_path: Path) -> RaceFolder:
    return scene.folder(tmp_path / "other", golden.MID_RACE_S)


@pytest.fixture
def served(other: RaceFolder) -> Iterator[Served]:
    hq = headquarters(other, Clock(scene.MID_RACE_US))
    made = Served(hq, beats=False, certificate=certificate(other.path, NAMES))
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RaceFolder:
    assert run(["init", str(tmp_path / "own")]) == 0
    capsys.readouterr()
    return RaceFolder(tmp_path / "own")


def mark(served: Served) -> str:
    assert served.certificate
    return fingerprint(served.certificate[0])


def merge(own: RaceFolder, address: str, *more: str) -> int:
    return run(["merge", address, *more, "--race", str(own.path)])


def test_the_command_asks_once_what_was_printed_there(
    served: Served, other: RaceFolder, own: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    address = served.way_in(Role.VOLUNTEER)
    assert merge(own, address) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"--certificate {mark(served)}" in said
    assert not own.store().observations()
    plain = mark(served).replace(":", "").lower()
    assert merge(own, address, "--certificate", plain) == 0
    assert all_of(own.store()) == all_of(other.store())
    assert merge(own, address) == 0, "now it is known"
    assert (own.path / KNOWN_FILE).stat().st_mode & 0o077 == 0


def test_what_is_no_fingerprint_is_said(
    own: RaceFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert merge(own, "https://127.0.0.1:1/in#code", "--certificate", "AB:CD") == 1
    assert "AB:CD: is no fingerprint" in capsys.readouterr().err


def test_the_page_asks_once_too(served: Served, own: RaceFolder) -> None:
    clock = Clock(scene.MID_RACE_US)
    hq = headquarters(own, clock)
    known = Known(own.path / KNOWN_FILE)
    hq.others = Laptops(own.store, lambda at: Line(at, "own", known), clock.utc_us, known)
    laz = Visitor(hq).come(Role.DIRECTOR)
    answer = laz.post("/merge", address=served.way_in(Role.VOLUNTEER)).json()
    assert mark(served) in answer["ask"]
    assert not own.store().observations()
    again = {name: word for name, word in answer["again"].items() if name != "_token"}
    assert "new records" in laz.post("/merge", **again).json()["said"][0]
    assert "has the same" in laz.post("/merge", address=again["address"]).json()["said"][0]


class Stranger:
    """Somebody in between, with a certificate of their own: heard is what they are told."""

    def __init__(self, path: Path, port: int = 0) -> None:
        path.mkdir()
        self.files = certificate(path, NAMES)
        self.heard = b""
        self.listening = socket.create_server(("127.0.0.1", port))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self) -> None:
        shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        shown.load_cert_chain(*self.files)
        one, _ = self.listening.accept()
        with one, shown.wrap_socket(one, server_side=True) as encrypted:
            self.heard = encrypted.recv(65_536)

    def end(self) -> None:
        self.thread.join(20)
        self.listening.close()


def test_somebody_in_between_is_told_nothing(
    served: Served, own: RaceFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = served.way_in(Role.VOLUNTEER)
    assert merge(own, address, "--certificate", mark(served)) == 0
    served.close()
    capsys.readouterr()
    stranger = Stranger(tmp_path / "stranger", served.port)
    assert merge(own, address) == 1
    stranger.end()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "shows another certificate than the one that was compared, nothing was sent" in said
    assert stranger.heard == b""


def test_who_was_never_compared_is_told_nothing(own: RaceFolder, tmp_path: Path) -> None:
    stranger = Stranger(tmp_path / "stranger")
    line = Line(f"https://127.0.0.1:{stranger.port}/in#code", "own", Known(own.path / KNOWN_FILE))
    with pytest.raises(Unseen):
        line("/share", {})
    stranger.end()
    assert stranger.heard == b""


def test_one_without_tls_is_said_so(other: RaceFolder, own: RaceFolder) -> None:
    served = Served(headquarters(other, Clock(scene.MID_RACE_US)), beats=False)
    address = served.way_in(Role.VOLUNTEER).replace("http:", "https:")
    try:
        line = Line(address, "own", Known(own.path / KNOWN_FILE))
        with pytest.raises(GateError, match="take http:// instead"):
            line("/share", {})
    finally:
        served.close()


def test_a_laptop_that_moves_takes_its_certificate_along(tmp_path: Path) -> None:
    known = Known(tmp_path / KNOWN_FILE)
    known.trust("10.0.0.7:8642", mark_of(b"theirs"))
    known.check("10.0.0.9:8642", b"theirs")
    with pytest.raises(GateError, match="another certificate"):
        known.check("10.0.0.9:8642", b"of somebody else")
    with pytest.raises(Unseen):
        known.check("10.0.0.8:8642", b"of somebody else")


def test_a_file_that_is_spoilt_trusts_nobody(tmp_path: Path) -> None:
    (tmp_path / KNOWN_FILE).write_text("{")
    with pytest.raises(GateError, match="compare certificates anew"):
        Known(tmp_path / KNOWN_FILE).check("a:1", b"x")
