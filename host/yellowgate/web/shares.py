"""What one laptop tells another: records and rulings, as sets, in whatever order and how often.

The other says what it has as a hash of each block of 256 numbers of a log, and is sent the blocks
that differ. Keys of stations are not told: who needs them takes a copy of the race folder along.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from starlette.responses import JSONResponse, Response

from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.store.merging import Merged
from yellowgate.store.store import Store
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.roles import Role

BLOCK = 256  # numbers of a log
RECORDS_MAX = 20_000  # in one answer; then more is asked for
HASH_BYTES = 8

Blocks = dict[str, dict[str, str]]
"""The hash of each block, by log id and the block's number."""


def blocks(store: Store) -> Blocks:
    """What is here."""
    found: Blocks = {}
    for log_id, log in store.logs().items():
        of_log: dict[int, list[bytes]] = {}
        for seq, raw in zip(log.seqs.tolist(), log.raws, strict=True):
            of_log.setdefault(seq // BLOCK, []).append(bytes(raw))
        found[log_id] = {str(at): _hash(raws) for at, raws in of_log.items()}
    return found


def _hash(raws: list[bytes]) -> str:
    made = hashlib.sha256()
    for raw in sorted(raws):
        made.update(len(raw).to_bytes(4, "big") + raw)
    return made.hexdigest()[: 2 * HASH_BYTES]


def tell(store: Store, have: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """What the other does not have. have: see Blocks; known: ids of its rulings."""
    observations: dict[str, list[str]] = {}
    count, is_all = 0, True
    ours = blocks(store)
    for log_id, log in store.logs().items():
        theirs = have.get(log_id)
        same = cast("dict[str, str]", theirs) if isinstance(theirs, dict) else {}
        wanted = {int(at) for at, made in ours[log_id].items() if same.get(at) != made}
        for seq, raw in zip(log.seqs.tolist(), log.raws, strict=True):
            if seq // BLOCK not in wanted:
                continue
            if count >= RECORDS_MAX:
                is_all = False
                break
            observations.setdefault(log_id, []).append(base64.b64encode(raw).decode())
            count += 1
    return {
        "observations": observations,
        "rulings": [
            [row.at_us, row.by, row.why, row.kind, dict(row.data)]
            for row in store.rulings()
            if row.id not in known
        ],
        "tips": [[log_id, end, tag.hex()] for log_id, end, tag in store.tips()],
        "log_stations": {log_id: sorted(some) for log_id, some in store.log_stations().items()},
        "marks": [[*row[:3], row[3].hex()] for row in store.marks()],
        "is_all": is_all,
    }


def take(store: Store, told: Mapping[str, Any]) -> Merged:
    """Unite what was told into this store: as a file of another laptop, looked at whole before any
    of it is taken. Raises GateError when it makes no sense: then nothing was.
    """
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        file = Path(folder) / "told.db"
        other = Store.file(file)
        try:
            _fill(other, told)
        except (ValueError, TypeError, KeyError, binascii.Error) as error:
            raise GateError(f"the other laptop told what makes no sense: {error}") from error
        finally:
            other.close()
        return store.merge(file)


def _fill(other: Store, told: Mapping[str, Any]) -> None:
    other.add_observations(
        (log_id, base64.b64decode(raw, validate=True))
        for log_id, raws in dict(told["observations"]).items()
        for raw in raws
    )
    other.add_rulings(Ruling(*row) for row in told["rulings"])
    for log_id, end, tag in told["tips"]:
        other.add_tip(log_id, end, bytes.fromhex(tag))
    other.add_log_stations(
        (log_id, number)
        for log_id, numbers in dict(told["log_stations"]).items()
        for number in numbers
    )
    other.add_marks((*row[:3], bytes.fromhex(row[3])) for row in told["marks"])


_BOOT = secrets.token_hex(4)  # of this program: versions of two stores are never taken for one


def share(asked: Asked) -> Response:
    """Tell another laptop what it lacks; nothing when nothing is new since it asked last."""
    store = asked.hq.folder.store()
    try:
        version = f"{_BOOT}:{store.version()}"
        if asked.text("since") == version:
            return JSONResponse({"version": version, "is_same": True})
        if "have" not in asked.words:
            return JSONResponse({"version": version, "is_same": False})
        have, known = asked.words.get("have"), asked.words.get("rulings")
        if not isinstance(have, dict) or not isinstance(known, list):
            raise Refused("This is no other HQ.")
        told = tell(store, cast("dict[str, Any]", have), set(map(str, cast("list[Any]", known))))
        return JSONResponse({"version": version, "is_same": False, **told})
    finally:
        store.close()


ROUTES = (Spec("/share", Role.VOLUNTEER, share, "POST"),)
