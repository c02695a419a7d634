"""A slice of tests/campaigns/clock_faults.py."""

import importlib.util
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parent.parent / "campaigns" / "clock_faults.py"


def test_no_fault_makes_the_station_tell_a_wrong_time() -> None:
    spec = importlib.util.spec_from_file_location("clock_faults", CAMPAIGN)
    assert spec is not None
    assert spec.loader is not None
    campaign = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = campaign
    spec.loader.exec_module(campaign)
    assert campaign.run(1000, 8) == []
