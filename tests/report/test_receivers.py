"""What each receiver of results is handed, read back by an independent reader."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from examples import some
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sample_log import loop, roster, runner, sample, settled
from yellowgate.event import race_toml
from yellowgate.model import Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report import iof, itra, opensplittime, receivers, site, tables, ultrasignup
from yellowgate.report.people import ExportError


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def with_first(**changes: object) -> OfficialLog:
    log = settled()
    first = replace(log.runners[0], **changes)  # type: ignore[arg-type]
    return replace(log, runners=(first, *log.runners[1:]))


def test_the_receivers_of_the_race_file_are_those_with_rules() -> None:
    assert set(receivers.RULES) == set(race_toml.RECEIVERS)
    text = '[race]\nhand_in = ["ultrasinup"]\n'
    with pytest.raises(ValueError, match="hand_in must be a list of those who get the results"):
        race_toml.parse(text)
    with pytest.raises(ValueError, match="publish 'some' is none of 'nothing'"):
        race_toml.parse('[race]\npublish = "some"\n')


def test_wishes_name_who_wants_what_of_whom() -> None:
    people = [
        Runner("Ada", "F", bibs={0: "1"}, birthdate="1985-03-19", country="SUI"),
        Runner("花子", "X", bibs={0: "A2"}, birthdate="1985-03-19", country="JPN"),
        Runner("=Bo", "", bibs={1: "1234567"}, age=40, country="CHE"),
    ]
    said = {(row.receiver, row.text) for row in receivers.wishes(people, race_toml.RECEIVERS)}
    assert said == {
        ("UltraSignup", "no gender (without one the file fails): =Bo"),
        ("UltraSignup", "name, town or bib begins like a formula: =Bo"),
        ("UltraSignup", "one name alone (first and last are wanted): all 3 runners"),
        ("ITRA", "one name alone (first and last are wanted): all 3 runners"),
        ("ITRA", "no gender: =Bo"),
        ("ITRA", "gender X (it knows M and F: such a runner is left out): 花子"),
        ("ITRA", "no birthdate: =Bo"),
        ("ITRA", "no country of three letters (IOC): =Bo"),
        ("ITRA", "a name that is not in Latin letters: 花子"),
        ("OpenSplitTime", "no bib of at most 6 digits: 花子, =Bo"),
        ("DUV statistics", "no birthdate (its year tells runners of one name apart): =Bo"),
        ("DUV statistics", "no gender, or X (its lists have M and W): 花子, =Bo"),
    }
    good = replace(people[0], name="Ada Ashdown")
    assert receivers.wishes([good], race_toml.RECEIVERS, "2025-03-18") == []
    (late,) = receivers.wishes([good], ["runsignup"], "1985-03-18")
    assert late.text == "born after the race: Ada Ashdown"
    (none,) = receivers.wishes([good], ["itra"], by_distance=True)
    assert "ranks by distance" in none.text


def test_bibs_count_as_rulings_gave_them() -> None:
    log, people = settled(), [replace(roster()[0], bibs={1: "7", 2: "7"})]

    def said(bib: str) -> list[str]:
        worn = receivers.of_log(log, people, ["opensplittime"], lambda *_: bib)
        return [row.text for row in worn]

    assert said("7") == []
    assert said("7A") == ["no bib of at most 6 digits: Ada Ashdown Smith"]
    own = receivers.of_log(log, [replace(people[0], bibs={0: "7", 2: "8"})], ["opensplittime"],
                           Runner.bib)  # fmt: skip
    assert own[0].text == "several bibs (it knows a runner by one): Ada Ashdown Smith"


def test_when_it_is_over_what_keeps_it_from_being_handed_in_is_said() -> None:
    log = replace(sample(), state="over")
    said = receivers.of_log(log, roster(), ["ultrasignup", "duv", "iof-xml"], Runner.bib)
    assert said[0].receiver == "UltraSignup, DUV statistics"
    assert "Otis Oakhurst is still out or in camp" in said[0].text
    for other in (sample(), settled()):
        rows = receivers.of_log(other, roster(), ["ultrasignup"], Runner.bib)
        assert not any("still out" in row.text for row in rows)


HOSTILE = st.builds(
    Runner,
    st.sampled_from(["Ada Ashdown", "=Bo Ek", "Zoe -Ek", "花子 田中", "Lazarus", "Ek, =Ann",
                     "O'Brien, Siobhán", "Jo\tJr.", '"Q" <b>']),
    st.sampled_from(["F", "M", "X", ""]),
    bibs=st.sampled_from([{0: "1"}, {1: "1", 2: "A7"}, {0: "1234567"}, {0: "007"}, {0: "+1"},
                          {0: "12*"}, {}, {1: "5"}, {0: "\uff11"}]),
    birthdate=st.sampled_from(["", "1985-03-19", "2025-03-19"]),
    city=st.sampled_from(["", "Oslo", "=SUM(A1)", "-"]),
    state=st.sampled_from(["", "TN", "@x"]),
    country=st.sampled_from(["", "USA", "CHE", "usa", "Norway"]),
    age=st.sampled_from([0, 40]),
)  # fmt: skip
WRITERS: dict[str, Callable[[OfficialLog, list[Runner]], list[str]]] = {
    "ultrasignup": lambda log, who: ultrasignup.check(ultrasignup.to_csv(log, who), False),
    "itra": lambda log, who: itra.check(itra.to_xlsx(log, who)),
    "opensplittime": lambda log, _: opensplittime.check(opensplittime.to_json(log)),
    "duv": lambda log, who: [] if tables.duv(log, who) else ["empty"],
    "runsignup": lambda log, who: [] if tables.runsignup(log, who) else ["empty"],
    "iof-xml": lambda log, who: [] if iof.to_xml(log, who) else ["empty"],
}


def line_of(who: Runner, status: str, place: int) -> RunnerLog:
    """A line of the log of this runner, with two loops."""
    loops = (loop(1, 0.0, 39_000.0, bib=who.bib(1)), loop(2, 40_000.0, 80_000.0, bib=who.bib(2)))
    is_done = status == "finished"
    return runner(
        who.name,
        who.gender,
        () if status == "not started" else loops,
        status=status,
        bib=who.bib(2),
        place=place if is_done else None,
        result_us=80_000 * 10**6 if is_done else None,
    )


@given(
    st.lists(HOSTILE, min_size=1, max_size=4, unique_by=lambda row: row.name),
    st.lists(st.sampled_from(["finished", "out", "not started"]), min_size=4, max_size=4),
    st.sampled_from(race_toml.RECEIVERS),
)
@some(400)
def test_nothing_is_refused_that_was_not_said_before(
    people: list[Runner], fates: list[str], receiver: str
) -> None:
    lines = [line_of(who, fate, 1) for who, fate in zip(people, fates, strict=False)]  # all tie
    log = replace(settled(), runners=tuple(lines))
    said = [row.text for row in receivers.of_log(log, people, [receiver], Runner.bib)]
    try:
        faults = WRITERS[receiver](log, people)
    except ExportError as error:
        name = next(who.name for who in people if str(error).startswith(who.name))
        assert any(name in text or "all " in text for text in said), (str(error), said)
        return
    assert not faults or said, (faults, said)


def test_ultrasignup_takes_x_and_the_age_of_the_roster() -> None:
    log = with_first(gender="X")
    people = [replace(roster()[0], gender="X", birthdate="", age=39)]
    text = ultrasignup.to_csv(log, people)
    assert ultrasignup.check(text, fixed_time=False) == []
    first = next(csv.DictReader(io.StringIO(text)))
    assert (first["gender"], first["age"]) == ("X", "39")
    said = ultrasignup.remarks(log, people)
    assert any("gender X is written for Ada" in row for row in said)
    assert any("everybody's age; it is missing for Bram" in row for row in said)
    with pytest.raises(ExportError, match="gender is ''; UltraSignup wants M, F or X"):
        ultrasignup.to_csv(with_first(gender=""), people)


def test_ultrasignup_wants_more_than_ten_finishers_of_a_race_that_it_does_not_know() -> None:
    said = "2 finishers: where the race had no registration there, more than 10 are wanted"
    log = with_first()
    lines = tuple(replace(row, status="finished", place=1) for row in log.runners[:2])
    assert said in ultrasignup.remarks(replace(log, runners=lines), roster())
    many = tuple(replace(lines[0], name=f"R{at}") for at in range(11))
    assert not any("where the race" in row for row in ultrasignup.remarks(
        replace(log, runners=many), roster()))  # fmt: skip


def test_ultrasignup_keeps_the_order_of_equal_distances() -> None:
    lines = tuple(
        runner(name, "F", (), status="finished", place=place, distance_km=160.9344)
        for name, place in (("A", 1), ("B", 2), ("C", 2), ("D", 4))
    )
    log = replace(settled(), preset="laps", runners=lines)
    found = list(csv.DictReader(io.StringIO(ultrasignup.to_csv(log, []))))
    assert [row["distance"] for row in found] == ["100.00", "99.99", "99.99", "99.98"]
    assert any(row.startswith("B, C, D: written 0.01 mile") for row in ultrasignup.remarks(log, []))


def test_itra_leaves_out_who_is_neither_m_nor_f_and_says_so() -> None:
    log = with_first(gender="X")
    book = load_workbook(io.BytesIO(itra.to_xlsx(log, roster())))
    assert "Smith" not in [row[2] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert any("Ada Ashdown Smith: gender X" in row for row in itra.remarks(log, roster()))


@pytest.mark.parametrize("bib", ["A101", "1234567", "1 2"])
def test_opensplittime_refuses_bibs_that_its_model_refuses(bib: str) -> None:
    log = with_first(bib=bib, loops=(loop(1, 0.0, 40_000.0, bib=bib),))
    with pytest.raises(ExportError, match="takes digits alone, at most 6"):
        opensplittime.to_json(log)
    text = opensplittime.to_json(settled()).replace('"bib_number": "101"', f'"bib_number": "{bib}"')
    assert opensplittime.check(text)


def test_opensplittime_is_stopped_on_the_last_in() -> None:
    gone_on = (loop(1, 0.0, 40_000.0), loop(2, 41_000.0, None))
    log = replace(settled(), runners=(runner("Ada", "F", gone_on, status="out", reason="lost"),))
    found = [row["attributes"] for row in json.loads(opensplittime.to_json(log))["data"]]
    assert [(row["sub_split_kind"], row["stopped_here"]) for row in found] == [
        ("in", True), ("out", False),
    ]  # fmt: skip


def test_duv_lists_who_finished() -> None:
    text = tables.duv(settled(), roster())
    (row,) = rows(text)
    assert list(row.values()) == [
        "1", "54:10:02 h", "Smith", "Ada Ashdown", "", "SUI", "1985", "W",
    ]  # fmt: skip
    assert tables.duv_remarks(settled(), roster())[0].startswith("6 runners are left out")
    far = runner("Far", "M", (), status="out", distance_km=45.0, place=1)
    near = runner("Near", "M", (), status="out", distance_km=44.9, place=2)
    log = replace(settled(), preset="laps", runners=(far, near))
    assert [row["Performance"] for row in rows(tables.duv(log, []))] == ["45.000 km"]


def test_runsignup_has_everybody_with_a_status() -> None:
    found = rows(tables.runsignup(settled(), roster()))
    assert [row["Status"] for row in found] == [
        "Finished", "Unofficial", "DNF", "DQ", "DNF", "DNF", "DNS",
    ]  # fmt: skip
    assert (found[0]["Place"], found[0]["Clock Time"], found[0]["Age"]) == ("1", "54:10:02", "39")
    for write in (tables.duv, tables.runsignup):
        with pytest.raises(ExportError, match="Otis Oakhurst is still out"):
            write(sample(), roster())


def test_excel_opens_the_letters_and_computes_nothing(tmp_path: Path) -> None:
    log = with_first(name="=1+1 Žižka")
    text = tables.excel(log, roster())
    (tmp_path / "excel.csv").write_bytes(text.encode())
    table = duckdb.read_csv(str(tmp_path / "excel.csv"), all_varchar=True)
    assert table.columns[-5:] == [f"Loop {n}" for n in range(1, 6)]
    first = dict(zip(table.columns, table.fetchall()[0], strict=True))
    assert (first["name"], first["Loop 5"]) == ("'=1+1 Žižka", "54:10:02")
    assert text.encode()[:3] == b"\xef\xbb\xbf"


SECRETS = ("04a1", "a1b2c3d4e5f60718", "Laz", "refused", "missed cutoff", "counted", "0123456789ab")


def test_the_site_shows_what_is_opened_and_never_a_secret() -> None:
    names = site.files([sample()], "names and loops")
    everything = site.files([sample()], "all")
    for made in (names, everything):
        assert set(made) == {"index.html", "results.json"}
        for text in made.values():
            assert not [word for word in SECRETS if word in text]
            assert "overdue" not in text and "Otis Oakhurst" in text
    assert "54:10:02" not in names["index.html"] + names["results.json"]
    assert '"bib"' not in names["results.json"]
    assert "54:10:02" in everything["index.html"]
    assert "Bram &lt;b&gt;Bold&lt;/b&gt;" in names["index.html"]
    assert site.files([sample()], "all") == everything
    later = replace(sample(), as_of_us=sample().as_of_us + 60_000_000)
    assert site.files([later], "all") == everything  # nothing new: the same bytes
