"""Rules that real races have: classes, waves, several races at once, ties, the gun."""

import dataclasses

import pytest
from racekit import START_US, RaceKit, line, problems, verdicts
from yellowgate.event import race_toml, roster, runner_list
from yellowgate.event.age import age_group
from yellowgate.event.table_file import csv_rows
from yellowgate.event.table_rows import Table
from yellowgate.times import US

LAPS = 'duration_s = "6:00:00"\nlap_km = 5\nshortest_lap_s = "0:10:00"'


def of_text(kit: RaceKit, more: str, rules: str = LAPS, preset: str = "laps") -> None:
    """Give the race further sections; more: [race] keys first, then tables."""
    keys, _, tables = more.partition("\n[[")
    head = f'[race]\nname = "test"\npreset = "{preset}"\n{keys}\n[rules]\n{rules}\n'
    kit.race = race_toml.parse(head + (f"[[{tables}" if tables else ""))


def give(kit: RaceKit, name: str, **fields: object) -> None:
    """Change a runner's line of the roster."""
    kit.roster = [
        dataclasses.replace(row, **fields) if row.name == name else row for row in kit.roster
    ]


def test_a_first_lap_of_another_length() -> None:
    kit = RaceKit("laps", LAPS + "\nfirst_lap_km = 2.195")
    kit.runners("Ann", "Bob")
    kit.tag("Ann", "0:30:00", "1:30:00", "2:30:00")
    kit.rule("void", "5:00:00", runner="Bob", loop=1)
    kit.tag("Bob", "0:30:00", "1:30:00")
    assert kit.line("Ann").result == "12.195 km"
    assert kit.line("Bob").result == "5.000 km"


def test_the_gun_stops_or_lets_the_lap_be_finished() -> None:
    times = ("1:00:00", "5:59:00", "6:50:00", "7:20:00")
    stop = RaceKit("laps", LAPS)
    whenever = RaceKit("laps", LAPS + '\nat_the_gun = "finish the lap"')
    half_an_hour = RaceKit(
        "laps", LAPS + '\nat_the_gun = "finish the lap"\nfinish_lap_s = "0:30:00"'
    )
    for kit in (stop, whenever, half_an_hour):
        kit.runners("Ann")
        kit.tag("Ann", *times, bound_us=0)
    assert verdicts(stop.line("Ann")) == ["counted"] * 2 + ["over cutoff"] * 2
    assert verdicts(whenever.line("Ann")) == ["counted"] * 3 + ["over cutoff"]
    assert verdicts(half_an_hour.line("Ann")) == ["counted"] * 2 + ["over cutoff"] * 2
    assert half_an_hour.line("Ann", "6:10:00").status == "on course"
    assert half_an_hour.line("Ann", "6:31:00").status == "finished"
    assert whenever.line("Ann", "6:51:00").status == "finished"
    assert stop.line("Ann", "6:00:01").status == "finished"


def test_ties_are_shared_or_by_time() -> None:
    for ties, places in (("by time", [1, 2]), ("shared", [1, 1])):
        kit = RaceKit("laps", f'{LAPS}\nties = "{ties}"')
        kit.runners("Ann", "Bob")
        kit.tag("Ann", "1:00:00", bound_us=0)
        kit.tag("Bob", "1:10:00", bound_us=0)
        assert [row.place for row in kit.log("7:00:00").runners] == places
        way = '[[rules.checkpoint]]\nplace = "gate"'
        kit = RaceKit("point-to-point", f'ties = "{ties}"\n{way}')
        kit.runners("Ann", "Bob")
        kit.tag("Ann", 3600.25, bound_us=0)
        kit.tag("Bob", 3600.75, bound_us=0)
        assert [row.place for row in kit.log("7:00:00").runners] == places


