"""What a station is told at provisioning: `station.json` on the board's filesystem.

A missing or damaged file must not stop a race: whatever cannot be used is left at its default
and named in `problems`, and the station runs as a gate without a name.
"""

import json

from gate_wire import kinds

from gate_station.core.settings import Config

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import IO, Any

FILE_NAME = "station.json"
REGIONS = ("US915", "EU868")
PART_NAMES = ("button", "reader", "rtc", "radio", "buzzer", "leds", "battery")
KEY_BYTES = 16
ID_MAX = 0xFFFF
UID_BYTES = (4, 7, 10)  # ISO 14443-3: single, double and triple size UIDs

# Numbers that may be set in the file: name, default, lowest, highest.
_NUMBERS = (
    ("touch_ms", 3000, 0, 60_000),  # a tag seen again this soon after is still the same touch
    ("debounce_ms", 150, 5, 2000),  # a plunger chatters for some ten milliseconds
    ("director_ms", 20_000, 1000, 120_000),  # how long the director's card is remembered
    ("battery_min_mv", 3000, 0, 20_000),  # below it nothing is written to flash
    ("battery_low_mv", 3500, 0, 20_000),  # below it the station says so
    ("health_s", 900, 10, 86_400),  # a health record every so often
    ("self_test_s", 30, 10, 86_400),  # the reader is asked whether it lives
    ("blink_s", 10, 0, 3600),  # the green LED says "I live"; 0: never
    ("low_power", 0, 0, 1),  # 1: the reader looks for tags in short turns, and the chip naps
    ("reader_on_ms", 60, 40, 1000),  # low power: this long looking for a tag
    ("reader_off_ms", 190, 0, 5000),  # ... and this long asleep
)


def parse(text: str | bytes) -> Config:
    """The configuration in this JSON text. Never raises; see Config.problems."""
    config = _default()
    try:
        data: object = json.loads(text)
    except (ValueError, TypeError):
        data = None
    settings = _dict(data)
    if settings is None:
        config.problems.append("%s is missing or damaged: defaults are used" % FILE_NAME)
        return config
    for key in settings:
        _take(config, key, settings[key])
    return config


def _default() -> Config:
    config = Config()
    config.id = 0
    config.role = kinds.GATE
    config.name = ""
    config.region = REGIONS[0]
    config.radio_key = config.cable_key = b""
    config.radio = {}
    config.director = config.off = ()
    config.problems = []
    for name, default, _, _ in _NUMBERS:
        setattr(config, name, default)
    return config


def load(open_file: "Callable[[str], IO[str]]") -> Config:
    """The configuration in the file that open_file(name) opens (the builtin open on a board)."""
    try:
        file = open_file(FILE_NAME)
    except OSError:
        return parse("")
    try:
        return parse(file.read())
    except (OSError, ValueError):  # ValueError: bytes that are no UTF-8
        return parse("")
    finally:
        file.close()


def _take(config: Config, key: str, value: object) -> None:
    for name, _, low, high in _NUMBERS:
        if key == name:
            _number(config, name, value, low, high)
            return
    taker = _TAKERS.get(key)
    if taker is None:
        config.problems.append("%s is not known" % key)
    elif not taker(config, value):
        config.problems.append("%s cannot be used" % key)


def _number(config: Config, name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, int) and low <= value <= high:
        setattr(config, name, value)
    else:
        config.problems.append("%s must be %d to %d" % (name, low, high))


def _id(config: Config, value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= ID_MAX:
        return False
    config.id = value
    return True


def _role(config: Config, value: object) -> bool:
    for number in kinds.ROLE_NAMES:
        if kinds.ROLE_NAMES[number] == value:
            config.role = number
            return True
    return False


def _name(config: Config, value: object) -> bool:
    if not isinstance(value, str) or len(value) > 40:
        return False
    config.name = value
    return True


def _region(config: Config, value: object) -> bool:
    if value not in REGIONS:
        return False
    config.region = str(value)
    return True


def _keys(config: Config, value: object) -> bool:
    keys = _dict(value)
    is_good = keys is not None
    for name in keys or ():
        key = from_hex(keys[name]) if keys is not None else None
        if key is None or len(key) not in (0, KEY_BYTES) or name not in ("radio", "cable"):
            is_good = False
        elif name == "radio":
            config.radio_key = key
        else:
            config.cable_key = key
    return is_good


def _radio(config: Config, value: object) -> bool:
    radio = _dict(value)
    config.radio = radio or {}
    return radio is not None


def _director(config: Config, value: object) -> bool:
    if not isinstance(value, list):
        return False
    items: "list[Any]" = value  # pyright: ignore[reportUnknownVariableType]
    uids = [from_hex(item) for item in items]
    uids_of_cards = [uid for uid in uids if uid is not None and len(uid) in UID_BYTES]
    config.director = tuple([uid for uid in uids_of_cards if not kinds.is_random_uid(uid)])
    return len(config.director) == len(uids)


def _parts(config: Config, value: object) -> bool:
    parts = _dict(value)
    if parts is None:
        return False
    off = [name for name in parts if parts[name] is False]
    config.off = tuple([name for name in off if name in PART_NAMES])
    return len(config.off) == len(off)


_TAKERS = {
    "id": _id,
    "role": _role,
    "name": _name,
    "region": _region,
    "keys": _keys,
    "radio": _radio,
    "director": _director,
    "parts": _parts,
}


def _dict(value: object) -> "dict[str, Any] | None":
    """A JSON object; None when it is something else."""
    if not isinstance(value, dict):
        return None
    items: "dict[str, Any]" = value  # pyright: ignore[reportUnknownVariableType]
    return items


def from_hex(text: object) -> bytes | None:
    """The bytes of a hex string, None when it is none. (bytes.fromhex forgives too much.)"""
    if not isinstance(text, str) or len(text) % 2:
        return None
    out = bytearray(len(text) // 2)
    for at in range(len(text)):
        digit = "0123456789abcdef".find(text[at].lower())
        if digit < 0:
            return None
        out[at // 2] = out[at // 2] << 4 | digit
    return bytes(out)
