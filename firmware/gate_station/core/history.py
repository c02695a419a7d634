"""What its log tells a station that starts: needed then only."""

from gate_wire import bodies, kinds, record

from gate_station.core import duty

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.log import Log

_LOOK_BACK = 16
# When a start that nothing follows is recorded, by how many such starts there were before it.
_BOOT_DUE_MS = (30_000, 120_000, 480_000, 900_000)
_LONG_MS = 600_000  # who lives so long is in no loop


def last_utc_ms(log: "Log") -> int:
    """UTC of the last record that has one, looking at a few; 0 when none of them has."""
    buf = bytearray(record.RECORD_BYTES_MAX)
    next_seq = log.tip()[0]
    for seq in range(next_seq - 1, max(-1, next_seq - 1 - _LOOK_BACK), -1):
        if log.read(seq, buf):
            utc_ms = record.unpack(buf).utc_ms
            if utc_ms != record.UTC_UNKNOWN:
                return utc_ms
    return 0


def boot_due_ms(log: "Log | None") -> int:
    """After how long a start is recorded that nothing follows.

    A board that restarts again and again shall not fill its log, whatever restarts it: each
    recorded life costs a page. So the more of the last lives left nothing but their start, the
    longer the next one waits. A touch, or a laptop that compared its clock, ends such a row, and
    so does a life of ten minutes: somebody is there, or it is none of a loop.
    """
    starts = 0
    buf = bytearray(record.RECORD_BYTES_MAX)
    next_seq = log.tip()[0] if log is not None else 0
    for seq in range(next_seq - 1, max(-1, next_seq - 1 - _LOOK_BACK), -1):
        if log is None or not log.read(seq, buf):
            continue
        row = record.unpack(buf)
        if row.uptime_ms >= _LONG_MS or row.kind not in _ALONE or _is_by_laptop(row):
            break
        if row.kind == kinds.BOOT:
            starts += 1
    return _BOOT_DUE_MS[min(starts, len(_BOOT_DUE_MS) - 1)]


_ALONE = (kinds.BOOT, kinds.HEALTH, kinds.CLOCK)


def _is_by_laptop(row: record.Record) -> bool:
    body = bodies.unpack_clock(row.body) if row.kind == kinds.CLOCK else None
    return body is not None and body.reference in (bodies.REFERENCE_LAPTOP, bodies.REFERENCE_NTP)


def recent_lives(lives: list[int]) -> int:
    """How many earlier lives may have sent within the last hour.

    lives: of each earlier start, the newest first, the highest uptime in ms that its records
    prove. A life that another one of an hour or more followed is out of reach.
    """
    since_ms = 0
    for at in range(len(lives)):
        if since_ms > duty.HOUR_MS + 2 * duty.MINUTE_MS:
            return at
        since_ms += lives[at]
    return len(lives)


def lives_in(log: "Log", boot: int, look_back: int = 256) -> list[int]:
    """The earlier lives that the end of the log shows, as recent_lives wants them.

    boot: number of this start. Starts that left no record count as lives of no length, so
    missing records make the answer more careful, never less.
    """
    lives: list[int] = []
    next_seq = log.tip()[0]
    buf = bytearray(64)
    boot_seen = boot
    for seq in range(next_seq - 1, max(next_seq - 1 - look_back, -1), -1):
        if log.read(seq, buf) == 0:
            continue
        row_boot = buf[2] | buf[3] << 8
        uptime_ms = buf[8] | buf[9] << 8 | buf[10] << 16 | buf[11] << 24
        if row_boot >= boot:
            continue
        while boot_seen > row_boot and len(lives) < duty.SHIFT_MAX:
            lives.append(0)
            boot_seen -= 1
        if boot_seen == row_boot:
            lives[-1] = max(lives[-1], uptime_ms)
        if recent_lives(lives) < len(lives) or len(lives) >= duty.SHIFT_MAX:
            break
    return lives
