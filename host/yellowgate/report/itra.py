"""ITRA's results workbook (XLSX).

Source: ITRA, "Result file guidelines": headings in English from cell A1, ranking ascending, times
hh:mm:ss, DNF in Ranking with Time empty, those who did not start left out, birthdates YYYY-MM-DD,
nationality as three-letter IOC code.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook

from yellowgate.model import Runner
from yellowgate.race.officiallog import OfficialLog, RunnerLog
from yellowgate.report.people import ExportError, by_name, hhmmss, person, split_name, started

HEADINGS = (
    "Ranking",
    "Time",
    "Family Name",
    "First Name",
    "Gender",
    "Birthdate",
    "Nationality",
    "Bib no.",
    "City",
)


def to_xlsx(log: OfficialLog, roster: Sequence[Runner]) -> bytes:
    """The workbook. Raises ExportError when gender or nationality has not the right form."""
    people = by_name(roster)
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise ExportError("no sheet in a new workbook")
    sheet.title = "Results"
    sheet.append(HEADINGS)
    finished = [line for line in log.runners if line.status == "finished"]
    others = [line for line in log.runners if line.status != "finished" and started(line)]
    for ranking, line in enumerate(finished, 1):
        sheet.append(_row(line, person(line, people), ranking))
    for line in others:
        sheet.append(_row(line, person(line, people), "DNF"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row(line: RunnerLog, who: Runner, ranking: int | str) -> list[int | str | None]:
    first, last = split_name(line.name)
    gender = line.gender.upper()[:1]
    if gender not in ("M", "F"):
        raise ExportError(f"{line.name}: gender is {line.gender!r}; ITRA wants M or F")
    country = who.country.upper()
    if country and (len(country) != 3 or not country.isalpha()):
        raise ExportError(
            f"{line.name}: country is {who.country!r}; ITRA wants the three-letter IOC code"
        )
    time = "" if ranking == "DNF" or line.result_s is None else hhmmss(line.result_s)
    cells = (ranking, time, last, first, gender, who.birthdate, country, line.bib, who.city)
    return [None if cell == "" else cell for cell in cells]


def check(path: Path) -> list[str]:
    """What ITRA would refuse in this workbook, in words; empty when nothing."""
    sheet = load_workbook(path).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    faults: list[str] = []
    if not rows or tuple(rows[0]) != HEADINGS:
        faults.append("headings are not ITRA's")
    times: list[str] = []
    for number, row in enumerate(rows[1:], 2):
        if row[0] == "DNF":
            if row[1] is not None:
                faults.append(f"line {number}: DNF with a time")
        elif isinstance(row[0], int) and isinstance(row[1], str):
            times.append(row[1].rjust(10))
        else:
            faults.append(f"line {number}: no ranking or no time")
    if times != sorted(times):
        faults.append("times do not rise")
    return faults
