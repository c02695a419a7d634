"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Ruling, Runner, Station
from yellowgate.race.judge import official_log
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import Observation, Records
from yellowgate.rulings.names import of_current_names
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
        """What is in the store now, under the names that the roster has now."""
        return cls(file, roster, store.logs(), of_current_names(store.rulings(), roster))

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

    def log(self, as_of_us: int) -> OfficialLog:
        """The official log as of a moment."""
        times = self.corrected(as_of_us).times
        return official_log(self.file, self.roster, times, self.rulings, self.stations(), as_of_us)


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
