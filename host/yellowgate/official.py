"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.clock.report import contradictions
from yellowgate.event.race_toml import RaceFile
from yellowgate.event.who import People
from yellowgate.model import Problem, Ruling, Runner, Station, Told
from yellowgate.race.checks.idle_rulings import idle_rulings
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.race.checks.proposals import of_all_races
from yellowgate.race.checks.roll_call import search_words
from yellowgate.race.judge import official_log
from yellowgate.race.official_log import OfficialLog, RunnerLog, Unassigned
from yellowgate.race.stations import name_stations
from yellowgate.records import Observation, Records
from yellowgate.rulings.decisions import Decisions, evaluate
from yellowgate.rulings.fields import REASONS
from yellowgate.rulings.names import of_current_names
from yellowgate.rulings.states import states
from yellowgate.rulings.trusted import choice_of
from yellowgate.store.evidence import never_written
from yellowgate.store.store import Store
from yellowgate.times import day_and_time, hms, to_us


@dataclass(frozen=True)
class Race:
    """Everything that a log is made from. logs: the records of each log, by log id; told: what is
    known of logs beside them, by log id too.
    """

    file: RaceFile
    roster: Sequence[Runner]
    logs: Mapping[str, Records]
    rulings: Sequence[Ruling]
    told: Mapping[str, Told] = field(default_factory=dict[str, Told])

    @classmethod
    def read(cls, file: RaceFile, roster: Sequence[Runner], store: Store) -> Race:
        """What is in the store now, under the names that the roster has now."""
        logs = store.logs()
        rulings = of_current_names(store.rulings(), roster)
        return cls(file, roster, logs, rulings, _told(store, logs))

    def of_event(self, name: str) -> Race:
        """The race of this name over the same records. Raises ValueError (one line)."""
        return replace(self, file=self.file.of_event(name))

    def events(self) -> list[Race]:
        """The main race and those of [[event]]."""
        return [replace(self, file=file) for file in (self.file, *self.file.events)]

    @property
    def observations(self) -> list[Observation]:
        """All observations, by log id and number."""
        return [row for log in self.logs.values() for row in log]

    def stations(self) -> dict[str, Station]:
        """The stations that were heard of, by log id."""
        return name_stations(self.file, self.told, self.logs.values())[0]

    def at(self, as_of_us: int, is_now: bool = False) -> Moment:
        """The race as of a moment (UTC microseconds): of records and rulings until then. is_now:
        by the clock of this laptop it is the present, so that a touch after it is of a clock that
        is wrong.
        """
        decisions = evaluate(self.rulings, as_of_us, (runner.name for runner in self.roster))
        corrected = correct_all(self.logs, choice_of(decisions))
        return Moment(self, as_of_us, is_now, decisions, corrected)

    def log(self, as_of_us: int) -> OfficialLog:
        """The official log as of a moment."""
        return self.at(as_of_us).log


