"""The laptops of a story: the product's own code on each, with its own clock, folder and faults."""

from __future__ import annotations

import io
import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import rules
from faultystore import FaultyFolder, Killed, StoreFaults
from gate_wire import bodies
from ground import SECOND_US, Ground
from rich.console import Console
from story import Laptop, Story
from yellowgate.cli.listen import Room
from yellowgate.cli.listenview import View
from yellowgate.cli.sync import clock_lines, sync_table, twins
from yellowgate.errors import GateError, PortError
from yellowgate.link.blinka import OwnBase
from yellowgate.link.sync import SyncResult, known_tags, sync
from yellowgate.live import Live
from yellowgate.model import Runner
from yellowgate.official import Moment as RaceMoment
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.web import shares
from yellowgate.web.laptops import unite

READ_US = 20_000  # as pySerial's timeout
LISTENS_MAX = 20  # looks at the radio after a packet, 0.2 s each, until the answer is sent
WIDTH = 170


@dataclass
class HostClock:
    """A laptop's clock, off by so much from the world's."""

    ground: Ground
    reference_id: int
    name: str
    error_us: int = 0
    reference: int = bodies.REFERENCE_LAPTOP

    def utc_us(self) -> int:
        return self.ground.true_us(self.ground.now_us) + self.error_us

    def monotonic_us(self) -> int:
        return self.ground.now_us


class Cable:
    """A console as a link.port.Port: reading lets the world go on until something is there.

    pulled_us: world time at which the cable is pulled, 0: it is not.
    """

    def __init__(self, ground: Ground, console: VirtualConsole, url: str, pulled_us: int) -> None:
        self.url = url
        self._ground = ground
        self._console = console
        self._pulled_us = pulled_us
        console.plug(True)

    def read(self) -> bytes:
        """Raises PortError when the cable is pulled."""
        self._check()
        came: list[bytes] = []

        def is_there() -> bool:
            data = self._console.take()
            if data:
                came.append(data)
            return bool(data)

        self._ground.advance_to(self._ground.now_us + READ_US, is_there)
        return b"".join(came)

    def write(self, data: bytes) -> None:
        """Raises PortError when the cable is pulled."""
        self._check()
        self._console.arrive(data)

    def close(self) -> None:
        self._console.plug(False)

    def _check(self) -> None:
        if self._pulled_us and self._ground.now_us >= self._pulled_us:
            raise PortError(f"{self.url}: the cable was pulled")


