"""What a cold, tired person hears and sees: patterns for the buzzer and the two LEDs.

Each pattern differs from all others in rhythm (for ears that cannot tell tones) and in the order
of its lights (for those who hear nothing in the wind). A step is (tone in Hz, 0 for silence;
lights; duration in ms).

A pattern is either an answer, which sounds at once and lets go on afterwards what it interrupted,
or news, which wait for their turn.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    Step = tuple[int, int, int]
    Steps = tuple[Step, ...]

GREEN = 1
RED = 2
BOTH = GREEN | RED

# Written small, since all of it stays in memory: a step is a letter for the tone, a letter for
# the lights and the duration in hundredths of a second. "3*" stands before a bar of steps that is
# played so often; bars end with "|".
_TONES = ".HMLgceG"
_HZ = (0, 2700, 2000, 1200, 784, 1047, 1319, 1568)  # small piezo buzzers are loudest at 2.7 kHz
_LIGHTS = "-grb"  # none, green, red, both

ACCEPTED = "accepted"  # the touch is in flash
UNKNOWN = "unknown tag"  # in flash too, but nobody on the roster has this tag
UNREADABLE = "unreadable"  # something is at the reader that it cannot read: nothing was stored
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

PATTERNS = {
    # Answers.
    ACCEPTED: "Hg12 .g28",
    UNKNOWN: "Hg12 .b6 Lb35 .r15",
    UNREADABLE: "3*Mr12 .-12|Mr12",
    DIRECTOR: "Mb5 .-5 Mb5 .-5 .b30",
    START: "Lg25 Mg25 Hg120",
    REFUSED: "3*Lr70 .-15",
    IDENTIFY: "10*Mg6 .-6|10*Mr6 .-6",
    # News.
    # "Taps" (Butterfield, 1862), the 24 notes of the bugle: its four open tones are all it needs,
    # an octave up, since small buzzers have no low notes.
    TAPS: "gr90 gr30 cr240 gr90 cr30 er240"
    " gr45 cr45 er120 gr45 cr45 er120 gr45 cr45 er240"
    " cr90 er30 Gr160 er80 cr80 gr240 gr90 gr30 cr300",
    LOG_NEARLY_FULL: ".-30 Lr20 .-15 Lr20 .-15 Lr60",
    LOG_FULL: ".-30|6*Lr40 .-10",
    CLOCK_UNSET: ".-30|3*Mg4 .g26 Lr4 .r26",
    BATTERY_LOW: ".-30 Hr30 Mr30 Lr50",
    BATTERY_STOP: ".-30|5*Hr15 L-15",
    BOOT_OK: "Lr10 .-5 Mb10 .-5 Hg30",
    ALL_WELL: ".g3",
    NOT_WELL: ".r3 .-15 .r3",
    PART_MISSING: "Hg10 .-20|4*Lr10 .-10",
}


def steps(name: str) -> "Steps":
    """All steps of a pattern: (tone in Hz, lights, duration in ms) each."""
    return tuple([_step(text) for text in _written(name)])


def _written(name: str) -> "list[str]":
    found: list[str] = []
    for bar in PATTERNS[name].split("|"):
        times, _, text = bar.rpartition("*")
        found.extend(text.split(" ") * int(times or 1))
    return found


def _step(text: str) -> "Step":
    return _HZ[_TONES.index(text[0])], _LIGHTS.index(text[1]), int(text[2:]) * 10


ANSWERS = (ACCEPTED, UNKNOWN, UNREADABLE, DIRECTOR, START, REFUSED, IDENTIFY)
_WAITING_MAX = 6
_GAP_MS = 30  # of silence, so that two answers in a row are heard as two


class Player:
    """Plays patterns, step by step; who calls step() waits in between and drives the parts.

    hz and lights are what should sound and shine now.
    """

    def __init__(self) -> None:
        self.hz = 0
        self.lights = 0
        self._answer: "list[str]" = []
        self._answer_at = 0
        self._gap = False
        self._news: "list[str]" = []
        self._news_at = 0
        self._waiting: list[str] = []

    def play(self, name: str) -> None:
        """An answer begins with the next step(); news are heard when nothing else sounds.

        News that wait already are not doubled; of too many the oldest is dropped.
        """
        if name in ANSWERS:
            self._answer = _written(name)
            self._gap = self.hz != 0 and self.hz == _step(self._answer[0])[0]
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

    def _next_answer(self) -> "Step | None":
        if self._answer_at < len(self._answer):
            self._answer_at += 1
            return _step(self._answer[self._answer_at - 1])
        self._answer = []
        return None

    def _next_news(self) -> "Step | None":
        if self._news_at >= len(self._news):
            self._news = _written(self._waiting.pop(0)) if self._waiting else []
            self._news_at = 0
        if self._news_at >= len(self._news):
            return None
        self._news_at += 1
        return _step(self._news[self._news_at - 1])
