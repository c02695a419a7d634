"""The table of planted faults fits today's sources."""

import ast

import planted
import pytest
from plantedstation import Planted


@pytest.mark.parametrize("fault", planted.FAULTS, ids=[one.id for one in planted.FAULTS])
def test_a_fault_has_its_place_and_stays_python(fault: Planted) -> None:
    text = planted.changed(fault)
    before = (planted.ROOT / fault.file).read_text("utf-8")
    assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(before))


def test_each_has_a_name_of_its_own_and_its_words() -> None:
    ids = [one.id for one in planted.FAULTS]
    assert len(ids) == len(set(ids)) >= 50
    assert all(one.kind and one.what for one in planted.FAULTS)


def test_the_table_says_what_was_found_and_what_was_not() -> None:
    one, two = planted.FAULTS[:2]
    rows = [planted.Found(one, 3, 2, "lost: a touch | of Nora"), planted.Found(two, 200, 9, "")]
    text = planted.table(rows)
    assert "1 of 2 found" in text
    assert f"| {one.id} | {one.kind} | {one.what} | 3 | 2 | lost: a touch / of Nora |" in text
    assert "| > 200 | 9 | **not found** |" in text


def test_what_a_fault_needs_is_found_in_stories() -> None:
    assert planted.NEEDS.keys() <= {one.id for one in planted.FAULTS}
    for fault in planted.FAULTS:
        assert planted.fitting(fault, range(1, 1500), 1), fault.id
