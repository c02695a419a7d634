"""What hand-in formats want to know of a runner and the log does not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from yellowgate.event.age import age_on
from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.race.presets.lines import DISQUALIFIED
from yellowgate.report.words import clean
from yellowgate.times import US, iso

FIXED_TIME = ("laps", "backyard")  # presets that rank by distance
SUFFIXES = ("jr", "sr", "ii", "iii", "iv")


class ExportError(ValueError):
    """The log cannot be handed in like this. The text names the runner and what to do."""


def split_name(name: str) -> tuple[str, str]:
    """(first name, family name): "Courtney Smith Dauwalter" is Courtney Smith, Dauwalter; so is
    "Dauwalter, Courtney Smith". Jr., Sr., II, III and IV stay with the family name.
    """
    words, end = clean(name), ""
    before, _, last = words.replace(",", " ").rpartition(" ")
    if last.lower().rstrip(".") in SUFFIXES and before.strip():
        words, end = words[: words.rindex(last)].rstrip(" ,"), f" {last}"
    family, comma, first = words.partition(",")
    if not comma:
        first, _, family = words.rpartition(" ")
    return first.strip(), family.strip() + end


def by_name(roster: Iterable[Runner]) -> dict[str, Runner]:
    """The roster's lines by name."""
    return {runner.name: runner for runner in roster}


def person(log_line: RunnerLog, people: dict[str, Runner]) -> Runner:
    """The roster's line of this runner, or what the log knows."""
    return people.get(log_line.name) or Runner(log_line.name, log_line.gender)


def gender_of(line: RunnerLog, wanted_by: str) -> str:
    """M or F. Raises ExportError when the roster has neither; wanted_by: who asks for it."""
    gender = line.gender.upper()[:1]
    if gender not in ("M", "F"):
        raise ExportError(f"{line.name}: gender is {line.gender!r}; {wanted_by} wants M or F")
    return gender


def birthdate_of(who: Runner) -> date | None:
    """None when the roster does not have it. Raises ExportError when it is not YYYY-MM-DD."""
    if not who.birthdate:
        return None
    try:
        born = date.fromisoformat(who.birthdate)
    except ValueError:
        born = None
    if born is None or born.isoformat() != who.birthdate:
        raise ExportError(
            f"{who.name}: birthdate {who.birthdate!r} is not YYYY-MM-DD; mend it in the roster"
        )
    return born


def age_years(who: Runner, log: OfficialLog) -> int | None:
    """Age in whole years on the day of the start (UTC), or the age of the roster where that has
    no birthdate; None without either.

    Raises ExportError when the birthdate is not YYYY-MM-DD, or after the start.
    """
    born = birthdate_of(who)
    if born is None:
        return who.age or None
    if log.start_us is None:
        return None
    day = date.fromisoformat(iso(log.start_us)[:10])
    if born > day:
        raise ExportError(
            f"{who.name}: born {who.birthdate}, after the start; mend it in the roster"
        )
    return age_on(who.birthdate, day.isoformat())


def hhmmss(span_us: int) -> str:
    """HH:MM:SS with two digits at least, truncated like every time shown."""
    whole = span_us // US
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def is_fixed_time(log: OfficialLog) -> bool:
    """Is distance what is ranked?"""
    return log.preset in FIXED_TIME


def started(line: RunnerLog) -> bool:
    """Did this runner start?"""
    return line.status != "not started"


def is_disqualified(line: RunnerLog) -> bool:
    """Was this runner ruled out of the ranking?"""
    return line.status == "out" and line.reason == DISQUALIFIED


def bib_of(line: RunnerLog, bib: str, wanted_by: str) -> str:
    """The bib. Raises ExportError when there is none; wanted_by: what is nothing without."""
    if not bib:
        raise ExportError(
            f"{line.name}: has no bib, and {wanted_by} knows a runner by it; "
            "add it to the roster: gate roster import FILE"
        )
    return bib
