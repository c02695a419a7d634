"""Rulings: what can be said, what stands, and what is only shown."""

from pathlib import Path

import pytest
import racekit
from gate_wire import kinds
from racekit import RaceKit, last, line, problems
from yellowgate.cli.main import run
from yellowgate.model import Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import US


def kit(*names: str) -> RaceKit:
    made = RaceKit("barkley", "pages = 0")
    made.runners(*(names or ("Ann",)))
    return made


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("drop", {}, "did you mean 'dropout'"),
        ("void", {}, "record=LOG:NUMBER or runner=WHO and loop=NUMBER"),
        ("pages", {"runner": "Ann", "loop": 1, "have": 14, "of": 13}, "more than there are"),
        ("pages", {"runner": "Ann", "lop": 1, "have": 1, "of": 13}, "did you mean 'loop'"),
        ("return", {"runner": "Ann"}, "at=TIME is missing"),
        ("sighting", {"runner": "Ann", "at": 1, "at_s": 2}, "at= is there twice"),
        ("assign", {"log_id": "a1" * 8, "runner": "Ann"}, "record=LOG:NUMBER is missing"),
        ("assign", {"log_id": "xyz", "seq": 1, "runner": "Ann"}, "is not a log id"),
        ("grace", {"runner": "Ann", "loop": 0}, "loop 0 is not a loop number"),
        ("paper", {"runner": "Ann", "loop": 1}, "needs in=TIME or out="),
        ("start", {"at": "noon"}, "is not UTC microseconds"),
    ],
)
def test_what_cannot_be_ruled(kind: str, data: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        ruling_kinds.make(kind, data, "laz", "", 0)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_kind_has_words() -> None:
    for kind in ruling_kinds.KINDS:
        assert kind in ruling_kinds.words(kind, {}) or ruling_kinds.words(kind, {})


def test_a_press_is_nobodys_until_it_is_assigned() -> None:
    race = kit("Ann", "Bob")
    race.tag("Bob", "9:00:00")
    press = race.press("10:07:02")
    log = race.log("10:10:00")
    assert [(row.name, row.loop, row.use) for row in log.unassigned[0].proposals] == [
        ("Ann", 1, "in"),
        ("Bob", 2, "out"),
    ]
    race.rule("assign", "10:11:00", log_id=press.log_id, seq=press.seq, runner="Ann")
    log = race.log("10:12:00")
    assert log.unassigned == ()
    loop = last(line(log, "Ann"))
    assert (loop.elapsed, loop.rulings[0].kind) == ("10:07:02", "assign")


def test_a_press_beside_its_tag_is_one_touch_but_not_beside_two() -> None:
    race = kit("Ann", "Bob")
    race.press("9:00:00")
    race.tag("Ann", "9:00:01")
    log = race.log("9:10:00")
    assert (log.unassigned, last(line(log, "Ann")).elapsed) == ((), "9:00:00")
    race.tag("Bob", "9:00:01.5")
    log = race.log("9:10:00")
    assert len(log.unassigned) == 1
    assert last(line(log, "Ann")).elapsed == "9:00:01"
    assert "tag was read" in log.unassigned[0].proposals[0].why


def test_an_unknown_tag_is_assigned_with_its_repetitions() -> None:
    race = kit()
    seen = race.see(kinds.TAG, "9:00:00", bytes.fromhex("0badc0de"))
    race.see(kinds.TAG, "9:00:10", bytes.fromhex("0badc0de"))
    log = race.log("9:10:00")
    assert (log.unassigned[0].uid, len(log.unassigned[0].evidence)) == ("0badc0de", 2)
    race.rule("assign", "9:11:00", log_id=seen.log_id, seq=seen.seq, runner="Ann")
    log = race.log("9:12:00")
    assert log.unassigned == ()
    assert len(last(line(log, "Ann")).evidence) == 2


def test_tag_handover() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "9:00:00", "30:00:00")
    race.rule(
        "tag", "10:00:00", runner="Bob", tag=racekit.uid("Ann"), at=racekit.START_US + 10**10 * 4
    )
    log = race.log("31:00:00")
    assert line(log, "Ann").loops_counted == 1
    assert line(log, "Bob").loops[0].elapsed == "30:00:00"


def test_void_and_undo() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    seen = race.timed[-1].observation
    ruling = race.rule("void", "9:10:00", log_id=seen.log_id, seq=seen.seq)
    log = race.log("9:20:00")
    assert last(line(log, "Ann")).in_us is None
    assert log.set_aside[0].why.startswith("void: laz")
    undo = race.rule("undo", "9:30:00", ruling=ruling.id)
    assert last(race.line("Ann", "9:40:00")).elapsed == "9:00:00"
    race.rule("undo", "9:50:00", ruling=undo.id)
    assert last(race.line("Ann", "10:00:00")).in_us is None


def test_as_of_sees_only_what_was_there() -> None:
    race = kit()
    race.tag("Ann", "9:00:00")
    race.rule("void", "9:10:00", runner="Ann", loop=1)
    assert last(race.line("Ann", "8:59:59")).in_us is None
    assert last(race.line("Ann", "9:09:59")).verdict == "counted"
    assert last(race.line("Ann", "9:10:00")).verdict == "void"


