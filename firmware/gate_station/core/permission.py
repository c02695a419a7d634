"""Who may have the station set its clock, give up its log or leave for the REPL: loaded with such
a request. FORMAT.md ("Permission") is the specification.

A station that was given no key asks nobody for it.
"""

from gate_wire import link, message, permit

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.server import Server

CHALLENGE_MS = 60_000  # how long a proof may take
HELD_MS = 3000  # no touch of a runner lasts so long
HELD_MS_MAX = 60_000  # ... and no hand: that is ice
WRONG_MS = 1000  # after a wrong proof none is looked at for so long, then twice as long ...
WRONG_MAX = 6  # ... up to a minute


class Refused(Exception):
    """It is not permitted; the code and the text of the answer."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def challenge(server: "Server", event: link.Event, now_us: int) -> None:
    """Answer CHALLENGE: the one that is still open, so that a repeated question does no harm, else
    a fresh one.
    """
    is_locked = len(server.station.config.cable_key) > 0
    now_ms = now_us // 1000
    if not server.challenge or now_ms - server.challenge_ms >= CHALLENGE_MS:
        server.challenge = server.random_bytes(permit.CHALLENGE_BYTES)
        server.challenge_ms = now_ms
    answer = message.pack_challenge(is_locked, server.challenge)
    server.say(event, message.CHALLENGE_IS, answer)


def is_again(server: "Server", event: link.Event) -> bool:
    """Was this very request obeyed already, and is its answer on the way once more? Whoever sends
    it again, moves nothing.
    """
    proof = event.payload[: permit.PROOF_BYTES]
    if server.obeyed[0] != proof or len(proof) < permit.PROOF_BYTES:
        return False
    server.say(event, server.obeyed[1], server.obeyed[2])
    return True


def who(server: "Server", event: link.Event, now_us: int) -> int:
    """BY_ of permit.py: who permits this request. Raises Refused, ValueError for what is none."""
    payload = event.payload
    if len(payload) < permit.PROOF_BYTES:
        raise ValueError("no proof")
    key = server.station.config.cable_key
    if not key:
        return permit.BY_NOBODY
    proof = payload[: permit.PROOF_BYTES]
    if proof != permit.NO_PROOF and _fits(server, event, key, now_us // 1000):
        return permit.BY_KEY
    if _is_held(server, now_us // 1000):
        return permit.BY_HAND
    raise Refused("only with the race's key, or while its button is held")


def _fits(server: "Server", event: link.Event, key: bytes, now_ms: int) -> bool:
    if now_ms < server.deaf_until_ms:
        left_s = (server.deaf_until_ms - now_ms + 999) // 1000
        raise Refused("after a wrong key: again in %d s" % left_s)
    asked, server.challenge = server.challenge, b""
    if not asked or now_ms - server.challenge_ms >= CHALLENGE_MS:
        return False
    proof = event.payload[: permit.PROOF_BYTES]
    arguments = event.payload[permit.PROOF_BYTES :]
    log = server.station.log
    log_id = log.log_id if log is not None else bytes(8)
    if permit.is_same(proof, permit.proof(key, asked, log_id, event.kind, arguments)):
        server.wrong = 0
        return True
    server.deaf_until_ms = now_ms + (WRONG_MS << server.wrong)
    server.wrong = min(server.wrong + 1, WRONG_MAX)
    return False


def _is_held(server: "Server", now_ms: int) -> bool:
    """Is there a hand on the button? A press of a runner is too short, ice and water hold on."""
    station = server.station
    button = station.parts.button
    if button is None or not button.is_down() or station.pressed_ms < 0:
        return False
    return HELD_MS <= now_ms - station.pressed_ms <= HELD_MS_MAX
