"""IOF XML 3.0 ResultList (International Orienteering Federation, data standard 3.0, IOF.xsd).

Splits are the ends of the loops and the checkpoints on the course. What becomes of a runner maps to
the standard's statuses: a missing page is MissingPunch, late is OverTime, refused to continue is
SportingWithdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from yellowgate.model import Runner
from yellowgate.race.officiallog import OfficialLog, RunnerLog, iso
from yellowgate.report.people import by_name, person, split_name

NAMESPACE = "http://www.orienteering.org/datastandard/3.0"
CLASSES = {"F": "Women", "M": "Men"}


def status(line: RunnerLog) -> str:
    """The standard's status of a runner."""
    plain = {
        "not started": "DidNotStart",
        "finished": "OK",
        "on course": "Active",
        "in camp": "Active",
        "overdue": "Active",
    }
    if line.status in plain:
        return plain[line.status]
    reason = f"{line.reason} {line.loops[-1].verdict if line.loops else ''}".lower()
    for part, name in (
        ("refused", "SportingWithdrawal"),
        ("rtc", "SportingWithdrawal"),
        ("page", "MissingPunch"),
        ("cutoff", "OverTime"),
    ):
        if part in reason:
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
    genders = sorted({line.gender.upper()[:1] for line in log.runners})
    for gender in genders:
        result = Xml.SubElement(root, "ClassResult")
        _text(Xml.SubElement(result, "Class"), "Name", CLASSES.get(gender, "Open"))
        for line in log.runners:
            if line.gender.upper()[:1] == gender:
                _person(result, log, line, person(line, people))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _is_over(log: OfficialLog) -> bool:
    return all(status(line) != "Active" for line in log.runners)


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = text


def _person(parent: Xml.Element, log: OfficialLog, line: RunnerLog, who: Runner) -> None:
    result = Xml.SubElement(parent, "PersonResult")
    gender = line.gender.upper()[:1]
    human = Xml.SubElement(result, "Person", {"sex": gender} if gender in CLASSES else {})
    first, last = split_name(line.name)
    name = Xml.SubElement(human, "Name")
    _text(name, "Family", last)
    _text(name, "Given", first)
    if who.birthdate:
        _text(human, "BirthDate", who.birthdate)
    if len(who.country) == 3:
        Xml.SubElement(human, "Nationality", {"code": who.country.upper()}).text = who.country
    _result(Xml.SubElement(result, "Result"), log, line)


def _result(result: Xml.Element, log: OfficialLog, line: RunnerLog) -> None:
    """In the order that the schema wants."""
    if line.bib:
        _text(result, "BibNumber", line.bib)
    status_name = status(line)
    if status_name != "DidNotStart" and log.start_us is not None:
        _text(result, "StartTime", iso(log.start_us))
    if status_name == "OK" and line.result_s is not None and log.start_us is not None:
        _text(result, "FinishTime", iso(log.start_us + round(line.result_s * 1_000_000)))
        _text(result, "Time", f"{line.result_s:.1f}")
        if line.place_gender is not None:
            _text(result, "Position", str(line.place_gender))
    _text(result, "Status", status_name)
    for at_s, code in _splits(line):
        split = Xml.SubElement(result, "SplitTime")
        _text(split, "ControlCode", code)
        _text(split, "Time", f"{at_s:.1f}")


def _splits(line: RunnerLog) -> list[tuple[float, str]]:
    splits = [(loop.in_s, f"Loop {loop.loop}") for loop in line.loops if loop.in_s is not None]
    splits += [
        (seen.at_s, f"{seen.place} {seen.loop}".strip())
        for seen in line.sightings
        if seen.at_s is not None and seen.source == "station"
    ]
    return sorted(splits)
