"""What a station was told, and what it does when it was told nothing: see config.py."""

from gate_wire import kinds


class Config:
    """The settings of a station; the attributes are those of station.json, config.py fills them.

    id: 0..65535. role: number of gate_wire.kinds. radio_key: 16 bytes, or b"" for a station that
    has none. director: UIDs of the director's cards, bytes each. off: names of parts that are
    not to be looked for. problems: what in the file could not be used, one line each.
    """

    def __init__(self) -> None:
        self.id = 0
        self.role = kinds.GATE
        self.name = ""
        self.region = "US915"
        self.radio_key = b""
        self.radio: dict[str, object] = {}
        self.director: tuple[bytes, ...] = ()
        self.off: tuple[str, ...] = ()
        self.problems: list[str] = []
        self.touch_ms = 0
        self.debounce_ms = 0
        self.director_ms = 0
        self.battery_min_mv = 0
        self.battery_low_mv = 0
        self.health_s = 0
        self.self_test_s = 0
        self.blink_s = 0
        self.low_power = 0
        self.reader_on_ms = 0
        self.reader_off_ms = 0
