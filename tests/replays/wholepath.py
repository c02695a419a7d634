"""Races through everything: script, real firmware, flash, sync over the console, store, merge, log.

Time is the stations' own virtual time; the port hands bytes over between two steps of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate_wire import bodies
from yellowgate.event.race_toml import parse
from yellowgate.link.sync import sync
from yellowgate.model import Ruling, Runner
from yellowgate.official import Race
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import EPOCH_2020_US
from yellowgate.sim import script
from yellowgate.sim.station import Plan, Running
from yellowgate.store.store import Store

START_US = 1_742_312_220_000_000  # 2025-03-18T15:37:00Z
STEP_US = 1_000
PATIENCE_STEPS = 20
TAPS_APART_S = 25.0
DRIFTS_PPM = (24.0, -19.0, 11.0, 3.0)


class WorldPort:
    """A cable to a station in this process, and a laptop whose clock is right."""

    url = "world://station"
    reference = bodies.REFERENCE_NTP
    reference_id = 4711
    name = "camp laptop"

    def __init__(self, station: Running) -> None:
        self._station = station
        station.console.plug(True)

    def read(self) -> bytes:
        for _ in range(PATIENCE_STEPS):
            self._station.advance_to(self._station.now_us + STEP_US)
            data = self._station.console.take()
            if data:
                return data
        return b""

    def write(self, data: bytes) -> None:
        self._station.console.arrive(data)

    def close(self) -> None:
        self._station.console.plug(False)

    def utc_us(self) -> int:
        return EPOCH_2020_US + self._station.utc_us()

    def monotonic_us(self) -> int:
        return self._station.now_us


@dataclass
class Played:
    """A race that was run: a laptop a station, and what they make of it together."""

    folder: Path
    race_toml: str
    roster: Sequence[Runner]
    rulings: list[Ruling] = field(default_factory=list[Ruling])
    laptops: list[Store] = field(default_factory=list[Store])

    def merged(self, order: Sequence[int]) -> Store:
        """A store that took the laptops' stores in this order, each twice."""
        name = "-".join(map(str, order))
        store = Store.file(self.folder / f"merged-{name}.db")
        for number in (*order, *order):
            store.merge(self.laptops[number])
        store.add_rulings(self.rulings)
        return store

    def log(self, ends_s: float, order: Sequence[int] = ()) -> OfficialLog:
        """The official log so long after the start."""
        store = self.merged(order or range(len(self.laptops)))
        race = Race.read(parse(self.race_toml), self.roster, store)
        return race.log(START_US + int(ends_s * 1e6))


def spread(text: str) -> str:
    """The script with the bugle played for one runner after the other: nobody shows the director's
    card for two within a second.
    """
    lines = text.splitlines()
    rows = [line.split(",") for line in lines[1:]]
    others = [float(row[0]) for row in rows if row[1] != "taps"]
    busy: list[float] = []
    for row in rows:
        if row[1] == "taps":
            at_s = float(row[0])
            while any(abs(at_s - other) < TAPS_APART_S for other in busy + others):
                at_s += TAPS_APART_S
            busy.append(at_s)
            row[0] = f"{at_s:.3f}"
    rows.sort(key=lambda row: float(row[0]))
    return "\n".join([lines[0], *(",".join(row) for row in rows), ""])


def play(
    folder: Path,
    race_toml: str,
    roster: Sequence[Runner],
    scripts: Sequence[tuple[str, str]],
    lead_s: float,
    ends_s: float,
) -> Played:
    """Run a station for each script; sync each in the middle and at the end.

    scripts: (role, script) each; their time begins lead_s before the start and ends ends_s after.
    """
    played = Played(folder, race_toml, roster)
    for number, (role, text) in enumerate(scripts, 1):
        plan = Plan(
            script.parse(spread(text)),
            station_id=number,
            role=role,
            drift_ppm=DRIFTS_PPM[number % len(DRIFTS_PPM)],
            rtc_drift_ppm=1.7,
            ends_utc_us=START_US + int(ends_s * 1e6) - EPOCH_2020_US,
            log_id=bytes((number,)) * 8,
            first_key=bytes((number,)) * 16,
        )
        store = Store.file(folder / f"laptop-{number}.db")
        store.add_first_key(plan.log_id.hex(), plan.first_key)
        station = Running(plan)
        for until_us in (script.LEAD_US + int((lead_s + ends_s / 2) * 1e6), plan.end_us):
            station.play(until_us)
            port = WorldPort(station)
            sync(port, store, port)
            port.close()
        station.close()
        played.laptops.append(store)
    return played
