"""The golden scene: the Barkley of 2025, as far as it was published, and invented others.

Real: the conch at 10:37 and the start at 11:37 local on 18 March, K. Halpin's first loop in
13:22:00, J. Kelly's third in 39:50:27 and his Taps, S. Raichon back at 39:55:30 without a third
loop, T. Ihara at 42:00:00. Everybody else, and every other time, is invented from a fixed seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

START_UTC = "2025-03-18T15:37:00Z"
ZONE = "America/New_York"
RACE_NAME = "Barkley 2025 (golden scene)"
SEED = 2025
LIT_S = 0.25  # the cigarette is lit within the second: what is shown does not hang on a millisecond
LEAD_S = 2 * 3600  # the stations are switched on two hours before the start
END_S = 43 * 3600  # after the start: the last one is in, the bugle is put away
MID_RACE_S = 20 * 3600 + 1380  # 08:00 local on the second day: who is out there?
PAGES = 13

_FIRST_F = ("Ada", "Brenna", "Clio", "Dagny", "Edda", "Freya")
_FIRST_M = (
    "Abel", "Bram", "Caleb", "Doyle", "Emmett", "Finn", "Gus", "Harlan", "Ike", "Jonas",
    "Knox", "Lyle", "Milo", "Nash", "Otis", "Pike", "Quinn", "Rufus", "Silas", "Tate",
    "Ulric", "Vance", "Wade", "Xaver", "Yale", "Zeke", "Amos", "Boone", "Clem", "Dix",
)  # fmt: skip
_LAST = (
    "Ashdown", "Birchfield", "Coldwater", "Drybread", "Elkmont", "Fernhollow", "Graves",
    "Hogback", "Ironbridge", "Jackrabbit", "Kettle", "Laurel", "Meadow", "Nightjar", "Oakhurst",
    "Pighead", "Quarry", "Ratjaw", "Stallion", "Spectacle", "Underhill", "Vowell", "Woodpile",
    "Yellowtop", "Zipline", "Bald", "Chimney", "Danger", "Engine", "Fyke", "Garden", "Hiram",
    "Indian", "Jury", "Knob", "Leonard",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A runner of the scene; tag is the UID in hex."""

    name: str
    gender: str
    tag: str
    bib: int


@dataclass(frozen=True)
class Decision:
    """What the director ruled: kind of story, seconds after the start, about whom."""

    what: str
    at_s: float
    person: Person
    loop: int = 0
    text: str = ""


@dataclass
class Scene:
    """Roster, what the stations see (seconds after the start, input, value), what was ruled."""

    people: list[Person] = field(default_factory=list[Person])
    gate: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    tower: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    decisions: list[Decision] = field(default_factory=list[Decision])


def scene() -> Scene:
    """The whole race. Always the same."""
    rng = random.Random(SEED)
    made = Scene()
    halpin, kelly, raichon, ihara = (
        _person(made, name, gender)
        for name, gender in (
            ("K. Halpin", "F"),
            ("J. Kelly", "M"),
            ("S. Raichon", "M"),
            ("T. Ihara", "M"),
        )
    )
    made.gate.append((LIT_S, "start", ""))
    _kelly(made, kelly)
    _raichon_and_ihara(made, raichon, ihara)
    _in_over_the_cutoff(made, halpin)
    others = [
        _person(made, f"{first} {last}", "F" if at < len(_FIRST_F) else "M")
        for at, (first, last) in enumerate(zip(_FIRST_F + _FIRST_M, _LAST, strict=True))
    ]
    _invent(made, others, rng)
    made.gate.sort()
    made.tower.sort()
    made.decisions.sort(key=lambda decision: decision.at_s)
    return made


def script(rows: list[tuple[float, str, str]]) -> str:
    """The rows as a simulation script, whose time begins LEAD_S before the start."""
    lines = [f"{LEAD_S + at_s:.3f},{what},{value}" for at_s, what, value in rows]
    return "\n".join(["at_s,input,value", *lines, f"{LEAD_S + END_S:.3f},power,on", ""])


def _person(made: Scene, name: str, gender: str) -> Person:
    number = len(made.people) + 1
    person = Person(name, gender, f"04a2{number:02x}c1d25e80", 100 + number)
    made.people.append(person)
    return person


def _touch(made: Scene, person: Person, at_s: float) -> None:
    made.gate.append((at_s, "tag", person.tag))


def _loop(made: Scene, person: Person, loop: int, out_s: float | None, in_s: float) -> None:
    """Out (but for the first loop, which begins with the start), past the tower, in, pages."""
    if out_s is not None:
        _touch(made, person, out_s)
    begun_s = out_s or 0.0
    made.tower.append((begun_s + (in_s - begun_s) * 0.55, "tag", person.tag))
    _touch(made, person, in_s)
    made.decisions.append(Decision("pages", in_s + 120, person, loop))


