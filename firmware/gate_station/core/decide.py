"""What a touch means: a tag, a press, the start, or taps.

The reader reports a tag as long as it is held in front of it, and a cold hand holds it long: the
same UID again within touch_ms after it was last seen is the same touch, and the first moment
counts. (A second touch half a minute later is another observation; the host joins those.)
A phone shows another UID at each read: while one is there, it is one touch, by nobody we know.

The director's card announces what comes next: a tag after it is tapped out (TAPS), a press after
it is the start (START), and both end the announcement. The card itself makes no record.
"""

from gate_wire import kinds

SAME_TOUCH = 0  # nothing new: the tag is still held there
DIRECTOR = -1  # the director's card: the next touch is taps or start
UNREADABLE = -2  # something is there that cannot be read: no record
_NO_UID = b"?"
_ANY_RANDOM = b"\x08"
_REMEMBERED = 8  # tags that are held at the reader together, at most


class Decide:
    """Times are milliseconds of a clock that only goes forward (uptime)."""

    def __init__(self, director: tuple[bytes, ...], touch_ms: int, director_ms: int) -> None:
        self._director = director
        self._touch_ms = touch_ms
        self._director_ms = director_ms
        self._announced_ms = -1
        self._uids: list[bytes] = [b""] * _REMEMBERED
        self._seen_ms = [0] * _REMEMBERED

    def tag(self, uid: bytes, at_ms: int) -> int:
        """Kind of the record to be made (TAG, TAPS), or SAME_TOUCH, DIRECTOR or UNREADABLE."""
        if self._still_held(_visitor(uid), at_ms):
            return SAME_TOUCH
        if not uid:
            return UNREADABLE
        if uid in self._director:
            self._announced_ms = at_ms
            self._forget_others(uid)
            return DIRECTOR
        return kinds.TAPS if self._announced(at_ms) else kinds.TAG

    def press(self, at_ms: int) -> int:
        """Kind of the record to be made: PRESS or START."""
        return kinds.START if self._announced(at_ms) else kinds.PRESS

    def _forget_others(self, uid: bytes) -> None:
        """A tag that was just logged may be tapped out at once."""
        for at in range(_REMEMBERED):
            if self._uids[at] != uid:
                self._uids[at] = b""

    def _announced(self, at_ms: int) -> bool:
        """Did the director's card come just before? It stands for one touch only."""
        announced_ms, self._announced_ms = self._announced_ms, -1
        return announced_ms >= 0 and at_ms - announced_ms <= self._director_ms

    def _still_held(self, uid: bytes, at_ms: int) -> bool:
        """Remember that the tag was seen; True when it was never taken away."""
        oldest = 0
        for at in range(_REMEMBERED):
            if self._uids[at] == uid:
                held = at_ms - self._seen_ms[at] <= self._touch_ms
                self._seen_ms[at] = max(at_ms, self._seen_ms[at])
                return held
            if self._seen_ms[at] < self._seen_ms[oldest]:
                oldest = at
        self._uids[oldest] = uid
        self._seen_ms[oldest] = at_ms
        return False


def _visitor(uid: bytes) -> bytes:
    """What is held there, as far as it can be told from others."""
    if not uid:
        return _NO_UID
    return _ANY_RANDOM if kinds.is_random_uid(uid) else uid
