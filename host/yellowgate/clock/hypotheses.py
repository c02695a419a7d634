"""Which times must be covered when reference clocks can be wrong.

A pair is only as good as the laptop that gave it. So pairs are kept apart by reference, and:

- The director's ruling ("this reference clock is right") stands above all else; rulings for two
  that contradict each other decide nothing between them.
- References that NTP or GPS had set vouch for themselves: their pairs are used together.
- A laptop that nobody vouches for stands alone. If others confirm it, its times are used.
- Of those that contradict each other, the one that was met in the most exchanges, with all that
  confirm it, gives the times; among equals the one that the log met first. If it outweighs all
  that contradict it (standing.py), its bounds stand: a pair of a clock that nobody knows moves
  nothing. If not, the bound reaches what the others say. Both are said, until somebody rules.
  Where a start of the station joins nothing to what was before, it must outweigh them on either
  side of it: a laptop's clock may have been set meanwhile.
- Two that were never compared closely enough to tell are both covered, in the same way.
- Where two references were seen to differ, a station that met only one of them may be off by as
  much: its bound covers that too, unless that one outweighs the other.
- A boot that met only another reference is placed by that one, corrected by what the two were
  seen to differ, if it was not outweighed; else it is placed by its neighbours alone.

So the truth is covered as long as one of the references of a log is right, whichever it is, and
was met more than a third as often as a wrong one; what else a wrong one says of itself (that it
is a GPS, say) decides nothing between two that contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from yellowgate.clock.align import Placement, place
from yellowgate.clock.differences import Comparison, Differences
from yellowgate.clock.references import RULED, UNVOUCHED, Group, stretches
from yellowgate.clock.shape import Pair, Reference, Shape
from yellowgate.clock.standing import Run, Standing, outweighs

AGREE_US = 250_000  # who confirms another to this half width has confirmed it
HEADS_MAX = 8  # references of a log that are compared with all others

ALONE, AGREES, UNCOMPARED, DEVIATES = "alone", "agrees", "not compared", "deviates"


class Hypothesis(NamedTuple):
    """A placement that may be the true one, if its references are right.

    shift_low_us..shift_high_us is to be added to its times. fills: it need not be covered, but
    where the first hypothesis knows nothing, this one does.
    """

    placement: Placement
    shift_low_us: float = 0.0
    shift_high_us: float = 0.0
    fills: bool = False


@dataclass
class Verdict:
    """How one reference stands in one log. deviation_us: its time less that of the main ones,
    the middle of what is possible; None when it was not compared. jumps: how often it
    contradicts itself. is_covered: its times must be covered. exchanges: in how many it, or who
    confirms it, was met in all logs.
    """

    reference: Reference
    state: str
    pairs: int
    deviation_us: float | None = None
    jumps: int = 0
    is_covered: bool = False
    exchanges: int = 0


class Elsewhere(NamedTuple):
    """A reference that never met this log contradicts the main one, as other logs show."""

    reference: Reference
    deviation_us: float


@dataclass
class LogHypotheses:
    """Every placement of a log; the first one to be covered is the one whose times are stated.

    groups: the main references first. verdicts: of the main ones, then of each other group.
    """

    shape: Shape
    groups: list[Group]
    hypotheses: list[Hypothesis] = field(default_factory=list[Hypothesis])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    elsewhere: list[Elsewhere] = field(default_factory=list[Elsewhere])

    def is_same_place(self, other: LogHypotheses) -> bool:
        """Are all times of the other, of the very same records, the same?"""
        pairs = zip(self.hypotheses, other.hypotheses, strict=False)
        return (
            self.shape is other.shape
            and len(self.hypotheses) == len(other.hypotheses)
            and all(a.placement is b.placement and a[1:] == b[1:] for a, b in pairs)
            and self.is_contested == other.is_contested
        )

    @property
    def is_ruled(self) -> bool:
        """The main references are right, the director says."""
        return bool(self.groups) and self.groups[0].rank == RULED

    @property
    def is_disputed(self) -> bool:
        """More than one placement has to be covered."""
        return sum(not one.fills for one in self.hypotheses) > 1

    @property
    def is_contested(self) -> bool:
        """Some of what has to be covered contradicts the rest."""
        return bool(self.elsewhere) or any(
            row.is_covered and (row.state == DEVIATES or row.jumps > 0) for row in self.verdicts
        )

    @property
    def is_contradicted(self) -> bool:
        """Clocks contradict each other, or one itself, and nobody has ruled which is right."""
        if self.is_ruled:
            return self.is_contested
        return self.is_contested or any(
            row.state == DEVIATES or row.jumps > 0 for row in self.verdicts
        )


# First look: one log after the other


def survey(groups: Sequence[Group], differences: Differences, standing: Standing) -> None:
    """First look at a log's groups of references: what they say of each other is added to
    differences. Those that were met most are compared with all others.
    """
    numbers = range(len(groups))
    most = sorted(numbers, key=lambda at: (-standing.exchanges(groups[at].references), at))
    heads = sorted({*numbers[:1], *most[:HEADS_MAX]})
    for at in heads:
        for other in numbers:
            if other > at or (other < at and other not in heads):
                _note(groups[at], groups[other], differences)


def _note(one: Group, other: Group, differences: Differences) -> None:
    seen = _comparisons(one, other.pairs)
    state = _state(seen)
    for row, pair in zip(seen, other.pairs, strict=True):
        if row is None or not math.isfinite(row.high_us - row.low_us):
            continue
        for reference in one.references:
            differences.add(reference, _of_group(other, pair), row)
    if state == AGREES:
        for reference in one.references:
            for second in other.references:
                differences.agree(reference, second)


def _of_group(group: Group, pair: Pair) -> Reference:
    """The group's reference that gave this pair: by radio it says less of itself."""
    for reference in group.references:
        if reference.reference_id == pair.reference.reference_id:
            return reference
    return group.references[0]


