"""What each receiver of results wants of every runner: said at import and all through the race, so
that nobody hears of it two days later.

Sources, each as it was published in 2025:
- UltraSignup, help center, "Formatting results files": a file with an empty gender fails; names,
  genders and ages are wanted of all. "Non-Binary" is a division there; which letter the file may
  have is not published: X is handed in.
- ITRA, "Result file guidelines": M or F, birthdate and nationality (IOC) of all, names in Latin
  letters; an incomplete file may be refused.
- OpenSplitTime, app/models/raw_time.rb: a bib has at most 6 signs, digits and asterisks alone.
- DUV statistics, FAQ: without the year of birth a result may go to another runner of the name. No
  format for files is published.
- RunSignup: no format for files is published, columns are named at the upload; its API of results
  knows a runner by the bib.
- IOF, data standard 3.0 (IOF.xsd): sex is M or F, and may be left out; nothing else is wanted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from yellowgate.model import Runner
from yellowgate.report.handin import names_of
from yellowgate.report.ioc import IOC
from yellowgate.report.people import FORMULA

OPENSPLITTIME_BIB = re.compile(r"[\d*]{1,6}", re.ASCII)


class Wish(NamedTuple):
    """Something that a receiver wants and the roster has not, in words."""

    receiver: str
    text: str


Fault = tuple[str, Callable[[Runner], bool]]  # in words, and who has it


def is_latin(name: str) -> bool:
    """Are all letters of it Latin ones, with or without accents?"""
    return all("LATIN" in unicodedata.name(sign, "") for sign in name if sign.isalpha())


def _has_no_number(runner: Runner) -> bool:
    bibs = [bib for bib in runner.bibs.values() if bib]
    return not bibs or not all(OPENSPLITTIME_BIB.fullmatch(bib) for bib in bibs)


_NO_GENDER: Fault = ("no gender (without one the file fails)", lambda row: not row.gender)
RULES: dict[str, tuple[str, tuple[Fault, ...]]] = {
    "ultrasignup": (
        "UltraSignup",
        (
            _NO_GENDER,
            ("neither birthdate nor age", lambda row: not (row.birthdate or row.age)),
            ("a name that begins like a formula", lambda row: row.name.startswith(FORMULA)),
        ),
    ),
    "itra": (
        "ITRA",
        (
            ("no gender", lambda row: not row.gender),
            ("gender X (it knows M and F: such a runner is left out)", lambda r: r.gender == "X"),
            ("no birthdate", lambda row: not row.birthdate),
            ("no country of three letters (IOC)", lambda row: row.country.upper() not in IOC),
            ("a name that is not in Latin letters", lambda row: not is_latin(row.name)),
        ),
    ),
    "opensplittime": (
        "OpenSplitTime",
        (("no bib of at most 6 digits", _has_no_number),),
    ),
    "duv": (
        "DUV statistics",
        (("no birthdate (its year tells runners of one name apart)", lambda r: not r.birthdate),),
    ),
    "runsignup": ("RunSignup", (("no bib", lambda row: not any(row.bibs.values())),)),
    "iof-xml": ("IOF", ()),
}


def wishes(roster: Sequence[Runner], receivers: Iterable[str]) -> list[Wish]:
    """What would be refused, or asked for, by whom: a line for each receiver and thing."""
    found: list[Wish] = []
    for key in receivers:
        name, faults = RULES[key]
        for words, has in faults:
            who = [runner.name for runner in roster if has(runner)]
            if who:
                found.append(Wish(name, f"{words}: {_who(who, roster)}"))
    return found


def _who(names: Sequence[str], roster: Sequence[Runner]) -> str:
    if len(names) == len(roster) > 1:
        return f"all {len(names)} runners"
    return names_of(names)
