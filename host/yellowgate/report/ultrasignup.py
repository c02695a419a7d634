"""UltraSignup's results CSV.

Source: UltraSignup help, "Formatting results files": headers spelled exactly so, no other columns,
no blank rows, no empty gender; a race that had no registration there needs more than 10 finishers.
A fixed-time race has `distance` where others have `time`. A fun run is status 4 (unofficial
finish). Status 6 (fewer than 10 finishers) is theirs to give: it is a property of the race, and a
finisher of a small race has finished. "Correcting runner placement in a fixed-time event": equal
distances lose their order there, so distances that are equal but for the order of the places are
written apart. The guide's example does so by 0.1 mile; 0.01 is used here, so that no runner falls
behind one who ran less. The letter of its non-binary division is not published: X is written as it
is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.redact import FORMULA
from yellowgate.report.handin import names_of, require_results
from yellowgate.report.people import (
    ExportError,
    age_years,
    by_name,
    hhmmss,
    is_disqualified,
    is_fixed_time,
    person,
    split_name,
    started,
)
from yellowgate.report.words import clean

FINISHED, DNF, DNS, UNOFFICIAL, DISQUALIFIED = 1, 2, 3, 4, 5
STATUSES = tuple("123456")
GENDERS = ("M", "F", "X")
KM_PER_MILE = 1.609344
FINISHERS_MIN = 11  # of a race without registration there
OPTIONAL = ("city", "state", "dob", "bib", "status")


def columns(log: OfficialLog) -> tuple[str, ...]:
    """The header of this race's file."""
    measure = "distance" if is_fixed_time(log) else "time"
    return ("place", measure, "first", "last", "age", "gender", *OPTIONAL)


def status(line: RunnerLog) -> int:
    """UltraSignup's number for what became of a runner."""
    if not started(line):
        return DNS
    if is_disqualified(line):
        return DISQUALIFIED
    return {"finished": FINISHED, "fun run": UNOFFICIAL}.get(line.status, DNF)


def to_csv(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """The file. Raises ExportError when the results are not settled, or when the roster has not
    what UltraSignup wants.
    """
    require_results(log)
    people = by_name(roster)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns(log))
    miles = _miles(log) if is_fixed_time(log) else {}
    for line in log.runners:
        writer.writerow(_row(log, line, person(line, people), miles))
    return out.getvalue()


def _miles(log: OfficialLog) -> dict[str, int]:
    """Hundredths of a mile of each runner: the same for a shared place, else less than before."""
    found: dict[str, int] = {}
    before: tuple[int, int | None] | None = None
    for line in log.runners:
        hundredths = round((line.distance_km or 0) / KM_PER_MILE * 100)
        if before is not None and line.place is not None and hundredths >= before[0]:
            hundredths = before[0] - (line.place != before[1])
        found[line.name] = max(0, hundredths)
        if line.place is not None:
            before = hundredths, line.place
    return found


def remarks(log: OfficialLog, roster: Sequence[Runner]) -> list[str]:
    """What UltraSignup may ask for, and what was written otherwise than the log has it."""
    people = by_name(roster)
    there = [person(line, people) for line in log.runners]
    ageless = [who.name for who in there if not (who.birthdate or who.age)]
    rows = [f"UltraSignup wants everybody's age; it is missing for {names_of(ageless)}"]
    rows = rows if ageless else []
    finishers = sum(status(line) == FINISHED for line in log.runners)
    if finishers < FINISHERS_MIN:
        words = "where the race had no registration there, more than 10 are wanted"
        rows.append(f"{finishers} finisher{'' if finishers == 1 else 's'}: {words}")
    others = [line.name for line in log.runners if line.gender == "X"]
    if others:
        rows.append(f"gender X is written for {names_of(others)}: see that it was taken")
    if is_fixed_time(log):
        moved = [
            line.name
            for line in log.runners
            if _miles(log)[line.name] != round((line.distance_km or 0) / KM_PER_MILE * 100)
        ]
        if moved:
            text = "written 0.01 mile below the one before, so that the order of equal ones stays"
            rows.append(f"{names_of(moved)}: {text}")
    return rows


def _row(log: OfficialLog, line: RunnerLog, who: Runner, miles: Mapping[str, int]) -> list[object]:
    number = status(line)
    is_placed = number == FINISHED or (is_fixed_time(log) and number == DNF)
    first, last = split_name(line.name)
    age = age_years(who, log)
    return [
        line.place if is_placed and line.place is not None else "",
        _measure(log, line, number, miles),
        _plain(line, first),
        _plain(line, last),
        "" if age is None else age,
        _gender(line),
        _plain(line, who.city),
        _plain(line, who.state),
        who.birthdate,
        _plain(line, line.bib),
        number,
    ]


def _plain(line: RunnerLog, text: str) -> str:
    """Text that no spreadsheet on its way takes for a formula."""
    text = clean(text)
    if text.startswith(FORMULA):
        raise ExportError(
            f"{line.name}: {text!r} begins like a formula, and spreadsheets would compute it; "
            "mend it in the roster"
        )
    return text


def _gender(line: RunnerLog) -> str:
    if line.gender not in GENDERS:
        raise ExportError(f"{line.name}: gender is {line.gender!r}; UltraSignup wants M, F or X")
    return line.gender


def _measure(log: OfficialLog, line: RunnerLog, number: int, miles: Mapping[str, int]) -> str:
    """Miles in a fixed-time race, else the time of who finished (officially or not)."""
    if is_fixed_time(log):
        is_measured = number not in (DNS, DISQUALIFIED)
        return f"{miles[line.name] / 100:.2f}" if is_measured else ""
    if number in (FINISHED, UNOFFICIAL) and line.result_us is not None:
        return hhmmss(line.result_us)
    return ""


def check(text: str, fixed_time: bool) -> list[str]:
    """What UltraSignup would refuse in this file, in words; empty when nothing."""
    rows = list(csv.reader(io.StringIO(text)))
    wanted = ["place", "distance" if fixed_time else "time", "first", "last", "age", "gender"]
    faults: list[str] = []
    header = rows[0] if rows else []
    is_known = set(header[6:]) <= set(OPTIONAL) and len(set(header)) == len(header)
    if header[:6] != wanted or not is_known:
        faults.append(f"header is {','.join(header)}")
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            faults.append(f"line {number} is blank")
        elif len(row) != len(header) or not row[5]:
            faults.append(f"line {number}: gender is empty or cells are missing")
        else:
            cells = dict(zip(header, row, strict=True))
            faults += [f"line {number}: {words}" for words in _faults(cells, fixed_time)]
    return faults


def _faults(cells: dict[str, str], fixed_time: bool) -> list[str]:
    faults: list[str] = []
    measure = cells.get("distance" if fixed_time else "time", "")
    shape = r"\d+(\.\d+)?" if fixed_time else r"\d{2,}:[0-5]\d:[0-5]\d"
    number = cells.get("status", "1")
    if number not in STATUSES:
        faults.append(f"status {number!r} is none of 1 to 6")
    if measure and not re.fullmatch(shape, measure):
        faults.append(f"{measure!r} is no {'distance' if fixed_time else 'time'}")
    if number == "1" and not (measure and cells.get("place", "").isdigit()):
        faults.append("a finisher without place or result")
    if cells.get("gender") not in GENDERS:
        faults.append(f"gender {cells.get('gender')!r}")
    return faults
