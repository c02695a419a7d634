"""Web spaces on this machine by servers that are not ours, and a link to them that breaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import asyncssh
import trustme
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer
from wsgidav.wsgidav_app import WsgiDAVApp
from yellowgate.publish.space import Access, Address, Space, open_space

USER, PASSWORD = "laz", "cigarette-9"
HOST = "127.0.0.1"
for _name in ("asyncssh", "wsgidav", "pyftpdlib", "paramiko"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # they are cut off on purpose
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # or it takes a handler itself


class Budget:
    """How many bytes of a client come through, None: all. passed: those that did."""

    def __init__(self, bytes_max: int | None = None) -> None:
        self.bytes_max = bytes_max
        self.passed = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> int:
        """So many of these bytes come through."""
        with self._lock:
            left = count if self.bytes_max is None else self.bytes_max - self.passed
            taken = max(0, min(count, left))
            self.passed += taken
            return taken


class Link:
    """A way to a server's port that breaks where the budget ends."""

    def __init__(self, port: int, budget: Budget) -> None:
        self._to = port
        self._budget = budget
        self._listening = socket.create_server((HOST, 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def close(self) -> None:
        """Nothing passes any more."""
        self._listening.close()
        self._cut(*self._open)

    @staticmethod
    def _cut(*ends: socket.socket) -> None:
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection((HOST, self._to))
            self._open += [near, far]
            for args in ((near, far, self._budget.take), (far, near, int)):
                threading.Thread(target=self._pass, args=args, daemon=True).start()

    def _pass(
        self, source: socket.socket, target: socket.socket, take: Callable[[int], int]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2048):
                count = take(len(data))
                target.sendall(data[:count])
                if count < len(data):
                    break
        self._cut(source, target)


@dataclass(frozen=True)
class Server:
    """A server. kind: of its URLs; root: the folder it serves; home: with what SSH needs to know;
    ca: the file of certificates that vouches for it. budgets: of the link in use, for servers that
    have a second connection beside it.
    """

    kind: str
    port: int
    root: Path
    home: Path
    ca: str = ""
    host_key: str = ""
    budgets: list[Budget] = field(default_factory=list[Budget])

    def space(self, port: int = 0, password: str = PASSWORD, path: str = "/site") -> Space:
        """The space, through another port perhaps."""
        where = Address(self.kind, HOST, port or self.port, USER, path)
        return open_space(where, Access(USER, password, self.home, self.ca))

    @contextlib.contextmanager
    def through(self, budget: Budget) -> Generator[Space]:
        """The space over a link that lets so much through."""
        link = Link(self.port, budget)
        self.budgets[:] = [budget]
        if self.host_key:
            with (self.home / ".ssh" / "known_hosts").open("a") as known:
                known.write(f"[{HOST}]:{link.port} {self.host_key}\n")
        try:
            yield self.space(link.port)
        finally:
            link.close()
            self.budgets.clear()

    def files(self) -> dict[str, bytes]:
        """What is there under the names that browsers ask for."""
        folder = self.root / "site"
        return {
            path.name: path.read_bytes()
            for path in folder.iterdir()
            if not path.name.startswith(".")
        }


class _SftpServer(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextlib.contextmanager
def sftp(folder: Path) -> Generator[Server]:
    """An SFTP server by asyncssh. Its key is in known_hosts; ~/.ssh has a key it takes."""
    root, home = _folders(folder)
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (home / ".ssh").mkdir()
    user_key.write_private_key(str(folder / "id_ed25519"))
    allowed = asyncssh.import_authorized_keys(user_key.export_public_key().decode())
    loop = asyncio.new_event_loop()

    def chrooted(channel: Any) -> asyncssh.SFTPServer:  # noqa: ANN401 - asyncssh's
        return asyncssh.SFTPServer(channel, chroot=str(root).encode())

    async def begin() -> Any:  # noqa: ANN401 - asyncssh's
        return await asyncssh.create_server(
            _SftpServer,
            HOST,
            0,
            server_host_keys=[host_key],
            authorized_client_keys=allowed,
            sftp_factory=chrooted,
        )

    server = loop.run_until_complete(begin())
    port = server.get_port()
    public = host_key.export_public_key().decode().strip()
    (home / ".ssh" / "known_hosts").write_text(f"[{HOST}]:{port} {public}\n")
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Server("sftp", port, root, home, "", public)
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def webdav(folder: Path, kind: str = "http", digest: bool = False) -> Generator[Server]:
    """A WebDAV server by wsgidav, with a certificate of its own for https."""
    root, home = _folders(folder)
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {
                "accept_basic": not digest,
                "accept_digest": digest,
                "default_to_digest": digest,
            },
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = wsgi.Server((HOST, 0), app, numthreads=4)
    server.error_log = _say_nothing
    ca = ""
    if kind == "https":
        ca, chain, key = _certificate(folder)
        server.ssl_adapter = BuiltinSSLAdapter(chain, key)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield Server(kind, int(server.bind_addr[1]), root, home, ca)
    finally:
        server.stop()
        thread.join()


def _say_nothing(*_words: Any, **_more: Any) -> None:  # noqa: ANN401 - cheroot's
    """A client that is cut off is no news."""


@contextlib.contextmanager
def ftp(folder: Path, kind: str = "ftps") -> Generator[Server]:
    """An FTP server by pyftpdlib; over TLS it wants commands and files encrypted."""
    root, home = _folders(folder)
    users = DummyAuthorizer()
    users.add_user(USER, PASSWORD, str(root), perm="elradfmwMT")
    ca = ""
    handler: Any = type("Handler", (TLS_FTPHandler if kind == "ftps" else FTPHandler,), {})
    handler.authorizer = users
    handler.auth_failed_timeout = 0  # its answer to a wrong password comes at once
    budgets: list[Budget] = []
    handler.dtp_handler = _cut_data(TLS_DTPHandler if kind == "ftps" else DTPHandler, budgets)
    if kind == "ftps":
        ca, chain, key = _certificate(folder)
        handler.certfile, handler.keyfile = chain, key
        handler.tls_control_required = handler.tls_data_required = True
    loop = IOLoop()
    server = FTPServer((HOST, 0), handler, ioloop=loop)
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            cast("Any", server).serve_forever(timeout=0.02, blocking=False)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Server(kind, int(server.address[1]), root, home, ca, "", budgets)
    finally:
        is_over.set()
        thread.join()
        server.close_all()


def _cut_data(kind: Any, budgets: list[Budget]) -> type:  # noqa: ANN401 - pyftpdlib's
    """Connections for files that end where the budget does; this server takes that for the end of
    the file, and says that all is well.
    """

    def recv(self: Any, size: int) -> bytes:  # noqa: ANN401 - pyftpdlib's
        data = kind.recv(self, size)
        if budgets and budgets[0].take(len(data)) < len(data):
            self.handle_close()
            return b""
        return data

    return type("Data", (kind,), {"recv": recv})


def _folders(folder: Path) -> tuple[Path, Path]:
    root, home = folder / "root", folder / "home"
    (root / "site").mkdir(parents=True)
    home.mkdir()
    return root, home


def _certificate(folder: Path) -> tuple[str, str, str]:
    """(who vouches, certificate, key), as files."""
    authority = trustme.CA()
    made = authority.issue_cert(HOST)
    names = [str(folder / name) for name in ("ca.pem", "chain.pem", "key.pem")]
    authority.cert_pem.write_to_path(names[0])
    Path(names[1]).write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(names[2])
    return names[0], names[1], names[2]
