"""What a host asks seldom, once in a sync or less: loaded then."""

from gate_wire import bodies, link, message, record

from gate_station.core import bootrecord, timetold
from gate_station.core.station import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.server import Server

_PAIR_AGE_US_MAX = 3_600_000_000  # a pair for a moment longer ago than this is a mistake


def answer(server: "Server", event: link.Event, now_us: int) -> None:
    """Answer a request that server.py does not answer itself. Raises ValueError for a payload
    that is none, OSError when the log cannot take a record.
    """
    found = _ANSWERS.get(event.kind)
    if found is None:
        server.no(event, message.ERROR_UNKNOWN, "unknown request")
    else:
        found(server, event, now_us)


def _set_clock(server: "Server", event: link.Event, now_us: int) -> None:
    seq = timetold.set_clock(server.station, _clock(event, now_us))
    server.say(event, message.STORED, message.pack_stored(seq))


def _pair(server: "Server", event: link.Event, now_us: int) -> None:
    clock = _clock(event, now_us)
    clock.what = bodies.CLOCK_PAIR
    seq = server.station.store_clock(clock)
    server.say(event, message.STORED, message.pack_stored(seq))


def _health(server: "Server", event: link.Event, _now_us: int) -> None:
    server.say(event, message.HEALTH_IS, bodies.pack_health(server.station.health()))


def _doctor(server: "Server", event: link.Event, _now_us: int) -> None:
    server.say(event, message.DOCTOR_IS, server.doctor().encode())


def _identify(server: "Server", event: link.Event, _now_us: int) -> None:
    server.identify()
    server.say(event, message.OK)


def _known_tags(server: "Server", event: link.Event, _now_us: int) -> None:
    if not server.station.roster.load(event.payload):
        raise ValueError("known tags")
    server.say(event, message.OK)


def _repl(server: "Server", event: link.Event, _now_us: int) -> None:
    server.say(event, message.OK)
    server.leaves = True


def _clock(event: link.Event, now_us: int) -> bodies.Clock:
    clock = bodies.unpack_clock(event.payload)
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


def _begin_log(server: "Server", event: link.Event, _now_us: int) -> None:
    """Only for a host that names the log that it gives up, and how far it has it."""
    asked = message.unpack_new_log(event.payload)
    if asked is None:
        raise ValueError("new log")
    log = server.station.log
    if server.restarts:  # repeated, since making it took long
        server.say(event, message.OK)
    elif server.new_log is None:
        server.no(event, message.ERROR_NO_PART, "this station cannot make a new log")
    elif log is not None and (asked[0] != log.log_id or asked[1] != log.tip()[0]):
        server.no(
            event,
            message.ERROR_NOT_CONFIRMED,
            "log %s has %d records: sync first" % (_hex(log.log_id), log.tip()[0]),
        )
    else:
        server.new_log(asked[2], asked[3])
        # Its blocks are free for anything: a touch before the restart is refused, not lost.
        server.station.log = None
        server.say(event, message.OK)
        server.restarts = True


def _hex(data: bytes) -> str:
    return "".join(["%02x" % byte for byte in data])


_ANSWERS = {
    message.HELLO: _hello,
    message.PAIR: _pair,
    message.SET_CLOCK: _set_clock,
    message.HEALTH: _health,
    message.DOCTOR: _doctor,
    message.NEW_LOG: _begin_log,
    message.REPL: _repl,
    message.IDENTIFY: _identify,
    message.KNOWN_TAGS: _known_tags,
}
