"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from typing import Any, TypeVar

from yellowgate.clock.correct import Clocks, Corrected
from yellowgate.clock.report import contradictions
from yellowgate.event.race_toml import RaceFile
from yellowgate.event.who import People
from yellowgate.model import Problem, Ruling, Runner, Station, Told
from yellowgate.race.again import Again
from yellowgate.race.checks.idle_rulings import idle_rulings
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.race.checks.proposals import of_all_races
from yellowgate.race.checks.roll_call import Board, board, search_words
from yellowgate.race.judge import Given
from yellowgate.race.official_log import OfficialLog, RunnerLog, Unassigned
from yellowgate.race.stations import name_stations
from yellowgate.records import Observation, Records
from yellowgate.rulings.decisions import Decisions, evaluate
from yellowgate.rulings.fields import REASONS
from yellowgate.rulings.names import of_current_names
from yellowgate.rulings.states import states
from yellowgate.rulings.trusted import Choice, choice_of
from yellowgate.store import numbers
from yellowgate.store.changes import RULINGS
from yellowgate.store.evidence import never_written
from yellowgate.store.store import Store
from yellowgate.store.versions import Doubt, Proof, Ruled, Standing, standing, without
from yellowgate.times import day_and_time, hms, to_us

T = TypeVar("T")


class Work:
    """What one computation leaves to the next one over mostly the same records: fits of clocks, and
    what follows from one log alone. It is used where it was made from the very same things; so what
    comes out is the same as without it. Safe with several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._clocks = Clocks()
        self._kept: dict[object, tuple[tuple[object, ...], Any]] = {}
        self._again: dict[str, Again] = {}

    def kept(self, name: object, parts: tuple[object, ...], make: Callable[[], T]) -> T:
        """What make() gives, or gave when the parts were the same as now."""
        found = self._kept.get(name)
        if found is None or found[0] != parts:
            found = self._kept[name] = (parts, make())
        return found[1]

    def correct(self, logs: Mapping[str, Records], choice: Choice) -> Corrected:
        """All records with their true times."""
        with self._lock:
            return self._clocks.correct(logs, choice)

    def log(self, given: Given) -> OfficialLog:
        """The official log of one of the folder's races."""
        with self._lock:
            return self._again.setdefault(given.race.event, Again()).log(given)


@dataclass(frozen=True)
class Race:
    """Everything that a log is made from. logs: the records of each log, by log id; told: what is
    known of logs beside them, and proofs: what bears them out, by log id too. work: what is left
    of the race before, where this is the same one with some records more.
    """

    file: RaceFile
    roster: Sequence[Runner]
    logs: Mapping[str, Records]
    rulings: Sequence[Ruling]
    told: Mapping[str, Told] = field(default_factory=dict[str, Told])
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    work: Work = field(default_factory=Work, compare=False, repr=False)

    @classmethod
    def read(
        cls,
        file: RaceFile,
        roster: Sequence[Runner],
        store: Store,
        before: Race | None = None,
        changed: Collection[str] = (),
    ) -> Race:
        """What is in the store now, under the names that the roster has now. before: the race as
        it was, and what has changed in the store since (Store.newer()): the rest is not read.
        """
        logs = store.logs() if before is None else _newer(store, before.logs, changed)
        if before is None or RULINGS in changed or roster != before.roster:
            rulings = of_current_names(store.rulings(), roster)
        else:
            rulings = before.rulings
        if before is not None and not set(changed) - {RULINGS}:
            return replace(before, file=file, roster=roster, rulings=rulings)
        work = Work() if before is None else before.work
        race = cls(file, roster, logs, rulings, proofs=store.proofs(), work=work)
        return replace(race, told=_told(store, race))

    @cached_property
    def undecided(self) -> dict[str, Standing]:
        """What of each log counts as long as nobody ruled on it."""
        return {
            log_id: self.work.kept(
                ("standing", log_id),
                (log, self.proof(log_id)),
                partial(standing, log, self.proof(log_id)),
            )
            for log_id, log in self.logs.items()
        }

    def proof(self, log_id: str) -> Proof:
        """What bears this log out."""
        return self.proofs.get(log_id, Proof())

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
        made = sum(ruling.at_us <= as_of_us for ruling in self.rulings)
        names = [runner.name for runner in self.roster]
        decisions = self.work.kept(
            "decisions",
            (self.rulings, made, names),
            partial(evaluate, self.rulings, as_of_us, names),
        )
        stands = self._standing(decisions)
        logs = {
            log_id: self.work.kept(
                ("without", log_id), (self.logs[log_id], row.out),
                partial(without, self.logs[log_id], row.out),
            )
            for log_id, row in stands.items()
        }  # fmt: skip
        logs = {log_id: log for log_id, log in logs.items() if len(log)}
        doubts = tuple(doubt for row in stands.values() for doubt in row.doubts)
        corrected = self.work.correct(logs, choice_of(decisions))
        return Moment(self, as_of_us, is_now, decisions, corrected, doubts)

    def _standing(self, decisions: Decisions) -> dict[str, Standing]:
        """What of each log counts by these rulings."""
        ruled = _ruled(decisions)
        return {
            log_id: standing(self.logs[log_id], self.proof(log_id), ruled[log_id])
            if log_id in ruled
            else row
            for log_id, row in self.undecided.items()
        }

    def log(self, as_of_us: int) -> OfficialLog:
        """The official log as of a moment."""
        return self.at(as_of_us).log


