"""The base of a story: the base's own code and law (gate_station.core.base) on a radio in the
world.

A base of its own would be a station more, that looks at its chip a hundred times a second; here
the world wakes the laptop when a packet has come in. What is on air is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gate_station.core import airdesk, base, duty
from yellowgate.cli.radioplan import radio_plan
from yellowgate.link.blinka import BlinkaRadio, Built, Forward, OwnBase
from yellowgate.link.hostclock import HostClock
from yellowgate.sim.devices.air import Air

BANDWIDTH_HZ = 125_000
SYNC_WORD = 0x12
LOOK_US = 5_000  # as if the chip were looked at so often


class Chip:
    """What the air sees of a radio: as yellowgate.sim.devices.sx1276.Sx1276, without registers."""

    bandwidth_hz = BANDWIDTH_HZ
    coding_rate = 5
    has_crc = True
    sync_word = SYNC_WORD

    def __init__(self, air: Air, plan: Any) -> None:  # noqa: ANN401 - gate_station's airplan.Plan
        modem = plan.settings.modem
        self.spreading_factor = modem.spreading_factor
        self.preamble_symbols = modem.preamble_symbols
        self.low_rate = modem.spreading_factor > 10
        self.frequency_hz = plan.region.frequency_khz * 1000
        self.power_dbm = plan.power_dbm
        self.is_on = True
        self.is_sending = False
        self.came: list[tuple[bytes, int, int, int]] = []
        self._world = air.world

    @property
    def now_us(self) -> int:
        """Of the world."""
        return self._world.now_us

    @property
    def is_listening(self) -> bool:
        return self.is_on and not self.is_sending

    def transmission_over(self) -> None:
        self.is_sending = False

    def packet_over(
        self, data: bytes, is_damaged: bool, rssi_dbm: int, snr_quarters: int, _error_hz: int
    ) -> None:
        if not is_damaged:
            self.came.append((data, rssi_dbm, snr_quarters // 4, self.now_us))


class AirRadio(BlinkaRadio):
    """See gate_station.ports.Radio. wait: lets the world go on, up to this world time."""

    def __init__(self, air: Air, radio: Mapping[str, Any]) -> None:
        self.plan = radio_plan(radio)
        self.chip: Any = Chip(air, self.plan)
        self.wait: Callable[[int], object] = air.world.advance_to
        super().__init__(self.chip, lambda: air.world.now_us)
        self.bound_us = LOOK_US // 2
        self._air = air
        self._speaker: Any = None
        air.attach(self.chip)

    def has_news(self) -> bool:
        """Has a packet come in that nobody has taken?"""
        return bool(self.chip.came)

    def has_to_say(self) -> bool:
        """Does an answer wait to be sent?"""
        return self._speaker is not None and self._speaker.due_ms(0) == 0

    def take(self) -> tuple[bytes, int, int] | None:
        """See Radio."""
        if not self.chip.came:
            return None
        data, rssi_dbm, snr_db, self.edge_us = self.chip.came.pop(0)
        return data, rssi_dbm, snr_db

    def send(self, packet: bytes | bytearray) -> None:
        """See Radio; over when it returns, as on a laptop."""
        if not self.chip.is_on:
            return
        self.chip.is_sending = True
        self._air.transmit(self.chip, bytes(packet))
        while self.chip.is_sending:
            self.wait(self._air.world.now_us + LOOK_US)
        self.edge_us = self._air.world.now_us

    def hearing(self) -> bool:
        """See Radio; the question takes its time, and is asked until the answer is no."""
        is_hearing = self._air.modem_status(self.chip) & 0x0B == 0x0B
        if is_hearing:
            self.wait(self._air.world.now_us + LOOK_US)
        return is_hearing

    def fault(self) -> str:
        """See Radio."""
        return ""

    def base(self, clock: HostClock) -> OwnBase:
        """What `gate listen` follows."""
        plan = self.plan

        def build(forward: Forward) -> Built:
            self._speaker = base.Base(plan.settings, duty.Duty(plan.region.duty_us, 1), forward)
            desk = airdesk.AirDesk(self, [self._speaker], plan.settings, lambda tick: tick)
            return desk.step, self._speaker.say

        def sleep(_s: float) -> None:
            self.wait(self._air.world.now_us + LOOK_US)

        return OwnBase(self, clock, build, sleep)