def _comparisons(main: Group, pairs: Iterable[Pair]) -> list[Comparison | None]:
    return [_compare(main, pair) for pair in pairs]


def _compare(main: Group, pair: Pair) -> Comparison | None:
    """This pair's time less that of the main group, None where that knows nothing."""
    spans = [span for one in main.placements if (span := one.limits_at(pair)) is not None]
    if not spans:
        return None
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    middle = (low + high) / 2 if math.isfinite(high - low) else float(pair.utc_us)
    return Comparison(middle, pair.utc_us - pair.bound_us - high, pair.utc_us + pair.bound_us - low)


def _state(seen: Iterable[Comparison | None]) -> str:
    found = [row for row in seen if row is not None]
    if any(row.low_us > 0 or row.high_us < 0 for row in found):
        return DEVIATES
    is_close = all((row.high_us - row.low_us) / 2 <= 2 * AGREE_US for row in found)
    return AGREES if found and is_close else UNCOMPARED


# Second look: all logs have been seen


def decide(log_id: str, log: LogHypotheses, differences: Differences, standing: Standing) -> None:
    """What has to be covered, and which of it is stated."""
    if not log.groups:
        log.hypotheses.append(Hypothesis(place(log.shape, ())))
        return
    main = _elected(log.groups, differences, standing)
    others = [group for group in log.groups if group is not main]
    log.groups = [main, *others]
    log.hypotheses.extend(Hypothesis(placement) for placement in main.placements)
    support = {id(one): _support(one.references, differences, standing) for one in log.groups}
    for reference in main.references:
        log.verdicts.append(_main_verdict(main, reference, support[id(main)]))
    verdicts = [_verdict(main, group, support[id(group)]) for group in others]
    of_state = {
        state: [group for group, row in zip(others, verdicts, strict=True) if row.state == state]
        for state in (DEVIATES, UNCOMPARED)
    }
    known = {
        state: _is_known(main, groups, differences, standing, state == DEVIATES)
        for state, groups in of_state.items()
    }
    known[DEVIATES] = known[DEVIATES] and all(
        outweighs(*(_support(one, differences, standing, apart) for one in sides))
        for *sides, apart in _sides_by_stretch(log_id, log, of_state[DEVIATES])
    )
    for group, verdict in zip(others, verdicts, strict=True):
        log.verdicts.append(verdict)
        _take(log, group, verdict, known.get(verdict.state, False), differences)
    if not log.is_ruled:
        _cover_elsewhere(log, known[DEVIATES], differences, standing)


def _main_verdict(main: Group, reference: Reference, exchanges: int) -> Verdict:
    count = sum(pair.reference.reference_id == reference.reference_id for pair in main.pairs)
    state = AGREES if len(main.references) > 1 else ALONE
    is_covered = len(main.placements) > 1
    return Verdict(reference, state, count, None, main.jumps, is_covered, exchanges)


def _verdict(main: Group, group: Group, exchanges: int) -> Verdict:
    seen = _comparisons(main, group.pairs)
    close = [row for row in seen if row is not None and math.isfinite(row.high_us - row.low_us)]
    middle = sum((row.low_us + row.high_us) / 2 for row in close) / len(close) if close else None
    count, reference = len(group.pairs), group.references[0]
    return Verdict(reference, _state(seen), count, middle, group.jumps, exchanges=exchanges)


