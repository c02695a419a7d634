"""Lines of the desk: what they mean, what is asked back, and that nothing is guessed."""

from __future__ import annotations

import pytest
from deskkit import Play
from examples import some
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.desk.decide import Wanted, with_rulings
from yellowgate.desk.entry import Entry, understand, understand_all
from yellowgate.official import Moment


@pytest.fixture(scope="module")
def moment() -> Moment:
    """Ada: loop 1, out on loop 2. Bram in camp. Müller and the Smiths on loop 1. A press."""
    play = Play().touch(1, "9:37:11", "9:52:34").touch(2, "10:05:00").press("10:12:00")
    return play.at("14:00:00")


def ruled(entry: Entry) -> list[tuple[str, dict[str, object]]]:
    assert not entry.problems, entry.problems
    return [(row.kind, dict(row.data)) for row in entry.wanted]


ADA, BRAM, JUERGEN = "Ada Ashdown", "Bram Birch", "Jürgen Müller"
ALL = {"have": 13, "of": 13}
CLEAR = [
    ("1 all", "pages", {"runner": ADA, "loop": 1, **ALL}),
    ("ashdown full", "pages", {"runner": ADA, "loop": 1, **ALL}),
    ("1 12/13", "pages", {"runner": ADA, "loop": 1, "have": 12, "of": 13}),
    ("1 12", "pages", {"runner": ADA, "loop": 1, "have": 12, "of": 13}),
    ("2 out rtc", "dropout", {"runner": BRAM, "reason": "refused to continue"}),
    ("2 out missed", "dropout", {"runner": BRAM, "reason": "missed cutoff"}),
    (
        "2 out rtc 10:20:00 camp",
        "dropout",
        {"runner": BRAM, "reason": "refused to continue", "at_s": 37_200, "place": "camp"},
    ),
    ("3 dns", "dropout", {"runner": JUERGEN, "reason": "did not start"}),
    ("1 9:37:15", "paper", {"runner": ADA, "loop": 1, "in_s": 34_635}),
    ("1 9:52:30", "paper", {"runner": ADA, "loop": 2, "out_s": 35_550}),
    ("mull in 11:03:07", "paper", {"runner": JUERGEN, "loop": 1, "in_s": 39_787}),
    ("2 out 10:21:00", "paper", {"runner": BRAM, "loop": 2, "out_s": 37_260}),
    ("2 10:21:00", "paper", {"runner": BRAM, "loop": 2, "out_s": 37_260}),
    ("3 in 11:03:07 wins", "paper", {"runner": JUERGEN, "loop": 1, "in_s": 39_787, "wins": True}),
    ("3 seen 11:00:00 prison", "sighting", {"runner": JUERGEN, "at_s": 39_600, "place": "prison"}),
    ("3 back 12:00:00", "return", {"runner": JUERGEN, "at_s": 43_200}),
    ("1 void loop 1", "void", {"runner": ADA, "loop": 1}),
    ("1 bib 201 loop 3", "bib", {"runner": ADA, "loop": 3, "bib": "201"}),
    ("1 ccw", "direction", {"runner": ADA, "loop": 2, "direction": "counter-clockwise"}),
    ("3 tag 04 AA BB CC", "tag", {"runner": JUERGEN, "tag": "04aabbcc"}),
]


@pytest.mark.parametrize(("line", "kind", "data"), CLEAR)
def test_a_line_is_one_ruling(
    moment: Moment, line: str, kind: str, data: dict[str, object]
) -> None:
    assert ruled(understand(line, moment)) == [(kind, data)]


def test_a_time_of_the_camps_clock(moment: Moment) -> None:
    """It is 01:37 in camp; 00:40 is 13:03 of the race, and nothing but that has been."""
    entry = understand("3 in today 00:40", moment)
    ((kind, data),) = ruled(entry)
    assert kind == "paper" and set(data) == {"runner", "loop", "in_at"}
    assert "13:02:59 of the race (Wed 00:40:00 by the clock)" in entry.compare


def test_what_may_be_of_the_race_or_of_day_is_asked(moment: Moment) -> None:
    entry = understand("3 seen 0:40", moment)
    assert not entry.is_clear
    meant = [ruled(understand(choice.line, moment)) for choice in entry.choices]
    assert [sorted(row[0][1]) for row in meant] == [["at_s", "runner"], ["at", "runner"]]


def test_a_press_is_named_by_its_number(moment: Moment) -> None:
    touch = moment.log.unassigned[0].evidence[0]
    entry = understand(f"{touch.seq} 3", moment)
    data = {"log_id": touch.log_id, "seq": touch.seq, "runner": JUERGEN}
    assert ruled(entry) == [("assign", data)]


def test_a_number_that_is_a_press_and_a_bib_is_asked() -> None:
    play = Play().touch(1, "9:37:11").press("9:50:00")
    number = play.number("9:50:00")
    play.roster[0] = play.roster[0].__class__(
        "Ada Ashdown", "F", play.roster[0].tag, {0: str(number)}
    )
    entry = understand(f"{number} 2", play.at("10:00:00"))
    assert not entry.is_clear and len(entry.choices) == 2
    kinds = [understand(row.line, play.at("10:00:00")).kind for row in entry.choices]
    assert sorted(kinds) == ["assign", "pages"]


