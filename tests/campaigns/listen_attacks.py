"""Attacks by radio on `gate listen` itself: its loop, its store, its answers.

    python tests/campaigns/listen_attacks.py --cases 100000 [--seed 1]

A short race is recorded by somebody with an antenna. First the control: the loop hears it once,
through a base that is lost and plugged in again, and stores every record bit for bit. Then, of each
kind so many cases: replays; genuine packets that were not heard yet, with bits flipped; forged
acknowledgements, to the stations and to the loop; packets of another race. In between both ends
are started anew. None may be stored, answered or believed; at the end the genuine ones that were
held back still arrive.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

from airsim import RACE_KEY
from gate_wire import packet
from radio_forgery import UIDS, Race
from rich.console import Console
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.listen import Room
from yellowgate.cli.listenview import View
from yellowgate.errors import PortError
from yellowgate.link.base import Reception

Rows = dict[tuple[str, int], bytes]
RESTARTS = 8  # of either end, within the cases of each kind


class Antenna:
    """A base that hears what it is given, and keeps what it is to say. Then it may be unplugged."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.said: list[bytes] = []
        self.is_lost = False

    def hear(self) -> list[Reception]:
        if self.is_lost:
            raise PortError("virtual://: the connection broke off")
        came, self.waiting = self.waiting, []
        return [Reception(data, -90, 8, lambda: None) for data in came]

    def say(self, data: bytes) -> None:
        if self.is_lost:
            raise PortError("virtual://: the connection broke off")
        self.said.append(data)


class Clock:
    """A laptop's clock, which a case moves."""

    reference = 1
    reference_id = 7
    name = "camp"

    def __init__(self) -> None:
        self.now_us = 0

    def monotonic_us(self) -> int:
        return self.now_us

    def utc_us(self) -> int:
        return 1_742_312_220_000_000 + self.now_us


class Camp:
    """The laptop in camp: a race folder and the loop of gate listen."""

    def __init__(self, path: Path, race: Race) -> None:
        (path / "race.toml").write_text(
            '[race]\nname = "rehearsal"\npreset = "laps"\n[radio]\nregion = "US915"\n'
            f'key = "{RACE_KEY.hex()}"\n'
        )
        rows = [f"Runner {at},M,{uid.hex()},{at}" for at, uid in enumerate(UIDS, 1)]
        (path / "roster.csv").write_text("\n".join(["name,gender,tag,bib", *rows]))
        self.folder = RaceFolder(path)
        self.store = self.folder.store()
        for one in race.stations:
            self.store.add_first_key(one.log.log_id.hex(), one.log.first_key)
        self.clock = Clock()
        self.antenna = Antenna()
        self.view = View(self.folder.race(), Console(quiet=True), self.clock.utc_us)
        self.start()

    def start(self) -> None:
        """gate listen is started (again): only what was durable is left."""
        self.room = Room(self.folder, self.folder.race(), self.clock)

    def hear(self, data: bytes) -> list[bytes]:
        """A packet comes in; what is answered."""
        self.antenna.waiting = [data]
        self.clock.now_us += 5_000
        self.room.step(self.antenna, self.view)
        said, self.antenna.said = self.antenna.said, []
        return said

    def lose_base(self) -> None:
        """The base is unplugged while something waits in it, and another one plugged in."""
        self.antenna.is_lost = True
        try:
            self.room.follow(self.antenna, self.view)
        except PortError:
            self.antenna = Antenna()

    def rows(self) -> Rows:
        """All records."""
        return {(row.log_id, row.seq): row.raw for row in self.store.observations()}


def wanted(race: Race) -> Rows:
    """What the stations have written."""
    return {
        (one.log.log_id.hex(), seq): raw
        for one in race.stations
        for seq, raw in enumerate(one.log.raws)
    }


def control(camp: Camp, race: Race, packets: list[bytes]) -> int:
    """The genuine ones arrive, through a lost base and a restart; how many were answered."""
    answered = 0
    for number, data in enumerate(packets):
        if number == len(packets) // 3:
            camp.lose_base()
        if number == len(packets) // 2:
            camp.start()
        answered += len(camp.hear(data))
    assert answered, "nothing was answered: the bench is at fault"
    assert camp.rows().items() <= wanted(race).items()
    return answered


