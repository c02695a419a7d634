"""Who is out there: the sheet that families and search teams ask for at eight in the morning.

Made from an official log alone, so that it can be shown for any moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.rules import BackyardRules, PointToPointRules
from yellowgate.race.checks.known import known_less, known_until
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.race.presets.backyard import bell_us
from yellowgate.race.presets.point_to_point import course, open_at
from yellowgate.times import hms, to_us


@dataclass(frozen=True)
class Whereabouts:
    """A runner on the board. left_us: to the next cutoff, negative when past it; None when there is
    none. since_us, last_seen_us: since the start. known: words where less is known than of others.
    """

    name: str
    gender: str
    bib: str
    status: str
    reason: str
    loop: int
    since_us: int | None
    last_seen_us: int | None
    last_seen_place: str
    next_cutoff_us: int | None
    left_us: int | None
    words: str
    known: str = ""


@dataclass(frozen=True)
class Countdown:
    """What everybody waits for: "start" or "bell". left_us: to it. warning_us: the next whistle
    so long before it, 0 when there is none.
    """

    what: str
    left_us: int
    warning_us: int


@dataclass(frozen=True)
class StationState:
    """A station: how long since its last record (None: nothing timed yet), and is it silent?

    log_id "": it was never heard of by its number; unless: names of logs heard that nobody knows,
    and that may be its.
    waits_for: in a race from point to point, the starters who may still come there: when there
    are none it may close. None where that is no question.
    """

    name: str
    log_id: str
    age_us: int | None
    is_silent: bool
    waits_for: tuple[str, ...] | None = None
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """Groups in the order of urgency; within a group by the next cutoff, then name.

    missing: not accounted for (they are in no other group). women, men: how many are still in
    the race (on course or in camp), by gender. known: until when it is known what happened, in
    words; "" when that is now.
    """

    elapsed_us: int | None
    countdown: Countdown | None
    missing: tuple[Whereabouts, ...]
    overdue: tuple[Whereabouts, ...]
    on_course: tuple[Whereabouts, ...]
    in_camp: tuple[Whereabouts, ...]
    done: tuple[Whereabouts, ...]
    not_started: tuple[Whereabouts, ...]
    stations: tuple[StationState, ...]
    women: int
    men: int
    unassigned: int
    to_decide: int
    known: str = ""


def board(log: OfficialLog, race: RaceFile) -> Board:
    """The board at the log's moment."""
    elapsed_us = None if log.start_us is None else log.as_of_us - log.start_us
    known = known_less(log)
    rows = [
        (line, _whereabouts(line, _own_elapsed_us(line, log), known.get(line.name, "")))
        for line in log.runners
    ]
    in_race = [line for line, _ in rows if line.status in ("on course", "in camp", "overdue")]

    def group(*statuses: str) -> tuple[Whereabouts, ...]:
        return _sorted(row for line, row in rows if line.accounted and line.status in statuses)

    return Board(
        elapsed_us=elapsed_us,
        countdown=_countdown(log, race, elapsed_us),
        missing=_sorted(row for line, row in rows if not line.accounted),
        overdue=group("overdue"),
        on_course=group("on course"),
        in_camp=group("in camp"),
        done=group("finished", "fun run", "out"),
        not_started=group("not started"),
        stations=_stations(log, race),
        women=sum(line.gender == "F" for line in in_race),
        men=sum(line.gender == "M" for line in in_race),
        unassigned=len(log.unassigned),
        to_decide=sum(problem.level == "decide" for problem in log.problems),
        known=known_until(log),
    )


def _own_elapsed_us(line: RunnerLog, log: OfficialLog) -> int | None:
    """Time since the runner's own start."""
    return None if line.start_us is None else log.as_of_us - line.start_us


def search_words(log: OfficialLog, name: str) -> list[str]:
    """What must still be ruled so that this runner leaves the search list; empty: on no such."""
    line = next((line for line in log.runners if line.name == name), None)
    if line is None or line.accounted or line.status not in ("out", "fun run"):
        return []
    return [
        f"{name} stays on the search list until somebody knows where: gate ruling add return "
        f"runner={name!r} at=TIME (or place=camp where the reason is ruled)"
    ]


def _sorted(rows: Iterable[Whereabouts]) -> tuple[Whereabouts, ...]:
    return tuple(sorted(rows, key=lambda row: (row.left_us is None, row.left_us or 0, row.name)))


def _whereabouts(line: RunnerLog, elapsed_us: int | None, known: str) -> Whereabouts:
    left_us = None
    if line.next_cutoff_us is not None and elapsed_us is not None:
        left_us = line.next_cutoff_us - elapsed_us
    return Whereabouts(
        line.name, line.gender, line.bib, line.status, line.reason, line.loop_now, line.since_us,
        line.last_seen_us, line.last_seen_place, line.next_cutoff_us, left_us,
        _words(line, elapsed_us, left_us), known,
    )  # fmt: skip


def _words(line: RunnerLog, elapsed_us: int | None, left_us: int | None) -> str:
    """One line that can be read out over the telephone."""
    parts: list[str] = []
    if line.status in ("on course", "overdue"):
        since = "" if line.since_us is None else f" since {hms(line.since_us)}"
        parts.append(f"on loop {line.loop_now}{since}")
    else:
        parts.append(line.status + (f" ({line.reason})" if line.reason else ""))
    if line.last_seen_us is not None and elapsed_us is not None:
        ago = hms(elapsed_us - line.last_seen_us)
        parts.append(f"last seen at {line.last_seen_place}, {ago} ago")
    elif line.status in ("on course", "overdue"):
        parts.append("not seen since the start")
    if left_us is not None:
        parts.append(f"{hms(left_us)} left" if left_us >= 0 else f"overdue by {hms(-left_us)}")
    if not line.accounted:
        parts.append("NOT ACCOUNTED FOR")
    return ", ".join(parts)


def _countdown(log: OfficialLog, race: RaceFile, elapsed_us: int | None) -> Countdown | None:
    if elapsed_us is None:
        return None
    if elapsed_us < 0:
        return Countdown("start", -elapsed_us, 0)
    if isinstance(race.rules, BackyardRules) and log.state == "running":
        return Countdown("bell", *bell_us(race.rules, elapsed_us))
    return None


def _stations(log: OfficialLog, race: RaceFile) -> tuple[StationState, ...]:
    """The race's stations; one of race.toml that was never heard of is silent too. Before a start
    is known nobody waits for them.
    """
    is_armed = log.start_us is not None
    unknown = tuple(station.name for station in log.stations if not station.role)
    states: list[StationState] = []
    heard: set[str] = set()
    for station in log.stations:
        age_us = None if station.last_us is None else log.as_of_us - station.last_us
        is_silent = is_armed and (age_us is None or age_us > to_us(race.rules.silent_s))
        waits_for = _waits_for(log, race, station.place)
        states.append(StationState(station.name, station.log_id, age_us, is_silent, waits_for))
        heard.add(station.name)
    for entry in race.stations:
        if entry.name not in heard:
            waits_for = _waits_for(log, race, entry.place)
            states.append(StationState(entry.name, "", None, is_armed, waits_for, unknown))
    return tuple(sorted(states, key=lambda state: (state.name, state.log_id)))


def _waits_for(log: OfficialLog, race: RaceFile, place: str) -> tuple[str, ...] | None:
    if not isinstance(race.rules, PointToPointRules) or log.state == "not started":
        return None
    is_on_course = any(goal.place == place for goal in course(race))
    return tuple(open_at(log, race, place)) if is_on_course else None
