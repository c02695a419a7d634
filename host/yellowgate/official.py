"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.clock.report import contradictions
from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Problem, Ruling, Runner, Station
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.race.judge import official_log
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import Observation, Records
from yellowgate.rulings.trusted import choice_of
from yellowgate.store.store import Store


@dataclass(frozen=True)
class Race:
    """Everything that a log is made from. logs: the records of each log, by log id."""

    file: RaceFile
    roster: Sequence[Runner]
    logs: Mapping[str, Records]
    rulings: Sequence[Ruling]

    @classmethod
    def read(cls, file: RaceFile, roster: Sequence[Runner], store: Store) -> Race:
        """What is in the store now."""
        return cls(file, roster, store.logs(), store.rulings())

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
        """The stations of these observations, by log id."""
        return {log_id: station(self.file, log) for log_id, log in self.logs.items()}

    def corrected(self, as_of_us: int) -> Corrected:
        """The observations with corrected times and bounds, by the rulings made until then."""
        ruled = [ruling for ruling in self.rulings if ruling.at_us <= as_of_us]
        return correct_all(self.logs, choice_of(ruled))

    def log(self, as_of_us: int, is_now: bool = False) -> OfficialLog:
        """The official log as of a moment. is_now: by the clock of this laptop it is the present,
        so that a touch after it is of a clock that is wrong.
        """
        corrected, stations = self.corrected(as_of_us), self.stations()
        found = clock_problems(corrected, stations)
        return official_log(
            self.file, self.roster, corrected.times, self.rulings, stations, as_of_us, found, is_now
        )


def clock_problems(corrected: Corrected, stations: Mapping[str, Station]) -> list[Problem]:
    """Clocks that contradict each other, until somebody rules which is right."""
    return [
        Problem(CLOCKS, "decide", f"{stations[log_id].name}: {text}", "", 0, None, (), ())
        for log_id, log in corrected.logs.items()
        for text in contradictions(log)
    ]


def station(file: RaceFile, log: Records) -> Station:
    """Who wrote this log: the last boot record says number and role, race.toml name and place."""
    for at in reversed(np.flatnonzero(log.of_kind == kinds.BOOT).tolist()):
        boot = bodies.unpack_boot(log.bodies[at])
        if boot is None:
            continue
        entry = file.station(boot.station_id)
        role = entry.role if entry else kinds.ROLE_NAMES.get(boot.role, "gate")
        name = entry.name if entry else f"{role} {boot.station_id}"
        place = entry.place if entry else role
        return Station(log.log_id, boot.station_id, role, name, place)
    return Station(log.log_id, 0, "gate", f"log {log.log_id[:6]}", "gate")
