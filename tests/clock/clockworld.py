"""Stations whose clocks are known better than they know them: truth, and the records of it.

Numbers, not firmware: a crystal and an RTC are integrated over the true time in steps of 64 s,
and what a station would have written is packed into real records. Everything follows from a seed.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field

from gate_wire import bodies, kinds, record
from yellowgate.clock.sampling import Sample, best_pair
from yellowgate.records import EPOCH_2020_US, Observation, observation

HOUR_US = 3_600_000_000
STEP_US = 64_000_000  # the DS3231 measures its temperature so often
START_US = EPOCH_2020_US + 196_000_000_000_000  # some day in March 2026
DAY_S = 86400
FASTEST_FLASH_US = 3000  # a page program holds interrupts back for so long at worst


class Part:
    """A clock: rates in ppm (positive: fast), one for each step of the true time from 0."""

    def __init__(self, rates_ppm: list[float]) -> None:
        self._rates = rates_ppm
        self._counted = [0.0]
        for rate in rates_ppm:
            self._counted.append(self._counted[-1] + STEP_US * (1 + rate * 1e-6))

    def counted_us(self, true_us: float) -> float:
        """What it has counted at this true time."""
        at = min(len(self._rates) - 1, max(0, int(true_us // STEP_US)))
        return self._counted[at] + (true_us - at * STEP_US) * (1 + self._rates[at] * 1e-6)

    def true_us(self, counted_us: float) -> float:
        """When it has counted so much."""
        at = min(len(self._rates) - 1, max(0, bisect_right(self._counted, counted_us) - 1))
        return at * STEP_US + (counted_us - self._counted[at]) / (1 + self._rates[at] * 1e-6)


def celsius(rng: random.Random, steps: int) -> list[float]:
    """Days, nights and weather inside the box: at most 13 K from their middle."""
    mean, day, weather = rng.uniform(-5, 25), rng.uniform(3, 10), rng.uniform(0, 4)
    phase, weather_phase = rng.random() * math.tau, rng.random() * math.tau
    period_s = rng.uniform(5, 70) * 3600
    noise = 0.0
    row: list[float] = []
    for step in range(steps):
        time_s = step * STEP_US / 1e6
        noise = max(-1.0, min(1.0, noise + rng.gauss(0, 0.05)))
        row.append(
            mean
            + day * math.sin(time_s / DAY_S * math.tau + phase)
            + weather * math.sin(time_s / period_s * math.tau + weather_phase)
            + noise
        )
    middle = (min(row) + max(row)) / 2
    half = (max(row) - min(row)) / 2
    scale = min(1.0, 13 / half)
    return [middle + (value - middle) * scale for value in row]


def crystal(rng: random.Random, temperatures: list[float]) -> Part:
    """±30 ppm, and the cubic of an AT cut with a slope of at most 0.3 ppm/K where it works.

    What that swings by more than ±4 ppm is scaled down to that: the stated limit, not less.
    """
    mean = sum(temperatures) / len(temperatures)
    turn = rng.uniform(25, 30)
    slope = rng.uniform(-0.3, 0.3) - 3e-4 * (mean - turn) ** 2
    curve = [slope * (t - turn) + 1e-4 * (t - turn) ** 3 for t in temperatures]
    return _part(rng.uniform(-30, 30), curve, 4.0)


def rtc(rng: random.Random, temperatures: list[float], tolerance_ppm: float) -> Part:
    """±tolerance; what its own table leaves of the temperature, in steps of 0.1 ppm."""
    mean = sum(temperatures) / len(temperatures)
    gain, bend = rng.uniform(-0.6, 0.6), rng.uniform(-0.2, 0.2)
    curve = [
        round((gain * (t - mean) / 13 + bend * ((t - mean) / 13) ** 2) * 10) / 10
        + rng.choice((-0.05, 0.05))
        for t in temperatures
    ]
    return _part(rng.uniform(-tolerance_ppm, tolerance_ppm), curve, 0.7)


def adversary(rng: random.Random, tolerance_ppm: float, swing_ppm: float, steps: int) -> Part:
    """Fast by all that is allowed up to some moment, then slow: the edge of the tube."""
    base = rng.uniform(-tolerance_ppm, tolerance_ppm)
    turn = rng.randrange(1, steps)
    sign = rng.choice((-1, 1))
    return Part([base + sign * (swing_ppm if step < turn else -swing_ppm) for step in range(steps)])


def _part(base: float, curve: list[float], swing_ppm: float) -> Part:
    middle, half = (min(curve) + max(curve)) / 2, (max(curve) - min(curve)) / 2
    scale = min(1.0, swing_ppm / half) if half else 1.0
    return Part([base + (value - middle) * scale for value in curve])


@dataclass
class Laptop:
    """A reference: off by error_us, and by drift_ppm more with time."""

    reference_id: int
    reference: int = bodies.REFERENCE_LAPTOP
    error_us: int = 0
    drift_ppm: float = 0.0

    def shows_us(self, true_us: float) -> int:
        """UTC by this laptop when it truly is true_us after the world's start."""
        return START_US + int(true_us + self.error_us + true_us * self.drift_ppm * 1e-6)


