"""Charts of the HTML log: progress against the cutoffs, loop splits or pace, clock quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.report import svg
from yellowgate.report.words import place_of_loop, short, span, unit_of
from yellowgate.times import US

WIDTH = 1000
LEFT, RIGHT, TOP, BOTTOM = 44, 18, 16, 34
ROW_PX = 20
HOUR_US = 3600 * US
MINUTE_US = 60 * US
GOOD = ("counted", "provisional")
SPLIT_LOOPS_MAX = 12  # more of them are drawn as pace
LABELS_MAX = 8
NAME_LETTERS = 24  # of a name or a place beside a line
LETTER_PX, BOLD_PX = 6.6, 7.8  # of 12 px text, about


class ClockPoint(NamedTuple):
    """How far a station's own clock was off at a moment (ms), and the bound of that (ms)."""

    utc_us: int
    offset_ms: float
    bound_ms: float


def _arrived(log: OfficialLog) -> list[RunnerLog]:
    return [line for line in log.runners if any(loop.in_us is not None for loop in line.loops)]


def _last_us(runners: Sequence[RunnerLog]) -> int:
    return max(loop.in_us or 0 for line in runners for loop in line.loops)


# Progress


def progress(log: OfficialLog) -> str:
    """Loops against time: a line a runner; behind each cutoff it is red."""
    runners = _arrived(log)
    if not runners:
        return ""
    is_many = _is_many(log)
    loops = max((line.loops_counted for line in runners), default=0) if is_many else 0
    loops = loops or max(loop.loop for line in runners for loop in line.loops)
    cutoffs = sorted(
        {
            (loop.loop, loop.cutoff_us)
            for line in runners
            for loop in line.loops
            if loop.cutoff_us is not None
        }
    )
    last_us = max([_last_us(runners), *(at for _, at in cutoffs)])
    height = 380
    left = _left_px(log, loops)
    x = svg.Scale(0, last_us * 1.02, left, WIDTH - RIGHT)
    y = svg.Scale(0, loops, height - BOTTOM, TOP + 10)
    parts: list[str] = []
    if len({loop for loop, _ in cutoffs}) == len(cutoffs):  # one for each loop, the same for all
        parts += _too_late(x, y, cutoffs)
    parts += [*_hours(x, height, last_us), *_levels(log, x, y, loops)]
    if log.start_us is not None and log.state == "running":
        parts += _now(x, height, log.as_of_us - log.start_us)
    parts += [
        _progress_line(log, x, y, line)
        for line in sorted(reversed(runners), key=lambda line: _is_best(log, line))
    ]
    parts += _names(log, x, y, runners)
    return svg.canvas(WIDTH, height, parts, f"{unit_of(log)}s against time, with the cutoffs")


def _is_many(log: OfficialLog) -> bool:
    """So many loops that each one is a step too small to see."""
    return max((len(line.loops) for line in log.runners), default=0) > SPLIT_LOOPS_MAX


def _left_px(log: OfficialLog, loops: int) -> float:
    """Room for the names of the places, where there are some."""
    if log.preset != "point-to-point":
        return LEFT
    places = [place_of_loop(log, number) for number in range(1, loops + 1)]
    return 16 + LETTER_PX * max(5, *(min(len(place), NAME_LETTERS) for place in places))


def _hours(x: svg.Scale, height: float, last_us: int) -> list[str]:
    hours = last_us / HOUR_US
    step_h = next(step for step in (1, 2, 4, 6, 12, 24, 48, 1 << 30) if hours / step <= 13)
    parts: list[str] = []
    for hour in range(0, int(hours) + 1, step_h):
        at = x(hour * HOUR_US)
        parts.append(svg.line(at, TOP, at, height - BOTTOM, "grid"))
        parts.append(svg.text(at, height - BOTTOM + 18, f"{hour} h", "middle", "axis"))
    return parts


