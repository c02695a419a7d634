"""A slice of tests/bench/clock.py: every kind of race, the truth in every bound."""

import importlib.util
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench" / "clock.py"


def test_the_truth_lies_within_the_bound_in_every_race() -> None:
    spec = importlib.util.spec_from_file_location("clock_bench", BENCH)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = bench  # dataclasses look their module up
    spec.loader.exec_module(bench)
    tally = bench.run(range(24))
    assert tally.missed == []
    keys = bench.figures(tally)
    assert keys["coverage"] == 1
    assert keys["rtc_bound_p99_ms"] <= 100
    assert keys["rtc_error_p99_ms"] <= 50
    assert keys["no_rtc_bound_p99_ms"] <= 500
    assert keys["no_rtc_error_p99_ms"] <= 250
