"""The bodies of records that say more than a UID: boot, clock, health.

FORMAT.md ("Bodies") is the specification. Each pack function checks its ranges, since
struct.pack truncates silently on MicroPython.
"""

import struct

# How a station was started (boot body, cause).
CAUSE_POWER = 0
CAUSE_RESET = 1
CAUSE_WATCHDOG = 2

# What a station found at start (boot body, parts; the same bits in the WELCOME message).
PART_READER = 0x0001
PART_RTC = 0x0002
PART_RTC_EDGE = 0x0004
PART_RADIO = 0x0008
PART_BUZZER = 0x0010
PART_BATTERY = 0x0020
PART_BUTTON = 0x0040

# What a clock record tells (clock body, what).
CLOCK_PAIR = 0
CLOCK_SET = 1

# Which clock the reference is (clock body, reference).
REFERENCE_UNKNOWN = 0
REFERENCE_LAPTOP = 1  # a laptop's clock, nobody vouches for it
REFERENCE_NTP = 2  # a laptop whose clock was synchronised by NTP when it was asked
REFERENCE_GPS = 3
REFERENCE_WATCH = 4  # the director's watch, read off by hand
REFERENCE_RADIO = 5  # a base, over the air

_BOOT = "<BBHHBBBB"  # cause, role, station id, parts, version major, minor, patch, restarts
_CLOCK = "<BBIIHQIi"  # see pack_clock
_HEALTH = "<HbHhHHHH"  # see class Health, in order


class Boot:
    """Body of a boot record: who started, why, with what.

    restarts: how often in a row the watchdog has restarted the board, this start included; held
    at 255. A start after power or on purpose, or a life of 15 minutes, ends the row.
    """

    def __init__(
        self,
        cause: int,
        role: int,
        station_id: int,
        parts: int,
        version: tuple[int, int, int],
        restarts: int = 0,
    ) -> None:
        self.cause = cause
        self.role = role
        self.station_id = station_id
        self.parts = parts
        self.version = version
        self.restarts = restarts


class Clock:
    """Body of a clock record.

    what: CLOCK_PAIR: at uptime_us after this boot the reference showed utc_us, off by at most
    bound_us. CLOCK_SET: at uptime_us the station's UTC was set to utc_us; step_ms is what it was
    moved by (new minus old, held at the ends of 32 bits), bound_us that of the setting.
    utc_us counts from 2020-01-01 UTC. reference_id tells laptops apart.
    """

    def __init__(
        self,
        what: int,
        reference: int,
        reference_id: int,
        uptime_us: int,
        utc_us: int,
        bound_us: int,
        step_ms: int = 0,
    ) -> None:
        self.what = what
        self.reference = reference
        self.reference_id = reference_id
        self.uptime_us = uptime_us
        self.utc_us = utc_us
        self.bound_us = bound_us
        self.step_ms = step_ms


class Health:
    """Body of a health record. drift_ppm: crystal against RTC, 0 when there is no RTC."""

    def __init__(
        self,
        battery_mv: int,
        temperature_c: int,
        fill_permille: int,
        drift_ppm: int,
        reader_resets: int,
        flash_retries: int,
        radio_backlog: int,
        line_errors: int,
    ) -> None:
        self.battery_mv = battery_mv
        self.temperature_c = temperature_c
        self.fill_permille = fill_permille
        self.drift_ppm = drift_ppm
        self.reader_resets = reader_resets
        self.flash_retries = flash_retries
        self.radio_backlog = radio_backlog
        self.line_errors = line_errors


def clamp(value: int, low: int, high: int) -> int:
    """The value, held at the ends of its range: a counter that is full stays full."""
    return low if value < low else high if value > high else value


def pack_boot(body: Boot) -> bytes:
    """10 bytes."""
    major, minor, patch = body.version
    restarts = clamp(body.restarts, 0, 0xFF)
    return struct.pack(
        _BOOT, body.cause, body.role, body.station_id, body.parts, major, minor, patch, restarts
    )


def unpack_boot(body: bytes) -> Boot | None:
    """None when the body is not of the right length."""
    if len(body) != struct.calcsize(_BOOT):
        return None
    cause, role, station_id, parts, major, minor, patch, restarts = struct.unpack(_BOOT, body)
    return Boot(cause, role, station_id, parts, (major, minor, patch), restarts)


CLOCK_BYTES = 28


def pack_clock(body: Clock) -> bytes:
    """28 bytes: what, reference (u8 each), reference id (u32), uptime_us (u48), utc_us (u64),
    bound_us (u32), step_ms (i32), all little endian. Raises ValueError out of range.
    """
    if not 0 <= body.uptime_us < 1 << 48 or not 0 <= body.utc_us < 1 << 63:
        raise ValueError("clock body: time out of range")
    return struct.pack(
        _CLOCK,
        body.what,
        body.reference,
        body.reference_id,
        body.uptime_us & 0xFFFFFFFF,
        body.uptime_us >> 32,
        body.utc_us,
        clamp(body.bound_us, 0, 0xFFFFFFFF),
        clamp(body.step_ms, -0x7FFFFFFF, 0x7FFFFFFF),
    )


def unpack_clock(body: bytes) -> Clock | None:
    """None when the body is not of the right length."""
    if len(body) != CLOCK_BYTES:
        return None
    what, reference, reference_id, low, high, utc_us, bound_us, step_ms = struct.unpack(
        _CLOCK, body
    )
    return Clock(what, reference, reference_id, low | high << 32, utc_us, bound_us, step_ms)


def pack_health(body: Health) -> bytes:
    """15 bytes; every counter is held at the end of its range."""
    return struct.pack(
        _HEALTH,
        clamp(body.battery_mv, 0, 0xFFFF),
        clamp(body.temperature_c, -128, 127),
        clamp(body.fill_permille, 0, 1000),
        clamp(body.drift_ppm, -0x7FFF, 0x7FFF),
        clamp(body.reader_resets, 0, 0xFFFF),
        clamp(body.flash_retries, 0, 0xFFFF),
        clamp(body.radio_backlog, 0, 0xFFFF),
        clamp(body.line_errors, 0, 0xFFFF),
    )


def unpack_health(body: bytes) -> Health | None:
    """None when the body is not of the right length."""
    if len(body) != struct.calcsize(_HEALTH):
        return None
    return Health(*struct.unpack(_HEALTH, body))
