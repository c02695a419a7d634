"""A web space by WebDAV (RFC 4918): PUT beside, then MOVE over the old one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from yellowgate.errors import GateError
from yellowgate.publish.space import TIMEOUT_S, Access, Address, beside, not_trusted

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
    """Basic or Digest, whichever the server asks for; Digest where it offers both."""

    def __init__(self, where: Address, keys: Access) -> None:
        self.where = where
        self.keys = keys
        host = f"[{where.host}]" if ":" in where.host else where.host
        port = f":{where.port}" if where.port else ""
        self.folder = f"{where.kind}://{host}{port}{quote(where.path.rstrip('/'))}/"

    def put(self, files: Mapping[str, bytes]) -> None:
        """See Space."""
        with requests.Session() as session:
            self._sign_in(session)
            for name, data in files.items():
                aside = self.folder + quote(beside(name))
                self._ask(session, "PUT", aside, data)
                final = {"Destination": self.folder + quote(name), "Overwrite": "T"}
                self._ask(session, "MOVE", aside, headers=final)

    def _sign_in(self, session: requests.Session) -> None:
        """As the server wants it; and is the folder there?"""
        session.auth = _nobody
        answer = self._answer(session, "PROPFIND", self.folder, headers={"Depth": "0"})
        if answer.status_code == 401:
            is_digest = "digest" in answer.headers.get("WWW-Authenticate", "").lower()
            kind = HTTPDigestAuth if is_digest else HTTPBasicAuth
            session.auth = kind(self.keys.user, self.keys.password)
            answer = self._answer(session, "PROPFIND", self.folder, headers={"Depth": "0"})
        self._refuse_failure(answer)

    def _ask(
        self,
        session: requests.Session,
        verb: str,
        url: str,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._refuse_failure(self._answer(session, verb, url, data, headers))

    def _answer(
        self,
        session: requests.Session,
        verb: str,
        url: str,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        try:
            return session.request(
                verb,
                url,
                data=data,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                verify=self.keys.ca or True,
            )
        except requests.exceptions.SSLError as error:
            raise GateError(f"{self.where}: {not_trusted(error)}") from error
        except requests.RequestException as error:
            words = f"the link broke ({type(error).__name__}); the old site stays"
            raise GateError(f"{self.where}: {words}") from error

    def _refuse_failure(self, answer: requests.Response) -> None:
        code = answer.status_code
        if code < 300:
            return
        words = REFUSALS.get(code, f"the server answered {code} {answer.reason}")
        if code < 400:
            words = f"the folder is elsewhere: write {answer.headers.get('Location', 'its URL')}"
        raise GateError(f"{self.where}: {words}; the old site stays")


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No name and password: without this, requests would look for them in .netrc itself."""
    return request
