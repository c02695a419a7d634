"""The golden scene of 2025 straight into a race folder: records and rulings, without stations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from gate_wire import bodies, kinds, record
from yellowgate.cli.context import RaceFolder, write_whole
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Ruling, Runner
from yellowgate.records import EPOCH_2020_US
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden
from yellowgate.times import utc_us_of

START_US = utc_us_of(golden.START_UTC, UTC)
CONCH_US = START_US - 3_600_000_000
MID_RACE_US = START_US + golden.MID_RACE_S * 1_000_000
END_US = START_US + golden.END_S * 1_000_000
GATE, TOWER = "a1b2c3d4e5f60718", "b2c3d4e5f6071829"
SEEN = {"tag": kinds.TAG, "press": kinds.PRESS, "start": kinds.START, "taps": kinds.TAPS}
HEALTH_S = 900
PAIR_S = 4 * 3600
QUALITY = kinds.UTC_SET | kinds.TIME_IN_IRQ
Row = tuple[float, int, bytes]  # seconds after the start, kind, body


def at_us(at_s: float) -> int:
    """UTC of a moment of the race."""
    return START_US + round(at_s * 1e6)


class Station:
    """Writes the records of one station, numbered, into a store."""

    def __init__(self, log_id: str, number: int, role: int, ahead_ms: float, ppm: float) -> None:
        self.log_id = log_id
        self.seq = 0
        self.ahead_ms = ahead_ms
        self.ppm = ppm
        self.boot = bodies.pack_boot(bodies.Boot(0, role, number, 0x7F, (0, 1, 0)))

    def raw(self, at_s: float, kind: int, body: bytes = b"") -> tuple[str, bytes]:
        """One record: the station's own clock is ahead by ahead_ms, and faster by ppm."""
        uptime_us = self.uptime_us(at_s)
        own_ms = (at_us(at_s) - EPOCH_2020_US) / 1000 + self.ahead_ms
        own_ms += (at_s + golden.LEAD_S) * self.ppm / 1000
        row = record.Record(kind, self.seq, 1, -(-uptime_us // 1000), round(own_ms), QUALITY, body)
        self.seq += 1
        return self.log_id, record.pack(row, bytes.fromhex(self.log_id))

    def uptime_us(self, at_s: float) -> int:
        """Counted by its crystal since it was switched on."""
        return round((at_s + golden.LEAD_S) * (1e6 + self.ppm)) + 1000  # switched on before

    def pair(self, at_s: float) -> bytes:
        """A laptop showed the right time."""
        uptime_us = self.uptime_us(at_s)
        utc_us = at_us(at_s) - EPOCH_2020_US
        return bodies.pack_clock(bodies.Clock(0, bodies.REFERENCE_NTP, 7, uptime_us, utc_us, 4000))


def health() -> bytes:
    """A station that is well."""
    return bodies.pack_health(bodies.Health(3900, 6, 120, 2, 0, 0, 0, 0))


def rows_of(
    station: Station, touches: Sequence[tuple[float, str, str]], until_s: float
) -> Iterator[Row]:
    """What a station that is well writes, and what it saw."""
    begun_s = -golden.LEAD_S
    yield begun_s, kinds.BOOT, station.boot
    # The start a moment late: the wall clock is cut to the second, and the truth is 11:37:00.
    rows = [(at_s or 0.05, SEEN[what], bytes.fromhex(value)) for at_s, what, value in touches]
    rows += [(at, kinds.HEALTH, health()) for at in range(begun_s + 5, int(until_s), HEALTH_S)]
    rows += [(at, kinds.CLOCK, station.pair(at)) for at in range(begun_s + 9, int(until_s), PAIR_S)]
    yield from sorted(row for row in rows if row[0] <= until_s)


def folder(
    path: Path,
    until_s: float = golden.END_S,
    tower_until_s: float = 1e9,
    decided_until_s: float = 1e9,
) -> RaceFolder:
    """The race as it stood so long after the start; the tower may fall silent before, and the
    decisions of the last while may still wait.
    """
    scene = golden.scene()
    made = RaceFolder(path)
    path.mkdir(parents=True, exist_ok=True)
    write_whole(path / "race.toml", preset_toml("barkley", golden.RACE_NAME, golden.ZONE), True)
    made.write_roster(
        Runner(person.name, person.gender, person.tag, {0: str(person.bib)})
        for person in scene.people
    )
    store = made.store()
    gate = Station(GATE, 1, kinds.GATE, 120.0, 23.0)
    tower = Station(TOWER, 2, kinds.TOWER, -80.0, -17.0)
    store.add_observations(gate.raw(*row) for row in rows_of(gate, scene.gate, until_s))
    tower_s = min(until_s, tower_until_s)
    store.add_observations(tower.raw(*row) for row in rows_of(tower, scene.tower, tower_s))
    presses = [
        observation.seq for observation in store.observations() if observation.kind == kinds.PRESS
    ]
    store.add_rulings([Ruling(CONCH_US, "Laz", "blown", "conch", {"at": CONCH_US})])
    for decision in scene.decisions:
        if decision.at_s <= min(until_s, decided_until_s):
            store.add_rulings(_ruled(decision, presses))
    store.close()
    return made


def _ruled(decision: golden.Decision, presses: list[int]) -> list[Ruling]:
    name, when = decision.person.name, at_us(decision.at_s)
    made: list[tuple[str, dict[str, Any]]] = []
    if decision.what == "pages":
        made.append(("pages", {"runner": name, "loop": decision.loop, "have": 13, "of": 13}))
    elif decision.what in ("returned", "dropout"):
        made.append(("dropout", {"runner": name, "reason": "refused to continue"}))
        if decision.what == "returned":
            made.append(("return", {"runner": name, "at_s": decision.at_s}))
    elif decision.what == "sighting":
        made.append(("sighting", {"runner": name, "at_s": decision.at_s, "text": decision.text}))
    elif decision.what == "press":
        made += [("assign", {"log_id": GATE, "seq": seq, "runner": name}) for seq in presses]
    return [ruling_kinds.make(kind, data, "Laz", decision.text, when) for kind, data in made]
