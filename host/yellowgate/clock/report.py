"""How the clocks of the stations are: figures, a chart's points, and warnings in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.clock import hypotheses, laptops
from yellowgate.clock.align import Placed
from yellowgate.clock.correct import Corrected
from yellowgate.clock.hypotheses import Hypothesis, LogHypotheses, Verdict
from yellowgate.clock.shape import Pair
from yellowgate.records import NO_UTC, TOUCHES, Timed, TimedRecords
from yellowgate.times import UNBOUNDED_US

POINTS_MAX = 240  # of a chart
OLD_PAIR_H = 24
WIDE_BOUND_US = 1_000_000
MOVED_US = 60_000_000  # a station's clock that is off by more is told of
_YEAR_US = 365.25 * 86400e6
ONE_IS_WRONG = "one of the two is wrong."


class Point(NamedTuple):
    """At utc_us the station's own time was off_ms ahead of the truth, known to ± bound_ms."""

    utc_us: int
    off_ms: float
    bound_ms: float


class Residual(NamedTuple):
    """A clock pair: what the reference showed less the corrected time of that moment."""

    utc_us: int
    reference: str
    residual_ms: float
    bound_ms: float


@dataclass(frozen=True)
class ReferenceReport:
    """One reference in one log. deviation_ms: ahead of the main one, None: not compared."""

    name: str
    state: str
    pairs: int
    deviation_ms: float | None