@dataclass(frozen=True)
class Moment:
    """The race as of a moment. The rulings are evaluated once, for clocks, log, checks and lists.

    corrected: the observations with corrected times and bounds.
    """

    race: Race
    as_of_us: int
    is_now: bool
    decisions: Decisions
    corrected: Corrected

    def events(self) -> list[Moment]:
        """The main race and those of [[event]], by the same rulings and clocks."""
        return self._events if self.race.file.events else [self]

    @cached_property
    def _events(self) -> list[Moment]:
        return [replace(self, race=one) for one in self.race.events()]

    def of_event(self, name: str) -> Moment:
        """The race of this name. Raises ValueError (one line)."""
        return replace(self, race=self.race.of_event(name))

    @cached_property
    def people(self) -> People:
        """The runners, as they may be called."""
        return People(self.race.roster, self.decisions)

    @cached_property
    def log(self) -> OfficialLog:
        """The official log."""
        race, corrected = self.race, self.corrected
        return official_log(
            race.file,
            race.roster,
            corrected.times,
            self.decisions,
            race.told,
            self.as_of_us,
            clock_problems(corrected, race.stations()),
            self.is_now,
        )

    @cached_property
    def problems(self) -> list[Problem]:
        """What the log says of itself, and of rulings that change nothing in it."""
        race = self.race
        return [
            *self.log.problems,
            *idle_rulings(race.file, race.roster, self.decisions, self.log),
        ]

    @cached_property
    def unassigned(self) -> Sequence[Unassigned]:
        """The touches that wait for a name, and whose each may be: of the runners of all races."""
        each = {one.race.file.name: one.log.unassigned for one in self.events()}
        return of_all_races(each) if len(each) > 1 else self.log.unassigned

    def states(self) -> dict[str, str]:
        """What has become of each ruling, by its id."""
        problems = [row for one in self.events() for row in one.log.problems]
        return states(self.race.rulings, self.decisions, problems, self.as_of_us)

    def remarks(self, made: Ruling) -> list[str]:
        """What the person who made this ruling should know at once: when that was by the clock on
        the wall, and what does not fit.
        """
        name = made.data.get("runner", "")
        of_runner = next((one for one in self.events() if one.has(name)), self)
        texts = [
            problem_text(row)
            for one in self.events()
            for row in one.problems
            if made.id in row.rulings
        ]
        reason = made.data.get("reason")
        if reason is not None and reason not in REASONS:
            texts.append(f"{reason!r} is none of the usual reasons: {', '.join(REASONS)}")
        texts += search_words(of_runner.log, name)
        said = said_back(made.data, of_runner.start_us(name), self.race.file.zone)
        return list(dict.fromkeys([*said, *texts]))

    def has(self, runner: str) -> bool:
        """Does this runner run this race?"""
        return runner in self.lines

    def start_us(self, runner: str) -> int | None:
        """From when this runner's times count (UTC); of nobody: the race's own start."""
        line = self.lines.get(runner)
        return self.log.start_us if line is None else line.start_us

    @cached_property
    def lines(self) -> dict[str, RunnerLog]:
        """The lines of the log by the runner's name."""
        return {line.name: line for line in self.log.runners}


def said_back(data: Mapping[str, Any], start_us: int | None, zone: str) -> list[str]:
    """The moments that a ruling speaks of, in full: on the wall's clock and since the start."""
    said: list[str] = []
    for at, at_s in (("at", "at_s"), ("in_at", "in_s"), ("out_at", "out_s")):
        at_us = data.get(at)
        if at_us is None and at_s in data and start_us is not None:
            at_us = start_us + to_us(data[at_s])
        if at_us is None:
            continue
        name = "that" if at == "at" else at.partition("_")[0]
        is_since = start_us is not None and at_us != start_us
        since = f", {hms(at_us - start_us)} since the start" if is_since and start_us else ""
        said.append(f"{name} is {day_and_time(at_us, zone)}{since}")
    return said


def problem_text(row: Problem) -> str:
    """Its words; of a contradiction also how it is ended."""
    if row.kind != "contradiction":
        return row.text
    return f"{row.text} (gate ruling undo {' or '.join(row.rulings)})"


def clock_problems(corrected: Corrected, stations: Mapping[str, Station]) -> list[Problem]:
    """Clocks that contradict each other, until somebody rules which is right."""
    return [
        Problem(CLOCKS, "decide", f"{stations[log_id].name}: {text}")
        for log_id, log in corrected.logs.items()
        for text in contradictions(log)
    ]


def _told(store: Store, logs: Mapping[str, Records]) -> dict[str, Told]:
    """What the store knows of logs beside their records."""
    keys = store.first_keys()
    skipped = {log_id: tuple(never_written(log, keys.get(log_id))) for log_id, log in logs.items()}
    numbers = store.log_stations()
    ends: dict[str, int] = {}
    for log_id, next_seq, _ in store.tips():
        ends[log_id] = max(next_seq, ends.get(log_id, 0))
    return {
        log_id: Told(
            frozenset(numbers.get(log_id, ())), ends.get(log_id, 0), skipped.get(log_id, ())
        )
        for log_id in sorted(numbers.keys() | ends.keys() | skipped.keys())
    }
