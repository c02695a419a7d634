"""What waits and what pages show is computed for who changed, and is what all of it anew gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import scene
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from racekit import START_US
from raceworlds import World, worlds
from test_again import Day
from yellowgate.desk.waiting import waiting
from yellowgate.event.race_toml import RaceFile
from yellowgate.live import Live
from yellowgate.model import Ruling, Runner
from yellowgate.official import Moment, Race
from yellowgate.records import Observation
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.web.boards import render_board
from yellowgate.web.cards import LOOPS_SHOWN, shown_groups
from yellowgate.web.desks import ARRIVALS_SHOWN, arrivals
from yellowgate.web.events import Chosen
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import State
from yellowgate.web.races import render_race
from yellowgate.web.render import Pages
from yellowgate.web.screens import render_screen

SLOW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Screens:
    """Pages that are looked at all the time, and the same ones made anew each time."""

    def __init__(self) -> None:
        enrolment = SimpleNamespace(is_on=False)
        made = SimpleNamespace(pages=Pages(lambda: 0, False), enrolment=enrolment)
        self.hq = cast("Headquarters", made)
        self.kept = list(self.renders())

    def renders(self) -> Iterator[Render]:
        yield from (render_board(self.hq, Chosen("", only).about) for only in ("", "F", "M"))
        yield render_screen(self.hq, "")
        yield render_race(self.hq, "")

    def check(self, moment: Moment, anew: Moment) -> None:
        view, whole_view = (View(one, one.as_of_us, "") for one in (moment, anew))
        for kept, made in zip(self.kept, self.renders(), strict=True):
            assert State.of(kept(view)) == State.of(made(whole_view))


def whole(race: Race, as_of_us: int) -> Moment:
    """Every loop of every runner made, so that nothing can be left out because of what it is."""
    moment = race.at(as_of_us)
    for one in moment.events():
        lines = tuple(replace(line, loops=tuple(line.loops)) for line in one.log.runners)
        vars(one)["log"] = replace(one.log, runners=lines)
    return moment


def last_of_all(moment: Moment) -> list[tuple[str, str, int, str]]:
    """Who came in last, by looking at everybody's loops."""
    rows = [
        (
            line.name, loop.bib or line.bib,
            (line.start_us or one.log.start_us or 0) + loop.in_us, loop.verdict,
        )
        for one in moment.events()
        for line in one.log.runners
        for loop in line.loops[-2:]
        if loop.in_us is not None and one.log.start_us is not None
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row[2], reverse=True)[:ARRIVALS_SHOWN]


def check(
    store: Store,
    live: Live,
    file: RaceFile,
    roster: Sequence[Runner],
    as_of_us: int,
    screens: Screens,
) -> None:
    followed = live.race(file, roster).at(as_of_us)
    anew = whole(Race.read(file, roster, store), as_of_us)
    assert waiting(followed) == waiting(anew)
    last = [(row.name, row.bib, row.at_us, row.verdict) for row in arrivals(followed.events())]
    assert last == last_of_all(anew)
    screens.check(followed, anew)


@SLOW
@given(seed=st.integers(0, 10**9))
@example(seed=1)
def test_a_day_of_laps_record_by_record(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    day, rng, screens = Day(seed), random.Random(seed), Screens()
    store = Store.file(tmp_path_factory.mktemp("day") / "race.db")
    live, file, roster = Live(store), day.race, day.roster
    first = rng.randrange(len(day.rows) // 2)
    store.add_observations((log_id, raw) for _, log_id, raw in day.rows[:first])
    for _ in range(12):
        some = day.rows[first : first + rng.choice([1, 2, 30])]
        if not some:
            break
        first += len(some)
        store.add_observations((log_id, raw) for _, log_id, raw in some)
        as_of_us = START_US + max(0, some[-1][0]) * 1000 + rng.choice([3_000_000, 400_000_000])
        if rng.random() < 0.2:
            store.add_rulings([day.ruling(as_of_us)])
        check(store, live, file, roster, as_of_us, screens)
        check(store, live, file, roster, as_of_us + rng.choice([5_000_000, 1_800_000_000]), screens)
    store.close()


@SLOW
@given(data=st.data(), world=worlds())
def test_any_race(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, world: World
) -> None:
    kit, screens = world.kit, Screens()
    store = Store.file(Path(tmp_path_factory.mktemp("any")) / "race.db")
    for log_id, told in kit.told.items():
        store.add_log_stations((log_id, number) for number in told.numbers)
    live = Live(store)
    steps: list[Observation | Ruling] = [row.observation for row in kit.timed]
    steps = data.draw(st.permutations([*steps, *kit.rulings]))
    as_of_us = START_US + data.draw(st.integers(-5_000, 250_000)) * 1_000_000
    while steps:
        now, steps = steps[:8], steps[8:]
        rows = [row for row in now if isinstance(row, Observation)]
        store.add_observations((row.log_id, row.raw) for row in rows)
        store.add_rulings(row for row in now if isinstance(row, Ruling))
        as_of_us += data.draw(st.sampled_from([0, 1_000_000, 3_600_000_000]))
        check(store, live, kit.listed, kit.roster, as_of_us, screens)
    store.close()


def test_a_card_says_what_the_log_says(tmp_path: Path) -> None:
    folder = scene.folder(tmp_path / "race", golden.END_S)
    moment = folder.read().at(scene.END_US)
    (part,) = View(moment, scene.END_US, "").parts
    lines = {line.name: line for line in moment.log.runners}
    shown = [one for _, cards in shown_groups(part, "") for one in cards]
    assert sorted(one.card.name for one in shown) == sorted(lines)
    assert any(one.sightings for one in shown) and any(one.taps_us for one in shown)
    for one in shown:
        line = lines[one.card.name]
        assert (one.sightings, one.taps_us, one.returned_us) == (
            line.sightings, line.taps_us, line.returned_us,
        )  # fmt: skip
        last = line.loops[-LOOPS_SHOWN:]
        assert [(row.loop, row.out_us, row.in_us, row.verdict) for row in one.loops] == [
            (row.loop, row.out_us, row.in_us, row.verdict) for row in last
        ]
        assert one.before == len(line.loops) - len(last)
    screens = Screens()
    html = State.of(screens.kept[0](View(moment, scene.END_US, ""))).html()
    for line in lines.values():
        assert all(seen.text in html for seen in line.sightings)
