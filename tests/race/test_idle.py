"""Rulings that mean nothing in this race, and what has become of the others."""

import pytest
from racekit import START_US, RaceKit
from yellowgate.race.checks.idle_rulings import idle_rulings
from yellowgate.rulings.decisions import evaluate, undone
from yellowgate.rulings.kinds import make


def idle(race: RaceKit, at: float) -> list[str]:
    """What is said of the rulings so many seconds after the start."""
    now_us = START_US + round(at * 1e6)
    decisions = evaluate(race.rulings, now_us, (runner.name for runner in race.roster))
    found = idle_rulings(race.race, race.roster, decisions, START_US, now_us)
    assert all(row.level == "look" and row.rulings for row in found)
    return [row.text for row in found]


@pytest.mark.parametrize(
    ("preset", "kinds"),
    [
        ("barkley", {"partial"}),
        ("backyard", {"pages", "direction", "partial", "conch", "grace pages"}),
        ("laps", {"pages", "direction", "conch", "grace pages", "grace start"}),
        ("point-to-point", {"pages", "direction", "partial", "conch", "grace pages"}),
    ],
)
def test_what_a_preset_never_asks_for_is_shown(preset: str, kinds: set[str]) -> None:
    rules = '[[rules.checkpoint]]\nplace = "Finish"' if preset == "point-to-point" else ""
    race = RaceKit(preset, rules)
    race.runners("Ann")
    race.rule("pages", 1, runner="Ann", loop=1, have=13, of=13)
    race.rule("direction", 2, runner="Ann", loop=1, right=True)
    race.rule("partial", 3, runner="Ann", distance_m=400)
    race.rule("conch", 4, at=START_US - 3_600_000_000)
    for number, what in enumerate(("cutoff", "start", "pages"), 5):
        race.rule("grace", number, runner="Ann", loop=1, for_=what)
    race.rule("void", 8, runner="Ann", loop=1)
    found = idle(race, 100)
    assert len(found) == len(kinds)
    assert all(f"preset {preset}" in text for text in found)


def test_moments_that_are_not_in_the_race() -> None:
    race = RaceKit("barkley", "pages = 0")
    race.runners("Ann")
    race.rule("dropout", 1, runner="Ann", reason="did not start", at_s=-60)
    race.rule("return", 2, runner="Ann", at_s=9_000)
    race.rule("tag", 3, runner="Ann", tag="0badc0de", at=START_US - 10)
    assert idle(race, 10_000) == []
    (text,) = idle(race, 8_999)
    assert text == "Ann is back at 2:30:00: that is 0:00:01 ahead: it does not count before"
    race.rule("sighting", 4, runner="Ann", at_s=-3_600, text="at breakfast")
    race.rule("paper", 5, runner="Ann", loop=1, in_s=360_000)
    race.rule("paper", 6, runner="Ann", loop=1, out_s=60)
    found = idle(race, 10_000)
    assert [text.rsplit(": ", 1)[1] for text in found] == [
        "that is 1:00:00 before the start",
        "it does not count before",
        "its out is not used",
    ]


def test_a_loop_or_a_number_of_pages_that_the_race_has_not() -> None:
    race = RaceKit("barkley")
    race.runners("Ann", "Bob")
    race.rule("grace", 1, runner="Ann", loop=6)
    race.rule("pages", 2, runner="Ann", loop=1, have=12, of=12)
    race.rule("bib", 3, runner="Ann", loop=2, bib="102")
    assert idle(race, 100) == [
        "Ann, loop 6: grace for the cutoff: the race has 5 loops",
        "Ann, loop 1: 12 of 12 pages: race.toml says 13 pages",
        "bib 102 of loop 2 is worn by Ann, Bob, since a ruling changed it",
    ]
    race.rule("bib", 4, runner="Bob", loop=2, bib="101")
    assert len(idle(race, 100)) == 2


def test_an_undo_may_be_taken_back_whatever_the_clocks_of_the_laptops_said() -> None:
    first = make("conch", {"at": 1}, "laz", "", 100)
    undo = make("undo", {"ruling": first.id}, "laz", "", 300)
    again = make("undo", {"ruling": first.id}, "carl", "", 250)
    undo_undo = make("undo", {"ruling": undo.id}, "carl", "", 200)
    assert undone([undo]) == {first.id: undo}
    for rows in ([undo, undo_undo], [undo_undo, undo]):
        assert undone(rows) == {undo.id: undo_undo}
    assert undone([undo, undo_undo, again])[first.id] == again
