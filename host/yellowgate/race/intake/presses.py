"""Which press belongs to which tag: only where there is no doubt.

The gate may be the button itself: then a touch is a press and a tag read. But a press may also be
another runner's whose tag is dead, so it is given away only when within the span one runner's tag
was read at that place, and no other press is so near that it could be the one that belongs to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

from gate_wire import kinds

from yellowgate.race.intake.reads import NOBODY, Reads


def beside(
    reads: Reads,
    presses: Sequence[int],
    owner: Callable[[int], int],
    places: Mapping[str, str],
    span_us: int,
) -> list[int]:
    """For each press the index of the runner whose tag was read beside it, or NOBODY.

    owner: of a tag's read, NOBODY for tags that nobody wears (they are somebody's too).
    """
    rows = reads.near(presses, 2 * span_us)
    times = [reads.utcs_us[row] for row in rows]
    result: list[int] = []
    for press in presses:
        place, at_us = places[reads.log_id(press)], reads.utcs_us[press]
        low = bisect_left(times, at_us - 2 * span_us)
        high = bisect_right(times, at_us + 2 * span_us)
        near = [row for row in rows[low:high] if places[reads.log_id(row)] == place]
        others = sum(reads.of_kind[row] == kinds.PRESS for row in near)
        runners = {
            owner(row)
            for row in near
            if reads.of_kind[row] == kinds.TAG and abs(reads.utcs_us[row] - at_us) <= span_us
        }
        result.append(runners.pop() if len(runners) == 1 and others == 1 else NOBODY)
    return result
