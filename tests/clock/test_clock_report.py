import random

from clockworld import HOUR_US, START_US, STEP_US, Laptop, Part, Station
from gate_wire import kinds, permit
from yellowgate.clock.correct import correct_all
from yellowgate.clock.report import ClockReport, clock_reports, seconds
from yellowgate.records import by_log
from yellowgate.times import UNBOUNDED_US

MINUTE = HOUR_US / 60


def station(rtc_ppm: float | None) -> Station:
    steps = 80 * HOUR_US // STEP_US
    part = Part([rtc_ppm] * steps) if rtc_ppm is not None else None
    return Station(random.Random(5), Part([-20.0] * steps), part)


def report(one: Station, hour: float) -> ClockReport:
    (result,) = clock_reports(correct_all(by_log(one.rows)), START_US + int(hour * HOUR_US))
    return result


def test_figures_of_a_good_clock() -> None:
    one = station(3.0)
    one.start(0)
    one.sync(MINUTE, Laptop(1), True)
    for hour in range(1, 60):
        one.touch(hour * HOUR_US)
    one.sync(60 * HOUR_US, Laptop(1))
    result = report(one, 61)
    assert (result.ruler, result.boots, result.pairs) == ("RTC", 1, 3)
    assert result.drift_ppm is not None
    assert result.drift_bound_ppm is not None
    assert abs(result.drift_ppm - 3) < result.drift_bound_ppm < 2
    assert result.offset_ms is not None
    assert abs(result.offset_ms - 60 * 3600 * 3e-3) < 20
    assert result.age_s is not None
    assert abs(result.age_s - 3600) < 2
    assert result.bound_now_us < 50_000
    assert result.residual_max_ms < 50
    assert [row.reference for row in result.residuals] == ["laptop 00000001"] * 3
    assert len(result.points) > 50
    assert all(abs(point.off_ms) < 1000 for point in result.points)
    assert result.warnings == ()


def test_crystal_alone() -> None:
    one = station(None)
    one.start(0)
    one.sync(MINUTE, Laptop(1), True)
    one.touch(HOUR_US)
    result = report(one, 30)
    assert result.ruler == "crystal"
    assert result.bound_now_us > 10_000_000
    assert any("Sync it before a cutoff" in line for line in result.warnings)


def test_warnings_say_what_to_do() -> None:
    one = station(None)
    one.start(0)
    one.touch(HOUR_US)
    result = report(one, 2)
    assert result.bound_now_us == UNBOUNDED_US
    assert result.ruler == "none"
    assert any("never compared" in line and "Sync it" in line for line in result.warnings)

    one = station(3.0)
    one.rtc_stopped = True
    one.start(0)
    one.touch(HOUR_US)
    one.sync(2 * HOUR_US, Laptop(1))
    one.start(3 * HOUR_US)
    one.touch(4 * HOUR_US)
    lines = report(one, 5).warnings
    assert any("coin cell" in line for line in lines)
    assert any("does not know the time since its last start" in line for line in lines)
    assert any("boot 2" in line for line in lines)


def test_a_wrong_laptop_in_words() -> None:
    one = station(3.0)
    one.start(0)
    one.sync(MINUTE, Laptop(1), True)
    one.sync(HOUR_US, Laptop(0xBEEF, error_us=-42_000_000))
    one.sync(2 * HOUR_US, Laptop(1))
    result = report(one, 3)
    (line,) = [line for line in result.warnings if "0000beef" in line]
    assert line.startswith("laptop 0000beef is 42.0 s behind laptop 00000001")
    assert "Rule which one is right (gate ruling add clock reference=00000001, or" in line
    assert [row.state for row in result.references] == ["alone", "deviates"]


def test_a_clock_that_was_moved_in_words() -> None:
    one = station(3.0)
    one.start(0)
    for hour, error_us in ((0.1, 5_000_000), (1, 5_000_000), (2, 0), (3, 0)):
        one.sync(hour * HOUR_US, Laptop(1, error_us=error_us), hour < 1)
    (line,) = [line for line in report(one, 4).warnings if "contradicts itself" in line]
    assert line.startswith(
        "laptop 00000001 contradicts itself: its clock was moved between two syncs, by 5.0 s. "
        "Bounds reach both."
    )


def test_an_old_pair() -> None:
    one = station(0.0)
    one.start(0)
    one.sync(MINUTE, Laptop(1), True)
    one.touch(2 * MINUTE)
    one.touch(29 * HOUR_US)
    assert any("Last compared 30 hours ago" in line for line in report(one, 30).warnings)


def test_spans_for_people() -> None:
    values = (400, 12_300, 1_400_000, 180_000_000, 9_000_000_000, 6 * 86_400_000_000)
    assert [seconds(us) for us in values] == [
        "1 ms", "12 ms", "1.4 s", "3 min", "2.5 h", "6 days",
    ]  # fmt: skip


def test_a_laptop_is_told_by_its_name_where_the_log_has_one() -> None:
    one = station(3.0)
    one.start(0)
    one.write(MINUTE, kinds.LAPTOP, permit.pack_laptop(1, b"mia-thinkpad"))
    one.sync(MINUTE, Laptop(1), True)
    one.write(HOUR_US, kinds.LAPTOP, permit.pack_laptop(2, b"\x1b[31mevil\x07"))
    one.sync(HOUR_US, Laptop(2, error_us=-600_000_000))
    one.write(2 * HOUR_US, kinds.LAPTOP, permit.pack_laptop(2, b"camp"))
    one.sync(2 * HOUR_US, Laptop(2, error_us=-600_000_000))
    result = report(one, 3)
    assert {row.reference for row in result.residuals} >= {"laptop mia-thinkpad 00000001"}
    names = [row.name for row in result.references]
    assert "laptop [31mevil or camp 00000002" in names  # what it called itself, and no escapes
    assert any("laptop mia-thinkpad 00000001" in line for line in result.warnings)


def test_a_start_without_touches_is_nobodys_concern() -> None:
    # A hand that takes the REPL writes one record in a start of its own, without any clock.
    one = station(3.0)
    one.start(0)
    one.sync(MINUTE, Laptop(1), True)
    one.touch(HOUR_US)
    one.boot += 1
    one.rtc = None
    one.write(2 * HOUR_US, kinds.SERVICE, permit.pack_service(0x0B, permit.BY_HAND))
    assert not [line for line in report(one, 3).warnings if "restarted" in line]
