"""What a director hands in, read back by independent readers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - compiled, untyped
from openpyxl import load_workbook
from sample_log import evidence, loop, roster, sample, settled
from yellowgate.model import Pages, Runner
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import handin, iof, itra, opensplittime, touches, ultrasignup
from yellowgate.report.people import ExportError, split_name

SCHEMA = Path(__file__).parent.parent / "fixtures" / "iof-result-list.xsd"


def renamed(name: str, **changes: object) -> OfficialLog:
    """The settled log, its winner with another name and other changes."""
    log = settled()
    first = replace(log.runners[0], name=name, **changes)  # type: ignore[arg-type]
    return replace(log, runners=(first, *log.runners[1:]))


def test_ultrasignup_header_statuses_and_ages() -> None:
    text = ultrasignup.to_csv(settled(), roster())
    assert ultrasignup.check(text, fixed_time=False) == []
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.startswith("place,time,first,last,age,gender,city,state,dob,bib,status\r\n")
    assert [row["status"] for row in rows] == ["1", "4", "2", "5", "2", "2", "3"]
    assert (rows[0]["first"], rows[0]["last"]) == ("Ada Ashdown", "Smith")
    assert (rows[0]["place"], rows[0]["time"], rows[0]["age"]) == ("1", "54:10:02", "39")
    assert (rows[1]["place"], rows[1]["time"]) == ("", "32:30:01")
    assert rows[2]["time"] == ""


def test_ultrasignup_fixed_time_has_distance_and_the_places_of_the_log() -> None:
    log = settled()
    lines = [
        replace(log.runners[at], distance_km=160.9344, status="finished", place=1) for at in (0, 1)
    ]
    log = replace(log, preset="laps", runners=(*lines, log.runners[3]))
    text = ultrasignup.to_csv(log, [])
    assert ultrasignup.check(text, fixed_time=True) == []
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["distance"] == "100.00"
    assert [row["place"] for row in rows] == ["1", "1", ""]  # a tie; disqualified
    assert (rows[2]["distance"], rows[2]["status"]) == ("", "5")


@pytest.mark.parametrize("write", [ultrasignup.to_csv, itra.to_xlsx])
def test_results_are_refused_while_they_can_change(write: Callable[..., object]) -> None:
    with pytest.raises(ExportError, match="Otis Oakhurst is still out or in camp"):
        write(sample(), roster())
    pages = loop(5, 160000.0, 195002.5, verdict="provisional", pages=Pages(None, 13))
    with pytest.raises(ExportError, match="Ada: pages of loop 5 are not ruled: gate ruling add"):
        write(renamed("Ada", loops=(pages,)), roster())
    undecided = renamed("Ada", status="out", reason="undecided: injured or disqualified")
    with pytest.raises(ExportError, match="Ada: undecided"):
        write(undecided, roster())


def test_before_the_start_nobody_is_called_a_non_starter(tmp_path: Path) -> None:
    waiting = tuple(replace(row, status="not started", reason="") for row in settled().runners)
    early = replace(settled(), start_us=None, state="not started", runners=waiting)
    with pytest.raises(ExportError, match="has not started"):
        ultrasignup.to_csv(early, roster())
    assert itra_rows(early, roster(), tmp_path / "itra.xlsx") == [itra.HEADINGS]
    assert itra.remarks(early, roster()) == [
        "the race has not started: the file holds headings alone"
    ]


def test_what_is_not_settled_is_said_beside_the_file() -> None:
    rows = handin.remarks(replace(settled(), problems=()))
    assert rows == ["1 touch has no name yet: gate log"]
    line = replace(settled().runners[2], doubtful=True, doubt="loop 1: on the edge")
    log = replace(settled(), runners=(line,), unassigned=())
    assert "doubtful: K. Halpin: loop 1: on the edge" in handin.remarks(log)


def test_ultrasignup_refuses_by_name_what_it_cannot_hold() -> None:
    for changes, words in (
        ({"gender": ""}, "Ada: gender"),
        ({"bib": "=1+1"}, "Ada: '=1\\+1' begins like a formula"),
    ):
        with pytest.raises(ExportError, match=words):
            ultrasignup.to_csv(renamed("Ada", **changes), [])
    born = Runner("Ada", "F", birthdate="1.2.1980")
    with pytest.raises(ExportError, match=r"Ada: birthdate .* is not YYYY-MM-DD"):
        ultrasignup.to_csv(renamed("Ada"), [born])
    with pytest.raises(ExportError, match="Ada: born 2030-01-01, after the start"):
        ultrasignup.to_csv(renamed("Ada"), [replace(born, birthdate="2030-01-01")])


def test_ultrasignup_check_finds_what_was_edited() -> None:
    text = ultrasignup.to_csv(settled(), roster())
    assert ultrasignup.check("place,time\r\n\r\n", fixed_time=False) != []
    for old, new in (
        ("54:10:02", "54h10"), (",101,1\r", ",101,7\r"), (",F,", ",Q,"), ("1,54:10:02", "1,"),
        ("city,state", "city,club"), ("\r\n,32", "\r\n,,,,,,,,,,\r\n,32"),
    ):  # fmt: skip
        assert old in text
        assert ultrasignup.check(text.replace(old, new, 1), fixed_time=False), new


def itra_rows(log: OfficialLog, who: list[Runner], path: Path) -> list[tuple[object, ...]]:
    path.write_bytes(itra.to_xlsx(log, who))
    assert itra.check(path) == itra.check(path.read_bytes()) == []
    return list(load_workbook(path).worksheets[0].iter_rows(values_only=True))


def test_itra_workbook(tmp_path: Path) -> None:
    rows = itra_rows(settled(), roster(), tmp_path / "itra.xlsx")
    assert rows[0] == itra.HEADINGS
    assert rows[1][:7] == (1, "54:10:02", "Smith", "Ada Ashdown", "F", "1985-03-19", "SUI")
    # Who did not start is left out, and who was disqualified.
    assert [row[0] for row in rows[2:]] == ["DNF"] * 4
    assert all(row[1] is None for row in rows[2:])
    remarks = itra.remarks(settled(), roster())
    assert remarks[0].startswith("ITRA wants everybody's birthdate; it is missing for K. Halpin")
    assert remarks[-1] == "Gus Graves: disqualified, so left out"


def test_itra_holds_a_name_that_looks_like_a_formula_as_text(tmp_path: Path) -> None:
    path = tmp_path / "itra.xlsx"
    rows = itra_rows(renamed("Eve\x07 =1+1"), [], path)
    assert rows[1][2:4] == ("=1+1", "Eve")
    cell = load_workbook(path).worksheets[0]["C2"]
    assert cell.data_type == "s"


def test_itra_wants_the_ioc_code() -> None:
    for country, words in (
        ("Switzerland", "three-letter IOC code"),
        ("CHE", "IOC code: SUI?"),
        ("XYZ", "three-letter IOC code"),
    ):
        bad = [replace(roster()[0], country=country)]
        with pytest.raises(ExportError, match=re.escape(words)):
            itra.to_xlsx(settled(), bad)


def test_itra_refuses_birthdates_and_races_without_a_set_distance() -> None:
    bad = [replace(roster()[0], birthdate="19850319")]
    with pytest.raises(ExportError, match="not YYYY-MM-DD"):
        itra.to_xlsx(settled(), bad)
    for preset in ("laps", "backyard"):
        with pytest.raises(ExportError, match="ranks by distance"):
            itra.to_xlsx(replace(settled(), preset=preset), roster())


def test_names_are_taken_apart_as_people_write_them() -> None:
    for name, first, last in (
        ("Courtney Smith Dauwalter", "Courtney Smith", "Dauwalter"),
        ("Dauwalter, Courtney Smith", "Courtney Smith", "Dauwalter"),
        ("John Kelly, Jr.", "John", "Kelly Jr."),
        ("John Kelly III", "John", "Kelly III"),
        ("Lazarus", "", "Lazarus"),
    ):
        assert split_name(name) == (first, last)


def test_iof_validates_and_says_what_was_ruled() -> None:
    text = iof.to_xml(sample(), roster())
    document = etree.fromstring(text.encode())
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(document), schema.error_log
    spaces = {"i": iof.NAMESPACE}
    statuses = document.xpath("//i:Result/i:Status/text()", namespaces=spaces)
    assert sorted(map(str, statuses)) == sorted(
        ["OK", "DidNotFinish", "OverTime", "MissingPunch", "SportingWithdrawal", "Active",
         "DidNotStart"]
    )  # fmt: skip
    assert document.xpath("string(//i:Position)", namespaces=spaces) == "1"
    splits = document.xpath("//i:SplitTime/i:ControlCode/text()", namespaces=spaces)
    assert "tower 1" in splits and "Loop 4" in splits
    assert "Loop 5" not in splits  # the finish is no split


def iof_results(log: OfficialLog, who: list[Runner]) -> dict[str, etree._Element]:
    """The Result of each runner by family name, in a document of the schema."""
    document = etree.fromstring(iof.to_xml(log, who).encode())
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(document), schema.error_log
    return {
        row.findtext(".//{*}Family"): row.find("{*}Result")
        for row in document.iter("{*}PersonResult")
    }


def test_iof_says_disqualified_not_yet_started_and_not_validated_yet() -> None:
    found = iof_results(settled(), roster())
    assert found["Graves"].findtext("{*}Status") == "Disqualified"
    early = replace(sample(), state="not started", start_us=None)
    assert iof_results(early, [])["Zipline"].findtext("{*}Status") == "Inactive"
    pages = loop(5, 160000.0, 195002.5, verdict="provisional", pages=Pages(None, 13))
    open_log = renamed("Ada", loops=(pages,))
    finisher = iof_results(open_log, [])["Ada"]
    assert finisher.findtext("{*}Status") == "Finished"
    assert finisher.find("{*}Position") is None
    assert 'status="Snapshot"' in iof.to_xml(open_log, [])
    for reason, status in (
        ("undecided: refused to continue or injured", "DidNotFinish"),
        ("injured", "DidNotFinish"),
        ("withdrew", "SportingWithdrawal"),
    ):
        late = loop(1, 0.0, 48120.6, verdict="over cutoff")
        log = renamed("Ada", status="out", reason=reason, loops=(late,))
        assert iof_results(log, [])["Ada"].findtext("{*}Status") == status


def test_iof_stays_well_formed_and_cuts_times_like_the_log() -> None:
    log = renamed("Ada\x1b <&> Ärger", result_us=195_002_970_000, gender="")
    found = iof_results(log, [])
    assert found["Ärger"].findtext("{*}Time") == "195002"
    assert "<Name>Open</Name>" in iof.to_xml(log, [])
    with pytest.raises(ExportError, match="not YYYY-MM-DD"):
        iof.to_xml(renamed("Ada"), [Runner("Ada", "F", birthdate="1.2.80")])


def test_splits_are_places_between_places_and_void_loops_are_none() -> None:
    legs = (
        loop(1, 0.0, 9000.0, place="Ford"), loop(2, 9600.0, 20000.0, place="Hut"),
        loop(3, 20600.0, 30000.0, place="End", verdict="void"),
    )  # fmt: skip
    log = replace(renamed("Ada", loops=legs), preset="point-to-point")
    codes = [row.text for row in iof_results(log, [])["Ada"].iter("{*}ControlCode")]
    assert codes == ["Ford", "Hut"]
    document = json.loads(opensplittime.to_json(replace(log, runners=log.runners[:1])))
    rows = [row["attributes"] for row in document["data"]]
    assert [(row["split_name"], row["sub_split_kind"]) for row in rows] == [
        ("Ford", "in"), ("Ford", "out"), ("Hut", "in"),
    ]  # fmt: skip


def test_the_schema_refuses_another_order() -> None:
    text = iof.to_xml(sample(), roster()).replace("<Status>OK</Status>", "", 1)
    assert not etree.XMLSchema(etree.parse(SCHEMA)).validate(etree.fromstring(text.encode()))


def test_opensplittime_raw_times() -> None:
    document = json.loads(opensplittime.to_json(sample()))
    assert document["data_format"] == "jsonapi_batch"
    rows = [row["attributes"] for row in document["data"]]
    assert all(row["type"] == "raw_time" for row in document["data"])
    first = rows[0]
    assert first["entered_time"] == "2025-03-18 22:27:00-0400"
    assert (first["split_name"], first["sub_split_kind"]) == ("Loop 1", "in")
    assert [row["stopped_here"] for row in rows].count(True) == 4


def test_a_sighting_bears_the_bib_of_its_loop() -> None:
    log = sample()
    seen = replace(log.runners[2].sightings[0], loop=2)
    line = replace(log.runners[3], bib="999", sightings=(seen,))
    log = replace(log, runners=(line,))
    rows = [row["attributes"] for row in json.loads(opensplittime.to_json(log))["data"]]
    assert [r["bib_number"] for r in rows if r["split_name"] == "tower 2"] == ["201"]
    (tower,) = [r for r in csv.DictReader(io.StringIO(touches.touches_csv(log))) if r["seq"] == "9"]
    assert tower["bib"] == "201"


def test_opensplittime_wants_bibs_and_checks_its_batch() -> None:
    text = opensplittime.to_json(sample())
    assert opensplittime.check(text) == []
    for old, new in (
        ("raw_time", "time"),
        ('"in"', '"at"'),
        ('"bib_number": "101"', '"bib_number": ""'),
    ):
        assert old in text
        assert opensplittime.check(text.replace(old, new, 1))
    bare = loop(1, 0.0, 40000.0, bib="")
    with pytest.raises(ExportError, match="Ada: has no bib"):
        opensplittime.to_json(renamed("Ada", bib="", loops=(bare,)))


def test_start_and_taps_are_among_the_touches() -> None:
    log = sample()
    bugle = replace(log.runners[1], signals=(evidence(60, 118000.0, "taps", "taps"),))
    runners = (log.runners[0], bugle, *log.runners[2:])
    lit = (evidence(1, 0.0, "start", "start"),)
    rows = touches.touches_csv(replace(log, runners=runners, signals=lit)).splitlines()
    assert rows[1].split(",")[2:11] == [
        "1", "start", "", "", "", "", "start", "2025-03-18T15:37:00Z", "00:00:00"
    ]  # fmt: skip
    (taps,) = [row.split(",") for row in rows if ",taps," in row]
    assert taps[2:5] == ["60", "taps", "Bram <b>Bold</b>"]


def test_touches_and_log_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(touches.touches_csv(sample()))))
    assert rows[0]["utc"] == "2025-03-18T21:10:20Z" or rows[0]["station"] == "Gate"
    assert len(rows) == 5 + 3 + 1 + 1 + 2 + 1
    lines = list(csv.DictReader(io.StringIO(touches.log_csv(sample()))))
    late = next(row for row in lines if row["name"] == "K. Halpin")
    assert (late["in"], late["note"], late["doubtful"]) == ("13:22:00", "over by 0:02:00", "yes")
    assert late["margin_s"] == "-120.600"


def test_spreadsheets_get_no_formulas_and_no_bounds_that_are_none() -> None:
    odd = evidence(1, 39000.5, "in")._replace(uncertainty_us=10**15, basis="none")
    row = loop(1, 0.0, 39000.5, evidence=(odd,), uncertainty_us=10**15, note="=2+2")
    log = renamed("=1+1", loops=(row,))
    (line,) = [r for r in csv.DictReader(io.StringIO(touches.log_csv(log))) if "1+1" in r["name"]]
    assert (line["name"], line["note"], line["uncertainty_ms"]) == ("'=1+1", "'=2+2", "unknown")
    (touch,) = [
        r for r in csv.DictReader(io.StringIO(touches.touches_csv(log))) if r["runner"] == "'=1+1"
    ]
    assert touch["bound_ms"] == "unknown"
