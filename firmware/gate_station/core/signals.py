"""What a cold, tired person hears and sees: patterns for the buzzer and the two LEDs.

Each pattern differs from all others in rhythm (for ears that cannot tell tones) and in the order
of its lights (for those who hear nothing in the wind). A step is (tone in Hz, 0 for silence;
lights; duration in ms).

A pattern is either an answer, which sounds at once and lets go on afterwards what it interrupted,
or news, which wait for their turn.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    Steps = tuple[tuple[int, int, int], ...]

GREEN = 1
RED = 2
BOTH = GREEN | RED

_HIGH = 2700  # Hz; small piezo buzzers are loudest about here
_MID = 2000
_LOW = 1200

ACCEPTED = "accepted"  # the touch is in flash
UNKNOWN = "unknown tag"  # in flash too, but nobody on the roster has this tag
DIRECTOR = "director"  # the director's card: taps or start comes next
START = "start"
TAPS = "taps"
REFUSED = "not stored"  # not in flash: the log is full or the flash fails
LOG_NEARLY_FULL = "log nearly full"
LOG_FULL = "log full"
CLOCK_UNSET = "clock unset"
BATTERY_LOW = "battery low"
BATTERY_STOP = "battery empty"  # touches wait in memory: change the battery without switching off
BOOT_OK = "boot ok"
PART_MISSING = "part missing"
IDENTIFY = "identify"
ALL_WELL = "all well"  # lights only: "I live", and where I hang
NOT_WELL = "not well"


def _beeps(count: int, hz: int, on_ms: int, off_ms: int, lights: int) -> "Steps":
    step = ((hz, lights, on_ms), (0, 0, off_ms))
    return step * count


# "Taps" (Butterfield, 1862), the 24 notes of the bugle: its open tones are all it needs.
_G4, _C5, _E5, _G5 = 784, 1047, 1319, 1568  # Hz, an octave up: small buzzers have no low notes
_TAPS_NOTES = (
    (_G4, 900), (_G4, 300), (_C5, 2400),
    (_G4, 900), (_C5, 300), (_E5, 2400),
    (_G4, 450), (_C5, 450), (_E5, 1200), (_G4, 450), (_C5, 450), (_E5, 1200),
    (_G4, 450), (_C5, 450), (_E5, 2400),
    (_C5, 900), (_E5, 300), (_G5, 1600), (_E5, 800), (_C5, 800), (_G4, 2400),
    (_G4, 900), (_G4, 300), (_C5, 3000),
)  # fmt: skip
_TAPS = tuple([(hz, RED, ms) for hz, ms in _TAPS_NOTES])
_TICK_TOCK = ((_MID, GREEN, 40), (0, GREEN, 260), (_LOW, RED, 40), (0, RED, 260))

PATTERNS: "dict[str, Steps]" = {
    # Answers.
    ACCEPTED: ((_HIGH, GREEN, 120), (0, GREEN, 280)),
    UNKNOWN: ((_HIGH, GREEN, 120), (0, BOTH, 60), (_LOW, BOTH, 350), (0, RED, 150)),
    DIRECTOR: ((_MID, BOTH, 50), (0, 0, 50), (_MID, BOTH, 50), (0, 0, 50), (0, BOTH, 300)),
    START: ((_LOW, GREEN, 250), (_MID, GREEN, 250), (_HIGH, GREEN, 1200)),
    REFUSED: _beeps(3, _LOW, 700, 150, RED),
    IDENTIFY: _beeps(10, _MID, 60, 60, GREEN) + _beeps(10, _MID, 60, 60, RED),
    # News.
    TAPS: _TAPS,
    LOG_NEARLY_FULL: ((0, 0, 300),) + _beeps(2, _LOW, 200, 150, RED) + ((_LOW, RED, 600),),
    LOG_FULL: ((0, 0, 300),) + _beeps(6, _LOW, 400, 100, RED),
    CLOCK_UNSET: ((0, 0, 300),) + _TICK_TOCK * 3,
    BATTERY_LOW: ((0, 0, 300), (_HIGH, RED, 300), (_MID, RED, 300), (_LOW, RED, 500)),
    BATTERY_STOP: ((0, 0, 300),) + ((_HIGH, RED, 150), (_LOW, 0, 150)) * 5,
    BOOT_OK: ((_LOW, RED, 100), (0, 0, 50), (_MID, BOTH, 100), (0, 0, 50), (_HIGH, GREEN, 300)),
    ALL_WELL: ((0, GREEN, 30),),
    NOT_WELL: ((0, RED, 30), (0, 0, 150), (0, RED, 30)),
    PART_MISSING: ((_HIGH, GREEN, 100), (0, 0, 200)) + _beeps(4, _LOW, 100, 100, RED),
}  # fmt: skip

ANSWERS = (ACCEPTED, UNKNOWN, DIRECTOR, START, REFUSED, IDENTIFY)
_WAITING_MAX = 6
_GAP_MS = 30  # of silence, so that two answers in a row are heard as two
_NO_STEPS: "Steps" = ()


class Player:
    """Plays patterns, step by step; who calls step() waits in between and drives the parts.

    hz and lights are what should sound and shine now.
    """

    def __init__(self) -> None:
        self.hz = 0
        self.lights = 0
        self._answer: "Steps" = _NO_STEPS
        self._answer_at = 0
        self._gap = False
        self._news: "Steps" = _NO_STEPS
        self._news_at = 0
        self._waiting: list[str] = []

    def play(self, name: str) -> None:
        """An answer begins with the next step(); news are heard when nothing else sounds.

        News that wait already are not doubled; of too many the oldest is dropped.
        """
        if name in ANSWERS:
            self._answer = PATTERNS[name]
            self._gap = self.hz != 0 and self.hz == self._answer[0][0]
            self._answer_at = 0
        elif name not in self._waiting:
            if len(self._waiting) == _WAITING_MAX:
                self._waiting.pop(0)
            self._waiting.append(name)

    def busy(self) -> bool:
        """Is there anything to play?"""
        return bool(self._answer or self._news or self._waiting or self.hz or self.lights)

    def step(self) -> int:
        """Go on to the next step; returns how long it lasts in ms, 0 when all is played."""
        if self._gap:
            self._gap = False
            self.hz = 0
            return _GAP_MS
        step = self._next_answer() or self._next_news()
        if step is None:
            self.hz = self.lights = 0
            return 0
        self.hz, self.lights, duration_ms = step
        return duration_ms

    def _next_answer(self) -> tuple[int, int, int] | None:
        if self._answer_at < len(self._answer):
            self._answer_at += 1
            return self._answer[self._answer_at - 1]
        self._answer = _NO_STEPS
        return None

    def _next_news(self) -> tuple[int, int, int] | None:
        if self._news_at >= len(self._news):
            self._news = PATTERNS[self._waiting.pop(0)] if self._waiting else _NO_STEPS
            self._news_at = 0
        if self._news_at >= len(self._news):
            return None
        self._news_at += 1
        return self._news[self._news_at - 1]