@dataclass
class Host:
    """A laptop. printed: what the product said; failures: what came out of it that is no GateError.

    is_slow: its store goes through SQLAlchemy, as PostgreSQL would.
    """

    laptop: Laptop
    story: Story
    ground: Ground
    path: Path
    number: int
    is_slow: bool = False
    is_awake: bool = True
    printed: list[str] = field(default_factory=list[str])
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __post_init__(self) -> None:
        self.path.mkdir()
        (self.path / "race.toml").write_text(rules.toml(self.story))
        file = self.path / "race.db"
        self.faults = StoreFaults(file)
        url = f"sqlite+pysqlite:///{file}" if self.is_slow else f"sqlite:///{file}"
        self.folder = FaultyFolder(self.path, url, self.faults)
        listed = self.story.runners[:: -1 if self.number % 2 else 1]  # somebody sorted it
        self.folder.write_roster(
            Runner(one.name, one.gender, one.tags[0], {0: one.bib}) for one in listed
        )
        self.race_file = self.folder.race()
        self.clock = HostClock(
            self.ground, 0xA0A0A000 + self.number, self.name, self.laptop.error_ms * 1000
        )
        store = self.folder.store()
        for station in self.story.stations:
            store.add_first_key(station.log_id.hex(), station.first_key)
        store.close()
        self._start()

    def _start(self) -> None:
        """The programs are started (again)."""
        self.live = Live(self.folder.store())
        self._base: OwnBase | None = None
        self._room: Room | None = None

    @property
    def name(self) -> str:
        return self.laptop.name

    @cached_property
    def roster(self) -> list[Runner]:
        return self.folder.roster()

    def say(self, text: str) -> None:
        """What stands on its screen."""
        self.printed.append(text)

    def run(self, what: str, action: Callable[[], object]) -> bool:
        """A command. False: it failed, in a line."""
        try:
            action()
            return True
        except GateError as error:
            self.say(f"gate: {error}")
        except Killed:
            self.faults.as_killed()
            self._start()
        except Exception:
            self.failures.append((f"{self.name}: {what}", traceback.format_exc()))
        return False

    # Its commands

    def sync(self, number: int, pulled_s: float = 0, sets: bool = False) -> bool:
        """`gate sync` of a station."""
        return self.run(f"sync {number}", lambda: self._sync(number, pulled_s, sets))

    def _sync(self, number: int, pulled_s: float, sets: bool) -> None:
        ground = self.ground
        pulled_us = ground.now_us + round(pulled_s * SECOND_US) if pulled_s else 0
        url = f"/dev/station{number}"
        port = Cable(ground, ground.stations[number].console, url, pulled_us)
        store = self.folder.store()
        try:
            tags, key = known_tags(self.roster), self.folder.race_key()
            result = sync(port, store, self.clock, set_clock=sets, tags=tags, race_key=key)
            self._tell(result)
            for line in twins(store, [result]):
                self.say(line)
        finally:
            port.close()
            store.close()

    def _tell(self, result: SyncResult) -> None:
        out = io.StringIO()
        Console(file=out, width=WIDTH).print(sync_table([result]))
        self.say(out.getvalue())
        if result.clock_problem:
            self.say(f"clock not compared: {result.clock_problem}")
        for line in clock_lines(self.moment().corrected, [result]):
            self.say(line)

    def merge(self, other: Host, how: str = "file") -> bool:
        """`gate merge` of the other's file, or of its HQ."""
        return self.run(f"merge {other.name}", lambda: self._merge(other, how))

    def _merge(self, other: Host, how: str) -> None:
        store = self.folder.store()
        try:
            if how == "hq":
                merged, _ = unite(store, other.answer)
            else:
                merged = store.merge(other.faults.file)
            self.say(f"{merged.observations} new records, {merged.rulings} new rulings")
        finally:
            store.close()

    def answer(self, path: str, words: dict[str, Any]) -> dict[str, Any]:
        """What this laptop's HQ tells another one that asks over the network."""
        store = self.folder.store()
        try:
            if "have" not in words:
                return {"is_same": False}
            known = set(map(str, words["rulings"]))
            return json.loads(json.dumps(shares.tell(store, words["have"], known)))
        finally:
            store.close()

    def moment(self) -> RaceMoment:
        """The race now, by this laptop's clock, kept up as HQ does."""
        return self.live.race(self.race_file, self.roster).at(self.clock.utc_us(), is_now=True)

    # Listening

    def hear(self) -> None:
        """`gate listen` takes what came in, and answers it."""
        self.run("listen", self._hear)

    def _hear(self) -> None:
        radio = self.ground.radio
        assert radio is not None
        if self._room is None or self._base is None:
            self._out = io.StringIO()
            screen = Console(file=self._out, width=WIDTH)
            self._view = View(self.race_file, screen, self.clock.utc_us)
            self._base = radio.base(self.clock)
            self._room = Room(self.folder, self.race_file, self.clock)
        for _ in range(LISTENS_MAX):
            self._room.step(self._base, self._view)
            if not radio.has_to_say():
                break
        text = self._out.getvalue()
        if text:
            self.say(text)
            self._out.seek(0)
            self._out.truncate()

    # What happens to it

    def die(self) -> None:
        """Its battery is out: what ran is gone."""
        self.is_awake = False
        self.faults.after = -1
        self._start()

    def wake(self) -> None:
        self.is_awake = True

    def mend(self) -> None:
        """Awake, its clock right, disk and database well."""
        self.is_awake = True
        self.faults.gone, self.faults.room, self.faults.after = False, None, -1
        self.clock.error_us = 0