def _taps(made: Scene, person: Person, at_s: float) -> None:
    made.gate.append((at_s, "taps", person.tag))


def _kelly(made: Scene, kelly: Person) -> None:
    _loop(made, kelly, 1, None, 9 * 3600 + 2231.4)
    _loop(made, kelly, 2, 9 * 3600 + 3155.0, 23 * 3600 + 2680.2)
    _loop(made, kelly, 3, 24 * 3600 + 611.7, 39 * 3600 + 50 * 60 + 27.35)
    _taps(made, kelly, 39 * 3600 + 53 * 60 + 2.0)


def _raichon_and_ihara(made: Scene, raichon: Person, ihara: Person) -> None:
    _loop(made, raichon, 1, None, 9 * 3600 + 2233.1)
    _loop(made, raichon, 2, 9 * 3600 + 3300.0, 23 * 3600 + 2795.0)
    _touch(made, raichon, 24 * 3600 + 700.0)
    # The fire tower sees the two about 30 minutes apart.
    kelly_at_tower_s = made.tower[2][0]
    made.tower.append((kelly_at_tower_s + 30 * 60 + 12.0, "tag", raichon.tag))
    returned_s = 39 * 3600 + 55 * 60 + 30.0
    made.decisions.append(Decision("returned", returned_s, raichon, 3, "loop 3 not completed"))
    _taps(made, raichon, returned_s + 300)
    _loop(made, ihara, 1, None, 10 * 3600 + 1984.9)
    _loop(made, ihara, 2, 10 * 3600 + 3400.0, 25 * 3600 + 1502.5)
    _loop(made, ihara, 3, 25 * 3600 + 3300.0, 42 * 3600 + 0.4)
    _taps(made, ihara, 42 * 3600 + 900)


def _in_over_the_cutoff(made: Scene, halpin: Person) -> None:
    """The top woman, two minutes late."""
    _loop(made, halpin, 1, None, 13 * 3600 + 22 * 60 + 0.6)
    _taps(made, halpin, 13 * 3600 + 40 * 60)


def _invent(made: Scene, others: list[Person], rng: random.Random) -> None:
    """Six women and thirty men: most do not see the second loop, as in most years."""
    women, men = others[:6], others[6:]
    for person in women:  # none gets as far as K. Halpin
        _lost_on(made, person, 1, rng.uniform(6.0, 12.5) * 3600)
    for person in men[:10]:
        _lost_on(made, person, 1, rng.uniform(5.0, 13.0) * 3600)
    for person in men[10:19]:
        in_s = rng.uniform(9.9, 13.2) * 3600
        _loop(made, person, 1, None, in_s)
        _taps(made, person, in_s + rng.uniform(600, 3000))
    for person in men[19:25]:
        in_s = rng.uniform(9.8, 11.8) * 3600
        _loop(made, person, 1, None, in_s)
        _touch(made, person, in_s + rng.uniform(900, 2400))
        _lost_on(made, person, 2, rng.uniform(17.0, 26.0) * 3600)
    for person in men[25:28]:
        in_s = rng.uniform(9.7, 11.0) * 3600
        _loop(made, person, 1, None, in_s)
        second_s = rng.uniform(24.2, 26.4) * 3600
        _loop(made, person, 2, in_s + rng.uniform(900, 1800), second_s)
        _taps(made, person, second_s + 1200)
    _dead_tag(made, men[28], rng)
    _not_accounted_for(made, men[29])


def _lost_on(made: Scene, person: Person, loop: int, back_s: float) -> None:
    """Walks back by the road: no touch counts, the director writes down when, then the bugle."""
    made.decisions.append(Decision("returned", back_s, person, loop, "walked back by the road"))
    _taps(made, person, back_s + 240)


def _dead_tag(made: Scene, person: Person, rng: random.Random) -> None:
    """His tag is torn off on loop 1: he presses the button, and the director says who it was."""
    in_s = rng.uniform(11.0, 12.5) * 3600
    made.gate.append((in_s, "press", ""))
    made.decisions.append(Decision("press", in_s + 60, person, 1, "tag torn off; I saw who it was"))
    made.decisions.append(Decision("pages", in_s + 120, person, 1))
    made.decisions.append(
        Decision("dropout", in_s + 900, person, 2, "no tag, no torch, no wish to go on")
    )


def _not_accounted_for(made: Scene, person: Person) -> None:
    """Out on loop 1, not seen by 08:00; then word comes that he walks with a group."""
    word_s = MID_RACE_S + 5400
    made.decisions.append(
        Decision("sighting", word_s, person, 1, "seen hiking out with a group at the prison")
    )
    made.decisions.append(Decision("returned", word_s + 9000, person, 1, "walked in with a group"))
    _taps(made, person, word_s + 9600)