def test_contradiction_decides_nothing_until_one_is_taken_back() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "9:00:00")
    race.pages("Ann", 1, "9:05:00", have=12, by="laz")
    mine = race.pages("Ann", 1, "9:06:00", have=13, by="carl")
    log = race.log("9:10:00")
    assert last(line(log, "Ann")).verdict == "provisional"
    assert len(problems(log, "contradiction")[0].rulings) == 2
    race.rule("undo", "9:11:00", ruling=mine.id, by="carl")
    log = race.log("9:12:00")
    assert last(line(log, "Ann")).verdict == "pages missing"
    assert not problems(log, "contradiction")


def test_who_corrects_himself_does_not_contradict() -> None:
    race = RaceKit()
    race.runners("Ann")
    race.tag("Ann", "9:00:00")
    race.pages("Ann", 1, "9:05:00", have=12)
    race.pages("Ann", 1, "9:06:00", have=13)
    race.pages("Ann", 1, "9:07:00", have=13, by="carl")
    log = race.log("9:10:00")
    assert last(line(log, "Ann")).verdict == "counted"
    assert not problems(log, "contradiction")


def test_two_starts_by_two_persons_leave_it_where_it_was() -> None:
    race = kit()
    race.rule("start", 10, at=racekit.START_US + 1_000_000)
    race.rule("start", 11, by="carl", at=racekit.START_US + 2_000_000)
    log = race.log("1:00:00")
    assert (log.start_us, log.start_by) == (racekit.START_US, "station")
    assert problems(log, "contradiction")


def test_different_reasons_agree_that_he_is_out() -> None:
    race = kit()
    race.rule("dropout", "9:00:00", runner="Ann", reason="lost")
    race.rule("dropout", "9:01:00", by="carl", runner="Ann", reason="injured")
    ann = race.line("Ann", "9:10:00")
    assert (ann.status, ann.reason) == ("out", "undecided: lost or injured")


def test_rulings_that_point_nowhere() -> None:
    race = kit()
    race.rule("void", 1, log_id="a1" * 8, seq=999)
    race.rule("pages", 2, runner="Zoe", loop=1, have=1, of=1)
    race.rule("undo", 3, ruling="0" * 12)
    race.rule("pages", 4, runner="Ann", loop=4, have=13, of=13)
    assert len(problems(race.log("1:00:00"), "ruling points nowhere")) == 4


def test_a_tag_on_two_runners_is_nobodys() -> None:
    race = kit("Ann", "Bob")
    race.roster[1] = Runner("Bob", "M", racekit.uid("Ann"), {0: "101"})
    race.tag("Ann", "9:00:00")
    log = race.log("9:10:00")
    assert len(log.unassigned) == 1
    assert {text for row in problems(log, "double-booked") for text in [row.text.split()[0]]} == {
        "tag", "bib",
    }  # fmt: skip


def test_a_tag_that_is_given_away_for_all_the_race_is_shown() -> None:
    race = kit("Ann", "Bob")
    race.tag("Ann", "9:00:00")
    race.rule("tag", 1, runner="Bob", tag=racekit.uid("Ann"))
    log = race.log("9:10:00")
    (moved,) = problems(log, "tag moved")
    assert moved.text.endswith("Ann was ruled to be worn by Bob, and no moment was given: "
                               "all its reads are those of Bob")  # fmt: skip
    assert [len(line(log, name).loops[0].evidence) for name in ("Ann", "Bob")] == [0, 1]
    later = kit("Ann", "Bob")
    later.rule("tag", 1, runner="Bob", tag=racekit.uid("Ann"), at=racekit.START_US + 10**10)
    later.rule("tag", 1, runner="Bob", tag=racekit.uid("Zoe"))
    assert not problems(later.log("9:10:00"), "tag moved")


def test_what_is_typed_wrongly_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(tmp_path / "race")]) == 0
    (tmp_path / "race" / "roster.csv").write_text("name,gender,tag,bib\nAnn,F,04a1b2c3d4e5f6,1\n")
    where = ["--race", str(tmp_path / "race"), "--by", "laz"]
    for code, words, said in (
        (2, ["pages", "runner=Ann", "loop=x", "pages=1/13"], "loop: 'x' is not a number"),
        (2, ["pages", "runner=Ann", "loop=1", "pages=13"], "pages: '13': write 12/13"),
        (2, ["direction", "runner=Ann", "loop=1", "right=ja"], "right: 'ja': write yes or no"),
        (2, ["clock", "reference=laptop"], "reference: 'laptop' is not eight hex digits"),
        (1, ["pages", "runner=Zoe", "loop=1", "pages=1/13"], "nobody has the name, bib or tag"),
    ):
        capsys.readouterr()
        assert run(["ruling", "add", *words, *where]) == code
        shown = capsys.readouterr()
        assert said in shown.err and shown.err.count("\n") == 1 and not shown.out
    assert run(["ruling", "add", "clock", "reference=0000beef", *where]) == 0
    assert "reference clock 0000beef is right (laz)" in capsys.readouterr().out
    assert run(["verify", "--race", str(tmp_path / "race")]) == 1
    assert "0000beef is right, but no station met that" in capsys.readouterr().out