@dataclass(frozen=True)
class Moment:
    """The race as of a moment. The rulings are evaluated once, for clocks, log, checks and lists.

    corrected: the observations that count, with corrected times and bounds. doubts: what
    contradicts itself, and does not count until somebody rules.
    """

    race: Race
    as_of_us: int
    is_now: bool
    decisions: Decisions
    corrected: Corrected
    doubts: tuple[Doubt, ...] = ()

    @cached_property
    def told(self) -> dict[str, Told]:
        """What is known of logs beside their records, and what was ruled on them."""
        told = dict(self.race.told)
        for log_id in told.keys() | self.race.logs.keys():
            ruling = self.decisions.ruling("log", log_id)
            if ruling is not None:
                told[log_id] = replace(told.get(log_id, Told()), is_right=ruling.data["right"])
        return told

    def stations(self) -> dict[str, Station]:
        """The stations that were heard of, by log id, as ruled."""
        return name_stations(self.race.file, self.told, self.race.logs.values())[0]

    def events(self) -> list[Moment]:
        """The main race and those of [[event]], by the same rulings and clocks."""
        return self._events

    @cached_property
    def _events(self) -> list[Moment]:
        mine = self.race.file
        races = self.race.events()
        return [self if one.file is mine else replace(self, race=one) for one in races]

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
        given = Given(
            race.file,
            race.roster,
            corrected.times,
            self.decisions,
            self.told,
            self.as_of_us,
            [
                *clock_problems(corrected, self.stations),
                *(Problem(row.kind, "decide", row.text) for row in self.doubts),
            ],
            self.is_now,
        )
        return race.work.log(given)

    @cached_property
    def board(self) -> Board:
        """Who is out there."""
        return board(self.log, self.race.file)

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


def clock_problems(
    corrected: Corrected, stations: Callable[[], Mapping[str, Station]]
) -> list[Problem]:
    """Clocks that contradict each other, until somebody rules which is right."""
    found = [(key, text) for key, log in corrected.logs.items() for text in contradictions(log)]
    names: Mapping[str, Station] = stations() if found else {}
    return [Problem(CLOCKS, "decide", f"{names[key].name}: {text}") for key, text in found]


def _ruled(decisions: Decisions) -> dict[str, Ruled]:
    """What was ruled on records and keys, by log id."""
    versions: dict[str, dict[int, str]] = {}
    keys: dict[str, str] = {}
    for subject, decided in decisions.by_subject.items():
        if decided.ruling is not None and subject[0] == "version":
            versions.setdefault(subject[1], {})[subject[2]] = decided.ruling.data["version"]
        elif decided.ruling is not None and subject[0] == "key":
            keys[subject[1]] = decided.ruling.data["key"]
    return {
        log_id: Ruled(keys.get(log_id, ""), versions.get(log_id, {}))
        for log_id in versions.keys() | keys.keys()
    }


def _newer(
    store: Store, logs: Mapping[str, Records], changed: Collection[str]
) -> Mapping[str, Records]:
    found = {log_id: store.log(log_id) for log_id in changed if log_id != RULINGS}
    merged = {**logs, **found}
    return {log_id: log for log_id in sorted(merged) if (log := merged[log_id]) is not None}


def _told(store: Store, race: Race) -> dict[str, Told]:
    """What the store knows of logs beside their records."""
    logs, stands = race.logs, race.undecided
    skipped = {
        log_id: race.work.kept(
            ("never written", log_id), (log, stands[log_id].key),
            lambda log=log, key=stands[log_id].key: tuple(never_written(log, key)),
        )
        for log_id, log in logs.items()
    }  # fmt: skip
    told = store.log_stations()
    rivals = numbers.rivals(logs, told, store.made_here())
    ends: dict[str, int] = {}
    for log_id, next_seq, _ in store.tips():
        ends[log_id] = max(next_seq, ends.get(log_id, 0))
    return {
        log_id: Told(
            numbers.of_log(told.get(log_id, {})),
            ends.get(log_id, 0),
            skipped.get(log_id, ()),
            rivals.get(log_id, ""),
        )
        for log_id in sorted(told.keys() | ends.keys() | skipped.keys())
    }
