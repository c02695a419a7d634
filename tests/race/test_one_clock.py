"""Order and spans by one clock: what a station saw itself is not in doubt with its zero point."""

from __future__ import annotations

import pytest
from clockplays import DAY_US, GOOD, TOWER, station
from clockworld import HOUR_US, START_US, Laptop, Station
from gate_wire import kinds
from yellowgate.event import race_toml
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.records import by_log
from yellowgate.times import UNBOUNDED_US

DAY_AHEAD = Laptop(7, error_us=DAY_US)
SECOND = 1_000_000
UIDS = {"Ada": bytes.fromhex("04a101c1d25e80"), "Bram": bytes.fromhex("04a102c1d25e80")}
ROSTER = [Runner(name, "F", uid.hex(), {0: name}) for name, uid in UIDS.items()]
CUTOFF_US = 13 * HOUR_US + 20 * 60 * SECOND


def log_of(*stations: Station, preset: str = "barkley", rules: str = "") -> OfficialLog:
    file = race_toml.parse(f'[race]\nname = "t"\npreset = "{preset}"\n[rules]\n{rules}\n')
    rows = [row for one in stations for row in one.rows]
    return Race(file, ROSTER, by_log(rows), ()).log(START_US + 40 * HOUR_US)


def line(log: OfficialLog, name: str) -> RunnerLog:
    return next(row for row in log.runners if row.name == name)


def contested(one: Station) -> None:
    """Two laptops that nobody knows, a day apart."""
    one.sync(0.1 * HOUR_US, GOOD, True)
    one.sync(0.5 * HOUR_US, DAY_AHEAD)


def touch(one: Station, name: str, at_us: int) -> None:
    one.touch(at_us, kinds.TAG, UIDS[name])


@pytest.mark.parametrize("rtc", [True, False])
@pytest.mark.parametrize("is_contested", [True, False])
def test_the_order_at_one_station_is_certain(rtc: bool, is_contested: bool) -> None:
    """Contested by a day, or without any clock at all."""
    one = station(rtc=rtc)
    one.start(0)
    if is_contested:
        contested(one)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", 13 * HOUR_US)
    touch(one, "Bram", 13 * HOUR_US + SECOND // 20)
    log = log_of(one)
    assert [row.name for row in log.runners] == ["Ada", "Bram"]
    for row in log.runners:
        assert "order" not in row.doubt
    assert line(log, "Ada").loops[0].evidence[0].uncertainty_us > 10_000_000


def test_at_the_same_moment_it_is_not() -> None:
    one = station()
    one.start(0)
    one.sync(0.1 * HOUR_US, GOOD, True)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", 13 * HOUR_US)
    touch(one, "Bram", 13 * HOUR_US + 2000)
    assert "the order with Bram" in line(log_of(one), "Ada").doubt


def test_two_stations_are_in_order_by_their_bounds_only() -> None:
    one, other = station(), station(TOWER)
    for made in (one, other):
        made.start(0)
    one.sync(0.1 * HOUR_US, GOOD, True)
    contested(other)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", 13 * HOUR_US)
    touch(other, "Bram", 13 * HOUR_US + SECOND)
    assert "the order with Bram" in line(log_of(one, other), "Ada").doubt


def test_the_order_of_two_boots_is_certain_though_nobody_compared_them() -> None:
    one = station(rtc=False)
    one.start(0)
    one.sync(0.1 * HOUR_US, GOOD, True)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", 13 * HOUR_US)
    one.start(13 * HOUR_US + 2 * SECOND)
    touch(one, "Bram", 13 * HOUR_US + 5 * SECOND)
    one.start(14 * HOUR_US)
    one.sync(14.1 * HOUR_US, GOOD)
    for name in UIDS:
        assert "order" not in line(log_of(one), name).doubt


@pytest.mark.parametrize(
    ("margin_s", "is_doubtful"), [(60, False), (3, False), (0.0, True), (-3, False), (-60, False)]
)
def test_a_span_from_the_start_to_a_touch_at_one_station(
    margin_s: float, is_doubtful: bool
) -> None:
    """The laptops differ by a day; how long the loop took does not depend on them."""
    one = station()
    one.start(0)
    contested(one)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", HOUR_US + CUTOFF_US - int(margin_s * SECOND))
    log = log_of(one)
    loop = line(log, "Ada").loops[0]
    assert log.start_uncertainty_us is not None
    assert log.start_uncertainty_us > 86_000_000_000
    assert loop.doubtful == is_doubtful
    assert loop.uncertainty_us is not None
    assert loop.uncertainty_us < 1_000_000
    assert not margin_s or (loop.verdict == "over cutoff") == (margin_s < 0)


def test_a_span_without_any_clock() -> None:
    one = station(rtc=False)
    one.start(0)
    one.touch(HOUR_US, kinds.START, b"")
    touch(one, "Ada", HOUR_US + CUTOFF_US - 60 * SECOND)
    loop = line(log_of(one), "Ada").loops[0]
    assert loop.evidence[0].uncertainty_us >= UNBOUNDED_US
    assert loop.elapsed in ("13:18:59", "13:19:00")
    assert not loop.doubtful


def test_laps_end_by_one_clock_too() -> None:
    one = station()
    one.start(0)
    contested(one)
    one.touch(HOUR_US, kinds.START, b"")
    for name in UIDS:
        touch(one, name, 3 * HOUR_US + UIDS[name][2] * SECOND)
        touch(one, name, 6 * HOUR_US + UIDS[name][2] * SECOND)
    log = log_of(one, preset="laps", rules="duration_s = 36000")
    for row in log.runners:
        assert row.loops_counted == 2
        assert not row.doubtful
