"""1999, 2024 and 2025 through stations, flash, sync and merge."""

from __future__ import annotations

from pathlib import Path

import pytest
import replay
from wholepath import START_US, Played, play
from yellowgate.clock.report import clock_reports
from yellowgate.event.preset_text import preset_toml
from yellowgate.event.race_toml import parse
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.store import evidence
from yellowgate.times import hms

pytestmark = pytest.mark.slow

ENDS_S = 61 * 3600
YEARS = (1999, 2024, 2025)


@pytest.fixture(scope="module")
def races(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Played]:
    """The three races, each run once."""
    made: dict[int, Played] = {}
    for year in YEARS:
        source = replay.race(year)
        made[year] = play(
            tmp_path_factory.mktemp(str(year)),
            preset_toml("barkley", f"Barkley {year}"),
            source.roster,
            [("gate", source.gate_script()), ("tower", source.tower_script())],
            replay.LEAD_S,
            ENDS_S,
        )
        made[year].rulings = source.rulings(START_US)
    return made


@pytest.fixture(scope="module")
def log_1999(races: dict[int, Played]) -> OfficialLog:
    return races[1999].log(ENDS_S)


def line(log: OfficialLog, name: str) -> RunnerLog:
    return next(row for row in log.runners if row.name == name)


@pytest.mark.parametrize("year", YEARS)
def test_merged_in_any_order_the_log_is_the_same_bytes(races: dict[int, Played], year: int) -> None:
    first = to_json(races[year].log(ENDS_S, (0, 1)))
    assert to_json(races[year].log(ENDS_S, (1, 0))) == first
    assert to_json(races[year].log(ENDS_S, (1, 1, 0))) == first


@pytest.mark.parametrize("year", YEARS)
def test_nothing_is_wrong_with_the_evidence_and_the_clocks(
    races: dict[int, Played], year: int
) -> None:
    store = races[year].merged((0, 1))
    assert evidence.verify(store.observations(), store.first_keys(), store.tips()) == []
    race = Race.read(parse(races[year].race_toml), races[year].roster, store)
    now_us = START_US + ENDS_S * 1_000_000
    for report in clock_reports(race.at(now_us).corrected, now_us):
        assert report.warnings == ()
        assert report.bound_max_us < 250_000


@pytest.mark.parametrize("year", YEARS)
def test_every_runner_of_the_script_stands_in_the_log_once(
    races: dict[int, Played], year: int
) -> None:
    names = [row.name for row in races[year].log(ENDS_S).runners]
    assert sorted(names) == sorted(runner.name for runner in races[year].roster)


@pytest.mark.parametrize("row", replay.table(1999), ids=lambda row: row["runner"])
def test_1999_every_verdict(log_1999: OfficialLog, row: dict[str, str]) -> None:
    mine = line(log_1999, row["runner"])
    published = [row[f"loop{loop}"] for loop in (1, 2, 3) if row[f"loop{loop}"]]
    arrived = [loop for loop in mine.loops if loop.in_us is not None]
    assert [loop.elapsed for loop in arrived] == [
        hms(round(replay.span_s(text) * 1e6)) for text in published
    ]
    over = next((n for n in (1, 2, 3) if f"loop {n} over" in row["remark"]), 99)
    for loop in arrived:
        assert loop.verdict == ("over cutoff" if loop.loop >= over else "counted")
        # Also of two that were published alike: the reader saw one tag after the other.
        assert not loop.doubtful
    assert mine.status == ("fun run" if row["remark"] == "fun run" else "out")


def test_2024_five_in_five_seconds_a_choice_and_the_last_finish(races: dict[int, Played]) -> None:
    log = races[2024].log(ENDS_S)
    together = sorted(
        (row.loops[1].in_us or 0, row.loops[1].elapsed, row.loops[1].doubtful)
        for row in log.runners
        if len(row.loops) > 1 and row.loops[1].elapsed.startswith("19:27")
    )
    assert [elapsed for _, elapsed, _ in together] == [
        "19:27:49", "19:27:51", "19:27:52", "19:27:53", "19:27:54",
    ]  # fmt: skip
    assert not any(doubtful for _, _, doubtful in together)
    assert line(log, "Verys").loops[4].direction == "clockwise"
    assert line(log, "Kelly").loops[4].direction == "counter-clockwise"
    paris = line(log, "Paris")
    assert (paris.status, paris.result) == ("finished", "59:58:21")
    assert line(log, "Calmettes").result == "39:52:59"


def test_2024_six_seconds_later_would_not_be_a_finish(tmp_path: Path) -> None:
    source = replay.race(2024)
    paris = next(runner.tag for runner in source.roster if runner.name == "Paris")
    source.gate = [
        (replay.span_s("60:00:06"), what, tag)
        if tag == paris and at_s == replay.span_s("59:58:21")
        else (at_s, what, tag)
        for at_s, what, tag in source.gate
    ]
    played = play(
        tmp_path, preset_toml("barkley", "Barkley"), source.roster,
        [("gate", source.gate_script())], replay.LEAD_S, ENDS_S,
    )  # fmt: skip
    played.rulings = source.rulings(START_US)
    late = line(played.log(ENDS_S), "Paris")
    assert (late.status, late.loops[4].verdict) == ("fun run", "over cutoff")
    assert late.loops[4].note.startswith("over by 0:00:06")


def test_2025_the_golden_scene(races: dict[int, Played]) -> None:
    log = races[2025].log(43 * 3600)
    halpin = line(log, "K. Halpin")
    loop = halpin.loops[0]
    assert (loop.elapsed, loop.verdict, loop.note) == ("13:22:00", "over cutoff", "over by 0:02:00")
    assert (halpin.loops_counted, halpin.place_gender) == (0, 1)
    kelly = line(log, "J. Kelly")
    assert (kelly.status, kelly.result) == ("fun run", "39:50:27")
    assert line(log, "T. Ihara").loops[2].verdict == "over cutoff"
    early = races[2025].log(20 * 3600 + 1380)  # 08:00 on the second day
    assert line(early, "N. Obody").accounted is False
