"""A story that breaks a rule is made small: by example, by property, and of a planted fault."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import planted
import pytest
from complaint import Complaint
from hypothesis import given
from hypothesis import strategies as st
from parts import Come, Leave, Loss, PassBy, PowerCut, Sync, Word
from shrink import Shrunk, shrink
from story import Laptop, Runner, Station, Story

RUNNERS = tuple(
    Runner(name, "F", str(101 + at), (f"04a1b2c3d4e5{at:02x}",))
    for at, name in enumerate(("Nora", "Ivo", "Ada", "Ben"))
)
STORY = Story(
    seed=7,
    size="short",
    preset="barkley",
    scale=10,
    hours=2.0,
    runners=RUNNERS,
    stations=(Station(1, "gate", "gate"), Station(2, "tower", "fire tower")),
    laptops=(Laptop("camp"), Laptop("tent")),
    parts=(
        PassBy(1, 1_200.5, "Nora"),
        Loss(2, 1_300.0, 100, 0, 60.0),
        PassBy(3, 1_400.5, "Ivo"),
        Come(4, 2_500.5, "Nora"),
        Come(5, 2_600.5, "Ivo"),
        Come(6, 2_900.5, "Ada"),
        Leave(7, 3_000.5, "Nora"),
        PowerCut(8, 3_100.0, 2, 20.0),
        Word(9, 3_120.0, "tent", "Laz", "Ivo", "pages", 2_600.5),
        PassBy(10, 4_000.5, "Nora"),
        Sync(11, 4_100.0, "camp", 1),
        Sync(12, 4_110.0, "camp", 2),
        Come(13, 5_700.5, "Nora"),
    ),
    checks=(1_000.0, 4_200.0, 6_500.0),
)


def shrunk(story: Story, wanted: set[int], plays_max: int = 300) -> Shrunk:
    def plays(one: Story) -> list[Complaint]:
        there = {part.id for part in one.parts}
        others = [Complaint("another rule", "Ivo", 1.0, "")] if len(there) % 2 else []
        last_s = max((part.at_s for part in one.parts if part.id in wanted), default=0.0)
        found = [Complaint("lost", "Nora", last_s + 0.5, "")] if wanted <= there else []
        return [*others, *found]

    return shrink(story, Complaint("lost", "Nora", 6_000.0, ""), plays, plays_max)


def test_only_what_the_rule_needs_is_left() -> None:
    found = shrunk(STORY, {4, 10})
    assert [part.id for part in found.story.parts] == [4, 10]
    assert [one.name for one in found.story.runners] == ["Nora"]
    assert [one.name for one in found.story.laptops] == ["camp"]
    assert [one.number for one in found.story.stations] == [1]
    assert found.story.checks == ()
    assert found.story.hours < 1.2
    assert found.is_done
    assert "2 parts, 1 runners, 1 stations, 1 laptops" in str(found)


def test_a_rule_that_any_story_breaks() -> None:
    found = shrunk(STORY, set())
    assert (found.story.parts, found.story.runners) == ((), ())


def test_the_plays_are_bounded_and_it_says_so() -> None:
    found = shrunk(STORY, {4, 10}, plays_max=5)
    assert found.plays == 5
    assert not found.is_done
    assert {4, 10} <= {part.id for part in found.story.parts}
    assert "more plays may find a smaller one" in str(found)


@given(st.sets(st.sampled_from([part.id for part in STORY.parts]), max_size=5))
def test_the_smallest_still_breaks_it_and_nothing_can_go(wanted: set[int]) -> None:
    found = shrunk(STORY, wanted)
    assert {part.id for part in found.story.parts} == wanted
    assert Story.from_json(found.story.to_json()) == found.story
    assert found.plays < 120


@pytest.mark.slow
def test_a_planted_fault_is_left_with_a_handful_of_parts(tmp_path: Path) -> None:
    fault = next(one for one in planted.FAULTS if one.id == "departure-is-arrival")
    file = tmp_path / "leaving.json"
    file.write_text(replace(STORY, hours=1.25).until(1.25).to_json())
    command = [sys.executable, str(planted.HERE / "run.py"), "--story", str(file), "--shrink"]
    with planted.product(fault) as environment:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    small = Story.from_json(file.with_suffix(".small.json").read_text())
    assert len(small.parts) <= 4
    assert "Nora leaves and touches" in done.stdout  # and it is told
