"""Other laptops: each is asked what this one lacks, again and again while it can be seen.

A laptop that falls out goes on alone; when it is back, it is asked again, and both have the same.
Each asks for itself: what is only here, the other has to ask for.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from yellowgate.errors import GateError
from yellowgate.store.merging import Merged
from yellowgate.store.store import Store
from yellowgate.web import shares
from yellowgate.web.known import Known

AGAIN_S = 5.0
AWAY_S_MAX = 60.0
TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 64 * 1024 * 1024
PORT = 8642


class Asking(Protocol):
    """Asks another HQ. Raises GateError (one line)."""

    def __call__(self, path: str, words: dict[str, Any]) -> dict[str, Any]:
        """The answer to this change."""
        ...


@dataclass(frozen=True)
class Laptop:
    """Another laptop, and how it goes. at_us: when it last answered (UTC), 0: not yet."""

    address: str
    text: str = "not asked yet"
    at_us: int = 0


def parted(address: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, code) of an address as the page People shows it. Raises GateError."""
    url = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = url.port or PORT
    except ValueError:
        port = 0
    if url.scheme not in ("http", "https") or not url.hostname or not port:
        raise GateError(f"{address}: is no address like http://192.168.1.7:8642/in#code")
    if not url.fragment:
        raise GateError(
            f"{address}: the code is missing: take the address that the page People of the other "
            "HQ shows for a volunteer, with the # in it"
        )
    return url.scheme, url.hostname, port, url.fragment


def place(host: str, port: int) -> str:
    """Host and port as people write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Line:
    """The way to another HQ over HTTP. name: of this laptop, for who looks there. known: the
    certificates that were compared.
    """

    def __init__(self, address: str, name: str, known: Known) -> None:
        self._known = known
        self._scheme, self._host, self._port, self._code = parted(address)
        self._name = name
        self._cookie = ""
        self._token = ""

    def __call__(self, path: str, words: dict[str, Any]) -> dict[str, Any]:
        """See Asking; comes in first, and again where the session has ended."""
        for _ in range(2):
            if not self._cookie:
                self._come_in()
            status, answer, _headers = self._post(path, {**words, "_token": self._token})
            if status not in (401, 403):
                return _whole(status, answer, self._where)
            self._cookie = ""
        raise GateError(f"{self._where}: its codes have changed: take the address from there anew")

    @property
    def _where(self) -> str:
        return place(self._host, self._port)

    def _come_in(self) -> None:
        status, answer, headers = self._post("/in", {"code": self._code, "name": self._name})
        _whole(status, answer, self._where)
        kept = [value.partition(";")[0] for key, value in headers if key.lower() == "set-cookie"]
        self._cookie = "; ".join(kept)
        mine = next((row for row in kept if row.startswith("gate_me_")), "")
        self._token = mine.partition("=")[2].partition(".")[0]

    def _post(self, path: str, words: dict[str, Any]) -> tuple[int, bytes, list[tuple[str, str]]]:
        asking = self._connection()
        try:
            headers = {"Content-Type": "application/json", "Cookie": self._cookie}
            asking.connect()
            if isinstance(asking.sock, ssl.SSLSocket):  # before anything is said
                self._known.check(self._where, asking.sock.getpeercert(binary_form=True) or b"")
            asking.request("POST", path, json.dumps(words), headers)
            answer = asking.getresponse()
            return answer.status, answer.read(ANSWER_BYTES_MAX), answer.getheaders()
        except ssl.SSLError as error:
            raise GateError(
                f"{self._where}: does not answer encrypted: is it gate serve without --tls? Then "
                "take http:// instead of https://"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise GateError(f"{self._where}: does not answer ({why})") from error
        finally:
            asking.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._scheme != "https":
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        # No authority vouches for its certificate, and its address changes: it is known by itself.
        encrypted = ssl.create_default_context()
        encrypted.check_hostname, encrypted.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=TIMEOUT_S, context=encrypted
        )


def _whole(status: int, answer: bytes, where: str) -> dict[str, Any]:
    try:
        words: Any = json.loads(answer)
    except ValueError as error:
        raise GateError(f"{where}: answers what is no race HQ's") from error
    if not isinstance(words, dict):
        raise GateError(f"{where}: answers what is no race HQ's")
    if status != 200:
        raise GateError(f"{where}: {words.get('error', status)}")  # pyright: ignore[reportUnknownMemberType]
    return words  # pyright: ignore[reportUnknownVariableType]


def unite(store: Store, ask: Asking, since: str = "") -> tuple[Merged, str]:
    """Take what the other HQ has and this store lacks. Returns what was new, and the version to ask
    since next time. Raises GateError; what was taken stays.
    """
    observations = rulings = 0
    while not (since and ask("/share", {"since": since}).get("is_same")):
        known = [row.id for row in store.rulings()]
        told = ask("/share", {"have": shares.blocks(store), "rulings": known})
        merged = shares.take(store, told)
        observations += merged.observations
        rulings += merged.rulings
        is_all = bool(told.get("is_all", True))
        since = str(told.get("version", "")) if is_all else ""
        if is_all or not merged.observations:
            break
    return Merged(observations, rulings, (), ()), since


class Laptops:
    """All others. open_store: this laptop's. asking: the way to an address. now_us: UTC. on_news:
    something came. known: the certificates that were compared.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        asking: Callable[[str], Asking],
        now_us: Callable[[], int],
        known: Known,
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self._known = known
        self._open_store = open_store
        self._asking = asking
        self._now_us = now_us
        self._on_news = on_news
        self._lock = threading.Lock()
        self._of: dict[str, tuple[Asking, str]] = {}
        self._states: dict[str, Laptop] = {}
        self._ended = threading.Event()
        self._wait_s = AGAIN_S

    def states(self) -> list[Laptop]:
        """How it goes with each."""
        return list(self._states.values())

    def know(self, address: str) -> None:
        """Ask this one from now on. Raises GateError for what is no address."""
        parted(address)
        self._of.setdefault(address, (self._asking(address), ""))
        self._states.setdefault(address, Laptop(address.partition("#")[0].removesuffix("/in")))

    def unite(self, address: str, certificate: str = "") -> str:
        """With this one, now and from now on. certificate: of it, compared now. Raises GateError,
        Unseen when its certificate was not compared yet.
        """
        self.know(address)
        if certificate:
            _, host, port, _ = parted(address)
            self._known.trust(place(host, port), certificate)
        return self._ask(address)

    def run(self) -> None:
        """Again and again, until end()."""
        while not self._ended.wait(self._wait_s):
            self.step()

    def end(self) -> None:
        """Ask nobody any more."""
        self._ended.set()

    def step(self) -> None:
        """Ask all once; who does not answer is asked less often."""
        reached = 0
        for address in list(self._of):
            try:
                self._ask(address)
                reached += 1
            except GateError as error:
                self._states[address] = replace(self._states[address], text=str(error))
                self._on_news()
        is_away = self._of and not reached
        self._wait_s = min(AWAY_S_MAX, self._wait_s * 2) if is_away else AGAIN_S

    def _ask(self, address: str) -> str:
        with self._lock:
            ask, since = self._of[address]
            store = self._open_store()
            try:
                merged, since = unite(store, ask, since)
            finally:
                store.close()
            self._of[address] = (ask, since)
        text = "has the same"
        if merged.observations or merged.rulings:
            text = f"{merged.observations} new records, {merged.rulings} new rulings"
        before = self._states[address]
        self._states[address] = replace(before, text=text, at_us=self._now_us())
        self._on_news()
        return f"{before.address}: {text}"