def test_classes_rank_among_themselves() -> None:
    kit = RaceKit("laps", LAPS)
    of_text(kit, 'classes = ["team"]\nage_groups = [20, 35]')
    kit.runners("Ann", "Bob", "Cid", "Dot")
    for number, name in enumerate(("Ann", "Bob", "Cid", "Dot")):
        kit.tag(name, f"1:0{number}:00", bound_us=0)
    give(kit, "Ann", classes={"team": "Red"}, birthdate="1985-05-01")
    give(kit, "Bob", classes={"team": "Blue"}, birthdate="2006-03-14")
    give(kit, "Cid", classes={"team": "Red"}, birthdate="1950-01-01")
    give(kit, "Dot", birthdate="1999-01-01")
    found = {
        row.name: [(one.name, one.value, one.place) for one in row.classes]
        for row in kit.log("7:00:00").runners
    }
    assert found == {
        "Ann": [("team", "Red", 1), ("age group", "35+", 1)],
        "Bob": [("team", "Blue", 1), ("age group", "under 20", 1)],
        "Cid": [("team", "Red", 2), ("age group", "35+", 2)],
        "Dot": [("age group", "20-34", 1)],
    }


def test_an_age_group_changes_on_the_birthday() -> None:
    assert age_group("2005-03-18", "2025-03-17", [20]) == "under 20"
    assert age_group("2005-03-18", "2025-03-18", [20]) == "20+"
    assert age_group("", "2025-03-18", [20]) == ""
    assert age_group("18.3.2005", "2025-03-18", [20]) == ""


def test_a_wave_counts_from_its_own_start() -> None:
    kit = RaceKit("laps", LAPS)
    of_text(kit, '[[wave]]\nname = "B"\nstart_after_s = "0:10:00"'.replace("[[wave", "\n[[wave", 1))
    kit.runners("Ann", "Bob")
    give(kit, "Bob", wave="B")
    kit.tag("Ann", "1:00:00", bound_us=0)
    kit.tag("Bob", "1:05:00", bound_us=0)
    log = kit.log("7:00:00")
    assert [(row.name, row.result_us, row.wave) for row in log.runners] == [
        ("Bob", 3300 * US, "B"),
        ("Ann", 3600 * US, ""),
    ]
    assert line(log, "Bob").start_us == START_US + 600_000_000
    kit.rule("start", "0:20:00", wave="B", at=START_US + 900_000_000)
    assert kit.line("Bob", "7:00:00").result_us == 3000 * US
    assert kit.line("Ann", "7:00:00").result_us == 3600 * US


def test_a_wave_that_race_toml_does_not_know_is_said() -> None:
    kit = RaceKit("laps", LAPS)
    kit.runners("Ann")
    give(kit, "Ann", wave="C", event="Half")
    kit.tag("Ann", "1:00:00")
    log = kit.log("7:00:00")
    assert line(log, "Ann").result_us == 3600 * US
    assert len(problems(log, "unknown wave")) == len(problems(log, "unknown event")) == 1


def test_two_races_over_the_same_stations() -> None:
    kit = RaceKit("laps", LAPS)
    half = '[[event]]\nname = "Half"\nstart = 2025-03-13T04:33:20Z\n'
    half += '[event.rules]\nduration_s = "2:00:00"\nlap_km = 3'
    of_text(kit, "\n" + half)
    kit.runners("Ann", "Bob")
    give(kit, "Bob", event="Half")
    kit.tag("Ann", "1:00:00")
    kit.tag("Bob", "1:30:00", "3:30:00")
    whole, part = kit.race, kit.race.of_event("Half")
    log = kit.log("7:00:00")
    assert [row.name for row in log.runners] == ["Ann"]
    assert not log.unassigned, "a tag of the other race is nobody unknown"
    kit.race = part
    shown = kit.log("7:00:00")
    shift_us = (part.start_us or 0) - START_US
    assert [row.name for row in shown.runners] == ["Bob"]
    assert [(loop.in_us or 0) + shift_us for loop in shown.runners[0].loops] == [
        5400 * US, 12_600 * US,
    ]  # fmt: skip
    assert shown.preset == "laps" and shown.race == "Half"
    with pytest.raises(ValueError, match="did you mean 'Half'"):
        whole.of_event("Halv")


