"""What a host asks seldom, once in a sync or less: loaded then."""

from gate_wire import bodies, kinds, link, message, permit, record

from gate_station.core import bootrecord, health, permission, timetold
from gate_station.core.station import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.log import Log
    from gate_station.core.server import Server
    from gate_station.core.station import Station

_PAIR_AGE_US_MAX = 3_600_000_000  # a pair for a moment longer ago than this is a mistake
# What anybody on the cable may have recorded: so many times at once, then once a minute; and where
# the log is so full, what is left is for touches.
_ASKED_MAX = 16
_ASKED_MS = 60_000


def answer(server: "Server", event: link.Event, now_us: int) -> None:
    """Answer a request that server.py does not answer itself. Raises ValueError for a payload
    that is none, OSError when the log cannot take a record.
    """
    if event.kind in _GUARDED:
        _obey(server, event, now_us)
        return
    found = _ANSWERS.get(event.kind)
    if found is None:
        server.no(event, message.ERROR_UNKNOWN, "unknown request")
    else:
        found(server, event, now_us)


def failure(server: "Server", error: "OSError | ValueError") -> bytes:
    """Why a request was not answered, or something not stored: the payload of ERROR."""
    if isinstance(error, ValueError):
        return message.pack_error(message.ERROR_FORM, "malformed request: %s" % error)
    if server.station.is_full(error):
        return message.pack_error(message.ERROR_LOG_FULL, "log full")
    return message.pack_error(message.ERROR_FLASH, "not stored: %s" % error)


def _obey(server: "Server", event: link.Event, now_us: int) -> None:
    """What the race's key or a hand permits. How it was permitted is recorded, where the log can
    take it: a full log must not keep anybody from beginning a new one.
    """
    if permission.is_again(server, event):
        return
    try:
        by = permission.who(server, event, now_us)
    except permission.Refused as refusal:
        server.no(event, message.ERROR_NO_PERMISSION, refusal.text)
        return
    asked = event.payload[permit.PROOF_BYTES :]
    try:
        kind, payload = _GUARDED[event.kind](server, asked, now_us, by)
    except (OSError, ValueError) as error:
        kind, payload = message.ERROR, failure(server, error)
    if by == permit.BY_KEY:
        proof = event.payload[: permit.PROOF_BYTES]
        permission.memory(server).obeyed = proof, kind, payload
    server.say(event, kind, payload)


def _set_clock(server: "Server", asked: bytes, now_us: int, by: int) -> "tuple[int, bytes]":
    seq = timetold.set_clock(server.station, _clock(asked, now_us))
    _record_service(server, message.SET_CLOCK, by)
    return message.STORED, message.pack_stored(seq)


