"""A web space that is reached by its URL, and what opens it.

Every reader of the space sees the old file or the new one, whole: a file is sent under another
name beside, its length there is asked for, and only then it takes its name. That other name is a
new one each time: a server may go on writing what came over a link that is long broken, into the
file that it opened then. A connection lives for one publication: the link may break in between.
"""

from __future__ import annotations

import netrc
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from yellowgate.errors import GateError, nearest

PASSWORD_VARIABLE = "YELLOWGATE_PUBLISH_PASSWORD"
CA_VARIABLE = "SSL_CERT_FILE"  # OpenSSL's own name for it
TIMEOUT_S = 30  # a link that says nothing for so long is broken
KINDS = {
    "sftp": "SFTP",
    "https": "WebDAV",
    "http": "WebDAV",
    "ftps": "FTP over TLS",
    "ftp": "FTP",
}
IN_CLEAR = ("http", "ftp")
HINTS = {
    "s3": "publish into a folder, and let the provider's own program copy that (aws s3 sync DIR)",
    "ssh": "write it as sftp://",
    "scp": "write it as sftp://",
    "dav": "write it as http://",
    "davs": "write it as https://",
    "webdav": "write it as http://",
    "webdavs": "write it as https://",
    "file": "write the folder as it is, without file://",
}


class Space(Protocol):
    """Where a site is put."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put each file there whole, in this order. Raises GateError (one line)."""
        ...


class Connection(Protocol):
    """What a server can do with files of one folder. Each raises what its library raises."""

    def send(self, name: str, data: bytes) -> None:
        """Write this file."""
        ...

    def size(self, name: str) -> int | None:
        """How long this file is there; None where the server does not say."""
        ...

    def rename(self, name: str, final: str) -> None:
        """Give it another name, over what has that name."""
        ...

    def remove(self, name: str) -> None:
        """Remove this file, if it is there."""
        ...


class WebSpace:
    """A space over connections that break."""

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._connect = connect
        self._left: list[str] = []  # what was begun, and broke off

    def put(self, files: Mapping[str, bytes]) -> None:
        """See Space."""
        with self._connect() as there:
            self._tidy(there)
            for name, data in files.items():
                aside = f".{name}.{secrets.token_hex(4)}.new"
                self._left.append(aside)
                there.send(aside, data)
                if there.size(aside) not in (len(data), None):
                    raise GateError(f"{name} did not arrive whole; the old one stays")
                there.rename(aside, name)
                self._left.remove(aside)

    def _tidy(self, there: Connection) -> None:
        while self._left:
            there.remove(self._left[-1])
            self._left.pop()


@dataclass(frozen=True)
class Address:
    """A URL in its parts. port: 0 for the usual one; path: decoded, as the URL has it."""

    kind: str
    host: str
    port: int
    user: str
    path: str

    def __str__(self) -> str:
        """As it is shown: there is no password in it."""
        at = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.kind}://{at}{host}{port}{self.path}"


@dataclass(frozen=True)
class Access:
    """What opens a space, beside its address. password: "" for none. home: where .ssh is. ca: a
    file of certificates to trust, "" for the usual ones.
    """

    user: str
    password: str
    home: Path
    ca: str = ""


def is_url(text: str) -> bool:
    """Is it a URL, and no folder?"""
    return "://" in text


def address(text: str) -> Address:
    """The URL in its parts. Raises ValueError (one line, without the password)."""
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError:
        raise ValueError("the URL cannot be read: write it like sftp://user@host/path") from None
    if parts.scheme not in KINDS:
        raise ValueError(f"{parts.scheme}:// is not known: {_known(parts.scheme)}")
    if parts.password is not None:
        raise ValueError(
            f"a password stands in the URL, where others read it: put it into {PASSWORD_VARIABLE} "
            f"or ~/.netrc, and write {_bare(parts)}"
        )
    if not parts.hostname:
        raise ValueError(f"{parts.scheme}:// has no host: write it like sftp://user@host/path")
    if parts.query or parts.fragment:
        raise ValueError("the URL of a web space ends with its folder: leave out ? and #")
    path = unquote(parts.path).rstrip("/") or "/"
    return Address(parts.scheme, parts.hostname, port, unquote(parts.username or ""), path)


def _known(kind: str) -> str:
    return HINTS.get(kind) or f"a web space is one of{nearest(kind, KINDS)}".replace("of:", "of")


def _bare(parts: SplitResult) -> str:
    return str(Address(parts.scheme, parts.hostname or "", parts.port or 0, parts.username or "",
                       parts.path))  # fmt: skip


def access(where: Address, environ: Mapping[str, str], home: Path) -> Access:
    """User and password: from the URL and the environment, else from .netrc. Raises GateError."""
    ca = environ.get(CA_VARIABLE, "")
    password = environ.get(PASSWORD_VARIABLE, "")
    if password:
        return Access(where.user, password, home, ca)
    login, word = _of_netrc(where, home)
    if word and where.user in ("", login):
        return Access(login, word, home, ca)
    return Access(where.user, "", home, ca)


def _of_netrc(where: Address, home: Path) -> tuple[str, str]:
    path = home / ".netrc"
    if not path.exists():
        return "", ""
    try:
        found = netrc.netrc(path).authenticators(where.host)
    except (netrc.NetrcParseError, OSError) as error:
        what = getattr(error, "msg", "") or str(error)
        raise GateError(f"{path}: {what}") from error
    return (found[0] or "", found[2] or "") if found else ("", "")


def not_trusted(error: Exception) -> str:
    """What is to be said of a server's certificate that nobody vouches for."""
    why = re.search(r"verify failed: ([^(]+)", str(error))
    return (
        f"its certificate is not trusted{f': {why[1].strip()}' if why else ''}; one of the "
        f"server's own: {CA_VARIABLE}=FILE names it"
    )


def open_space(where: Address, keys: Access) -> Space:
    """The space at this address. Raises GateError where a library for it is missing."""
    try:
        return WebSpace(_connector(where, keys))
    except ModuleNotFoundError as error:
        raise GateError(
            f"{where.kind}:// needs {error.name}: pip install 'yellowgate[publish]'"
        ) from error


def _connector(where: Address, keys: Access) -> Callable[[], AbstractContextManager[Connection]]:
    if where.kind == "sftp":
        from yellowgate.publish.sftp import sftp  # noqa: PLC0415 - paramiko is optional

        return lambda: sftp(where, keys)
    if where.kind in ("http", "https"):
        from yellowgate.publish.webdav import webdav  # noqa: PLC0415 - requests is optional

        return lambda: webdav(where, keys)
    from yellowgate.publish.ftp import ftp  # noqa: PLC0415 - as its neighbours

    return lambda: ftp(where, keys)
