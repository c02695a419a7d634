"""How well a reference clock is known: in how many exchanges it was met, in all logs.

An exchange is what a laptop gives in one visit: all pairs within ten minutes of one boot of one
log, however many, and by however many references that agree. So who floods a station with pairs,
or with names, has still been met once. What is counted depends on the set of records only: not on
which laptop asks, and not on what arrived first.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from yellowgate.clock.shape import Pair, Reference

EXCHANGE_US = 600_000_000  # a laptop does not repeat a pair sooner
OUTWEIGHS = 3  # who was met so many times as often as those that contradict is believed

Run = tuple[str, int]  # log id, number
_Meeting = tuple[str, int, int]  # log id, run, uptime in microseconds


class Standing:
    """The meetings of every reference."""

    def __init__(self) -> None:
        self._met: dict[Reference, set[_Meeting]] = {}
        self._known: dict[tuple[frozenset[Reference], frozenset[Run]], int] = {}

    def add(self, log_id: str, reference: Reference, pairs: Iterable[Pair]) -> None:
        """Pairs of one log; to be done before anything is counted."""
        meetings = ((log_id, pair.run, pair.uptime_us) for pair in pairs)
        self._met.setdefault(reference, set()).update(meetings)

    def exchanges(self, references: Iterable[Reference], apart: Set[Run] = frozenset()) -> int:
        """In how many exchanges any of these was met; those in the runs apart do not count."""
        key = frozenset(references), frozenset(apart)
        if key not in self._known:
            met = (meeting for one in key[0] for meeting in self._met.get(one, ()))
            self._known[key] = _count(meeting for meeting in met if meeting[:2] not in apart)
        return self._known[key]


def outweighs(known: int, others: int) -> bool:
    """Are so many exchanges enough against so many? Three against none or one at least."""
    return known >= OUTWEIGHS * max(1, others)


def exchanges_of(pairs: Iterable[Pair]) -> int:
    """Of these pairs of one log."""
    return _count(("", pair.run, pair.uptime_us) for pair in pairs)


def _count(meetings: Iterable[_Meeting]) -> int:
    count = 0
    last: _Meeting | None = None
    for meeting in sorted(meetings):
        if last is None or meeting[:2] != last[:2] or meeting[2] - last[2] >= EXCHANGE_US:
            count += 1
            last = meeting
    return count
