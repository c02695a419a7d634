"""Which press belongs to which tag: only where there is no doubt.

The gate may be the button itself: then a touch is a press and a tag read. But a press may also be
another runner's whose tag is dead, so it is given away only when within the span one runner's tag
was read at that place, and no other press is so near that it could be the one that belongs to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

from gate_wire import kinds

from yellowgate.model import Timed

NOBODY = -1


def beside(
    presses: Sequence[Timed],
    rows: Sequence[Timed],
    owner: Callable[[Timed], int],
    places: Mapping[str, str],
    span_us: int,
) -> list[int]:
    """For each press the index of the runner whose tag was read beside it, or NOBODY.

    rows: all observations by time. owner: of a tag's read, NOBODY for tags that nobody wears
    (they are somebody's too).
    """
    times = [row[1] for row in rows]
    result: list[int] = []
    for press in presses:
        place = places[press[0][0]]
        low = bisect_left(times, press[1] - 2 * span_us)
        high = bisect_right(times, press[1] + 2 * span_us)
        near = [row for row in rows[low:high] if places[row[0][0]] == place]
        others = sum(row[0][2] == kinds.PRESS for row in near)
        runners = {
            owner(row)
            for row in near
            if row[0][2] == kinds.TAG and abs(row[1] - press[1]) <= span_us
        }
        result.append(runners.pop() if len(runners) == 1 and others == 1 else NOBODY)
    return result
