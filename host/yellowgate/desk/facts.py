"""A line of the desk in parts, and what it is understood by: the race at this moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yellowgate.desk.decide import Wanted
from yellowgate.desk.fieldwords import each_of, find_ruling
from yellowgate.desk.moments import Clock, When
from yellowgate.event.person import same_bib
from yellowgate.event.rules import PointToPointRules
from yellowgate.event.who import People, plain
from yellowgate.model import Runner
from yellowgate.official import Moment
from yellowgate.race.checks.idle_rulings import last_us
from yellowgate.race.official_log import RunnerLog, Unassigned
from yellowgate.report.words import unit_of
from yellowgate.rulings.kinds import words
from yellowgate.times import TimeReader, zone


@dataclass(frozen=True)
class Asked:
    """A line in parts: its words and the reason behind --. who: the runner as typed; loop: as
    typed, 0 for none.
    """

    tokens: tuple[str, ...]
    why: str = ""
    who: str = ""
    loop: int = 0

    def line(self, *parts: str) -> str:
        """The line that says this of the runner."""
        loop = f"loop {self.loop}" if self.loop else ""
        why = f"-- {self.why}" if self.why else ""
        return " ".join(part for part in (self.who, *parts, loop, why) if part)


@dataclass(frozen=True)
class Meaning:
    """What a line may mean. problem: why it cannot be so. label, line: to choose this one by.
    choices: other lines to choose from, (label, line).
    """

    kind: str = ""
    runner: str = ""
    loop: int = 0
    wanted: tuple[Wanted, ...] = ()
    compare: str = ""
    problem: str = ""
    label: str = ""
    line: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What lines are understood by: the race at this moment."""

    moment: Moment

    @property
    def people(self) -> People:
        """The runners, as they may be called."""
        return self.moment.people

    @property
    def log_ids(self) -> Collection[str]:
        """The logs of which records are here."""
        return self.moment.race.logs.keys()

    @property
    def ruling_ids(self) -> Collection[str]:
        """The rulings that are here."""
        return [row.id for row in self.moment.race.rulings]

    @property
    def reader(self) -> TimeReader:
        """How times of this race are read."""
        return reader_of(self.moment, self.moment.log.start_us)

    def ruled(self, kind: str, given: Sequence[str], why: str) -> Meaning:
        """The FIELD=VALUE words of `gate ruling add`. Raises ValueError, GateError."""
        datas = each_of(kind, given, self)
        wanted = tuple(Wanted(kind, data, why) for data in datas)
        names = ", ".join(str(data["runner"]) for data in datas if "runner" in data)
        loop = datas[0].get("loop", 0)
        return Meaning(kind, names, loop if isinstance(loop, int) else 0, wanted)

    def of(self, runner: str) -> tuple[Moment, RunnerLog]:
        """The event that the runner is in, and the line there. Raises ValueError."""
        for one in self.moment.events():
            if one.has(runner):
                return one, one.lines[runner]
        raise ValueError(f"{runner} is in no race of this folder")

    def clock(self, moment: Moment, line: RunnerLog) -> Clock:
        """How times of this runner are read."""
        start_us = line.start_us if line.start_us is not None else moment.log.start_us
        return Clock(start_us, reader_of(moment, start_us))

    def loops_of_bib(self, runner: Runner, text: str) -> set[int]:
        """On which loops the runner wears this as the bib; empty: on all, or it is no bib."""
        bib_of = self.people.decisions.bib
        numbers = [loop for loop in runner.bibs if loop]
        return {loop for loop in numbers if same_bib(text, [bib_of(runner, loop)])}

    @property
    def stops(self) -> Mapping[str, int]:
        """The stations of a course from point to point, by name without capitals, from 1."""
        rules = self.moment.race.file.rules
        if not isinstance(rules, PointToPointRules):
            return {}
        return {plain(row.place): at for at, row in enumerate(rules.checkpoint, 1)}

    def touches(self, number: str) -> list[Unassigned]:
        """Those without a name that have this record number, or LOG:NUMBER."""
        log_id, _, seq = number.lower().rpartition(":")
        return [
            row
            for row in self.moment.unassigned
            if str(row.evidence[0].seq) == seq and row.evidence[0].log_id.startswith(log_id)
        ]

    def undo(self, number: str, why: str) -> Meaning:
        """Takes back a ruling, by the beginning of its id; without one it is for the desk to say
        which was the last. Raises GateError.
        """
        if not number:
            return Meaning("undo", label="the last ruling")
        target = find_ruling(self.ruling_ids, number)
        row = next(row for row in self.moment.race.rulings if row.id == target)
        wanted = Wanted("undo", {"ruling": row.id}, why)
        compare = f"takes back: {words(row.kind, row.data)} ({row.by})"
        return Meaning("undo", str(row.data.get("runner", "")), 0, (wanted,), compare)


