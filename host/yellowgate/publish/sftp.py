"""A web space by SFTP. The server must be known to SSH, as for the program sftp."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from typing import Any, cast

import paramiko

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address, beside

KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
PORT = 22


class Sftp:
    """Key from the agent, from ~/.ssh/config or of the usual name; else the password."""

    def __init__(self, where: Address, keys: Access) -> None:
        self.where = where
        self.keys = keys

    def put(self, files: Mapping[str, bytes]) -> None:
        """See Space."""
        with self._connected() as there:
            folder = self._folder(there)
            for name, data in files.items():
                self._put(there, f"{folder}/{name}", f"{folder}/{beside(name)}", data)

    def _put(self, there: paramiko.SFTPClient, final: str, aside: str, data: bytes) -> None:
        with there.open(aside, "wb") as file:
            file.set_pipelined(True)
            file.write(data)
        if there.stat(aside).st_size != len(data):
            raise GateError(f"{self.where}: {final} did not arrive whole; the old one stays")
        there.posix_rename(aside, final)

    def _folder(self, there: paramiko.SFTPClient) -> str:
        """The folder; /~/ is the user's own, as in other SFTP URLs."""
        path = self.where.path
        if path == "/~" or path.startswith("/~/"):
            path = path[3:] or "."
        there.stat(path)
        return there.normalize(path).rstrip("/")

    @contextlib.contextmanager
    def _connected(self) -> Generator[paramiko.SFTPClient]:
        client = paramiko.SSHClient()
        known = self.keys.home / ".ssh" / "known_hosts"
        if known.exists():
            client.load_system_host_keys(str(known))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self._connect(client)
            with client.open_sftp() as there:
                channel = there.get_channel()
                if channel is not None:
                    channel.settimeout(TIMEOUT_S)
                yield there
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise GateError(f"{self.where}: {self._words(error)}") from error
        finally:
            client.close()

    def _connect(self, client: paramiko.SSHClient) -> None:
        config = self._config()
        usual = [self.keys.home / ".ssh" / name for name in KEYS]
        named = config.get("identityfile") or [str(path) for path in usual if path.exists()]
        client.connect(
            config["hostname"],
            self.where.port or int(config.get("port", PORT)),
            self.keys.user or config.get("user"),
            self.keys.password or None,
            key_filename=cast("Any", named),  # one or several, whatever its stubs say
            look_for_keys=False,
            timeout=TIMEOUT_S,
            banner_timeout=TIMEOUT_S,
            auth_timeout=TIMEOUT_S,
        )

    def _config(self) -> paramiko.SSHConfigDict:
        """What ~/.ssh/config says of this host."""
        path = self.keys.home / ".ssh" / "config"
        config = paramiko.SSHConfig.from_path(str(path)) if path.exists() else paramiko.SSHConfig()
        return config.lookup(self.where.host)

    def _words(self, error: Exception) -> str:
        if isinstance(error, paramiko.BadHostKeyException):
            return (
                "its key is another one than SSH knows: is it the right server? Then take the old "
                f"key out with ssh-keygen -R {self.where.host}"
            )
        if isinstance(error, paramiko.PasswordRequiredException):
            return "the key has a passphrase: ssh-add lends it to the agent"
        if isinstance(error, paramiko.AuthenticationException) or "No authentication" in str(error):
            return "the server takes neither key nor password of this user"
        if "not found in known_hosts" in str(error):
            return f"SSH does not know this server yet: call sftp {self.where.host} once"
        if isinstance(error, FileNotFoundError):
            return "there is no such folder: make it first"
        if isinstance(error, PermissionError):
            return "the server lets this user not write there"
        return f"the link broke ({error or type(error).__name__}); the old site stays"
