"""Each rule of the judge complains when it is broken, and of a world as it is none does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import judge
import judgeend
import judgelists
import judgerace
import judgerecords
import pytest
from complaint import Complaint
from gate_wire import kinds
from held import Errors, Held, undone
from parts import Come, Leave, PassBy, Sync, Undo, Word
from play import played
from rows import Row, in_flash
from rules import KEY
from story import Laptop, Runner, Station, Story
from truth import Ack, Moment, Said
from yellowgate.model import Problem, Ruling
from yellowgate.race.official_log import Proposal, Unassigned

SCALE = 10  # of a Barkley whose first loop ends by 1:20:00
STORY = Story(
    seed=1,
    size="short",
    preset="barkley",
    scale=SCALE,
    hours=1.55,
    runners=(
        Runner("Nora", "F", "101", ("04a1b2c3d4e501",)),
        Runner("Ivo", "M", "102", ("04a1b2c3d4e502",)),
        Runner("Ada", "F", "103", ("04a1b2c3d4e503",)),
    ),
    stations=(Station(1, "gate", "gate"), Station(2, "tower", "fire tower")),
    laptops=(Laptop("camp"), Laptop("tent")),
    parts=(
        PassBy(1, 1_200.5, "Nora"),
        Come(2, 2_500.5, "Nora"),
        Come(3, 2_600.5, "Ivo"),
        Leave(4, 3_000.5, "Nora"),
        PassBy(5, 4_000.5, "Nora"),
        Sync(6, 4_100, "camp", 1),
        Sync(7, 4_110, "camp", 2),
        Word(8, 4_120, "camp", "Laz", "Nora", "pages", 2_500.5),
        Word(9, 4_130, "camp", "Laz", "Ivo", "pages", 2_600.5, wrong=True),
        Undo(10, 4_140, "camp", "Laz", 9),
        Come(11, 4_700.5, "Ada"),
    ),
    checks=(4_200.0, 5_200.0),
)


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    """On the way, later, and at the end; the stores are gone, what was in them is kept."""
    found: list[Moment] = []

    def look(moment: Moment) -> list[Complaint]:
        moment = replace(moment, truth=deepcopy(moment.truth))
        held = Held(moment)
        for laptop in held.laptops:
            kept = laptop.logs, laptop.rulings
            laptop.view.store = Kept(*kept)  # pyright: ignore[reportAttributeAccessIssue]
        found.append(moment)
        return judge.judge(moment)

    assert played(STORY, look) == []
    return found


class Kept:
    """What was in a store."""

    def __init__(self, logs: Any, rulings: Any) -> None:  # noqa: ANN401
        self._logs, self._rulings = logs, rulings

    def logs(self) -> Any:  # noqa: ANN401
        return self._logs

    def rulings(self) -> Any:  # noqa: ANN401
        return list(self._rulings)

    def close(self) -> None:
        pass


Rule = Callable[[Held], Iterator[Complaint]]


def changed(moment: Moment, **fields: Any) -> Moment:  # noqa: ANN401
    """A moment of its own, with a truth of its own."""
    views = [replace(view) for view in moment.laptops]
    for view in views:
        view.race = replace(view.race) if view.race else None
    return replace(moment, **{"truth": deepcopy(moment.truth), "laptops": views, **fields})


def with_log(moment: Moment, **fields: Any) -> None:  # noqa: ANN401
    """The first laptop's log says something else."""
    race = moment.laptops[0].race
    assert race is not None
    race.__dict__["log"] = replace(race.log, **fields)


def with_line(moment: Moment, name: str, **fields: Any) -> None:  # noqa: ANN401
    """Of a runner it says something else."""
    race = moment.laptops[0].race
    assert race is not None
    lines = [replace(row, **fields) if row.name == name else row for row in race.log.runners]
    with_log(moment, runners=tuple(lines))


def complaints(rule: Rule, moment: Moment) -> list[Complaint]:
    return list(rule(Held(moment)))


def test_a_world_as_it_is_breaks_none(moments: list[Moment]) -> None:
    for moment in moments:
        assert judge.judge(changed(moment)) == []
    assert moments[-1].is_end
    # ... and there was something to look at.
    looks = list(judgerace.looks(Held(moments[0])))
    assert {look.line.name for look in looks} == {"Nora", "Ivo", "Ada"}
    assert [loop.verdict for loop in looks[0].line.loops][:1] == ["counted"]


