"""Charts of the HTML log: progress against the cutoffs, loop splits, clock quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yellowgate.race.officiallog import OfficialLog, RunnerLog
from yellowgate.report import svg
from yellowgate.report.people import hhmmss

WIDTH = 900
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 14, 34
ROW_PX = 18
HOUR_S = 3600


class ClockPoint(NamedTuple):
    """How far a station's own clock was off at a moment (ms), and the bound of that (ms)."""

    utc_us: int
    offset_ms: float
    bound_ms: float


def progress(log: OfficialLog) -> str:
    """Loops against time: a line a runner, the cutoffs as steps that nobody may be right of."""
    runners = [line for line in log.runners if any(loop.in_s is not None for loop in line.loops)]
    if not runners:
        return ""
    loops = max(loop.loop for line in runners for loop in line.loops)
    cutoffs = sorted(
        {
            (loop.loop, loop.cutoff_s)
            for line in runners
            for loop in line.loops
            if loop.cutoff_s is not None
        }
    )
    last_s = max(
        [loop.in_s or 0.0 for line in runners for loop in line.loops] + [at for _, at in cutoffs]
    )
    height = 320
    x = svg.Scale(0, last_s * 1.02, LEFT, WIDTH - RIGHT)
    y = svg.Scale(0, loops, height - BOTTOM, TOP)
    parts = [*_hours(x, height, last_s), *_loop_lines(y, loops)]
    if len(cutoffs) <= loops:
        parts += _cutoff_steps(x, y, cutoffs)
    for line in reversed(runners):
        parts.append(_progress_line(x, y, line))
    return svg.canvas(WIDTH, height, parts, "Loops completed against time, with the cutoffs")


def _hours(x: svg.Scale, height: float, last_s: float) -> list[str]:
    step_h = next(step for step in (1, 2, 4, 6, 12, 24, 48, 1000) if last_s / HOUR_S / step <= 12)
    parts: list[str] = []
    for hour in range(0, int(last_s / HOUR_S) + 1, step_h):
        at = x(hour * HOUR_S)
        parts.append(svg.line(at, TOP, at, height - BOTTOM, class_="grid"))
        parts.append(svg.text(at, height - BOTTOM + 16, f"{hour} h", text_anchor="middle"))
    return parts


def _loop_lines(y: svg.Scale, loops: int) -> list[str]:
    step = max(1, loops // 8)
    parts: list[str] = []
    for number in range(0, loops + 1, step):
        parts.append(svg.line(LEFT, y(number), WIDTH - RIGHT, y(number), class_="grid"))
        parts.append(svg.text(LEFT - 8, y(number) + 4, str(number), text_anchor="end"))
    return parts


def _cutoff_steps(x: svg.Scale, y: svg.Scale, cutoffs: Sequence[tuple[int, float]]) -> list[str]:
    parts: list[str] = []
    for loop, at_s in cutoffs:
        content = svg.title(f"cutoff of loop {loop}: {hhmmss(at_s)}")
        parts.append(
            svg.element(
                "line",
                content,
                x1=x(at_s),
                x2=x(at_s),
                y1=y(loop - 1),
                y2=y(loop),
                class_="cutoff",
            )
        )
    return parts


def _progress_line(x: svg.Scale, y: svg.Scale, line: RunnerLog) -> str:
    """Up while on a loop, level while in camp; a loop that does not count ends in a cross."""
    points = [(x(0), y(0))]
    done = 0
    marks = ""
    for loop in line.loops:
        if loop.out_s is not None:
            points.append((x(loop.out_s), y(done)))
        if loop.in_s is None:
            continue
        done = loop.loop
        points.append((x(loop.in_s), y(done)))
        good = loop.verdict in ("counted", "provisional")
        words = svg.title(f"{line.name}, loop {loop.loop}: {hhmmss(loop.in_s)} {loop.verdict}")
        kind = "dot" if good else "dot bad"
        marks += svg.element(
            "circle", words, cx=x(loop.in_s), cy=y(done), r=3.2 if good else 4.2, class_=kind
        )
    name = svg.title(f"{line.name}: {line.status}")
    kind = "runner " + ("best" if line.status in ("finished", "fun run") else "")
    return svg.element("g", svg.polyline(points, name) + marks, class_=kind.strip())


def splits(log: OfficialLog) -> str:
    """Loop times side by side: a bar a loop, camp as the space between."""
    runners = [line for line in log.runners if any(loop.in_s is not None for loop in line.loops)]
    if not runners or max(len(line.loops) for line in runners) > 12:
        return ""
    last_s = max(loop.in_s or 0.0 for line in runners for loop in line.loops)
    height = TOP + BOTTOM + ROW_PX * len(runners)
    left = 150
    x = svg.Scale(0, last_s, left, WIDTH - RIGHT)
    parts = _hours(x, height, last_s)
    for row, line in enumerate(runners):
        top = TOP + row * ROW_PX
        parts.append(svg.text(left - 8, top + 13, line.name, text_anchor="end"))
        for loop in line.loops:
            if loop.in_s is None:
                continue
            begin_s = loop.out_s or 0.0
            words = svg.title(
                f"{line.name}, loop {loop.loop}: {hhmmss(loop.in_s - begin_s)} ({loop.verdict})"
            )
            parts.append(
                svg.element(
                    "rect",
                    words,
                    x=x(begin_s),
                    y=top + 3,
                    width=max(1.0, x(loop.in_s) - x(begin_s)),
                    height=ROW_PX - 6,
                    class_=f"loop{(loop.loop - 1) % 5 + 1}"
                    + ("" if loop.verdict in ("counted", "provisional") else " bad"),
                )
            )
    return svg.canvas(WIDTH, height, parts, "Loop times of each runner")


def clock_quality(name: str, points: Sequence[ClockPoint], start_us: int) -> str:
    """A station's own clock against the truth: the band in which the correction lies."""
    if not points:
        return ""
    height = 190
    hours = [(point.utc_us - start_us) / 1e6 for point in points]
    low = min(point.offset_ms - point.bound_ms for point in points)
    high = max(point.offset_ms + point.bound_ms for point in points)
    x = svg.Scale(min(hours), max(hours), LEFT + 20, WIDTH - RIGHT)
    y = svg.Scale(low, high, height - BOTTOM, TOP)
    upper = [(x(at), y(p.offset_ms + p.bound_ms)) for at, p in zip(hours, points, strict=True)]
    lower = [(x(at), y(p.offset_ms - p.bound_ms)) for at, p in zip(hours, points, strict=True)]
    band = " ".join(f"{px:.1f},{py:.1f}" for px, py in upper + lower[::-1])
    middle = [(x(at), y(p.offset_ms)) for at, p in zip(hours, points, strict=True)]
    parts = [svg.element("polygon", points=band, class_="band")]
    parts.append(
        svg.polyline(middle, svg.title(f"{name}: how far the clock was off"), class_="mid")
    )
    for value in (low, high):
        parts.append(svg.text(LEFT + 12, y(value) + 4, f"{value:+.0f} ms", text_anchor="end"))
    for value in (min(hours), max(hours)):
        words = f"{value / HOUR_S:.0f} h"
        parts.append(svg.text(x(value), height - 12, words, text_anchor="middle"))
    return svg.canvas(WIDTH, height, parts, f"Clock of {name}: offset and bound")
