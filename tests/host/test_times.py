from datetime import UTC, tzinfo

import pytest
from yellowgate import times

NEW_YORK = times.zone("America/New_York")
HOUR_US = 3_600_000_000


def on_the_wall(utc_us: int, where: tzinfo = NEW_YORK) -> str:
    return f"{times.local(utc_us, where):%Y-%m-%d %H:%M:%S %Z}"


def test_the_wall_shows_summer_time() -> None:
    start_us = times.utc_us_of("2025-03-18T11:37:00", NEW_YORK)
    assert on_the_wall(start_us) == "2025-03-18 11:37:00 EDT"
    assert start_us == times.utc_us_of("2025-03-18T15:37:00Z", NEW_YORK)
    assert start_us == times.utc_us_of("2025-03-18T17:37:00+02:00", NEW_YORK)


def test_a_race_across_the_change_of_the_clocks() -> None:
    start_us = times.utc_us_of("2025-03-08T23:30:00", NEW_YORK)
    assert on_the_wall(start_us + 3 * HOUR_US)[11:19] == "03:30:00"
    assert on_the_wall(start_us + 13 * HOUR_US) == "2025-03-09 13:30:00 EDT"
    start_us = times.utc_us_of("2025-11-01T23:30:00", NEW_YORK)
    wall = [on_the_wall(start_us + hour * HOUR_US)[11:] for hour in (2, 3, 4)]
    assert wall == ["01:30:00 EDT", "01:30:00 EST", "02:30:00 EST"]


def test_hours_that_are_skipped_or_come_twice_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="skipped by summer time"):
        times.utc_us_of("2025-03-09T02:30:00", NEW_YORK)
    with pytest.raises(ValueError, match="comes twice") as error:
        times.utc_us_of("2025-11-02T01:30:00", NEW_YORK)
    assert "2025-11-02T01:30:00-04:00 or 2025-11-02T01:30:00-05:00" in str(error.value)
    assert times.utc_us_of("2025-11-02T01:30:00-05:00", NEW_YORK) == times.utc_us_of(
        "2025-11-02T06:30:00+00:00", NEW_YORK
    )


def test_whole_seconds_are_cut() -> None:
    moment_us = times.utc_us_of("2025-03-18T11:37:00", NEW_YORK) + 999_999
    assert on_the_wall(moment_us)[11:19] == "11:37:00"


def test_years_end() -> None:
    auckland = times.zone("Pacific/Auckland")
    moment_us = times.utc_us_of("2027-12-31T23:59:59", times.zone("UTC"))
    assert on_the_wall(moment_us, times.zone("UTC")) == "2027-12-31 23:59:59 UTC"
    assert on_the_wall(moment_us, auckland) == "2028-01-01 12:59:59 NZDT"


def test_unknown_zones_and_times_are_one_clear_line() -> None:
    with pytest.raises(ValueError, match="did you mean America/New_York"):
        times.zone("America/New_Yrok")
    with pytest.raises(ValueError, match="no time zone is called"):
        times.zone("../etc/passwd")
    with pytest.raises(ValueError, match="is not a time"):
        times.utc_us_of("half past nine", NEW_YORK)


# A race of the night: it began on Tuesday at 20:00 by the camp's clock; now it is Wednesday, 07:30.
START_US = times.utc_us_of("2025-03-18T20:00", NEW_YORK)
NOW_US = times.utc_us_of("2025-03-19T07:30", NEW_YORK)


def clock(text: str, may_come: bool = False) -> str:
    return on_the_wall(times.clock_us(text, NEW_YORK, NOW_US, may_come))[5:16]


def test_a_time_as_the_camps_clock_shows_it() -> None:
    said = {
        "01:13": "03-19 01:13",
        "7:30": "03-19 07:30",
        "7:31": "03-18 07:31",
        "today 01:13": "03-19 01:13",
        "today 23:00": "03-19 23:00",
        "yesterday 23:50": "03-18 23:50",
        "Tomorrow 08:00": "03-20 08:00",
        "Tue 23:50": "03-18 23:50",
        "Wednesday 08:00": "03-12 08:00",
        "12:05 am": "03-19 00:05",
        "11:59 p.m.": "03-18 23:59",
        "clock 22:00": "03-18 22:00",
        "2025-03-18T22:00": "03-18 22:00",
        "2025-03-19T02:00Z": "03-18 22:00",
        "now": "03-19 07:30",
    }
    assert {text: clock(text) for text in said} == said


def test_a_start_that_may_be_still_to_come_is_asked() -> None:
    assert clock("05:13", may_come=True) == "03-19 05:13"
    assert clock("tomorrow 08:00", may_come=True) == "03-20 08:00"
    with pytest.raises(ValueError, match="write today 08:00, yesterday 08:00 or tomorrow 08:00"):
        clock("08:00", may_come=True)


@pytest.mark.parametrize("text", ["25:00", "13:00 pm", "soon 03:00", "tomorrow", "", "3:7", "99"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time of day|is not a time|is no day") as error:
        clock(text)
    assert "\n" not in str(error.value)


def read(text: str, start_us: int | None = START_US, said: times.Said = "") -> dict[str, object]:
    race_us = None if start_us is None else (start_us, NOW_US)
    return times.TimeReader(NEW_YORK, NOW_US, lambda: race_us, said).read(text)


def test_spans_and_times_of_day_are_told_apart_by_what_is_written() -> None:
    hour_s = 3600
    for text in ("3:21:00", "03:21:00", "3:21:00.5", "25:00", "99:00:00"):
        assert "at_s" in read(text), text
    for text in ("clock 3:21", "3:21 am", "Wed 03:21", "today 3:21", "2025-03-19T03:21", "now"):
        assert "at" in read(text), text
    # Without seconds it is what it must be, where only one of both lies in the race so far.
    assert read("11:29") == {"at_s": 11 * hour_s + 29 * 60}  # 11:29 of day was before the start
    assert read("20:01") == {"at": START_US + 60_000_000}  # twenty hours are not over yet
    for text in ("03:21", "0:00", "7:30"):
        with pytest.raises(ValueError, match="may be since the start") as error:
            read(text)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match=r"Tue 2025-03-18 23:21.*Wed 2025-03-19 03:21.*3:21:00 or"):
        read("03:21")
    with pytest.raises(ValueError, match="may be since the start"):
        read("15:00")  # neither lies in the race
    with pytest.raises(ValueError, match="may be since the start"):
        read("11:29", start_us=None)
    assert "at" in read("03:21", said="clock") and "at_s" in read("03:21", said="race clock")
    assert "at" in read("Wed 03:21", said="race clock")
    with pytest.raises(ValueError, match="is not a time"):
        read("at dawn")


def test_the_start_is_asked_for_only_where_it_decides() -> None:
    def never() -> tuple[int, int]:
        raise AssertionError

    reader = times.TimeReader(UTC, NOW_US, never)
    assert reader.read("3:21:00", "in") == {"in_s": 12_060}
    assert reader.read("now", "out") == {"out_at": NOW_US}