def test_a_traceback(moments: list[Moment]) -> None:
    text = 'Traceback (most recent call last):\n  File "store.py", line 3\nKeyError: 7\n'
    failed = changed(moments[0], failures=[("camp", text)])
    assert "KeyError: 7" in complaints(judgerecords.no_failure, failed)[0].text
    printed = changed(moments[0], printed=[("tent", text)])
    assert complaints(judgerecords.no_failure, printed)[0].who == "tent"


def test_a_secret(moments: list[Moment]) -> None:
    for secret in (KEY, moments[0].stations[0].first_key.hex().upper()):
        shown = changed(moments[0], printed=[("camp", f"gate: bad line: key = {secret}")])
        (found,) = complaints(judgerecords.no_secret, shown)
        assert secret.lower() not in str(found)


def test_a_touch_that_was_acknowledged_and_is_nowhere(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    ack = moment.truth.acks[-1]
    moment.truth.acks.append(ack._replace(seq=ack.seq + 40))
    assert len(complaints(judgerecords.nothing_lost, moment)) == 1
    moment.truth.acks[-1] = Ack(1, ack.log_id, -1, 0, "", ack.at_us)
    assert "nothing was stored" in complaints(judgerecords.nothing_lost, moment)[0].text


def test_a_number_given_twice(moments: list[Moment]) -> None:
    held = Held(changed(moments[0]))
    log_id, rows = next(iter(held.flash.items()))
    rows.append(replace(rows[0], raw=b"another"))
    assert [one.who for one in judgerecords.one_record_a_number(held)] == [f"log {log_id[:8]}"]


def test_what_nobody_did(moments: list[Moment]) -> None:
    rule, moment = judgerecords.nothing_invented, changed(moments[0])
    moment.truth.touches = [one for one in moment.truth.touches if one.runner != "Ivo"]
    assert "nobody was there" in complaints(rule, moment)[0].text
    held = Held(changed(moments[0]))
    log_id, rows = next(iter(held.flash.items()))
    touch = next(row for row in rows if row.kind == kinds.TAG)
    rows.append(replace(touch, kind=kinds.TAPS, seq=99))
    assert "says taps" in next(rule(held)).text
    held.everywhere[log_id] = {replace(touch, seq=100 + at) for at in range(9)}
    assert "9 records" in next(rule(held)).text
    held.everywhere["ab" * 8] = set()
    assert "of no station" in [one.text for one in rule(held)]


def test_a_record_that_is_another_one_on_the_station(moments: list[Moment]) -> None:
    held = Held(changed(moments[0]))
    laptop = held.laptops[0]
    log_id, rows = next(iter(laptop.rows.items()))
    rows[0] = Row(log_id, rows[0].seq, b"another", rows[0].kind, "")
    assert [one.who for one in judgerecords.stores_say_what_the_flash_says(held)] == ["camp"]


def test_what_a_station_believes_to_be_had_is_stored(moments: list[Moment]) -> None:
    rule = judgerecords.what_is_acked_by_radio_is_stored
    moment = changed(moments[0])
    moment = replace(moment, story=replace(STORY, laptops=(Laptop("camp", listens=True),)))
    station = replace(moment.stations[0], had=frozenset({0, 1}))
    moment = replace(moment, stations=[station, *moment.stations[1:]])
    assert complaints(rule, moment) == []
    held = Held(moment)
    held.laptops[0].rows[station.log_id] = held.laptops[0].rows[station.log_id][1:]
    assert "records [0]" in next(rule(held)).text


def test_a_life_without_its_start(moments: list[Moment]) -> None:
    held = Held(changed(moments[0]))
    log_id = held.moment.stations[0].log_id
    held.flash[log_id] = held.flash[log_id][1:]
    assert (
        "life 1 begins with record 1"
        in next(judgerecords.each_life_begins_with_its_start(held)).text
    )


def test_a_bound_that_does_not_hold(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    for touch in moment.truth.touches:
        if touch.runner == "Nora":
            touch.at_us += 20_000_000
            touch.until_us += 20_000_000
    assert "ms from the touch of Nora" in complaints(judgerecords.bounds_hold, moment)[0].text


def test_a_wrong_laptop_is_no_measure_for_bounds() -> None:
    errors = Errors([(0, 0), (1_000, 300)])
    assert list(errors.at_shown(500)) == [0]
    assert list(errors.at_shown(1_400)) == [300]
    assert list(errors.at_shown(1_100)) == []  # the laptop's clock has never shown this
    assert list(Errors([(0, 0), (1_000, -300)]).at_shown(900)) == [0, -300]


def test_a_ruling_that_is_gone(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    lost = Ruling(1, "Laz", "", "return", {"runner": "Ivo", "at_s": 1.0})
    moment.truth.said.append(Said(99, "camp", lost, True))
    assert lost.id in complaints(judgelists.no_ruling_lost, moment)[0].text
    rulings_of = Held(moment).laptops[0].rulings
    moment = changed(moments[-1])
    moment.laptops[1].store = Kept(  # pyright: ignore[reportAttributeAccessIssue]
        moment.laptops[1].store.logs(),
        rulings_of[:0],  # pyright: ignore[reportOptionalMemberAccess]
    )
    assert complaints(judgeend.all_rulings_everywhere, moment)[0].who == "tent"


def test_what_was_taken_back_is_not_in_force(moments: list[Moment]) -> None:
    rule, moment = judgelists.rulings_stand_as_ruled, changed(moments[0])
    race = moment.laptops[0].race
    assert race is not None
    with_log(moment, rulings=())  # the word that stands is not there
    assert "is not in force" in complaints(rule, moment)[0].text
    gone = next(row for row in moment.truth.said if not row.is_right and row.ruling.kind != "undo")
    line = dataclasses.replace(
        race.log.rulings[0] if race.log.rulings else _line(), id=gone.ruling.id
    )
    with_log(moment, rulings=(line,))
    assert "was taken back" in [one.text for one in complaints(rule, moment)][-1]


def _line() -> Any:  # noqa: ANN401
    from yellowgate.model import RulingLine

    return RulingLine("", 0, "Laz", "pages", "", "")


def test_undo_and_its_undo() -> None:
    one = Ruling(5, "Laz", "", "return", {"runner": "Ivo", "at_s": 1.0})
    undo = Ruling(3, "Ada", "", "undo", {"ruling": one.id})  # dated before it
    again = Ruling(2, "Laz", "", "undo", {"ruling": undo.id})
    assert undone([one]) == set()
    assert undone([one, undo]) == {one.id}
    assert undone([one, undo, again]) == {undo.id}


def test_one_word_of_a_person_and_none_of_several(moments: list[Moment]) -> None:
    held = Held(changed(moments[0]))
    laptop = held.laptops[0]
    said = [
        Ruling(at, by, "", "dropout", {"runner": "Ivo", "reason": reason})
        for at, by, reason in ((1, "Laz", "lost"), (2, "Laz", "injured"), (3, "Ada", "injured"))
    ]
    for count, right in ((1, said[0].id), (2, said[1].id), (3, said[2].id)):
        laptop.__dict__["standing"] = said[:count]
        assert judgelists.decided(laptop) == {("dropout", "Ivo"): right}
    laptop.__dict__["standing"] = [
        *said,
        replace(said[2], at_us=4, data={"runner": "Ivo", "reason": "lost"}),
    ]
    assert judgelists.decided(laptop) == {("dropout", "Ivo"): None}
    assert next(judgelists.rulings_stand_as_ruled(held), None) is not None


def test_a_log_that_was_not_kept_up(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    moment.laptops[1].live_json = moment.laptops[1].live_json.replace("Nora", "Nova", 1)
    (found,) = complaints(judgelists.the_log_is_of_what_is_there, moment)
    assert found.who == "tent"
    assert "Nova" in found.text


def test_a_proposal_by_the_alphabet(moments: list[Moment]) -> None:
    race = moments[0].laptops[0].race
    assert race is not None
    nora = Proposal("Nora", "101", 1, "in", "on loop 1, but in at 0:41:40", rank=1)
    ada = Proposal("Ada", "103", 1, "in", "on loop 1", rank=2)
    evidence = race.log.runners[0].loops[0].evidence[:1]
    for row, is_fair in (
        ((nora, ada), False),
        ((replace(ada, rank=1), replace(nora, rank=2)), True),
    ):
        moment = changed(moments[0])
        moment.laptops[0].race.__dict__["unassigned"] = [  # pyright: ignore[reportOptionalMemberAccess]
            Unassigned("", 1, row, tuple(evidence))
        ]
        assert (complaints(judgelists.proposals_are_fair, moment) == []) == is_fair


def test_another_start(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    race = moment.laptops[0].race
    assert race is not None
    with_log(moment, start_us=(race.log.start_us or 0) + 300_000_000)
    assert "off by 300.0 s" in complaints(judgerace.start_is_true, moment)[0].text


def test_a_loop_that_was_otherwise(moments: list[Moment]) -> None:
    rule = judgerace.loops_are_true

    def of(name: str, change: Callable[[Any], None]) -> str:
        moment = changed(moments[0])
        change(moment.truth.lives[name].trips)
        found = complaints(rule, moment)
        assert {one.who for one in found} == {name}
        return found[0].text

    def later(trips: Any, s: float) -> None:  # noqa: ANN401
        trips[0].in_s += s

    assert "in at 0:41:40" in of("Nora", lambda trips: later(trips, 60))
    assert "left at 0:50:00" in of("Nora", lambda trips: setattr(trips[1], "out_s", 2_900.0))
    assert "is not back" in of("Ivo", lambda trips: setattr(trips[0], "in_s", None))
    assert "never begun" in of("Nora", lambda trips: trips.pop())


def test_a_verdict_that_is_another(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    race = moment.laptops[0].race
    assert race is not None
    nora = next(row for row in race.log.runners if row.name == "Nora")
    with_line(moment, "Nora", loops=(nora.loops[0]._replace(verdict="over cutoff"), nora.loops[1]))
    assert (
        "over cutoff in 0:41:40, truly counted"
        in complaints(judgerace.loops_are_true, moment)[0].text
    )


def test_a_state_that_is_another(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    with_line(moment, "Nora", status="in camp", loops_counted=2)
    assert "truly on course with 1" in complaints(judgerace.states_are_true, moment)[0].text


def test_a_place_that_is_another(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    for place, name in enumerate(("Nora", "Ivo"), 1):
        with_line(moment, name, place=place, known_us=None)
    assert complaints(judgerace.places_are_true, moment) == []
    for place, name in enumerate(("Ivo", "Nora"), 1):
        with_line(moment, name, place=place, known_us=None)
    assert "before Nora" in complaints(judgerace.places_are_true, moment)[0].text


def test_who_is_outside_and_not_on_the_list(moments: list[Moment]) -> None:
    moment = changed(moments[0])
    with_line(moment, "Nora", status="in camp", accounted=True, known_us=None)
    (found,) = complaints(judgerace.who_is_outside_is_listed, moment)
    assert "passed the tower at 1:06:40" in found.text


def test_at_the_end(moments: list[Moment]) -> None:
    moment = changed(moments[-1])
    held = Held(moment)
    held.laptops[1].rows.popitem()
    assert [one.who for one in judgeend.all_records_everywhere(held)] == ["tent"]
    moment.laptops[1].log_json += " "
    moment.laptops[1].log_json = moment.laptops[1].log_json.replace("Ivo", "Iva", 1)
    assert [one.who for one in complaints(judgeend.same_bytes, moment)] == ["tent"]
    with_log(moment, problems=(Problem("contradiction", "decide", "ruled differently"),))
    assert [one.who for one in complaints(judgeend.nothing_contradicts, moment)] == ["camp"]
    with_line(moment, "Ivo", accounted=False)
    moment.truth.lives["Ivo"].trips[-1].in_s = 2_600.0
    assert [one.who for one in complaints(judgeend.all_accounted_for, moment)] == ["Ivo"]


def test_every_rule_is_asked() -> None:
    asked = {rule.__name__ for rule in judge.RULES}
    assert len(asked) == len(judge.RULES) == 23


def test_records_in_a_flash(moments: list[Moment]) -> None:
    station = moments[0].stations[0]
    rows = in_flash(station.image, station.log_id)
    assert [row.seq for row in rows] == list(range(len(rows)))
    at = station.image.index(rows[2].raw)
    torn = station.image[: at + 9] + b"\x00" + station.image[at + 10 :]
    assert [row.seq for row in in_flash(torn, station.log_id)] == [
        row.seq for row in rows if row.seq != 2
    ]
    assert in_flash(station.image, "ab" * 8) == []
