"""The clocks of the stations as the charts want them."""

from __future__ import annotations

from yellowgate.clock.correct import Corrected
from yellowgate.clock.report import clock_reports
from yellowgate.race.official_log import OfficialLog
from yellowgate.report.charts import ClockPoint


def clock_points(corrected: Corrected, log: OfficialLog) -> dict[str, list[ClockPoint]]:
    """The chart points of each station, by its name; two logs of one name are told apart by id."""
    names = [row.name for row in log.stations]
    titles = {
        row.log_id: row.name if names.count(row.name) == 1 else f"{row.name} ({row.log_id[:6]})"
        for row in log.stations
    }
    return {
        titles.get(report.log_id, report.log_id): [ClockPoint(*point) for point in report.points]
        for report in clock_reports(corrected, log.as_of_us)
    }
