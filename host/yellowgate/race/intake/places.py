"""Where each read was seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from yellowgate.model import Station
from yellowgate.race.intake.reads import Reads


class Places:
    """The station of each read. is_one_place: all of them stand at one place. number_of_log: of
    each of the reads' logs its place as a number, below count.
    """

    def __init__(self, stations: Mapping[str, Station], reads: Reads) -> None:
        numbers = {place: at for at, place in enumerate({row.place for row in stations.values()})}
        self.count = len(numbers)
        self.is_one_place = self.count == 1
        self.number_of_log = np.array(
            [numbers[stations[log_id].place] for log_id in reads.log_ids], np.int64
        )
        self.of_log = [stations[log_id] for log_id in reads.log_ids]
        self._logs = reads.logs

    def station_at(self, read: int) -> Station:
        """Where it was seen."""
        return self.of_log[self._logs[read]]
