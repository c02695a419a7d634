"""Every rule of how a time is written and read.

Moments are UTC in microseconds since 1970 (int), spans microseconds; sums and comparisons are in
UTC, the clock on the wall is only for show. Times are cut to whole seconds, nowhere rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from yellowgate.errors import closest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNBOUNDED_US = 10**15  # the bound of a time that no clock vouches for
US = 1_000_000
YEAR_MIN, YEAR_MAX = 1970, 2999  # others were typed wrongly


def to_us(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1_000_000)


def seconds(span_us: int) -> float:
    """Microseconds as seconds."""
    return span_us / 1e6


def milliseconds(span_us: int) -> float:
    """Microseconds as milliseconds."""
    return span_us / 1000


_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))


def hms(span_us: int) -> str:
    """A span as H:MM:SS, cut to whole seconds; negative ones with a minus."""
    if span_us < 0:
        return "-" + hms(-span_us) if span_us <= -US else "0:00:00"
    minutes, second = divmod(span_us // US, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{_TWO_DIGITS[minute]}:{_TWO_DIGITS[second]}"


def span_words(span_us: int, bound_us: int) -> str:
    """A span as H:MM:SS; when that would hide what decides, with its fraction: 0:00:00.4. No more
    digits than the bound of the time supports, unless all of them would be zero; milliseconds at
    most.
    """
    span_us = abs(span_us)
    text = hms(span_us)
    if span_us >= 10 * US or not span_us % US:
        return text
    if span_us < 1000:
        return "less than 0:00:00.001"
    digits = next((n for n in (3, 2, 1) if 10 ** (6 - n) >= bound_us), 0)
    while digits < 3 and span_us // 10 ** (6 - digits) == 0:
        digits += 1
    fraction = f"{span_us % US // 1000:03}"[:digits].rstrip("0")
    return f"{text}.{fraction}" if fraction else text


def bound_words(bound_us: int) -> str:
    """± of a time, for people."""
    if bound_us >= UNBOUNDED_US:
        return "a time that no clock vouches for"
    if bound_us < US:
        return f"±{bound_us / 1000:g} ms"
    return f"±{bound_us / US:.1f} s"


def iso(utc_us: int) -> str:
    """The moment in ISO 8601, UTC, to the microsecond (whole seconds without a fraction)."""
    minute, us = divmod(utc_us, 60 * US)
    second, fraction = divmod(us, US)
    text = f"{_minute(minute)}{_TWO_DIGITS[second]}"
    return f"{text}.{fraction:06}Z" if fraction else f"{text}Z"


@lru_cache(maxsize=8192)  # a log has a hundred thousand moments, and few minutes
def _minute(minute: int) -> str:
    return (EPOCH + timedelta(minutes=minute)).isoformat()[:17]


_SPAN = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d{1,6})?))?")


def span_s(text: str) -> float:
    """Seconds of "H:MM:SS", "H:MM:SS.ffffff" or "H:MM". Raises ValueError, one line."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time like 13:20:00")
    hours, minutes, seconds = match.groups()
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)
    return int(total) if total == int(total) else total


def zone(name: str) -> tzinfo:
    """The zone of this IANA name ("America/New_York"). Raises ValueError with one clear line."""
    if name == "UTC":  # also where no zones are installed
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    near = closest(name, available_timezones())
    hint = f"; did you mean {near}?" if near else " (a name like America/New_York)"
    raise ValueError(f"no time zone is called {name!r}{hint}")


