"""The stations of a story on one ground and one air: the real firmware, what is done to it, and
what it acknowledged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import rules
from airradio import AirRadio
from faultkit import PERIODS_US, WIRES
from gate_station.board import pins
from gate_station.core import config, reserve
from gate_wire import kinds, record
from parts import (
    BadSector,
    BaseAway,
    Battery,
    Drift,
    Jam,
    Loss,
    Part,
    PowerCut,
    RtcFault,
    Wire,
)
from story import Station, Story
from truth import ACKNOWLEDGED, Ack
from yellowgate.link.radiosetup import cable_key, race_key, station_settings
from yellowgate.records import EPOCH_2020_US
from yellowgate.sim import image
from yellowgate.sim.devices import nor
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.backing import Memory
from yellowgate.sim.devices.flash import BLOCKS, FlashFiles
from yellowgate.sim.devices.station import (
    GAP_US,
    HOLD_US,
    Setup,
    VirtualStation,
)
from yellowgate.sim.devices.together import advance
from yellowgate.sim.devices.world import World

SECOND_US = 1_000_000
LEAD_US = 120 * SECOND_US  # stations are on so long before the start
START_US = EPOCH_2020_US + 164_000_000 * SECOND_US  # UTC since 1970: in March 2025
APART_M = 1500
RIDGE_DB = 250  # nothing comes over it
NOTHING = -1, 0  # number and kind, where a touch is acknowledged and nothing was stored
TORN_WITHIN_US = 5 * SECOND_US  # a cut within an operation of the flash comes by then, or without


class Watched(VirtualStation):
    """A station that tells what it acknowledged: the last touch in flash when it says so."""

    def __init__(self, plan: Station, setup: Setup, chip: nor.Nor, air: Air) -> None:
        self.plan = plan
        self.acks: list[Ack] = []
        self._stored: tuple[int, int] | None = None
        super().__init__(setup, chip, [], air)
        self.block_written = -1  # of its flash, last
        self._watch_flash(chip)
        line = self.board.wire_bus
        line("spi", pins.NFC_SPI, (pins.NFC_SCK, pins.NFC_MOSI, pins.NFC_MISO))
        line("spi", pins.RADIO_SPI, (pins.RADIO_SCK, pins.RADIO_MOSI, pins.RADIO_MISO))
        line("i2c", pins.RTC_I2C, (pins.RTC_SDA, pins.RTC_SCL, pins.RTC_SCL))

    def _watch_flash(self, chip: nor.Nor) -> None:
        takes_time = chip.on_operation

        def operated(kind: str, block: int, offset: int, data: bytes) -> None:
            self.block_written = block
            if takes_time is not None:
                takes_time(kind, block, offset, data)

        chip.on_operation = operated

    def _start(self, cause: int) -> None:
        super()._start(cause)
        pico = self.pico
        assert pico is not None
        self._stored = None

        def stored(seq: int, kind: int) -> None:
            if kind in (kinds.TAG, kinds.PRESS, kinds.START, kinds.TAPS):
                self._stored = seq, kind

        play = pico.shell.play

        def played(name: str) -> None:
            if name in ACKNOWLEDGED:
                self._acknowledged(*(self._stored or NOTHING))
                self._stored = None
            play(name)

        pico.station.on_stored(stored)
        pico.shell.play = played

    def _acknowledged(self, seq: int, kind: int) -> None:
        buf = bytearray(record.RECORD_BYTES_MAX)
        length = self.pico.log.read(seq, buf) if self.pico is not None and seq >= 0 else 0
        uid = record.unpack(buf).body.hex() if length else ""
        found = Ack(self.plan.number, self.plan.log_id.hex(), seq, kind, uid, self.world.now_us)
        self.acks.append(found)

    # What people do

    def hold(self, uid: bytes, at_us: int, hold_us: int = HOLD_US) -> tuple[int, int]:
        """A tag is held to the reader at this moment (world time), or when it is free. Returns from
        when until when.
        """
        at_us = max(at_us, self.world.now_us, self._free_us)
        self._hold(at_us, at_us + hold_us, uid)
        self._free_us = at_us + hold_us + GAP_US
        return at_us, at_us + hold_us

    def push(self, at_us: int) -> tuple[int, int]:
        """The button is pressed at this moment. Returns from when until when."""
        at_us = max(at_us, self.world.now_us)
        self.world.at(at_us, self._press)
        return at_us, at_us + HOLD_US

    # What happens to it

    def lose_power(self) -> None:
        self._power_goes()

    def disturb_rtc(self, value: str) -> None:
        self._disturb_rtc(value)


@dataclass
class Flicker:
    """A wire with a fault. rng: of the part."""

    station: Watched
    wire: str
    way: str
    rng: Random
    is_on: bool = True

    def begin(self) -> None:
        level = {"low": 0, "high": 1, "cut": 1}.get(self.way)
        if level is not None:
            self._force(level)
        else:
            self._turn(0)

    def mend(self) -> None:
        self.is_on = False
        self._force(None)

    def _turn(self, level: int) -> None:
        if not self.is_on:
            return
        if self.way == "floating":
            self._force(self.rng.randint(0, 1))
            us = self.rng.choice((5_000, 60_000, 700_000)) + self.rng.randint(0, 400)
        else:
            self._force(level if level == 0 else None)  # mended and broken in turn
            us = PERIODS_US[self.way] // 2 * self.rng.randint(50, 150) // 100
        self.station.world.after(us, lambda: self._turn(1 - level))

    def _force(self, level: int | None) -> None:
        self.station.board.line(WIRES[self.wire]).force(level)


class Ground:
    """World, air, stations, the base's radio (None: no base), and what the parts do to them."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.world = World()
        self.air = Air(self.world, story.seed + 1)
        self.utc_us = START_US - EPOCH_2020_US - LEAD_US  # at the world's beginning, since 2020
        self.stations = {plan.number: self._station(plan) for plan in story.stations}
        self.radio: AirRadio | None = None
        if story.has_base:
            self.radio = AirRadio(self.air, rules.radio(story))
            self._place(self.radio)
        self.happened: list[Part] = []
        self._flickers: list[Flicker] = []
        self._away = 0  # how many parts keep the base without power

    def _station(self, plan: Station) -> Watched:
        radio = rules.radio(self.story)
        region, key, settings = station_settings(radio, plan.number)
        setup = Setup()
        keys = {"cable": cable_key(race_key(radio), plan.number)}
        setup.settings = {"id": plan.number, "role": plan.role, "keys": keys, "health_s": 3600}
        if plan.radio:
            keys["radio"] = key
            setup.settings |= {"region": region, "radio": settings}
        config.parse(json.dumps(setup.settings))
        setup.drift_ppb, setup.rtc = plan.drift_ppb, plan.rtc
        setup.rtc_drift_ppb, setup.battery_mv = plan.rtc_drift_ppb, plan.millivolts
        setup.with_radio, setup.utc_us = plan.radio, self.utc_us
        setup.seed = plan.number + 1
        return Watched(plan, setup, _flash(plan), self.air)

    def _place(self, base: AirRadio) -> None:
        self.air.place(base.chip, 0, 0)
        for place, station in enumerate(self.stations.values(), 1):
            if station.radio is not None:
                self.air.place(station.radio, place * APART_M, 0)
                if station.plan.ridge:
                    self.air.set_loss(station.radio, base.chip, RIDGE_DB)

    @property
    def now_us(self) -> int:
        """World time."""
        return self.world.now_us

    @property
    def now_s(self) -> float:
        """Since the start."""
        return (self.world.now_us - LEAD_US) / SECOND_US

    def true_us(self, world_us: int) -> int:
        """UTC since 1970 of this world time."""
        return EPOCH_2020_US + self.utc_us + world_us

    def at(self, at_s: float, action: Callable[[], object]) -> None:
        """Plan this for so many seconds after the start."""
        self.world.at(world_us(at_s), action)

    def advance_to(self, us: int, stops: Callable[[], bool] | None = None) -> None:
        """Let the world go on; stops: so far, or less far."""
        advance(list(self.stations.values()), self.world, us, stops)

    # What the parts do

    def plan(self, part: Part) -> None:
        """A fault of stations or of the air happens by itself when its time comes; nothing else is
        planned here.
        """
        faults: dict[type[Part], Callable[..., None]] = {
            PowerCut: self._power_cut,
            BadSector: self._bad_sector,
            Wire: self._wire,
            RtcFault: self._rtc,
            Drift: self._drift,
            Battery: self._battery,
            Loss: self._loss,
            Jam: self._jam,
            BaseAway: self._base_away,
        }
        does = faults.get(type(part))
        if does is not None:
            self.at(part.at_s, lambda: (self.happened.append(part), does(part)))

    def _power_cut(self, part: PowerCut) -> None:
        station = self.stations[part.station]
        back_us = self.now_us + round(part.off_s * SECOND_US)
        if part.tear and station.chip is not None:
            boots = station.board.boots
            station.chip.cut(station.chip.operations, part.tear, part.position)
            late_us = self.now_us + TORN_WITHIN_US
            back_us += TORN_WITHIN_US

            def without() -> None:
                if station.board.boots == boots and station.board.is_powered:
                    station.lose_power()

            self.world.at(late_us, without)
            self.world.at(back_us, station.give_power)
            return
        self.world.at(back_us, station.give_power)
        station.lose_power()  # last: it may raise through what waits

    def _bad_sector(self, part: BadSector) -> None:
        station = self.stations[part.station]
        if station.chip is not None and station.block_written >= 0:
            station.chip.make_bad(station.block_written + part.block, part.how)

    def _wire(self, part: Wire) -> None:
        station = self.stations[part.station]
        fault = Flicker(station, part.wire, part.way, Random(part.id))
        self._flickers.append(fault)
        self.world.after(round(part.lasts_s * SECOND_US), fault.mend)
        fault.begin()

    def _rtc(self, part: RtcFault) -> None:
        self.stations[part.station].disturb_rtc(part.value)

    def _drift(self, part: Drift) -> None:
        board = self.stations[part.station].board
        board.drift_ppb = part.drift_ppb
        board.crystal.set_drift_ppb(part.drift_ppb)

    def _battery(self, part: Battery) -> None:
        self.stations[part.station].board.set_millivolts(pins.BATTERY, part.millivolts // 2)

    def _loss(self, part: Loss) -> None:
        self.air.loss_permille, self.air.twice_permille = part.permille, part.twice_permille
        self.world.after(round(part.lasts_s * SECOND_US), self._clear_air)

    def _clear_air(self) -> None:
        self.air.loss_permille = self.air.twice_permille = 0

    def _jam(self, part: Jam) -> None:
        self.air.jam(self.now_us, self.now_us + round(part.lasts_s * SECOND_US))

    def _base_away(self, part: BaseAway) -> None:
        self._away += 1

        def back() -> None:
            self._away -= 1

        self.world.after(round(part.lasts_s * SECOND_US), back)

    @property
    def base_is_on(self) -> bool:
        return self.radio is not None and not self._away

    def mend(self) -> None:
        """All faults are over; what a clock lost, it has lost."""
        for fault in self._flickers:
            fault.mend()
        self._clear_air()
        self._away = 0
        for station in self.stations.values():
            station.board.set_millivolts(pins.BATTERY, 4100 // 2)
            station.give_power()


def world_us(at_s: float) -> int:
    """World time of so many seconds after the start."""
    return LEAD_US + round(at_s * SECOND_US)


_blank: dict[tuple[bytes, bytes, int], bytes] = {}


def _new_image(log_id: bytes, first_key: bytes, sectors: int) -> bytes:
    if not sectors:
        return image.new_image(log_id, first_key)
    chip = nor.Nor(BLOCKS)
    reserve.create(FlashFiles(chip), log_id, first_key, 1, sectors)
    return chip.backing.read(0, image.IMAGE_BYTES)


def _flash(plan: Station) -> nor.Nor:
    """As after provisioning. Making one takes longer than playing an hour."""
    key = plan.log_id, plan.first_key, plan.sectors
    if key not in _blank:
        _blank[key] = _new_image(*key)
    backing = Memory(BLOCKS * nor.SECTOR_BYTES)
    backing.write(0, _blank[key])
    return nor.Nor(BLOCKS, backing, plan.number + 1)
