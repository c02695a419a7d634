"""A station whose clocks run at a steady pace, and what it meets."""

from __future__ import annotations

import random

from clockworld import HOUR_US, STEP_US, Laptop, Part, Station

DAY_US = 24 * HOUR_US
YEAR_US = 365 * DAY_US
GATE, TOWER = "00000000000000a1", "00000000000000a2"
GOOD, OTHER = Laptop(1), Laptop(2)
Act = tuple[float, Laptop]


def station(log_id: str = GATE, rtc: bool = True) -> Station:
    """With an RTC or without one."""
    steps = 80 * HOUR_US // STEP_US
    part = Part([2.0] * steps) if rtc else None
    return Station(random.Random(5), Part([-20.0] * steps), part, log_id)


def played(one: Station, *syncs: Act, starts: tuple[float, ...] = ()) -> Station:
    """Started, set by the first laptop, a tap every hour. Hours."""
    acts = [(0.0, 0, None), *((hour, 0, None) for hour in starts)]
    acts += [(hour, 1, laptop) for hour, laptop in syncs]
    acts += [(hour + 0.02, 2, None) for hour in range(1, 62)]
    is_set = False
    for hour, order, laptop in sorted(acts, key=lambda act: act[:2]):
        if laptop is not None:
            is_set_now = not is_set and laptop.error_us < 25 * YEAR_US  # no record holds more
            one.sync(hour * HOUR_US, laptop, is_set_now)
            is_set = is_set or is_set_now
        elif order == 0:
            one.start(hour * HOUR_US)
        else:
            one.touch(hour * HOUR_US)
    return one
