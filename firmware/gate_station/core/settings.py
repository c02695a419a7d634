"""What a station was told, and what it does when it was told nothing: see config.py."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any


class Config:
    """The settings of a station; the attributes are those of station.json.

    id: 0..65535. role: number of gate_wire.kinds. radio_key: 16 bytes, or b"" for a station that
    has none; cable_key: likewise, for who may change it (permission.py). director: UIDs of the
    director's cards, bytes each. off: names of parts that are not to be looked for. problems: what
    in the file could not be used, one line each.

    config.parse() gives them their values, so that the defaults leave memory with it.
    """

    id: int
    role: int
    name: str
    region: str
    radio_key: bytes
    cable_key: bytes
    radio: "dict[str, Any]"
    director: tuple[bytes, ...]
    off: tuple[str, ...]
    problems: list[str]
    touch_ms: int
    debounce_ms: int
    director_ms: int
    battery_min_mv: int
    battery_low_mv: int
    health_s: int
    self_test_s: int
    blink_s: int
    low_power: int
    reader_on_ms: int
    reader_off_ms: int