def test_a_lap_of_twice_the_usual_time_is_shown() -> None:
    kit = RaceKit("laps", LAPS)
    kit.runners("Ann", "Bob")
    kit.tag("Ann", "0:30:00", "1:00:00", "2:01:00", "2:31:00", "3:00:00")
    kit.tag("Bob", "0:30:00", "1:10:00", "2:00:00", "2:58:00")
    found = problems(kit.log("4:00:00"), "missed read")
    assert [(row.runner, row.loop) for row in found] == [("Ann", 3)]
    assert "lap 3 took 1:01:00, 2.0 times the usual 0:30:00" in found[0].text


def test_many_missed_reads_of_one_runner_are_one_line() -> None:
    kit = RaceKit("laps", LAPS)
    kit.runners("Ann")
    ends_min = [30, 60, 120, 150, 210, 240, 300, 330, 390, 420, 450, 480]
    kit.tag("Ann", *(60.0 * minute for minute in ends_min))
    kit.race = dataclasses.replace(
        kit.race, rules=dataclasses.replace(kit.race.rules, duration_s=9 * 3600.0)
    )
    (found,) = problems(kit.log("9:30:00"), "missed read")
    assert found.text == (
        "4 laps took 2 times the usual 0:30:00, or longer (lap 3, 5, 7 and later ones): "
        "were touches missed?"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("classes = [3]", "classes must be a list"),
        ('classes = ["Team", "team"]', "there twice"),
        ('classes = ["bib"]', "a meaning of its own"),
        ("age_groups = [30, 20]", "must rise"),
        ("age_groups = [true]", "must be a list of ages"),
        ('\n[[wave]]\nname = "B"', "give start or start_after_s"),
        ('\n[[wave]]\nname = "B"\nstart_after_s = 1\nstarts = 2', "did you mean 'start'"),
        ('\n[[event]]\nname = "test"', "two races are called"),
        ('\n[[event]]\nname = "x"\npreset = "lap"', "did you mean 'laps'"),
    ],
)
def test_what_is_written_wrongly_is_named(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        of_text(RaceKit("laps", LAPS), text)


def test_the_roster_keeps_classes_events_and_waves() -> None:
    text = "name,gender,bib,wave,event,team\nAnn,F,1,B,Half,Red\nBob,M,2,,,\n"
    runners = roster.parse(text, ["team"])
    assert runners[0].wave == "B" and runners[0].event == "Half"
    assert runners[0].classes == {"team": "Red"}
    assert roster.parse(roster.to_csv(runners), ["team"]) == runners
    assert runner_list.read(Table(list(csv_rows(text)))).notes == ["not used: 'team'"]


def test_who_a_press_may_be_goes_by_the_waves_own_start() -> None:
    kit = RaceKit("barkley")
    wave = '\n[[wave]]\nname = "B"\nstart_after_s = "6:00:00"'
    of_text(kit, wave, rules="", preset="barkley")
    kit.runners("Ann", "Bob", "Cid", "Dot")
    for name in ("Cid", "Dot"):
        give(kit, name, wave="B")
    kit.tag("Dot", "15:00:00")  # nine hours after the wave's start
    kit.press("9:00:00")  # three hours after it: too soon for a loop
    (row,) = kit.log("16:00:00").unassigned
    assert [who.name for who in row.proposals] == ["Ann", "Bob"]
    kit.press("15:30:00")
    row = kit.log("16:00:00").unassigned[1]
    # Of the usual nine hours Cid has run 9:30, and the first wave is long overdue.
    assert [(who.name, who.rank) for who in row.proposals] == [
        ("Cid", 1), ("Ann", 2), ("Bob", 2), ("Dot", 3),
    ]  # fmt: skip
    assert row.proposals[0].why == "on loop 1 since 0:00:00"
