"""UltraSignup's results CSV.

Source: UltraSignup help, "Formatting results files": headers spelled exactly so, no other columns,
no blank rows, no empty gender. A fixed-time race has `distance` where others have `time`. A fun
run is status 4 (unofficial finish).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from yellowgate.model import Runner
from yellowgate.race.officiallog import OfficialLog, RunnerLog
from yellowgate.report.people import (
    ExportError,
    age_years,
    by_name,
    hhmmss,
    person,
    split_name,
    started,
)

FINISHED, DNF, DNS, UNOFFICIAL = 1, 2, 3, 4
KM_PER_MILE = 1.609344
OPTIONAL = ("city", "state", "dob", "bib", "status")


def columns(log: OfficialLog) -> tuple[str, ...]:
    """The header of this race's file."""
    measure = "distance" if is_fixed_time(log) else "time"
    return ("place", measure, "first", "last", "age", "gender", *OPTIONAL)


def is_fixed_time(log: OfficialLog) -> bool:
    """Is distance what is ranked?"""
    return log.preset in ("laps", "backyard")


def status(line: RunnerLog) -> int:
    """UltraSignup's number for what became of a runner."""
    if not started(line):
        return DNS
    return {"finished": FINISHED, "fun run": UNOFFICIAL}.get(line.status, DNF)


def to_csv(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """The file. Raises ExportError when a runner's gender is missing."""
    people = by_name(roster)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns(log))
    place = 0
    for line in log.runners:
        number = status(line)
        counts = number == FINISHED or (is_fixed_time(log) and number != DNS)
        place += counts
        writer.writerow(_row(log, line, person(line, people), number, place if counts else None))
    return out.getvalue()


def _row(
    log: OfficialLog, line: RunnerLog, who: Runner, number: int, place: int | None
) -> list[object]:
    gender = line.gender.upper()[:1]
    if gender not in ("M", "F"):
        raise ExportError(f"{line.name}: gender is {line.gender!r}; UltraSignup wants M or F")
    first, last = split_name(line.name)
    age = age_years(who.birthdate, log)
    return [
        "" if place is None else place,
        _measure(log, line, number),
        first,
        last,
        "" if age is None else age,
        gender,
        who.city,
        who.state,
        who.birthdate,
        line.bib,
        number,
    ]


def _measure(log: OfficialLog, line: RunnerLog, number: int) -> str:
    """Miles in a fixed-time race, else the time of who finished (officially or not)."""
    if is_fixed_time(log):
        return f"{(line.distance_km or 0) / KM_PER_MILE:.2f}" if number != DNS else ""
    if number in (FINISHED, UNOFFICIAL) and line.result_s is not None:
        return hhmmss(line.result_s)
    return ""


def check(text: str, fixed_time: bool) -> list[str]:
    """What UltraSignup would refuse in this file, in words; empty when nothing."""
    rows = list(csv.reader(io.StringIO(text)))
    wanted = ["place", "distance" if fixed_time else "time", "first", "last", "age", "gender"]
    faults: list[str] = []
    header = rows[0] if rows else []
    if header[:6] != wanted or not set(header[6:]) <= set(OPTIONAL):
        faults.append(f"header is {','.join(header)}")
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            faults.append(f"line {number} is blank")
        elif len(row) != len(header) or not row[5]:
            faults.append(f"line {number}: gender is empty or cells are missing")
    return faults
