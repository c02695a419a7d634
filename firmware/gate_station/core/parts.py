"""The parts that a station was built with, and the flags they set; see ports.py for what each of
them does.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station import ports


class Flags:
    """What the interrupts and the tasks wake each other with."""

    def __init__(self, aio: "ports.Aio") -> None:
        self.button = aio.flag()
        self.reader = aio.flag()
        self.console = aio.flag()
        self.radio = aio.flag()
        self.write = aio.flag()
        self.sound = aio.flag()
        self.stopped = aio.flag()


class Parts:
    """None for a part that is not there: the station lives without it."""

    def __init__(self) -> None:
        self.button: "ports.Button | None" = None
        self.reader: "ports.Reader | None" = None
        self.rtc: "ports.Rtc | None" = None
        self.radio: "ports.Radio | None" = None
        self.buzzer: "ports.Buzzer | None" = None
        self.leds: "ports.Leds | None" = None
        self.power: "ports.Power | None" = None
        self.console: "ports.Console | None" = None
        self.watchdog: "ports.Watchdog | None" = None
        self.missing: list[str] = []  # configured, but no driver for it could be made
