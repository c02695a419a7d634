"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.clock.report import contradictions
from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Problem, Ruling, Runner, Station, Told
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.race.judge import official_log
from yellowgate.race.official_log import OfficialLog
from yellowgate.race.stations import name_stations
from yellowgate.records import Observation, Records
from yellowgate.rulings.trusted import choice_of
from yellowgate.store.store import Store


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
        """What is in the store now."""
        return cls(file, roster, store.logs(), store.rulings(), _told(store))

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

    def corrected(self, as_of_us: int) -> Corrected:
        """The observations with corrected times and bounds, by the rulings made until then."""
        ruled = [ruling for ruling in self.rulings if ruling.at_us <= as_of_us]
        return correct_all(self.logs, choice_of(ruled))

    def log(self, as_of_us: int, is_now: bool = False) -> OfficialLog:
        """The official log as of a moment. is_now: by the clock of this laptop it is the present,
        so that a touch after it is of a clock that is wrong.
        """
        corrected = self.corrected(as_of_us)
        found = clock_problems(corrected, self.stations())
        return official_log(
            self.file,
            self.roster,
            corrected.times,
            self.rulings,
            self.told,
            as_of_us,
            found,
            is_now,
        )


def clock_problems(corrected: Corrected, stations: Mapping[str, Station]) -> list[Problem]:
    """Clocks that contradict each other, until somebody rules which is right."""
    return [
        Problem(CLOCKS, "decide", f"{stations[log_id].name}: {text}", "", 0, None, (), ())
        for log_id, log in corrected.logs.items()
        for text in contradictions(log)
    ]


def _told(store: Store) -> dict[str, Told]:
    """What the store knows of logs beside their records."""
    numbers = store.log_stations()
    ends: dict[str, int] = {}
    for log_id, next_seq, _ in store.tips():
        ends[log_id] = max(next_seq, ends.get(log_id, 0))
    return {
        log_id: Told(frozenset(numbers.get(log_id, ())), ends.get(log_id, 0))
        for log_id in sorted(numbers.keys() | ends.keys())
    }
