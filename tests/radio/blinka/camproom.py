"""A computer with an RFM95 on its pins, as far as Blinka shows it, and a virtual station out there.

One world, whose time is the room's from the moment when this is imported. The environment says what
there is: CAMP_CHIP=absent: the pins are there, but nobody answers. When the script is over and the
host has acknowledged everything, it says so on the output, as JSON.
"""

from __future__ import annotations

import json
import os
import time

from valleykit import plan
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import Line
from yellowgate.sim.script import LEAD_US, parse
from yellowgate.sim.station import room_utc_us
from yellowgate.sim.valley import Valley

STATION_ID = 1
LOOK_US = 200_000
SCRIPT = "at_s,input,value\n1,tag,04a10000000001\n2,press,\n3,tag,04a10000000002\n"

valley = Valley([plan(STATION_ID, steps=parse(SCRIPT))], room_utc_us())
valley.advance_to(LEAD_US)
cs, reset, dio0 = Line("cs"), Line("reset"), Line("dio0", 0)
chip = Sx1276(valley.world, valley.air, cs, reset, dio0)
chip.is_absent = os.environ.get("CAMP_CHIP") == "absent"
_ahead_us = valley.now_us - time.monotonic_ns() // 1000


def catch_up() -> None:
    """Let the world reach the room's time."""
    valley.advance_to(max(valley.now_us, time.monotonic_ns() // 1000 + _ahead_us))


def _look() -> None:
    """Has the host acknowledged everything?"""
    pico = valley.stations[0].pico
    assert pico is not None and pico.air is not None
    outbox = pico.air.outbox
    if outbox.backlog.count():
        valley.world.after(LOOK_US, _look)
        return
    told = {
        "records": pico.log.tip()[0],
        "rejected": outbox.rejected,
        "transmitted": chip.transmitted,
    }
    print(f"acknowledged: {json.dumps(told)}", flush=True)


valley.world.at(valley.end_us + LOOK_US, _look)
