from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import sample_log
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import charts, svg
from yellowgate.report.words import bound, brief, stamp
from yellowgate.times import US


def many_loops(count: int) -> OfficialLog:
    """A race of two runners and many yards."""
    log = sample_log.sample()
    yards = tuple(
        sample_log.loop(1, (n - 1) * 3600.0, n * 3600.0 - 600)._replace(
            loop=n, cutoff_us=n * 3600 * US
        )
        for n in range(1, count + 1)
    )
    runners = tuple(
        sample_log.runner(name, "F", yards, status="finished", place=1) for name in ("A", "B")
    )
    return replace(log, preset="backyard", runners=runners)


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("draw", [charts.progress, charts.splits])
def test_charts_are_well_formed_and_names_are_escaped(draw: object) -> None:
    assert callable(draw)
    text = str(draw(sample_log.sample()))
    parsed(text)
    assert "<b>" not in text
    assert "Bram &lt;b&gt;Bold" in text


def test_a_loop_over_the_cutoff_is_a_ring_and_right_of_the_step() -> None:
    text = charts.progress(sample_log.sample())
    ring = re.search(r'<circle cx="([\d.]+)"[^>]*class="dot bad"><title>K. Halpin', text)
    assert ring
    edge = re.search(r'<polyline points="([\d.]+),', text)
    assert edge
    assert float(ring[1]) > float(edge[1])
    assert "13:20" in text


def test_many_loops_are_drawn_as_pace_with_the_limit() -> None:
    log = many_loops(30)
    assert charts.splits(log) == ""
    text = charts.pace(log)
    parsed(text)
    assert 'class="cutoff"' in text
    assert "Minutes for each yard" in text
    assert charts.pace(sample_log.sample()) == ""


def test_nothing_to_draw_is_no_chart() -> None:
    log = replace(sample_log.sample(), runners=())
    assert charts.progress(log) == charts.splits(log) == charts.pace(log) == ""
    assert charts.clock_quality("Gate", [], 0) == ""


def test_the_clock_chart_holds_every_point_and_copes_with_one() -> None:
    points = [charts.ClockPoint(at * 3_600_000_000, 20.0 * at, 5.0 + at) for at in range(40)]
    text = charts.clock_quality("Gate <1>", points, 0)
    assert len(re.findall(r'class="mid"', text)) == 1
    lines = parsed(text).findall("{http://www.w3.org/2000/svg}polyline")
    assert [len((line.get("points") or "").split()) for line in lines] == [40]
    parsed(charts.clock_quality("Gate", points[:1], 0))


def test_ticks_are_round_and_few() -> None:
    assert svg.ticks(0, 100, 5) == [0, 20, 40, 60, 80, 100]
    assert svg.ticks(-3, 7, 5) == [-2, 0, 2, 4, 6]
    assert svg.ticks(5, 5) == [5]


def test_words() -> None:
    spans = [brief(s * US) for s in (45, 750, 11_100, 300_000)]
    assert spans == ["45 s", "12 min", "3 h 05", "3 days"]
    assert [bound(us) for us in (None, 16_400, 1_234_000, 90 * US, 10**15)] == [
        "", "± 16 ms", "± 1.2 s", "± 1 min", "± unknown",
    ]  # fmt: skip
    assert stamp(sample_log.START_US + 1999) == "2025-03-18 15:37:00.001 UTC"


def named(log: OfficialLog, index: int, **changes: object) -> OfficialLog:
    """Only one of the log's runners, changed."""
    line = replace(log.runners[index], **changes)  # type: ignore[arg-type]
    return replace(log, runners=(line,))


def test_a_loop_whose_departure_nobody_saw_begins_with_the_last_arrival() -> None:
    loops = (sample_log.loop(1, 0.0, 36000.0), sample_log.loop(2, None, 72000.0))
    text = charts.splits(named(sample_log.sample(), 0, loops=loops))
    assert "loop 2: 10:00:00 (counted, since the last arrival)" in text
    bars = [float(x) for x in re.findall(r'<rect x="([\d.]+)"', text)]
    assert bars[0] < bars[1]


def test_a_bar_of_less_than_an_hour_keeps_its_nought() -> None:
    text = charts.splits(named(sample_log.sample(), 0, loops=(sample_log.loop(1, 0.0, 2700.0),)))
    assert ">0:45:00</text>" in text


def test_laps_that_do_not_count_leave_the_line_level() -> None:
    laps = tuple(
        sample_log.loop(1, (n - 1) * 600.0, n * 600.0)._replace(
            loop=n, verdict="over cutoff" if n > 15 else "counted"
        )
        for n in range(1, 21)
    )
    log = replace(
        named(sample_log.sample(), 0, loops=laps, loops_counted=15, status="finished", place=1),
        preset="laps",
    )
    (line,) = re.findall(r'<polyline points="([^"]+)"[^>]*class="path"', charts.progress(log))
    heights = [float(point.split(",")[1]) for point in line.split()]
    assert heights == sorted(heights, reverse=True)  # never down again
    assert len(set(heights[-5:])) == 1


def test_where_everybody_finishes_only_the_first_are_heavy_and_named() -> None:
    lines = tuple(
        replace(line, status="finished", place=n, place_gender=n, name=f"Runner {n}")
        for n, line in enumerate(many_loops(20).runners * 6, 1)
    )
    log = replace(many_loops(20), preset="laps", runners=lines)
    for text in (charts.progress(log), charts.pace(log)):
        assert text.count('class="runner best"') == 1
    assert len(re.findall(r'class="who"', charts.progress(log))) == 1


def test_long_names_and_places_are_cut_with_a_mark() -> None:
    legs = (sample_log.loop(1, 0.0, 9000.0, place="The hut on the very high pass"),)
    log = named(sample_log.sample(), 0, loops=legs, name="Ada " * 12)
    log = replace(log, preset="point-to-point")
    assert ">The hut on the very hig…</text>" in charts.progress(log)
    assert ">Ada Ada Ada Ada Ada Ada…</text>" in charts.splits(log)
