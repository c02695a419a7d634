"""Giving out tags: who is called, and which tags are refused."""

import pytest
from yellowgate.cli.enrol import Enrolment
from yellowgate.event import roster
from yellowgate.model import Runner


def _runners() -> list[Runner]:
    return [Runner("Ann", "F"), Runner("Bob", "M", tag="04aa"), Runner("Cid", "M")]


def test_those_without_a_tag_are_called_in_order() -> None:
    enrolment = Enrolment.begin(_runners())
    assert enrolment.called() == Runner("Ann", "F")
    assert "Ann has 0411" in enrolment.tap("0411")
    assert enrolment.called() == Runner("Cid", "M")
    enrolment.tap("0422")
    assert enrolment.called() is None
    assert enrolment.tap("0433") == ""
    assert [runner.tag for runner in enrolment.runners] == ["0411", "04aa", "0422"]


def test_a_tag_that_somebody_has_is_refused() -> None:
    enrolment = Enrolment.begin(_runners())
    assert "Bob's already" in enrolment.tap("04aa")
    enrolment.tap("0411")
    assert "Ann's already" in enrolment.tap("0411")
    assert enrolment.called() == Runner("Cid", "M")


def test_a_uid_that_is_made_up_anew_each_time_is_refused() -> None:
    enrolment = Enrolment.begin(_runners())
    assert "begins with 08" in enrolment.tap("08a1b2c3")
    assert enrolment.called() == Runner("Ann", "F")
    assert "Ann has 08a1b2c3d4e5f6" in enrolment.tap("08a1b2c3d4e5f6")  # seven bytes are fixed


def test_a_roster_takes_no_such_uid() -> None:
    with pytest.raises(ValueError, match="line 2: tag 08a1b2c3: it begins with 08"):
        roster.parse("name,gender,tag,bib\nAnn,F,08:A1:B2:C3,1\n")
    with pytest.raises(ValueError, match="begins with 08"):
        roster.with_tag([Runner("Ann", "F", bibs={0: "1"})], "1", "08a1b2c3")


def test_skip_comes_last_and_undo_comes_first() -> None:
    enrolment = Enrolment.begin(_runners())
    enrolment.skip()
    assert enrolment.called() == Runner("Cid", "M")
    enrolment.tap("0411")
    assert "without 0411" in enrolment.undo()
    assert enrolment.called() == Runner("Cid", "M")
    assert enrolment.undo() == "nothing to undo"
    enrolment.tap("0411")
    enrolment.tap("0422")
    assert [runner.tag for runner in enrolment.runners] == ["0422", "04aa", "0411"]


def test_with_again_everybody_is_called_and_the_own_tag_is_no_double() -> None:
    enrolment = Enrolment.begin(_runners(), again=True)
    enrolment.tap("0411")
    assert enrolment.called() == Runner("Bob", "M", tag="04aa")
    enrolment.tap("04aa")
    enrolment.undo()
    assert enrolment.runners[1].tag == "04aa"
