"""ITRA's results workbook (XLSX).

Source: ITRA, "Result file guidelines": headings in English from cell A1, ranking ascending, times
hh:mm:ss, DNF in Ranking with Time empty, those who did not start left out, birthdates YYYY-MM-DD,
nationality as three-letter IOC code. Who was disqualified is left out too: ITRA has no word for
that, and neither a ranking nor a DNF would be true. So is who is neither M nor F.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.handin import lacking, require_results
from yellowgate.report.ioc import IOC, meant
from yellowgate.report.people import (
    ExportError,
    birthdate_of,
    by_name,
    gender_of,
    hhmmss,
    is_disqualified,
    is_fixed_time,
    person,
    split_name,
    started,
)
from yellowgate.report.words import clean

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
UNKNOWN_TO_ITRA = "X"  # it has M and F alone: neither would be true
TIME = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d")


def to_xlsx(log: OfficialLog, roster: Sequence[Runner]) -> bytes:
    """The workbook. Raises ExportError when the results are not settled, when the race ranks by
    distance, or when gender, birthdate or nationality has not the right form.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow, and of all forms only this one is XLSX

    if is_fixed_time(log):
        raise ExportError(
            "this race ranks by distance, and ITRA takes times over a set distance only: "
            "hand it in as ultrasignup or csv"
        )
    if log.state != "not started":  # then nobody started, and headings alone are true
        require_results(log)
    people = by_name(roster)
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise ExportError("no sheet in a new workbook")
    sheet.title = "Results"
    sheet.append(HEADINGS)
    for number, (line, ranking) in enumerate(_lines(log), 2):
        for column, value in enumerate(_row(line, person(line, people), ranking), 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with = is no formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(log: OfficialLog) -> list[tuple[RunnerLog, int | str]]:
    """Who stands in the workbook: the finishers with their places, then the others."""
    finished = [line for line in log.runners if line.status == "finished"]
    others = [line for line in log.runners if line.status != "finished" and started(line)]
    rows: list[tuple[RunnerLog, int | str]] = [
        (line, line.place or number) for number, line in enumerate(finished, 1)
    ]
    rows += [(line, "DNF") for line in others if not is_disqualified(line)]
    return [(line, ranking) for line, ranking in rows if line.gender != UNKNOWN_TO_ITRA]


def remarks(log: OfficialLog, roster: Sequence[Runner]) -> list[str]:
    """What ITRA wants of everybody and the roster has not."""
    if log.state == "not started":
        return ["the race has not started: the file holds headings alone"]
    people = by_name(roster)
    there = [person(line, people) for line, _ in _lines(log)]
    rows = [row for what in ("birthdate", "country") for row in lacking(what, "ITRA", there)]
    dropped = [line.name for line in log.runners if is_disqualified(line)]
    rows += [f"{name}: disqualified, so left out" for name in dropped]
    others = [line.name for line in log.runners if line.gender == UNKNOWN_TO_ITRA]
    return rows + [
        f"{name}: gender X, and ITRA takes M and F alone: left out; ask ITRA" for name in others
    ]


def _row(line: RunnerLog, who: Runner, ranking: int | str) -> list[int | str | None]:
    first, last = split_name(line.name)
    gender = gender_of(line, "ITRA")
    birthdate_of(who)
    country = who.country.upper()
    if country and country not in IOC:
        hint = f": {meant(country)}?" if meant(country) else ""
        raise ExportError(
            f"{line.name}: country is {who.country!r}; ITRA wants the three-letter IOC code{hint}"
        )
    time = "" if ranking == "DNF" or line.result_us is None else hhmmss(line.result_us)
    city, bib = clean(who.city), clean(line.bib)
    cells = (ranking, time, last, first, gender, who.birthdate, country, bib, city)
    return [None if cell == "" else cell for cell in cells]


def check(file: Path | bytes) -> list[str]:
    """What ITRA would refuse in this workbook, in words; empty when nothing."""
    from openpyxl import load_workbook  # noqa: PLC0415

    sheet = load_workbook(file if isinstance(file, Path) else io.BytesIO(file)).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    faults: list[str] = []
    if not rows or tuple(rows[0]) != HEADINGS:
        return ["headings are not ITRA's"]
    for number, row in enumerate(rows[1:], 2):
        faults += [f"line {number}: {words}" for words in _faults(row)]
    if faults:
        return faults
    for what, column in (("rankings", 0), ("times", 1)):
        rising = [str(row[column]).rjust(10) for row in rows[1:] if row[0] != "DNF"]
        if rising != sorted(rising):
            faults.append(f"{what} do not rise")
    return faults


def _faults(row: Sequence[object]) -> list[str]:
    ranking, time, family, first, gender, birthdate, country, *_ = row
    faults: list[str] = []
    if ranking == "DNF":
        faults += ["DNF with a time"] if time is not None else []
    elif not (isinstance(ranking, int) and isinstance(time, str) and TIME.fullmatch(time)):
        faults.append("no ranking or no time")
    if family is None and first is None:
        faults.append("no name")
    if gender not in ("M", "F"):
        faults.append(f"gender is {gender!r}")
    if birthdate is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(birthdate)):
        faults.append(f"birthdate is {birthdate!r}")
    if country is not None and country not in IOC:
        faults.append(f"nationality is {country!r}")
    return faults
