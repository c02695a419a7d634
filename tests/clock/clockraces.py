"""Seeded races of 60 h: what happens to the clocks of their stations."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from clockworld import HOUR_US, STEP_US, Laptop, Station, adversary, celsius, crystal, rtc
from gate_wire import bodies, kinds
from yellowgate.rulings.trusted import Choice

RACE_H = 60
_STEPS = (RACE_H + 8) * HOUR_US // STEP_US
_LOG_IDS = [f"{number:016x}" for number in range(0xA0, 0xB0)]

# How many races of each kind in a round of twelve.
KINDS = (
    "plain",
    "plain",
    "plain",
    "plain",
    "reboots",
    "reboots",
    "rtc lost",
    "radio",
    "wrong laptop",
    "wrong laptop",
    "late sync",
    "adversary",
)


@dataclass
class Race:
    """kind: of KINDS. measured: station -> "rtc" or "no_rtc" where the goals of such a station
    hold (a sync at both ends, nothing broken).
    """

    kind: str
    stations: list[Station] = field(default_factory=list[Station])
    measured: dict[str, str] = field(default_factory=dict[str, str])
    choice: Choice = field(default_factory=Choice)


def race(seed: int) -> Race:
    """The race of this seed: three stations, one with an RTC, one without, one of either kind."""
    rng = random.Random(seed)
    result = Race(KINDS[seed % len(KINDS)])
    temperatures = celsius(rng, _STEPS)
    for number in range(3):
        tolerance_ppm = rng.choice((2.0, 5.0))
        has_rtc = number == 0 or (number == 2 and rng.random() < 0.5)
        if result.kind == "adversary":
            part = adversary(rng, 30, 4.0, _STEPS)
            clock = adversary(rng, tolerance_ppm, 0.7, _STEPS) if has_rtc else None
        else:
            part = crystal(rng, temperatures)
            clock = rtc(rng, temperatures, tolerance_ppm) if has_rtc else None
        station = Station(rng, part, clock, _LOG_IDS[number])
        result.stations.append(station)
        _PLAYS[result.kind](rng, station, result)
    return result


class _Script:
    """What is to happen to a station, in order of time."""

    def __init__(self, rng: random.Random, station: Station) -> None:
        self.rng = rng
        self.station = station
        self._acts: list[tuple[float, int, object, tuple[object, ...]]] = []

    def at(self, hour: float, act: object, *arguments: object) -> None:
        """Plan act(true_us, *arguments)."""
        self._acts.append((hour * HOUR_US, len(self._acts), act, arguments))

    def touches(self, count: int, start_h: float = 0.6, end_h: float = RACE_H + 0.5) -> None:
        """So many taps, some in bursts."""
        done = 0
        while done < count:
            hour = self.rng.uniform(start_h, end_h)
            for _ in range(min(count - done, self.rng.choice((1, 1, 2, 5)))):
                self.at(hour, self.station.touch)
                hour += self.rng.uniform(0.2, 5) / 3600
                done += 1
        for hour in range(1, RACE_H):
            health = bodies.pack_health(bodies.Health(3900, 12, 10, 0, 0, 0, 0, 0))
            self.at(hour + 0.01, self.station.write, kinds.HEALTH, health)

    def reboot(self, hour: float, off_h: float) -> None:
        """Power off and on again after so long; who taps meanwhile is not seen."""
        self._acts = [act for act in self._acts if not hour <= act[0] / HOUR_US <= hour + off_h]
        self.at(hour + off_h, self.station.start)

    def play(self) -> None:
        """Let it happen."""
        for true_us, _, act, arguments in sorted(self._acts, key=lambda one: one[:2]):
            act(true_us, *arguments)  # type: ignore[operator]


def _ends(script: _Script, laptop: Laptop) -> None:
    """Set and compared before the race, compared after it."""
    script.at(0.1, script.station.start)
    script.at(0.3, script.station.sync, laptop, True)
    script.at(RACE_H + 0.7, script.station.sync, laptop)


def _plain(rng: random.Random, station: Station, result: Race) -> None:
    script = _Script(rng, station)
    _ends(script, Laptop(1))
    script.touches(120)
    if station.rtc is not None and rng.random() < 0.5:
        script.reboot(rng.uniform(5, 55), rng.uniform(0.001, 0.5))
    result.measured[station.log_id] = "rtc" if station.rtc else "no_rtc"
    script.play()


def _reboots(rng: random.Random, station: Station, result: Race) -> None:
    """Up to seven reboots, or a hundred within an hour; syncs in between, or none."""
    script = _Script(rng, station)
    _ends(script, Laptop(1))
    script.touches(100)
    for _ in range(rng.randrange(3)):
        script.at(rng.uniform(2, 58), station.sync, Laptop(1), rng.random() < 0.3)
    for _ in range(rng.randrange(1, 8)):
        script.reboot(rng.uniform(1, 59.5), 10 ** rng.uniform(-3, 0.3))
    if rng.random() < 0.3:
        hour = rng.uniform(3, 57)
        for number in range(100):
            script.reboot(hour + number * 0.01, 0.0005)
            script.at(hour + number * 0.01 + 0.003, station.touch)
    script.play()


def _rtc_lost(rng: random.Random, station: Station, result: Race) -> None:
    """Its battery dies while the power is off; sometimes a later sync sets it again."""
    script = _Script(rng, station)
    _ends(script, Laptop(1))
    script.touches(100)
    hour = rng.uniform(5, 50)
    script.at(hour, station.lose_rtc)
    script.reboot(hour, rng.uniform(0.01, 1))
    if rng.random() < 0.5:
        script.at(rng.uniform(hour + 1.1, 59), station.sync, Laptop(1), True)
    script.play()


def _radio(rng: random.Random, station: Station, result: Race) -> None:
    """A pair with each heartbeat, 0 to 90 % of them lost; sometimes a reboot."""
    script = _Script(rng, station)
    _ends(script, Laptop(1))
    script.touches(100)
    loss = rng.uniform(0, 0.9)
    for number in range(2 * RACE_H):
        if rng.random() > loss:
            script.at(0.5 + number / 2, station.radio, Laptop(1))
    if rng.random() < 0.5:
        script.reboot(rng.uniform(5, 55), 0.2)
    script.play()


def _wrong_laptop(rng: random.Random, station: Station, result: Race) -> None:
    """A second laptop, off by 0.3 s to a day, also syncs some of the stations, at random; the
    right one is at least at one end. In a third of the races the director rules.
    """
    error_us = rng.choice((-1, 1)) * int(10 ** rng.uniform(5.5, 10.9))
    wrong = Laptop(2, bodies.REFERENCE_LAPTOP, error_us, rng.uniform(-20, 20))
    right = Laptop(1, rng.choice((bodies.REFERENCE_LAPTOP, bodies.REFERENCE_NTP)))
    if result.stations[0] is not station:  # the same laptops for all stations of the race
        wrong, right = _LAPTOPS[id(result)]
    _LAPTOPS.clear()
    _LAPTOPS[id(result)] = wrong, right
    script = _Script(rng, station)
    first, last = rng.choice(((right, right), (right, right), (wrong, right), (right, wrong)))
    script.at(0.1, station.start)
    script.at(0.3, station.sync, first, True)
    script.at(RACE_H + 0.7, station.sync, last)
    script.touches(100)
    for _ in range(rng.randrange(3)):
        script.at(rng.uniform(1, 59), station.sync, rng.choice((wrong, right)), rng.random() < 0.2)
    if rng.random() < 0.3:
        script.reboot(rng.uniform(5, 55), 0.2)
    if station is result.stations[0] and rng.random() < 0.34:
        result.choice = Choice(frozenset({(1, "")}))
    script.play()


_LAPTOPS: dict[int, tuple[Laptop, Laptop]] = {}


def _late_sync(rng: random.Random, station: Station, result: Race) -> None:
    """Nobody synced before the race, or nobody after it."""
    script = _Script(rng, station)
    is_before = rng.random() < 0.5
    script.at(0.1, station.start)
    hour = 0.3 if is_before else RACE_H + 0.7
    script.at(hour, station.sync, Laptop(1), is_before)
    script.touches(100)
    if rng.random() < 0.5:
        script.reboot(rng.uniform(5, 55), 0.2)
    script.play()


def _adversary(rng: random.Random, station: Station, result: Race) -> None:
    """Clocks at the very edge of what they may do."""
    script = _Script(rng, station)
    _ends(script, Laptop(1))
    script.touches(100)
    if rng.random() < 0.3:
        script.at(rng.uniform(2, 58), station.sync, Laptop(1))
    if rng.random() < 0.3:
        script.reboot(rng.uniform(5, 55), 0.2)
    script.play()


_PLAYS = {
    "plain": _plain,
    "reboots": _reboots,
    "rtc lost": _rtc_lost,
    "radio": _radio,
    "wrong laptop": _wrong_laptop,
    "late sync": _late_sync,
    "adversary": _adversary,
}
