"""Which loop a time that was written down belongs to, and how it compares with the station's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from yellowgate.desk.moments import When
from yellowgate.event.rules import LapsRules, Rules
from yellowgate.race.official_log import Loop, RunnerLog
from yellowgate.times import hms, to_us

AGREES, OPEN, DIFFERS = range(3)
FAR_US = 1 << 62


@dataclass(frozen=True)
class Fit:
    """A touch that a time may be of. side: "in" or "out"; grade: AGREES with the time that is
    known, OPEN where none is, DIFFERS from it. compare: that in words.
    """

    when: When
    loop: int
    side: str
    grade: int
    compare: str


def fits(
    line: RunnerLog,
    start_us: int,
    rules: Rules,
    whens: Sequence[When],
    side: str = "",
    loops: Collection[int] = (),
) -> list[Fit]:
    """All touches that these times may be of, those that agree with a known time alone where
    there are such. side "": either, and then a touch that nobody saw before one that somebody saw
    at another time; loops: those that may be meant, () for all.
    """
    found: list[Fit] = []
    for when in whens:
        at_us = when.utc_us - start_us
        sides = (side,) if side else ("in",) if isinstance(rules, LapsRules) else ("in", "out")
        of_when = [fit for one in sides for fit in _of_side(line.loops, at_us, when, one, rules)]
        of_when = [fit for fit in of_when if not loops or fit.loop in loops]
        unseen = [fit for fit in of_when if fit.grade == OPEN]
        agrees = any(fit.grade == AGREES for fit in of_when)
        found += of_when if side or agrees or not unseen else unseen
    best = [fit for fit in found if fit.grade == AGREES]
    return best or found


def _of_side(
    rows: Sequence[Loop], at_us: int, when: When, side: str, rules: Rules
) -> Iterator[Fit]:
    tolerance_us, least_us = to_us(rules.paper_tolerance_s), rules.shortest_us
    next_loop = rows[-1].loop + 1 if rows else 1
    for number in [*(row.loop for row in rows), next_loop]:
        if side == "out" and number == 1:
            continue  # the first loop begins with the start
        row = next((row for row in rows if row.loop == number), None)
        known_us = None if row is None else (row.in_us if side == "in" else row.out_us)
        if known_us is not None and abs(at_us - known_us) <= tolerance_us:
            yield Fit(when, number, side, AGREES, compared(known_us, at_us - known_us, AGREES))
            continue
        begun_us, ended_us = span_of(rows, number, side, least_us)
        if not begun_us <= at_us <= ended_us:
            continue
        if known_us is None:
            yield Fit(when, number, side, OPEN, "no station has it")
        else:
            compare = compared(known_us, at_us - known_us, DIFFERS)
            yield Fit(when, number, side, DIFFERS, compare)


def span_of(rows: Sequence[Loop], number: int, side: str, least_us: int) -> tuple[int, int]:
    """From when to when this touch may have been, by the touches before and after it; since the
    start. Nothing may be: (0, -1).
    """
    of = {row.loop: row for row in rows}
    before, row, after = of.get(number - 1), of.get(number), of.get(number + 1)
    if number > 1 and before is None:
        return 0, -1
    last_in_us = 0 if before is None else before.in_us
    out_us = None if row is None else row.out_us
    in_us = None if row is None else row.in_us
    if side == "out":
        return (0, -1) if last_in_us is None else (last_in_us, FAR_US if in_us is None else in_us)
    begun_us = out_us if out_us is not None else last_in_us
    if begun_us is None:
        return 0, -1
    ended_us = FAR_US
    if after is not None:
        ends = [us for us in (after.out_us, after.in_us) if us is not None]
        ended_us = min(ends, default=FAR_US)
    return begun_us + least_us, ended_us


def compared(known_us: int, apart_us: int, grade: int) -> str:
    """How a time compares with the one that is known."""
    if not abs(apart_us) // 1_000_000:
        return f"the same as the station's {hms(known_us)}"
    later = "later" if apart_us > 0 else "earlier"
    words = f"{hms(abs(apart_us))} {later} than the station's {hms(known_us)}"
    return words if grade == AGREES else f"DIFFERS: {words}"
