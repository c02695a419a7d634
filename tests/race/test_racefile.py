"""race.toml and roster.csv: what is read, and what is refused with one clear line."""

import pytest
from yellowgate.event import race_toml, roster, runner_list
from yellowgate.event.rules import PRESETS, BarkleyRules
from yellowgate.event.table_file import csv_rows
from yellowgate.event.table_rows import Table


@pytest.mark.parametrize("preset", PRESETS)
def test_the_file_of_gate_init_has_every_number_at_its_default(preset: str) -> None:
    text = race_toml.preset_toml(preset, 'The "Race"', "America/New_York")
    race = race_toml.parse(text)
    assert (race.name, race.preset, race.zone) == ('The "Race"', preset, "America/New_York")
    if preset != "point-to-point":
        assert race.rules == PRESETS[preset]()
    for key in PRESETS[preset].__dataclass_fields__:
        assert key in text, key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[race]\npresett = 1", "unknown [race] key 'presett': did you mean 'preset'?"),
        ('[race]\npreset = "barkly"', "did you mean 'barkley'?"),
        ("[rules]\nloop_cutoff_s = []", "did you mean 'loop_cutoffs_s'?"),
        ("[rules]\nloops = 4", "loop_cutoffs_s has 5 entries for 4 loops"),
        ('[rules]\nfun_run_s = "40h"', "fun_run_s: '40h' is not a time like 13:20:00"),
        ("[rules]\nat_cutoff_counts = 1", "at_cutoff_counts must be true or false"),
        ('[race]\nstart = "2025-03-18T11:37"', "needs Z or an offset"),
        ('[race]\nzone = "Tennessee"', "no time zone is called 'Tennessee'"),
        ("[station]\nid = 1", "two brackets"),
        ('[[station]]\nid = 1\nrole = "towr"', "did you mean 'tower'?"),
        ("[[station]]\nid = 1\n[[station]]\nid = 1", "two stations have the id 1"),
        ('[radio]\nregion = "EU686"', "did you mean 'EU868'?"),
        ("[race", "race.toml: "),
        ('[rules]\ndirections = ["up", "up", "up", "up", "up"]', "'up' is none of"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^race\.toml: ") as caught:
        race_toml.parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_and_times_may_be_overridden() -> None:
    race = race_toml.parse(
        '[race]\nstart = 2025-03-18T11:37:00-04:00\n[rules]\nfun_run_s = "36:00"\npages = 9\n'
    )
    rules = race.rules
    assert isinstance(rules, BarkleyRules)
    assert (rules.fun_run_s, rules.pages) == (129600, 9)
    assert race.start_us == 1742312220000000


def test_a_roster_is_read_and_written() -> None:
    text = (
        "name,gender,tag,bib,birthdate,bib_loop2\n"
        'Ann Lee,f,04:A2:01:C1:D2:5E:80,7,1980-02-03,17\n"Oe, Bob",M,,8,,\n\n'
    )
    ann, bob = roster.parse(text)
    assert (ann.tag, ann.bib(1), ann.bib(2), ann.gender) == ("04a201c1d25e80", "7", "17", "F")
    assert bob.name == "Oe, Bob"
    assert roster.parse(roster.to_csv([ann, bob])) == [ann, bob]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gender,city\nF,Oslo\n", "the column 'name' is missing"),
        ("name,gender\nA,Maybe\n", "line 2: gender 'Maybe' is not known"),
        ("name,gender,tag\nA,F,04a2\n", "line 2: tag '04a2' is not a UID"),
        ("name,gender,tag\nA,F,08a1b2c3\n", "line 2: tag 08a1b2c3: it begins with 08"),
        ("name,gender\n,F\n", "line 2: the name is missing"),
        ("name,gender\nA,F,1\n", "line 2: 2 columns are expected"),
        ("name,gender,bib\nA,F,1\nB,F,1\n", "line 3: the bib 1 is there twice: A and B"),
        ("name,gender\nA,F\nA,F\n", "line 3: 'A' is there twice, in line 2 too"),
        ("name,bib,Bib No.\nA,1,1\n", "both say the bib"),
        ("name,gender,tag\nA,F,0102aabb\nB,F,0102AABB\n", "line 3: the tag 0102aabb is there"),
    ],
)
def test_a_roster_that_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        roster.parse(text)
    assert words in str(caught.value)


def given(text: str) -> runner_list.Reading:
    """What a list says."""
    return runner_list.read(Table(list(csv_rows(text))))


def test_merge_adds_changes_and_refuses_doubles() -> None:
    old = roster.parse("name,gender,bib\nA,F,1\nB,M,2\n")
    update = roster.take_in(old, given("name,gender,tag,bib\nB,M,0102aabb,3\nC,F,,2\n"))
    assert [(row.name, row.tag, row.bib(1)) for row in update.runners] == [
        ("A", "", "1"),
        ("B", "0102aabb", "3"),
        ("C", "", "2"),
    ]
    assert [row.name for row in update.added] == ["C"]
    assert [new.name for _, new in update.changed] == ["B"]
    with pytest.raises(ValueError, match="the bib 1 is there twice: A and D"):
        roster.take_in(old, given("name,gender,bib\nD,M,1\n"))
    assert roster.with_tag(old, "2", "01:02:AA:BB")[1].tag == "0102aabb"
    with pytest.raises(ValueError, match="no runner has the bib 99"):
        roster.with_tag(old, "99", "0102aabb")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("station = [1]", "stations are written as"),
        ("[[station]]\nid = true", "id must be a number"),
        ('[race]\nname = "a\\nb"', "name must be on one line"),
        (
            '[race]\npreset = "point-to-point"\n[rules]\ncheckpoint = ["Halfway"]',
            "checkpoints are written as",
        ),
    ],
)
def test_what_is_no_section_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        race_toml.parse(text)
