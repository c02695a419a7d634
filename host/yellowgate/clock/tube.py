"""A tube: where the true time can lie, along a ruler, given clock pairs and the part's limits.

A ruler shows x; the true time is x + o(x), and o changes by the ruler's rate. A knot says that
o lies in [low, high] at some x: a clock pair, a neighbour's limit. The rate stays within ±swing of
an unknown m, |m| <= rate_max - swing (drift.py). Every o that fits all of this is a possible
truth; the tube holds them all, so its middle is off by at most half its width. Nothing here is
likely or average: that the truth lies in the tube follows from the statements alone.

1. Each two knots i < j confine m: the mean rate between them lies in m ± swing.
2. Forward and backward in time, each knot is cut to what its neighbours let it reach.
3. Between two knots a, b, for one m, o is at most min(high_a + (m + s)(x - a),
   high_b - (m - s)(b - x)): the first grows with m, the second falls, so the worst m is where
   they meet, or the end of m's range. That upper edge is concave: its tangents lie above it, and
   straight pieces along tangents are a safe, fast stand-in. The lower edge is its mirror image.

Two narrow knots L apart leave, in their middle, ± swing * L / 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yellowgate.clock.drift import Spec

Floats = NDArray[np.float64]
RATE_KNOTS_MAX = 32  # of all knots, so many (the narrowest, spread over time) confine m
_PIECE_ERROR_US = 200.0  # a straight piece may be wider than the tube by about this
_PIECES_MAX = 24  # between two knots


class Knot(NamedTuple):
    """At x the offset (true time - x) lies in [low, high]; all in microseconds.

    An end that is not confined is -math.inf or math.inf.
    """

    x: float
    low: float
    high: float


class Pieces(NamedTuple):
    """The edges of the tube as straight lines: from x_starts to the next piece's, through x_mids.
    Columns, in order of x; all but the first and the last piece lie between two knots.
    """

    x_starts: Floats
    x_mids: Floats
    lows: Floats
    low_rates: Floats
    highs: Floats
    high_rates: Floats


_Piece = tuple[float, float, float, float, float, float]  # of the columns of Pieces


class Tube(NamedTuple):
    """The first of the pieces begins at -inf. rate_low..rate_high: of m ± swing."""

    pieces: Pieces
    rate_low: float
    rate_high: float
    knots: tuple[Knot, ...]

    def at(self, x: float) -> tuple[float, float]:
        """(lowest, highest) offset at x."""
        pieces = self.pieces
        number = max(0, int(pieces.x_starts.searchsorted(x)) - 1)
        _, x_mid, low, low_rate, high, high_rate = (column.item(number) for column in pieces)
        step = x - x_mid
        return low + low_rate * step, high + high_rate * step


def build(knots: Sequence[Knot], spec: Spec) -> Tube | None:
    """The tube through these knots; None when no clock within the specification fits them all.

    Raises ValueError without a knot.
    """
    if not knots:
        raise ValueError("a tube needs a knot")
    row = _merged(knots)
    rates = _rate_range(row, spec)
    for _ in range(2):  # narrower knots confine m more, and m the knots
        if rates is None:
            return None
        row = _tightened(row, rates[0] - spec.rate_swing, rates[1] + spec.rate_swing)
        if any(knot.low > knot.high for knot in row):
            return None
        rates = _rate_range(row, spec)
    if rates is None:
        return None
    low_rate, high_rate = rates[0] - spec.rate_swing, rates[1] + spec.rate_swing
    first, last = row[0], row[-1]
    pieces: list[_Piece] = [(-math.inf, first.x, first.low, high_rate, first.high, low_rate)]
    for left, right in pairwise(row):
        pieces.extend(_between(left, right, rates, spec.rate_swing))
    pieces.append((last.x, last.x, last.low, low_rate, last.high, high_rate))
    return Tube(Pieces(*np.array(pieces).T.copy()), low_rate, high_rate, tuple(row))


def _merged(knots: Sequence[Knot]) -> list[Knot]:
    """In order of x; knots of one x become one."""
    row: list[Knot] = []
    for knot in sorted(knots):
        if row and row[-1].x == knot.x:
            last = row[-1]
            row[-1] = Knot(knot.x, max(last.low, knot.low), min(last.high, knot.high))
        else:
            row.append(knot)
    return row


def _rate_range(row: Sequence[Knot], spec: Spec) -> tuple[float, float] | None:
    """The range of m, None when it is empty."""
    limit = spec.rate_max - spec.rate_swing
    rate_low, rate_high = -limit, limit
    some = _spread(row)
    for at, right in enumerate(some):
        for left in some[:at]:
            apart = right.x - left.x
            rate_low = max(rate_low, (right.low - left.high) / apart - spec.rate_swing)
            rate_high = min(rate_high, (right.high - left.low) / apart + spec.rate_swing)
    return (rate_low, rate_high) if rate_low <= rate_high else None


def _spread(row: Sequence[Knot]) -> Sequence[Knot]:
    """At most RATE_KNOTS_MAX knots: the narrowest of each slice of time."""
    if len(row) <= RATE_KNOTS_MAX:
        return row
    best: dict[int, Knot] = {}
    span = row[-1].x - row[0].x
    for knot in row:
        part = min(RATE_KNOTS_MAX - 1, int((knot.x - row[0].x) / span * RATE_KNOTS_MAX))
        held = best.get(part)
        if held is None or knot.high - knot.low < held.high - held.low:
            best[part] = knot
    return [best[part] for part in sorted(best)]


def _tightened(row: Sequence[Knot], rate_low: float, rate_high: float) -> list[Knot]:
    """Each knot cut to what can be reached from the one before and the one after."""
    out: list[Knot] = []
    for knot in row:
        if out:
            before = out[-1]
            step = knot.x - before.x
            low = max(knot.low, before.low + rate_low * step)
            high = min(knot.high, before.high + rate_high * step)
            out.append(Knot(knot.x, low, high))
        else:
            out.append(knot)
    for at in range(len(out) - 2, -1, -1):
        knot, after = out[at], out[at + 1]
        step = after.x - knot.x
        low = max(knot.low, after.low - rate_high * step)
        high = min(knot.high, after.high - rate_low * step)
        out[at] = Knot(knot.x, low, high)
    return out


def _between(left: Knot, right: Knot, rates: tuple[float, float], swing: float) -> list[_Piece]:
    """Straight pieces outside the edges between two knots, along tangents."""
    span = right.x - left.x
    # A piece of span / n along its middle tangent is too wide by swing * span / (2 n^2).
    count = math.isqrt(int(swing * span / 2 / _PIECE_ERROR_US)) + 1
    count = min(count, _PIECES_MAX)
    pieces: list[_Piece] = []
    for at in range(count):
        x_start = left.x + span * at / count
        x = left.x + span * (at + 0.5) / count
        high, high_rate = _upper(left.x, left.high, right.x, right.high, rates, swing, x)
        low, low_rate = _upper(
            left.x, -left.low, right.x, -right.low, (-rates[1], -rates[0]), swing, x
        )
        pieces.append((x_start, x, -low, -low_rate, high, high_rate))
    return pieces


def _upper(
    a: float,
    high_a: float,
    b: float,
    high_b: float,
    rates: tuple[float, float],
    swing: float,
    x: float,
) -> tuple[float, float]:
    """(value, slope) of the upper edge at x between a and b: see the module's point 3."""
    if math.isinf(high_a) and math.isinf(high_b):
        return math.inf, 0.0
    if math.isinf(high_a):
        return high_b - (rates[0] - swing) * (b - x), rates[0] - swing
    if math.isinf(high_b):
        return high_a + (rates[1] + swing) * (x - a), rates[1] + swing
    meet = (high_b - high_a + swing * (a + b - 2 * x)) / (b - a)
    if meet > rates[1]:
        return high_a + (rates[1] + swing) * (x - a), rates[1] + swing
    if meet < rates[0]:
        return high_b - (rates[0] - swing) * (b - x), rates[0] - swing
    value = high_a + (meet + swing) * (x - a)
    return value, (meet + swing) - 2 * swing * (x - a) / (b - a)
