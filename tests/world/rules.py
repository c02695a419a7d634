"""race.toml of a story: the rules of its preset, their spans divided by its scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from story import Story
from yellowgate.event import race_toml
from yellowgate.event.race_toml import RaceFile

KEY = "c0ffee" + "ab" * 13  # of the race: nobody may find it in what is printed
WAY = (("Mill", 18, 3.0), ("Pass", 36, 4.5), ("Town", 50, 6.0))  # place, km, hours
SHORTEST_LAP_S = 600


def toml(story: Story) -> str:
    """The text of race.toml, with the race's key where there is a radio."""
    lines = ["[race]", 'name = "world"', f'preset = "{story.preset}"', "[rules]", *_rules(story)]
    for one in story.stations:
        name = f"{one.role} {one.number}"
        lines += ["[[station]]", f"id = {one.number}", f'name = "{name}"']
        lines += [f'role = "{one.role}"', f'place = "{one.place}"']
    lines += ["[radio]", 'region = "US915"', f'key = "{KEY}"']
    relays = ", ".join(f"{relay} = {served}" for relay, served in _relays(story).items())
    lines += [f"relay_for = {{ {relays} }}"] if relays else []
    return "\n".join(lines) + "\n"


def radio(story: Story) -> Mapping[str, Any]:
    """The section [radio]."""
    found = race_file(story).radio
    assert found is not None
    return found


def _relays(story: Story) -> dict[int, list[int]]:
    """The last station that the base hears says on what those behind the ridge say."""
    behind = [one.number for one in story.stations if one.radio and one.ridge]
    heard = [one.number for one in story.stations if one.radio and not one.ridge]
    return {heard[-1]: behind} if behind and heard else {}


def race_file(story: Story) -> RaceFile:
    """The same, as the product reads it."""
    return race_toml.parse(toml(story))


def _rules(story: Story) -> list[str]:
    return {
        "barkley": _barkley,
        "laps": _laps,
        "backyard": _backyard,
        "point-to-point": _way,
    }[story.preset](story)


def _barkley(story: Story) -> list[str]:
    scale = story.scale
    cutoffs_s = [limit_s / scale for limit_s in (48_000, 96_000, 144_000, 172_800, 216_000)]
    start_by_s = [limit_s / scale for limit_s in (0, 48_000, 96_000, 129_600, 172_800)]
    has_tower = any(one.role == "tower" for one in story.stations)
    return [
        f"loop_cutoffs_s = {cutoffs_s}",
        f"start_next_by_s = {start_by_s}",
        f"fun_run_s = {144_000 / scale}",
        f"shortest_loop_s = {14_400 / scale}",
        f"leaving_s = {1_800 / scale}",
        f"go_back_s = {1_800 / scale}",
        f"tower_every_loop = {str(has_tower).lower()}",
    ]


def _laps(story: Story) -> list[str]:
    return [f"duration_s = {story.end_s}", "lap_km = 5", f"shortest_lap_s = {SHORTEST_LAP_S}"]


def _backyard(_story: Story) -> list[str]:
    return ["yard_s = 3600"]


def _way(_story: Story) -> list[str]:
    lines: list[str] = []
    for place, km, hours in WAY:
        lines += ["[[rules.checkpoint]]", f'place = "{place}"', f"km = {km}"]
        lines += [f"cutoff_s = {hours * 3600}", f"in_and_out = {str(place != 'Town').lower()}"]
    return lines