# What is tried; each gives the bytes of one case.


def flipped(chance: random.Random, packets: list[bytes]) -> bytes:
    """Bits another way; the count of hops is nobody's secret and left alone."""
    whole = chance.choice(packets)
    while True:
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if _without_hops(bytes(data)) != _without_hops(whole):
            return bytes(data)


def _without_hops(data: bytes) -> object:
    part = packet.parse(data)
    if part is None:
        return data
    mac = data[-packet.MAC_BYTES :]
    return part.to, part.sender, part.kind, part.session_low, part.number, bytes(part.body), mac


def foreign(chance: random.Random, packets: list[bytes]) -> bytes:
    """Of another race: right in all but the key."""
    part = packet.parse(chance.choice(packets))
    assert part is not None
    key, session = chance.randbytes(16), chance.randrange(1 << 16)
    number = part.number + chance.randrange(1, 5000)
    return packet.seal(part.to, part.sender, part.kind, session, number, part.body, key)


def acknowledgement(chance: random.Random, packets: list[bytes]) -> bytes:
    """An answer that nobody gave: of an invented key, or a genuine one turned to another packet."""
    part = packet.parse(chance.choice(packets))
    assert part is not None
    station = part.sender or part.to
    body = packet.pack_answer(packet.Answer(chance.randrange(1 << 10), [], True, False, None, 0, 0))
    session, number = chance.randrange(4), part.number + chance.randrange(3)
    key = chance.randbytes(16)
    return packet.seal(station, packet.BASE_ADDRESS, packet.ANSWER, session, number, body, key)


def run(cases: int, seed: int = 1, only: str = "") -> dict[str, int]:
    """So many of each kind, or of this one alone; returns what was counted.

    Raises AssertionError when one had effect.
    """
    chance = random.Random(seed)
    race = Race(seed)
    half = len(race.heard) * 3 // 4
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        camp = Camp(Path(folder), race)
        told = {"control: packets answered": control(camp, race, race.heard[:half])}
        kept = race.heard[half:]
        kinds: dict[str, Callable[[], bytes]] = {
            "replays": lambda: chance.choice(race.heard[:half]),
            "flipped bits": lambda: flipped(chance, kept),
            "forged acknowledgements": lambda: acknowledgement(chance, race.heard),
            "packets of another race": lambda: foreign(chance, race.heard),
        }
        for name, make in kinds.items():
            if only not in ("", name):
                continue
            _without_effect(camp, race, name, make, cases)
            told[name] = cases
        before = len(camp.rows())
        control(camp, race, kept)
        told["control: records that were held back"] = len(camp.rows()) - before
        assert told["control: records that were held back"] > 0
        assert camp.rows() == race.host.rows, "all that was ever said arrived, bit for bit"
    return told


def _without_effect(
    camp: Camp, race: Race, name: str, make: Callable[[], bytes], cases: int
) -> None:
    rows = camp.rows()
    waits: list[int] = []
    for number in range(cases):
        if number % max(1, cases // RESTARTS) == 0:  # both ends, and the base between them
            camp.lose_base()
            camp.start()
            for one in race.stations:
                one.restart()
            waits = [one.box.backlog.count() for one in race.stations]
        data = make()
        assert camp.hear(data) == [], (name, number, data.hex())
        for one in race.stations:
            assert not one.box.receive(data, one.uptime_ms), (name, number, data.hex())
        if number % max(1, cases // RESTARTS) == 1:
            assert camp.rows() == rows, (name, number)
            assert waits == [one.box.backlog.count() for one in race.stations], (name, number)
    assert camp.rows() == rows, name
    assert waits == [one.box.backlog.count() for one in race.stations], name


def _memory() -> str | None:
    """Where a commit costs no disk: each refused packet is counted in the store."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=10_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="this kind alone, like replays")
    options = parser.parse_args()
    started = time.process_time()
    told = run(options.cases, options.seed, options.only)
    for name, count in told.items():
        print(f"  {name}: {count}")
    print(f"{time.process_time() - started:.0f} s of CPU, none had any effect")


if __name__ == "__main__":
    main()
