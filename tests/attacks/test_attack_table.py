"""The table of attacks says what is tried, and SECURITY promises what is tried."""

from __future__ import annotations

import re

import attackkit
from table import README, ROOT, exists, rows, text

SECURITY = ROOT / "host" / "yellowgate" / "SECURITY.md"
TEST = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)?)`")


def test_the_table_is_as_the_tests() -> None:
    assert README.read_text().endswith("\n" + text()), "python tests/attacks/table.py"


def test_every_attacker_and_door_is_there_and_every_test() -> None:
    found = rows()
    assert len(found) >= 60
    everybody = {
        attackkit.RADIO, attackkit.STATION, attackkit.WIFI, attackkit.VOLUNTEER, attackkit.HOLDER,
        attackkit.SENDER, attackkit.NOBODY,
    }  # fmt: skip
    assert {row.by for row, _ in found} == everybody
    assert [test for _, test in found if not exists(test)] == []
    assert len({(row.door, row.how) for row, _ in found}) == len(found), "one is there twice"


def test_every_promise_names_its_tests_and_they_exist() -> None:
    """A row of a table with a column "test" is a promise; what is none stands under "not"."""
    promises, in_table = 0, False
    for line in SECURITY.read_text().splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            in_table = in_table or cells[-1] == "test"
            is_promise = in_table and cells[-1] != "test" and set(cells[0]) - set("-: ")
            if is_promise:
                tests = TEST.findall(cells[-1])
                assert tests, f"a promise without a test: {line}"
                assert [test for test in tests if not exists(test)] == [], line
                promises += 1
        else:
            in_table = False
    assert promises >= 20


def test_nothing_is_promised_outside_of_the_tables() -> None:
    """Prose says where things are and what is not protected; who promises, names a test."""
    words = re.compile(
        r"\b(never|cannot|impossible|always|is refused|is protected|guarantee)", re.I
    )
    heading = ""
    for line in SECURITY.read_text().splitlines():
        heading = line if line.startswith("#") else heading
        is_table = line.startswith("|")
        if not is_table and "not protected" not in heading:
            assert not words.search(line), f"a promise outside of the tables: {line}"
