"""From several questions "what time is it?" to one clock pair with its bound.

The host asks at sent_us, the station answers with its uptime, the answer is here at received_us:
whatever the cable, the hub and both schedulers did, the station looked at its counter between the
two. So one sample confines (reference time - uptime) to an interval as wide as its round trip,
and its middle is off by at most half of it. Samples of one session look at the same two clocks,
so the truth lies in all of the intervals at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yellowgate.clock import drift

SAMPLES = 16  # to take in a sync: enough that one or two go through without a wait
SAMPLES_KEPT = 8  # the shortest round trips
SET_STEP_US_MIN = 250_000  # a station's clock that is off by less is not worth being set anew


class Sample(NamedTuple):
    """sent_us, received_us: the reference's UTC in microseconds; uptime_us: the station's."""

    sent_us: int
    uptime_us: int
    received_us: int

    @property
    def round_trip_us(self) -> int:
        """How long the answer took."""
        return self.received_us - self.sent_us


class Pair(NamedTuple):
    """At uptime_us of the station the reference showed utc_us, off by at most bound_us."""

    uptime_us: int
    utc_us: int
    bound_us: int


def best_pair(samples: Sequence[Sample]) -> Pair:
    """The pair that these samples give, at the moment of the shortest of them.

    Raises ValueError without a usable sample (none at all, or answered before it was asked: the
    reference was set back meanwhile).
    """
    usable = sorted(
        (row for row in samples if row.round_trip_us >= 0),
        key=lambda row: (row.round_trip_us, row),
    )
    if not usable:
        raise ValueError("no clock sample with an answer")
    best = usable[0]
    low_us, high_us = best.sent_us - best.uptime_us, best.received_us - best.uptime_us
    for row in usable[1:SAMPLES_KEPT]:
        slack_us = _slack_us(row.uptime_us - best.uptime_us)
        row_low_us = max(low_us, row.sent_us - row.uptime_us - slack_us)
        row_high_us = min(high_us, row.received_us - row.uptime_us + slack_us)
        if row_low_us <= row_high_us:  # else one of the clocks jumped: the shortest alone counts
            low_us, high_us = row_low_us, row_high_us
    half_us = (high_us - low_us + 1) // 2 + 1
    return Pair(best.uptime_us, best.uptime_us + (low_us + high_us) // 2, half_us)


def needs_setting(station_utc_us: int | None, pair: Pair) -> bool:
    """Should the station's clock be set? Every setting cuts the RTC's time in two, so a clock that
    is about right is left alone: the host corrects it. station_utc_us: what the station's clock
    shows at the pair's uptime, since the same epoch as the pair; None: nothing.
    """
    if station_utc_us is None:
        return True
    return abs(station_utc_us - pair.utc_us) > SET_STEP_US_MIN + pair.bound_us


def _slack_us(apart_us: int) -> int:
    return 1 + int(abs(apart_us) * drift.CRYSTAL.rate_max)
