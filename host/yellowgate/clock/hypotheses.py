"""Which times must be covered when reference clocks can be wrong.

A pair is only as good as the laptop that gave it. So pairs are kept apart by reference, and:

- The director's ruling ("this reference clock is right") stands above all else; rulings for two
  that contradict each other decide nothing between them.
- References that NTP or GPS had set vouch for themselves: their pairs are used together.
- A laptop that nobody vouches for stands alone. If others confirm it, its times are used; if they
  contradict it, or were never compared closely enough to tell, every time is given a bound that
  covers both, and the report says so, until somebody rules.
- Where two references were seen to differ, a station that met only one of them may be off by as
  much: its bound covers that too.
- A boot that met only another reference is placed by that one, corrected by what the two were
  seen to differ; if they were never compared, it is placed by its neighbours alone.

So the truth is covered as long as one of the references of a log is right, whichever it is; which
one has more pairs decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from yellowgate.clock.align import Placement, place
from yellowgate.clock.differences import Comparison, Differences
from yellowgate.clock.references import RULED, UNVOUCHED, Group, groups_of
from yellowgate.clock.shape import Pair, Reference, Shape
from yellowgate.rulings.trusted import Choice

AGREE_US = 250_000  # who confirms another to this half width has confirmed it

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
    contradicts itself.
    """

    reference: Reference
    state: str
    pairs: int
    deviation_us: float | None = None
    jumps: int = 0


@dataclass
class LogHypotheses:
    """Every placement of a log; the first stands on the main references.

    is_ruled: the main references are right, the director says.
    """

    shape: Shape
    groups: list[Group]
    hypotheses: list[Hypothesis] = field(default_factory=list[Hypothesis])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    @property
    def is_ruled(self) -> bool:
        """The main references are right, the director says."""
        return bool(self.groups) and self.groups[0].rank == RULED

    @property
    def is_disputed(self) -> bool:
        """More than one placement has to be covered."""
        return sum(not one.fills for one in self.hypotheses) > 1


def survey(shape: Shape, choice: Choice, differences: Differences) -> LogHypotheses:
    """First look at a log: its groups of references, and what they say of each other, which is
    added to differences.
    """
    log = LogHypotheses(shape, groups_of(shape, choice))
    if not log.groups:
        return log
    main = log.groups[0]
    for reference in main.references:
        count = sum(pair.reference.reference_id == reference.reference_id for pair in main.pairs)
        state = AGREES if len(main.references) > 1 else ALONE
        log.verdicts.append(Verdict(reference, state, count, None, len(main.placements) - 1))
    for group in log.groups[1:]:
        seen = [row for pair in group.pairs if (row := _compare(main, pair)) is not None]
        for row in seen:
            for reference in main.references:
                differences.add(reference.reference_id, group.references[0].reference_id, row)
        middle = sum((row.low_us + row.high_us) / 2 for row in seen) / len(seen) if seen else None
        log.verdicts.append(
            Verdict(
                group.references[0],
                _state(seen),
                len(group.pairs),
                middle,
                len(group.placements) - 1,
            )
        )
    return log


def _compare(main: Group, pair: Pair) -> Comparison | None:
    """This pair's time less that of the main group, None where that knows nothing."""
    spans = [span for one in main.placements if (span := one.at_pair(pair)) is not None]
    if not spans:
        return None
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    return Comparison(
        (low + high) / 2, pair.utc_us - pair.bound_us - high, pair.utc_us + pair.bound_us - low
    )


def _state(seen: list[Comparison]) -> str:
    if any(row.low_us > 0 or row.high_us < 0 for row in seen):
        return DEVIATES
    is_close = all((row.high_us - row.low_us) / 2 <= 2 * AGREE_US for row in seen)
    return AGREES if seen and is_close else UNCOMPARED


def decide(log: LogHypotheses, differences: Differences) -> None:
    """Second look, when all logs have been seen: what has to be covered."""
    if not log.groups:
        log.hypotheses.append(Hypothesis(place(log.shape, ())))
        return
    main = log.groups[0]
    log.hypotheses.extend(Hypothesis(placement) for placement in main.placements)
    for group, verdict in zip(log.groups[1:], log.verdicts[len(main.references) :], strict=True):
        if _must_cover(main, group, verdict.state) and not _is_close(main, group, differences):
            log.hypotheses.extend(Hypothesis(placement) for placement in group.placements)
            continue
        shift = _difference(group, main, differences)
        if shift is not None:
            log.hypotheses.extend(
                Hypothesis(placement, *shift, fills=True) for placement in group.placements
            )
    if not log.is_ruled:
        _cover_elsewhere(log, differences)


def _must_cover(main: Group, group: Group, state: str) -> bool:
    if state == DEVIATES:
        return main.rank < RULED or group.rank == RULED  # two rulings against each other
    return state == UNCOMPARED and main.rank == UNVOUCHED


def _is_close(main: Group, group: Group, differences: Differences) -> bool:
    """Did another log compare the two at about the time, and found that they agree?"""
    seen = _difference(group, main, differences)
    return seen is not None and seen[0] <= 0 <= seen[1] and seen[1] - seen[0] <= 4 * AGREE_US


def _difference(group: Group, main: Group, differences: Differences) -> tuple[float, float] | None:
    """Time of the main group less that of this one, when it gave its pairs."""
    times_us = [float(pair.utc_us) for pair in group.pairs]
    one, other = group.references[0].reference_id, main.references[0].reference_id
    return differences.at(one, other, times_us)


def _cover_elsewhere(log: LogHypotheses, differences: Differences) -> None:
    """References that never met this station contradict those that did, as other logs show."""
    here = {verdict.reference.reference_id for verdict in log.verdicts}
    main = log.groups[0]
    times_us = [float(pair.utc_us) for pair in main.pairs]
    for reference in main.references:
        for other in differences.deviating(reference.reference_id):
            shift = differences.at(reference.reference_id, other, times_us)
            if other not in here and shift is not None:
                log.hypotheses.append(Hypothesis(main.placements[0], *shift))
