"""Loss of 0 to 90 %, late and doubled packets, a base switched off for up to six hours, stations
and host restarted at random; rosters that are changed at one end, or at both in turn; a second
laptop with a roster of its own: after the faults stop, every record is at the host, bit for bit,
once, within BOUND, and nothing that any laptop has names another runner. A seed replays any
failure.

    python tests/campaigns/radio_faults.py --cases 1000 [--first SEED]
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

from airsim import Host, Repeater, Sim, Station, uid_of
from gate_station.core import airtime, regions
from gate_wire import bodies, kinds, packet

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
# A station that gave up asks again after 1.5 times Settings.retry_max_ms (3 minutes at SF9); with
# the faults over, what it still has goes in full packets, one answer each.
BOUND_BASE_MS = 12 * MINUTE_MS
BOUND_RECORD_MS = 1500
# Where 1 % of the time is all there is, the ledger sets the pace: half of it for each life.
EU_BOUND_BASE_MS = 75 * MINUTE_MS
EU_BOUND_RECORD_MS = 15_000


class Case:
    """One seed: a world, what goes wrong in it, and how long it took to mend."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed * 7919 + 1)
        chance = self.chance
        self.is_eu = chance.random() < 0.25
        region = regions.EU868 if self.is_eu else regions.US915
        self.sim = Sim(seed, airtime.Modem(chance.choice((7, 8, 9))), region)
        uids = [uid_of(runner) for runner in range(40)]
        # A share of the tags is new to the stations, another to the host.
        known = [uid for uid in uids if chance.random() < 0.9]
        rostered = [uid for uid in uids if chance.random() < 0.95]
        self.uids = uids
        self.stations = [Station(self.sim, at + 1, known) for at in range(chance.choice((1, 2, 3)))]
        self.host = Host(self.sim, self.stations, self._order(rostered))
        self.sim.recorded = []
        self.hosts = [self.host]
        if chance.random() < 0.2:
            self.hosts.append(Host(self.sim, self.stations, self._order(uids)))
        if chance.random() < 0.3:
            self._put_ridge_between()
        self.backlog = 0
        self.took_ms = 0

    def _order(self, uids: list[bytes]) -> list[bytes]:
        """The same roster, or another: sorted anew, one in front, two tags exchanged."""
        uids = list(uids)
        how = self.chance.randrange(5)
        if how == 0:
            self.chance.shuffle(uids)
        elif how == 1:
            uids.insert(0, uid_of(1000 + self.chance.randrange(100)))
        elif how == 2:
            uids[3], uids[4] = uids[4], uids[3]
        return uids

    def _plan_rosters(self, end_ms: int) -> None:
        """Told anew to a station, or edited on a laptop, or both, at any moment."""
        for _ in range(self.chance.choice((0, 0, 1, 4))):
            at_ms, uids = self.chance.randrange(end_ms), self._order(self.uids)
            station, host = self.chance.choice(self.stations), self.chance.choice(self.hosts)
            if self.chance.random() < 0.7:
                self.sim.at(at_ms, lambda s=station, u=uids: s.tell(u))
            if self.chance.random() < 0.7:
                self.sim.at(at_ms, lambda h=host, u=uids: h.know(u))
            if self.chance.random() < 0.5:  # of the rosters before, nobody knows any more
                self.sim.at(at_ms + 1, host.restart)

    def _put_ridge_between(self) -> None:
        """The first station reaches the base only through a relay."""
        hidden = self.stations[0]
        Repeater(self.sim, (hidden.station_id,))
        hidden.settings.answer_ms += 2000
        self.sim.is_heard = lambda a, b: (
            not ((a is hidden and b in self.hosts) or (a in self.hosts and b is hidden))
        )

    def _plan_faults(self, end_ms: int) -> None:
        sim, chance = self.sim, self.chance
        sim.loss = chance.choice((0.0, 0.1, 0.3, 0.6, 0.9))
        sim.late = chance.choice((0.0, 0.1, 0.3))
        sim.twice = chance.choice((0.0, 0.1, 0.3))
        if chance.random() < 0.5:
            off_ms = chance.randrange(end_ms // 2)
            sim.at(off_ms, lambda: self.host.set_on(False))
            sim.at(min(off_ms + chance.randrange(6 * HOUR_MS), end_ms), self._switch_on)
        for _ in range(chance.choice((0, 1, 3))):
            sim.at(chance.randrange(end_ms), chance.choice(self.stations).restart)
        for _ in range(chance.choice((0, 1, 3))):
            sim.at(chance.randrange(end_ms), self.host.restart)

    def _switch_on(self) -> None:
        self.host.set_on(True)

    def _plan_taps(self, end_ms: int) -> None:
        for _ in range(self.chance.randrange(5, 60)):
            station = self.chance.choice(self.stations)
            at_ms = self.chance.randrange(end_ms)
            for _ in range(self.chance.choice((1, 1, 1, 5))):
                uid = self.chance.choice(self.uids)
                at_ms += self.chance.randrange(100, 3000)
                self.sim.at(at_ms, lambda s=station, u=uid: s.tap(u))
        health = bodies.pack_health(bodies.Health(4012, -3, 17, 2, 0, 0, 0, 0))
        for at_ms in range(10 * MINUTE_MS, end_ms, 20 * MINUTE_MS):
            for station in self.stations:
                self.sim.at(at_ms, lambda s=station: s.store(kinds.HEALTH, health))

    def run(self) -> None:
        """Raises AssertionError when something is lost, doubled, altered or too late."""
        sim = self.sim
        end_ms = self.chance.choice((1, 2, 7)) * HOUR_MS
        self._plan_faults(end_ms)
        self._plan_taps(end_ms)
        self._plan_rosters(end_ms)
        sim.run(end_ms)
        sim.loss = sim.late = sim.twice = 0.0
        if not self.host.is_on:
            self._switch_on()
        records = sum(len(one.log.raws) for one in self.stations)
        self.backlog = records - len(self.host.rows)
        if self.is_eu:
            bound_ms = EU_BOUND_BASE_MS + self.backlog * EU_BOUND_RECORD_MS
        else:
            bound_ms = BOUND_BASE_MS + self.backlog * BOUND_RECORD_MS
        sim.run(end_ms + bound_ms, self._is_complete)
        self.took_ms = sim.now_ms - end_ms
        assert self._is_complete(), "%d of %d records within %d s" % (
            len(self.host.rows),
            sum(len(one.log.raws) for one in self.stations),
            bound_ms // 1000,
        )
        self.host.check_exact()
        for host in self.hosts:
            host.check_true()
        assert not self.host.ears.refused.get("forged or damaged", 0)

    def counts(self) -> dict[str, int]:
        """What happened, to see that it did."""
        found = [data[3] & packet.KIND_MASK for data in self.sim.recorded or []]
        return {
            "packets": len(found),
            "with places of the roster": found.count(packet.ARRIVALS),
            "not understood": sum(host.unrebuilt for host in self.hosts),
            "of these for another roster": sum(host.nameless for host in self.hosts),
            "races with two laptops": len(self.hosts) - 1,
        }

    def _is_complete(self) -> bool:
        return self.host.has_all()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    started = time.monotonic()
    took: list[float] = []
    counts: Counter[str] = Counter()
    for seed in range(options.first, options.first + options.cases):
        case = Case(seed)
        try:
            case.run()
        except AssertionError as error:
            print(f"seed {seed}: {error}")
            raise SystemExit(1) from error
        took.append(case.took_ms / 1000)
        counts.update(case.counts())
    took.sort()
    print(
        f"{len(took)} seeds in {time.monotonic() - started:.0f} s: every record, exactly once; "
        f"after the faults p50 {took[len(took) // 2]:.0f} s, worst {took[-1]:.0f} s; "
        + ", ".join(f"{count} {what}" for what, count in counts.items())
    )


if __name__ == "__main__":
    main()
