"""Stations of one place watch each other: they see the same touches, so their clocks must agree.

A runner who touches both the gate and its spare is read by both within a second or two. Where the
same tags are read at two stations of one place again and again at the same distance in time, it is
not the runners: one of the clocks is wrong by that much, whatever its bound says (a laptop with a
wrong clock has set it, say).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gate_wire import kinds

from yellowgate.model import Problem, Station
from yellowgate.records import TimedRecords
from yellowgate.times import UNBOUNDED_US, bound_words, span_words

BOTH_US = 2_000_000  # who touches two readers needs about so long: no sign of a wrong clock
NARROW_US = 1_000_000  # the ways of runners between two readers differ by more than this
WIDE_US = 5_000_000
FAR_US = 6 * 3_600_000_000  # nobody's clock is trusted to be wrong by more
NARROW_MATCHES = 5  # so many of a narrow bundle show a difference within the double-tap window,
WIDE_MATCHES = 3  # so many of a wide one a difference beyond it
MOST = 0.8

Touches = Mapping[bytes, Sequence[tuple[int, int]]]  # (utc_us, bound_us) by UID


class Apart(NamedTuple):
    """A touch that both saw: how much later the second has it, and what their bounds allow."""

    later_us: int
    bound_us: int
    uid: bytes


def disagreements(
    logs: Iterable[TimedRecords], stations: Mapping[str, Station], window_us: int
) -> list[Problem]:
    """Clocks that contradict each other. window_us: reads of a tag so near are one touch.

    At each place, every station is compared with the one that saw the most.
    """
    at: defaultdict[str, list[tuple[Station, Touches]]] = defaultdict(list)
    for log in logs:
        station = stations[log.records.log_id]
        at[station.place].append((station, _touches(log, window_us)))
    found: list[Problem] = []
    for _, seen in sorted(at.items()):
        seen.sort(key=lambda entry: (-sum(map(len, entry[1].values())), entry[0].log_id))
        for station, touches in seen[1:]:
            text = _compare(seen[0], (station, touches), window_us)
            if text:
                found.append(Problem("clocks differ", "look", text))
    return found


def _touches(log: TimedRecords, window_us: int) -> Touches:
    """The first read of each touch of a tag that has a time."""
    found: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    last_us: dict[bytes, int] = {}
    for row in sorted(log.rows(), key=lambda row: row.utc_us):
        if row.observation.kind != kinds.TAG or row.bound_us >= UNBOUNDED_US:
            continue
        uid = row.observation.body
        if uid not in last_us or row.utc_us - last_us[uid] > window_us:
            found[uid].append((row.utc_us, row.bound_us))
        last_us[uid] = row.utc_us
    return found


def _compare(one: tuple[Station, Touches], other: tuple[Station, Touches], window_us: int) -> str:
    """Words when the clocks of the two contradict each other, "" when not."""
    apart = [
        Apart(at_us - first_us, bound_us + first_bound_us, uid)
        for uid in one[1].keys() & other[1].keys()
        for first_us, first_bound_us in one[1][uid]
        for at_us, bound_us in other[1][uid]
        if abs(at_us - first_us) <= FAR_US
    ]
    apart.sort()
    common = sum(
        min(len(one[1][uid]), len(rows)) for uid, rows in other[1].items() if uid in one[1]
    )
    narrow, wide = _bundle(apart, NARROW_US), _bundle(apart, WIDE_US)
    if len(narrow) >= max(NARROW_MATCHES, MOST * common) and _is_beyond(narrow, BOTH_US):
        return _words(one[0], other[0], narrow, common)
    agreeing = sum(abs(row.later_us) <= window_us + row.bound_us for row in apart)
    if (
        len(wide) >= max(WIDE_MATCHES, agreeing + 1)
        and len({row.uid for row in wide}) > 1
        and _is_beyond(wide, window_us)
    ):
        return _words(one[0], other[0], wide, common)
    return ""


def _bundle(apart: Sequence[Apart], width_us: int) -> Sequence[Apart]:
    """The most that lie within this width, the least apart of several such."""
    best: tuple[int, int, int, int] = (0, 0, 0, 0)
    end = 0
    for start, row in enumerate(apart):
        while end < len(apart) and apart[end].later_us - row.later_us <= width_us:
            end += 1
        best = max(best, (end - start, -abs(row.later_us), start, end))
    return apart[best[2] : best[3]]


def _is_beyond(rows: Sequence[Apart], slack_us: int) -> bool:
    """Is it more than their bounds and this allow, for every touch?"""
    return all(abs(row.later_us) > row.bound_us + slack_us for row in rows)


def _words(one: Station, other: Station, rows: Sequence[Apart], common: int) -> str:
    from statistics import median  # noqa: PLC0415 - it brings decimal and fractions

    later_us = int(median(row.later_us for row in rows))
    bound_us = max(row.bound_us for row in rows)
    side = "later" if later_us > 0 else "earlier"
    return (
        f"{other.name} has {len(rows)} of {common} touches that {one.name} saw too "
        f"{span_words(later_us, bound_us)} {side}, and both clocks together are good to "
        f"{bound_words(bound_us)}: one of them is wrong (see gate clock)"
    )
