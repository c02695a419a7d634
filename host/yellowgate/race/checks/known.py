"""How far the log knows what happened: who was touched since, nobody has told it yet."""

from __future__ import annotations

from yellowgate.race.official_log import OfficialLog
from yellowgate.times import US, hms


def known_until(log: OfficialLog) -> str:
    """That the log knows what was touched until some moment alone; "" when all is here."""
    moments = _known_utcs(log).values()
    if not moments or log.start_us is None:
        return ""
    return f"known until {hms(max(moments) - log.start_us)} (what was touched since is not here)"


def known_less(log: OfficialLog) -> dict[str, str]:
    """The same of each runner of whom it knows less than of others, by name."""
    moments = _known_utcs(log)
    latest_us = max(moments.values(), default=0)
    return {
        line.name: f"known until {hms(line.known_us)}"
        for line in log.runners
        if line.known_us is not None and moments[line.name] <= latest_us - US
    }


def _known_utcs(log: OfficialLog) -> dict[str, int]:
    return {
        line.name: line.start_us + line.known_us
        for line in log.runners
        if line.known_us is not None and line.start_us is not None
    }
