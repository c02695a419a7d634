"""Bench: a million records of 200 stations, a third of them twice, shuffled, to the official log.

    tests/bench/merge.py [--quick] [--json]

Three laptops hold a third of the rows each, in store files as `gate sync` writes them. In a
process of its own, and by the functions that `gate merge` and `gate log` call, the three are merged
into an empty store on the disk (merge_s: checksums, distinct, sort, sync to the disk), read back
(read_s: checksums again, decoding) and made into the log of a laps race (log_s: clocks, then
rules). `seconds` is all of that. The log then holds every lap with its verdict, margin, bound and
doubt, places, stations, problems; the evidence behind each time stands in it as numbers of
records, as for the table, the board and the hand-in files, and becomes objects when somebody reads
it (JSON, HTML, CSV of touches): evidence_s is what that takes for all of it, beside `seconds`.

The peer, in turn with us, is DuckDB doing the bare distinct and sort of the same rows in memory. A
race of the size of the Barkley (1,000 observations) is recomputed as well: clocks and rules.
Keys: rows, seconds, cpu_s, peak_rss_mib (of the process that merges), duckdb_ratio,
duckdb_cpu_ratio (CPU of both: on a busy machine it is the one that says something), barkley_ms.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gate_wire import bodies, kinds, record
from yellowgate.event import race_toml
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.records import EPOCH_2020_US, by_log
from yellowgate.store.store import Store

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))

STATIONS = 200
RUNNERS = 2_000
START_US = EPOCH_2020_US + 164_000_000 * 1_000_000
DURATION_S = 86_400
SEED = 6
READS = 4  # stations that read one pass
LAPTOPS = 3
RACE = (
    '[race]\npreset = "laps"\nstart = 2025-03-13T03:33:20Z\n[rules]\nduration_s = 86400\n'
    + "".join(f'[[station]]\nid = {number}\nplace = "gate"\n' for number in range(STATIONS))
)
Row = tuple[str, int, bytes]


def log_ids() -> list[str]:
    """The logs of the stations."""
    return [f"{0x5A00 + number:016x}" for number in range(STATIONS)]


def uid(runner: int) -> bytes:
    """The runner's tag."""
    return b"\x04" + runner.to_bytes(6, "big")


