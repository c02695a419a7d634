"""The log of a race that is large enough for a page whose records come when they are looked at."""

from __future__ import annotations

import racekit
from yellowgate.race.official_log import OfficialLog

RUNNERS, LAPS = 52, 40


def large() -> OfficialLog:
    """A fixed-time race of some thousand laps, each read twice."""
    kit = racekit.RaceKit("laps", 'shortest_lap_s = "0:05:00"')
    names = [f"Runner <{number}>" for number in range(RUNNERS)]
    kit.runners(*names)
    for number, name in enumerate(names):
        for lap in range(1, LAPS + 1):
            kit.tag(name, 600.0 * lap + number, 600.0 * lap + number + 1.5)
    kit.rule("void", 30_000, runner=names[0], loop=3)
    return kit.log("24:00:00")
