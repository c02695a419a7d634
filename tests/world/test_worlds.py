"""A slice of the worlds, other ones each day; and those that have failed once."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from complaint import Complaint
from hypothesis import given, settings
from hypothesis import strategies as st
from run import Outcome, play_seed, play_story
from story import Story

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))
WORLDS = 100
# What README.md lists as found and not mended yet: told, and not failed for. Some three
# of a hundred worlds: many more are something new.
OPEN_RULES = {"bound", "loop"}
OPEN_MAX = 8
SEED_VARIABLE = "YELLOWGATE_WORLDS_FROM"  # the first seed, to see a day's worlds again


def first_seed() -> int:
    """Another hundred each day."""
    told = os.environ.get(SEED_VARIABLE)
    return int(told) if told else datetime.now(UTC).date().toordinal() * WORLDS


@pytest.mark.slow
def test_the_worlds_of_this_day() -> None:
    first = first_seed()
    print(f"worlds from seed {first} on; again: {SEED_VARIABLE}={first}")
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(partial(play_seed, size="short"), range(first, first + WORLDS)))
    failed = [
        f"seed {one.seed}: {said}"
        for one in found
        for said in one.complaints
        if said.rule not in OPEN_RULES
    ]
    known = [f"seed {one.seed}: {one.complaints[0]}" for one in found if one.complaints]
    print("\n".join(known))
    assert not failed, f"{SEED_VARIABLE}={first}:\n" + "\n".join(failed[:9])
    assert len(known) <= OPEN_MAX, f"{SEED_VARIABLE}={first}:\n" + "\n".join(known)
    assert_all_happened(found)


def assert_all_happened(found: list[Outcome]) -> None:
    """A slice in which nothing goes wrong proves nothing."""
    happened = {kind for one in found for kind in one.met}
    missing = {"power cut", "wire", "sync", "merge", "word", "undo", "press", "forgets"} - happened
    assert not missing, f"in none of these worlds: {missing}"


@pytest.mark.slow
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_world_that_failed_once(path: Path) -> None:
    complaints: list[Complaint] = play_story(Story.from_json(path.read_text("utf-8")))
    assert not complaints, "\n".join(map(str, complaints[:5]))


@pytest.mark.slow
def test_a_seed_is_the_same_world_again() -> None:
    """Down to each byte that stations, stores and screens show."""
    seen: list[object] = []

    def look(moment):
        said = [view.log_json for view in moment.laptops]
        seen.append((said, [view.image for view in moment.stations], moment.printed))
        return []

    from play import played

    for _ in range(2):
        played(Story.of(4), look)
    half = len(seen) // 2
    assert seen[:half] == seen[half:]


@given(st.integers(0, 100_000), st.sampled_from(["short", "whole"]))
@settings(max_examples=40, deadline=None)
def test_a_story_goes_through_json_and_is_the_same_from_its_seed(seed: int, size: str) -> None:
    story = Story.of(seed, size)
    assert Story.from_json(story.to_json()) == story == Story.of(seed, size)
    assert len({part.id for part in story.parts}) == len(story.parts)


@given(st.integers(0, 100_000), st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_left_of_a_story_is_one(seed: int, data: st.DataObject) -> None:
    story = Story.of(seed)
    gone = data.draw(st.sets(st.sampled_from([one.name for one in story.runners])))
    smaller = story.without_runners(gone).without_stations([2]).without_laptops(["tent", "van"])
    smaller = smaller.until(data.draw(st.floats(0.1, 6)))
    assert Story.from_json(smaller.to_json()) == smaller
    known = {part.id: part for part in story.parts}
    assert all(known[part.id] == part for part in smaller.parts)
    assert not {getattr(part, "runner", None) for part in smaller.parts} & gone
    assert {getattr(part, "laptop", "camp") for part in smaller.parts} <= {"camp"}
