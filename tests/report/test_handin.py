"""What a director hands in, read back by independent readers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - compiled, untyped
from openpyxl import load_workbook
from sample_log import evidence, roster, sample
from yellowgate.report import iof, itra, opensplittime, touches, ultrasignup
from yellowgate.report.people import ExportError

SCHEMA = Path(__file__).parent.parent / "fixtures" / "iof-result-list.xsd"


def test_ultrasignup_header_statuses_and_ages() -> None:
    text = ultrasignup.to_csv(sample(), roster())
    assert ultrasignup.check(text, fixed_time=False) == []
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.startswith("place,time,first,last,age,gender,city,state,dob,bib,status\r\n")
    assert [row["status"] for row in rows] == ["1", "4", "2", "2", "2", "2", "3"]
    assert (rows[0]["first"], rows[0]["last"]) == ("Ada Ashdown", "Smith")
    assert (rows[0]["place"], rows[0]["time"], rows[0]["age"]) == ("1", "54:10:02", "39")
    assert (rows[1]["place"], rows[1]["time"]) == ("", "32:30:01")
    assert rows[2]["time"] == ""


def test_ultrasignup_fixed_time_has_distance() -> None:
    log = replace(sample(), preset="laps")
    log = replace(log, runners=(replace(log.runners[0], distance_km=160.9344),))
    text = ultrasignup.to_csv(log, [])
    assert ultrasignup.check(text, fixed_time=True) == []
    assert next(csv.DictReader(io.StringIO(text)))["distance"] == "100.00"


def test_ultrasignup_refuses_an_empty_gender_by_name() -> None:
    log = sample()
    log = replace(log, runners=(replace(log.runners[0], gender=""),))
    with pytest.raises(ExportError, match="Ada Ashdown Smith: gender"):
        ultrasignup.to_csv(log, [])
    assert ultrasignup.check("place,time\r\n\r\n", fixed_time=False) != []


def test_itra_workbook(tmp_path: Path) -> None:
    path = tmp_path / "itra.xlsx"
    path.write_bytes(itra.to_xlsx(sample(), roster()))
    assert itra.check(path) == []
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == itra.HEADINGS
    assert rows[1][:7] == (1, "54:10:02", "Smith", "Ada Ashdown", "F", "1985-03-19", "SUI")
    assert [row[0] for row in rows[2:]] == ["DNF"] * 5  # who did not start is left out
    assert all(row[1] is None for row in rows[2:])


def test_itra_wants_the_ioc_code() -> None:
    bad = [replace(roster()[0], country="Switzerland")]
    with pytest.raises(ExportError, match="three-letter IOC code"):
        itra.to_xlsx(sample(), bad)


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
    assert "tower 1" in splits and "Loop 5" in splits


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