def reader_of(moment: Moment, start_us: int | None) -> TimeReader:
    """How times are read, of those who started then (UTC)."""
    file, log = moment.race.file, moment.log
    race_us = None if start_us is None else (start_us, last_us(file, log))
    return TimeReader(zone(file.zone), moment.as_of_us, lambda: race_us)


def touch_of(facts: Facts, number: str, who: str, asked: Asked) -> Meaning:
    """That a touch without a name was this runner's."""
    found = facts.touches(number)
    if len(found) != 1:
        few = f"{len(found)} touches have" if found else "no touch that waits for a name has"
        return Meaning("assign", problem=f"{few} the number {number}")
    (first, *_) = found[0].evidence
    try:
        runner = facts.people.find(who)
    except ValueError as error:
        return Meaning("assign", problem=str(error))
    data = {"log_id": first.log_id, "seq": first.seq, "runner": runner.name}
    proposed = next((row for row in found[0].proposals if row.name == runner.name), None)
    compare = "not among the proposals" if proposed is None else proposed.why
    what = "press" if first.kind == "press" else first.kind
    label = f"the {what} {number} was {runner.name}"
    line = f"press {first.log_id[:8]}:{first.seq} {runner.name}"
    return Meaning(
        "assign", runner.name, 0, (Wanted("assign", data, asked.why),), compare, "", label, line
    )


@dataclass(frozen=True)
class Said:
    """One runner, and what is said of the runner. words: the first is the verb."""

    facts: Facts
    asked: Asked
    moment: Moment
    line: RunnerLog
    words: tuple[str, ...]
    loops: Collection[int]

    @property
    def name(self) -> str:
        """The runner's."""
        return self.line.name

    @property
    def verb(self) -> str:
        """The first word."""
        return self.words[0]

    @property
    def rest(self) -> tuple[str, ...]:
        """The other words."""
        return self.words[1:]

    @property
    def unit(self) -> str:
        """Loop, yard, lap or leg."""
        return unit_of(self.moment.log)

    def meaning(
        self,
        kind: str,
        data: Mapping[str, Any],
        compare: str = "",
        label: str = "",
        line: str = "",
    ) -> Meaning:
        """That this ruling is meant."""
        wanted = Wanted(kind, {"runner": self.name, **data}, self.asked.why)
        loop = int(data.get("loop", 0))
        return Meaning(kind, self.name, loop, (wanted,), compare, "", label, line)

    def stop(self, given: Sequence[str]) -> int:
        """The station on the course that these words name, from 1; 0 for none."""
        return self.facts.stops.get(plain(" ".join(given)), 0)

    def no(self, problem: str, kind: str = "") -> list[Meaning]:
        """That it cannot be."""
        return [Meaning(kind, self.name, self.asked.loop, problem=f"{self.name}: {problem}")]

    def whens(self, text: str) -> list[When]:
        """What a time may mean, now where there is none. Raises ValueError."""
        return self.facts.clock(self.moment, self.line).read(text or "now")