def test_several_runners_at_once(moment: Moment) -> None:
    entry = understand("3, 4,5 out lost camp", moment)
    assert [data["runner"] for _, data in ruled(entry)] == [JUERGEN, "Peter Smith", "Paul Smith"]


def test_a_reason_stands_behind_two_dashes(moment: Moment) -> None:
    (wanted,) = understand("1 all -- counted twice", moment).wanted
    assert wanted == Wanted("pages", {"runner": ADA, "loop": 1, **ALL}, "counted twice")


WRONG = [
    ("", "empty"),
    ("99 all", "nobody has the name, bib or tag '99'"),
    ("smith all", "2 runners may be meant by 'smith': Peter Smith, Paul Smith"),
    ("3 all", "is still out on loop 1"),
    ("1 all loop 2", "has not ended loop 2"),
    ("1 14/13", "14 of 13 pages is more than there are"),
    ("1 25:00:00", "11:00:00 ahead of now"),
    ("1 in yesterday 07:00", "before the start"),
    ("3 in 1:00:00", "can be an arrival of none"),
    ("3 in 11:00:00 loop 4", "can be an arrival of loop 4 of none"),
    ("2 out because", "'because' is none of the usual reasons: rtc"),
    ("2 out", "write why"),
    ("2 in", "at what time?"),
    ("2 in 11:77", "is not a time"),
    ("2 hop", "'hop' was not understood"),
    ("2 all sorts", "'sorts' was not understood"),
    ("all", "nobody has the name"),
    ("<b>1</b> all", "nobody has the name"),
    ("x" * 400, "400 letters are no line"),
    ("undo zz", "no ruling begins with 'zz'"),
    ("1,1 out rtc", "one runner is there twice"),
    ("3,99 out rtc", "tag '99'"),
]


@pytest.mark.parametrize(("line", "words"), WRONG)
def test_what_cannot_be_kept_says_why(moment: Moment, line: str, words: str) -> None:
    entry = understand(line, moment)
    assert not entry.is_clear
    assert words in " / ".join(entry.problems), entry.problems
    assert all("\n" not in text for text in entry.problems)


def test_the_same_paste_twice_changes_nothing(moment: Moment) -> None:
    """Also lines that stand on each other: in at 11:03:07, then out, both of the paste."""
    text = "3 in 11:03:07\n3 out 11:20:00\n\n1 9:37:15\n"
    first = understand_all(text, moment, "Ann")
    assert [row.problems for row in first] == [(), (), ()]
    assert [row.wanted[0].data["loop"] for row in first] == [1, 2, 1]
    then = with_rulings(moment, [one for row in first for one in row.wanted], "Ann")
    second = understand_all(text, then, "Ann")
    assert all(row.already and row.is_clear for row in second)


def test_lines_that_contradict_each_other_are_both_refused(moment: Moment) -> None:
    entries = understand_all("3 in 11:03:07\n2 all\n3 in 11:05:00", moment)
    assert [bool(row.problems) for row in entries] == [True, False, True]
    assert "line 3" in entries[0].problems[0] and "line 1" in entries[2].problems[0]


def test_a_huge_paste_is_one_line_of_answer(moment: Moment) -> None:
    (entry,) = understand_all("17 all\n" * 1_500_000, moment)
    assert "10.5 million letters" in entry.problems[0]
    (entry,) = understand_all("17 all\n" * 10_001, moment)
    assert "10001 lines" in entry.problems[0]


TYPED = (
    "1 2 3 99 smith Ada all 12/13 13 in out back seen rtc 9:37:11 11:03:07 0:40 25:99 now clock "
    "race today 3:21 am loop l2 void grace tag bib dns -- , press undo find 350m cw"
)
WORDS = st.sampled_from(TYPED.split())


@some(300)
@given(line=st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=7).map(" ".join)))
def test_any_line_is_an_entry_or_a_clear_problem(moment: Moment, line: str) -> None:
    entry = understand(line, moment, "Ann")
    assert entry.problems or entry.wanted or entry.kind in ("find", "undo")
    assert all(text and "\n" not in text for text in entry.problems)
    if entry.is_clear:
        once = with_rulings(moment, entry.wanted, "Ann")
        assert understand_all(f"{line}\n", once, "Ann")[0].runner in (entry.runner, "")


NAMES = [(name, at) for at, name in enumerate(Play.NAMES, 1)]
SAID = ("all", "out rtc", "back", "seen 13:00:00 prison", "in 11:03:07", "9:37:11", "void loop 1")


@some(150)
@given(who=st.sampled_from(NAMES), said=st.sampled_from(SAID), data=st.data())
def test_a_line_is_of_the_runner_who_was_named_or_of_nobody(
    moment: Moment, who: tuple[str, int], said: str, data: st.DataObject
) -> None:
    """However the runner is called: what is kept is never another's."""
    name, bib = who
    plain = name.replace("ü", "u")
    parts = [name, plain, name.upper(), name.split()[0], name.split()[1], str(bib), f"0{bib}"]
    cut = data.draw(st.integers(2, len(name)))
    text = data.draw(st.sampled_from([*parts, name[:cut], plain[-cut:]]))
    entry = understand(f"{text} {said}", moment)
    assert entry.runner == name or entry.problems or entry.kind == "find"
    assert all(row.data.get("runner", name) == name for row in entry.wanted)
