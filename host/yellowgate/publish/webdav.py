"""A web space by WebDAV (RFC 4918): PUT beside, then MOVE over the old one."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from urllib.parse import quote

import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address, not_trusted

REFUSALS = {
    401: "the server takes neither user nor password",
    403: "the server lets this user not write there",
    404: "there is no such folder: make it first",
    405: "this is no WebDAV folder",
    409: "there is no such folder: make it first",
    423: "another program holds the file there",
    507: "the space is full",
}


class WebDav:
    """A connection to the folder. See Connection; all of it raises GateError."""

    def __init__(self, session: requests.Session, where: Address, keys: Access) -> None:
        self._session = session
        self._where = where
        self._keys = keys
        host = f"[{where.host}]" if ":" in where.host else where.host
        port = f":{where.port}" if where.port else ""
        self._folder = f"{where.kind}://{host}{port}{quote(where.path.rstrip('/'))}/"

    def sign_in(self) -> None:
        """Basic or Digest, as the server wants it, Digest where it offers both; and is the folder
        there?
        """
        self._session.auth = _nobody
        answer = self._answer("PROPFIND", "", headers={"Depth": "0"})
        if answer.status_code == 401:
            is_digest = "digest" in answer.headers.get("WWW-Authenticate", "").lower()
            kind = HTTPDigestAuth if is_digest else HTTPBasicAuth
            self._session.auth = kind(self._keys.user, self._keys.password)
            answer = self._answer("PROPFIND", "", headers={"Depth": "0"})
        self._refuse_failure(answer)

    def send(self, name: str, data: bytes) -> None:
        """See Connection."""
        self._refuse_failure(self._answer("PUT", name, data))

    def size(self, name: str) -> int | None:
        """See Connection."""
        answer = self._answer("HEAD", name, headers={"Accept-Encoding": "identity"})
        length = answer.headers.get("Content-Length", "")
        return int(length) if answer.ok and length.isdigit() else None

    def rename(self, name: str, final: str) -> None:
        """See Connection."""
        where = {"Destination": self._folder + quote(final), "Overwrite": "T"}
        self._refuse_failure(self._answer("MOVE", name, headers=where))

    def remove(self, name: str) -> None:
        """See Connection."""
        self._answer("DELETE", name)

    def _answer(
        self, verb: str, name: str, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        try:
            return self._session.request(
                verb,
                self._folder + quote(name),
                data=data,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                verify=self._keys.ca or True,
            )
        except requests.exceptions.SSLError as error:
            raise GateError(f"{self._where}: {not_trusted(error)}") from error
        except requests.RequestException as error:
            words = f"the link broke ({type(error).__name__}); the old site stays"
            raise GateError(f"{self._where}: {words}") from error

    def _refuse_failure(self, answer: requests.Response) -> None:
        code = answer.status_code
        if code < 300:
            return
        words = REFUSALS.get(code, f"the server answered {code} {answer.reason}")
        if code < 400:
            words = f"the folder is elsewhere: write {answer.headers.get('Location', 'its URL')}"
        raise GateError(f"{self._where}: {words}; the old site stays")


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No name and password: without this, requests would look for them in .netrc itself."""
    return request


@contextlib.contextmanager
def webdav(where: Address, keys: Access) -> Generator[WebDav]:
    """A connection. Raises GateError for whatever goes wrong in it."""
    with requests.Session() as session:
        made = WebDav(session, where, keys)
        made.sign_in()
        yield made
