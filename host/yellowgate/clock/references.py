"""Which reference clock to believe, when they can be wrong.

A pair is only as good as the laptop that gave it. So pairs are kept apart by reference, and:

- The director's ruling ("this reference clock is right") stands above all else.
- References that NTP or GPS had set vouch for themselves: their pairs are used together.
- A laptop that nobody vouches for stands alone. If others confirm it, its times are used; if they
  contradict it, or were never compared closely enough to tell, every time is given a bound that
  covers both, and the report says so, until somebody rules.
- Where two references were seen to differ by d, a station that met only one of them may be off
  by d just as well: its bound covers that too.

So the truth is covered as long as one of the references is right, whichever it is; which one has
more pairs decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from gate_wire import bodies

from yellowgate.clock.place import Contradiction, Placement, place
from yellowgate.clock.shape import Pair, Reference, Shape
from yellowgate.model import Ruling

AGREE_US = 250_000  # who confirms another to this half width has confirmed it

ALONE, CONFIRMS, UNCOMPARED, DEVIATES = "alone", "agrees", "not compared", "deviates"
_RULED, _VOUCHED, _UNVOUCHED = 2, 1, 0


@dataclass(frozen=True)
class Choice:
    """The director's rulings on clocks. trusted: (reference id, log id or "" for all logs)."""

    trusted: frozenset[tuple[int, str]] = frozenset()

    def trusts(self, reference: Reference, log_id: str) -> bool:
        """Was it ruled that this reference is right?"""
        number = reference.reference_id
        return (number, "") in self.trusted or (number, log_id) in self.trusted


def choice_of(rulings: Iterable[Ruling]) -> Choice:
    """The choice that the rulings of kind "clock" make, without those that were taken back."""
    rows = list(rulings)
    undone = _undone(rows)
    return Choice(
        frozenset(
            (int(row.data["reference_id"]), str(row.data.get("log_id", "")))
            for row in rows
            if row.kind == "clock" and row.id not in undone
        )
    )


def _undone(rows: Sequence[Ruling]) -> set[str]:
    """Ids of rulings that are taken back; an undo can be undone by a later one."""
    undone: set[str] = set()
    for row in sorted(rows, key=lambda row: (row.at_us, row.id), reverse=True):
        if row.kind == "undo" and row.id not in undone:
            undone.add(str(row.data["ruling"]))
    return undone


class Hypothesis(NamedTuple):
    """A placement that may be the true one, if these references are right.

    shift_low_us..shift_high_us: to be added to its times (other references were seen to differ
    by this much from the ones that it stands on).
    """

    placement: Placement
    shift_low_us: float = 0.0
    shift_high_us: float = 0.0


@dataclass
class Verdict:
    """How one reference stands in one log. deviation_us: its time less that of the main ones,
    the middle of what is possible; None when it was not compared.
    """

    reference: Reference
    state: str
    pairs: int
    deviation_us: float | None = None
    jumps: int = 0


@dataclass
class LogHypotheses:
    """Every placement of a log that must be covered; the first stands on the main references."""

    shape: Shape
    hypotheses: list[Hypothesis] = field(default_factory=list[Hypothesis])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    main: list[Reference] = field(default_factory=list[Reference])
    is_ruled: bool = False  # the main references are right, the director says


class _Group(NamedTuple):
    """References that are used together, with the placements that fit them."""

    rank: int
    references: list[Reference]
    pairs: list[Pair]
    placements: list[Placement]


# (reference, other) -> smallest and largest (time of other - time of reference) that was seen
Differences = dict[tuple[int, int], tuple[float, float]]


