"""The official log as one HTML page that needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from yellowgate.race.officiallog import OfficialLog, hms
from yellowgate.report import charts
from yellowgate.report.people import hhmmss

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def environment() -> Environment:
    """Where the pages' templates come from; everything in them is escaped."""
    made = Environment(
        loader=PackageLoader("yellowgate.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = made.filters
    filters.update(span=span, local=local)
    return made


def span(seconds: float | None) -> str:
    """H:MM:SS of seconds since the start, "" for None."""
    return "" if seconds is None else hms(round(seconds * 1_000_000))


def local(utc_us: int | None, zone: str) -> str:
    """The clock on the wall, with its zone; "" for None."""
    if utc_us is None:
        return ""
    moment = EPOCH + timedelta(microseconds=utc_us)
    there = moment.astimezone(ZoneInfo(zone) if zone else UTC)
    return there.strftime("%a %d %b %Y %H:%M:%S %Z")


def page(log: OfficialLog, clocks: Mapping[str, Sequence[charts.ClockPoint]] | None = None) -> str:
    """The page. clocks: points of each station's chart, by the station's name."""
    start_us = log.start_us if log.start_us is not None else log.as_of_us
    clock_charts = [
        (name, Markup(charts.clock_quality(name, points, start_us)))
        for name, points in sorted((clocks or {}).items())
        if points
    ]
    loops = max((len(line.loops) for line in log.runners), default=0)
    return (
        environment()
        .get_template("log.html")
        .render(
            log=log,
            loops=loops,
            wide=loops <= 6,
            progress=Markup(charts.progress(log)),
            splits=Markup(charts.splits(log)),
            clock_charts=clock_charts,
            hhmmss=hhmmss,
        )
    )
