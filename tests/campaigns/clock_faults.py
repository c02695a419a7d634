"""The station's clock and its DS3231 under faults at random: does it ever tell a wrong time?

    python tests/campaigns/clock_faults.py --cases 200 [--seed 1]

While the station runs, the bus hangs, the RTC loses its time or its year, jumps, sends rubbish,
its edges are cut or delayed by flash work, tasks keep the clock from being polled. At any moment:
uptime is exact; UTC, once set, is right to what setting again may cost (50 ms a time) and the
crystal may drift where there are no edges.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "both"))

from clockkit import SECOND, Rig

HOUR = 3600
NOON_US = 190_000_000 * SECOND
FAULTS = ("hang", "dead", "lose", "jump", "rubbish", "cut", "mend", "deaf", "busy", "set", "reboot")


class Case:
    """One station and what happens to it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.drift_ppm = self.rng.uniform(-60, 60)
        self.rig = Rig(int(self.drift_ppm * 1000), self.rng.randrange(-5000, 5000), NOON_US)
        self.offset_us = NOON_US  # UTC less the world's time, as it was set last
        self.allowed_us = 2000.0
        self.uptime_zero_us = self.rig.world.now_us

    def run(self, steps: int = 25) -> None:
        """Faults and pauses, checked after each."""
        self.rig.run(5)
        for _ in range(steps):
            name = self.rng.choice(FAULTS)
            started_us = self.rig.world.now_us
            getattr(self, f"_{name}")()
            self.rig.run(self.rng.choice((3, 90, 400)))
            passed_s = (self.rig.world.now_us - started_us) / SECOND
            # By the crystal alone at worst, and by the RTC's own drift; each repair of the RTC
            # may be late, and each start is known to half a second until two edges were seen.
            self.allowed_us += passed_s * (abs(self.drift_ppm) + 5) + 60_000
            self.check(name)

    def check(self, name: str) -> None:
        """Raises AssertionError when the clock is wrong."""
        rig = self.rig
        uptime_us = rig.clock.now_uptime_us()
        true_us = (rig.world.now_us - self.uptime_zero_us) * (1 + self.drift_ppm * 1e-6)
        assert abs(uptime_us - true_us) < 2000, (name, uptime_us, true_us)
        utc_us = rig.clock.utc_us(uptime_us)
        if utc_us is not None:
            error_us = utc_us - (rig.world.now_us + self.offset_us)
            assert abs(error_us) < self.allowed_us, (name, error_us, self.allowed_us)

    def _hang(self) -> None:
        self.rig.chip.hang(self.rng.choice((1, 9)))

    def _dead(self) -> None:
        self.rig.chip.absent = True

    def _lose(self) -> None:
        self.rig.chip.hides_stop = self.rng.random() < 0.5
        self.rig.chip.lose()

    def _jump(self) -> None:
        self.rig.chip.jump(self.rng.choice((-86400, -3600, -5, 5, 3600, 86400 * 366)))

    def _rubbish(self) -> None:
        self.rig.chip.rubbish = self.rng.choice((1, 2, 30))

    def _cut(self) -> None:
        self.rig.chip.sqw_cut = True

    def _mend(self) -> None:
        self.rig.chip.sqw_cut = False
        self.rig.chip.absent = False
        self.rig.chip.set_drift_ppb(self.rng.randrange(-5000, 5000))

    def _deaf(self) -> None:
        self.rig.board.busy_deaf(self.rng.choice((400, 3000, 400_000)))

    def _busy(self) -> None:
        self.rig.world.advance(self.rng.choice((50_000, 7 * SECOND, 900 * SECOND, HOUR * SECOND)))

    def _set(self) -> None:
        rig = self.rig
        self.offset_us += self.rng.choice((-1, 1)) * int(10 ** self.rng.uniform(3, 11))
        self.offset_us = max(NOON_US - 10**13, self.offset_us)
        self.allowed_us = 2000.0
        rig.clock.set_utc(rig.world.now_us + self.offset_us, rig.clock.now_uptime_us())

    def _reboot(self) -> None:
        """Only while the RTC is right: what happens to it while off, nobody can know."""
        self._mend()
        self.rig.run(1500)  # past the longest wait after errors, and a repair
        if self.rig.clock.stamp_now()[2] & 4:
            self.rig.reboot(self.rng.randrange(1, 600) * SECOND)
            self.uptime_zero_us = self.rig.world.now_us
            self.rig.run(5)


def run(first: int, cases: int) -> list[str]:
    """Seeds that failed, with what was wrong."""
    failed: list[str] = []
    for seed in range(first, first + cases):
        try:
            Case(seed).run()
        except AssertionError as error:
            failed.append(f"seed {seed}: {error}")
    return failed


def main() -> int:
    """Exit code 1 when a case failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failed = run(given.seed, given.cases)
    print(f"{given.cases} cases, {len(failed)} failed")
    for line in failed[:20]:
        print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