def make_rows(rows: int) -> list[Row]:
    """Raw records: (log id, number, bytes). Two thirds are different, a third is there again.

    Every station begins with a boot and a clock pair and has another pair at its end. The rest
    are tags: each pass of a runner is read by READS stations within a second or two, as mats do;
    one in two thousand is a press.
    """
    rng = random.Random(SEED)
    distinct = max(STATIONS * 4, rows * 2 // 3)
    per_station = distinct // STATIONS
    unique: list[Row] = []
    for number, log_id in enumerate(log_ids()):
        unique += station_rows(rng, number, log_id, per_station)
    again = rng.choices(unique, k=max(0, rows - len(unique)))
    result = unique + again
    rng.shuffle(result)
    return result


def station_rows(rng: random.Random, number: int, log_id: str, count: int) -> list[Row]:
    """The records of one station, whose clock is up to two seconds off."""
    off_us = rng.randrange(-2_000_000, 2_000_000)
    boot = bodies.pack_boot(bodies.Boot(0, kinds.GATE, number % 256, 0, (1, 0, 0)))
    rows = [_raw(log_id, 0, kinds.BOOT, -1_000, off_us, boot)]
    rows.append(_raw(log_id, 1, kinds.CLOCK, -500, off_us, _pair(-500)))
    spacing_ms = DURATION_S * 1000 // max(1, count - 3)
    for seq in range(2, count - 1):
        # READS stations in a row see the same passes: their runners come from the same seed.
        passing = random.Random(number // READS * 1_000_003 + seq)
        at_ms = (seq - 2) * spacing_ms + passing.randrange(spacing_ms or 1) + rng.randrange(2000)
        at_ms = min(at_ms, DURATION_S * 1000)
        runner = passing.randrange(RUNNERS)
        kind = kinds.PRESS if rng.random() < 0.0005 else kinds.TAG
        rows.append(
            _raw(log_id, seq, kind, at_ms, off_us, uid(runner) if kind == kinds.TAG else b"")
        )
    end_ms = DURATION_S * 1000 + 1_000
    rows.append(_raw(log_id, count - 1, kinds.CLOCK, end_ms, off_us, _pair(end_ms)))
    return rows


def _pair(at_ms: int, booted_ms: int = 10_000) -> bytes:
    """A clock pair at this moment, of a station that was started so long before the race: the
    reference is right, within 5 ms.
    """
    utc_us = START_US - EPOCH_2020_US + at_ms * 1000
    uptime_us = (at_ms + booted_ms) * 1000
    return bodies.pack_clock(
        bodies.Clock(bodies.CLOCK_PAIR, bodies.REFERENCE_NTP, 1, uptime_us, utc_us, 5_000)
    )


def _raw(log_id: str, seq: int, kind: int, at_ms: int, off_us: int, body: bytes) -> Row:
    utc_ms = (START_US + off_us - EPOCH_2020_US) // 1000 + at_ms
    quality = kinds.UTC_SET | kinds.TIME_IN_IRQ
    made = record.Record(kind, seq, 1, at_ms + 10_000, utc_ms, quality, body)
    return log_id, seq, record.pack(made, bytes.fromhex(log_id))


def roster() -> list[Runner]:
    """Everybody with a tag and a number."""
    return [
        Runner(f"runner {n:04}", "FM"[n % 2], uid(n).hex(), {0: str(n)}) for n in range(RUNNERS)
    ]


def write_stores(rows: Sequence[Row], folder: Path) -> None:
    """The stores of the laptops."""
    for number in range(LAPTOPS):
        store = Store.file(folder / f"laptop{number}.db")
        store.add_observations((log_id, raw) for log_id, _, raw in rows[number::LAPTOPS])
        store.add_log_stations((log_id, at) for at, log_id in enumerate(log_ids()))
        store.close()


def run(folder: Path) -> dict[str, Any]:
    """Merge and log, here and now: seconds of each step, and what came out."""
    gc.set_threshold(200_000, 50, 1_000)  # as the command line does
    into = folder / "into.db"
    into.unlink(missing_ok=True)
    file, runners = race_toml.parse(RACE), roster()
    began, began_cpu = time.perf_counter(), time.process_time()
    store = Store.file(into)
    store.merge(*(Store.file(folder / f"laptop{number}.db") for number in range(LAPTOPS)))
    merged = time.perf_counter()
    race = Race.read(file, runners, store)
    read = time.perf_counter()
    log = race.log(START_US + 90_000 * 1_000_000)
    done, done_cpu = time.perf_counter(), time.process_time()
    peak_mib = peak_rss_mib()
    evidence = sum(1 for line in log.runners for loop in line.loops for _ in loop.evidence)
    return {
        "observations": sum(map(len, race.logs.values())),
        "loops": sum(len(line.loops) for line in log.runners),
        "merge_s": merged - began,
        "read_s": read - merged,
        "log_s": done - read,
        "seconds": done - began,
        "cpu_s": done_cpu - began_cpu,
        "evidence": evidence,
        "evidence_s": time.perf_counter() - done,
        "peak_rss_mib": round(peak_mib, 1),
    }


def peak_rss_mib() -> float:
    """Of this process so far. Where Linux says it: ru_maxrss is never less than the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(folder: Path) -> dict[str, Any]:
    """run() in a process of its own."""
    command = [sys.executable, __file__, "--run", str(folder)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(made.stdout)


def duckdb_runner(rows: Sequence[Row]) -> Callable[[], tuple[float, float]] | None:
    """Runs the peer once and gives its seconds, and CPU seconds: distinct and sort, fetched. None
    without it.
    """
    try:
        duckdb: Any = importlib.import_module("duckdb")
        arrow: Any = importlib.import_module("pyarrow")
    except ImportError:
        return None
    table = arrow.table(
        {
            "log_id": [row[0] for row in rows],
            "seq": [row[1] for row in rows],
            "raw": arrow.array([row[2] for row in rows], arrow.binary()),
        }
    )
    base = duckdb.connect()
    base.execute("SET threads = 2")
    base.register("rows", table)
    base.execute("CREATE TABLE records AS SELECT * FROM rows")

    def run() -> tuple[float, float]:
        began, began_cpu = time.perf_counter(), time.process_time()
        base.execute("SELECT DISTINCT log_id, seq, raw FROM records ORDER BY ALL").fetchall()
        return time.perf_counter() - began, time.process_time() - began_cpu

    return run


def barkley_race() -> Race:
    """40 runners, four loops with tower and pages, presses: 1,000 observations of two stations
    that were compared before and after.
    """
    import racekit

    kit = racekit.RaceKit(start=False)
    names = [f"runner {n:02}" for n in range(40)]
    kit.runners(*names)
    for station, role in ((racekit.GATE, kinds.GATE), (racekit.TOWER, kinds.TOWER)):
        body = bodies.pack_boot(bodies.Boot(0, role, role + 1, 0, (1, 0, 0)))
        kit.see(kinds.BOOT, -5_000, body, station)
        for at_s in (-4_000, 170_000):
            kit.see(kinds.CLOCK, at_s, _pair(at_s * 1000, 10_000_000), station)
    kit.see(kinds.START, 0, b"")
    for n, name in enumerate(names):
        out_s = 0.0
        for loop in range(1, 5):
            in_s = out_s + 8.5 * 3600 + 60 * n
            kit.tag(name, *(in_s + extra for extra in (0, 2, 5)))
            kit.tag(name, (out_s + in_s) / 2, station=racekit.TOWER)
            kit.pages(name, loop, in_s + 60)
            out_s = in_s + 1200
            kit.tag(name, out_s, out_s + 3)
    while len(kit.timed) < 1000:
        kit.press(20_000 + len(kit.timed))
    logs = by_log(row.observation for row in kit.timed)
    return Race(kit.race, kit.roster, logs, kit.rulings)


def barkley_ms(times: int = 20) -> float:
    """Median of recomputing its log."""
    race = barkley_race()
    spans: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        race.log(START_US + 45 * 3600 * 1_000_000)
        spans.append(time.perf_counter() - began)
    return statistics.median(spans) * 1000


def bench(rows_wanted: int, times: int) -> dict[str, Any]:
    """One size: ours and the peer in turn, the best of each."""
    rows = make_rows(rows_wanted)
    peer = duckdb_runner(rows)
    runs: list[dict[str, Any]] = []
    peer_runs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        write_stores(rows, Path(folder))
        for _ in range(times):
            runs.append(ours(Path(folder)))
            peer_runs += [peer()] if peer else []
    best = min(runs, key=lambda one: one["seconds"])
    peer_s, peer_cpu_s = map(min, zip(*peer_runs, strict=True)) if peer_runs else (None, None)
    cpu_s = min(one["cpu_s"] for one in runs)
    return {
        "rows": len(rows),
        **best,
        "duckdb_s": peer_s,
        "duckdb_ratio": best["seconds"] / peer_s if peer_s else None,
        "duckdb_cpu_ratio": cpu_s / peer_cpu_s if peer_cpu_s else None,
    }


def _shown(cell: float | None) -> str:
    if cell is None:
        return "-"
    return format(cell, ".3g" if isinstance(cell, float) else "d")


def main() -> None:
    """Print a table, or one JSON object of the largest size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run)))
        return
    sizes = [10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000]
    results = [bench(size, 1 if options.quick else 3) for size in sizes]
    results[-1]["barkley_ms"] = barkley_ms()
    if options.json:
        print(json.dumps({**results[-1], "sizes": results[:-1]}))
        return
    keys = ["rows", "observations", "loops", "merge_s", "read_s", "log_s", "seconds"]
    keys += ["cpu_s", "evidence_s", "peak_rss_mib", "duckdb_s", "duckdb_ratio", "duckdb_cpu_ratio"]
    print("  ".join(key.rjust(12) for key in keys))
    for row in results:
        cells = zip(keys, (row[key] for key in keys), strict=True)
        print("  ".join(_shown(cell).rjust(max(12, len(key))) for key, cell in cells))
    print(f"a race of 1,000 observations: {results[-1]['barkley_ms']:.1f} ms")


if __name__ == "__main__":
    main()
