"""What hand-in formats want to know of a runner and the log does not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from yellowgate.model import Runner
from yellowgate.race.officiallog import OfficialLog, RunnerLog, iso


class ExportError(ValueError):
    """The log cannot be handed in like this. The text names the runner and what to do."""


def split_name(name: str) -> tuple[str, str]:
    """(first name, family name): "Courtney Smith Dauwalter" is Courtney Smith, Dauwalter."""
    first, _, last = name.strip().rpartition(" ")
    return first, last


def by_name(roster: Iterable[Runner]) -> dict[str, Runner]:
    """The roster's lines by name."""
    return {runner.name: runner for runner in roster}


def person(log_line: RunnerLog, people: dict[str, Runner]) -> Runner:
    """The roster's line of this runner, or what the log knows."""
    return people.get(log_line.name) or Runner(log_line.name, log_line.gender)


def age_years(birthdate: str, log: OfficialLog) -> int | None:
    """Age in whole years on the day of the start (UTC); None without birthdate or start.

    Raises ExportError when the birthdate is not YYYY-MM-DD.
    """
    if not birthdate or log.start_us is None:
        return None
    try:
        born = date.fromisoformat(birthdate)
    except ValueError as error:
        raise ExportError(
            f"birthdate {birthdate!r} is not YYYY-MM-DD; mend it in the roster"
        ) from error
    day = date.fromisoformat(iso(log.start_us)[:10])
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def hhmmss(seconds: float) -> str:
    """HH:MM:SS with two digits at least, truncated like every time shown."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def started(line: RunnerLog) -> bool:
    """Did this runner start?"""
    return line.status != "not started"
