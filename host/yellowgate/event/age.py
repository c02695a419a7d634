"""How old a runner is on the day of the race, and the age group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def age_on(birthdate: str, day: str) -> int | None:
    """Whole years on this day (both YYYY-MM-DD); None when the birthdate is no date."""
    try:
        born, on = date.fromisoformat(birthdate), date.fromisoformat(day)
    except ValueError:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_group(birthdate: str, day: str, ages: Sequence[int]) -> str:
    """ "under 20", "20-34", "50+" for the groups that begin at these ages; "" without a date."""
    age = age_on(birthdate, day)
    if age is None:
        return ""
    if age < ages[0]:
        return f"under {ages[0]}"
    low = max(start for start in ages if start <= age)
    above = [start for start in ages if start > age]
    return f"{low}-{above[0] - 1}" if above else f"{low}+"
