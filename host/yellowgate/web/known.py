"""Certificates of other laptops: whoever is asked has to show the one that a person has compared.

No authority vouches for the certificate of a race (`--tls`). So its fingerprint is looked at once,
by a person who sees what `gate serve` printed there, and from then on it proves who answers: before
a code or a record is sent.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, cast

from yellowgate.errors import GateError
from yellowgate.files import write_whole

KNOWN_FILE = ".headquarters-known.json"


class Unseen(GateError):
    """A certificate that nobody has looked at yet. where: host and port."""

    def __init__(self, where: str, mark: str) -> None:
        super().__init__(
            f"{where}: nobody has compared its certificate yet, nothing was sent; if gate serve "
            f"printed this there: gate merge ADDRESS --certificate {mark}"
        )
        self.where = where
        self.mark = mark


def mark_of(certificate: bytes) -> str:
    """The fingerprint (SHA-256) of a certificate (DER), as browsers show it."""
    digits = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def mark_of_text(text: str) -> str:
    """A fingerprint as it was copied: with colons, blanks or nothing between. Raises GateError."""
    digits = re.sub(r"[\s:]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]{64}", digits):
        raise GateError(f"{text}: is no fingerprint of a certificate (64 hex digits of SHA-256)")
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


class Known:
    """The certificates that were compared, in a file of the race folder."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def check(self, where: str, certificate: bytes) -> None:
        """Is this the one that was compared? Raises Unseen at first sight, GateError for another
        than before. A laptop that moves to another address takes its certificate along.
        """
        known, mark = self._read(), mark_of(certificate)
        before = known.get(where)
        if before is None and mark in known.values():
            self.trust(where, mark)
        elif before is None:
            raise Unseen(where, mark)
        elif before != mark:
            raise GateError(
                f"{where}: shows another certificate than the one that was compared, nothing was "
                f"sent: somebody is in between, or gate serve made a new one there; if it printed "
                f"this: gate merge ADDRESS --certificate {mark}"
            )

    def trust(self, where: str, mark: str) -> None:
        """Somebody has compared it. Raises GateError."""
        known = {**self._read(), where: mark_of_text(mark)}
        try:
            write_whole(self._file, json.dumps(known, indent=1).encode(), private=True)
        except OSError as error:
            raise GateError(f"{self._file}: cannot be written ({error.strerror})") from error

    def _read(self) -> dict[str, str]:
        try:
            found: Any = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise GateError(
                f"{self._file}: cannot be read ({error}); delete it, and compare certificates anew"
            ) from error
        rows = cast("dict[object, object]", found) if isinstance(found, dict) else {}
        return {str(where): str(mark) for where, mark in rows.items()}