def hypotheses_of(shape: Shape, choice: Choice, differences: Differences) -> LogHypotheses:
    """What must be covered in this log. Adds to differences what its references differ by."""
    result = LogHypotheses(shape)
    groups = _groups(shape, choice)
    if not groups:
        result.hypotheses.append(Hypothesis(place(shape, ())))
        return result
    main, others = groups[0], groups[1:]
    result.main = main.references
    result.is_ruled = main.rank == _RULED
    result.hypotheses.extend(Hypothesis(placement) for placement in main.placements)
    for reference in main.references:
        count = sum(pair.reference.reference_id == reference.reference_id for pair in main.pairs)
        state = CONFIRMS if len(main.references) > 1 else ALONE
        result.verdicts.append(Verdict(reference, state, count, None, len(main.placements) - 1))
    for group in others:
        state, low, high, has_gap = _compare(main, group)
        reference = group.references[0]
        middle = None if low is None or high is None else (low + high) / 2
        result.verdicts.append(
            Verdict(reference, state, len(group.pairs), middle, len(group.placements) - 1)
        )
        if state == DEVIATES and low is not None and high is not None:
            _note(differences, main.references[0], reference, low, high)
        if _must_cover(main, state, has_gap):
            result.hypotheses.extend(Hypothesis(placement) for placement in group.placements)
    return result


def _must_cover(main: _Group, state: str, has_gap: bool) -> bool:
    if state == DEVIATES:
        return main.rank < _RULED
    if state == UNCOMPARED:
        return main.rank == _UNVOUCHED or has_gap
    return has_gap


def add_shifts(log: LogHypotheses, differences: Differences) -> None:
    """Cover references that contradict this log's, as other logs have shown."""
    if log.is_ruled:
        return
    here = {verdict.reference.reference_id for verdict in log.verdicts}
    for reference in log.main:
        for (one, other), (low, high) in sorted(differences.items()):
            if one == reference.reference_id and other not in here:
                first = log.hypotheses[0]
                log.hypotheses.append(Hypothesis(first.placement, low, high))


def _groups(shape: Shape, choice: Choice) -> list[_Group]:
    """The main group first, then each other reference alone."""
    by_reference: dict[Reference, list[Pair]] = {}
    for pair in shape.pairs:
        by_reference.setdefault(_voucher(pair, shape.pairs), []).append(pair)
    log_id = shape.rows[0].log_id
    ranked: dict[int, list[Reference]] = {_RULED: [], _VOUCHED: [], _UNVOUCHED: []}
    for reference in sorted(by_reference):
        is_ruled = choice.trusts(reference, log_id)
        rank = _RULED if is_ruled else _VOUCHED if reference.is_vouched else _UNVOUCHED
        ranked[rank].append(reference)
    groups: list[_Group] = []
    for rank, references in ranked.items():
        joint = _joint(shape, rank, references, by_reference)
        if joint is not None:
            groups.append(joint)
            continue
        alone = [
            _Group(rank, [one], by_reference[one], _placements(shape, by_reference[one]))
            for one in references
        ]
        groups.extend(sorted(alone, key=_weight))
    return groups


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
) -> _Group | None:
    """References of a rank that vouches, together, if they do not contradict each other."""
    if rank == _UNVOUCHED or len(references) < 2:
        return None
    pairs = [pair for one in references for pair in by_reference[one]]
    try:
        return _Group(rank, references, pairs, [place(shape, pairs)])
    except Contradiction:
        return None


def _weight(group: _Group) -> tuple[int, int, Reference]:
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


def _compare(main: _Group, group: _Group) -> tuple[str, float | None, float | None, bool]:
    """(state, smallest and largest time of the group less that of main, is there a pair of the
    group where main knows nothing).
    """
    lows: list[float] = []
    highs: list[float] = []
    has_gap = False
    deviates = False
    is_close = True
    for pair in group.pairs:
        spans = [span for one in main.placements if (span := one.at_pair(pair)) is not None]
        if not spans:
            has_gap = True
            continue
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        lows.append(pair.utc_us - pair.bound_us - high)
        highs.append(pair.utc_us + pair.bound_us - low)
        deviates = deviates or lows[-1] > 0 or highs[-1] < 0
        is_close = is_close and (high - low) / 2 <= AGREE_US
    if not lows:
        return UNCOMPARED, None, None, has_gap
    state = DEVIATES if deviates else CONFIRMS if is_close else UNCOMPARED
    return state, min(lows), max(highs), has_gap


def _note(
    differences: Differences, one: Reference, other: Reference, low: float, high: float
) -> None:
    for key, span in (
        ((one.reference_id, other.reference_id), (low, high)),
        ((other.reference_id, one.reference_id), (-high, -low)),
    ):
        held = differences.get(key, span)
        differences[key] = (min(held[0], span[0]), max(held[1], span[1]))
