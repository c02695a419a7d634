"""Every file of the corpus comes in at the first try, or is refused with all its faults."""

from __future__ import annotations

from datetime import date

import pytest
from corpus import CASES, FOLDER, Case
from yellowgate.event import roster, runner_list, table_file

TODAY = date(2025, 3, 18)
RACE = runner_list.Columns(several=())  # one race with one start


def taken(case: Case) -> tuple[list[roster.Runner], list[str]]:
    """The roster that the file makes, and what is said beside. Raises ValueError."""
    table = table_file.read((FOLDER / case.name).read_bytes(), case.encoding, case.sheet)
    reading = runner_list.read(table, RACE, case.order, TODAY)
    return roster.take_in((), reading).runners, reading.notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_meant_comes_in_or_all_faults_are_said(case: Case) -> None:
    if not case.faults:
        runners, notes = taken(case)
        assert runners == list(case.runners)
        assert all(any(piece in note for note in notes) for piece in case.notes), notes
        assert roster.parse(roster.to_csv(runners)) == runners
        return
    with pytest.raises(ValueError, match=r".+") as caught:
        taken(case)
    error = caught.value
    said = error.lines if isinstance(error, runner_list.Faults) else [str(error)]
    assert len(said) == len(case.faults), said
    assert all(piece in line for piece, line in zip(case.faults, said, strict=True)), said
    assert not any("\n" in line for line in said)


def test_the_corpus_is_the_one_that_its_script_writes() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(case.name for case in CASES)
    assert len(CASES) >= 60
    for case in CASES:
        if not case.name.endswith(".xlsx"):  # a workbook says when it was made
            assert (FOLDER / case.name).read_bytes() == case.data, case.name


def test_ten_megabytes_in_a_cell_are_one_line() -> None:
    for data in (
        b"name,bib\n" + b"x" * (10 << 20) + b",1\n",
        b'name,bib\n"' + b"x,\n" * (10 << 18),
    ):
        with pytest.raises(ValueError, match="line 2: not readable as CSV"):
            table_file.read(data)
    with pytest.raises(ValueError, match="is 17 MB"):
        table_file.read(bytes(17 << 20))
