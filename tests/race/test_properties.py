"""The properties on a slice of cases; tests/campaigns/race_properties.py runs as many as wanted."""

import json
import random

import jsonschema
import pytest
import raceproperties
from examples import some
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raceworlds import World, worlds
from yellowgate.race import diff, log_json, official_log
from yellowgate.race.checks import roll_call

pytestmark = pytest.mark.slow

CASES = settings(
    some(60),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
SEEDS = st.integers(0, 10**6)


@CASES
@given(worlds(), SEEDS)
def test_any_order_gives_the_same_bytes(world: World, seed: int) -> None:
    raceproperties.same_bytes_in_any_order(world, random.Random(seed))


@settings(CASES, max_examples=some(20).max_examples)
@given(worlds(), SEEDS)
def test_any_way_of_merging_gives_the_same_bytes(world: World, seed: int) -> None:
    raceproperties.same_bytes_by_any_way_of_merging(world, random.Random(seed))


@CASES
@given(worlds())
def test_no_observation_vanishes(world: World) -> None:
    raceproperties.no_observation_vanishes(world)


@CASES
@given(worlds(), SEEDS)
def test_undoing_restores_the_bytes(world: World, seed: int) -> None:
    raceproperties.undoing_restores_the_bytes(world, random.Random(seed))


@CASES
@given(worlds(), SEEDS)
def test_a_late_record_changes_only_what_it_bears_on(world: World, seed: int) -> None:
    raceproperties.late_record_changes_what_it_bears_on(world, random.Random(seed))


@CASES
@given(worlds())
def test_every_log_is_of_its_schema_and_has_a_board_and_no_difference_to_itself(
    world: World,
) -> None:
    kit = world.kit
    log = raceproperties.log_of(world, kit.timed, kit.rulings)
    jsonschema.validate(json.loads(log_json.to_json(log)), official_log.schema())
    board = roll_call.board(log, kit.race)
    groups = (board.missing, board.overdue, board.on_course, board.in_camp, board.done)
    assert sum(map(len, groups)) + len(board.not_started) == len(kit.roster)
    assert diff.diff(log, log) == []
