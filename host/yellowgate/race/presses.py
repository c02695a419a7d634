"""Which press belongs to which tag: only where there is no doubt.

The gate may be the button itself: then a touch is a press and a tag read. But a press may also be
another runner's whose tag is dead, so it is given away only when within the span one runner's tag
was read at that place, and no other press is so near that it could be the one that belongs to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from gate_wire import kinds

from yellowgate.model import Timed

NOBODY = -1
_Row = tuple[int, int]  # (utc_us, index of the runner)


def beside(
    presses: Sequence[Timed],
    reads: Sequence[Sequence[Timed]],
    unknown: Mapping[str, Sequence[Timed]],
    places: Mapping[str, str],
    span_us: int,
) -> list[int]:
    """For each press the index of the runner whose tag was read beside it, or NOBODY.

    reads: of each runner; unknown: of tags that nobody wears (they are somebody's too).
    """
    tags = _tags_by_place({places[row[0][0]] for row in presses}, reads, unknown, places)
    pressed: dict[str, list[int]] = {place: [] for place in tags}
    for row in presses:
        pressed[places[row[0][0]]].append(row[1])
    for times in pressed.values():
        times.sort()
    result: list[int] = []
    for row in presses:
        place = places[row[0][0]]
        near = _between(tags[place], row[1] - span_us, row[1] + span_us)
        runners = {index for _, index in near}
        others = bisect_right(pressed[place], row[1] + 2 * span_us) - bisect_left(
            pressed[place], row[1] - 2 * span_us
        )
        result.append(runners.pop() if len(runners) == 1 and others == 1 else NOBODY)
    return result


def _tags_by_place(
    wanted: set[str],
    reads: Sequence[Sequence[Timed]],
    unknown: Mapping[str, Sequence[Timed]],
    places: Mapping[str, str],
) -> dict[str, list[_Row]]:
    tags: dict[str, list[_Row]] = {place: [] for place in wanted}
    everybody = [*enumerate(reads), *((NOBODY, rows) for rows in unknown.values())]
    for index, rows in everybody:
        for row in rows:
            place = places[row[0][0]]
            if place in tags and row[0][2] == kinds.TAG:
                tags[place].append((row[1], index))
    for found in tags.values():
        found.sort()
    return tags


def _between(rows: list[_Row], low_us: int, high_us: int) -> list[_Row]:
    return rows[bisect_left(rows, (low_us, NOBODY)) : bisect_right(rows, (high_us, 1 << 40))]