def local(utc_us: int, where: tzinfo) -> datetime:
    """The wall clock at this moment, cut to the second."""
    return (EPOCH + timedelta(seconds=utc_us // 1_000_000)).astimezone(where)


def day_and_time(utc_us: int, zone_name: str) -> str:
    """As in "Tuesday 2025-03-18 11:37:00 America/New_York"."""
    return f"{local(utc_us, zone(zone_name)):%A %Y-%m-%d %H:%M:%S} {zone_name}"


def utc_us_of(text: str, where: tzinfo) -> int:
    """UTC of a moment in ISO form; one without an offset is by the clock on the wall there.

    Raises ValueError with one clear line: what is no time, or none from 1970 to 2999; an hour that
    summer time skips, and one that comes twice (then the offset must be said).
    """
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write it like 2025-03-18T15:37:00Z") from None
    if not YEAR_MIN <= given.year <= YEAR_MAX:
        raise ValueError(f"{text!r} is not a moment from {YEAR_MIN} to {YEAR_MAX}")
    if given.tzinfo is None:
        given = _on_the_wall(given, where)
    return (given.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def _on_the_wall(given: datetime, where: tzinfo) -> datetime:
    first, second = given.replace(tzinfo=where, fold=0), given.replace(tzinfo=where, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(where).replace(tzinfo=None)
    if back != given:
        raise ValueError(f"{given.isoformat()} is skipped by summer time; there is no such time")
    choices = " or ".join(sorted(one.isoformat() for one in (first, second)))
    raise ValueError(f"{given.isoformat()} comes twice as summer time ends; write {choices}")


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NEAR_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_CLOCK = re.compile(
    r"(?:(?P<day>clock|[a-z]{3,9})\.?,?\s+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:\.\d{1,6})?))?"
    r"\s*(?P<half>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
DAY_US = 86_400 * US


def is_clock(text: str) -> bool:
    """Does it say by itself that it is a time of day ("Sat 03:21", "3:21 am", "clock 03:21", a
    date), and not a span?
    """
    if re.match(r"\d{4}-\d\d-\d\d[T ]", text.strip()):
        return True
    match = _CLOCK.fullmatch(text.strip())
    return match is not None and bool(match["day"] or match["half"])


def clock_us(text: str, where: tzinfo, now_us: int, may_come: bool = False) -> int:
    """UTC of a moment: "now", one in ISO form (without an offset: by the camp's clock), or a time
    as the camp's clock shows it, the last one before now: "01:13", "today 01:13", "yesterday
    23:50", "Sat 03:21", "3:21 am", "clock 03:21". "tomorrow 08:00" is the next day's.

    may_come: it may as well be still to come, so a time without a day is only taken when the last
    one is nearer than the next. Raises ValueError (one line) when it is none, may be two moments,
    or comes twice or never as the clocks change.
    """
    if text.strip() == "now":
        return now_us
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return _utc_us_or_hint(text, where)
    hour = _hour(match["hour"], match["half"] or "", text)
    now = local(now_us, where)
    second = float(match["second"] or 0)
    clock = timedelta(hours=hour, minutes=int(match["minute"]), seconds=second)
    day = (match["day"] or "").lower()
    midnight = datetime(now.year, now.month, now.day)
    midnight += timedelta(days=_days_on(day, now, clock, text))
    at_us = utc_us_of((midnight + clock).isoformat(), where)
    if may_come and day in ("", "clock") and now_us - at_us > DAY_US // 2:
        words = re.sub(r"^clock\s+", "", text.strip(), flags=re.IGNORECASE)
        raise ValueError(
            f"{text!r} may have been or may be still to come: write today {words}, "
            f"yesterday {words} or tomorrow {words}"
        )
    return at_us


def _utc_us_or_hint(text: str, where: tzinfo) -> int:
    try:
        return utc_us_of(text, where)
    except ValueError as error:
        if "is not a time" not in str(error):
            raise
        raise ValueError(f"{error}, or by the camp's clock: 01:13, Sat 01:13, now") from None


def _hour(digits: str, half: str, text: str) -> int:
    hour = int(digits)
    if (half and not 1 <= hour <= 12) or hour > 23:
        raise ValueError(f"{text!r} is no time of day")
    return hour if not half else hour % 12 + (12 if half[0] in "pP" else 0)


def _days_on(word: str, now: datetime, clock: timedelta, text: str) -> int:
    """How many days from today the day is that the word means; "": the last one with this time."""
    since_midnight = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    is_past = clock <= since_midnight
    if word in ("", "clock"):
        return 0 if is_past else -1
    if word in _NEAR_DAYS:
        return _NEAR_DAYS[word]
    if word[:3] not in _DAYS:
        raise ValueError(f"{text!r}: {word!r} is no day: write it like Sat 03:21")
    back = (now.weekday() - _DAYS.index(word[:3])) % 7
    return -back if back or is_past else -7


Said = Literal["", "clock", "race clock"]  # what a heading or an option says of its times
EITHER = "may be since the start"  # in the words of an error: both are possible
_MINUTES = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class TimeReader:
    """How people's times of one race are read: told apart by what is written, never guessed.

    H:MM:SS, with seconds, is of the race clock: since the start, as the log shows it. What says by
    itself that it is a time of day is one (clock_us()). H:MM alone may be both: it is what it must
    be when only one of them lies in the race so far, else it is refused. race_us: first and last
    moment of it (UTC), None while nobody knows; asked only then. said: of all times whose own words
    leave it open.
    """

    where: tzinfo
    now_us: int
    race_us: Callable[[], tuple[int, int] | None]
    said: Said = ""

    def of_column(self, said: Said) -> TimeReader:
        """The same below a heading; one that says nothing leaves it as it is."""
        return replace(self, said=said) if said else self

    def read(self, text: str, name: str = "at") -> dict[str, Any]:
        """A ruling's data for this: {"at": UTC microseconds} or {"at_s": seconds since the start};
        of another name {"in_at": ...} or {"in_s": ...}. Raises ValueError with one line.
        """
        found = self.meanings(text, name)
        if len(found) > 1:
            raise ValueError(self._either(text.strip()))
        return found[0]

    def meanings(self, text: str, name: str = "at") -> list[dict[str, Any]]:
        """All that this may mean, as read() gives one. Raises ValueError when it is no time."""
        at = name if name == "at" else f"{name}_at"
        text = text.strip()
        if text == "now" or is_clock(text) or self.said == "clock":
            return [{at: clock_us(text, self.where, self.now_us)}]
        try:
            span = span_s(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is not a time: write 14:02:00 since the start, clock 14:02 or "
                "Sat 14:02 of day, now, or 2025-03-18T15:37:00Z"
            ) from None
        since = {f"{name}_s": span}
        if self.said == "race clock" or not _MINUTES.fullmatch(text):
            return [since]
        of_day_us = clock_us(text, self.where, self.now_us)
        race_us = self.race_us()
        is_span = race_us is not None and race_us[0] + to_us(span) <= race_us[1]
        is_of_day = race_us is not None and race_us[0] <= of_day_us <= race_us[1]
        if is_span == is_of_day:
            return [since, {at: of_day_us}]
        return [since] if is_span else [{at: of_day_us}]

    def _either(self, text: str) -> str:
        def when(utc_us: int) -> str:
            return f"{local(utc_us, self.where):%a %Y-%m-%d %H:%M}"

        span_us = to_us(span_s(text))
        race_us = self.race_us()
        clock = "" if race_us is None else f" ({when(race_us[0] + span_us)})"
        of_day = when(clock_us(text, self.where, self.now_us))
        return (
            f"{text!r} {EITHER}{clock} or of day ({of_day}): write {hms(span_us)} or clock {text}"
        )
