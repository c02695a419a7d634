"""A web space by FTP over TLS (RFC 4217, AUTH TLS), or by plain FTP where there is no better."""

from __future__ import annotations

import contextlib
import ftplib
import io
import socket
import ssl
from collections.abc import Generator

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address, not_trusted

REFUSALS = {
    "530": "the server takes neither user nor password",
    "550": "there is no such folder, or this user may not write there",
    "552": "the space is full",
    "553": "this user may not write there",
}


class _Tls(ftplib.FTP_TLS):
    """Files go over the session of the commands: servers take a stranger's connection for a
    stolen one, and refuse it.
    """

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """See ftplib."""
        made, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self.context.wrap_socket(made, server_hostname=self.host, session=session), size


class Ftp:
    """A connection to the folder, passive, as every firewall lets it through. See Connection."""

    def __init__(self, client: ftplib.FTP) -> None:
        self._client = client

    def send(self, name: str, data: bytes) -> None:
        """See Connection."""
        self._client.storbinary(f"STOR {name}", io.BytesIO(data))

    def size(self, name: str) -> int | None:
        """See Connection."""
        return self._client.size(name)

    def rename(self, name: str, final: str) -> None:
        """See Connection."""
        self._client.rename(name, final)

    def remove(self, name: str) -> None:
        """See Connection."""
        with contextlib.suppress(ftplib.error_perm):
            self._client.delete(name)


@contextlib.contextmanager
def ftp(where: Address, keys: Access) -> Generator[Ftp]:
    """A connection. Raises GateError for whatever goes wrong in it."""
    there = _client(where, keys)
    try:
        there.connect(where.host, where.port or ftplib.FTP_PORT, TIMEOUT_S)
        there.login(keys.user, keys.password)
        if isinstance(there, _Tls):
            there.prot_p()
        # ftp://host/www is below where the user comes in, ftp://host//www is not.
        there.cwd(where.path[1:] or ".")
        yield Ftp(there)
        there.quit()
    except ssl.SSLCertVerificationError as error:
        raise GateError(f"{where}: {not_trusted(error)}") from error
    except (*ftplib.all_errors, ValueError) as error:
        raise GateError(f"{where}: {_words(error)}; the old site stays") from error
    finally:
        there.close()


def _client(where: Address, keys: Access) -> ftplib.FTP:
    if where.kind == "ftp":
        return ftplib.FTP()
    return _Tls(context=ssl.create_default_context(cafile=keys.ca or None))


def _words(error: Exception) -> str:
    said = str(error)
    if isinstance(error, ftplib.error_perm | ftplib.error_temp):
        return REFUSALS.get(said[:3], f"the server answered {said}")
    return f"the link broke ({said or type(error).__name__})"
