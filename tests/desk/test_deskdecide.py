"""Decisions: shown first, kept once, and not against what somebody else has said meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deskkit import START_US, Play
from yellowgate.desk.decide import TRIES, Keeper, Wanted, keep, preview, rule, undo_last
from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.rulings.decisions import evaluate
from yellowgate.store.store import Store

WHEN_US = START_US + 10 * 3_600_000_000
ALL = Wanted("pages", {"runner": "Ada Ashdown", "loop": 1, "have": 13, "of": 13})
FEWER = Wanted("pages", {"runner": "Ada Ashdown", "loop": 1, "have": 12, "of": 13})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.file(tmp_path / "race.db")
    yield made
    made.close()


def test_a_form_sent_twice_is_kept_once(store: Store) -> None:
    keeper = Keeper()
    first = keeper.keep(store, [ALL], "Ann", WHEN_US, "token")
    keeper.keep(store, [FEWER], "Ann", WHEN_US + 1, "another")
    again = keeper.keep(store, [ALL], "Ann", WHEN_US + 2, "token")
    assert again == first and len(store.rulings()) == 2


def test_also_after_a_restart_the_same_words_are_kept_once(store: Store) -> None:
    (made,) = Keeper().keep(store, [ALL], "Ann", WHEN_US, "token").made
    kept = Keeper().keep(store, [ALL], "Ann", WHEN_US + 5_000_000, "token")
    assert kept.made == () and kept.already == (made,)
    assert store.rulings() == [made]


def test_what_another_decided_meanwhile_is_shown_first(store: Store) -> None:
    (laz,) = keep(store, [FEWER], "Laz", WHEN_US).made
    kept = keep(store, [ALL], "Ann", WHEN_US + 1)
    assert kept.against == (laz,) and not kept.made and store.rulings() == [laz]
    assert keep(store, [FEWER], "Ann", WHEN_US + 1).already == (laz,), "they agree"
    seen = keep(store, [ALL], "Ann", WHEN_US + 1, seen=[laz.id])
    assert len(seen.made) == 1 and len(store.rulings()) == 2


def test_ones_own_word_is_corrected_without_asking(store: Store) -> None:
    keep(store, [FEWER], "Ann", WHEN_US)
    assert keep(store, [ALL], "ann", WHEN_US + 1).made
    assert keep(store, [FEWER], "Ann", WHEN_US + 2).made, "the first one was replaced"


def test_two_sides_of_one_loop_on_paper_are_two_things(store: Store) -> None:
    sides = [
        Wanted("paper", {"runner": "Ada Ashdown", "loop": 2, "out_s": 36_000}),
        Wanted("paper", {"runner": "Ada Ashdown", "loop": 2, "in_s": 80_000}),
    ]
    for row in sides * 2:
        keep(store, [row], "Ann", WHEN_US)
    assert len(store.rulings()) == 2


def test_all_or_none(store: Store) -> None:
    wrong = Wanted("pages", {"runner": "Ada Ashdown", "loop": 1, "have": 14, "of": 13})
    with pytest.raises(ValueError, match="more than there are"):
        keep(store, [ALL, wrong], "Ann", WHEN_US)
    with pytest.raises(ValueError, match="who made it"):
        keep(store, [ALL], " ", WHEN_US)
    assert store.rulings() == []


def test_undo_takes_back_the_last_own_ruling_and_is_one_itself(store: Store) -> None:
    keep(store, [FEWER], "Laz", WHEN_US)
    (mine,) = keep(store, [Wanted("return", {"runner": "Ada Ashdown", "at_s": 5})], "Ann", 1).made
    wanted = undo_last(evaluate(store.rulings(), WHEN_US, ["Ada Ashdown"]), "Ann")
    assert wanted is not None and wanted.data == {"ruling": mine.id}
    (undo,) = keep(store, [wanted], "Ann", WHEN_US).made
    assert keep(store, [wanted], "Laz", WHEN_US).already == (undo,)
    assert undo_last(evaluate(store.rulings(), WHEN_US, ["Ada Ashdown"]), "Ann") is None


def test_preview_says_what_would_change_and_changes_nothing() -> None:
    play = Play().touch(1, "9:37:11")
    moment = play.at("10:00:00")
    before = moment.log
    lines = preview(moment, [ALL], "Ann")
    assert any("verdict provisional -> counted" in line for line in lines)
    assert play.at("10:00:00").log == before == moment.log
    assert preview(moment, [Wanted("pages", {**ALL.data, "loop": 4})], "Ann") == [
        "pages: Ada Ashdown has no loop 4"
    ]
    with pytest.raises(ValueError, match="unknown"):
        preview(moment, [Wanted("pages", {**ALL.data, "hop": 4})], "Ann")


def test_a_contradiction_is_seen_before_it_is_made() -> None:
    play = Play().touch(1, "9:37:11")
    play.rule("9:40:00", "pages", runner="Ada Ashdown", loop=1, have=12, of=13)
    lines = preview(play.at("10:00:00"), [ALL], "Ann")
    assert any("ruled differently" in line for line in lines)


def test_undo_of_what_is_not_there_is_refused(store: Store) -> None:
    (made,) = keep(store, [ALL], "Ann", WHEN_US).made
    keep(store, [Wanted("undo", {"ruling": made.id})], "Ann", WHEN_US)
    with pytest.raises(GateError, match="taken back already"):
        from yellowgate.desk.decide import rule

        rule(store, [Wanted("undo", {"ruling": made.id})], "Ann", WHEN_US)


class Interrupted(Store):
    """While somebody has read the rulings and not yet decided, others act, in a process of their
    own: once each.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.meanwhile: list[Callable[[Store], object]] = []

    def rulings(self) -> list[Ruling]:
        found = super().rulings()
        if self.meanwhile:
            self.meanwhile.pop()(Store(self.url))
        return found


