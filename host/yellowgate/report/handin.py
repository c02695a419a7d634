"""May this log be handed in as a result? And what the file cannot say, but its sender must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.people import ExportError
from yellowgate.report.words import unit_of

STILL_OUT = ("on course", "in camp", "overdue")
NAMES_SHOWN = 3


def require_results(log: OfficialLog) -> None:
    """Raise ExportError when somebody's result may still change by what he or the director does.

    A file of results knows neither "on course" nor "pages not ruled yet": it would call the one
    a dropout and the other a finisher.
    """
    if log.start_us is None or log.state == "not started":
        raise ExportError("the race has not started: there are no results to hand in")
    out = [line.name for line in log.runners if line.status in STILL_OUT]
    if out:
        verb = "is" if len(out) == 1 else "are"
        raise ExportError(
            f"{names_of(out)} {verb} still out or in camp: hand in when the race is over, or say "
            "what became of them: gate ruling add dropout"
        )
    for line in log.runners:
        if line.reason.startswith("undecided"):
            raise ExportError(f"{line.name}: {line.reason}; take one back: gate ruling list")
        if line.status in ("finished", "fun run"):
            _require_pages(line, unit_of(log))


def _require_pages(line: RunnerLog, unit: str) -> None:
    for loop in line.loops:
        if loop.verdict == "provisional" and loop.pages is not None:
            of = loop.pages.of
            raise ExportError(
                f"{line.name}: pages of {unit} {loop.loop} are not ruled: gate ruling add pages "
                f"runner={line.name!r} loop={loop.loop} pages={of}/{of}"
            )


def remarks(log: OfficialLog) -> list[str]:
    """What is not settled in a log that is handed in, a line each."""
    rows: list[str] = []
    if log.unassigned:
        count = len(log.unassigned)
        rows.append(f"{count} touch{'es have' if count > 1 else ' has'} no name yet: gate log")
    count = sum(row.level == "decide" for row in log.problems)
    if count:
        rows.append(f"{count} thing{'s wait' if count > 1 else ' waits'} for a decision: gate log")
    doubtful = [line for line in log.runners if line.doubtful]
    rows += [f"doubtful: {line.name}: {line.doubt}" for line in doubtful[:NAMES_SHOWN]]
    if len(doubtful) > NAMES_SHOWN:
        rows.append(f"doubtful: {len(doubtful) - NAMES_SHOWN} more runners: gate log")
    return rows


def lacking(what: str, wanted_by: str, runners: Iterable[Runner]) -> list[str]:
    """The remark that the roster has not what somebody wants of everybody; none when it has."""
    names = [runner.name for runner in runners if not getattr(runner, what)]
    if not names:
        return []
    return [f"{wanted_by} wants everybody's {what}; it is missing for {names_of(names)}"]


def names_of(names: Sequence[str]) -> str:
    """The first few of them."""
    more = len(names) - NAMES_SHOWN
    words = ", ".join(names[:NAMES_SHOWN])
    return f"{words} and {more} more" if more > 0 else words
