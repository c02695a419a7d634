"""What a station is: from boot records, greetings and race.toml, and never by default."""

import pytest
import racekit
from gate_wire import bodies, kinds
from racekit import GATE, TOWER, RaceKit, line, official_log, problems
from yellowgate.event import race_toml
from yellowgate.model import Station, Told
from yellowgate.race.checks import roll_call
from yellowgate.race.official_log import OfficialLog
from yellowgate.race.stations import name_stations
from yellowgate.records import by_log
from yellowgate.report.board import station_words

RACE = """
[race]
preset = "barkley"
[[station]]
id = 1
name = "yellow gate"
role = "gate"
[[station]]
id = 2
name = "fire tower"
role = "tower"
"""


def named(
    *boots: tuple[int, int], told: tuple[int, ...] = (), toml: str = RACE
) -> tuple[Station, list[str]]:
    """The station of a log with these boot records (number, role), and the kinds of problems."""
    kit = RaceKit(start=False)
    for number, role in boots:
        kit.see(kinds.BOOT, 0, bodies.pack_boot(bodies.Boot(0, role, number, 0, (1, 0, 0))))
    kit.tag("Ann", 9, station=GATE)
    logs = by_log(row.observation for row in kit.timed)
    known, found = name_stations(
        race_toml.parse(toml), {GATE: Told(frozenset(told))}, logs.values()
    )
    return known[GATE], [row.kind for row in found]


def test_race_toml_says_what_the_number_means() -> None:
    tower = Station(GATE, 2, "tower", "fire tower", "fire tower")
    assert named((2, kinds.TOWER)) == (tower, [])
    assert named(told=(2,)) == (tower, []), "by its greeting or first packet, without a boot record"
    assert named((2, kinds.TOWER), (2, kinds.TOWER), told=(2,)) == (tower, [])


def test_a_log_that_nobody_knows_is_no_gate() -> None:
    station, found = named()
    assert (station.role, station.place, found) == ("", "log a1a1a1a1", ["unknown station"])
    station, found = named(told=(7,))
    assert (station.role, station.name, found) == ("", "station 7", ["unknown station"])
    assert station.place == "log a1a1a1a1"


def test_a_log_of_two_numbers_is_neither() -> None:
    for boots, told in (([(1, 0), (2, 1)], ()), ([(1, 0)], (2,)), ([], (1, 2))):
        station, found = named(*boots, told=told)
        assert (station.role, station.place, found) == ("", "log a1a1a1a1", ["unknown station"])


def test_race_toml_may_name_the_log_itself() -> None:
    toml = RACE.replace('role = "tower"', 'role = "tower"\nlogs = ["a1a1a1a1"]')
    for boots in ([], [(1, 0), (2, 1)], [(1, 0)], [(9, 0)]):
        station, found = named(*boots, toml=toml)
        assert (station.role, station.name, found) == ("tower", "fire tower", [])


def test_a_board_that_was_flashed_for_another_role_shows() -> None:
    station, found = named((2, kinds.GATE))
    assert (station.role, found) == ("tower", ["other role"])


def test_a_gate_that_race_toml_does_not_list_is_one_by_its_boot_record() -> None:
    station, found = named((9, kinds.GATE))
    assert (station.place, station.name, found) == ("gate", "gate 9", [])
    assert named((9, kinds.TOWER))[0].place == "tower 9"
    assert named((9, 77))[1] == ["unknown station"], "a role of a later version"


@pytest.mark.parametrize("text", ['"a1a1a1a1"', '["a1"]', '["A1A1A1A1"]', "[3]"])
def test_logs_are_hex(text: str) -> None:
    with pytest.raises(ValueError, match="station 1: logs must be a list of log ids"):
        race_toml.parse(f"[[station]]\nid = 1\nlogs = {text}")


def heard(told: dict[str, Told], boots: bool) -> tuple[RaceKit, OfficialLog]:
    """Two runners touch the tower at half of each loop, and the gate at its end."""
    kit = RaceKit()
    kit.runners("Ann", "Bob")
    if boots:
        body = bodies.pack_boot(bodies.Boot(0, kinds.TOWER, 2, 0, (1, 0, 0)))
        kit.see(kinds.BOOT, -60, body, TOWER)
    for name in ("Ann", "Bob"):
        kit.tag(name, "5:00:00", station=TOWER)
        kit.tag(name, "9:00:00", "9:20:00")
        kit.tag(name, "14:00:00", station=TOWER)
    moment = racekit.START_US + 15 * 3_600_000_000
    times = racekit.timed_by_log(kit.timed)
    gate = {GATE: Told(frozenset({1}))}
    race = race_toml.parse(RACE)
    ruled = kit.decisions("15:00:00")
    return kit, official_log(race, kit.roster, times, ruled, gate | told, moment)


