"""Reference clocks kept apart: whose pairs may be used together, and where each puts the log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from gate_wire import bodies

from yellowgate.clock.align import Contradiction, Placement, place
from yellowgate.clock.shape import Pair, Reference, Shape
from yellowgate.clock.standing import exchanges_of, outweighs
from yellowgate.rulings.trusted import Choice

RULED, VOUCHED, UNVOUCHED = 2, 1, 0
_PARTS_TRIED = 8  # of a reference that contradicts itself: with so many a pair is compared


class Group(NamedTuple):
    """References that are used together, with the placements that fit them.

    jumps: how often they contradict themselves. With one placement all the same, the pairs that
    do not fit it are outweighed by those that do, and stand in `refuted`.
    """

    rank: int
    references: list[Reference]
    pairs: list[Pair]
    placements: list[Placement]
    jumps: int = 0
    refuted: Sequence[Pair] = ()


class _Part(NamedTuple):
    """Pairs of one reference that fit together."""

    pairs: list[Pair]
    placement: Placement


def by_reference_of(shape: Shape) -> dict[Reference, list[Pair]]:
    """The pairs of each reference."""
    by_reference: dict[Reference, list[Pair]] = {}
    for pair in shape.pairs:
        by_reference.setdefault(_voucher(pair, shape.pairs), []).append(pair)
    return by_reference


def groups_of(
    shape: Shape, by_reference: dict[Reference, list[Pair]], choice: Choice
) -> list[Group]:
    """Those that are vouched for best first. References of one rank that vouches are a group, if
    they fit together; else each is one alone.
    """
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
        alone = [_alone(shape, rank, one, by_reference[one]) for one in references]
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


def _alone(shape: Shape, rank: int, reference: Reference, pairs: list[Pair]) -> Group:
    """Usually with one placement. If the reference contradicts itself, it or the RTC jumped
    between two runs: all pairs without trust in the RTC, and each part that fits together. If
    only the reference can have jumped, and one part outweighs the others wherever both speak, that
    one is believed.
    """
    with suppress(Contradiction):
        return Group(rank, [reference], pairs, [place(shape, pairs)])
    parts = _parts(shape, pairs)
    jumps = max(1, len(parts) - 1)
    placements = [part.placement for part in parts]
    try:
        return Group(
            rank, [reference], pairs, [place(shape, pairs, is_split=True), *placements], jumps
        )
    except Contradiction:
        pass
    if not parts:
        return Group(rank, [reference], pairs, [])
    best = parts[0]
    refuted = [pair for pair in pairs if pair not in best.pairs]
    if _outweighs(best, refuted):
        return Group(rank, [reference], best.pairs, [best.placement], jumps, refuted)
    return Group(rank, [reference], pairs, placements, jumps)


def _outweighs(part: _Part, others: Sequence[Pair]) -> bool:
    """In each stretch of the log that one clock measured. What a part says of a start of the
    station that nothing joins to another one is no word for it there.
    """
    stretch_of = stretches(part.placement, [*part.pairs, *others])
    return all(
        outweighs(
            exchanges_of(pair for pair in part.pairs if stretch_of[pair.run] == stretch),
            exchanges_of(pair for pair in others if stretch_of[pair.run] == stretch),
        )
        for stretch in {stretch_of[pair.run] for pair in others}
    )


def stretches(placement: Placement, pairs: Sequence[Pair]) -> dict[int, int]:
    """By the number of a run with one of these pairs: the first of the runs that the RTC joins with
    it. The placement is of the log.
    """
    first = {pair.run: pair.run for pair in pairs}
    run_of: dict[int, int] = {}  # by epoch
    for pair in sorted(pairs, key=lambda pair: pair.run):
        epoch = placement.epoch_of.get(pair.row)
        if epoch is not None and placement.epochs[epoch] is not None:
            one, other = first[run_of.setdefault(epoch, pair.run)], first[pair.run]
            first = {
                run: min(one, other) if at in (one, other) else at for run, at in first.items()
            }
    return first


def _parts(shape: Shape, pairs: Sequence[Pair]) -> list[_Part]:
    """Pairs that fit together, the part of the most exchanges first, then the earliest."""
    parts: list[_Part] = []
    start = 0
    while start < len(pairs):
        size, placement = _longest(shape, pairs[start:])
        if placement is not None:
            _join(shape, parts, _Part(list(pairs[start : start + size]), placement))
        start += size
    return sorted(parts, key=lambda part: (-exchanges_of(part.pairs), part.pairs[0].row))


def _join(shape: Shape, parts: list[_Part], part: _Part) -> None:
    """Add it to the part that it fits, if there is one: a clock may jump and come back."""
    for at, held in enumerate(parts[:_PARTS_TRIED]):
        pairs = [*held.pairs, *part.pairs]
        with suppress(Contradiction):
            parts[at] = _Part(pairs, place(shape, pairs))
            return
    parts.append(part)


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
