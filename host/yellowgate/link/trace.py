"""Every frame of a conversation, at level DEBUG: for whoever has to find a fault from afar.

`gate -v` and `gate --log-file FILE` show it. Keys never stand in it.
"""

from __future__ import annotations

import logging
import re

from gate_wire import frame, message, permit

log = logging.getLogger("yellowgate.link")

SENT, CAME = ">", "<"
_NAMES = (
    *("HELLO", "READ", "TIME", "PAIR", "SET_CLOCK", "TAIL", "HEALTH", "DOCTOR", "NEW_LOG", "REPL"),
    *("IDENTIFY", "KNOWN_TAGS", "RADIO_OUT", "OK", "WELCOME", "RECORDS", "READ_END", "TIME_IS"),
    *("STORED", "HEALTH_IS", "DOCTOR_IS", "RADIO_IN", "ERROR", "CHALLENGE", "CHALLENGE_IS"),
)
_NAME_OF: dict[int, str] = {getattr(message, name): name for name in _NAMES}
_OPEN_BYTES = {
    message.NEW_LOG: permit.PROOF_BYTES + 20
}  # of the payload: the key that a log begins with follows


class Frames:
    """Finds the frames in what goes to a port and comes from it, also those that nobody takes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._readers = {SENT: frame.FrameReader(), CAME: frame.FrameReader()}

    def saw(self, direction: str, data: bytes) -> None:
        """Bytes went in this direction."""
        if not data or not log.isEnabledFor(logging.DEBUG):
            return
        reader = self._readers[direction]
        damaged = reader.damaged
        for kind, reference, payload in reader.feed(data):
            name = _NAME_OF.get(kind, f"kind {kind:#04x}")
            shown = _shown(kind, payload)
            log.debug("%s %s %s %d %s", self._url, direction, name, reference, shown)
        if reader.damaged > damaged:
            count = reader.damaged - damaged
            log.debug("%s %s %d damaged: %s", self._url, direction, count, _noise(data))


def _noise(data: bytes) -> str:
    """What is no frame; not the text of MicroPython's prompt, in which keys come and go."""
    is_text = re.search(rb"[\t\r\n -~]{12}", data) is not None
    return f"{len(data)} bytes of text" if is_text else data.hex()


def _shown(kind: int, payload: bytes) -> str:
    count = _OPEN_BYTES.get(kind, len(payload))
    secret = len(payload) - count
    return payload[:count].hex() + (f" (and {secret} secret bytes)" if secret > 0 else "")