def _levels(log: OfficialLog, x: svg.Scale, y: svg.Scale, loops: int) -> list[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1 << 30) if loops / step <= 10)
    parts: list[str] = []
    for number in range(0, loops + 1, step):
        words = str(number)
        if log.preset == "point-to-point":
            words = short(place_of_loop(log, number), NAME_LETTERS) if number else "start"
        parts.append(svg.line(x.start_px, y(number), WIDTH - RIGHT, y(number), "grid"))
        parts.append(svg.text(x.start_px - 8, y(number) + 4, words, "end", "axis"))
    return parts


def _too_late(x: svg.Scale, y: svg.Scale, cutoffs: Sequence[tuple[int, int]]) -> list[str]:
    """A step for each loop: right of it the loop does not count."""
    right = WIDTH - RIGHT
    edge: list[tuple[float, float]] = []
    parts: list[str] = []
    for loop, at_us in cutoffs:
        edge += [(x(at_us), y(loop - 1)), (x(at_us), y(loop))]
        if len(cutoffs) <= SPLIT_LOOPS_MAX:
            words = span(at_us).removesuffix(":00")
            is_at_edge = x(at_us) + 44 > right
            at, anchor = (x(at_us) - 6, "end") if is_at_edge else (x(at_us) + 6, "")
            parts.append(svg.text(at, y(loop - 1) - 7, words, anchor, "late"))
    shade = [*edge, (right, edge[-1][1]), (right, edge[0][1])] if edge else []
    words = svg.title("behind the cutoff")
    return [svg.polygon(shade, words, "too-late"), svg.polyline(edge, "", "cutoff"), *parts]


def _now(x: svg.Scale, height: float, now_us: int) -> list[str]:
    if not 0 < now_us < x.high:
        return []
    return [
        svg.line(x(now_us), TOP - 6, x(now_us), height - BOTTOM, "now"),
        svg.text(x(now_us) - 5, height - BOTTOM - 6, "as of", "end", "axis"),
    ]


def _progress_line(log: OfficialLog, x: svg.Scale, y: svg.Scale, line: RunnerLog) -> str:
    """Up while on a loop, level while in camp; a loop that does not count ends in a red ring.
    Where there are many, the line shows how many count, and stays level for one that does not.
    """
    points = [(x(0), y(0))]
    done = 0
    marks = ""
    dense = _is_many(log)
    for loop in line.loops:
        if loop.out_us is not None and loop.in_us is not None:
            points.append((x(loop.out_us), y(done)))
        if loop.in_us is None:
            continue
        is_good = loop.verdict in GOOD
        level = done + is_good if dense else loop.loop
        at = (x(loop.in_us), y(level))
        points.append(at)
        done = level if is_good else done
        if not dense or loop.verdict not in GOOD:
            marks += _dot(log, line, loop, at)
    kind = "runner best" if _is_best(log, line) else "runner"
    # A broad line that nobody sees, so that a finger or a mouse finds the runner.
    words = svg.title(f"{line.name}: {line.result} {line.status}")
    broad = svg.polyline(points, words, "reach")
    return svg.element("g", svg.polyline(points, "", "path") + broad + marks, class_=kind)


def _dot(log: OfficialLog, line: RunnerLog, loop: Loop, at: tuple[float, float]) -> str:
    good = loop.verdict in GOOD
    words = f"{line.name}, {unit_of(log)} {loop.loop}: {loop.elapsed} {loop.note or loop.verdict}"
    kind, radius = ("dot", 3.6) if good else ("dot bad", 5.0)
    return svg.element("circle", svg.title(words), cx=at[0], cy=at[1], r=radius, class_=kind)


def _is_best(log: OfficialLog, line: RunnerLog) -> bool:
    """Is the line heavy? In a race of laps everybody finishes: there the first ones."""
    if log.preset == "laps":
        return _is_first(line)
    return line.status in ("finished", "fun run")


