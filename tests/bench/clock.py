"""How well times are corrected: seeded races of 60 h against the truth.

    python tests/bench/clock.py [--races N] [--quick] [--json]

Every race runs three stations through the real record bytes and the real correct(). Coverage is
the share of observations, of all races, whose true time lies within the stated bound: it must be
1. The other figures are of the races in which nothing broke and stations were synced at both
ends ("plain"): the error and the bound, beside what the station's own time was off by and what a
straight line through the clock pairs (a spreadsheet) would be off by.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "clock"))

from clockraces import Race, race
from gate_wire import bodies, kinds
from yellowgate.clock.correct import correct
from yellowgate.records import EPOCH_2020_US, Observation, Timed
from yellowgate.times import UNBOUNDED_US

RACES = 1000
RACES_QUICK = 36


@dataclass
class Tally:
    """What is counted over the races; spans in milliseconds."""

    races: int = 0
    observations: int = 0
    covered: int = 0
    missed: list[str] = field(default_factory=list[str])
    unbounded: Counter[str] = field(default_factory=Counter[str])
    bounds_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    errors_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    raw_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    line_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    of_kind_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def run(seeds: range) -> Tally:
    """Play and judge these races."""
    tally = Tally()
    for seed in seeds:
        one = race(seed)
        rows = [row for station in one.stations for row in station.rows]
        judge(tally, seed, one, correct(rows, one.choice))
    return tally


def judge(tally: Tally, seed: int, one: Race, timed: Sequence[Timed]) -> None:
    """Compare the corrected times of a race with the truth."""
    truth = {
        (station.log_id, row.seq): true_us
        for station in one.stations
        for row, true_us in zip(station.rows, station.truth_us, strict=True)
    }
    lines = {
        log_id: LineFit([row for row in timed if row.observation.log_id == log_id])
        for log_id in one.measured
    }
    tally.races += 1
    for row in timed:
        seen = row.observation
        true_us = truth.pop((seen.log_id, seen.seq))
        error_us = abs(row.utc_us - true_us)
        tally.observations += 1
        if error_us <= row.bound_us:
            tally.covered += 1
        else:
            tally.missed.append(
                f"race {seed} ({one.kind}) log {seen.log_id} seq {seen.seq} boot {seen.boot} "
                f"{row.basis}: off by {error_us / 1e3:.1f} ms, bound {row.bound_us / 1e3:.1f} ms"
            )
        if row.bound_us >= UNBOUNDED_US:
            tally.unbounded[one.kind] += 1
            continue
        tally.of_kind_ms.setdefault(one.kind, []).append(row.bound_us / 1e3)
        group = one.measured.get(seen.log_id)
        if group is None or seen.kind != kinds.TAG:
            continue
        tally.bounds_ms.setdefault(group, []).append(row.bound_us / 1e3)
        tally.errors_ms.setdefault(group, []).append(error_us / 1e3)
        if seen.station_utc_us is not None:
            raw_ms = abs(seen.station_utc_us - true_us) / 1e3
            tally.raw_ms.setdefault(group, []).append(raw_ms)
            by_line_us = lines[seen.log_id](seen.station_utc_us)
            tally.line_ms.setdefault(group, []).append(abs(by_line_us - true_us) / 1e3)
    assert not truth, "an observation vanished"


class LineFit:
    """Least squares through the pairs of a log: reference time over the station's time."""

    def __init__(self, timed: Sequence[Timed]) -> None:
        points = list(_points(row.observation for row in timed))
        self._zero = points[0][0] if points else 0
        xs = [x - self._zero for x, _ in points]
        ys = [float(y - x) for x, y in points]
        self._mean_x, self._mean_y = (sum(v) / max(1, len(v)) for v in (xs, ys))
        square = sum((x - self._mean_x) ** 2 for x in xs)
        product = sum((x - self._mean_x) * y for x, y in zip(xs, ys, strict=True))
        self._slope = product / square if square else 0.0

    def __call__(self, station_utc_us: int) -> float:
        """The true time by this line."""
        x = station_utc_us - self._zero
        return station_utc_us + self._mean_y + self._slope * (x - self._mean_x)


def _points(rows: Iterator[Observation]) -> Iterator[tuple[int, int]]:
    for row in rows:
        body = bodies.unpack_clock(row.body) if row.kind == kinds.CLOCK else None
        if body is not None and body.what == bodies.CLOCK_PAIR and row.station_utc_us is not None:
            shown_us = row.station_utc_us + body.uptime_us - row.uptime_ms * 1000
            yield shown_us, body.utc_us + EPOCH_2020_US


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed; 0 without any."""
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0


def figures(tally: Tally) -> dict[str, float]:
    """The keys of the bench."""
    raw = [value for row in tally.raw_ms.values() for value in row]
    line = [value for row in tally.line_ms.values() for value in row]
    result = {
        "races": tally.races,
        "observations": tally.observations,
        "coverage": tally.covered / max(1, tally.observations),
        "raw_error_p99_ms": p99(raw),
        "line_fit_error_p99_ms": p99(line),
    }
    for group in ("rtc", "no_rtc"):
        result[f"{group}_error_p99_ms"] = p99(tally.errors_ms.get(group, []))
        result[f"{group}_bound_p99_ms"] = p99(tally.bounds_ms.get(group, []))
        result[f"{group}_raw_error_p99_ms"] = p99(tally.raw_ms.get(group, []))
        result[f"{group}_line_fit_error_p99_ms"] = p99(tally.line_ms.get(group, []))
    return {key: round(value, 6 if key == "coverage" else 1) for key, value in result.items()}


def show(tally: Tally, seconds: float) -> None:
    """For people."""
    keys = figures(tally)
    print(
        f"{tally.races} races of 60 h, {tally.observations} observations, {seconds:.0f} s; "
        f"truth within its bound: {keys['coverage']:.4%}"
    )
    print(f"\n{'p99, ms':24}{'error':>9}{'bound':>9}{'raw':>9}{'line fit':>9}{'goal':>12}")
    for group, name, goal in (
        ("rtc", "DS3231, synced twice", "50 / 100"),
        ("no_rtc", "crystal, synced twice", "250 / 500"),
    ):
        values = [keys[f"{group}_{what}_p99_ms"] for what in ("error", "bound")]
        values += [keys[f"{group}_{what}_p99_ms"] for what in ("raw_error", "line_fit_error")]
        print(f"{name:24}" + "".join(f"{value:9.1f}" for value in values) + f"{goal:>12}")
    print(f"\n{'bounds by kind, ms':24}{'p50':>12}{'p99':>12}{'unbounded':>11}")
    for kind, bounds in sorted(tally.of_kind_ms.items()):
        middle = sorted(bounds)[len(bounds) // 2]
        print(f"{kind:24}{middle:12.1f}{p99(bounds):12.1f}{tally.unbounded[kind]:11}")
    for line in tally.missed[:10]:
        print(line)


def main() -> int:
    """Exit code 1 when a truth lies outside its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=RACES)
    parser.add_argument("--first", type=int, default=0, help="seed of the first race")
    parser.add_argument("--quick", action="store_true", help=f"{RACES_QUICK} races")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    count = RACES_QUICK if given.quick else given.races
    started = time.perf_counter()
    tally = run(range(given.first, given.first + count))
    if given.json:
        print(json.dumps(figures(tally)))
    else:
        show(tally, time.perf_counter() - started)
    return 1 if tally.missed else 0


if __name__ == "__main__":
    sys.exit(main())