@pytest.mark.parametrize("preset", ["barkley", "backyard", "laps"])
def test_a_non_starter_who_touched_keeps_his_evidence(preset: str) -> None:
    race = RaceKit(preset)
    race.runners("Ann", "Bob")
    race.tag("Ann", "0:50:00", "9:00:00")
    race.rule("dropout", "10:00:00", runner="Ann", reason="DNS")
    log = race.log("11:00:00")
    ann = line(log, "Ann")
    assert (ann.status, ann.place) == ("not started", None)
    assert any(loop.evidence for loop in ann.loops)
    assert problems(log, "did not start")


def test_void_and_grace_of_different_persons_decide_nothing() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners("Ann", "Bob")
    race.tag("Ann", "13:22:00")
    race.tag("Bob", "9:00:00")
    race.rule("grace", "13:23:00", runner="Ann", loop=1)
    race.rule("void", "13:24:00", "carl", runner="Ann", loop=1)
    race.rule("grace", "13:23:00", runner="Bob", loop=1)
    race.rule("void", "13:24:00", "carl", runner="Bob", loop=1)
    log = race.log("14:00:00")
    assert [line(log, name).loops[0].verdict for name in ("Ann", "Bob")] == [
        "over cutoff", "counted",
    ]  # fmt: skip
    assert len(problems(log, "contradiction")) == 2
    race.rule("void", "13:25:00", runner="Ann", loop=1)
    assert line(race.log("14:00:00"), "Ann").loops[0].verdict == "void"
    assert len(problems(race.log("14:00:00"), "contradiction")) == 1


def test_a_ruled_departure_and_a_paper_time_that_wins_are_compared() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners("Ann")
    race.tag("Ann", "9:00:00")
    race.rule("departure", "10:00:00", runner="Ann", loop=2, at_s=33_000)
    race.rule("paper", "10:00:00", "carl", runner="Ann", loop=2, out_s=34_000, wins=True)
    log = race.log("10:30:00")
    assert line(log, "Ann").loops[1].out_us == 33_000 * US
    assert problems(log, "paper differs")[0].level == "decide"


def test_what_is_dated_ahead_counts_when_its_moment_has_come() -> None:
    race = kit("Ann", "Bob", "Cid")
    race.rule("dropout", "5:00:00", runner="Ann", reason="lost")
    race.rule("return", "5:01:00", runner="Ann", at_s=300 * 3600)
    race.rule("sighting", "5:01:00", runner="Ann", at_s=300 * 3600)
    race.rule("dropout", "5:00:00", runner="Bob", reason="lost", at_s=7 * 3600)
    log = race.log("6:00:00")
    ann, bob = line(log, "Ann"), line(log, "Bob")
    assert (ann.accounted, ann.returned_us, ann.sightings) == (False, None, ())
    assert bob.status == "on course"
    assert race.line("Bob", "7:00:00").status == "out"


def test_two_moments_of_one_dropout_are_a_contradiction() -> None:
    race = kit()
    race.rule("dropout", "11:00:00", runner="Ann", reason="lost", at_s=9.5 * 3600)
    race.rule("dropout", "11:00:00", "carl", runner="Ann", reason="lost", at_s=10.5 * 3600)
    assert problems(race.log("12:00:00"), "contradiction")


def with_press() -> RaceKit:
    """Seven on loop 1; a press at 10:41:53; of four the own tag was read later."""
    race = RaceKit("barkley", "pages = 0")
    race.runners("Albert", "Andrea", "Andrew", "Bob", "Hill", "King", "Müller")
    race.press("10:41:53")
    for minute, name in enumerate(("Albert", "Andrea", "Andrew", "Bob")):
        race.tag(name, f"12:{minute + 10}:00")
    return race


def test_proposals_begin_with_those_who_have_no_arrival_of_their_own() -> None:
    found = with_press().log("14:00:00").unassigned[0].proposals
    assert [(who.name, who.rank) for who in found[:3]] == [("Hill", 1), ("King", 1), ("Müller", 1)]
    assert all(who.rank > 1 and "but in at 12:" in who.why for who in found[3:])


def test_an_equally_good_proposal_is_never_cut() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners(*(f"R{number}" for number in range(12)))
    race.press("9:00:00")
    found = race.log("9:30:00").unassigned[0].proposals
    assert len(found) == 12 and {who.rank for who in found} == {1}


def test_the_pace_of_the_loops_before_says_who_is_due() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners("Fast", "Slow")
    race.tag("Fast", "8:00:00", "8:15:00")
    race.tag("Slow", "13:00:00", "13:10:00")
    race.press("21:40:00")  # 13:25 after Fast left, 8:30 after Slow did
    found = race.log("22:00:00").unassigned[0].proposals
    assert [(who.name, who.rank) for who in found] == [("Fast", 1), ("Slow", 2)]
