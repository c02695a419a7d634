"""How quick is the log after one record more, and while nothing happens?

python tests/bench/live.py [--quick] [--json]

The race of merge.py at 10,000 to 1,000,000 records: 2,000 runners, 200 stations, a day of laps. A
gate board or gate serve follows it. Measured, the median of some times, in CPU milliseconds of this
process:

- store_one_ms: one record stored, and on the disk (the disk's own time is not in it; store_one_wall
  has it);
- unchanged_poll_ms: a look when nothing has changed: race.toml, roster and the store's version;
- one_more_record_ms: from the look that finds a new tag read to the new official log; whole_ms:
  what the whole computation takes instead; board_ms: the board made from the log, once for all;
- json_ratio_log: the log as JSON, in times of what the whole computation takes; html_mib: its page.
  Up to 100,000 records: nobody opens a page of more.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "race"))
sys.path.insert(0, str(Path(__file__).parent))
import merge
from gate_wire import kinds, record
from yellowgate.cli.context import ROSTER_FILE, STORE_FILE, RaceFolder
from yellowgate.event import roster as rosters
from yellowgate.live import Live
from yellowgate.official import Race
from yellowgate.race.checks.roll_call import board
from yellowgate.race.log_json import to_json
from yellowgate.report import html
from yellowgate.store.store import Store

AS_OF_US = merge.START_US + 90_000 * 1_000_000
PAGE_ROWS_MAX = 100_000
DONE_MS = 86_402_000  # the new reads come in when the day is over


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time of this process that it takes."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def folder_of(rows: int, path: Path) -> RaceFolder:
    """A race folder with so many records."""
    made = merge.make_rows(rows)
    store = Store.file(path / STORE_FILE)
    store.add_observations((log_id, raw) for log_id, _, raw in made)
    store.add_log_stations((log_id, at) for at, log_id in enumerate(merge.log_ids()))
    store.close()
    (path / "race.toml").write_text(merge.RACE)
    (path / ROSTER_FILE).write_text(rosters.to_csv(merge.roster()))
    return RaceFolder(path)


def new_row(number: int, race: Race) -> tuple[str, bytes]:
    """A read of a tag that is not there yet: at the end of some station's log."""
    log_id = merge.log_ids()[number * 37 % 200]
    at_ms = DONE_MS + 7 * number
    seq = int(race.logs[log_id].seqs[-1]) + 1
    utc_ms = (merge.START_US - merge.EPOCH_2020_US) // 1000 + at_ms
    quality = kinds.UTC_SET | kinds.TIME_IN_IRQ
    body = merge.uid(number * 53 % merge.RUNNERS)
    made = record.Record(kinds.TAG, seq, 1, at_ms + 10_000, utc_ms, quality, body)
    return log_id, record.pack(made, bytes.fromhex(log_id))


def bench(rows: int, times: int) -> dict[str, Any]:
    """One size."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary)
        folder = folder_of(rows, path)
        store, other = folder.store(), Store.file(path / STORE_FILE)
        live = Live(store)
        poll = lambda: live.race(folder.race(), folder.roster())  # noqa: E731 - a measured step
        poll().log(AS_OF_US)
        spans: dict[str, list[float]] = {}
        for number in range(times):
            row = new_row(number, poll())
            wall = time.perf_counter()
            spans.setdefault("store_one_ms", []).append(
                cpu_ms(lambda row=row: other.add_observations([row]))
            )
            spans.setdefault("store_one_wall_ms", []).append((time.perf_counter() - wall) * 1000)
            spans.setdefault("one_more_record_ms", []).append(
                cpu_ms(lambda at=number: poll().log(AS_OF_US + at))
            )
            spans.setdefault("unchanged_poll_ms", []).append(cpu_ms(poll))
        file, runners = folder.race(), folder.roster()
        log = poll().log(AS_OF_US)
        spans["board_ms"] = [cpu_ms(lambda: board(log, file)) for _ in range(3)]
        spans["whole_ms"] = [
            cpu_ms(lambda: Race.read(file, runners, store).log(AS_OF_US)) for _ in range(3)
        ]
        figures = {key: statistics.median(row) for key, row in spans.items()}
        if rows <= PAGE_ROWS_MAX:
            json_ms = statistics.median(cpu_ms(lambda: to_json(log)) for _ in range(3))
            figures["json_ratio_log"] = json_ms / figures["whole_ms"]
            figures["html_mib"] = len(html.page(log).encode()) / 1024**2
        return {"rows": rows, **figures}


def main() -> None:
    """Print a table, or one JSON object of the largest size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    gc.set_threshold(200_000, 50, 1_000)  # as the command line does
    sizes = [10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000]
    results = [bench(size, 7) for size in sizes]
    if options.json:
        print(json.dumps({**results[-1], "sizes": results[:-1]}))
        return
    for key in results[0]:
        shown = (format(row[key], ".4g") if key in row else "-" for row in results)
        print(f"{key:<20}" + "".join(f"{text:>14}" for text in shown))


if __name__ == "__main__":
    main()