@pytest.fixture
def interrupted(tmp_path: Path) -> Iterator[Interrupted]:
    made = Interrupted(f"sqlite:///{tmp_path / 'race.db'}")
    yield made
    made.close()


def test_of_two_who_decide_in_the_same_instant_the_second_sees_the_first(
    interrupted: Interrupted,
) -> None:
    interrupted.meanwhile = [lambda other: keep(other, [FEWER], "Laz", WHEN_US)]
    kept = keep(interrupted, [ALL], "Ann", WHEN_US)
    (laz,) = interrupted.rulings()
    assert laz.by == "Laz"
    assert kept.against == (laz,) and not kept.made


def test_two_who_say_the_same_in_the_same_instant_say_it_once(interrupted: Interrupted) -> None:
    interrupted.meanwhile = [lambda other: keep(other, [ALL], "Laz", WHEN_US)]
    kept = keep(interrupted, [ALL], "Ann", WHEN_US)
    assert kept.already == tuple(interrupted.rulings()) and not kept.made


def test_what_another_decides_of_something_else_holds_up_nobody(interrupted: Interrupted) -> None:
    other_loop = Wanted("pages", {**FEWER.data, "loop": 2})
    interrupted.meanwhile = [lambda other: keep(other, [other_loop], "Laz", WHEN_US)] * 3
    assert len(keep(interrupted, [ALL], "Ann", WHEN_US).made) == 1
    assert len(interrupted.rulings()) == 2


def test_a_ruling_is_taken_back_once_also_in_the_same_instant(interrupted: Interrupted) -> None:
    (made,) = keep(interrupted, [ALL], "Ann", WHEN_US).made
    undo = Wanted("undo", {"ruling": made.id})
    interrupted.meanwhile = [lambda other: rule(other, [undo], "Laz", WHEN_US)]
    with pytest.raises(GateError, match=r"taken back already, by .* of Laz"):
        rule(interrupted, [undo], "Ann", WHEN_US)
    assert len(interrupted.rulings()) == 2


def test_where_others_decide_all_the_time_it_ends_with_a_line(interrupted: Interrupted) -> None:
    def decide(at: int) -> Callable[[Store], object]:
        seen = Wanted("sighting", {"runner": "Ada Ashdown", "at_s": float(at), "text": "x"})
        return lambda other: other.add_rulings(rule(Store(other.url), [seen], "Laz", WHEN_US))

    interrupted.meanwhile = [decide(at) for at in range(2 * TRIES)]
    with pytest.raises(GateError, match="nothing was kept"):
        keep(interrupted, [ALL], "Ann", WHEN_US)
    assert {row.by for row in interrupted.rulings()} == {"Laz"}
