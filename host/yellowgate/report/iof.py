"""IOF XML 3.0 ResultList (International Orienteering Federation, data standard 3.0, IOF.xsd).

Splits are the ends of the loops and the checkpoints on the course; the finish is none, nor is a
loop that is void. Who is neither M nor F has no sex there, and is in the class Open. What becomes
of a runner maps to the standard's statuses: a missing page is MissingPunch, late is OverTime,
refused to continue is SportingWithdrawal, a finisher whose pages are not all ruled yet is Finished
(the standard's word for "not validated yet"). Times are cut to whole seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.handin import STILL_OUT
from yellowgate.report.people import (
    birthdate_of,
    by_name,
    is_disqualified,
    person,
    split_name,
)
from yellowgate.report.words import clean, split_of
from yellowgate.times import US, iso

NAMESPACE = "http://www.orienteering.org/datastandard/3.0"
CLASSES = {"F": "Women", "M": "Men"}


REASONS = (
    ("refused", "SportingWithdrawal"),
    ("withdrew", "SportingWithdrawal"),
    ("page", "MissingPunch"),
    ("cutoff", "OverTime"),
)


def status(log: OfficialLog, line: RunnerLog) -> str:
    """The standard's status of a runner."""
    if line.status == "not started":
        is_early = log.state == "not started" and not line.reason
        return "Inactive" if is_early else "DidNotStart"
    if line.status in STILL_OUT:
        return "Active"
    if line.status == "finished":
        is_open = any(row.verdict == "provisional" and row.pages is not None for row in line.loops)
        return "Finished" if is_open else "OK"
    if is_disqualified(line):
        return "Disqualified"
    if line.reason.startswith("undecided"):
        return "DidNotFinish"
    for part, name in REASONS:
        if part in line.reason.lower():
            return name
    return "DidNotFinish"


def to_xml(log: OfficialLog, roster: Sequence[Runner]) -> str:
    """The document. createTime is the log's as-of: the same log gives the same bytes."""
    people = by_name(roster)
    root = Xml.Element(
        "ResultList",
        {
            "xmlns": NAMESPACE,
            "iofVersion": "3.0",
            "createTime": iso(log.as_of_us),
            "creator": "Yellow Gate",
            "status": "Complete" if _is_over(log) else "Snapshot",
        },
    )
    event = Xml.SubElement(root, "Event")
    _text(event, "Name", log.race)
    if log.start_us is not None:
        moment = iso(log.start_us - log.start_us % 1_000_000)
        begin = Xml.SubElement(event, "StartTime")
        _text(begin, "Date", moment[:10])
        _text(begin, "Time", moment[11:])
    for name in sorted({_class(line) for line in log.runners}):
        result = Xml.SubElement(root, "ClassResult")
        _text(Xml.SubElement(result, "Class"), "Name", name)
        for line in log.runners:
            if _class(line) == name:
                _person(result, log, line, person(line, people))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _class(line: RunnerLog) -> str:
    return CLASSES.get(line.gender.upper()[:1], "Open")


def _is_over(log: OfficialLog) -> bool:
    unsettled = ("Active", "Inactive", "Finished")
    return all(status(log, line) not in unsettled for line in log.runners)


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = clean(text)


def _person(parent: Xml.Element, log: OfficialLog, line: RunnerLog, who: Runner) -> None:
    result = Xml.SubElement(parent, "PersonResult")
    gender = line.gender.upper()[:1]
    human = Xml.SubElement(result, "Person", {"sex": gender} if gender in CLASSES else {})
    first, last = split_name(line.name)
    name = Xml.SubElement(human, "Name")
    _text(name, "Family", last)
    _text(name, "Given", first)
    if birthdate_of(who) is not None:
        _text(human, "BirthDate", who.birthdate)
    if len(who.country) == 3:
        Xml.SubElement(human, "Nationality", {"code": who.country.upper()}).text = who.country
    _result(Xml.SubElement(result, "Result"), log, line)


def _result(result: Xml.Element, log: OfficialLog, line: RunnerLog) -> None:
    """In the order that the schema wants."""
    if line.bib:
        _text(result, "BibNumber", line.bib)
    status_name = status(log, line)
    start_us = line.start_us  # of the runner's wave
    if status_name != "DidNotStart" and start_us is not None:
        _text(result, "StartTime", iso(start_us))
    if status_name in ("OK", "Finished") and line.result_us is not None and start_us is not None:
        _text(result, "FinishTime", iso(start_us + line.result_us))
        _text(result, "Time", str(line.result_us // US))
        if line.place_gender is not None and status_name == "OK":
            _text(result, "Position", str(line.place_gender))
    _text(result, "Status", status_name)
    finish_us = line.result_us if status_name in ("OK", "Finished") else None
    for at_us, code in _splits(log, line, finish_us):
        split = Xml.SubElement(result, "SplitTime")
        _text(split, "ControlCode", code)
        _text(split, "Time", str(at_us // US))


def _splits(log: OfficialLog, line: RunnerLog, finish_us: int | None) -> list[tuple[int, str]]:
    """The finish is no split: FinishTime and Time have it."""
    splits = [
        (loop.in_us, split_of(log, loop.loop, loop.place))
        for loop in line.loops
        if loop.in_us is not None and loop.in_us != finish_us and loop.verdict != "void"
    ]
    splits += [
        (seen.at_us, f"{seen.place} {seen.loop or ''}".strip())
        for seen in line.sightings
        if seen.at_us is not None and seen.source == "station"
    ]
    return sorted(splits)
