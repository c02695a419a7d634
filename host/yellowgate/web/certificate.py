"""A certificate made for this race: what phones are sent is then not readable by others.

No authority vouches for it, so each browser asks once; its fingerprint is printed for comparison.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import trustme

from yellowgate.errors import GateError
from yellowgate.files import write_whole
from yellowgate.web.known import mark_of

CERTIFICATE_FILE, KEY_FILE = ".headquarters-certificate.pem", ".headquarters-key.pem"


def certificate(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """The files of certificate and key; made when they are not there. names: hosts and addresses.

    Raises GateError when they cannot be written.
    """
    chain, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
    if not (chain.exists() and key.exists()):
        made = trustme.CA(organization_name="Yellow Gate").issue_cert(*names)
        _write(key, made.private_key_pem.bytes())
        _write(chain, b"".join(blob.bytes() for blob in made.cert_chain_pems))
    return chain, key


def fingerprint(chain: Path) -> str:
    """SHA-256 as browsers show it."""
    first = chain.read_text("ascii").partition("-----END CERTIFICATE-----")
    return mark_of(ssl.PEM_cert_to_DER_cert(first[0] + first[1]))


def _write(file: Path, data: bytes) -> None:
    try:
        write_whole(file, data, private=True)
    except OSError as error:
        raise GateError(f"{file}: cannot be written ({error.strerror})") from error
