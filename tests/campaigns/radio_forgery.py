"""Forged, flipped, cut, foreign and replayed packets, by the hundred thousand: none has an effect.

    python tests/campaigns/radio_forgery.py --cases 100000

A four-byte MAC is guessed once in 2**32 tries for each log under the forged address, twice for
packets that do not say their whole session: at SF9 (144 ms a try) an attacker who fills the channel
for seven years has one chance in two.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

from airsim import Host, Sim, Station, uid_of
from gate_station.core import airtime, regions
from gate_wire import packet
from yellowgate.link import radio

UIDS = [uid_of(runner) for runner in range(40)]


class Race:
    """A short race that was recorded by somebody with an antenna."""

    def __init__(self, seed: int) -> None:
        self.sim = Sim(seed, airtime.Modem(9), regions.US915)
        self.stations = [Station(self.sim, at + 1, UIDS) for at in range(2)]
        self.host = Host(self.sim, self.stations, UIDS)
        self.sim.recorded = []
        for at in range(60):
            self.stations[at % 2].tap(UIDS[at % 40])
            self.sim.run(self.sim.now_ms + self.sim.random.randrange(2000, 90_000))
            if at % 20 == 19:
                self.stations[at % 2].restart()
        self.sim.run(self.sim.now_ms + 600_000)
        assert self.host.has_all()
        self.heard: list[bytes] = self.sim.recorded
        self.sim.recorded = None

    def offer(self, data: bytes) -> bool:
        """Play a packet to everybody; True when anybody believed it."""
        taken = self.host.ears.hear(data) is not None
        for station in self.stations:
            taken |= station.box.receive(data, station.uptime_ms)
        return taken


def forged(chance: random.Random, heard: list[bytes], key: bytes) -> bytes:
    """One packet that nobody of this race made."""
    data = bytearray(chance.choice(heard))
    how = chance.randrange(6)
    if how == 0:  # bits flipped on the way; the count of hops is nobody's secret
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == 1:  # noise
        data = bytearray(chance.randbytes(chance.randrange(256)))
    elif how == 2:  # true header, invented content
        data[7:] = chance.randbytes(chance.randrange(4, 60))
    elif how == 3:  # a later number under an old MAC
        data[2], data[5] = chance.randrange(256), chance.randrange(256)
    elif how == 4:  # another race: right in all but the key
        part = packet.parse(data)
        assert part is not None
        session = chance.randrange(1 << 16)
        number = part.number + 1000
        return packet.seal(part.to, part.sender, part.kind, session, number, part.body, key)
    else:  # cut, or two glued together
        data = data[: chance.randrange(len(data))] + bytearray(chance.choice(heard))
    return bytes(data[:255])


def run(cases: int, seed: int = 1) -> dict[str, int]:
    """Raises AssertionError when one is believed; returns why they were refused."""
    race = Race(seed)
    chance = random.Random(seed)
    before = dict(race.host.rows)
    told = [station.box.backlog.count() for station in race.stations]
    for _ in range(cases):
        data = forged(chance, race.heard, b"a key of another")
        assert not race.offer(data), data.hex()
    assert race.host.rows == before
    assert told == [station.box.backlog.count() for station in race.stations]
    refused = dict(race.host.ears.refused)
    replay(race)
    race.host.check_exact()
    refused["refused by the stations"] = sum(one.box.rejected for one in race.stations)
    return refused


def replay(race: Race) -> None:
    """Every packet of the race once more, after every restart of either end."""
    for data in race.heard:
        assert not race.offer(data)
    race.host.restart()
    for data in race.heard:
        assert not race.offer(data)
    for station in race.stations:
        station.restart()
        before = len(station.log.raws)
        for data in race.heard:
            assert not race.offer(data)
        assert len(station.log.raws) == before
        race.sim.run(race.sim.now_ms + 60_000)
        for data in race.heard:
            assert not race.offer(data)
        race.host.restart()
        for data in race.heard:
            assert not race.offer(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    refused = run(options.cases, options.seed)
    print(f"{options.cases} packets in {time.monotonic() - started:.0f} s, none believed")
    for why, count in sorted(refused.items()):
        print(f"  {why}: {count}")
    print(f"  (host: {radio.REPLAYED} counts the race played again after each restart)")


if __name__ == "__main__":
    main()
