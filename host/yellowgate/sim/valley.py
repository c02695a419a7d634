"""Several virtual stations and their base in one world, on one air: a race to rehearse.

The base stands in camp, at the origin; station n stands n times APART_M from it, on one line. So
all hear each other, unless a ridge is put between one of them and the base.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from yellowgate.sim import image as images
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.devices.together import advance
from yellowgate.sim.devices.world import World
from yellowgate.sim.script import LEAD_US
from yellowgate.sim.station import Plan, setup

APART_M = 1500
RIDGE_DB = 250  # nothing comes over it
SLICE_US = 60_000_000


class Valley:
    """plans: one each; their scripts share one beginning. utc_us: of that beginning, microseconds
    since 2020. loss_permille: of receptions. ridges: numbers of the stations that the base does not
    hear, and that do not hear the base. Raises GateError when an image cannot be used.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        utc_us: int,
        loss_permille: int = 0,
        ridges: Sequence[int] = (),
    ) -> None:
        self.world = World()
        self.air = Air(self.world)
        self.air.loss_permille = loss_permille
        self.utc_us = utc_us - LEAD_US
        self.end_us = max(plan.end_us for plan in plans)
        self.plans = list(plans)
        self._images: list[images.Image] = []
        self.stations: list[VirtualStation] = []
        for plan in plans:
            self._add(plan)
        for place, (plan, station) in enumerate(zip(plans, self.stations, strict=True)):
            if station.radio is not None:
                self.air.place(station.radio, 0 if plan.role == "base" else place * APART_M, 0)
        self._raise_ridges(ridges)

    def _add(self, plan: Plan) -> None:
        image = images.Image(plan.image, plan.log_id, plan.first_key)
        self._images.append(image)
        steps = [(LEAD_US + step.at_us, step.input, step.value) for step in plan.steps]
        chip = image.chip(plan.station_id + 1)
        self.stations.append(VirtualStation(setup(plan, self.utc_us, 0), chip, steps, self.air))

    def _raise_ridges(self, ridges: Sequence[int]) -> None:
        radios = [
            (plan, station.radio)
            for plan, station in zip(self.plans, self.stations, strict=True)
            if station.radio is not None
        ]
        for plan, radio in radios:
            for other, base in radios:
                if plan.station_id in ridges and other.role == "base":
                    self.air.set_loss(radio, base, RIDGE_DB)

    @property
    def now_us(self) -> int:
        """World time."""
        return self.world.now_us

    @property
    def consoles(self) -> list[VirtualConsole]:
        """Their ports, in the order of the plans."""
        return [station.console for station in self.stations]

    def advance_to(self, us: int, stops: Callable[[], bool] | None = None) -> None:
        """Let the world go on; stops: so far, or less far, to where it is true."""
        advance(self.stations, self.world, us, stops)

    def play(self, stops: Callable[[], bool] = lambda: False) -> None:
        """Play the scripts to their end. Nobody listens to a base meanwhile: it is switched on
        after it.
        """
        bases = [
            station
            for plan, station in zip(self.plans, self.stations, strict=True)
            if plan.role == "base"
        ]
        for base in bases:
            base.cut_power()
        while self.now_us < self.end_us and not stops():
            self.advance_to(min(self.end_us, self.now_us + SLICE_US))
        for base in bases:
            base.give_power()

    def happen(self, station_id: int, name: str, value: str) -> None:
        """An input of a script, now. Raises ValueError when no station has this number."""
        for plan, station in zip(self.plans, self.stations, strict=True):
            if plan.station_id == station_id:
                station.happen(name, value)
                return
        raise ValueError(f"no station has the number {station_id}")

    def close(self) -> None:
        """The power goes; the images are let go of."""
        for station in self.stations:
            station.cut_power()
        for image in self._images:
            image.close()