def test_without_its_boot_record_a_tower_gives_no_loop() -> None:
    _, true = heard({}, boots=True)
    for told in ({}, {TOWER: Told(frozenset({2}))}):
        _, log = heard(told, boots=False)
        for name in ("Ann", "Bob"):
            of = [(row.loop, row.in_us) for row in line(log, name).loops]
            assert of == [(row.loop, row.in_us) for row in line(true, name).loops], told
    assert problems(heard({}, boots=False)[1], "unknown station")
    assert not problems(heard({TOWER: Told(frozenset({2}))}, boots=False)[1], "unknown station")


def test_the_board_does_not_deny_a_station_that_was_heard() -> None:
    def words(told: dict[str, Told], boots: bool) -> dict[str, str]:
        board = roll_call.board(heard(told, boots)[1], race_toml.parse(RACE))
        return {state.name: station_words(state) for state in board.stations}

    assert words({}, True)["fire tower"] == "SILENT: last record 1 h 00 ago"
    assert words({TOWER: Told(frozenset({2}))}, False)["fire tower"].startswith("SILENT: last")
    unknown = words({}, False)
    assert unknown["fire tower"] == "SILENT: never heard of, unless it is log b1b1b1b1"
    assert words({"c1" * 8: Told(frozenset({2}))}, False)["fire tower"] == (
        "SILENT: heard of, nothing with a time yet"
    )


def test_before_anything_was_synced_there_is_one_line_and_no_alarm() -> None:
    race = race_toml.parse(RACE)
    kit = RaceKit(start=False)
    kit.runners(*(f"Runner {n}" for n in range(40)))
    log = official_log(race, kit.roster, [], kit.decisions(0), {}, racekit.START_US)
    assert log.problems == ()
    assert not any(state.is_silent for state in roll_call.board(log, race).stations)
    kit.rule("start", -100, at=racekit.START_US - 20 * 3_600_000_000)
    log = official_log(race, kit.roster, [], kit.decisions(0), {}, racekit.START_US)
    assert [row.kind for row in log.problems] == ["nothing synced"]


def partly(leave_out: tuple[int, ...], told: Told) -> OfficialLog:
    """Ann: in at 10:00:00 (record 3); records of the gate are left out."""
    kit = RaceKit("barkley", "pages = 0")
    kit.runners("Ann")
    kit.see(kinds.HEALTH, "5:00:00", b"")
    kit.see(kinds.HEALTH, "9:59:50", b"")
    kit.tag("Ann", "10:00:00")
    kit.see(kinds.CLOCK, "11:00:00", b"")
    kit.timed = [row for row in kit.timed if row.observation.seq not in leave_out]
    times = racekit.timed_by_log(kit.timed)
    moment = racekit.START_US + 11 * 3_600_000_000
    told_of = {GATE: Told(frozenset({1}), told.next_seq, told.never_written)}
    return official_log(kit.listed, kit.roster, times, kit.decisions("11:00:00"), told_of, moment)


def test_what_missing_records_could_turn_is_doubted_and_why() -> None:
    row = line(partly((), Told()), "Ann")
    assert (row.loops[0].doubt, row.known_us) == ("", None)
    row = line(partly((2,), Told()), "Ann")
    assert row.loops[0].doubt.startswith(
        "may have come sooner: record 2 of yellow gate is not here"
    )
    assert line(partly((2,), Told(never_written=((2, 2),))), "Ann").loops[0].doubt == ""
    row = line(partly((4,), Told()), "Ann")
    assert (row.loops[0].doubt, row.known_us) == ("", 36_000_000_000), "as of the last word"
    assert line(partly((1,), Told()), "Ann").loops[0].doubt.startswith("may have come sooner"), (
        "an arrival at five hours is credible"
    )


def test_nobody_waits_for_a_station_that_is_not_in_use_any_more() -> None:
    text = RACE + '[[station]]\nid = 3\nname = "spare gate"\nplace = "gate"\n'
    kit = RaceKit("barkley", "pages = 0")
    kit.runners("Ann")
    kit.tag("Ann", "10:00:00")
    kit.see(kinds.CLOCK, "11:00:00", b"")
    moment = racekit.START_US + 11 * 3_600_000_000

    def doubt(toml: str) -> str:
        times, told = racekit.timed_by_log(kit.timed), {GATE: Told(frozenset({1}))}
        race = race_toml.parse(toml)
        log = official_log(race, kit.roster, times, kit.decisions("11:00:00"), told, moment)
        return line(log, "Ann").loops[0].doubt

    assert "spare gate was never heard of" in doubt(text)
    assert doubt(text + 'until = "2025-03-01T00:00:00Z"\n') == ""