def _elected(groups: list[Group], differences: Differences, standing: Standing) -> Group:
    """The main group: that of the best rank, unless it is contradicted by one that was met more
    often (or as often, and sooner by this log), or outweighed.
    """
    first = groups[0]
    if first.rank == RULED or len(groups) == 1:
        return first
    met = {id(group): _support(group.references, differences, standing) for group in groups}
    others = [
        group
        for group in groups[1:]
        if outweighs(met[id(group)], met[id(first)])
        or _state(_comparisons(first, group.pairs)) == DEVIATES
    ]
    return min([first, *others], key=lambda group: (-met[id(group)], group.pairs[0].row))


def _support(
    references: Iterable[Reference],
    differences: Differences,
    standing: Standing,
    apart: Set[Run] = frozenset(),
) -> int:
    """In how many exchanges these, or who confirms them, were met; but for the runs apart."""
    own = set(references)
    return standing.exchanges(own.union(*(differences.agreeing(one) for one in own)), apart)


def _is_known(
    main: Group,
    others: Iterable[Group],
    differences: Differences,
    standing: Standing,
    is_against: bool,
) -> bool:
    """Does the main group outweigh these together, and all that anywhere contradicts it?"""
    rivals = {one for group in others for one in group.references}
    if is_against:
        rivals.update(*(differences.deviating(one) for one in main.references))
    rivals -= set(main.references)
    return outweighs(
        _support(main.references, differences, standing), _support(rivals, differences, standing)
    )


def _sides_by_stretch(
    log_id: str, log: LogHypotheses, others: Sequence[Group]
) -> Iterable[tuple[Set[Reference], Set[Reference], Set[Run]]]:
    """Who contradict each other within a stretch that one clock measured, and the runs of the log
    that are apart from it: a laptop's clock may be set between two stretches, so that what it said
    in the one is no word for the other.
    """
    main = log.groups[0]
    if not main.placements:
        return
    pairs = [pair for group in log.groups for pair in group.pairs]
    stretch_of = stretches(main.placements[0], pairs)
    for stretch in sorted({stretch_of[pair.run] for pair in main.pairs}):
        here = {
            one
            for group in others
            if any(stretch_of[pair.run] == stretch for pair in group.pairs)
            for one in group.references
        }
        rivals = here - set(main.references)
        if rivals:
            apart = {(log_id, run) for run, one in stretch_of.items() if one != stretch}
            yield set(main.references), rivals, apart


def _take(
    log: LogHypotheses, group: Group, verdict: Verdict, is_known: bool, differences: Differences
) -> None:
    """Cover the group's placements, or fill with them what the main one does not know."""
    main = log.groups[0]
    if _must_cover(main, group, verdict.state, is_known) and not _is_close(
        main, group, differences
    ):
        verdict.is_covered = True
        log.hypotheses.extend(Hypothesis(placement) for placement in group.placements)
        return
    shift = _difference(group, main, differences)
    is_refuted = verdict.state == DEVIATES and not log.is_ruled
    if shift is not None and not is_refuted:
        log.hypotheses.extend(
            Hypothesis(placement, *shift, fills=True) for placement in group.placements
        )


def _must_cover(main: Group, group: Group, state: str, is_known: bool) -> bool:
    if state == DEVIATES and main.rank == RULED:
        return group.rank == RULED  # two rulings against each other
    if state == DEVIATES:
        return not is_known
    return state == UNCOMPARED and main.rank == UNVOUCHED and not is_known


def _is_close(main: Group, group: Group, differences: Differences) -> bool:
    """Did another log compare the two at about the time, and found that they agree?"""
    seen = _difference(group, main, differences)
    return seen is not None and seen[0] <= 0 <= seen[1] and seen[1] - seen[0] <= 4 * AGREE_US


def _difference(group: Group, main: Group, differences: Differences) -> tuple[float, float] | None:
    """Time of the main group less that of this one, when it gave its pairs."""
    times_us = [float(pair.utc_us) for pair in group.pairs]
    return differences.at(group.references[0], main.references[0], times_us)


def _cover_elsewhere(
    log: LogHypotheses, is_known: bool, differences: Differences, standing: Standing
) -> None:
    """References that never met this station contradict those that did, as other logs show. If
    one of them outweighs those, the times are where it puts them, and the bound reaches both.
    """
    if is_known:
        return
    here = {verdict.reference for verdict in log.verdicts}
    main = log.groups[0]
    times_us = [float(pair.utc_us) for pair in main.pairs]
    own = _support(main.references, differences, standing)
    for reference in main.references:
        for other in differences.deviating(reference):
            shift = differences.at(reference, other, times_us)
            if other in here or shift is None:
                continue
            found = Hypothesis(main.placements[0], *shift)
            is_better = outweighs(_support([other], differences, standing), own)
            log.hypotheses.insert(0 if is_better else len(log.hypotheses), found)
            log.elsewhere.append(Elsewhere(other, (shift[0] + shift[1]) / 2))
