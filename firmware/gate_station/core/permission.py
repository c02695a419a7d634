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
    """It is not permitted; text: why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Memory:
    """What a station remembers of those who asked, until it is switched off.

    asked: the challenge that is open, b"" for none, given at uptime since_ms. wrong: proofs in a
    row. deaf_until_ms: of the wait after them. obeyed: the last proof that was right, and the kind
    and payload of the answer. spent_ms: how far what anybody may have recorded is used up.
    """

    def __init__(self) -> None:
        self.asked = b""
        self.since_ms = 0
        self.wrong = 0
        self.deaf_until_ms = 0
        self.obeyed: "tuple[bytes, int, bytes] | None" = None
        self.spent_ms = 0


def memory(server: "Server") -> Memory:
    """The station's."""
    if server.memory is None:
        server.memory = Memory()
    return server.memory


def challenge(server: "Server", event: link.Event, now_us: int) -> None:
    """Answer CHALLENGE: the one that is still open, so that a repeated question does no harm, else
    a fresh one.
    """
    is_locked = len(server.station.config.cable_key) > 0
    now_ms = now_us // 1000
    known = memory(server)
    if not known.asked or now_ms - known.since_ms >= CHALLENGE_MS:
        known.asked = server.random_bytes(permit.CHALLENGE_BYTES)
        known.since_ms = now_ms
    answer = permit.pack_challenge(is_locked, known.asked)
    server.say(event, message.CHALLENGE_IS, answer)


def is_again(server: "Server", event: link.Event) -> bool:
    """Was this very request obeyed already, and is its answer on the way once more? Whoever sends
    it again, moves nothing.
    """
    proof = event.payload[: permit.PROOF_BYTES]
    obeyed = memory(server).obeyed
    if obeyed is None or obeyed[0] != proof:
        return False
    server.say(event, obeyed[1], obeyed[2])
    return True


def who(server: "Server", event: link.Event, now_us: int) -> int:
    """BY_ of permit.py: who permits this request. Raises Refused, ValueError for what is none."""
    payload = event.payload
    if len(payload) < permit.PROOF_BYTES:
        raise ValueError("no proof")
    key = server.station.config.cable_key
    if not key:
        return permit.BY_NOBODY
    now_ms = now_us // 1000
    deaf_ms = memory(server).deaf_until_ms - now_ms
    is_proven = payload[: permit.PROOF_BYTES] != permit.NO_PROOF
    if is_proven and deaf_ms <= 0 and _fits(server, event, key, now_ms):
        return permit.BY_KEY
    if _is_held(server, now_ms):  # whatever is in the race's folder of whoever holds it
        return permit.BY_HAND
    if is_proven and deaf_ms > 0:
        raise Refused("after a wrong key: again in %d s" % ((deaf_ms + 999) // 1000))
    raise Refused("only with the race's key, or while its button is held")


def _fits(server: "Server", event: link.Event, key: bytes, now_ms: int) -> bool:
    known = memory(server)
    asked, known.asked = known.asked, b""
    if not asked or now_ms - known.since_ms >= CHALLENGE_MS:
        return False
    proof = event.payload[: permit.PROOF_BYTES]
    arguments = event.payload[permit.PROOF_BYTES :]
    log = server.station.log
    log_id = log.log_id if log is not None else bytes(8)
    if permit.is_same(proof, permit.proof(key, asked, log_id, event.kind, arguments)):
        known.wrong = 0
        return True
    known.deaf_until_ms = now_ms + (WRONG_MS << known.wrong)
    known.wrong = min(known.wrong + 1, WRONG_MAX)
    return False


def _is_held(server: "Server", now_ms: int) -> bool:
    """Is there a hand on the button? A press of a runner is too short, ice and water hold on."""
    station = server.station
    button = station.parts.button
    if button is None or not button.is_down() or station.pressed_ms < 0:
        return False
    return HELD_MS <= now_ms - station.pressed_ms <= HELD_MS_MAX
