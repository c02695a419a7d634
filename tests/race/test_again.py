"""A day of laps, record by record: the local steps give the bytes of the whole computation."""

from __future__ import annotations

import random
from pathlib import Path

import racekit
from examples import some
from gate_wire import bodies, kinds, record
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from racekit import START_US
from yellowgate.event import race_toml
from yellowgate.event.rules import ENDS
from yellowgate.live import Live
from yellowgate.model import Ruling, Runner
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.records import EPOCH_2020_US
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.store.store import Store

RACE = """[race]
name = "laps"
preset = "laps"
{start}
[rules]
shortest_lap_s = 300
missing_s = {missing_s}
duration_s = "6:00:00"
at_the_gun = "{gun}"
"""
HOURS_S = 6 * 3600
STEPS = 25
Row = tuple[int, str, bytes]  # when it arrives (ms since the start), log id, record


class Day:
    """Some stations at one gate, and who passes them; from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.is_start_pressed = rng.random() < 0.5
        self.runners = [f"runner {number}" for number in range(rng.randrange(30, 60))]
        self.logs = [f"{0xA0 + number:02x}" * 8 for number in range(rng.randrange(1, 5))]
        self.offs_us = [rng.randrange(-2_000_000, 2_000_000) for _ in self.logs]
        self.seqs = dict.fromkeys(self.logs, 0)
        self.rows: list[Row] = []
        self.bound_us = rng.choice([5_000, 60_000, 2_000_000])
        self.is_late = rng.random() < 0.3  # some records come an hour after
        self._write()

    @property
    def race(self) -> race_toml.RaceFile:
        start = "" if self.is_start_pressed else 'start = "2025-03-13T03:33:20Z"'
        gun = self.rng.choice(ENDS)
        missing_s = self.rng.choice([0, 1800, 7200])
        return race_toml.parse(RACE.format(start=start, gun=gun, missing_s=missing_s))

    @property
    def roster(self) -> list[Runner]:
        return [
            Runner(name, "FM"[number % 2], racekit.uid(name), {0: str(number)})
            for number, name in enumerate(self.runners)
        ]

    def _add(self, log: int, kind: int, at_ms: int, body: bytes, late_ms: int = 0) -> None:
        log_id = self.logs[log]
        utc_ms = (START_US + self.offs_us[log] - EPOCH_2020_US) // 1000 + at_ms
        quality = kinds.UTC_SET | kinds.TIME_IN_IRQ
        seq = self.seqs[log_id]
        self.seqs[log_id] += 1
        made = record.Record(kind, seq, 1, at_ms + 10_000_000, utc_ms, quality, body)
        raw = record.pack(made, bytes.fromhex(log_id))
        self.rows.append((at_ms + late_ms, log_id, raw))

    def _pair(self, log: int, at_ms: int) -> None:
        uptime_us = (at_ms + 10_000_000) * 1000
        utc_us = START_US - EPOCH_2020_US + at_ms * 1000
        pair = bodies.Clock(
            bodies.CLOCK_PAIR, bodies.REFERENCE_NTP, 1, uptime_us, utc_us, self.bound_us
        )
        self._add(log, kinds.CLOCK, at_ms, bodies.pack_clock(pair))

    def _write(self) -> None:
        rng = self.rng
        for log in range(len(self.logs)):
            body = bodies.pack_boot(bodies.Boot(0, kinds.GATE, log + 1, 0, (1, 0, 0)))
            self._add(log, kinds.BOOT, -9_000_000, body)
            self._pair(log, -8_000_000)
        if self.is_start_pressed:
            self._add(0, kinds.START, 0, b"")
        passes: list[tuple[int, str]] = []
        for name in self.runners:
            at_s = rng.uniform(0, 1200)
            while at_s < rng.choice([HOURS_S, HOURS_S + 1500, 9000]):
                passes.append((int(at_s * 1000), name))
                at_s += rng.choice([rng.uniform(900, 1800), rng.uniform(20, 400), 1200.0])
        for at_ms, name in sorted(passes):
            for log in range(len(self.logs)):
                if rng.random() < 0.8:
                    late_ms = rng.choice([0, 0, 0, 0, 4_000_000]) if self.is_late else 0
                    tag = bytes.fromhex(racekit.uid(name))
                    self._add(log, kinds.TAG, at_ms + rng.randrange(1500), tag, late_ms)
            if rng.random() < 0.02:
                self._add(0, kinds.PRESS, at_ms + rng.randrange(60_000), b"")
            if rng.random() < 0.02:
                self._pair(rng.randrange(len(self.logs)), at_ms)
        self.rows.sort(key=lambda row: row[0])

    def ruling(self, at_us: int) -> Ruling:
        """Something that is ruled now."""
        rng, name = self.rng, self.rng.choice(self.runners)
        kind, data = rng.choice(
            [
                ("dropout", {"runner": name, "reason": "timed out"}),
                ("void", {"runner": name, "loop": 2}),
                ("sighting", {"runner": name, "at": at_us + 600_000_000, "place": "the hill"}),
                ("paper", {"runner": name, "loop": 3, "in_s": 5000.0}),
            ]
        )
        return ruling_kinds.make(kind, data, "laz", "as seen", at_us)


@settings(some(3), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
@example(seed=1)
@example(seed=2)
def test_a_day_of_laps_record_by_record(tmp_path_factory: object, seed: int) -> None:
    day = Day(seed)
    rng = random.Random(seed + 1)
    race, roster = day.race, day.roster
    store = Store.file(Path(tmp_path_factory.mktemp("day")) / "race.db")  # type: ignore[attr-defined]
    live = Live(store)
    first = rng.randrange(len(day.rows) // 2)
    store.add_observations((log_id, raw) for _, log_id, raw in day.rows[:first])
    steps = 0
    while first < len(day.rows) and steps < STEPS:
        count = rng.choice([1, 1, 1, 2, 5])
        some = day.rows[first : first + count]
        first += count
        store.add_observations((log_id, raw) for _, log_id, raw in some)
        as_of_us = START_US + max(0, some[-1][0]) * 1000 + rng.choice([3_000_000, 400_000_000])
        if rng.random() < 0.04:
            store.add_rulings([day.ruling(as_of_us)])
        if rng.random() < 0.1:
            first += 40
            store.add_observations((log_id, raw) for _, log_id, raw in day.rows[first - 40 : first])
        followed = live.race(race, roster).log(as_of_us)
        anew = Race.read(race, roster, store).log(as_of_us)
        assert followed == anew
        assert to_json(followed) == to_json(anew)
        steps += 1
    store.close()


def test_one_read_more_leaves_the_laps_of_the_others_as_they_are(tmp_path: Path) -> None:
    """The very objects: nobody else was judged again."""
    day = Day(3)
    assert not day.is_late
    rows = [row for row in day.rows if row[0] < 3_600_000]
    race, roster = day.race, day.roster
    store = Store.file(tmp_path / "race.db")
    store.add_observations((log_id, raw) for _, log_id, raw in rows[:-8])
    live = Live(store)
    same = others = 0
    for number in range(8):
        at_us = START_US + rows[-8 + number][0] * 1000 + 2_000_000
        before = live.race(race, roster).log(at_us)
        store.add_observations([rows[-8 + number][1:]])
        after = live.race(race, roster).log(at_us)
        laps = {id(line.loops) for line in before.runners if line.loops}
        same += sum(id(line.loops) in laps for line in after.runners)
        others += sum(bool(line.loops) for line in after.runners) - 5
        assert to_json(after) == to_json(Race.read(race, roster, store).log(at_us))
    assert same >= others > 0
