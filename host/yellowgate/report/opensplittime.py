"""OpenSplitTime raw times: JSON for its import of raw times (jsonapi_batch).

Source: SplitTime/OpenSplitTime, its page "Posting raw times" and app/models/raw_time.rb: a bib has
at most 6 signs, digits and asterisks alone; time, split and source are there.
"""

from __future__ import annotations

import json

from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.people import ExportError, bib_of
from yellowgate.report.receivers import OPENSPLITTIME_BIB
from yellowgate.report.words import split_of
from yellowgate.times import US, local, zone

SOURCE = "yellow-gate"


FIELDS = (
    "source", "sub_split_kind", "with_pacer", "entered_time", "split_name", "bib_number",
    "stopped_here",
)  # fmt: skip


def to_json(log: OfficialLog) -> str:
    """Every departure, arrival and sighting, as entered, but for loops that are void;
    stopped_here where a runner is out. Raises ExportError when a runner has no bib.
    """
    rows: list[dict[str, object]] = []
    for line in log.runners:
        rows += _touches(log, line)
    data = [{"type": "raw_time", "attributes": row} for row in rows]
    return json.dumps({"data": data, "data_format": "jsonapi_batch"}, indent=1) + "\n"


def _touches(log: OfficialLog, line: RunnerLog) -> list[dict[str, object]]:
    """In the order of time. A loop's end is the split "Loop N", a leg's its place; the tower is
    its own split.
    """
    rows: list[tuple[int, dict[str, object]]] = []
    before = ""
    # Laps begin where the last one ended, and yards with the bell: nobody entered that.
    has_departures = log.preset not in ("laps", "backyard")
    bibs = {loop.loop: loop.bib for loop in line.loops}
    for loop in line.loops:
        if loop.verdict == "void":
            continue
        here = split_of(log, loop.loop, loop.place)
        if loop.out_us is not None and before and has_departures:
            rows.append((loop.out_us, _row(log, line, loop.bib, before, "out", loop.out_us)))
        if loop.in_us is not None:
            rows.append((loop.in_us, _row(log, line, loop.bib, here, "in", loop.in_us)))
        before = here
    for seen in line.sightings:
        if seen.source == "station" and seen.at_us is not None:
            name = f"{seen.place} {seen.loop or ''}".strip()
            bib = bibs.get(seen.loop, line.bib)
            rows.append((seen.at_us, _row(log, line, bib, name, "in", seen.at_us)))
    rows.sort(key=lambda row: row[0])
    arrivals = [row for _, row in rows if row["sub_split_kind"] == "in"]
    if arrivals and line.status in ("out", "fun run", "finished"):
        arrivals[-1]["stopped_here"] = True  # who went on from there and gave up came no further
    return [row for _, row in rows]


def check(text: str) -> list[str]:
    """What OpenSplitTime would refuse in this batch, in words; empty when nothing."""
    document = json.loads(text)
    faults: list[str] = []
    if document.get("data_format") != "jsonapi_batch":
        faults.append("data_format is not jsonapi_batch")
    for number, row in enumerate(document.get("data", []), 1):
        said = row.get("attributes", {})
        if row.get("type") != "raw_time" or tuple(said) != FIELDS:
            faults.append(f"entry {number} is no raw time")
        elif said["sub_split_kind"] not in ("in", "out"):
            faults.append(f"entry {number}: sub_split_kind is {said['sub_split_kind']!r}")
        elif not (said["bib_number"] and said["entered_time"] and said["split_name"]):
            faults.append(f"entry {number}: no bib, no time or no split")
        elif not OPENSPLITTIME_BIB.fullmatch(said["bib_number"]):
            faults.append(f"entry {number}: bib {said['bib_number']!r} is not of at most 6 digits")
    return faults


def _row(
    log: OfficialLog, line: RunnerLog, bib: str, split: str, kind: str, at_us: int
) -> dict[str, object]:
    """entered_time carries its date and zone: times without a date are a known sorrow there."""
    if line.start_us is None:
        entered = ""
    else:
        moment_us = line.start_us + at_us - at_us % US
        entered = f"{local(moment_us, zone(log.zone)):%Y-%m-%d %H:%M:%S%z}"
    worn = bib_of(line, bib, "OpenSplitTime")
    if not OPENSPLITTIME_BIB.fullmatch(worn):
        raise ExportError(
            f"{line.name}: bib {worn!r}; OpenSplitTime takes digits alone, at most 6: give another "
            "in the roster"
        )
    return {
        "source": SOURCE,
        "sub_split_kind": kind,
        "with_pacer": False,
        "entered_time": entered,
        "split_name": split,
        "bib_number": worn,
        "stopped_here": False,
    }
