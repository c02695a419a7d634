"""Codes, sessions and tokens: who asks, and whether a change was asked for from a page of ours.

A code is typed or scanned once. The cookie in return is signed with the code that it came from, so
new codes end all sessions of the old ones, and a restart of the program ends none. The token of a
session stands in each form; it is made from the session, and a page elsewhere cannot read it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from itsdangerous import BadData, URLSafeTimedSerializer

from yellowgate.errors import GateError
from yellowgate.files import write_whole
from yellowgate.rulings.fields import on_one_line
from yellowgate.web.roles import ROLES, Role

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
CODE_LETTERS = {Role.DIRECTOR: 12, Role.VOLUNTEER: 10, Role.VIEWER: 8}
SESSION_S = 8 * 86_400
NAME_LETTERS_MAX = 60
FREE_TRIES = 3
WAIT_S_MAX = 300.0
ADDRESSES_MAX = 4_096


@dataclass(frozen=True)
class Session:
    """Who asks. number: of the session; name: stands in rulings as who made them."""

    role: Role
    name: str = ""
    number: str = ""


NOBODY = Session(Role.NOBODY)


def new_code(role: Role) -> str:
    """Some 40 to 60 bits, in groups of four."""
    text = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS[role]))
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def plain(code: str) -> str:
    """A code as it is compared: how it was typed does not matter."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


class Access:
    """The codes of one race, kept in a file that only its owner may read.

    Raises GateError when the file cannot be read or written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        kept = self._read()
        self._secret: str = kept.get("secret") or secrets.token_hex(32)
        codes: Mapping[str, str] = kept.get("codes") or {}
        self.codes: dict[Role, str] = {
            role: codes.get(role.word) or new_code(role) for role in ROLES
        }
        if not kept:
            self._write()

    def renew(self) -> None:
        """Other codes; whoever came in by an old one has to come again."""
        self.codes = {role: new_code(role) for role in ROLES}
        self._write()

    def role_of_code(self, code: str) -> Role:
        """Whose code this is, NOBODY if nobody's."""
        typed = plain(code).encode()
        found = [
            role
            for role, own in self.codes.items()
            if hmac.compare_digest(plain(own).encode(), typed)
        ]
        return found[0] if found else Role.NOBODY

    def cookie(self, session: Session) -> str:
        """What the browser keeps."""
        words = {"role": session.role.word, "name": session.name, "number": session.number}
        return session.role.word + "." + self._signer(session.role).dumps(words).__str__()

    def begin(self, role: Role, name: str) -> Session:
        """A new session."""
        return Session(role, tidy_name(name), secrets.token_hex(8))

    def session(self, cookie: str) -> Session:
        """Who this cookie is of; NOBODY when it is none of ours, too old, or of an old code."""
        word, _, signed = cookie.partition(".")
        role = next((role for role in ROLES if role.word == word), None)
        if role is None:
            return NOBODY
        try:
            words: Any = self._signer(role).loads(signed, max_age=SESSION_S)
        except BadData:
            return NOBODY
        return Session(role, str(words["name"]), str(words["number"]))

    def token(self, session: Session) -> str:
        """What each change of this session must carry."""
        text = f"token {session.role.word} {session.number}"
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    def is_token(self, session: Session, token: str) -> bool:
        """Was this change asked for from a page of ours?"""
        return hmac.compare_digest(self.token(session).encode(), token.encode())

    def _signer(self, role: Role) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"{role.word} {self.codes[role]}")

    def _read(self) -> dict[str, Any]:
        try:
            text = self._file.read_text("utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeError) as error:
            raise GateError(f"{self._file}: cannot be read ({error})") from error
        try:
            kept: Any = json.loads(text)
        except ValueError:
            return {}
        return cast("dict[str, Any]", kept) if isinstance(kept, dict) else {}

    def _write(self) -> None:
        codes = {role.word: code for role, code in self.codes.items()}
        text = json.dumps({"secret": self._secret, "codes": codes}, indent=1) + "\n"
        try:
            write_whole(self._file, text.encode(), private=True)
        except OSError as error:
            raise GateError(f"{self._file}: cannot be written ({error.strerror})") from error


def tidy_name(name: str) -> str:
    """A name on one line, not too long."""
    return on_one_line(name)[:NAME_LETTERS_MAX].strip()


@dataclass
class Throttle:
    """Slows down who tries codes: each wrong one from an address doubles the wait.

    monotonic_s: a clock that only goes forward.
    """

    monotonic_s: Callable[[], float]
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])

    def wait_s(self, address: str) -> float:
        """How long this address has to wait before its next try; 0 for not at all."""
        _, until_s = self._wrong.get(address, (0, 0.0))
        return max(0.0, until_s - self.monotonic_s())

    def wrong(self, address: str) -> None:
        """It tried a wrong code."""
        count = self._wrong.pop(address, (0, 0.0))[0] + 1
        if len(self._wrong) >= ADDRESSES_MAX:  # the one that was quiet longest is forgotten
            self._wrong.pop(next(iter(self._wrong)))
        wait_s = 0.0 if count <= FREE_TRIES else min(WAIT_S_MAX, 2.0 ** (count - FREE_TRIES))
        self._wrong[address] = (count, self.monotonic_s() + wait_s)

    def right(self, address: str) -> None:
        """It had a right one."""
        self._wrong.pop(address, None)