def _names(log: OfficialLog, x: svg.Scale, y: svg.Scale, runners: Sequence[RunnerLog]) -> list[str]:
    """The first of the ranking, written at the end of their lines where there is room."""
    best = [line for line in runners if _is_best(log, line)]
    named = best if 0 < len(best) <= LABELS_MAX else []
    named += [line for line in runners if _is_first(line) and line not in named]
    taken: list[tuple[float, float, float]] = []
    parts: list[str] = []
    for line in named or runners[:1]:
        loop = next(loop for loop in reversed(line.loops) if loop.in_us is not None)
        at, name = x(loop.in_us or 0), short(line.name, NAME_LETTERS)
        width = len(name) * BOLD_PX
        top = line.loops_counted if _is_many(log) else loop.loop
        left = at + 9 if at + width + 9 < WIDTH else at - width - 9
        for level in (y(top) - 7, y(top) + 16, y(top) + 31):
            if level > TOP and all(
                abs(level - other) > 13 or left > right + 4 or left + width + 4 < start
                for start, right, other in taken
            ):
                taken.append((left, left + width, level))
                parts.append(svg.text(left, level, name, "", "who"))
                break
        if len(parts) == LABELS_MAX:
            break
    return parts


def _is_first(line: RunnerLog) -> bool:
    return line.place == 1 or line.place_gender == 1


# Splits and pace


def splits(log: OfficialLog) -> str:
    """Loop times side by side: a bar a loop, camp as the space between. "" for many loops."""
    runners = _arrived(log)
    if not runners or max(len(line.loops) for line in runners) > SPLIT_LOOPS_MAX:
        return ""
    last_us = _last_us(runners)
    height = TOP + BOTTOM + ROW_PX * len(runners)
    left = 16 + LETTER_PX * max(min(len(line.name), NAME_LETTERS) for line in runners)
    x = svg.Scale(0, last_us * 1.01, left, WIDTH - RIGHT)
    parts = _hours(x, height, last_us)
    for row, line in enumerate(runners):
        top = TOP + row * ROW_PX
        parts.append(svg.text(left - 8, top + 14, short(line.name, NAME_LETTERS), "end"))
        since_us = 0
        for loop in line.loops:
            if loop.in_us is not None:
                parts.append(_bar(log, x, top, line, loop, since_us))
                since_us = loop.in_us
    return svg.canvas(WIDTH, height, parts, f"{unit_of(log)} times of each runner")


def _bar(
    log: OfficialLog, x: svg.Scale, top: float, line: RunnerLog, loop: Loop, since_us: int
) -> str:
    """since_us: the last arrival before; the loop begins with it when nobody saw the leaving."""
    begin_us, end_us = since_us if loop.out_us is None else loop.out_us, loop.in_us or 0
    took = span(max(0, end_us - begin_us))
    how = "" if loop.out_us is not None else ", since the last arrival"
    words = svg.title(f"{line.name}, {unit_of(log)} {loop.loop}: {took} ({loop.verdict}{how})")
    width = max(1.0, x(end_us) - x(begin_us))
    kind = f"loop{(loop.loop - 1) % 5 + 1}" + ("" if loop.verdict in GOOD else " bad")
    bar = svg.element(
        "rect", words, x=x(begin_us), y=top + 2, width=width, height=ROW_PX - 4, rx=2, class_=kind
    )
    if width < 64:
        return bar
    inside = took if loop.verdict in GOOD else f"{took} {loop.verdict}"
    if len(inside) * LETTER_PX + 8 > width:
        inside = took
    return bar + svg.text(x(begin_us) + 5, top + 14, inside, "", "inside")


