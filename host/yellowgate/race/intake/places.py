"""Where each read was seen."""

from __future__ import annotations

from collections.abc import Mapping

from yellowgate.model import Station
from yellowgate.race.intake.reads import Reads


class Places:
    """The station of each read. is_one_place: all of them stand at one place."""

    def __init__(self, stations: Mapping[str, Station], reads: Reads) -> None:
        self.is_one_place = len({station.place for station in stations.values()}) == 1
        self.of_log = [stations[log_id] for log_id in reads.log_ids]
        self._logs = reads.logs

    def station_at(self, read: int) -> Station:
        """Where it was seen."""
        return self.of_log[self._logs[read]]
