"""A station in a process of its own: it plays, serves, and its end is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from yellowgate.errors import GateError
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.sync import sync
from yellowgate.sim import script
from yellowgate.sim.apart import Apart, play_all
from yellowgate.sim.station import Plan
from yellowgate.store.store import Store

pytestmark = pytest.mark.slow

STEPS = script.parse("at_s,input,value\n0,press,\n7000,tag,04a1b2c3d4e5f6\n7200,press,\n")


def test_it_plays_as_far_as_it_is_told_serves_and_goes_on(tmp_path: Path) -> None:
    one = Apart(Plan(STEPS))
    store = Store.file(tmp_path / "race.db")
    said: list[int] = []
    try:
        news: list[int] = []
        for until_us in (script.LEAD_US + 3_600_000_000, one.plan.end_us + 1_000_000, 0):
            one.play(until_us)
            play_all([one], lambda who: said.append(who.now_us))
            served = one.serve()
            port = SerialPort(served.url)
            try:
                news.append(sync(port, store, this_laptop(served.ahead_us)).new)
            finally:
                port.close()
            one.stop()
        assert said == sorted(said) and said[-1] >= one.plan.end_us
        assert news[0] >= 2 and news[1] >= 3  # boot, press; tag, press, the clock compared
        kinds = [row.kind_name for row in store.observations()]
        assert (kinds.count("press"), kinds.count("tag")) == (2, 1)
    finally:
        one.close()
    with pytest.raises(GateError, match="virtual station 1: its process has ended"):
        one.serve()