@dataclass
class Station:
    """A station with its clocks; press, sync and so on write records.

    rows: of the log; truth_us: when each truly was, UTC since 1970, by seq.
    """

    rng: random.Random
    crystal: Part
    rtc: Part | None = None
    log_id: str = "00000000000000aa"
    rows: list[Observation] = field(default_factory=list[Observation])
    truth_us: list[int] = field(default_factory=list[int])
    boot: int = 0
    rtc_offset_us: float | None = None  # UTC shown - counted; None: never set or lost
    rtc_stopped: bool = False
    _boot_us: float = 0.0
    _utc_offset_us: float | None = None  # of the crystal
    _on_edge_from_us: float = 0.0

    def start(self, true_us: float) -> None:
        """Power on. The RTC is paired with its edges two seconds later."""
        self.boot += 1
        self._boot_us = self.crystal.counted_us(true_us)
        self._utc_offset_us = None
        self._on_edge_from_us = true_us + 2_500_000
        body = bodies.Boot(0, 0, 1, 0, (1, 0, 0))
        self.write(true_us, kinds.BOOT, bodies.pack_boot(body))

    def uptime_us(self, true_us: float) -> float:
        """What the station's counter says."""
        return self.crystal.counted_us(true_us) - self._boot_us

    def touch(self, true_us: float, kind: int = kinds.TAG, body: bytes = b"\4\1\2\3") -> None:
        """A tap. Flash work may hold its interrupt back."""
        late_us = self.rng.uniform(0, 60)
        if self.rng.random() < 0.02:
            late_us = self.rng.uniform(0, FASTEST_FLASH_US)
        self.write(true_us, kind, body, late_us)

    def write(self, true_us: float, kind: int, body: bytes, late_us: float = 0.0) -> None:
        """A record, stamped late_us after the truth."""
        at_us = true_us + late_us
        uptime_us = self.uptime_us(at_us)
        utc_us, quality = self._utc(at_us)
        row = record.Record(
            kind,
            len(self.rows),
            self.boot,
            int(uptime_us // 1000),
            record.UTC_UNKNOWN if utc_us is None else int((utc_us - EPOCH_2020_US) // 1000),
            quality | kinds.TIME_IN_IRQ,
            body,
        )
        self.rows.append(observation(record.pack(row, bytes.fromhex(self.log_id)), self.log_id))
        self.truth_us.append(START_US + int(true_us))

    def _utc(self, at_us: float) -> tuple[float | None, int]:
        stopped = kinds.RTC_STOPPED if self.rtc_stopped else 0
        if self.rtc is not None and self.rtc_offset_us is not None and not stopped:
            jitter_us = self.rng.uniform(-800, 100)
            shown = self.rtc.counted_us(at_us) + self.rtc_offset_us + jitter_us
            if at_us >= self._on_edge_from_us:
                return shown, kinds.UTC_SET | kinds.UTC_RTC | kinds.UTC_EDGE
            if self._utc_offset_us is not None:  # set a moment ago
                return self.uptime_us(at_us) + self._utc_offset_us, kinds.UTC_SET
            return shown - 400_000, kinds.UTC_SET | kinds.UTC_RTC
        if self._utc_offset_us is not None:
            return self.uptime_us(at_us) + self._utc_offset_us, kinds.UTC_SET | stopped
        return None, stopped

    def sync(self, true_us: float, laptop: Laptop, wants_set: bool = False) -> None:
        """Clock samples over a cable that delays each way by 0 to 50 ms; a pair; perhaps a set."""
        samples: list[Sample] = []
        now_us = true_us
        slowest_us = self.rng.uniform(500, 50_000)
        for _ in range(16):
            there_us = self.rng.uniform(100, slowest_us)
            back_us = self.rng.uniform(100, slowest_us)
            uptime_us = int(self.uptime_us(now_us + there_us))
            sent_us, received_us = (
                laptop.shows_us(now_us),
                laptop.shows_us(now_us + there_us + back_us),
            )
            samples.append(Sample(sent_us, uptime_us, received_us))
            now_us += there_us + back_us + 1000
        pair = best_pair(samples)
        body = bodies.Clock(
            bodies.CLOCK_PAIR,
            laptop.reference,
            laptop.reference_id,
            pair.uptime_us,
            pair.utc_us - EPOCH_2020_US,
            pair.bound_us,
        )
        if wants_set:
            body.what = bodies.CLOCK_SET
            self.set_utc(now_us, pair.utc_us - pair.uptime_us)
            self.write(now_us, kinds.CLOCK, bodies.pack_clock(body))
            body.what = bodies.CLOCK_PAIR
        self.write(now_us + 5000, kinds.CLOCK, bodies.pack_clock(body))

    def radio(self, true_us: float, laptop: Laptop) -> None:
        """A pair over the air: the base's delay is known to a tenth of a second."""
        bound_us = self.rng.randrange(30_000, 300_000)
        utc_us = laptop.shows_us(true_us) + self.rng.randrange(-bound_us, bound_us)
        uptime_us = int(self.uptime_us(true_us))
        body = bodies.Clock(
            bodies.CLOCK_PAIR,
            bodies.REFERENCE_RADIO,
            laptop.reference_id,
            uptime_us,
            utc_us - EPOCH_2020_US,
            bound_us,
        )
        self.write(true_us + 2000, kinds.CLOCK, bodies.pack_clock(body))

    def set_utc(self, true_us: float, utc_of_zero_us: float) -> None:
        """The host sets the clock; the RTC is on its edges again three seconds later."""
        self._utc_offset_us = utc_of_zero_us
        if self.rtc is not None:
            late_us = self.rng.uniform(0, 2000)  # the second is written so much late
            utc_us = self.uptime_us(true_us) + utc_of_zero_us
            self.rtc_offset_us = utc_us - self.rtc.counted_us(true_us) - late_us
            self.rtc_stopped = False
            self._on_edge_from_us = true_us + 3_000_000

    def lose_rtc(self, _true_us: float) -> None:
        """Its battery is dead: after the next start it says that it had stopped."""
        self.rtc_stopped = True
