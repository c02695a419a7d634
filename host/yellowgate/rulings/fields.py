"""The fields of a ruling's data: what may stand in them, and how they are typed.

Times are either `at` (UTC microseconds since 1970) or `at_s` (seconds since the start: follows a
corrected start); `in_s` and `out_s` of paper likewise since the start, `in_at` and `out_at` by the
clock. Runners are named as in the roster.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from yellowgate.redact import on_one_line

REASONS = (
    "refused to continue",
    "missed cutoff",
    "lost",
    "injured",
    "page missing",
    "not returned",
    "did not start",
    "disqualified",
    "withdrew",
)
SHORT_REASONS = {"rtc": "refused to continue", "dns": "did not start", "dq": "disqualified"}
USES = ("in", "out", "seen")
GRACES = ("cutoff", "start", "pages")
MOMENT_MAX_US = 32_503_680_000_000_000  # the year 3000: what comes later was typed wrongly

# How a word is written. "pages", "record" and "time" are words that give more than one field, or
# another one; the rest give the field of their name.
Form = Literal[
    "text", "number", "yes or no", "uid", "clock", "ruling", "runner", "record", "pages", "time",
]  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One entry of the data.

    is_valid: may this stand there? what: what must. typed: the word that gives it, as an example
    ("record=LOG:NUMBER"); form: how that word is written. tidy: makes the value regular.
    """

    name: str
    is_valid: Callable[[object], bool]
    what: str
    typed: str
    form: Form = "text"
    tidy: Callable[[Any], Any] = lambda value: value

    @property
    def word(self) -> str:
        """The word that gives it, without an example."""
        return self.typed.partition("=")[0]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62


def _is_loop(value: object) -> bool:
    return _is_count(value) and value != 0


def _is_moment(value: object) -> bool:
    return isinstance(value, int) and _is_count(value) and value < MOMENT_MAX_US


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0


def _is_reference(value: object) -> bool:
    return isinstance(value, int) and _is_count(value) and value < 1 << 32


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_hex(*digits: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return isinstance(value, str) and bool(
            re.fullmatch(r"[0-9a-f]*", value) and len(value) in digits
        )

    return check


def _is_one(known: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: value in known


def _tidy_text(value: object) -> object:
    return on_one_line(value) if isinstance(value, str) else value


def _tidy_reason(value: object) -> object:
    """The usual words where they are meant: the results that are handed in go by them."""
    if not isinstance(value, str):
        return value
    text = on_one_line(value)
    low = text.casefold()
    usual = next((reason for reason in REASONS if reason == low), text)
    return SHORT_REASONS.get(low, usual)


SINCE_START = "seconds since the start"

RUNNER = Field("runner", _is_text, "a runner's name", "runner=WHO", "runner")
LOOP = Field("loop", _is_loop, "a loop number from 1", "loop=NUMBER", "number")
RECORD = (
    Field("log_id", _is_hex(16), "a log id (16 hex digits)", "record=LOG:NUMBER", "record"),
    Field("seq", _is_count, "a sequence number", "record=LOG:NUMBER", "record"),
)
USE = Field("use", _is_one(USES), f"one of {', '.join(USES)}", "use=in")
PAGES = (
    Field("have", _is_count, "a number of pages", "pages=12/13", "pages"),
    Field("of", _is_count, "a number of pages", "pages=12/13", "pages"),
)
RIGHT = Field("right", _is_bool, "yes or no", "right=yes", "yes or no")
DIRECTION = Field(
    "direction", _is_one(("clockwise", "counter-clockwise")), "clockwise or counter-clockwise",
    "direction=clockwise",
)  # fmt: skip
AT = Field("at", _is_moment, "UTC microseconds of a moment from 1970 to 2999", "at=TIME", "time")
AT_S = Field("at_s", _is_number, SINCE_START, "at=TIME", "time")
IN_S = Field("in_s", _is_amount, SINCE_START, "in=TIME", "time")
OUT_S = Field("out_s", _is_amount, SINCE_START, "out=TIME", "time")
IN_AT = Field("in_at", _is_moment, AT.what, "in=TIME", "time")
OUT_AT = Field("out_at", _is_moment, AT.what, "out=TIME", "time")
PAPER_TIMES = (IN_S, OUT_S, IN_AT, OUT_AT)
REASON = Field(
    "reason", _is_text, "a reason, like rtc (refused to continue), lost, injured, dns, dq",
    "reason=WHY", tidy=_tidy_reason,
)  # fmt: skip
PLACE = Field("place", _is_text, "a place", "place=WHERE", tidy=_tidy_text)
TEXT = Field("text", _is_text, "a text", "text=WORDS", tidy=_tidy_text)
REMARK = Field(
    "remark", lambda value: isinstance(value, str), "a text", "remark=WORDS", tidy=_tidy_text
)
LIMIT = Field("for", _is_one(GRACES), f"one of {', '.join(GRACES)}", "for=cutoff")
SECONDS = Field("seconds", _is_amount, "a number of seconds", "seconds=NUMBER", "number")
WINS = Field("wins", _is_bool, "yes or no", "wins=yes", "yes or no")
REFERENCE = Field(
    "reference_id", _is_reference, "the number of a reference clock (gate clock)",
    "reference=CLOCK", "clock",
)  # fmt: skip
LOG = Field("log_id", _is_hex(16), "a log id (16 hex digits)", "log_id=LOG")
KEY = Field("key", _is_hex(8), "a key's name (8 hex digits, as gate verify says)", "key=NAME")
VERSION = Field(
    "version", _is_hex(8), "a record's name (8 hex digits, as gate verify says)", "version=NAME"
)
TAG = Field("tag", _is_hex(8, 14, 20), "a UID in hex", "tag=UID", "uid")
BIB = Field("bib", _is_text, "a bib", "bib=NUMBER")
DISTANCE = Field("distance_m", _is_amount, "a number of metres", "distance_m=METRES", "number")
RULING = Field("ruling", _is_hex(12), "a ruling's id (12 hex digits)", "ruling=ID", "ruling")
EVENT = Field("event", _is_text, "an event of race.toml", "event=NAME")
WAVE = Field("wave", _is_text, "a wave of race.toml", "wave=NAME")
