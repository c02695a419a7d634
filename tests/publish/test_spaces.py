"""A site goes to real servers, whole or not at all, wherever the link breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import servers
from servers import PASSWORD, Budget, Server
from yellowgate.errors import GateError
from yellowgate.publish.space import Access, Address, open_space

OLD = {"results.json": b"old" * 9000, "index.html": b"<p>old</p>" * 3000}
NEW = {"results.json": b"new" * 9000, "index.html": b"<p>new</p>" * 3000}
MAKERS: dict[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "sftp": servers.sftp,
    "webdav": servers.webdav,
    "webdav-digest": lambda path: servers.webdav(path, digest=True),
    "webdav-tls": lambda path: servers.webdav(path, "https"),
    "ftps": servers.ftp,
    "ftp": lambda path: servers.ftp(path, "ftp"),
}
CUTS = 10  # of tests/campaigns/publishing.py


@pytest.fixture(params=MAKERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """One after the other."""
    with MAKERS[request.param](tmp_path) as made:
        yield made


def test_what_is_put_is_there_and_replaces_what_was(server: Server) -> None:
    server.space().put(OLD)
    assert server.files() == OLD
    server.space().put(NEW)
    assert server.files() == NEW
    server.space().put({"index.html": b""})
    assert server.files() == NEW | {"index.html": b""}
    assert sorted(path.name for path in (server.root / "site").iterdir()) == sorted(NEW)


def test_what_broke_off_is_removed_by_the_next_try(server: Server) -> None:
    whole = Budget()
    with server.through(whole) as linked:
        linked.put(NEW)
    budget = Budget(whole.passed * 2 // 3)
    with server.through(budget) as linked:
        with pytest.raises(GateError):
            linked.put(OLD)
        budget.bytes_max = None  # the link is mended
        linked.put(OLD)
    assert sorted(path.name for path in (server.root / "site").iterdir()) == sorted(OLD)


def cut_everywhere(server: Server, cuts: int) -> int:
    """Publish over links that break at so many places; returns how many were noticed."""
    space, whole = server.space(), Budget()
    with server.through(whole) as linked:
        linked.put(NEW)
    kept, broken = set[tuple[bool, ...]](), 0
    for cut in range(cuts):
        space.put(OLD)
        try:
            with server.through(Budget(whole.passed * cut // cuts)) as linked:
                linked.put(NEW)
        except GateError as error:
            broken += 1
            assert "\n" not in str(error)
            assert PASSWORD not in str(error)
        files = server.files()
        for name, data in files.items():
            assert data in (OLD[name], NEW[name]), f"{name} is torn at {cut} of {cuts}"
        assert files["index.html"] == OLD["index.html"] or files == NEW  # the index is last
        kept.add(tuple(files[name] == NEW[name] for name in NEW))
    assert (False, False) in kept
    space.put(NEW)  # and the next try goes through, whatever the cuts left there
    assert server.files() == NEW
    return broken


def test_a_link_that_breaks_anywhere_leaves_each_file_old_or_new(server: Server) -> None:
    assert cut_everywhere(server, CUTS) > CUTS // 2


def said(server: Server, **how: str) -> str:
    """What is said when it does not go."""
    with pytest.raises(GateError) as caught:
        server.space(**how).put(NEW)  # pyright: ignore[reportArgumentType]
    text = str(caught.value)
    assert "\n" not in text
    assert PASSWORD not in text
    assert not server.files()
    return text


def test_a_wrong_password_and_a_folder_that_is_not_there_are_one_line(server: Server) -> None:
    assert "neither" in said(server, password="wrong")
    assert "no such folder" in said(server, path="/elsewhere")


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    for number, make in enumerate((servers.ftp, lambda path: servers.webdav(path, "https"))):
        with make(tmp_path / str(number)) as server:
            assert "is not trusted" in said(replace(server, ca=""))
    with servers.sftp(tmp_path / "ssh") as server:
        known = server.home / ".ssh" / "known_hosts"
        line = known.read_text()
        known.write_text("")
        assert "does not know this server yet" in said(server)
        words = line.split()
        known.write_text(f"{words[0]} {words[1]} {other_key(tmp_path)}\n")
        assert "another one than SSH knows" in said(server)


def other_key(folder: Path) -> str:
    """The base64 of a key that no server has."""
    with servers.sftp(folder / "other") as server:
        return server.host_key.split()[1]


def test_a_key_opens_where_ssh_has_one(tmp_path: Path) -> None:
    with servers.sftp(tmp_path) as server:
        assert "neither key nor password" in said(server, password="")
        (tmp_path / "id_ed25519").rename(server.home / ".ssh" / "id_ed25519")
        server.space(password="", path="/~/site").put(NEW)
        assert server.files() == NEW
        config = f"Host race\n  HostName 127.0.0.1\n  Port {server.port}\n  User {servers.USER}\n"
        (server.home / ".ssh" / "config").write_text(config)
        where = Address("sftp", "race", 0, "", "/site")
        open_space(where, Access("", "", server.home)).put(OLD)
        assert server.files() == OLD


@pytest.mark.parametrize("kind", ["ftps", "ftp"])
def test_an_upload_that_the_server_takes_for_whole_is_counted(tmp_path: Path, kind: str) -> None:
    with servers.ftp(tmp_path, kind) as server:
        server.space().put(OLD)
        server.budgets[:] = [Budget(1000)]  # the file's connection ends, the commands go on
        with pytest.raises(GateError, match=r"did not arrive whole|the link broke"):
            server.space().put(NEW)
        assert server.files() == OLD
