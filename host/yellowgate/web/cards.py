"""A runner's card as it stands on the board: it is written again only when it is another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from yellowgate.race.official_log import RunnerLog, SightingLine
from yellowgate.report import board as cards
from yellowgate.web.latest import Part
from yellowgate.web.render import slug

LOOPS_SHOWN = 6  # on a card; all of them stand on the page of the runner
SOON_US = 1_800_000_000  # so little time left is shown in another colour


class CardShown(NamedTuple):
    """All that stands on a card, and nothing that changes by the passing of time alone: the same
    here is the same on the page. card: without its times. left_us, seen_us: the moments (UTC) that
    its clocks run to and from. is_one_of: all of its group have the same time left. is_soon: there
    is little of it. before: loops that are not shown.
    """

    id: str
    card: cards.Card
    left_us: int | None
    seen_us: int | None
    is_loud: bool
    is_one_of: bool
    is_over: bool
    is_soon: bool
    before: int
    loops: tuple[cards.LapShown, ...]
    sightings: tuple[SightingLine, ...]
    taps_us: int | None
    returned_us: int | None


def shown_groups(part: Part, gender: str) -> list[tuple[cards.Group, list[CardShown]]]:
    """The groups of one race, each with its cards. gender: see cards.groups()."""
    lines: Mapping[str, RunnerLog] = {line.name: line for line in part.log.runners}
    now_us = part.log.as_of_us
    return [
        (group, [_shown(group, card, now_us, lines[card.name]) for card in group.cards])
        for group in cards.groups(part.board, part.log, gender)
    ]


def _shown(group: cards.Group, card: cards.Card, now_us: int, line: RunnerLog) -> CardShown:
    left_us, age_us = card.left_us, card.seen_age_us
    return CardShown(
        f"r-{slug(card.name)}",
        card._replace(left_us=None, seen_age_us=None),
        None if left_us is None else now_us + left_us,
        None if age_us is None else now_us - age_us,
        group.is_loud,
        group.until_us is not None,
        left_us is not None and left_us < 0,
        left_us is not None and 0 <= left_us < SOON_US,
        max(0, len(line.loops) - LOOPS_SHOWN),
        cards.last_laps(line.loops, LOOPS_SHOWN),
        line.sightings,
        line.taps_us,
        line.returned_us,
    )
