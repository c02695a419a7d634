"""What each receiver of results wants of every runner: said at import and all through the race, so
that nobody hears of it two days later.

Sources, each as it was published in 2025:
- UltraSignup, help center, "Formatting results files": a file with an empty gender fails; names,
  genders and ages are wanted of all; a race that had no registration there needs more than 10
  finishers and a link to its official results. "Non-Binary" is a division there; which letter the
  file may have is not published: X is handed in.
- ITRA, "Result file guidelines": M or F, birthdate and nationality (IOC) of all, names in Latin
  letters; an incomplete file may be refused.
- OpenSplitTime, app/models/raw_time.rb: a bib has at most 6 signs, digits and asterisks alone; a
  runner there is known by one bib.
- DUV statistics, FAQ, "Criteria for inclusion of a race": 45 km at least; without the year of birth
  a result may go to another runner of the name. DUV, "Checkliste für Ultralaufveranstaltungen":
  surname, first name, place of residence, the whole birthdate (of records by age) and club are
  asked of everybody. Its lists have M and W. No format for files is published: looked for, and
  not found.
- RunSignup: its API of results (results/full-results, results/csv-import) knows a runner by bib_num
  or registration, and takes place, clock_time and chip_time; its help has results imported from
  timers' programs, with columns matched by hand. No format for files is published: looked for, and
  not found.
- IOF, data standard 3.0 (IOF.xsd): sex is M or F, and may be left out; nothing else is wanted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.redact import FORMULA
from yellowgate.report.handin import names_of, require_results
from yellowgate.report.ioc import IOC
from yellowgate.report.people import ExportError, is_fixed_time, split_name
from yellowgate.report.words import clean
from yellowgate.times import iso

RESULTS = ("ultrasignup", "itra", "duv", "runsignup")  # they take nothing that may still change
OPENSPLITTIME_BIB = re.compile(r"[\d*]{1,6}", re.ASCII)


class Wish(NamedTuple):
    """Something that a receiver wants and the roster has not, in words."""

    receiver: str
    text: str


# What a receiver refuses or asks for: in words, and who has it on the day of the race.
Fault = tuple[str, Callable[[Runner, str], bool]]


def is_latin(name: str) -> bool:
    """Are all letters of it Latin ones, with or without accents?"""
    return all("LATIN" in unicodedata.name(sign, "") for sign in name if sign.isalpha())


def _bibs(runner: Runner) -> set[str]:
    return {bib for bib in runner.bibs.values() if bib}


def _has_no_number(runner: Runner, _day: str) -> bool:
    bibs = runner.bibs.values()  # one of no sign is of a loop that was run without
    return not bibs or not all(OPENSPLITTIME_BIB.fullmatch(bib) for bib in bibs)


def _has_formula(runner: Runner, _day: str) -> bool:
    texts = (*split_name(runner.name), clean(runner.city), clean(runner.state), *_bibs(runner))
    return any(text.startswith(FORMULA) for text in texts)


_NO_GENDER: Fault = ("no gender (without one the file fails)", lambda row, _: not row.gender)
_ONE_NAME: Fault = (
    "one name alone (first and last are wanted)",
    lambda r, _: not split_name(r.name)[0],
)
_UNBORN: Fault = ("born after the race", lambda row, day: bool(day) and row.birthdate > day)
RULES: dict[str, tuple[str, tuple[Fault, ...]]] = {
    "ultrasignup": (
        "UltraSignup",
        (
            _NO_GENDER,
            ("neither birthdate nor age", lambda row, _: not (row.birthdate or row.age)),
            _UNBORN,
            ("name, town or bib begins like a formula", _has_formula),
            _ONE_NAME,
        ),
    ),
    "itra": (
        "ITRA",
        (
            ("no gender", lambda row, _: not row.gender),
            (
                "gender X (it knows M and F: such a runner is left out)",
                lambda row, _: row.gender == "X",
            ),
            ("no birthdate", lambda row, _: not row.birthdate),
            ("no country of three letters (IOC)", lambda row, _: row.country.upper() not in IOC),
            ("a name that is not in Latin letters", lambda row, _: not is_latin(row.name)),
            _ONE_NAME,
        ),
    ),
    "opensplittime": (
        "OpenSplitTime",
        (
            ("no bib of at most 6 digits", _has_no_number),
            ("several bibs (it knows a runner by one)", lambda row, _: len(_bibs(row)) > 1),
        ),
    ),
    "duv": (
        "DUV statistics",
        (
            (
                "no birthdate (its year tells runners of one name apart)",
                lambda row, _: not row.birthdate,
            ),
            ("no gender, or X (its lists have M and W)", lambda r, _: r.gender not in ("M", "F")),
        ),
    ),
    "runsignup": ("RunSignup", (("no bib", lambda row, _: not _bibs(row)), _UNBORN)),
    "iof-xml": ("IOF", ()),
}
_BY_DISTANCE = Wish(
    "ITRA",
    "takes no race that ranks by distance: hand it in elsewhere, and leave ITRA out of hand_in",
)


def wishes(
    roster: Sequence[Runner], receivers: Iterable[str], day: str = "", by_distance: bool = False
) -> list[Wish]:
    """What would be refused, or asked for, by whom: a line for each receiver and thing.

    day: of the race (YYYY-MM-DD), "" where nobody knows it yet. by_distance: it ranks by distance.
    """
    found: list[Wish] = []
    for key in receivers:
        if key == "itra" and by_distance:
            found.append(_BY_DISTANCE)
            continue
        name, faults = RULES[key]
        for words, has in faults:
            who = [runner.name for runner in roster if has(runner, day)]
            if who:
                found.append(Wish(name, f"{words}: {_who(who, roster)}"))
    return found


BibOf = Callable[[Runner, int], str]  # what this runner wears on this loop


def of_log(
    log: OfficialLog, roster: Sequence[Runner], receivers: Iterable[str], bib_of: BibOf
) -> list[Wish]:
    """The same as the race stands: of those who run in it. When it is over, also what still keeps
    results from being results. bib_of: where rulings changed bibs.
    """
    receivers = tuple(receivers)
    lines = {line.name: line for line in log.runners}
    people = [_as_worn(row, lines[row.name], bib_of) for row in roster if row.name in lines]
    day = "" if log.start_us is None else iso(log.start_us)[:10]
    return [*_open(log, receivers), *wishes(people, receivers, day, is_fixed_time(log))]


def _open(log: OfficialLog, receivers: Sequence[str]) -> list[Wish]:
    names = [RULES[key][0] for key in receivers if key in RESULTS]
    if log.state != "over" or not names:
        return []
    try:
        require_results(log)
    except ExportError as error:
        return [Wish(", ".join(names), str(error))]
    return []


def _as_worn(runner: Runner, line: RunnerLog, bib_of: BibOf) -> Runner:
    loops = {1, *(loop for loop in runner.bibs if loop), *(loop.loop for loop in line.loops)}
    return replace(runner, bibs={loop: bib_of(runner, loop) for loop in loops})


def _who(names: Sequence[str], roster: Sequence[Runner]) -> str:
    if len(names) == len(roster) > 1:
        return f"all {len(names)} runners"
    return names_of(names)