def pace(log: OfficialLog) -> str:
    """How long each loop took, for races of many loops. "" for few."""
    runners = _arrived(log)
    loops = max((len(line.loops) for line in runners), default=0)
    if loops <= SPLIT_LOOPS_MAX:
        return ""
    took_min = {
        line.name: [
            (loop.loop, (loop.in_us - loop.out_us) / MINUTE_US)
            for loop in line.loops
            if loop.in_us is not None and loop.out_us is not None
        ]
        for line in runners
    }
    limits = {
        round((loop.cutoff_us - loop.out_us) / MINUTE_US, 3)
        for line in runners
        for loop in line.loops
        if loop.cutoff_us is not None and loop.out_us is not None
    }
    high = sorted(value for rows in took_min.values() for _, value in rows)
    top_min = high[int(len(high) * 0.98)] * 1.15  # one long rest does not flatten the rest
    limit = limits.pop() if len(limits) == 1 else None
    height = 300
    x = svg.Scale(1, loops, LEFT, WIDTH - RIGHT)
    y = svg.Scale(0, max(top_min, limit or 0) * 1.04, height - BOTTOM, TOP)
    parts = _pace_axes(x, y, height, limit)
    # The first ones on top of the others.
    for line in sorted(reversed(runners), key=lambda line: _is_best(log, line)):
        points = [(x(loop), y(min(value, y.high))) for loop, value in took_min[line.name]]
        kind = "runner best" if _is_best(log, line) else "runner"
        words = svg.title(line.name)
        group = svg.polyline(points, "", "path") + svg.polyline(points, words, "reach")
        parts.append(svg.element("g", group, class_=kind))
    return svg.canvas(WIDTH, height, parts, f"Minutes for each {unit_of(log)}")


def _pace_axes(x: svg.Scale, y: svg.Scale, height: float, limit: float | None) -> list[str]:
    parts: list[str] = []
    for value in svg.ticks(0, y.high):
        parts.append(svg.line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid"))
        parts.append(svg.text(LEFT - 6, y(value) + 4, f"{value:g}", "end", "axis"))
    for number in svg.ticks(1, x.high, 12):
        if number == int(number):
            parts.append(svg.text(x(number), height - 14, f"{number:g}", "middle", "axis"))
    if limit is not None:
        parts.append(svg.line(LEFT, y(limit), WIDTH - RIGHT, y(limit), "cutoff"))
    return parts


# Clocks


def clock_quality(name: str, points: Sequence[ClockPoint], start_us: int) -> str:
    """A station's own clock: above how far it was off, below how well that is known."""
    if not points:
        return ""
    height, middle = 240, 130
    at_us = [point.utc_us - start_us for point in points]
    offsets = [point.offset_ms for point in points]
    x = svg.Scale(min(at_us), max(at_us), LEFT + 30, WIDTH - RIGHT)
    above = svg.Scale(min(*offsets, 0.0), max(*offsets, 0.0), middle - 22, TOP + 12)
    top_ms = max(point.bound_ms for point in points) * 1.1
    below = svg.Scale(0, top_ms, height - BOTTOM, middle + 16)
    parts = [svg.text(4, TOP, "own clock off by", "", "axis")]
    parts.append(svg.text(4, middle + 6, "corrected to ±", "", "axis"))
    parts += _milliseconds(above, svg.ticks(above.low, above.high, 3))
    parts += _milliseconds(below, svg.ticks(0, top_ms, 3))
    own = [(x(at), above(value)) for at, value in zip(at_us, offsets, strict=True)]
    bound = [(x(at), below(point.bound_ms)) for at, point in zip(at_us, points, strict=True)]
    area = [(bound[0][0], below(0)), *bound, (bound[-1][0], below(0))]
    parts.append(svg.polyline(own, svg.title(f"{name}: how far its own clock was off"), "mid"))
    parts.append(svg.polygon(area, svg.title(f"{name}: bound of the corrected time"), "band"))
    step_us = HOUR_US * next(
        hours for hours in (1, 2, 4, 6, 12, 24, 1 << 30) if (x.high - x.low) / HOUR_US / hours <= 13
    )
    for number in range(int(x.low // step_us) + 1, int(x.high // step_us) + 1):
        words = f"{number * step_us // HOUR_US} h"
        parts.append(svg.text(x(number * step_us), height - 12, words, "middle", "axis"))
    return svg.canvas(WIDTH, height, parts, f"Clock of {name}: offset and bound")


def _milliseconds(scale: svg.Scale, values: Sequence[float]) -> list[str]:
    parts: list[str] = []
    for value in values:
        words = f"{value:g} ms" if abs(value) < 10_000 else f"{value / 1000:g} s"
        parts.append(svg.line(LEFT + 30, scale(value), WIDTH - RIGHT, scale(value), "grid"))
        parts.append(svg.text(LEFT + 24, scale(value) + 4, words, "end", "axis"))
    return parts
