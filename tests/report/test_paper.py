"""The paper sheet that is written is the one that is read, for every preset."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from racekit import RaceKit
from sample_log import loop, sample
from yellowgate.event import paper_sheet, race_toml, table_file
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import touches
from yellowgate.report.people import ExportError
from yellowgate.times import US, TimeReader

END = "90:00:00"
NAMES = ("Ann, Jr.", '"Bo" <b>', "=1+1")


def barkley() -> RaceKit:
    race = RaceKit("barkley", "pages = 0")
    race.runners(*NAMES)
    race.tag(NAMES[0], "9:00:00.5", "9:20:00", "20:00:00", "20:30:00", "39:59:59.9")
    race.tag(NAMES[1], "12:00:00", "13:30:00")  # left too late
    race.tag(NAMES[2], "13:20:00.25")  # over by a quarter of a second
    return race


def backyard() -> RaceKit:
    race = RaceKit("backyard")
    race.runners(*NAMES)
    for at, yards in enumerate((9, 8, 3)):
        race.tag(NAMES[at], *(n * 3600 + 2900 + at for n in range(yards)))
    race.tag(NAMES[2], 3 * 3600 + 3600.5)
    return race


def laps() -> RaceKit:
    race = RaceKit("laps", 'duration_s = "3:00:00"')
    race.runners(*NAMES)
    for at in range(3):
        race.tag(NAMES[at], *(n * (80 + at) * 3 for n in range(1, 48)))
    return race


def point_to_point() -> RaceKit:
    race = RaceKit("point-to-point")
    places = "".join(
        f'[[rules.checkpoint]]\nplace = "{place}"\ncutoff_s = "{cutoff}"\nin_and_out = {out}\n'
        for place, cutoff, out in (("gate", "6:00:00", "true"), ("fire tower", "12:00:00", "false"))
    )
    race.race = race_toml.parse(f'[race]\nname = "test"\npreset = "point-to-point"\n{places}')
    race.runners(*NAMES)
    for at in range(3):
        race.tag(NAMES[at], 9000 + at, 9900 + at)
        race.tag(NAMES[at], 30000 + 9000 * at, station="b1" * 8)
    return race


PRESETS = (barkley, backyard, laps, point_to_point)


def judged(log: OfficialLog) -> dict[str, list[object]]:
    """What the sheet can say, and what follows from it."""
    return {
        line.name: [
            line.status, line.loops_counted,
            *((row.loop, row.in_us and row.in_us // US, row.verdict) for row in line.loops),
        ]
        for line in log.runners
    }  # fmt: skip


TIMES = TimeReader(UTC, 0, lambda: None)


def said(text: str, race: RaceKit) -> list[dict[str, Any]]:
    """What the sheet says; no time in it is one of day."""
    return paper_sheet.read(table_file.read(text.encode()), race.roster, TIMES).lines


@pytest.mark.parametrize("make", PRESETS)
def test_the_sheet_alone_gives_the_same_log(make: Callable[[], RaceKit]) -> None:
    race = make()
    text = touches.paper_csv(race.log(END))
    assert paper_sheet.is_sheet(table_file.read(text.encode()))
    alone = make()
    alone.timed = [row for row in alone.timed if row.observation.kind_name == "start"]
    for data in said(text, race):
        alone.rule("paper", "80:00:00", **data)
    assert judged(alone.log(END)) == judged(race.log(END))


@pytest.mark.parametrize("make", PRESETS)
def test_the_sheet_differs_from_its_own_race_nowhere(make: Callable[[], RaceKit]) -> None:
    race = make()
    before = race.log(END)
    for data in said(touches.paper_csv(before), race):
        race.rule("paper", "80:00:00", **data)
    after = race.log(END)
    assert judged(after) == judged(before)
    assert [row for row in after.problems if row.kind == "paper differs"] == []


@pytest.mark.parametrize("make", PRESETS)
def test_every_touch_is_in_the_file_of_touches_once(make: Callable[[], RaceKit]) -> None:
    race = make()
    rows = csv.DictReader(io.StringIO(touches.touches_csv(race.log(END))))
    found = sorted((row["log_id"], int(row["seq"])) for row in rows)
    assert found == sorted((row.observation.log_id, row.observation.seq) for row in race.timed)


def test_a_departure_that_nobody_saw_is_not_on_the_sheet() -> None:
    rows = csv.DictReader(io.StringIO(touches.paper_csv(backyard().log(END))))
    assert {row["out"] for row in rows} == {""}


def test_a_runner_without_a_bib_is_refused_by_name() -> None:
    bare = replace(sample().runners[0], loops=(loop(1, 0.0, 39000.0, bib=""),))
    with pytest.raises(ExportError, match="Ada Ashdown Smith: has no bib"):
        touches.paper_csv(replace(sample(), runners=(bare,)))
