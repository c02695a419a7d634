"""All that stands in a virtual station, and stations of which one leaps over quiet stretches and
the other lives through them.
"""

from __future__ import annotations

import array
import types
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from gate_station.board import pins
from yellowgate.link.radiosetup import station_settings
from yellowgate.sim import image as images
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.devices.together import advance
from yellowgate.sim.devices.world import World
from yellowgate.sim.station import Plan, setup

SECOND_US = 1_000_000
UTC_US = 164_000_000 * SECOND_US  # since 2020, when the world begins
RADIO = {"region": "US915", "key": "ab" * 16, "relay_for": {"3": [1, 2]}}
ROLES = {1: "gate", 2: "tower", 3: "tower", 250: "base"}
STATIONS = (1, 2, 3)  # at which somebody touches
DRIFTS_PPM = (0, 23.0, -17.0, 7.3, -44.1)
SPANS_US = (1, 1000, 12_345, 250_000, 1_000_000, 7_777_777, 30_000_000, 61_234_567)
WIRES = (pins.BUTTON, pins.NFC_IRQ, pins.NFC_MISO, pins.RTC_SQW, pins.RTC_SDA, pins.RADIO_DIO0)
Act = Callable[[], object]
GPIOS = 30
_OWN = ("gate_station", "gate_wire", "adafruit", "machine")
_CHIPS = ("Pn532", "Ds3231", "Sx1276", "LoopFlag")
_ELSEWHERE = ("waiter", "edge", "_world", "_air", "_loop", "_sqw", "_crystal")
_CODE = (types.FunctionType, types.MethodType, types.ModuleType, type, memoryview)


def plan(station_id: int, drift_ppm: float = 0, rtc: str = "set") -> Plan:
    """A station of a race by radio: 1 gate, 2 tower, 3 relay of both, 250 base."""
    region, key, radio = station_settings(RADIO, station_id)
    settings = {"region": region, "keys": {"radio": key}, "radio": radio}
    return Plan(
        [],
        station_id=station_id,
        role=ROLES[station_id],
        drift_ppm=drift_ppm,
        rtc=rtc,
        with_radio=True,
        settings=settings,
    )


def built(
    made: Plan, steps: Sequence[tuple[int, str, str]], leaps: bool, air: Air | None = None
) -> VirtualStation:
    """It, in a world of its own or on this air."""
    options = setup(made, UTC_US, 0)
    options.leaps = leaps
    image = images.Image(None, bytes([made.station_id]) * 8, bytes([made.station_id]) * 16)
    return VirtualStation(options, image.chip(made.station_id), list(steps), air)


def touches(rng: Random, until_us: int, every_s: float = 90) -> list[tuple[int, str, str]]:
    """Tags, presses, power cuts and clocks that jump or lose their time, at random."""
    steps: list[tuple[int, str, str]] = []
    at_us = 5 * SECOND_US
    while at_us < until_us:
        at_us += int(rng.expovariate(1 / every_s) * SECOND_US) + 1000
        what = rng.random()
        if what < 0.7:
            steps.append((at_us, "tag", f"04a2{rng.randrange(20):02x}c1d25e80"))
        elif what < 0.93:
            steps.append((at_us, "press", ""))
        elif what < 0.97:
            steps.append((at_us, "power", "off"))
            at_us += rng.randrange(1000, 90 * SECOND_US)
            steps.append((at_us, "power", "on"))
        else:
            steps.append((at_us, "rtc", rng.choice(["lost", "3", "-7000"])))
    return steps


def disturb(station: VirtualStation, rng: Random, until_us: int, every_s: float = 150) -> None:
    """Faults at random moments, mended after a while: wires, crystal, battery, chips."""
    board = station.board
    board.wire_bus("spi", pins.NFC_SPI, (pins.NFC_SCK, pins.NFC_MOSI, pins.NFC_MISO))
    board.wire_bus("i2c", pins.RTC_I2C, (pins.RTC_SDA, pins.RTC_SCL, pins.RTC_SCL))
    at_us = 10 * SECOND_US
    while at_us < until_us:
        at_us += int(rng.expovariate(1 / every_s) * SECOND_US)
        begin, mend = _fault(station, rng)
        station.world.at(at_us, begin)
        station.world.at(at_us + rng.randrange(1000, 100 * SECOND_US), mend)


def _fault(station: VirtualStation, rng: Random) -> tuple[Act, Act]:
    """(what happens, what mends it)."""
    board, what = station.board, rng.randrange(6)
    if what == 0:
        line = board.line(rng.choice(WIRES))
        level = rng.randrange(2)
        return lambda: line.force(level), lambda: line.force(None)
    if what == 1:
        old, new = rng.randrange(-40_000, 40_000), rng.randrange(-90_000, 90_000)
        return lambda: board.crystal.set_drift_ppb(new), lambda: board.crystal.set_drift_ppb(old)
    if what == 2:
        millivolts = rng.choice([100, 1400, 1700, 1950, 3200])
        return (
            lambda: board.set_millivolts(pins.BATTERY, millivolts),
            lambda: board.set_millivolts(pins.BATTERY, 2050),
        )
    chip, name = rng.choice(
        [
            (station.reader, "hung"),
            (station.reader, "absent"),
            (station.reader, "irq_cut"),
            (station.rtc, "absent"),
            (station.radio, "is_absent"),
        ]
    )
    return lambda: setattr(chip, name, True), lambda: setattr(chip, name, False)


