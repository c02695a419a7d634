"""A page as pieces that can change one by one, and what turns one state of it into the next.

A template writes its page as pieces, each with an id and a parent; a shell is a piece that holds
others. Nothing in a piece changes by the passing of time alone: clocks are marked by their moment,
and run in the browser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Put = list[str | None]  # id, parent, id before it ("" for none), HTML (None: it only moves)


class Piece(NamedTuple):
    """An element with an id. html: the whole; of a shell its open tag, and end its close tag."""

    id: str
    parent: str
    html: str
    end: str = ""


@dataclass(frozen=True)
class Change:
    """From one state to the next: what is put where, in this order, and what goes."""

    put: Sequence[Put]
    gone: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.put or self.gone)


@dataclass(frozen=True)
class State:
    """All pieces of a page. version: the same for the same pieces."""

    pieces: Mapping[str, Piece] = field(default_factory=dict[str, Piece])
    version: str = ""

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> State:
        """The state of these pieces, in their order. Raises ValueError for an id that is twice."""
        kept: dict[str, Piece] = {}
        for piece in pieces:
            if piece.id in kept:
                raise ValueError(f"two pieces are called {piece.id!r}")
            kept[piece.id] = piece
        made = hashlib.sha256()
        for piece in kept.values():
            head = ",".join(str(len(part)) for part in piece)  # where each part ends
            made.update(f"{head};{''.join(piece)}".encode("utf-8", "surrogatepass"))
        return cls(kept, made.hexdigest()[:16])

    def children(self) -> dict[str, list[str]]:
        """The ids within each parent, in order; those at the top within ""."""
        found: dict[str, list[str]] = {}
        for piece in self.pieces.values():
            found.setdefault(piece.parent, []).append(piece.id)
        return found

    def html(self) -> str:
        """The pieces as one text."""
        within = self.children()

        def text(key: str) -> str:
            piece = self.pieces[key]
            inner = "".join(map(text, within.get(key, ())))
            return f"{piece.html}{inner}{piece.end}\n"

        return "".join(map(text, within.get("", ())))


def change(before: State, after: State) -> Change:
    """What turns one into the other."""
    old, new = before.pieces, after.pieces
    gone = [
        key
        for key, piece in old.items()
        if key not in new and (piece.parent in new or not piece.parent)
    ]
    old_within = before.children()
    put: list[Put] = []
    for parent, order in after.children().items():
        kept = set(order) & set(old_within.get(parent, ()))
        moved = _moved([key for key in old_within.get(parent, ()) if key in kept], order)
        previous = ""
        for key in order:
            piece = new[key]
            is_same = key in kept and old[key] == piece
            if not is_same:
                put.append([key, parent, previous, piece.html + piece.end])
            elif key in moved:
                put.append([key, parent, previous, None])
            previous = key
    # A parent is put before what stands in it.
    depth = {key: _depth(new, key) for key in {str(row[0]) for row in put}}
    put.sort(key=lambda row: depth[str(row[0])])
    return Change(put, gone)


def _depth(pieces: Mapping[str, Piece], key: str) -> int:
    steps = 0
    while key in pieces:
        key = pieces[key].parent
        steps += 1
    return steps


def _moved(old: Sequence[str], order: Iterable[str]) -> set[str]:
    """Those that must be moved so that `old` comes into the order of `order`: few, not fewest."""
    kept = set(old)
    new = [key for key in order if key in kept]
    at_new = {key: at for at, key in enumerate(new)}
    at_old = {key: at for at, key in enumerate(old)}
    moved: set[str] = set()
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] in moved:
            i += 1
        elif new[j] in moved:
            j += 1
        elif old[i] == new[j]:
            i, j = i + 1, j + 1
        elif at_new[old[i]] - j >= at_old[new[j]] - i:
            moved.add(old[i])
        else:
            moved.add(new[j])
    return moved
