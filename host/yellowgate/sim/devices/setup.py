"""How a virtual station is built. Runs on both Pythons."""


class Setup:
    """How a virtual station is built. Everything is plain, so that it goes through JSON.

    settings: of station.json. utc_us: UTC at the world's beginning, microseconds since 2020.
    begin_us: world time at which the simulation begins.
    rtc: "set", "lost" (never set, or its battery was out) or "none" (no chip).
    """

    def __init__(self) -> None:
        self.settings: dict[str, object] = {"id": 1, "role": "gate"}
        self.drift_ppb = 0
        self.rtc = "set"
        self.rtc_drift_ppb = 0
        self.utc_us = 0
        self.begin_us = 0
        self.with_reader = True
        self.with_radio = False
        self.leaps = True  # over what finds nothing to do (quiet.py), on CPython
        self.with_files = True  # False: the log is looked for by its headers alone
        self.battery_mv = 4100
        self.seed = 1

    @property
    def unique_id(self) -> bytes:
        """Of the board: made from the station's id."""
        number = self.settings.get("id", 0)
        return b"sim%05d" % (number if isinstance(number, int) else 0)
