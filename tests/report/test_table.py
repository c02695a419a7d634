"""The table on the terminal: what decides, and names that are no markup."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from sample_log import loop, runner, sample
from yellowgate.cli.log import as_text
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.report import table
from yellowgate.times import US


def shown(log: OfficialLog, width: int) -> str:
    out = Console(width=width, file=io.StringIO(), color_system=None)
    with out.capture() as captured:
        out.print(table.log_view(log, width))
    return captured.get()


def with_runner(*loops: Loop, **changes: object) -> OfficialLog:
    return replace(sample(), runners=(runner("Ada", "F", loops, **changes),))


def test_names_and_reasons_are_shown_as_they_are() -> None:
    rude = "[bold]Bob[/bold] [/x] :smile: \x1b[31m"
    log = sample()
    line = replace(log.runners[2], name=rude, reason="[/red]")
    problem = replace(log.problems[0], runner=rude, text="[/x]")
    log = replace(log, race="[/r]", runners=(line,), problems=(problem,))
    for width in (80, 200):
        text = shown(log, width)
        assert "[bold]Bob[/bold] [/x]" in " ".join(text.split())
        assert "\x1b" not in text
        assert "out: [/red]" in text


def test_the_margin_stands_beside_the_time_and_is_explained() -> None:
    text = shown(with_runner(loop(1, 0.0, 39000.5)), 120)
    assert "10:50:00 ↻ +2:29:59" in text
    assert "+ is the time that was left to the cutoff" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "over cutoff", "note": "over by 0:02:00"}, "over by 0:02:00"),
        ({"note": "over by 0:00:06, grace"}, "over by 0:00:06, grace"),
        ({"verdict": "provisional", "note": "pages not ruled"}, "provisional"),
        ({"verdict": "void", "note": "touched from the wrong direction"}, "void"),
        (
            {"in_us": None, "verdict": "open", "note": "left 0:10:00 after the last moment"},
            "out ↻ left 0:10:00 too late",
        ),
        ({"in_us": None, "verdict": "provisional", "note": "no touch at Ford"}, "no touch"),
    ],
)
def test_what_decides_is_said(changes: dict[str, object], words: str) -> None:
    for width in (80, 170):
        log = with_runner(loop(1, 0.0, 48120.0)._replace(**changes))  # type: ignore[arg-type]
        assert words in " ".join(shown(log, width).split())


def test_doubt_is_told_with_its_reason_and_women_have_their_place() -> None:
    row = loop(1, 0.0, 47999.9, doubtful=True)
    text = shown(
        with_runner(row, doubtful=True, doubt="loop 1: the edge", place=7, place_gender=1), 80
    )
    assert "doubtful Ada: loop 1: the edge" in text
    assert "7 101 Ada F 1 13:19:59 ↻ +0:00:00 doubtful" in " ".join(text.split())


def test_a_loop_of_less_than_an_hour_keeps_its_nought() -> None:
    log = with_runner(*(loop(1, 0.0, 1800.0) for _ in range(8)))
    text = shown(replace(log, preset="backyard"), 120)
    assert "1: 0:30:00" in text


def test_laps_that_do_not_count_are_counted_too() -> None:
    laps = [loop(1, 0.0, 600.0 * n)._replace(loop=n) for n in range(1, 10)]
    laps[8] = laps[8]._replace(verdict="over cutoff", note="over by 0:10:00")
    log = with_runner(*laps, result_us=4800 * US)
    text = shown(replace(log, preset="laps"), 100)
    assert "1:20:00 1 more does not count" in text


def many_lines() -> list[RunnerLog]:
    rows = (loop(1, 0.0, 39000.5), loop(2, 40000.0, 90000.5))
    return [runner(f"Runner Number {n}", "M", rows, reason="refused to continue") for n in range(9)]


def test_it_fits_80_columns_one_line_for_each() -> None:
    log = replace(sample(), runners=tuple(many_lines()), unassigned=(), problems=())
    lines = shown(log, 80).splitlines()
    rows = [line for line in lines if "Runner Number" in line]
    assert len(rows) == 9
    assert all("out: refused to continue" in row for row in rows)
    assert max(map(len, lines)) <= 80
    assert "loop 2" in shown(log, 120)


def test_a_long_name_does_not_take_the_loops_away() -> None:
    rows = [*many_lines(), replace(many_lines()[0], name="Von und zu " * 6)]
    log = replace(sample(), runners=tuple(rows), unassigned=(), problems=())
    assert "loop 2" in shown(log, 120)


def test_notes_are_counted_in_words() -> None:
    note = replace(sample().problems[0], level="note")
    assert "and 1 note in" in as_text(replace(sample(), problems=(note,)))
