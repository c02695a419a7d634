"""What was done to a station by its cable, that takes the race's key or a hand on its button."""

from __future__ import annotations

import numpy as np
from gate_wire import kinds, message, permit

from yellowgate.records import Records

_DONE = {
    message.SET_CLOCK: "its clock was set",
    message.NEW_LOG: "this log was begun in the place of the one before",
    message.REPL: "it was taken to MicroPython's REPL, where anything can be changed",
}


def by_hand(log: Records) -> list[str]:
    """In words, what somebody did who held the button, and proved no key."""
    found: list[str] = []
    for at in np.flatnonzero(log.of_kind == kinds.SERVICE).tolist():
        body = permit.unpack_service(log.bodies[at])
        if body is not None and body[1] == permit.BY_HAND:
            done = _DONE.get(body[0], f"something was done ({body[0]:#04x})")
            found.append(f"record {log.seqs[at]}: by a hand on its button, without the key, {done}")
    return found
