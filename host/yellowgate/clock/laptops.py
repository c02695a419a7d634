"""What people call a clock that gave its time: what kind of one it is, and whose laptop."""

from __future__ import annotations

import numpy as np
from gate_wire import bodies, kinds, permit

from yellowgate.clock.shape import Reference
from yellowgate.records import Records

_REFERENCE_WORDS = {
    bodies.REFERENCE_LAPTOP: "laptop",
    bodies.REFERENCE_NTP: "laptop (NTP)",
    bodies.REFERENCE_GPS: "GPS",
    bodies.REFERENCE_WATCH: "watch",
    bodies.REFERENCE_RADIO: "radio",
}


def names_in(log: Records) -> dict[int, list[bytes]]:
    """Reference id of a laptop -> its names in this log as they came, each once."""
    found: dict[int, list[bytes]] = {}
    for at in np.flatnonzero(log.of_kind == kinds.LAPTOP).tolist():
        body = permit.unpack_laptop(log.bodies[at])
        if body is not None and body[1] not in found.setdefault(body[0], []):
            found[body[0]].append(body[1])
    return found


def name_of(log: Records, reference_id: int) -> str:
    """What people call the laptop of this number, "" where this log does not say. A laptop that
    gave several names has them all: a name is only what somebody on the cable said.
    """
    names = {_shown(name.decode(errors="replace")) for name in names_in(log).get(reference_id, ())}
    return " or ".join(sorted(names - {""}))


def _shown(name: str) -> str:
    """Without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in name).strip()


def words(log: Records, kind: int, reference: Reference) -> str:
    """What it is, its name where the log has one, and its number, by which rulings name it."""
    parts = [_REFERENCE_WORDS.get(kind, "clock"), name_of(log, reference.reference_id)]
    return " ".join(part for part in (*parts, reference.name) if part)