def _pair(server: "Server", event: link.Event, now_us: int) -> None:
    clock = _clock(event.payload[: bodies.CLOCK_BYTES], now_us)
    clock.what = bodies.CLOCK_PAIR
    name = event.payload[bodies.CLOCK_BYTES :]
    laptop = permit.pack_laptop(clock.reference_id, name) if name else b""
    log = server.station.log
    if log is not None and health.ASKED_FULL_PERMILLE <= log.fill_permille < 1000:
        server.no(event, message.ERROR_LOG_FULL, "log nearly full: what is left is for touches")
        return
    if not _may_ask(server, event, now_us // 1000):
        return
    if laptop:
        server.station.store(kinds.LAPTOP, laptop)
    seq = server.station.store_clock(clock)
    server.say(event, message.STORED, message.pack_stored(seq))


def _may_ask(server: "Server", event: link.Event, now_ms: int) -> bool:
    """May a host without permission have something recorded, or a part stopped to be looked at?
    Says so if not.
    """
    known = permission.memory(server)
    spent_ms = max(known.spent_ms, now_ms)
    wait_ms = spent_ms - now_ms - (_ASKED_MAX - 1) * _ASKED_MS
    if wait_ms > 0:
        text = "asked too often: again in %d s" % ((wait_ms + 999) // 1000)
        server.no(event, message.ERROR_TOO_OFTEN, text)
        return False
    known.spent_ms = spent_ms + _ASKED_MS
    return True


def _record_service(server: "Server", what: int, by: int) -> None:
    if by == permit.BY_NOBODY:
        return
    try:
        server.station.store(kinds.SERVICE, permit.pack_service(what, by))
    except OSError:
        pass


def _health(server: "Server", event: link.Event, _now_us: int) -> None:
    server.say(event, message.HEALTH_IS, bodies.pack_health(server.station.health()))


def _doctor(server: "Server", event: link.Event, now_us: int) -> None:
    if _may_ask(server, event, now_us // 1000):
        server.say(event, message.DOCTOR_IS, server.doctor().encode())


def _identify(server: "Server", event: link.Event, _now_us: int) -> None:
    server.identify()
    server.say(event, message.OK)


def _known_tags(server: "Server", event: link.Event, _now_us: int) -> None:
    if not server.station.roster.load(event.payload):
        raise ValueError("known tags")
    server.say(event, message.OK)


def _repl(server: "Server", _asked: bytes, _now_us: int, by: int) -> "tuple[int, bytes]":
    if not server.leaves:  # else repeated
        _record_service(server, message.REPL, by)
    server.leaves = True
    return message.OK, b""


def _clock(payload: bytes, now_us: int) -> bodies.Clock:
    clock = bodies.unpack_clock(payload)
    if clock is None or not 0 <= now_us - clock.uptime_us <= _PAIR_AGE_US_MAX:
        raise ValueError("clock")
    return clock


def _hello(server: "Server", event: link.Event, now_us: int) -> None:
    station = server.station
    log = station.log
    config = station.config
    next_seq, tag = log.tip() if log is not None else (0, bytes(4))
    fields = (
        message.WIRE_VERSION,
        config.role,
        config.id,
        log.log_id if log is not None else bytes(8),
        log.generation & 0xFFFF if log is not None else 0,
        min(station.boot, record.BOOT_MAX),
        bootrecord.bits(station.parts),
        VERSION[0],
        VERSION[1],
        VERSION[2],
        next_seq,
        tag,
        now_us // 1000 & 0xFFFFFFFF,
        log.fill_permille if log is not None else 0,
        station.unique_id,
    )
    server.say(event, message.WELCOME, message.pack_welcome(fields, config.name))


def _begin_log(server: "Server", asked: bytes, _now_us: int, by: int) -> "tuple[int, bytes]":
    """Only for a host that names the log that it gives up, and how far it has it."""
    told = message.unpack_new_log(asked)
    if told is None:
        raise ValueError("new log")
    log = server.station.log
    if server.restarts:  # repeated, since making it took long
        return message.OK, b""
    if server.new_log is None:
        text = "this station cannot make a new log"
        return message.ERROR, message.pack_error(message.ERROR_NO_PART, text)
    if log is not None and (told[0] != log.log_id or told[1] != log.tip()[0]):
        text = "log %s has %d records: sync first" % (_hex(log.log_id), log.tip()[0])
        return message.ERROR, message.pack_error(message.ERROR_NOT_CONFIRMED, text)
    made = server.new_log(told[2], told[3])
    # Its blocks are free for anything: a touch before the restart is refused, not lost.
    server.station.log = None
    if made is not None and by != permit.BY_NOBODY:
        _record_in(made, server.station, permit.pack_service(message.NEW_LOG, by))
    server.restarts = True
    return message.OK, b""


def _record_in(log: "Log", station: "Station", body: bytes) -> None:
    """In a log that was begun just now, of which nobody else knows yet."""
    try:
        for kind, stamp, raw in (
            (kinds.BOOT, bootrecord.stamp(station), bootrecord.body(station)),
            (kinds.SERVICE, station.clock.stamp_now(), body),
        ):
            log.append(kind, log.last_boot or 1, stamp[0], stamp[1], stamp[2], raw)
    except OSError:
        pass


def _hex(data: bytes) -> str:
    return "".join(["%02x" % byte for byte in data])


_ANSWERS = {
    message.HELLO: _hello,
    message.PAIR: _pair,
    message.HEALTH: _health,
    message.DOCTOR: _doctor,
    message.CHALLENGE: permission.challenge,
    message.IDENTIFY: _identify,
    message.KNOWN_TAGS: _known_tags,
}
_GUARDED = {
    message.SET_CLOCK: _set_clock,
    message.NEW_LOG: _begin_log,
    message.REPL: _repl,
}
