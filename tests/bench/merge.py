"""Bench: a million records of 200 stations, a third of them twice, shuffled, to the official log.

    tests/bench/merge.py [--quick] [--json]

Merge is distinct on (log id, number, bytes) and sort; then the clocks are corrected, then the
rules of a laps race make the log. The peer, in the same run and in turn with us, is DuckDB doing
the bare distinct and sort of the same rows. A race of the size of the Barkley (1,000 observations)
is recomputed as well. Keys: rows, seconds, peak_rss_mib, duckdb_ratio, barkley_ms.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import random
import resource
import statistics
import struct
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gate_wire import bodies, kinds, record
from yellowgate.model import EPOCH_2020_US, Observation, Runner, Station, Timed
from yellowgate.race import racefile
from yellowgate.race.judge import official_log

sys.path.insert(0, str(Path(__file__).parent.parent / "race"))

STATIONS = 200
RUNNERS = 2_000
START_US = EPOCH_2020_US + 164_000_000 * 1_000_000
DURATION_S = 86_400
SEED = 6
READS = 4  # stations that read one pass
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


def _pair(at_ms: int) -> bytes:
    """A clock pair at this moment: the reference is right, within 5 ms."""
    utc_us = START_US - EPOCH_2020_US + at_ms * 1000
    uptime_us = (at_ms + 10_000) * 1000
    return bodies.pack_clock(
        bodies.Clock(bodies.CLOCK_PAIR, bodies.REFERENCE_NTP, 1, uptime_us, utc_us, 5_000)
    )


def _raw(log_id: str, seq: int, kind: int, at_ms: int, off_us: int, body: bytes) -> Row:
    utc_ms = (START_US + off_us - EPOCH_2020_US) // 1000 + at_ms
    quality = kinds.UTC_SET | kinds.TIME_IN_IRQ
    made = record.Record(kind, seq, 1, at_ms + 10_000, utc_ms, quality, body)
    return log_id, seq, record.pack(made, bytes.fromhex(log_id))


_HEAD = struct.Struct(record.HEAD).unpack_from
_BODY_AT = record.HEAD_BYTES
_new = Observation._make  # skips the call that Observation(...) makes


def merge(rows: Sequence[Row]) -> list[Observation]:
    """Distinct and sorted observations: what the store does with many downloads.

    By log first: numbers sort quicker than (log, number, bytes). Different bytes with one number
    are both kept.
    """
    logs: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
    doubled: set[Row] = set()
    for row in rows:
        log_id, seq, raw = row
        if logs[log_id].setdefault(seq, raw) != raw:
            doubled.add(row)
    result: list[Observation] = []
    for log_id in sorted(logs):
        found = logs[log_id]
        raws = [found[seq] for seq in sorted(found)]
        if doubled:
            extra = [(seq, raw) for log, seq, raw in doubled if log == log_id]
            raws = [raw for _, raw in sorted([*found.items(), *extra])]
        _unpack_all(log_id, raws, result)
    return result


_SHORT_BYTES = record.RECORD_BYTES_MIN
_SHORT = struct.Struct(record.HEAD + "7s8x")  # a whole record of 32 bytes: head, body, tag, CRC


def _unpack_all(log_id: str, raws: Sequence[bytes], result: list[Observation]) -> None:
    """As unpack(), for all records of a log: those of 32 bytes, nearly all, in one go."""
    short = _SHORT.iter_unpack(b"".join([raw for raw in raws if len(raw) == _SHORT_BYTES]))
    append = result.append
    for raw in raws:
        if len(raw) != _SHORT_BYTES:
            append(unpack(log_id, raw))
            continue
        first, kind, boot, numbers, uptime_ms, low, high, body = next(short)
        utc_ms = low | high << 32
        utc_us = None if utc_ms == record.UTC_UNKNOWN else EPOCH_2020_US + utc_ms * 1000
        if first != _FULL_BODY:
            body = body[: first & 0x7F]
        seq = numbers & 0xFFFFFF
        append(_new((log_id, seq, kind, boot, uptime_ms, utc_us, numbers >> 24, body, raw)))


_FULL_BODY = record.MARK | 7


def unpack(log_id: str, raw: bytes) -> Observation:
    """The observation in whole record bytes (their CRC was checked when they came in)."""
    first, kind, boot, numbers, uptime_ms, low, high = _HEAD(raw)
    utc_ms = low | high << 32
    utc_us = None if utc_ms == record.UTC_UNKNOWN else EPOCH_2020_US + utc_ms * 1000
    body = raw[_BODY_AT : _BODY_AT + (first & 0x7F)]
    return _new(
        (log_id, numbers & 0xFFFFFF, kind, boot, uptime_ms, utc_us, numbers >> 24, body, raw)
    )


def correct(observations: Sequence[Observation]) -> list[Timed]:
    """Corrected times by the host's clock package; without it, the station's own times."""
    try:
        from yellowgate.clock.correct import correct as by_pairs
    except ImportError:
        rows = [Timed(seen, seen[5] or 0, 5_000, "station") for seen in observations]
        rows.sort(key=lambda row: (row[1], row[0][0], row[0][1]))
        return rows
    return by_pairs(observations)


def laps_race() -> tuple[racefile.RaceFile, list[Runner], dict[str, Station]]:
    """A day of laps with all stations at one place."""
    text = '[race]\npreset = "laps"\nstart = 2025-03-13T03:33:20Z\n[rules]\nduration_s = 86400\n'
    race = racefile.parse(text)
    roster = [
        Runner(f"runner {n:04}", "FM"[n % 2], uid(n).hex(), {0: str(n)}) for n in range(RUNNERS)
    ]
    stations = {
        log_id: Station(log_id, n % 256, "gate", f"mat {n}", "gate")
        for n, log_id in enumerate(log_ids())
    }
    return race, roster, stations


def ours(rows: Sequence[Row]) -> dict[str, float]:
    """Seconds of each step, and what came out."""
    race, roster, stations = laps_race()
    began = time.perf_counter()
    observations = merge(rows)
    merged = time.perf_counter()
    timed = correct(observations)
    corrected = time.perf_counter()
    log = official_log(race, roster, timed, [], stations, START_US + 90_000 * 1_000_000)
    done = time.perf_counter()
    loops = sum(len(line.loops) for line in log.runners)
    return {
        "observations": len(observations),
        "loops": loops,
        "merge_s": merged - began,
        "clock_s": corrected - merged,
        "rules_s": done - corrected,
        "seconds": done - began,
    }


def duckdb_runner(rows: Sequence[Row]) -> Callable[[], float] | None:
    """Runs the peer once and gives its seconds: distinct and sort, fetched. None without it."""
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

    def run() -> float:
        began = time.perf_counter()
        base.execute("SELECT DISTINCT log_id, seq, raw FROM records ORDER BY ALL").fetchall()
        return time.perf_counter() - began

    return run


def barkley_ms(times: int = 20) -> float:
    """Median of recomputing the log of a race with 1,000 observations."""
    import racekit

    kit = racekit.RaceKit()
    names = [f"runner {n:02}" for n in range(40)]
    kit.runners(*names)
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
    spans: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        kit.log("45:00:00")
        spans.append(time.perf_counter() - began)
    return statistics.median(spans) * 1000


def peak_rss_mib() -> float:
    """Of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bench(rows_wanted: int, quick: bool) -> dict[str, Any]:
    """One size: ours and the peer in turn, the best of each."""
    rows = make_rows(rows_wanted)
    # Nothing here makes cycles: like the command line, let the collector not walk a million tuples.
    gc.collect()
    gc.freeze()
    gc.disable()
    runs = [ours(rows) for _ in range(1 if quick or rows_wanted > 200_000 else 3)]
    best = min(runs, key=lambda run: run["seconds"])
    peak = peak_rss_mib()  # before the peer takes its share
    gc.enable()
    peer = duckdb_runner(rows)
    peer_s = min(peer() for _ in range(3)) if peer else None
    return {
        "rows": len(rows),
        **best,
        "peak_rss_mib": round(peak, 1),
        "duckdb_s": peer_s,
        "duckdb_ratio": best["seconds"] / peer_s if peer_s else None,
    }


def main() -> None:
    """Print a table, or one JSON object of the largest size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000]
    results = [bench(size, options.quick) for size in sizes]
    results[-1]["barkley_ms"] = barkley_ms()
    if options.json:
        print(json.dumps({**results[-1], "sizes": results[:-1]}))
        return
    keys = ["rows", "observations", "loops", "merge_s", "clock_s", "rules_s", "seconds"]
    keys += ["peak_rss_mib", "duckdb_s", "duckdb_ratio"]
    print("  ".join(f"{key:>12}" for key in keys))
    for row in results:
        cells = [row[key] for key in keys]
        print(
            "  ".join(
                f"{'-' if c is None else format(c, '.3g' if isinstance(c, float) else 'd'):>12}"
                for c in cells
            )
        )
    print(f"a race of 1,000 observations: {results[-1]['barkley_ms']:.1f} ms")


if __name__ == "__main__":
    main()
