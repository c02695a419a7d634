"""The published races, at the level of the rules."""

import pytest
import racekit
import replay
from gate_wire import kinds
from racekit import line, verdicts
from yellowgate.race.official_log import OfficialLog
from yellowgate.times import US, hms, to_us

KINDS = {"tag": kinds.TAG, "taps": kinds.TAPS, "start": kinds.START}


def run(year: int, as_of: str = "61:00:00") -> OfficialLog:
    made = replay.race(year)
    kit = racekit.RaceKit(start=False)
    kit.roster = made.roster
    both = ((racekit.GATE, [(0.0, "start", ""), *made.gate]), (racekit.TOWER, made.tower))
    for station, rows in both:
        for at_s, what, value in sorted(rows):
            kit.see(KINDS[what], at_s, bytes.fromhex(value), station)
    kit.rulings = made.rulings(racekit.START_US)
    return kit.log(as_of)


@pytest.fixture(scope="module")
def race_1999() -> OfficialLog:
    return run(1999)


@pytest.mark.parametrize("row", replay.table(1999), ids=lambda row: row["runner"])
def test_1999_every_verdict_of_the_source(row: dict[str, str], race_1999: OfficialLog) -> None:
    mine = line(race_1999, row["runner"])
    published = [row[f"loop{loop}"] for loop in (1, 2, 3) if row[f"loop{loop}"]]
    shown = [loop.elapsed for loop in mine.loops if loop.in_us is not None]
    assert shown == [hms(round(replay.span_s(text) * 1e6)) for text in published]
    over = next((n for n in (1, 2, 3) if f"loop {n} over" in row["remark"]), None)
    arrived = [loop for loop in mine.loops if loop.in_us is not None]
    for loop in arrived:
        is_over = over is not None and loop.loop >= over
        assert loop.verdict == ("over cutoff" if is_over else "counted"), loop
    if row["remark"] == "fun run":
        assert mine.status == "fun run"
    else:
        assert mine.status == "out"
        assert mine.reason == ("missed cutoff" if over else "tapped out")
    assert mine.loops_counted == (over - 1 if over else len(published))


def test_1999_order(race_1999: OfficialLog) -> None:
    ranked = racekit.names(race_1999.runners)
    assert ranked[:3] == ["Wood", "Isler", "Dobies"]  # one second between the last two
    assert len(ranked) == 33
    assert [row.place for row in race_1999.runners[-3:]] == [31, 31, 31]  # no loop at all
    assert race_1999.state == "over"


def test_2024_five_arrivals_in_five_seconds_keep_their_order() -> None:
    log = run(2024, "20:00:00")
    times = sorted(
        (row.loops[1].in_us or 0, row.name)
        for row in log.runners
        if len(row.loops) > 1 and row.loops[1].in_us is not None
    )
    assert [hms(at_us) for at_us, _ in times] == [
        "19:27:49", "19:27:51", "19:27:52", "19:27:53", "19:27:54",
    ]  # fmt: skip
    ranked = [row.name for row in log.runners if row.loops_counted == 2]
    assert ranked == [name for _, name in times]
    assert not any(row.loops[1].doubtful for row in log.runners if len(row.loops) > 1)


def test_2024_the_first_to_leave_chooses_the_direction() -> None:
    log = run(2024)
    verys, kelly = line(log, "Verys"), line(log, "Kelly")
    assert (kelly.loops[3].in_us or 0) < (verys.loops[3].in_us or 0)  # Kelly was in first ...
    assert verys.loops[4].direction == "clockwise"  # ... and Verys left first
    assert verys.loops[4].note == "chooses the direction"
    assert kelly.loops[4].direction == "counter-clockwise"
    assert not racekit.problems(log, "direction")


def test_2024_finishers_fun_runs_and_the_page_that_was_fetched() -> None:
    log = run(2024)
    assert [(row.name, row.result) for row in log.runners if row.status == "finished"] == [
        ("Verys", "58:44:59"),
        ("Kelly", "59:15:38"),
        ("Campbell", "59:30:32"),
        ("Hamilton", "59:38:42"),
        ("Paris", "59:58:21"),
    ]
    assert line(log, "Paris").place_gender == 1
    for name in ("Hall", "Raichon"):
        assert line(log, name).status == "fun run"
        assert line(log, name).loops_counted == 4
    calmettes = line(log, "Calmettes")
    assert calmettes.status == "fun run"
    assert calmettes.result == "39:52:59"
    first = calmettes.loops[0]
    assert [row.use for row in first.evidence] == ["in before", "in"]
    assert first.in_us == to_us(replay.LOOPS_2024[0] + 60 * 7 + 3 * 3600)


def test_2025_the_golden_scene() -> None:
    log = run(2025, "43:00:00")
    halpin = line(log, "K. Halpin")
    loop = halpin.loops[0]
    assert (loop.elapsed, loop.verdict, loop.note) == ("13:22:00", "over cutoff", "over by 0:02:00")
    assert (loop.margin_us, halpin.loops_counted, halpin.place_gender) == (-120 * US, 0, 1)
    kelly = line(log, "J. Kelly")
    assert (kelly.status, kelly.reason, kelly.result) == ("fun run", "tapped out", "39:50:27")
    raichon = line(log, "S. Raichon")
    assert (raichon.status, hms(raichon.returned_us or 0)) == ("out", "39:55:30")
    assert raichon.loops[2].in_us is None
    ihara = line(log, "T. Ihara")
    assert ihara.loops[2].note == "over by 2:00:00"
    assert (ihara.status, ihara.reason) == ("out", "missed cutoff")
    seen = [row for runner in (kelly, raichon) for row in runner.sightings if row.loop == 3]
    assert len(seen) == 2
    assert (seen[1].at_us or 0) - (seen[0].at_us or 0) == 1800 * US


def test_2025_who_is_not_seen_at_eight_is_not_accounted_for_until_word_comes() -> None:
    before = line(run(2025, "20:23:00"), "N. Obody")
    assert (before.status, before.accounted) == ("overdue", False)
    after = line(run(2025, "21:30:00"), "N. Obody")
    assert (after.status, after.accounted) == ("overdue", True)
    assert after.sightings[0].text == "hiking with a group"
    assert (after.last_seen_place, after.last_seen_us) == ("Rat Jaw", 75_600 * US)


def test_the_scripts_are_scripts() -> None:
    for year in (1999, 2024, 2025):
        made = replay.race(year)
        for text in (made.gate_script(), made.tower_script()):
            rows = text.splitlines()
            assert rows[0] == "at_s,input,value"
            times = [float(row.split(",")[0]) for row in rows[1:]]
            assert times == sorted(times)
    assert verdicts(line(run(1999), "Wood")) == ["counted"] * 3
