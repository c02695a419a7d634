"""Reference clocks kept apart: whose pairs may be used together, and where each puts the log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from gate_wire import bodies

from yellowgate.clock.align import Contradiction, Placement, place
from yellowgate.clock.shape import Pair, Reference, Shape
from yellowgate.rulings.trusted import Choice

RULED, VOUCHED, UNVOUCHED = 2, 1, 0


class Group(NamedTuple):
    """References that are used together, with the placements that fit them."""

    rank: int
    references: list[Reference]
    pairs: list[Pair]
    placements: list[Placement]


def groups_of(shape: Shape, choice: Choice) -> list[Group]:
    """The main group first, then each other reference alone."""
    by_reference: dict[Reference, list[Pair]] = {}
    for pair in shape.pairs:
        by_reference.setdefault(_voucher(pair, shape.pairs), []).append(pair)
    log_id = shape.rows.log_id
    ranked: dict[int, list[Reference]] = {RULED: [], VOUCHED: [], UNVOUCHED: []}
    for reference in sorted(by_reference):
        is_ruled = choice.trusts(reference.reference_id, log_id)
        rank = RULED if is_ruled else VOUCHED if reference.is_vouched else UNVOUCHED
        ranked[rank].append(reference)
    groups: list[Group] = []
    for rank, references in ranked.items():
        joint = _joint(shape, rank, references, by_reference)
        if joint is not None:
            groups.append(joint)
            continue
        alone = [
            Group(rank, [one], by_reference[one], _placements(shape, by_reference[one]))
            for one in references
        ]
        groups.extend(sorted(alone, key=_weight))
    return [group for group in groups if group.placements]


def _voucher(pair: Pair, pairs: Sequence[Pair]) -> Reference:
    """Time that came over the air is as good as the laptop that gave it to the base: it belongs
    to this laptop's vouched pairs, if all that it gave by cable are.
    """
    if pair.kind != bodies.REFERENCE_RADIO:
        return pair.reference
    same = {
        other.reference
        for other in pairs
        if other.reference.reference_id == pair.reference.reference_id
        and other.kind != bodies.REFERENCE_RADIO
    }
    return same.pop() if len(same) == 1 else pair.reference


def _joint(
    shape: Shape,
    rank: int,
    references: list[Reference],
    by_reference: dict[Reference, list[Pair]],
) -> Group | None:
    """References of a rank that vouches, together, if they do not contradict each other."""
    if rank == UNVOUCHED or len(references) < 2:
        return None
    pairs = [pair for one in references for pair in by_reference[one]]
    try:
        return Group(rank, references, pairs, [place(shape, pairs)])
    except Contradiction:
        return None


def _weight(group: Group) -> tuple[int, int, Reference]:
    """The one that was there for longest comes first; it only names the report's zero point."""
    times = [pair.utc_us for pair in group.pairs]
    return min(times) - max(times), -len(times), group.references[0]


def _placements(shape: Shape, pairs: Sequence[Pair]) -> list[Placement]:
    """Usually one. If one reference contradicts itself, it or the RTC jumped between two runs:
    the pairs before, those after, and all of them without trust in the RTC.
    """
    try:
        return [place(shape, pairs)]
    except Contradiction:
        pass
    found: list[Placement] = []
    with suppress(Contradiction):
        found.append(place(shape, pairs, is_split=True))
    start = 0
    while start < len(pairs):
        size, placement = _longest(shape, pairs[start:])
        if placement is not None:
            found.append(placement)
        start += size
    return found


def _longest(shape: Shape, pairs: Sequence[Pair]) -> tuple[int, Placement | None]:
    """How many of these pairs, from the first on, fit together, and their placement. A pair that
    does not even fit alone is left out.
    """
    best: tuple[int, Placement | None] = (1, None)
    low, high = 1, len(pairs)
    while low <= high:  # if so many fit, fewer do
        size = (low + high) // 2
        try:
            best = size, place(shape, pairs[:size])
            low = size + 1
        except Contradiction:
            high = size - 1
    return best
