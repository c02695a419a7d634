"""Rulings that mean nothing in this race, and what has become of the others."""

import dataclasses

import pytest
from racekit import START_US, RaceKit
from yellowgate.event import race_toml
from yellowgate.race.checks.idle_rulings import idle_rulings, last_us, long_after
from yellowgate.rulings.decisions import undone
from yellowgate.rulings.kinds import make
from yellowgate.times import US, iso


def idle(race: RaceKit, at: float) -> list[str]:
    """What is said of the rulings so many seconds after the start."""
    found = idle_rulings(race.race, race.roster, race.decisions(at), race.log(at))
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
    race.tag("Ann", "9:00:00")
    found = idle(race, 40_000)
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


def test_moments_when_all_was_long_over() -> None:
    race = RaceKit("barkley")
    race.runners("Ann", "Bob")
    race.tag("Ann", "9:00:00")
    late = race.rule("return", "90:00:00", runner="Bob", at_s=30 * 3600)
    early = race.rule("return", "90:00:00", runner="Bob", at_s=20 * 3600)
    log = race.log("90:00:00")
    assert long_after(race.race, early, log) == ""
    assert long_after(race.race, late, log) == (
        "that is 21:00:00 after the newest record that is here"
    )
    assert last_us(race.race, log) == START_US + 21 * 3600 * US
    race.tag("Ann", "85:00:00")
    very_late = race.rule("return", "90:00:00", runner="Bob", at_s=80 * 3600)
    log = race.log("90:00:00")
    assert long_after(race.race, very_late, log) == "that is 20:00:00 after the end of the race"
    assert last_us(race.race, race.log("1:00:00")) == START_US + 3600 * US


def test_a_loop_or_a_number_of_pages_that_the_race_has_not() -> None:
    race = RaceKit("barkley")
    race.runners("Ann", "Bob")
    race.rule("grace", 1, runner="Ann", loop=6)
    race.tag("Ann", "9:00:00")
    race.rule("pages", 3, runner="Ann", loop=1, have=12, of=12)
    race.rule("bib", 3, runner="Ann", loop=2, bib="102")
    assert idle(race, 40_000) == [
        "Ann, loop 6: grace for the cutoff: the race has 5 loops",
        "Ann, loop 1: 12 of 12 pages: race.toml says 13 pages",
        "bib 102 of loop 2 is worn by Ann, Bob, since a ruling changed it",
    ]
    race.rule("bib", 4, runner="Bob", loop=2, bib="101")
    assert len(idle(race, 40_000)) == 2


def test_pages_of_a_loop_that_the_runner_has_not_ended() -> None:
    race = RaceKit("barkley")
    race.runners("Ann", "Bob")
    race.tag("Ann", "9:00:00", "9:30:00")
    early = race.pages("Ann", 2, "9:40:00")
    said = "Ann has not ended loop 2: it would count for whatever comes"
    assert [text.rsplit(": ", 2)[1:] for text in idle(race, 9.7 * 3600)] == [said.split(": ")]
    race.tag("Ann", "20:00:00")
    assert early.id in {row.id for loop in race.line("Ann").loops for row in loop.rulings}


def test_pages_of_who_was_sent_back_were_judged() -> None:
    race = RaceKit("barkley")
    race.runners("Ann")
    race.tag("Ann", "9:00:00", "9:20:00")
    race.pages("Ann", 1, "9:05:00", 12)
    assert idle(race, 9.5 * 3600) == []


def test_the_runners_own_race_says_what_a_ruling_means() -> None:
    text = """
[race]
name = "Day"
preset = "laps"
[[wave]]
name = "B"
start_after_s = "1:00:00"
[[event]]
name = "Classic"
preset = "barkley"
start = 2025-03-13T04:33:20Z
"""
    race = RaceKit("laps")
    race.race = race_toml.parse(text)
    race.runners("Ann", "Bob", "Cid")
    race.roster = [
        dataclasses.replace(race.roster[0], wave="B"),
        dataclasses.replace(race.roster[1], event="Classic"),
        race.roster[2],
    ]
    classic = race.race.of_event("Classic")
    for name in ("Ann", "Bob", "Cid"):
        race.rule("grace", 1, runner=name, loop=6)
        race.rule("partial", 2, runner=name, distance_m=400)
        race.rule("return", 3, runner=name, at_s=4_000)
    race.rule("start", 5, at=START_US, wave="X")
    race.rule("start", 6, at=START_US, event="Classic", wave="B")
    race.rule("start", 7, at=START_US, event="Clasic")
    assert idle(race, 7_000) == [
        "Ann is back at 1:06:40: that is 0:10:00 ahead: it does not count before",
        f"the start of wave X was at {iso(START_US)}: race.toml has no wave 'X' (known: B)",
        f"the start of event Clasic was at {iso(START_US)}: "
        "race.toml has no event 'Clasic': did you mean 'Classic'?",
    ]
    race.race = classic
    assert idle(race, 7_000) == [
        "Bob, loop 6: grace for the cutoff: the race has 5 loops",
        "Bob: 400 m of the last lap: means nothing in a race of the preset barkley",
        "Bob is back at 1:06:40: that is 0:10:00 ahead: it does not count before",
        f"the start of event Classic, wave B was at {iso(START_US)}: "
        "race.toml has no wave 'B' (known: none)",
    ]


def test_an_undo_may_be_taken_back_whatever_the_clocks_of_the_laptops_said() -> None:
    first = make("conch", {"at": 1}, "laz", "", 100)
    undo = make("undo", {"ruling": first.id}, "laz", "", 300)
    again = make("undo", {"ruling": first.id}, "carl", "", 250)
    undo_undo = make("undo", {"ruling": undo.id}, "carl", "", 200)
    assert undone([undo]) == {first.id: undo}
    for rows in ([undo, undo_undo], [undo_undo, undo]):
        assert undone(rows) == {undo.id: undo_undo}
    assert undone([undo, undo_undo, again])[first.id] == again
