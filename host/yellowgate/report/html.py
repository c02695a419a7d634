"""The official log as one HTML page that needs nothing from anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from yellowgate.race.checks.known import known_less, known_until
from yellowgate.race.checks.problems import CLOCKS, WAITING
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report import charts, words
from yellowgate.report.later import Later, script_source

if TYPE_CHECKING:
    from jinja2 import Environment

LOOP_COLUMNS_MAX = 6
LINES_SHOWN_MAX = 2_000  # runners and their loops; the records of more come when they are looked at
MARKS = {"clockwise": "↻", "counter-clockwise": "↺"}


@cache
def environment(package: str = "yellowgate.report") -> Environment:
    """Where the pages' templates come from; everything in them is escaped. One of each package is
    kept, and with it the templates: compiling them takes longer than a page.
    """
    from jinja2 import (  # noqa: PLC0415 - slow, and most of a race goes by without a page
        Environment,
        PackageLoader,
        StrictUndefined,
        select_autoescape,
    )

    made = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("span", "local", "wall", "stamp", "bound", "brief", "uncertain"):
        made.filters[name] = getattr(words, name)  # pyright: ignore[reportUnknownMemberType]
    return made


def page(
    log: OfficialLog,
    clocks: Mapping[str, Sequence[charts.ClockPoint]] | None = None,
    dark: bool = False,
    links: Sequence[tuple[str, str]] = (),
) -> str:
    """The page. clocks: points of each station's chart, by the station's name. dark: also for
    readers who did not ask for it (at the gate, at night); else as their screen is set. links: to
    other pages, where it is one of several: name and address.
    """
    start_us = log.start_us if log.start_us is not None else log.as_of_us
    clock_charts = [
        (name, Markup(charts.clock_quality(name, points, start_us)))
        for name, points in sorted((clocks or {}).items())
        if points
    ]
    loops = max((len(line.loops) for line in log.runners), default=0)
    is_large = sum(1 + len(line.loops) for line in log.runners) > LINES_SHOWN_MAX
    return (
        environment()
        .get_template("log.html")
        .render(
            log=log,
            later=Later(is_large, words.unit_of(log)),
            labels_by_css=is_large and loops > LOOP_COLUMNS_MAX,
            script_source=Markup(script_source()),
            dark=dark,
            links=links,
            unit=words.unit_of(log),
            columns=column_names(log, loops),
            wide=loops <= LOOP_COLUMNS_MAX,
            tiles=tiles(log),
            known_until=known_until(log),
            known=known_less(log),
            waiting=[row for row in log.problems if row.level == "decide"],
            doubts=[line for line in log.runners if line.doubtful],
            progress=Markup(charts.progress(log)),
            splits=Markup(charts.splits(log)),
            pace=Markup(charts.pace(log)),
            clock_charts=clock_charts,
            basis=words.BASIS,
            marks=MARKS,
            above=(CLOCKS, WAITING),
        )
    )


def column_names(log: OfficialLog, loops: int) -> list[str]:
    """A heading for each loop; the places where the race goes from one to the next."""
    unit = words.unit_of(log)
    numbers = range(1, loops + 1)
    if log.preset == "point-to-point":
        return [words.place_of_loop(log, number) or f"{unit} {number}" for number in numbers]
    return [f"{unit} {number}" for number in numbers]


def tiles(log: OfficialLog) -> list[tuple[str, int, str]]:
    """The race in numbers: (words, how many, class); what is nobody's is left out."""
    counts = Counter(line.status for line in log.runners)
    started = len(log.runners) - counts["not started"]
    missing = sum(not line.accounted for line in log.runners)
    rows = [
        ("not accounted for", missing, "lost"),
        ("overdue", counts["overdue"] - _missing(log.runners, "overdue"), "overdue"),
        ("finished", counts["finished"], "finished"),
        ("fun run", counts["fun run"], "fun-run"),
        ("on course", counts["on course"], "on-course"),
        ("in camp", counts["in camp"], "in-camp"),
        ("out", counts["out"] - _missing(log.runners, "out"), "out"),
        ("not started", counts["not started"], "not-started"),
    ]
    return [("started", started, ""), *(row for row in rows if row[1] > 0)]


def _missing(runners: Sequence[RunnerLog], status: str) -> int:
    return sum(line.status == status and not line.accounted for line in runners)
