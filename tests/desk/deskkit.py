"""A small race for the desk: who runs, what the stations saw, what was ruled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "web"))

import scene
from gate_wire import kinds
from yellowgate.event import race_toml
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Ruling, Runner
from yellowgate.official import Moment, Race
from yellowgate.records import records
from yellowgate.rulings import kinds as ruling_kinds

START_US, GATE, TOWER = scene.START_US, scene.GATE, scene.TOWER
ZONE = "America/New_York"  # the start is 11:37 there


def seconds(text: str) -> int:
    """Of "H:MM:SS"."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def uid(number: int) -> str:
    return f"04a1{number:02x}c1d25e80"


class Play:
    """Ada, Bram, Jürgen Müller, two Smiths: bibs 1 to 5. Moments are H:MM:SS since the start."""

    NAMES = ("Ada Ashdown", "Bram Birch", "Jürgen Müller", "Peter Smith", "Paul Smith")

    def __init__(self, preset: str = "barkley", rules: str = "") -> None:
        text = preset_toml(preset, "desk", ZONE)
        self.file = race_toml.parse(text + rules)
        self.roster = [
            Runner(name, "F" if name.startswith("Ada") else "M", uid(at), {0: str(at)})
            for at, name in enumerate(self.NAMES, 1)
        ]
        self.rows: list[tuple[str, float, int, bytes]] = [(GATE, 0.05, kinds.START, b"")]
        self.rulings: list[Ruling] = []

    def touch(self, bib: int, *moments: str, log_id: str = GATE) -> Play:
        self.rows += [
            (log_id, seconds(at) + 0.06, kinds.TAG, bytes.fromhex(uid(bib))) for at in moments
        ]
        return self

    def tag(self, tag: str, at: str) -> Play:
        self.rows.append((GATE, seconds(at) + 0.06, kinds.TAG, bytes.fromhex(tag)))
        return self

    def press(self, *moments: str) -> Play:
        self.rows += [(GATE, seconds(at) + 0.06, kinds.PRESS, b"") for at in moments]
        return self

    def rule(self, at: str, kind: str, by: str = "Laz", **data: Any) -> Ruling:  # noqa: ANN401
        made = ruling_kinds.make(kind, data, by, "", START_US + seconds(at) * 1_000_000)
        self.rulings.append(made)
        return made

    def raws(self, until: str) -> list[tuple[str, bytes]]:
        """The records of both stations until then."""
        found: list[tuple[str, bytes]] = []
        until_s = seconds(until)
        for log_id, number, role in ((GATE, 1, kinds.GATE), (TOWER, 2, kinds.TOWER)):
            station = scene.Station(log_id, number, role, 0.0, 0.0)
            begun_s = -3600.0
            mine = [(begun_s, kinds.BOOT, station.boot)]
            pairs = range(int(begun_s) + 9, until_s, 4 * 3600)
            mine += [(at, kinds.CLOCK, station.pair(at)) for at in pairs]
            mine += [(at, kinds.HEALTH, scene.health()) for at in range(-3000, until_s, 900)]
            mine += [row[1:] for row in self.rows if row[0] == log_id]
            found += [station.raw(*row) for row in sorted(mine) if row[0] <= until_s]
        return found

    def race(self, until: str) -> Race:
        by_log: dict[str, list[bytes]] = {}
        for log_id, raw in self.raws(until):
            by_log.setdefault(log_id, []).append(raw)
        logs = {log_id: records(raws, log_id) for log_id, raws in by_log.items()}
        return Race(self.file, self.roster, logs, list(self.rulings))

    def at(self, at: str) -> Moment:
        """The race as it stands then, by the records until then."""
        return self.race(at).at(START_US + seconds(at) * 1_000_000, is_now=True)

    def number(self, at: str) -> int:
        """The record number of what the gate saw at this moment."""
        logs = self.race("99:00:00").logs[GATE]
        wanted_ms = 1000 * (seconds(at) + seconds("2:00:00"))  # the station runs so much longer
        (found,) = [
            row.seq
            for row in logs
            if row.kind in (kinds.PRESS, kinds.TAG) and 0 <= row.uptime_ms - wanted_ms < 100
        ]
        return found
