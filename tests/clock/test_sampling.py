import pytest
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.clock.sampling import Pair, Sample, best_pair, needs_setting

DELAYS = st.tuples(st.integers(50, 50_000), st.integers(50, 50_000), st.integers(0, 200_000))


@given(st.lists(DELAYS, min_size=1, max_size=20), st.integers(-100, 100), st.integers(0, 10**6))
def test_the_truth_lies_within_the_bound(
    delays: list[tuple[int, int, int]], drift_ppm: int, zero_us: int
) -> None:
    host_us = 1_700_000_000_000_000
    start_us = host_us
    samples: list[Sample] = []

    def uptime(at_us: int) -> int:
        return zero_us + (at_us - start_us) * (1_000_000 + drift_ppm) // 1_000_000

    for there_us, back_us, pause_us in delays:
        samples.append(Sample(host_us, uptime(host_us + there_us), host_us + there_us + back_us))
        host_us += there_us + back_us + pause_us
    pair = best_pair(samples)
    truth_us = start_us + (pair.uptime_us - zero_us) * 1_000_000 / (1_000_000 + drift_ppm)
    assert abs(pair.utc_us - truth_us) <= pair.bound_us + 2
    shortest = min(row.round_trip_us for row in samples)
    assert pair.bound_us <= shortest // 2 + 2


def test_the_other_samples_narrow_what_the_shortest_leaves() -> None:
    one = Sample(1_000_000, 500_000, 1_010_000)  # +500,000..510,000
    other = Sample(2_000_000, 1_491_000, 2_011_000)  # +509,000..520,000
    assert best_pair([one, other]).bound_us < 1000
    assert best_pair([one, other]).uptime_us == 500_000


def test_a_clock_that_jumps_between_samples_leaves_the_shortest() -> None:
    one = Sample(1_000_000, 500_000, 1_002_000)
    jumped = Sample(9_000_000, 600_000, 9_003_000)
    assert best_pair([jumped, one]) == best_pair([one])


def test_no_answer_is_an_error() -> None:
    for samples in ([], [Sample(10, 5, 9)]):
        with pytest.raises(ValueError, match="no clock sample"):
            best_pair(samples)


def test_a_clock_that_is_about_right_is_left_alone() -> None:
    pair = Pair(5_000_000, 1_000_000_000, 2000)
    assert needs_setting(None, pair)
    assert not needs_setting(1_000_200_000, pair)
    assert needs_setting(1_000_300_000, pair)
    assert needs_setting(999_000_000, pair)
