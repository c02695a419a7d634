"""A web space by FTP over TLS (RFC 4217, AUTH TLS), or by plain FTP where there is no better."""

from __future__ import annotations

import contextlib
import ftplib
import io
import socket
import ssl
from collections.abc import Generator, Mapping

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address, beside, not_trusted

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
    """Passive mode, as every firewall lets it through."""

    def __init__(self, where: Address, keys: Access) -> None:
        self.where = where
        self.keys = keys

    def put(self, files: Mapping[str, bytes]) -> None:
        """See Space."""
        with self._connected() as there:
            # ftp://host/www is below where the user comes in, ftp://host//www is not.
            there.cwd(self.where.path[1:] or ".")
            for name, data in files.items():
                aside = beside(name)
                there.storbinary(f"STOR {aside}", io.BytesIO(data))
                if there.size(aside) != len(data):
                    raise GateError(f"{self.where}: {name} did not arrive whole; the old one stays")
                there.rename(aside, name)

    @contextlib.contextmanager
    def _connected(self) -> Generator[ftplib.FTP]:
        there = self._made()
        try:
            there.connect(self.where.host, self.where.port or ftplib.FTP_PORT, TIMEOUT_S)
            there.login(self.keys.user, self.keys.password)
            if isinstance(there, _Tls):
                there.prot_p()
            yield there
            there.quit()
        except ssl.SSLCertVerificationError as error:
            raise GateError(f"{self.where}: {not_trusted(error)}") from error
        except (*ftplib.all_errors, ValueError) as error:
            raise GateError(f"{self.where}: {_words(error)}; the old site stays") from error
        finally:
            there.close()

    def _made(self) -> ftplib.FTP:
        if self.where.kind == "ftp":
            return ftplib.FTP()
        return _Tls(context=ssl.create_default_context(cafile=self.keys.ca or None))


def _words(error: Exception) -> str:
    said = str(error)
    if isinstance(error, ftplib.error_perm | ftplib.error_temp):
        return REFUSALS.get(said[:3], f"the server answered {said}")
    return f"the link broke ({said or type(error).__name__})"
