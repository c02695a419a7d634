"""How people say what the log has in numbers: one place for all pages and the board."""

from __future__ import annotations

from datetime import UTC

from yellowgate import times
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.redact import on_one_line
from yellowgate.times import UNBOUNDED_US, US, hms

UNITS = {"backyard": "yard", "laps": "lap", "point-to-point": "leg"}
BASIS = {
    "pairs": "between clock pairs",
    "extrapolated": "beyond the last clock pair",
    "neighbours": "from the starts before and after",
    "station": "only the station's own clock",
    "none": "no clock: only the order is known",
}


def clean(text: str) -> str:
    """The text on one line, without control codes: what no terminal should obey and no XML or
    workbook may hold.
    """
    return on_one_line(text)


def short(text: str, letters: int) -> str:
    """The text, its end cut where it is longer than so many letters."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def unit_of(log: OfficialLog) -> str:
    """What the race counts: loop, yard, lap or leg."""
    return UNITS.get(log.preset, "loop")


def split_of(log: OfficialLog, number: int, place: str) -> str:
    """What other programs call the end of a loop: "Loop 2"; the place where legs have one."""
    if log.preset == "point-to-point" and place:
        return place
    return f"{unit_of(log).capitalize()} {number}"


def place_of_loop(log: OfficialLog, number: int) -> str:
    """Where loop `number` ends, "" when nobody has been on it."""
    for line in log.runners:
        for loop in line.loops:
            if loop.loop == number:
                return loop.place
    return ""


def span(span_us: int | None) -> str:
    """H:MM:SS, truncated; "" for None."""
    return "" if span_us is None else hms(span_us)


def class_words(line: RunnerLog) -> list[str]:
    """The classes that the runner is ranked in, with the place: "Red 2"."""
    return [row.value if row.place is None else f"{row.value} {row.place}" for row in line.classes]


def brief(span_us: int) -> str:
    """A span for a glance: "45 s", "12 min", "3 h 05"."""
    whole = abs(span_us) // US
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole // 60 % 60:02}"
    return f"{whole // 86400} days"


def local(utc_us: int | None, zone: str) -> str:
    """The clock on the wall, with its zone; "" for None."""
    if utc_us is None:
        return ""
    return f"{times.local(utc_us, times.zone(zone)):%a %d %b %Y %H:%M:%S %Z}"


def wall(utc_us: int | None, zone: str) -> str:
    """The clock on the wall, day and time only; "" for None."""
    return "" if utc_us is None else f"{times.local(utc_us, times.zone(zone)):%a %H:%M:%S}"


def stamp(utc_us: int) -> str:
    """UTC to the millisecond, truncated."""
    there = times.local(utc_us, UTC)
    return f"{there:%Y-%m-%d %H:%M:%S}.{utc_us % US // 1000:03} UTC"


def uncertain(bound_us: int | None) -> str:
    """± behind a moment that is shown in whole seconds; "" where those are certain."""
    return "" if bound_us is None or bound_us < US else f" {bound(bound_us)}"


def bound(bound_us: int | None) -> str:
    """± in a unit that fits; "" for None."""
    if bound_us is None:
        return ""
    if bound_us >= UNBOUNDED_US:
        return "± unknown"
    if bound_us < US:
        return f"± {bound_us / 1000:.0f} ms"
    if bound_us < 60 * US:
        return f"± {bound_us / US:.1f} s"
    return f"± {brief(bound_us)}"
