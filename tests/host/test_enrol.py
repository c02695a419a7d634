"""Giving out tags: who is called, and which tags are refused."""

import pytest
from yellowgate.cli.enrol import heard
from yellowgate.event import roster
from yellowgate.event.enrolment import Enrolment
from yellowgate.model import Runner


def _runners() -> list[Runner]:
    return [Runner("Ann", "F"), Runner("Bob", "M", tag="04aaaaaa"), Runner("Cid", "M")]


def test_those_without_a_tag_are_called_in_order() -> None:
    enrolment = Enrolment.begin(_runners())
    assert enrolment.called() == Runner("Ann", "F")
    assert "Ann has 04111111" in enrolment.tap("04111111")
    assert enrolment.called() == Runner("Cid", "M")
    enrolment.tap("04222222")
    assert enrolment.called() is None
    assert enrolment.tap("04333333") == ""
    assert [runner.tag for runner in enrolment.runners] == ["04111111", "04aaaaaa", "04222222"]


def test_a_tag_that_somebody_has_is_refused() -> None:
    enrolment = Enrolment.begin(_runners())
    assert "Bob's already" in enrolment.tap("04aaaaaa")
    enrolment.tap("04111111")
    assert "Ann's already" in enrolment.tap("04111111")
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
    enrolment.tap("04111111")
    assert "without 04111111" in enrolment.undo()
    assert enrolment.called() == Runner("Cid", "M")
    assert enrolment.undo() == "nothing to undo"
    enrolment.tap("04111111")
    enrolment.tap("04222222")
    assert [runner.tag for runner in enrolment.runners] == ["04222222", "04aaaaaa", "04111111"]


def test_with_again_everybody_is_called_and_the_own_tag_is_no_double() -> None:
    enrolment = Enrolment.begin(_runners(), again=True)
    enrolment.tap("04111111")
    assert enrolment.called() == Runner("Bob", "M", tag="04aaaaaa")
    enrolment.tap("04aaaaaa")
    enrolment.undo()
    assert enrolment.runners[1].tag == "04aaaaaa"


def test_any_runner_may_come_next() -> None:
    enrolment = Enrolment.begin(
        [Runner("Ann", "F", bibs={0: "1"}), Runner("Cid", "M", bibs={0: "17"})]
    )
    assert enrolment.typed("17") == ""
    assert "Cid has" in enrolment.tap("04111111")
    assert enrolment.typed("an") == ""
    assert enrolment.called() == Runner("Ann", "F", bibs={0: "1"})
    assert "nobody has the name, bib or tag 'zoe'" in enrolment.typed("zoe")
    assert enrolment.called() == Runner("Ann", "F", bibs={0: "1"})


def test_every_bib_calls_its_runner() -> None:
    """No command is a number: the runner with bib 2 comes to the table, too."""
    people = [Runner(f"R{at}", "F", bibs={0: str(at)}) for at in range(1, 30)]
    enrolment = Enrolment.begin(people)
    for at in (2, 29, 1, 10):
        assert enrolment.typed(str(at)) == ""
        assert enrolment.called() == people[at - 1]


def test_who_is_called_and_taps_at_once_gets_the_tag() -> None:
    people = [Runner("Ann", "F", bibs={0: "1"}), Runner("Cid", "M", bibs={0: "17"})]
    enrolment = Enrolment.begin(people)
    said, tapped = heard(enrolment, "17", "04111111", set())
    assert said == ["Cid has 04111111"]
    assert heard(enrolment, "", "04111111", tapped) == ([], {"04111111"})  # it still lies there
    assert enrolment.called() == people[0]


def test_a_tag_is_taken_off_moved_or_the_second_one() -> None:
    enrolment = Enrolment.begin(_runners())
    enrolment.typed("Bob")
    assert enrolment.typed("off") == "Bob is without 04aaaaaa"
    assert enrolment.typed("off") == "Bob has no tag"
    assert "again" in enrolment.typed("u")
    enrolment.typed("Ann")
    enrolment.typed("move")
    assert enrolment.tap("04aaaaaa") == "Ann has 04aaaaaa, Bob not any more"
    assert [enrolment.runners[at].name for at in enrolment.queue] == ["Cid", "Bob"]
    enrolment.typed("Ann")
    enrolment.typed("second")
    enrolment.tap("04222222")
    assert enrolment.runners[0].tags == ("04aaaaaa", "04222222")
    assert enrolment.runners[1].tags == ()
