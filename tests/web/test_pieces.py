"""A page as pieces: what is told of a change makes the page what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.web.pieces import Change, Piece, State, change

SHELLS = ("", "left", "right")


def state(left: list[str], right: list[str], words: str = "") -> State:
    """Two boxes of pieces; each says its id and these words."""
    rows = [Piece("left", "", "<div>", "</div>"), Piece("right", "", "<div>", "</div>")]
    rows += [Piece(key, "left", f"<i>{key}{words}</i>") for key in left]
    rows += [Piece(key, "right", f"<i>{key}</i>") for key in right]
    return State.of(rows)


class Page:
    """What a browser does with what it is told: hq.js in a few lines."""

    def __init__(self, shown: State) -> None:
        self.within = {key: list(rows) for key, rows in shown.children().items()}
        self.html = {key: piece.html + piece.end for key, piece in shown.pieces.items()}

    def apply(self, told: Change) -> None:
        for put in told.put:
            key, parent, before, html = str(put[0]), str(put[1]), str(put[2]), put[3]
            for rows in self.within.values():
                if key in rows:
                    rows.remove(key)
            rows = self.within.setdefault(parent, [])
            rows.insert(rows.index(before) + 1 if before else 0, key)
            if html is not None:
                self.html[key] = html
        for key in told.gone:
            for rows in self.within.values():
                if key in rows:
                    rows.remove(key)


keys = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(keys, keys, keys, keys, st.sampled_from(["", "!"]))
def test_what_is_told_makes_the_page_what_it_is(
    a: list[str], b: list[str], c: list[str], d: list[str], words: str
) -> None:
    before = state(a, [key for key in b if key not in a])
    after = state(c, [key for key in d if key not in c], words)
    page = Page(before)
    page.apply(change(before, after))
    for parent, rows in after.children().items():
        assert page.within[parent] == rows
    assert {key: page.html[key] for key in after.pieces} == {
        key: piece.html + piece.end for key, piece in after.pieces.items()
    }


def test_one_arrival_is_told_in_one_piece() -> None:
    names = [f"r{n}" for n in range(500)]
    moved = [*names[1:], names[0]]
    assert change(state(names, []), state(moved, [])).put == [["r0", "left", "r499", None]]
    told = change(state(names, []), state(names[1:], ["r0"]))
    assert [row[0] for row in told.put] == ["r0"]
    assert told.gone == []


def test_the_same_is_told_to_nobody() -> None:
    assert not change(state(["a"], ["b"]), state(["a"], ["b"]))
    assert state(["a"], ["b"]).version == state(["a"], ["b"]).version


def test_what_goes_with_its_box_is_not_told_by_itself() -> None:
    before = state(["a"], ["b"])
    after = State.of([Piece("right", "", "<div>", "</div>"), Piece("b", "right", "<i>b</i>")])
    assert change(before, after).gone == ["left"]


def test_two_pieces_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two pieces are called 'a'"):
        state(["a"], ["a"])


def test_a_page_is_its_pieces_in_their_boxes() -> None:
    assert state(["a"], []).html() == "<div><i>a</i>\n</div>\n<div></div>\n"