def pair(seed: int, station_id: int, rtc: str, hours: float) -> list[VirtualStation]:
    """The same station twice, alone: one that lives through everything, one that leaps."""
    found: list[VirtualStation] = []
    for leaps in (False, True):
        rng = Random(seed)
        until_us = int(hours * 3600 * SECOND_US)
        made = plan(station_id, rng.choice(DRIFTS_PPM), rtc)
        steps = touches(rng, until_us) if station_id in STATIONS else []
        found.append(built(made, steps, leaps))
        if rng.random() < 0.7:
            disturb(found[-1], rng, until_us)
    return found


def valley(seed: int, leaps: bool, until_us: int) -> tuple[World, list[VirtualStation]]:
    """All four on one air."""
    rng = Random(seed)
    world = World()
    air = Air(world, seed)
    air.loss_permille = rng.choice([0, 200])
    stations: list[VirtualStation] = []
    for station_id in ROLES:
        steps = touches(rng, until_us, 60) if station_id in STATIONS else []
        stations.append(built(plan(station_id, rng.choice(DRIFTS_PPM)), steps, leaps, air))
        if rng.random() < 0.3:
            disturb(stations[-1], rng, until_us)
    return world, stations


def same_alone(seed: int, station_id: int, rtc: str, hours: float) -> list[object]:
    """Where a station that leaps differs from one that does not, at random moments; [] nowhere."""
    one, other = pair(seed, station_id, rtc, hours)
    rng = Random(seed)
    at_us = 0
    while at_us < hours * 3600 * SECOND_US:
        at_us += rng.choice(SPANS_US)
        one.advance_to(at_us)
        other.advance_to(at_us)
        found = differences(one, other)
        if found:
            return [at_us, *found]
    return [] if flash(one) == flash(other) else ["flash"]


def same_together(seed: int, seconds: int) -> list[object]:
    """The same of four stations on one air."""
    until_us = seconds * SECOND_US
    worlds = [valley(seed, leaps, until_us) for leaps in (False, True)]
    rng = Random(seed)
    at_us = 0
    while at_us < until_us:
        at_us += rng.choice(SPANS_US)
        for world, stations in worlds:
            advance(stations, world, at_us)
        for one, other in zip(worlds[0][1], worlds[1][1], strict=True):
            found = differences(one, other)
            if found:
                return [at_us, one.setup.settings["id"], *found]
    stations = zip(worlds[0][1], worlds[1][1], strict=True)
    return ["flash" for one, other in stations if flash(one) != flash(other)]


def state(station: VirtualStation) -> dict[str, Any]:
    """Every number and every byte of its firmware and its chips, by path; when its tasks wake."""
    found: dict[str, Any] = {"sounds": [(one.at_us, one.hz) for one in station.board.sounds]}
    for gpio in range(GPIOS):
        found[f"GP{gpio}"] = station.board.line(gpio).level
    if station.pico is None or station.loop is None:
        return found
    station.pico.clock.stamp_now()  # what it would look at first, whatever came next
    seen: dict[int, object] = {}
    _walk(station.pico, seen, "pico", found)
    for name in ("rtc", "reader", "radio"):
        _walk(getattr(station, name), seen, name, found)
    for task in station.loop.tasks:
        naps = task.nap is not None and task.nap[2] is not None
        found[f"task {task.name}"] = task.nap[0] if naps and task.nap else -1
    found["watchdog"] = vars(station.board)["_watchdog_us"]
    return found


def differences(one: VirtualStation, other: VirtualStation) -> list[tuple[str, Any, Any]]:
    """Where they differ: path, one's, the other's."""
    ours, theirs = state(one), state(other)
    names = sorted(set(ours) | set(theirs))
    return [
        (name, ours.get(name), theirs.get(name))
        for name in names
        if ours.get(name) != theirs.get(name)
    ]


def flash(station: VirtualStation) -> bytes:
    """All of it."""
    assert station.chip is not None
    data = bytearray(station.chip.blocks * 4096)
    for block in range(station.chip.blocks):
        station.chip.readblocks(block, memoryview(data)[block * 4096 : (block + 1) * 4096])
    return bytes(data)


def _walk(thing: object, seen: dict[int, object], path: str, found: dict[str, Any]) -> None:
    if thing is None or isinstance(thing, int | float | str | bytes):
        found[path] = thing
    elif isinstance(thing, bytearray | array.array):
        found[path] = bytes(thing)
    elif isinstance(thing, _CODE) or id(thing) in seen:
        return
    else:
        seen[id(thing)] = thing
        for name, part in _parts(thing):
            _walk(part, seen, f"{path}.{name}", found)


def _parts(thing: object) -> list[tuple[object, Any]]:
    if isinstance(thing, list | tuple):
        return [("count", len(thing)), *enumerate(thing)]
    if isinstance(thing, dict):
        return list(thing.items())
    if not hasattr(thing, "__dict__"):
        return []
    home = type(thing).__module__
    if home.startswith(_OWN):
        return list(vars(thing).items())
    is_chip = home.startswith("yellowgate.sim.devices") and type(thing).__name__ in _CHIPS
    return [
        (name, part) for name, part in vars(thing).items() if is_chip and name not in _ELSEWHERE
    ]
