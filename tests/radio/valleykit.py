"""A whole race by radio in virtual time: real firmware on one air, the host's own code in camp.

What `gate listen` runs is run here on the base's console; laptop and stations share one time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate_wire import bodies, kinds
from rich.console import Console
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.listen import Room
from yellowgate.cli.listenview import View
from yellowgate.link.base import Reception, UsbBase
from yellowgate.link.radiosetup import station_settings
from yellowgate.link.session import Session
from yellowgate.records import EPOCH_2020_US, Observation
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.script import Step
from yellowgate.sim.station import Plan
from yellowgate.sim.valley import Valley

SECOND_US = 1_000_000
UTC_US = 164_000_000 * SECOND_US  # since 2020, when the world begins
RADIO: Mapping[str, Any] = {"region": "US915", "key": "ab" * 16}
LAPTOP = 0xA1B2C3D4
READ_US = 500_000  # a wait in which nothing comes in: so long it may be leapt over
BASE_ID = 250


@dataclass(frozen=True)
class WorldClock:
    """A laptop's clock that is right (but for error_us) in the world of a valley."""

    valley: Valley
    reference: int = bodies.REFERENCE_LAPTOP
    reference_id: int = LAPTOP
    error_us: int = 0
    name: str = ""

    def utc_us(self) -> int:
        return EPOCH_2020_US + self.valley.utc_us + self.valley.now_us + self.error_us

    def monotonic_us(self) -> int:
        return self.valley.now_us


class ConsolePort:
    """A console as a link.port.Port: reading lets the world go on until something is there."""

    url = "virtual://"

    def __init__(self, valley: Valley, console: VirtualConsole) -> None:
        self._valley = valley
        self._console = console
        console.plug(True)

    def read(self) -> bytes:
        said = bytearray()

        def has_said() -> bool:
            said.extend(self._console.take())
            return bool(said)

        self._valley.advance_to(self._valley.now_us + READ_US, has_said)
        return bytes(said) + self._console.take()

    def write(self, data: bytes) -> None:
        self._console.arrive(data)

    def close(self) -> None:
        self._console.plug(False)


class KeepingBase(UsbBase):
    """Keeps what it hears."""

    def __init__(self, session: Session, clock: WorldClock, kept: list[bytes]) -> None:
        super().__init__(session, clock)
        self._kept = kept

    def hear(self) -> list[Reception]:
        found = super().hear()
        self._kept += [came.data for came in found]
        return found


def plan(
    station_id: int,
    role: str = "gate",
    rtc: str = "set",
    drift_ppm: float = 0.0,
    radio: Mapping[str, Any] | None = None,
    steps: Sequence[Step] = (),
) -> Plan:
    """A station of this race, provisioned. radio: more of race.toml."""
    region, key, settings = station_settings({**RADIO, **(radio or {})}, station_id)
    return Plan(
        steps=steps,
        station_id=station_id,
        role=role,
        rtc=rtc,
        drift_ppm=drift_ppm,
        with_radio=True,
        log_id=bytes([station_id]) * 8,
        first_key=bytes([station_id]) * 16,
        settings={"region": region, "keys": {"radio": key}, "radio": settings, "health_s": 86_400},
    )


def race_folder(path: Path, plans: Sequence[Plan]) -> RaceFolder:
    """A race whose store knows the logs of these stations, as after gate station flash."""
    (path / "race.toml").write_text(
        '[race]\nname = "rehearsal"\npreset = "laps"\n'
        f'[radio]\nregion = "{RADIO["region"]}"\nkey = "{RADIO["key"]}"\n'
    )
    folder = RaceFolder(path)
    store = folder.store()
    for one in plans:
        store.add_first_key(one.log_id.hex(), one.first_key)
    store.close()
    return folder


class Camp:
    """A valley, a base in camp and a laptop that listens."""

    def __init__(
        self,
        folder: Path,
        plans: Sequence[Plan],
        lost: int = 0,
        ridges: Sequence[int] = (),
        clock: Callable[[Valley], WorldClock] = WorldClock,
    ) -> None:
        base = plan(BASE_ID, "base")
        self.valley = Valley([base, *plans], UTC_US, 10 * lost, ridges)
        self.clock = clock(self.valley)
        self.folder = race_folder(folder, plans)
        self.store = self.folder.store()
        self.view = View(self.folder.race(), Console(quiet=True), self.clock.utc_us)
        self.heard: list[bytes] = []
        self.base: UsbBase | None = None
        self.room: Room | None = None

    def listen(self) -> None:
        """gate listen is started (again)."""
        session = Session(
            ConsolePort(self.valley, self.valley.consoles[0]), self.clock.monotonic_us
        )
        assert session.hello().role == kinds.BASE
        self.base = KeepingBase(session, self.clock, self.heard)
        self.room = Room(self.folder, self.folder.race(), self.clock)

    def run(self, seconds: float) -> None:
        """So long, listening."""
        until_us = self.valley.now_us + int(seconds * SECOND_US)
        while self.valley.now_us < until_us:
            assert self.room is not None and self.base is not None
            self.room.step(self.base, self.view)

    def tap(self, station_id: int, tag: str) -> int:
        """A tag is held to the reader now; true UTC since 1970."""
        self.valley.happen(station_id, "tag", tag)
        return self.clock.utc_us() - self.clock.error_us

    def rows(self, station_id: int, kind: int) -> list[Observation]:
        """What of a station's log has come in, of one kind."""
        log_id = (bytes([station_id]) * 8).hex()
        return [
            row for row in self.store.observations() if row.log_id == log_id and row.kind == kind
        ]

    def true_utc_us(self, station_id: int, uptime_us: int) -> float:
        """When this station's uptime was so much, by the world; since 1970."""
        at = [one.station_id for one in self.valley.plans].index(station_id)
        station = self.valley.stations[at]
        assert station.pico is not None
        ago_us = station.pico.clock.now_uptime_us() - uptime_us
        rate = 1 + station.setup.drift_ppb / 1e9
        return EPOCH_2020_US + self.valley.utc_us + self.valley.now_us - ago_us / rate
