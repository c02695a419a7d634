"""A story: everything that a world is made of, as plain data that goes through JSON.

Any part, any runner, any station but the first, any laptop but the first, and the last hours may be
left out: what is left is a story, too, in which all that is left happens as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from parts import Part, from_json, to_json

PRESETS = ("barkley", "laps", "backyard", "point-to-point")


@dataclass(frozen=True)
class Runner:
    """tags: in hex; who has several may use any of them."""

    name: str
    gender: str
    bib: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Station:
    """number: from 1. role: gate or tower. place: of race.toml. drift_ppb: of its crystal. rtc:
    "set", "lost" or "none". ridge: it and the base do not hear each other. sectors: of its log,
    0: as many as usual.
    """

    number: int
    role: str
    place: str
    drift_ppb: int = 0
    rtc: str = "set"
    rtc_drift_ppb: int = 0
    millivolts: int = 4100
    radio: bool = False
    ridge: bool = False
    sectors: int = 0

    @property
    def log_id(self) -> bytes:
        return bytes([self.number]) * 8

    @property
    def first_key(self) -> bytes:
        return bytes([0x40 + self.number]) * 16


@dataclass(frozen=True)
class Laptop:
    """error_ms: of its clock. listens: the base is on it, and `gate listen` runs."""

    name: str
    error_ms: int = 0
    listens: bool = False


@dataclass(frozen=True)
class Story:
    """seed: it was drawn from. scale: spans of the rules are divided by it (10: loops of one hour
    and a half). hours: its length from the start on. start: how the start is known: by the
    director's "card" at the first station, or by a "word" at the first laptop. checks: moments
    (seconds since the start) at which the judge looks.
    """

    seed: int
    size: str
    preset: str
    scale: int
    hours: float
    runners: tuple[Runner, ...]
    stations: tuple[Station, ...]
    laptops: tuple[Laptop, ...]
    parts: tuple[Part, ...]
    checks: tuple[float, ...] = ()
    start: str = "card"

    @property
    def end_s(self) -> float:
        """The race's last moment; mending begins."""
        return self.hours * 3600

    @property
    def has_base(self) -> bool:
        return any(one.listens for one in self.laptops) and any(one.radio for one in self.stations)

    def runner(self, name: str) -> Runner:
        """Raises StopIteration."""
        return next(one for one in self.runners if one.name == name)

    # Smaller stories

    def only(self, kept: Iterable[int]) -> Story:
        """With these parts alone."""
        ids = set(kept)
        return replace(self, parts=tuple(part for part in self.parts if part.id in ids))

    def without_runners(self, names: Iterable[str]) -> Story:
        """Without these, and what they do and is said of them."""
        gone = set(names)
        return self._with(runners=tuple(one for one in self.runners if one.name not in gone))

    def without_stations(self, numbers: Iterable[int]) -> Story:
        """Without these (never the first), and what happens at them."""
        gone = set(numbers) - {self.stations[0].number}
        return self._with(stations=tuple(one for one in self.stations if one.number not in gone))

    def without_laptops(self, names: Iterable[str]) -> Story:
        """Without these (never the first), and what is done at them."""
        gone = set(names) - {self.laptops[0].name}
        return self._with(laptops=tuple(one for one in self.laptops if one.name not in gone))

    def until(self, hours: float) -> Story:
        """Its first hours."""
        kept = tuple(part for part in self.parts if part.at_s < hours * 3600)
        checks = tuple(at_s for at_s in self.checks if at_s < hours * 3600)
        return replace(self, hours=min(hours, self.hours), parts=kept, checks=checks)

    def _with(self, **changed: Any) -> Story:  # noqa: ANN401 - fields of any type
        story = replace(self, **changed)
        known = {
            "runner": {one.name for one in story.runners},
            "other": {"", *(one.name for one in story.runners)},
            "station": {one.number for one in story.stations},
            "laptop": {one.name for one in story.laptops},
            "source": {one.name for one in story.laptops},
        }

        def fits(part: Part) -> bool:
            return all(getattr(part, name, None) in (None, *all_) for name, all_ in known.items())

        return replace(story, parts=tuple(part for part in story.parts if fits(part)))

    # As text

    def to_json(self) -> str:
        """One part a line, so that two stories can be compared."""
        plain = asdict(replace(self, parts=()))
        head = json.dumps({name: plain[name] for name in plain if name != "parts"}, indent=1)
        rows = ",\n  ".join(json.dumps(to_json(part)) for part in self.parts)
        return f'{head.rstrip()[:-1].rstrip()},\n "parts": [\n  {rows}\n ]\n}}\n'

    @classmethod
    def from_json(cls, text: str) -> Story:
        """Raises ValueError, KeyError or TypeError for what is no story."""
        data = json.loads(text)
        runners = tuple(Runner(**{**row, "tags": tuple(row["tags"])}) for row in data["runners"])
        plain = {
            "runners": runners,
            "stations": tuple(Station(**row) for row in data["stations"]),
            "laptops": tuple(Laptop(**row) for row in data["laptops"]),
            "parts": tuple(from_json(row) for row in data["parts"]),
            "checks": tuple(data["checks"]),
        }
        names = [field.name for field in fields(cls)]
        return cls(**{name: plain.get(name, data.get(name)) for name in names})

    @classmethod
    def of(cls, seed: int, size: str = "short") -> Story:
        """The story of this seed. size: "short" (8 runners, 6 h, 1 to 4 stations) or "whole" (a
        Barkley of 60 h, 40 runners, gate, tower, base, two laptops).
        """
        from drawn import drawn

        return drawn(seed, size)
