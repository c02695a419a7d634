"""From the store to the official log: the one place where clock and rules are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate_wire import bodies, kinds

from yellowgate.clock.choice import choice_of
from yellowgate.clock.correct import Corrected, correct_all
from yellowgate.model import Observation, Ruling, Runner, Station
from yellowgate.race.judge import official_log
from yellowgate.race.officiallog import OfficialLog
from yellowgate.race.racefile import RaceFile
from yellowgate.store.store import Store


@dataclass(frozen=True)
class Race:
    """Everything that a log is made from."""

    file: RaceFile
    roster: Sequence[Runner]
    observations: Sequence[Observation]
    rulings: Sequence[Ruling]

    @classmethod
    def read(cls, file: RaceFile, roster: Sequence[Runner], store: Store) -> Race:
        """What is in the store now."""
        return cls(file, roster, store.observations(), store.rulings())

    def stations(self) -> dict[str, Station]:
        """The stations of these observations, by log id."""
        return stations(self.file, self.observations)

    def corrected(self, as_of_us: int) -> Corrected:
        """The observations with corrected times and bounds, by the rulings made until then."""
        ruled = [ruling for ruling in self.rulings if ruling.at_us <= as_of_us]
        return correct_all(self.observations, choice_of(ruled))

    def log(self, as_of_us: int) -> OfficialLog:
        """The official log as of a moment."""
        timed = self.corrected(as_of_us).timed
        return official_log(self.file, self.roster, timed, self.rulings, self.stations(), as_of_us)


def stations(file: RaceFile, observations: Iterable[Observation]) -> dict[str, Station]:
    """Who wrote each log: the last boot record says number and role, race.toml name and place."""
    boots: dict[str, tuple[int, bodies.Boot]] = {}
    logs: dict[str, Station] = {}
    for row in observations:
        if row.log_id not in logs:
            logs[row.log_id] = Station(row.log_id, 0, "gate", f"log {row.log_id[:6]}", "gate")
        body = bodies.unpack_boot(row.body) if row.kind == kinds.BOOT else None
        if body is not None and row.seq >= boots.get(row.log_id, (-1, body))[0]:
            boots[row.log_id] = (row.seq, body)
    for log_id, (_, boot) in boots.items():
        entry = file.station(boot.station_id)
        role = entry.role if entry else kinds.ROLE_NAMES.get(boot.role, "gate")
        name = entry.name if entry else f"{role} {boot.station_id}"
        place = entry.place if entry else role
        logs[log_id] = Station(log_id, boot.station_id, role, name, place)
    return logs
