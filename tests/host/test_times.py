from datetime import tzinfo

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
