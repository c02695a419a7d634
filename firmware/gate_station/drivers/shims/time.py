"""MicroPython's time with what the Adafruit drivers need beside it.

Stands before the built-in module on the path of imports; `utime` always names the built-in.
sleep() is exact to the microsecond: MicroPython's sleep(0.0001), with which the rfm9x driver
resets its chip, is no time at all, but the chip asks for 100 us (SX1276 datasheet 7.2.2).
"""

import utime
from utime import *  # noqa: F403  # pyright: ignore[reportAssignmentType] - its sleep


def sleep(seconds: float) -> None:
    """Block for this long; driver calls only, tasks await aio.sleep_ms."""
    if seconds < 1:
        utime.sleep_us(int(seconds * 1_000_000))
    else:
        utime.sleep_ms(int(seconds * 1000))


class _Uptime:
    def __init__(self) -> None:
        self.ms = 0
        self.ticks = utime.ticks_ms()

    def seconds(self) -> float:
        # Summed up from differences, since ticks_ms itself starts anew after 12.4 days.
        ticks = utime.ticks_ms()
        self.ms += utime.ticks_diff(ticks, self.ticks)
        self.ticks = ticks
        return self.ms / 1000


monotonic = _Uptime().seconds
