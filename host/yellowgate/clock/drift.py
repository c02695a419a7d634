"""How a clock may run: the specification that every bound stands on.

A ruler is a clock that counts between clock pairs: the crystal within one boot, or the DS3231 as
long as nobody sets it. Its rate (true time passed per time counted, less one) is a path in time.
Two statements confine it:

1. it never leaves ±rate_max: tolerance, temperature and ageing together;
2. it stays within ±rate_swing of one number, which is not known beforehand but is the same for
   the whole ruler. What makes a part fast or slow is fixed at the factory (cut, load capacitors,
   trim); what varies in a race is its temperature.

Crystal. The Pico's is an ABM8-272-T3: ±30 ppm at 25 °C, ±30 ppm more over -40..85 °C, ±5 ppm a
year (Abracon's datasheet); 100 ppm is also where the station raises its alarm. An AT cut follows
a cubic about 25..30 °C (1e-4 ppm/K³) plus a slope that is the cut's; where a station works, both
together are within 0.3 ppm/K for the usual cuts, so ±4 ppm are days and nights of ±13 K about
their middle inside the box. (A part at the very edge of its specification could reach 0.8 ppm/K;
with that one, ±5 K.) Larger swings are told by the health records: see crystal_for().

RTC. DS3231SN ±2 ppm (0..40 °C) and ±3.5 ppm (-40..85 °C), DS3231M ±5 ppm; ageing ±1 ppm in the
first year, ±5 ppm in ten ("Electrical characteristics"). The chip trims itself to its temperature
every 64 s, in steps of about 0.1 ppm ("Aging Offset", "32kHz TCXO"): what stays is the error of
its table, and of that the part that changes between night and day. No datasheet states that part
alone; ±0.7 ppm is a third of all that the SN may be off from 0 to 40 °C, trim included.
"""

from __future__ import annotations

from typing import NamedTuple

from gate_wire import kinds

_PPM = 1e-6


class Spec(NamedTuple):
    """rate_max, rate_swing: statements 1 and 2 above, as fractions (1e-6 is a ppm)."""

    rate_max: float
    rate_swing: float


CRYSTAL = Spec(100 * _PPM, 4 * _PPM)
RTC = Spec(8 * _PPM, 0.7 * _PPM)
# The station measured its crystal against the RTC and raised the alarm: the part is broken.
CRYSTAL_ALARMED = Spec(1000 * _PPM, 40 * _PPM)

SWING_PER_KELVIN = 0.3 * _PPM
_SWING_KELVIN = 13  # what CRYSTAL.rate_swing covers, either way

# A stamp is late when flash work held interrupts back: 3 ms a page program at worst (W25Q16).
STAMP_LATE_US = 3000
STAMP_STEP_US = 1000  # records count whole milliseconds, cut off
# A touch that no interrupt stamped was found by asking: it was at most so long before its stamp.
STAMP_LATE_TASK_US = kinds.ASKED_MS * 1000
STAMP_LATE_UNWATCHED_US = kinds.LATE_MS * 1000  # nobody had looked for a while (TIME_LATE)
# Between the edge and its capture, and what the station lets pass as an edge (EDGE_LATE_US and
# EDGE_PPM_MAX of the firmware's core/clock.py over one second).
EDGE_JITTER_US = 1000


def crystal_for(is_alarmed: bool, celsius_min: int, celsius_max: int) -> Spec:
    """The crystal's specification, given what the station said of it and the temperatures that
    its health records tell of: a wider range than is covered widens the swing.
    """
    spec = CRYSTAL_ALARMED if is_alarmed else CRYSTAL
    kelvin = (celsius_max - celsius_min) / 2
    if kelvin <= _SWING_KELVIN:
        return spec
    return Spec(spec.rate_max, spec.rate_swing + (kelvin - _SWING_KELVIN) * SWING_PER_KELVIN)
