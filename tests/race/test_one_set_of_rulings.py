"""Clock, log, list and verify read the same rulings: every kind, undone and undone again, by two
laptops whose clocks are apart, in any order, with rulings among them that nobody understands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import racekit
from examples import some
from hypothesis import given
from hypothesis import strategies as st
from racekit import START_US, RaceKit
from yellowgate.cli.verify import findings
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.records import by_log
from yellowgate.rulings.kinds import KINDS, make
from yellowgate.rulings.trusted import choice_of
from yellowgate.store.store import Store

MINUTE_US = 60_000_000
NOW_US = START_US + 12 * 3600 * 1_000_000
READ = {"log_id": racekit.GATE, "seq": 1}
ANN = {"runner": "Ann"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "assign": {**READ, **ANN},
    "void": {**ANN, "loop": 1},
    "pages": {**ANN, "loop": 1, "have": 13, "of": 13},
    "direction": {**ANN, "loop": 1, "direction": "clockwise"},
    "departure": {**ANN, "loop": 2, "at_s": 33_000},
    "dropout": {**ANN, "reason": "lost"},
    "return": {**ANN, "at_s": 34_000},
    "sighting": {**ANN, "at_s": 34_000, "place": "Rat Jaw"},
    "grace": {**ANN, "loop": 1},
    "start": {"at": START_US},
    "log": {"log_id": READ["log_id"], "right": False},
    "version": {**READ, "version": "0a1b2c3d"},
    "key": {"log_id": READ["log_id"], "key": "0a1b2c3d"},
    "conch": {"at": START_US - 3_600_000_000},
    "paper": {**ANN, "loop": 1, "in_s": 32_400},
    "clock": {"reference_id": 0xBEEF},
    "tag": {**ANN, "tag": "0badc0de"},
    "bib": {**ANN, "loop": 2, "bib": "77"},
    "partial": {**ANN, "distance_m": 250},
}
# Of a later version, or damaged on the way: what is wrong with each is something else.
STRANGE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("weather", {"says": "fog"}),
    ("clock", {"reference": "gps"}),
    ("clock", {"reference_id": "zz"}),
    ("clock", {"reference_id": None}),
    ("clock", {"reference_id": 7, "until": 3}),
    ("undo", {}),
    ("undo", {"ruling": None}),
    ("undo", {"ruling": ["a"], "at": 1}),
    ("pages", {"runner": 3, "loop": {}}),
    ("grace", {"runner": "Ann", "loop": True}),
    ("start", {"at": "noon"}),
    ("dropout", {"runner": "Ann", "reason": 4}),
    ("", {}),
)


def race_of(rulings: Sequence[Ruling]) -> Race:
    kit = RaceKit()
    kit.runners("Ann", "Bob")
    kit.tag("Ann", "9:00:00")
    logs = by_log(row.observation for row in kit.timed)
    return Race(kit.race, kit.roster, logs, rulings)


def standing(rulings: Iterable[Ruling]) -> set[str]:
    """Which of them stand, by a second and simpler reading: whatever no standing undo names."""
    rows = {row.id: row for row in rulings}
    undos = [row for row in rows.values() if row.kind == "undo" and is_whole(row)]

    def stands(number: str) -> bool:
        return not any(row.data["ruling"] == number and stands(row.id) for row in undos)

    return {number for number in rows if stands(number)}


def is_whole(row: Ruling) -> bool:
    return repr((row.kind, dict(row.data))) not in {repr(one) for one in STRANGE}  # True is not 1


def agree(rulings: Sequence[Ruling], store: Store) -> None:
    """Decisions, clock, log, list and verify say the same of these rulings."""
    stands = standing(rulings)
    race = race_of(rulings)
    moment = race.at(NOW_US)
    whole = {row.id: row for row in rulings if is_whole(row)}
    in_force = {number for number, row in whole.items() if number in stands and row.kind != "undo"}
    assert {row.id for row in moment.decisions.active} == in_force
    assert {row.id for row in moment.log.rulings} == in_force
    clocks = {row.data["reference_id"] for n, row in whole.items() if n in in_force & whole.keys()
              and row.kind == "clock"}  # fmt: skip
    assert {number for number, _ in choice_of(moment.decisions).trusted} == clocks
    states = moment.states()
    assert {n for n, word in states.items() if word == "taken back"} == states.keys() - stands
    strange = {row.id for row in rulings if row.id not in whole and row.id in stands}
    assert {n for n, word in states.items() if word == "not understood"} == strange
    told = {row for row in moment.problems if row.kind == "ruling not understood"}
    assert {number for row in told for number in row.rulings} == strange
    lines = [row.text for row in findings(race, store, NOW_US)]
    met_nowhere = {line.split()[4] for line in lines if line.endswith("met that reference clock")}
    assert met_nowhere == {f"{number:08x}" for number in clocks}
    for problem in told:
        assert problem.text in lines


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.file(Path(tmp_path_factory.mktemp("rulings")) / "race.db")


def test_every_kind_has_its_example() -> None:
    assert EXAMPLES.keys() | {"undo"} == KINDS.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_undo_and_undo_of_undo_whenever_the_laptops_say_that_it_was(
    kind: str, store: Store
) -> None:
    for minutes in permutations((1, 2, 3)):
        moments = [START_US + minute * MINUTE_US for minute in minutes]
        first = make(kind, EXAMPLES[kind], "Laz", "", moments[0])
        undo = make("undo", {"ruling": first.id}, "Laz", "a slip", moments[1])
        again = make("undo", {"ruling": undo.id}, "Carl", "it was none", moments[2])
        agree((undo, first), store)
        assert first.id not in {row.id for row in race_of([first, undo]).at(NOW_US).log.rulings}
        for rows in ((first, undo, again), (again, undo, first)):  # as two stores may be united
            agree(rows, store)
            assert [row.id for row in race_of(rows).at(NOW_US).log.rulings] == [first.id]


@st.composite
def histories(draw: st.DrawFn) -> list[Ruling]:
    """Rulings of two laptops, one of them ahead or behind by up to an hour: the later ones may take
    back any of those before, undos too; some of them nobody understands.
    """
    apart_us = draw(st.integers(-60, 60)) * MINUTE_US
    made: list[Ruling] = []
    for number in range(draw(st.integers(1, 9))):
        is_laz = draw(st.booleans())
        at_us = START_US + (100 + number) * MINUTE_US + (0 if is_laz else apart_us)
        by = "Laz" if is_laz else "Carl"
        if made and draw(st.booleans()):
            data = {"ruling": draw(st.sampled_from(made)).id}
            made.append(make("undo", data, by, f"{number}", at_us))
        elif draw(st.integers(0, 3)) == 0:
            kind, data = draw(st.sampled_from(STRANGE))
            made.append(Ruling(at_us, by, f"{number}", kind, data))
        else:
            kind = draw(st.sampled_from(sorted(EXAMPLES)))
            made.append(make(kind, EXAMPLES[kind], by, f"{number}", at_us))
    return draw(st.permutations(made))


@some(120)
@given(rulings=histories())
def test_clock_log_list_and_verify_agree(store: Store, rulings: list[Ruling]) -> None:
    agree(rulings, store)


def test_two_persons_may_trust_two_clocks() -> None:
    one = make("clock", {"reference_id": 10}, "Laz", "", START_US)
    other = make("clock", {"reference_id": 11}, "Carl", "", START_US + 1)
    moment = race_of([one, other]).at(NOW_US)
    assert choice_of(moment.decisions).trusted == {(10, ""), (11, "")}
    assert not [row for row in moment.problems if row.kind == "contradiction"]
    assert set(moment.states().values()) == {"stands"}
