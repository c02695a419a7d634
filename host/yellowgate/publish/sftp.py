"""A web space by SFTP. The server must be known to SSH, as for the program sftp."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any, cast

import paramiko

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address

KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
PORT = 22


class Sftp:
    """A connection to the folder. See Connection."""

    def __init__(self, client: paramiko.SFTPClient, folder: str) -> None:
        self._client = client
        self._folder = folder

    def send(self, name: str, data: bytes) -> None:
        """See Connection."""
        with self._client.open(self._path(name), "wb") as file:
            file.set_pipelined(True)
            file.write(data)

    def size(self, name: str) -> int | None:
        """See Connection."""
        return self._client.stat(self._path(name)).st_size

    def rename(self, name: str, final: str) -> None:
        """See Connection."""
        self._client.posix_rename(self._path(name), self._path(final))

    def remove(self, name: str) -> None:
        """See Connection."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self._client.remove(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


@contextlib.contextmanager
def sftp(where: Address, keys: Access) -> Generator[Sftp]:
    """A connection: by a key of the agent, of ~/.ssh/config or of the usual name, or by password.

    Raises GateError for whatever goes wrong in it.
    """
    client = paramiko.SSHClient()
    known = keys.home / ".ssh" / "known_hosts"
    try:
        if known.exists():
            client.load_system_host_keys(str(known))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        _connect(client, where, keys)
        with client.open_sftp() as there:
            channel = there.get_channel()
            if channel is not None:
                channel.settimeout(TIMEOUT_S)
            yield Sftp(there, _folder(there, where))
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise GateError(f"{where}: {_words(error, where)}") from error
    finally:
        client.close()


def _connect(client: paramiko.SSHClient, where: Address, keys: Access) -> None:
    config = _config(where, keys)
    usual = [keys.home / ".ssh" / name for name in KEYS]
    named = config.get("identityfile") or [str(path) for path in usual if path.exists()]
    client.connect(
        config["hostname"],
        where.port or int(config.get("port", PORT)),
        keys.user or config.get("user"),
        keys.password or None,
        key_filename=cast("Any", named),  # one or several, whatever its stubs say
        look_for_keys=False,
        timeout=TIMEOUT_S,
        banner_timeout=TIMEOUT_S,
        auth_timeout=TIMEOUT_S,
    )


def _config(where: Address, keys: Access) -> paramiko.SSHConfigDict:
    """What ~/.ssh/config says of this host."""
    path = keys.home / ".ssh" / "config"
    config = paramiko.SSHConfig.from_path(str(path)) if path.exists() else paramiko.SSHConfig()
    return config.lookup(where.host)


def _folder(there: paramiko.SFTPClient, where: Address) -> str:
    """The folder; /~/ is the user's own, as in other SFTP URLs."""
    path = where.path
    if path == "/~" or path.startswith("/~/"):
        path = path[3:] or "."
    there.stat(path)
    return there.normalize(path).rstrip("/")


def _words(error: Exception, where: Address) -> str:
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            "its key is another one than SSH knows: is it the right server? Then take the old key "
            f"out with ssh-keygen -R {where.host}"
        )
    if isinstance(error, paramiko.PasswordRequiredException):
        return "the key has a passphrase: ssh-add lends it to the agent"
    if isinstance(error, paramiko.AuthenticationException) or "No authentication" in str(error):
        return "the server takes neither key nor password of this user"
    if "not found in known_hosts" in str(error):
        return f"SSH does not know this server yet: call sftp {where.host} once"
    if isinstance(error, FileNotFoundError):
        return "there is no such folder: make it first"
    if isinstance(error, PermissionError):
        return "the server lets this user not write there"
    return f"the link broke ({error or type(error).__name__}); the old site stays"
