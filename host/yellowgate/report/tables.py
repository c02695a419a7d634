"""Results a line a runner, as CSV: for Excel, DUV statistics and RunSignup.

All in UTF-8 with its mark, by which Excel knows the letters. Excel takes what begins like a
formula for one: such a text gets an apostrophe before it. Where Excel is set to another separator
than commas, open the file by Data, From Text/CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.redact import for_spreadsheet
from yellowgate.report.handin import names_of, require_results
from yellowgate.report.people import (
    age_years,
    birthdate_of,
    by_name,
    hhmmss,
    is_disqualified,
    is_fixed_time,
    person,
    split_name,
    started,
)
from yellowgate.report.words import split_of

MARK = "\ufeff"
EXCEL_HEADER = (
    "place", "name", "bib", "gender", "age", "city", "state", "country", "status", "reason",
    "result", "loops", "distance_km",
)  # fmt: skip
# The columns of the result lists that DUV publishes (statistik.d-u-v.org, "Results"). How a file
# for it has to look is not published: looked for again, in its FAQ and rules, and not found.
DUV_HEADER = ("Rank", "Performance", "Surname", "First name", "Club", "Nat.", "YOB", "M/F")
DUV_KM_MIN = 45  # FAQ, "Criteria": of fixed times, performances from 45.0 km
CLUBS = ("club", "team", "verein")
# RunSignup asks at the upload which column is what. These are its own words for them, as its API
# of results has them (bib_num, place, clock_time, chip_time). How a file has to look is not
# published: looked for again, in its help and API, and not found.
RUNSIGNUP_HEADER = (
    "Place", "Bib", "First Name", "Last Name", "Gender", "Age", "City", "State", "Country",
    "Clock Time", "Distance km", "Status",
)  # fmt: skip


def excel(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """All runners with all their arrivals: also while the race goes on."""
    people = by_name(roster)
    count = max((len(line.loops) for line in log.runners), default=0)
    longest = max(log.runners, key=lambda line: len(line.loops), default=None)
    ends = [split_of(log, row.loop, row.place) for row in (longest.loops if longest else ())]
    rows: list[list[object]] = []
    for line in log.runners:
        who = person(line, people)
        km = "" if line.distance_km is None else f"{line.distance_km:.3f}"
        times = ["" if row.in_us is None else hhmmss(row.in_us) for row in line.loops]
        rows.append(
            [
                line.place or "", line.name, line.bib, line.gender, _age(who, log), who.city,
                who.state, who.country, line.status, line.reason, line.result, line.loops_counted,
                km, *times, *[""] * (count - len(times)),
            ]
        )  # fmt: skip
    return _csv((*EXCEL_HEADER, *ends), rows)


def duv(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """Who finished; of fixed times, who ran 45 km. Raises ExportError while results can change."""
    require_results(log)
    people = by_name(roster)
    rows: list[list[object]] = []
    for line in _of_duv(log):
        who = person(line, people)
        born = birthdate_of(who)
        first, last = split_name(line.name)
        club = next((row.value for row in line.classes if row.name in CLUBS), "")
        letter = "W" if line.gender == "F" else line.gender
        year = "" if born is None else born.year
        rows.append(
            [line.place or "", _measure(log, line), last, first, club, who.country, year, letter]
        )
    return _csv(DUV_HEADER, rows)


def _of_duv(log: OfficialLog) -> list[RunnerLog]:
    if is_fixed_time(log):
        rows = [line for line in log.runners if (line.distance_km or 0) >= DUV_KM_MIN]
        return [line for line in rows if not is_disqualified(line)]
    return [line for line in log.runners if line.status == "finished"]


def duv_remarks(log: OfficialLog, roster: Sequence[Runner]) -> list[str]:
    """What DUV would ask for."""
    people = by_name(roster)
    there = [person(line, people) for line in _of_duv(log)]
    left = len(log.runners) - len(there)
    rows = [f"{left} runners are left out: DUV lists finishers, and 45 km of fixed times"]
    bare = [who.name for who in there if not who.birthdate]
    return (rows if left else []) + ([f"no year of birth: {names_of(bare)}"] if bare else [])


def runsignup(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """Everybody, with a status where RunSignup may show one. Raises ExportError while results can
    change.
    """
    require_results(log)
    people = by_name(roster)
    rows: list[list[object]] = []
    for line in log.runners:
        who = person(line, people)
        first, last = split_name(line.name)
        has_time = line.status in ("finished", "fun run") and line.result_us is not None
        rows.append(
            [
                line.place if line.status == "finished" and line.place else "", line.bib, first,
                last, line.gender, _age(who, log), who.city, who.state, who.country,
                hhmmss(line.result_us) if has_time and line.result_us is not None else "",
                "" if line.distance_km is None else f"{line.distance_km:.3f}", _status(line),
            ]
        )  # fmt: skip
    return _csv(RUNSIGNUP_HEADER, rows)


def _status(line: RunnerLog) -> str:
    if not started(line):
        return "DNS"
    if is_disqualified(line):
        return "DQ"
    return {"finished": "Finished", "fun run": "Unofficial"}.get(line.status, "DNF")


def _measure(log: OfficialLog, line: RunnerLog) -> str:
    if is_fixed_time(log):
        return f"{line.distance_km or 0:.3f} km"
    return "" if line.result_us is None else f"{hhmmss(line.result_us)} h"


def _age(who: Runner, log: OfficialLog) -> object:
    age = age_years(who, log)
    return "" if age is None else age


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([for_spreadsheet(cell) for cell in header])
    writer.writerows([for_spreadsheet(cell) for cell in row] for row in rows)
    return MARK + out.getvalue()
