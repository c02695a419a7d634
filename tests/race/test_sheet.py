"""The paper sheet and the roster as people's programs write them, and as they are torn."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from yellowgate.event import paper_sheet, roster, runner_list
from yellowgate.event.table_file import csv_rows
from yellowgate.event.table_rows import Table
from yellowgate.model import Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import Said, TimeReader, clock_us

RUNNERS = [
    Runner("Ada Ashdown", "F", "04a101c1d25e80", {0: "101", 2: "5"}),
    Runner("Bram Birch", "M", "04a102c1d25e80", {0: "102"}),
]
START_US = 1_742_312_220_000_000  # 15:37, a Tuesday
NOW_US = START_US + 12 * 3_600_000_000
TIMES = TimeReader(UTC, NOW_US, lambda: (START_US, NOW_US))
HEADER = "bib,loop,in,out,remark\n"
ADA = {"runner": "Ada Ashdown", "loop": 1, "in_s": 34_200}


def table(text: str) -> Table:
    """The text as a table."""
    return Table(list(csv_rows(text)))


def sheet(text: str) -> list[dict[str, Any]]:
    """What a sheet says, twelve hours after the start."""
    return paper_sheet.read(table(text), RUNNERS, TIMES).lines


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "101,1,9:30,,\n",
        "\ufeff" + HEADER + "101,1,9:30,,\n",
        "\n" + HEADER + "\n101,1,9:30,,\n,,,,\n",
        "bib;loop;in;out;remark\r\n101;1;9:30;;\r\n",
        "bib\tloop\tin\tout\tremark\n101\t1\t9:30\t\t\n",
        'bib,loop,in,out,remark\r101,1,9:30,,""\r',
        '"bib","loop","in","out","remark"\n"101","1","9:30","",""\n',
        "Bib, Loop, In, Out, Remark,,\n101, 1, 9:30,,,,\n",
        "bib,loop,out,in,remark\n101,1,,9:30,\n",
        HEADER + "101,1,9:30,,\n101,1,9:30:00,,\n",
        HEADER + "101,1,9:30,,\n102,1,,,\n",
        HEADER + "101,1,9:30,,\n102,1,,,open\n",
        "Bib #,Lap,Arrival,Comment\n101,1,9:30,\n",
        "Loop|Runner|In\n1|Ada Ashdown|9:30\n",
        HEADER + "0101,1,9:30,,\n",
    ],
)
def test_a_sheet_is_read_as_programs_write_it(text: str) -> None:
    assert paper_sheet.is_sheet(table(text))
    assert sheet(text) == [ADA]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "101,99999999999999999999,9:30,,\n", "line 2: loop '99999999999999999999'"),
        (HEADER + "101,²,9:30,,\n", "line 2: loop '²' is not a number from 1"),
        (HEADER + "101,1,9999999999:00:30,,\n", "line 2: paper: in 35999999996430 is not"),
        (HEADER + "101,1,9:30\n", "line 2: 5 columns are expected, here are 3"),
        (HEADER + "101,1,9:30,,wet, cold\n", "a remark with a comma in it needs quotes"),
        (HEADER + '101,1,9:30,,"wet\n102,1,9:30,,\n', "line 2: not readable as CSV"),
        (HEADER + '101,1,9:30,,"wet\n102,1,9:30,,"\n', "line 2: a cell goes on over several lines"),
        (HEADER + f"101,1,9:30,,{'x' * 200_000}\n", "line 2: not readable as CSV"),
        (HEADER + f"101,1,9:30,,{'x' * 3_000}\n", "line 2: a cell has 3000 letters"),
        (HEADER + "101,1,9:30,,\n\n101,1,9:40,,\n", "line 4: another in of Ada Ashdown, loop 1, "
         "than line 2 says"),
        (HEADER + "101,2,9:30,,\n", "line 2: 0 runners have the bib '101' on loop 2 (Ada Ashdown, "
         "who has it on others, wears '5' then)"),
    ],
)  # fmt: skip
def test_a_torn_or_wrong_sheet_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        sheet(text)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_line_with_a_remark_alone_is_kept() -> None:
    (data,) = sheet(HEADER + "102,1,,,dropped at the tower\n")
    made = ruling_kinds.make("paper", data, "laz", "", 0)
    assert ruling_kinds.words(made.kind, made.data).endswith("paper says “dropped at the tower”")


@pytest.mark.parametrize("text", ["", "\n", "name,gender,tag,bib\n", "hello", "a\0b"])
def test_what_is_no_sheet(text: str) -> None:
    assert not paper_sheet.is_sheet(table(text))


def test_all_bad_lines_of_a_sheet_are_named_at_once() -> None:
    with pytest.raises(runner_list.Faults) as caught:
        sheet(HEADER + "98,1,9:30,,\n101,x,9:30,,\n102,1,9:3,,\n102,1,9:30,,\n")
    assert [line[:7] for line in caught.value.lines] == ["line 2:", "line 3:", "line 4:"]


@pytest.mark.parametrize("text", ["Sat 03:21", "3:21 am", "clock 03:21", "2025-03-19 03:21"])
def test_a_time_of_day_says_so(text: str) -> None:
    (data,) = sheet(HEADER + f"101,1,{text},,\n")
    in_at = clock_us(text, UTC, NOW_US)
    assert data == {"runner": "Ada Ashdown", "loop": 1, "in_at": in_at}
    (data,) = sheet("bib,loop,in (clock),out\n101,1,03:21,\n")
    assert data["in_at"] == NOW_US - 16 * 60_000_000


def test_a_time_that_may_be_both_is_asked() -> None:
    """03:21 was on the wall, and on the race clock, since the start."""
    with pytest.raises(ValueError, match=r"line 2: '03:21' may be since the start .*clock 03:21"):
        sheet(HEADER + "101,1,03:21,,\n")
    (data,) = sheet("bib,loop,in (race clock),out\n101,1,03:21,\n")
    assert data["in_s"] == 3 * 3600 + 21 * 60
    (data,) = sheet(HEADER + "101,1,03:21:00,,\n")
    assert data["in_s"] == 3 * 3600 + 21 * 60
    ways: tuple[tuple[Said, str], ...] = (("clock", "in_at"), ("race clock", "in_s"))
    for said, name in ways:
        times = TIMES.of_column(said)  # as `gate import --times` says it of all
        (data,) = paper_sheet.read(table(HEADER + "101,1,03:21,,\n"), RUNNERS, times).lines
        assert name in data


def test_a_roster_is_read_as_programs_write_it() -> None:
    for text in (
        "name;gender;tag;bib\r\nAda Ashdown;F;04A101C1D25E80;101\r\n",
        "name\tgender\ttag\tbib\nAda Ashdown\tF\t04:a1:01:c1:d2:5e:80\t101\n",
        "name,gender,tag,bib,\nAda Ashdown,F,04a101c1d25e80,101,\n",
    ):
        (ada,) = roster.parse(text)
        assert (ada.name, ada.tag, ada.bib(1)) == ("Ada Ashdown", "04a101c1d25e80", "101")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"name,gender\n{'x' * 200_000},F\n", "line 2: not readable as CSV"),
        ('name,gender\n"Ada,F\nBram,M\n', "line 2: not readable as CSV"),
    ],
)
def test_a_torn_roster_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        roster.parse(text)


def read(text: str) -> runner_list.Reading:
    """What a list says."""
    return runner_list.read(table(text))


def test_a_bib_of_one_loop_against_a_bib_of_all() -> None:
    new = roster.parse("name,gender,bib,bib_loop3\nCarl Cove,M,103,102\n")
    with pytest.raises(ValueError, match="bib 102 of loop 3 is worn by Bram Birch, Carl Cove"):
        roster.take_in(RUNNERS, read("name,gender,bib,bib_loop3\nCarl Cove,M,103,102\n"))
    both = [*RUNNERS, *new]
    assert roster.doubles(both) == ["bib 102 of loop 3 is worn by Bram Birch, Carl Cove"]
    fine = roster.take_in(RUNNERS, read("name,gender,bib,bib_loop2\nCarl Cove,M,103,101\n"))
    assert fine.runners[2].bib(2) == "101"  # Ada wears another one then


def test_names_that_look_alike_are_refused() -> None:
    assert roster.take_in(RUNNERS, read("name,gender\nAda  Ashdown ,F\n")).runners == RUNNERS
    for name in ("ada ashdown", "ADA\u00a0ASHDOWN"):
        with pytest.raises(ValueError, match="look like one: write them alike"):
            roster.take_in(RUNNERS, read(f"name,gender\n{name},F\n"))


def test_a_tag_for_a_bib_that_two_wear_on_different_loops() -> None:
    both = [*RUNNERS, Runner("Carl Cove", "M", "", {0: "103", 1: "5"})]
    with pytest.raises(ValueError, match="Ada Ashdown and Carl Cove wear the bib 5"):
        roster.with_tag(both, "5", "04a103c1d25e80")
    with pytest.raises(ValueError, match="the UID is missing"):
        roster.with_tag(both, "103", "")
