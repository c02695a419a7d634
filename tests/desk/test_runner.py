"""One runner: found by a part of the name, a bib of any loop or a tag; and all that is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deskkit import Play, uid
from yellowgate.desk.runner import find, runner_page


def play() -> Play:
    made = Play().touch(1, "9:37:11", "9:52:34")
    made.roster[1] = replace(made.roster[1], bibs={1: "17", 2: "217"})
    made.rule("9:40:00", "pages", runner="Ada Ashdown", loop=1, have=13, of=13)
    return made


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mül", ["Jürgen Müller"]),
        ("MULLER", ["Jürgen Müller"]),
        ("smith", ["Peter Smith", "Paul Smith"]),
        ("217", ["Bram Birch"]),
        ("017", ["Bram Birch"]),
        (uid(1), ["Ada Ashdown"]),
        ("04:A1:01:C1:D2:5E:80", ["Ada Ashdown"]),
        ("", []),
        ("<script>", []),
        ("a", ["Ada Ashdown", "Bram Birch", "Paul Smith"]),
    ],
)
def test_found(text: str, names: list[str]) -> None:
    assert [row.name for row in find(play().at("10:00:00"), text)] == names


def test_a_hit_says_by_what() -> None:
    (hit,) = find(play().at("10:00:00"), "217")
    assert hit.why == "bib 217 (loop 2)"


def test_the_page_has_loops_rulings_and_forms() -> None:
    made = play()
    made.rulings.append(made.rule("9:41:00", "undo", ruling=made.rulings[0].id))
    page = runner_page(made.at("10:00:00"), "Ada Ashdown")
    assert [row.loop for row in page.line.loops] == [1, 2]
    assert page.line.loops[0].evidence[0].station == "yellow gate"
    assert [(row.kind, row.state) for row in page.rulings] == [("pages", "taken back")]
    assert {row.kind for row in page.forms} >= {"pages", "dropout", "sighting", "paper", "bib"}
    assert page.where is not None and page.where.loop == 2


def test_nobody_has_no_page() -> None:
    with pytest.raises(ValueError, match="nobody in this race is called 'Ann'"):
        runner_page(play().at("10:00:00"), "Ann")