@dataclass(frozen=True)
class ClockReport:
    """The clock of one log.

    ruler: "RTC", "crystal" or "none": what counts now. offset_ms: how far the station's own time
    is ahead of the truth, by its last record that has one. drift_ppm: how fast the ruler is, with
    drift_bound_ppm. bound_now_us: of a tap that would be made now (UNBOUNDED_US: nobody knows).
    """

    log_id: str
    boots: int
    pairs: int
    ruler: str
    offset_ms: float | None
    drift_ppm: float | None
    drift_bound_ppm: float | None
    last_pair_us: int | None
    age_s: float | None
    bound_now_us: int
    bound_max_us: int
    residuals: tuple[Residual, ...] = ()
    references: tuple[ReferenceReport, ...] = ()
    points: tuple[Point, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def residual_max_ms(self) -> float:
        """The largest, in size."""
        return max((abs(row.residual_ms) for row in self.residuals), default=0.0)


def clock_reports(corrected: Corrected, as_of_us: int) -> list[ClockReport]:
    """Of every log, in order of log id. as_of_us: now."""
    return [
        _report(log, times.rows(), as_of_us)
        for log, times in zip(corrected.logs.values(), corrected.times, strict=True)
    ]


def _report(log: LogHypotheses, rows: Sequence[Timed], as_of_us: int) -> ClockReport:
    shape = log.shape
    main = next((one for one in log.hypotheses if not one.fills), None)
    ruler, placed = _ruler(main) if main is not None else ("none", None)
    low, high = (placed.tube.rate_low, placed.tube.rate_high) if placed else (math.nan, math.nan)
    last_pair_us = max((_pair_time_us(log, row) for row in shape.pairs), default=None)
    offsets = [row for row in rows if _is_known(row) and row.observation.station_utc_us]
    report = ClockReport(
        log_id=rows[0].observation.log_id,
        boots=len({row.observation.boot for row in rows}),
        pairs=len(shape.pairs),
        ruler=ruler,
        offset_ms=_off_ms(offsets[-1]) if offsets else None,
        # True time per counted time: a fast clock has a low rate.
        drift_ppm=-(low + high) / 2 * 1e6 if placed else None,
        drift_bound_ppm=(high - low) / 2 * 1e6 if placed else None,
        last_pair_us=last_pair_us,
        age_s=(as_of_us - last_pair_us) / 1e6 if last_pair_us is not None else None,
        bound_now_us=bound_now_us(log, as_of_us),
        bound_max_us=max(row.bound_us for row in rows),
        residuals=tuple(_residuals(log, main)),
        references=tuple(_reference(log, row) for row in log.verdicts),
        points=tuple(_points(offsets)),
    )
    return _with_warnings(report, log, rows)


def _is_known(row: Timed) -> bool:
    return row.bound_us < UNBOUNDED_US


def _off_ms(row: Timed) -> float:
    return ((row.observation.station_utc_us or 0) - row.utc_us) / 1000


def _points(rows: Sequence[Timed]) -> list[Point]:
    some = rows[:: max(1, math.ceil(len(rows) / POINTS_MAX))]
    return [Point(row.utc_us, round(_off_ms(row), 3), row.bound_us / 1000) for row in some]


def _ruler(hypothesis: Hypothesis) -> tuple[str, Placed | None]:
    """What the last record's time runs on."""
    placement = hypothesis.placement
    last_run = len(placement.shape.runs) - 1
    for placed, epoch in reversed(list(zip(placement.epochs, placement.stretches, strict=True))):
        if placed is not None and epoch[-1].run == last_run:
            return "RTC", placed
    if last_run in placement.neighbours:
        return "none", None
    placed = placement.runs[last_run]
    return ("crystal", placed) if placed is not None else ("none", None)


def bound_now_us(log: LogHypotheses, as_of_us: int) -> int:
    """Half of what all that must be covered leaves open, if the station runs on as it does."""
    lows: list[float] = []
    highs: list[float] = []
    for one in log.hypotheses:
        if one.fills:
            continue
        _, placed = _ruler(one)
        if placed is None:
            return UNBOUNDED_US
        shown_us = as_of_us - placed.o_zero
        low, high = placed.at(shown_us)
        lows.append(low + one.shift_low_us)
        highs.append(high + one.shift_high_us)
    return int((max(highs) - min(lows)) / 2) + 1 if lows else UNBOUNDED_US


def _pair_time_us(log: LogHypotheses, pair: Pair) -> int:
    main = next((one for one in log.hypotheses if not one.fills), None)
    span = main.placement.at_pair(pair) if main is not None else None
    return pair.utc_us if span is None else int((span[0] + span[1]) / 2)


def _residuals(log: LogHypotheses, main: Hypothesis | None) -> list[Residual]:
    if main is None:
        return []
    out: list[Residual] = []
    for pair in log.shape.pairs:
        span = main.placement.at_pair(pair)
        if span is not None:
            middle = (span[0] + span[1]) / 2
            words = laptops.words(log.shape.rows, pair.kind, pair.reference)
            residual_ms = round((pair.utc_us - middle) / 1000, 3)
            out.append(Residual(int(middle), words, residual_ms, pair.bound_us / 1000))
    return out


def _reference(log: LogHypotheses, verdict: Verdict) -> ReferenceReport:
    deviation_us = verdict.deviation_us
    return ReferenceReport(
        _name(log, verdict),
        verdict.state,
        verdict.pairs,
        None if deviation_us is None else round(deviation_us / 1000, 1),
    )


def _name(log: LogHypotheses, verdict: Verdict) -> str:
    number = verdict.reference.reference_id
    of = [row.kind for row in log.shape.pairs if row.reference.reference_id == number]
    kind = min(of, key=lambda kind: (kind == bodies.REFERENCE_RADIO, kind))
    return laptops.words(log.shape.rows, kind, verdict.reference)


# Warnings


def _with_warnings(report: ClockReport, log: LogHypotheses, rows: Sequence[Timed]) -> ClockReport:
    found = [*_pair_warnings(report, rows), *_part_warnings(log), *_reference_warnings(log)]
    return replace(report, warnings=tuple(found))


def _pair_warnings(report: ClockReport, rows: Sequence[Timed]) -> list[str]:
    if not report.pairs:
        return ["Its clock was never compared with another: nobody knows how right it is. Sync it."]
    found: list[str] = []
    lost = sorted(
        {
            row.observation.boot
            for row in rows
            if row.basis in ("neighbours", "none") and row.observation.kind in TOUCHES
        }
    )
    if lost:
        which = ", ".join(map(str, lost[:5])) + (" and others" if len(lost) > 5 else "")
        found.append(
            f"It was restarted and stopped again without being compared (boot {which}): the order "
            "of those taps is right, their times are rough. Use the paper sheet."
        )
    if report.bound_now_us >= UNBOUNDED_US:
        found.append("It does not know the time since its last start. Sync it now.")
    elif report.bound_now_us > WIDE_BOUND_US:
        found.append(
            f"A tap made now is only known to ± {seconds(report.bound_now_us)}. "
            "Sync it before a cutoff that matters."
        )
    elif report.age_s is not None and report.age_s > OLD_PAIR_H * 3600:
        found.append(f"Last compared {report.age_s / 3600:.0f} hours ago. Sync it when you can.")
    return found


def _part_warnings(log: LogHypotheses) -> list[str]:
    qualities = log.shape.rows.qualities
    all_bits = int(np.bitwise_or.reduce(qualities))
    found: list[str] = []
    if all_bits & kinds.RTC_STOPPED:
        found.append("Its clock chip had lost the time: change the coin cell of the DS3231.")
    if all_bits & kinds.CRYSTAL_ALARM:
        found.append(
            "Its crystal and its clock chip disagree by more than 100 ppm: one is broken. "
            "Compare it often, and replace the board."
        )
    last: list[int] = qualities[log.shape.runs[-1].start :].tolist()
    edges = [quality & kinds.UTC_EDGE for quality in last if quality & kinds.UTC_RTC]
    if len(edges) > 2 and not any(edges):
        found.append("Its clock chip gives no tick: check the SQW wire.")
    return found


def _reference_warnings(log: LogHypotheses) -> list[str]:
    found = contradictions(log) if log.is_contradicted else []
    if not log.verdicts:
        return found
    main = _name(log, log.verdicts[0])
    for row in log.verdicts:
        name = _name(log, row)
        if row.state == hypotheses.DEVIATES and not log.is_contradicted:
            found.append(
                f"{name} is {_ahead(row.deviation_us, main)}: it is not used, you ruled that the "
                "other is right."
            )
        elif row.state == hypotheses.UNCOMPARED and row.is_covered:
            found.append(
                f"{name} and {main} were never compared closely: times cover both. Sync this "
                "station with both within the hour, or rule that both are right "
                f"(gate ruling add clock reference={row.reference.name}, and the other)."
            )
        elif row.state == hypotheses.UNCOMPARED and row.exchanges < log.verdicts[0].exchanges:
            found.append(
                f"{name} was never compared closely with {main}, which is known better: it is not "
                "used. Sync this station with both within the hour."
            )
    return found


def contradictions(log: LogHypotheses) -> list[str]:
    """What the clocks that this station met say against each other or themselves, where nobody
    has ruled which is right: in words, with what to do. Empty where nothing contradicts.
    """
    if not log.is_contradicted:
        return []
    main = _name(log, log.verdicts[0])
    found: list[str] = []
    for row in log.verdicts:
        if row.jumps:
            found.append(_jump(log, row))
        if row.state == hypotheses.DEVIATES and (row.is_covered or not log.is_ruled):
            words = f"{_name(log, row)} is {_ahead(row.deviation_us, main)}: {ONE_IS_WRONG}"
            found.append(f"{words} {_what_holds(log, row, main)} {_what_to_rule(log, row)}")
    for other in log.elsewhere:
        found.append(
            f"{main}, which this station met, is "
            f"{_ahead(-other.deviation_us, other.reference.name)} at other stations: {ONE_IS_WRONG}"
            " Bounds reach both until you rule which "
            f"is right (gate ruling add clock reference={other.reference.name}, or the other)."
        )
    return found


def _ahead(deviation_us: float | None, main: str) -> str:
    ahead = deviation_us or 0.0
    if not ahead:
        return f"not where {main} allows it to be"
    return f"{seconds(abs(int(ahead)))} {'ahead of' if ahead > 0 else 'behind'} {main}"


def _jump(log: LogHypotheses, row: Verdict) -> str:
    """That a clock, or a station's own one between two starts, was moved; and what follows."""
    name = _name(log, row)
    group = next(group for group in log.groups if row.reference in group.references)
    moved_us = [
        abs(pair.utc_us - (span[0] + span[1]) / 2)
        for pair in (*group.pairs, *group.refuted)
        if (span := group.placements[0].at_pair(pair)) is not None
    ]
    words = (
        f"{name} contradicts itself: its clock was moved between two syncs, by "
        f"{seconds(int(max(moved_us, default=0.0)))}."
    )
    if group.refuted:
        return (
            f"{words} Times stand on {len(group.pairs)} of its pairs, "
            f"{len(group.refuted)} against them {'is' if len(group.refuted) == 1 else 'are'} not "
            "used. If that is right, rule it "
            f"(gate ruling add clock reference={row.reference.name})."
        )
    return (
        f"{words} Bounds reach both. Sync this station with a clock that is right, and rule that "
        "it is (gate ruling add clock reference=…)."
    )


def _what_holds(log: LogHypotheses, row: Verdict, main: str) -> str:
    """Whose times the log states meanwhile."""
    if not row.is_covered:
        return (
            f"Times stand on {main}, which {row_count(log.verdicts[0].exchanges)} bear out "
            f"against {row.exchanges}."
        )
    return f"Times are those of {main}, and their bounds reach both."


def row_count(exchanges: int) -> str:
    """As people say it."""
    return f"{exchanges} exchange{'' if exchanges == 1 else 's'}"


def _what_to_rule(log: LogHypotheses, row: Verdict) -> str:
    if log.is_ruled:
        return "Both were ruled right. Take one back (gate ruling add undo)."
    main = log.verdicts[0].reference.name
    return (
        f"Rule which one is right (gate ruling add clock reference={main}, or "
        f"reference={row.reference.name})."
    )


def moved_by_us(times: TimedRecords) -> list[int]:
    """By how much the touches of a log are off its station's own clock, where that is more than
    MOVED_US: corrected less stamped, in the order of the log.
    """
    rows = times.records
    is_known = (rows.utcs_us != NO_UTC) & (times.bounds_us < UNBOUNDED_US)
    moved = times.utcs_us - rows.utcs_us
    result: list[int] = moved[is_known & rows.is_touch & (np.abs(moved) > MOVED_US)].tolist()
    return result


def seconds(us: int) -> str:
    """A span for people: "12 ms", "1.4 s", "3 min", "2.5 h", "6 days", "5 years"."""
    if us < 1_000_000:
        return f"{max(1, round(us / 1000))} ms"
    if us < 120_000_000:
        return f"{us / 1e6:.1f} s"
    if us < 7_200_000_000:
        return f"{us / 60e6:.0f} min"
    if us < 2 * 86_400_000_000:
        return f"{us / 3600e6:.1f} h"
    if us < 2 * _YEAR_US:
        return f"{us / 86400e6:.0f} days"
    return f"{us / _YEAR_US:.0f} years"
