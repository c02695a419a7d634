"""OpenSplitTime raw times: JSON for its import of raw times (jsonapi_batch)."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from yellowgate.race.officiallog import OfficialLog, RunnerLog, iso

SOURCE = "yellow-gate"


def to_json(log: OfficialLog) -> str:
    """Every departure, arrival and sighting, as entered; stopped_here where a runner is out."""
    rows: list[dict[str, object]] = []
    for line in log.runners:
        rows += _touches(log, line)
    data = [{"type": "raw_time", "attributes": row} for row in rows]
    return json.dumps({"data": data, "data_format": "jsonapi_batch"}, indent=1) + "\n"


def _touches(log: OfficialLog, line: RunnerLog) -> list[dict[str, object]]:
    """In the order of time. A loop's end is the split "Loop N"; the tower is its own split."""
    rows: list[tuple[float, dict[str, object]]] = []
    for loop in line.loops:
        if loop.out_s is not None and loop.loop > 1:
            name = f"Loop {loop.loop - 1}"
            rows.append((loop.out_s, _row(log, loop.bib, name, "out", loop.out_s)))
        if loop.in_s is not None:
            rows.append((loop.in_s, _row(log, loop.bib, f"Loop {loop.loop}", "in", loop.in_s)))
    for seen in line.sightings:
        if seen.source == "station" and seen.at_s is not None:
            name = f"{seen.place} {seen.loop}".strip()
            rows.append((seen.at_s, _row(log, line.bib, name, "in", seen.at_s)))
    rows.sort(key=lambda row: row[0])
    if rows and line.status in ("out", "fun run", "finished"):
        rows[-1][1]["stopped_here"] = True
    return [row for _, row in rows]


def _row(log: OfficialLog, bib: str, split: str, kind: str, at_s: float) -> dict[str, object]:
    """entered_time carries its date and zone: times without a date are a known sorrow there."""
    if log.start_us is None:
        entered = ""
    else:
        whole_us = log.start_us + int(at_s) * 1_000_000
        moment = datetime.fromisoformat(iso(whole_us - whole_us % 1_000_000))
        zone = ZoneInfo(log.zone) if log.zone else None
        entered = moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S%z")
    return {
        "source": SOURCE,
        "sub_split_kind": kind,
        "with_pacer": False,
        "entered_time": entered,
        "split_name": split,
        "bib_number": bib,
        "stopped_here": False,
    }
