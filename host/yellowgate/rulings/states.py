"""What has become of each ruling: for the list in which people look up what they decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yellowgate.model import Problem, Ruling
from yellowgate.rulings.decisions import Decisions

STANDS, TAKEN_BACK, REPLACED = "stands", "taken back", "replaced"
CONTRADICTED, NOWHERE, LATER = "contradicted", "points nowhere", "dated ahead"
NOT_UNDERSTOOD = "not understood"


def states(
    rulings: Sequence[Ruling], decisions: Decisions, problems: Iterable[Problem], now_us: int
) -> dict[str, str]:
    """The state of each ruling, by id.

    decisions, problems: of the official log at the moment now_us. "replaced": the same person said
    otherwise later; "contradicted": another person did, and nothing is decided.
    """
    found = dict.fromkeys((ruling.id for ruling in rulings), STANDS)
    found.update(dict.fromkeys(_replaced(decisions), REPLACED))
    for problem in problems:
        if problem.kind in _OF_PROBLEMS:
            found.update(dict.fromkeys(problem.rulings, _OF_PROBLEMS[problem.kind]))
    found.update(dict.fromkeys(decisions.taken_back.keys() & found.keys(), TAKEN_BACK))
    found.update({ruling.id: LATER for ruling in rulings if ruling.at_us > now_us})
    return found


_OF_PROBLEMS = {
    "contradiction": CONTRADICTED,
    "ruling points nowhere": NOWHERE,
    "ruling not understood": NOT_UNDERSTOOD,
}


def _replaced(decisions: Decisions) -> set[str]:
    """Rulings of which nothing stands, because the same person ruled again on the same thing."""
    replaced: set[str] = set()
    kept: set[str] = set()
    for decided in decisions.by_subject.values():
        latest = {ruling.by.strip().casefold(): ruling.id for ruling in decided.spoken}
        for ruling in decided.spoken:
            is_latest = latest[ruling.by.strip().casefold()] == ruling.id
            (kept if is_latest else replaced).add(ruling.id)
    return replaced - kept
