"""How fast virtual stations are: seconds of their world for a second of CPU.

    python tests/bench/sim.py [--quick] [--json]

All as people set it: the green light blinks every ten seconds, the reader is tested every thirty.
Quiet are gate (no radio), tower_radio (nobody answers: it says so at every beat) and base (a radio
that listens all the time). gate_taps has an arrival every two minutes. valley_of_4 is a gate, a
tower, a relay and a base on one air, an arrival every ten minutes; nobody reads the base's port.
Without leaps every look of the firmware is lived through, as on a board; ratios are of one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from yellowgate.link.radiosetup import station_settings
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.image import Image
from yellowgate.sim.script import LEAD_US, Step
from yellowgate.sim.station import Plan, setup
from yellowgate.sim.valley import Valley

HOUR_US = 3_600_000_000
UTC_US = 164_000_000 * 1_000_000  # since 2020, when the world begins
RADIO = {"region": "US915", "key": "ab" * 16, "relay_for": {"3": [1, 2]}}
BASE_ID = 250
RELAY_ID = 3


def taps(every_s: int, until_us: int) -> list[Step]:
    """An arrival every so often."""
    tags = [f"04a2{number:02x}c1d25e80" for number in range(40)]
    moments = range(60_000_000, until_us, every_s * 1_000_000)
    return [Step(at_us, "tag", tags[turn % len(tags)]) for turn, at_us in enumerate(moments)]


def plan(station_id: int, role: str, steps: Sequence[Step] = ()) -> Plan:
    """A station of a race by radio."""
    region, key, radio = station_settings(RADIO, station_id)
    return Plan(
        steps,
        station_id=station_id,
        role=role,
        drift_ppm=7.0 * (station_id % 8),
        with_radio=True,
        settings={"region": region, "keys": {"radio": key}, "radio": radio},
        ends_utc_us=UTC_US,
    )


def alone(made: Plan, leaps: bool = True) -> VirtualStation:
    """This station, in a world of its own."""
    options = setup(made, UTC_US, 0)
    options.leaps = leaps
    steps = [(LEAD_US + step.at_us, step.input, step.value) for step in made.steps]
    image = Image(None, bytes([made.station_id]) * 8, bytes([made.station_id]) * 16)
    return VirtualStation(options, image.chip(1), steps)


def valley(until_us: int) -> Valley:
    """Four stations on one air."""
    steps = taps(600, until_us)
    late = [Step(step.at_us + 300_000_000, step.input, step.value) for step in steps]
    plans = [plan(1, "gate", steps), plan(2, "tower", late), plan(RELAY_ID, "tower")]
    return Valley([*plans, plan(BASE_ID, "base")], UTC_US)


def speed(world: VirtualStation | Valley, hours: float) -> float:
    """World seconds a CPU second, after the first minute."""
    world.advance_to(60_000_000)
    begun_s = time.process_time()
    world.advance_to(60_000_000 + int(hours * HOUR_US))
    return hours * 3600 / (time.process_time() - begun_s)


def measure(hours: float) -> dict[str, float]:
    """All figures. hours: of each world with leaps; one without lives for less."""
    until_us = int(hours * HOUR_US)
    quiet = Plan([], station_id=1, drift_ppm=23.0)
    found = {
        "gate": speed(alone(quiet), hours),
        "gate_without_leaps": speed(alone(quiet, leaps=False), hours / 15),
        "gate_taps": speed(alone(replace(quiet, steps=taps(120, until_us))), hours),
        "tower_radio": speed(alone(plan(2, "tower")), hours),
        "base": speed(alone(plan(BASE_ID, "base")), hours),
        "base_without_leaps": speed(alone(plan(BASE_ID, "base"), leaps=False), hours / 60),
        "valley_of_4": speed(valley(until_us), hours / 4),
    }
    figures = {f"virtual_s_per_cpu_s_{name}": value for name, value in found.items()}
    for name in ("gate", "base"):
        figures[f"leaps_ratio_{name}"] = found[name] / found[f"{name}_without_leaps"]
    return figures


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="6 hours instead of 60")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = measure(6 if options.quick else 60)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:34s} {value:>12,.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
