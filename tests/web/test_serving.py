"""The server itself: silent, slow and greedy connections take nothing from those who ask."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import scene
from hqkit import Clock, Served, headquarters
from yellowgate.sim import golden
from yellowgate.web.certificate import certificate, fingerprint
from yellowgate.web.roles import Role
from yellowgate.web.serving import Connections, Limits, is_own, more_files

QUICK = Limits(header_s=0.3, stuck_s=0.3)
GREED = 200  # times the log at once: more than two sockets hold
ASKED = 2_000  # times that others ask meanwhile, at most


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    folder = scene.folder(tmp_path / "race", golden.MID_RACE_S)
    made = Served(headquarters(folder, Clock(scene.MID_RACE_US)), QUICK)
    yield made
    made.close()


def cookie(served: Served) -> str:
    access = served.hq.access
    return f"yellowgate_{served.port}=" + access.cookie(access.begin(Role.VOLUNTEER, "Ann"))


def ask(served: Served, path: str = "/board", timeout_s: float = 20) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection("127.0.0.1", served.port, timeout=timeout_s)
    asking.request("GET", path, headers={"Cookie": cookie(served)})
    return asking.getresponse()


def ended(connection: socket.socket) -> bool:
    """Does the server end this connection?"""
    connection.settimeout(20)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_a_thousand_silent_connections_stop_nobody(served: Served) -> None:
    more_files()
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            for _ in range(1_000)
        ]
        assert b"J. Kelly" in ask(served).read()
        assert ended(silent[0])
        assert ended(silent[-1])
    assert b"J. Kelly" in ask(served).read()


def test_headers_that_come_drop_by_drop_are_ended(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"GET /board HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        assert ended(slow)
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"GET /in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert slow.recv(15).startswith(b"HTTP/1.1 200")
        slow.sendall(b"GET /in HTTP")  # and no more, after a whole one
        rest = b""
        slow.settimeout(20)
        while part := slow.recv(65_536):
            rest += part
        assert b"</html>" in rest


def test_who_takes_nothing_of_what_is_sent_is_ended(served: Served) -> None:
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262_144)  # less than what is asked for
    greedy.connect(("127.0.0.1", served.port))
    each = len(ask(served, "/log.json").read())
    host = f"127.0.0.1:{served.port}"  # cookies are a port's
    words = f"GET /log.json HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie(served)}\r\n\r\n"
    with greedy:
        for _ in range(GREED):
            try:
                greedy.sendall(words.encode())
            except OSError:
                break
        for _ in range(ASKED):
            assert b"J. Kelly" in ask(served).read()
            if served.connected() == 0:
                break
        greedy.settimeout(20)
        got = b""
        try:
            while part := greedy.recv(65_536):
                got += part
        except ConnectionError:
            pass
        assert got.startswith(b"HTTP/1.1 200")
        assert len(got) < GREED * each


def test_a_stream_tells_of_a_ruling_of_another_program(served: Served) -> None:
    answer = ask(served, "/live?page=board&version=unknown")
    assert answer.getheader("Content-Type", "").startswith("text/event-stream")
    lines = [answer.readline() for _ in range(5)]
    assert lines[0] == b"event: beat\n"
    assert b"event: anew\n" in lines


def test_one_address_has_so_many_connections_and_this_laptop_all() -> None:
    connections = Connections(Limits(connections=10, per_address=3))
    for _ in range(3):
        assert connections.may_come("10.0.0.7")
        connections.of_address["10.0.0.7"] += 1
    assert not connections.may_come("10.0.0.7")
    assert connections.may_come("10.0.0.8")
    for _ in range(7):
        assert connections.may_come("127.0.0.1")
        connections.of_address["127.0.0.1"] += 1
    assert not connections.may_come("127.0.0.1")
    assert [is_own(name) for name in ("127.0.0.9", "::1", "10.0.0.1", "fe80::1%eth0", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_the_certificate_is_made_once_and_its_key_is_the_owners(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, ["127.0.0.1", "localhost"])
    again = certificate(tmp_path, ["127.0.0.1", "localhost"])
    assert (chain, key) == again
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(fingerprint(chain)) == 32 * 3 - 1


def test_with_tls_the_pages_are_encrypted(tmp_path: Path) -> None:
    folder = scene.folder(tmp_path / "race", golden.MID_RACE_S)
    files = certificate(tmp_path, ["127.0.0.1"])
    served = Served(headquarters(folder, Clock(scene.MID_RACE_US)), certificate=files)
    try:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        asking = http.client.HTTPSConnection("127.0.0.1", served.port, context=trusting, timeout=20)
        code = served.hq.access.codes[Role.VIEWER]
        words = json.dumps({"code": code, "name": "Eve"})
        asking.request("POST", "/in", words)
        answer = asking.getresponse()
        answer.read()
        kept = answer.headers.get_all("Set-Cookie") or []
        assert all("Secure" in row for row in kept)
        der = asking.sock.getpeercert(True)
        assert der is not None
        assert ssl.DER_cert_to_PEM_cert(der) in files[0].read_text()
    finally:
        served.close()
