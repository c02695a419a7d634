"""The HTML log as text; in a browser it is looked at by tests/web."""

from __future__ import annotations

import re
from dataclasses import replace

import sample_log
from markupsafe import escape
from test_charts import many_loops
from yellowgate.report import html


def test_the_page_names_no_other_place() -> None:
    text = html.page(sample_log.sample())
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", text)
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert "<script" not in text


def test_what_people_wrote_is_escaped() -> None:
    text = html.page(sample_log.sample())
    assert "<b>Bold</b>" not in text
    assert "Bram &lt;b&gt;Bold&lt;/b&gt;" in text


def test_every_record_and_every_ruling_is_on_the_page() -> None:
    log = sample_log.sample()
    text = html.page(log)
    for line in log.runners:
        for row in [row for loop in line.loops for row in loop.evidence]:
            assert f"record {row.seq} of log" in text
    assert "13 of 13 pages" in text
    assert "over by 0:02:00" in text
    assert "12 of 13 pages" in text
    assert "Whose touch was this?" in text


def test_doubt_is_said_with_its_reason() -> None:
    assert "Doubtful: its bound of 0.2 s reaches the cutoff" in html.page(sample_log.sample())


def test_a_race_of_many_loops_has_them_in_one_place() -> None:
    text = html.page(many_loops(40))
    assert ">Yards</th>" in text
    assert "40 yards" in text
    assert "Minutes for each yard" in text


def test_between_places_the_columns_are_places() -> None:
    log = sample_log.sample()
    loops = tuple(
        row._replace(place=place)
        for row, place in zip(
            log.runners[0].loops, ("Ford", "Pass", "Mill", "Hut", "End"), strict=True
        )
    )
    log = replace(log, preset="point-to-point", runners=(replace(log.runners[0], loops=loops),))
    text = html.page(log)
    for place in ("Ford", "Pass", "Mill", "Hut", "End"):
        assert f'<th scope="col">{place}</th>' in text


def test_before_the_start_and_without_runners() -> None:
    log = replace(sample_log.sample(), runners=(), start_us=None, state="not started", rulings=())
    text = html.page(log)
    assert "not logged yet" in text
    assert "No runners yet" in text


def test_a_bib_stands_before_every_name() -> None:
    text = html.page(sample_log.sample())
    for line in sample_log.sample().runners:
        assert f'<span class="bib">{line.bib}</span> {escape(line.name)}</th>' in text


def test_the_tiles_count_each_runner_once() -> None:
    rows = html.tiles(sample_log.sample())
    started = next(count for name, count, _ in rows if name == "started")
    parts = sum(count for name, count, _ in rows if name not in ("started", "not started"))
    assert started == parts == 6


def test_grace_and_a_late_departure_are_seen_without_opening_anything() -> None:
    log = sample_log.sample()
    graced = sample_log.loop(1, 0.0, 48030.0, note="over by 0:00:30, grace")
    late = sample_log.loop(2, 49000.0, None, note="left 0:10:00 after the last moment")
    log = replace(log, runners=(replace(log.runners[0], loops=(graced, late)),))
    badges = re.findall(r'<span class="badge[^"]*">([^<]+)<', html.page(log))
    assert badges[:2] == ["over by 0:00:30, grace", "left 0:10:00 after the last moment"]


def test_why_a_line_is_doubtful_stands_on_paper_too() -> None:
    log = sample_log.sample()
    line = replace(log.runners[2], doubtful=True, doubt="loop 1: the cutoff is within ±500 ms")
    text = html.page(replace(log, runners=(line,), problems=(), unassigned=()))
    part = text[text.index('<section id="look">') :]
    assert "<b>doubtful</b> K. Halpin: loop 1: the cutoff is within ±500 ms" in part


def test_a_place_that_was_passed_unseen_has_no_departure_for_a_time() -> None:
    log = sample_log.sample()
    leg = sample_log.loop(1, 0.0, None, verdict="provisional", note="no touch at Ford, seen later")
    text = html.page(replace(log, runners=(replace(log.runners[0], loops=(leg,)),)))
    assert '<span class="t">no touch</span>' in text
    assert "out 0:00:00" not in text
