"""The clock on the wall: only for show. Sums and comparisons are in UTC.

Times are cut to whole seconds, as everywhere in the log.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str) -> tzinfo:
    """The zone of this IANA name ("America/New_York"). Raises ValueError with one clear line."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    near = difflib.get_close_matches(name, available_timezones(), 1)
    hint = f"; did you mean {near[0]}?" if near else " (a name like America/New_York)"
    raise ValueError(f"no time zone is called {name!r}{hint}")


def local(utc_us: int, where: tzinfo) -> datetime:
    """The wall clock at this moment, cut to the second."""
    return (_EPOCH + timedelta(seconds=utc_us // 1_000_000)).astimezone(where)


def time_of_day(utc_us: int, where: tzinfo) -> str:
    """As in "09:22:05"."""
    return local(utc_us, where).strftime("%H:%M:%S")


def date_time(utc_us: int, where: tzinfo) -> str:
    """As in "2025-03-18 11:37:00 EDT": with the zone's short name, which tells the two apart when
    an hour comes twice.
    """
    return local(utc_us, where).strftime("%Y-%m-%d %H:%M:%S %Z")


def utc_us_of(text: str, where: tzinfo) -> int:
    """UTC of a moment in ISO form; one without an offset is by the clock on the wall there.

    Raises ValueError with one clear line: what is no time, an hour that summer time skips, and
    one that comes twice (then the offset must be said).
    """
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it as 2025-03-18T11:37:00") from None
    if given.tzinfo is None:
        given = _on_the_wall(given, where)
    return (given.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def _on_the_wall(given: datetime, where: tzinfo) -> datetime:
    first, second = given.replace(tzinfo=where, fold=0), given.replace(tzinfo=where, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(where).replace(tzinfo=None)
    if back != given:
        raise ValueError(f"{given.isoformat()} is skipped by summer time; there is no such time")
    choices = " or ".join(sorted(one.isoformat() for one in (first, second)))
    raise ValueError(f"{given.isoformat()} comes twice as summer time ends; write {choices}")
