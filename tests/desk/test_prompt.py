"""The prompt: what it shows, keeps, asks and takes back, without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from deskkit import START_US, Play, seconds
from rich.console import Console
from yellowgate.cli.desksession import Desk
from yellowgate.desk.fresh import STALE_US, Fresh
from yellowgate.official import Race
from yellowgate.store.store import Store


class Table:
    """A desk over a small race whose clock stands; say() gives what is shown."""

    def __init__(self, play: Play, at: str, store: Store) -> None:
        self.store = store
        self.race = play.race(at)
        store.add_rulings(play.rulings)
        self.now_us = START_US + seconds(at) * 1_000_000
        self.reads = 0
        self._seen: Race | None = None
        self.desk = Desk(Fresh(self._race, self._now), store, "Laz", self._now)

    def _now(self) -> int:
        return self.now_us

    def _race(self) -> Race:
        rulings = self.store.rulings()
        if self._seen is None or rulings != self._seen.rulings:
            self.reads += 1
            self._seen = replace(self.race, rulings=rulings)
        return self._seen

    def say(self, line: str, width: int = 80) -> str:
        out = Console(width=width, file=None, record=True, markup=False, quiet=False)
        with out.capture() as captured:
            for part in self.desk.do(line):
                out.print(part)
        return captured.get()

    @property
    def kinds(self) -> list[str]:
        return [row.kind for row in self.store.rulings()]


@pytest.fixture
def table(tmp_path) -> Iterator[Table]:
    store = Store.file(tmp_path / "race.db")
    play = Play().touch(1, "9:37:11", "9:52:34").touch(2, "10:05:00").press("10:12:00")
    yield Table(play, "14:00:00", store)
    store.close()


def test_what_waits_has_numbers_and_letters(table: Table) -> None:
    shown = table.say("")
    assert "1 3 Jürgen Müller is not accounted for" in shown and "a In camp now" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_ok_takes_the_usual_answer_of_what_was_shown(table: Table) -> None:
    shown = table.say("waiting all").splitlines()
    (number,) = [row.split()[0] for row in shown if "1 Ada Ashdown: how many pages?" in row]
    assert "13 of 13 pages" in table.say(f"ok {number}")
    assert table.kinds == ["pages"]
    assert "decided meanwhile" in table.say(f"ok {number}"), "the numbers are those that were shown"
    assert "nothing with the number 99 waits" in table.say("ok 99") and table.desk.failed


def test_an_answer_that_asks_for_more_says_how_it_is_typed(table: Table) -> None:
    table.say("waiting all")
    shown = table.say("waiting all").splitlines()
    (number,) = [row.split()[0] for row in shown if "1 Ada Ashdown: how many pages?" in row]
    assert "type it, like 1 12/13" in table.say(f"ok {number}b")
    assert table.kinds == []


def test_a_line_is_kept_and_taken_back(table: Table) -> None:
    assert "pages ?/13 -> 13/13" in table.say("1 all")
    assert "kept before" in table.say("1 all") and table.kinds == ["pages"]
    assert "takes back: Ada Ashdown, loop 1: 13 of 13 pages" in table.say("undo")
    assert sorted(table.kinds) == ["pages", "undo"]
    assert "no ruling of Laz stands" in table.say("undo") and table.desk.failed


def test_what_may_be_two_things_is_chosen_by_its_number(table: Table) -> None:
    shown = table.say("3 seen 0:40")
    assert "1 0:40:00 of the race" in shown and table.kinds == [] and table.desk.failed
    table.say("2")
    (made,) = table.store.rulings()
    assert set(made.data) == {"runner", "at"}
    assert "Bram Birch" in table.say("2"), "later the number is a bib again"


def test_another_persons_word_is_shown_before_it_is_contradicted(table: Table) -> None:
    table.say("1 all")
    table.say("by Ann")
    shown = table.say("1 12/13")
    assert "Laz decided otherwise" in shown and table.kinds == ["pages"]
    table.say("y")
    assert table.kinds == ["pages", "pages"]
    assert "contradiction" in table.say("")


def test_what_the_race_speaks_against_is_kept_on_y_alone(table: Table) -> None:
    shown = table.say("pages runner=3 loop=2 pages=13/13")
    assert "nothing was kept; y" in shown and table.kinds == []
    table.say("find ada")
    table.say("y")
    assert table.kinds == [], "another line in between: y means nothing any more"
    table.say("pages runner=3 loop=2 pages=13/13")
    table.say("y")
    assert table.kinds == ["pages"]


def test_lines_that_are_pasted_are_kept_on_y(table: Table) -> None:
    shown = table.say("3 in 11:03:07\n3 out 11:20:00\n99 all\n")
    assert "y: keep 2 rulings" in shown and "nobody has the name, bib or tag '99'" in shown
    assert table.kinds == []
    table.say("y")
    assert table.kinds == ["paper", "paper"]
    assert "y: keep" not in table.say("3 in 11:03:07\n3 out 11:20:00")


def test_one_runner(table: Table) -> None:
    shown = table.say("ash")
    assert "1 Ada Ashdown" in shown and "in" in shown and "yellow gate" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "Peter Smith" in table.say("find smith") and "Paul Smith" in table.say("find smith")
    assert "nobody has 'xyz'" in table.say("find xyz")


def test_what_a_line_would_do_is_said_while_it_is_typed(table: Table) -> None:
    assert table.desk.live("1 al").startswith("'al' was not understood: did you mean 'all'? (35:")
    said = table.desk.live("1 all").splitlines()
    assert said[0].startswith("Ada Ashdown, loop 1: 13 of 13 pages   loop 1 in 9:37:11")
    assert "verdict provisional -> counted" in said[1]
    assert table.desk.live("") == table.desk.live("waiting") == ""
    assert table.kinds == []


def test_a_race_is_read_again_only_when_something_changed(table: Table) -> None:
    for _ in range(5):
        table.say("1")
    assert table.reads == 1
    table.say("1 all")
    table.say("1")
    assert table.reads == 2


def test_a_moment_that_is_old_is_judged_anew(table: Table) -> None:
    fresh = table.desk.fresh
    first = fresh.moment()
    table.now_us += STALE_US
    assert fresh.moment() is first
    table.now_us += 1
    assert fresh.moment().as_of_us == table.now_us
