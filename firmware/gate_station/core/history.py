"""What its log tells a station that starts: needed then only."""

from gate_wire import record

from gate_station.core import duty

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.log import Log

_LOOK_BACK = 16


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
