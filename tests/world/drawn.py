"""Stories drawn from a seed: who runs how, what goes wrong, who says what.

Each seed takes some kinds of faults and leaves the others out: what only shows where nothing else
is wrong, and what only shows where everything is, both come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import drawnfaults
import drawnmore
from parts import FOREIGN, FORGETS, HANDS, PRESS, TAG, Come, Leave, Part, PassBy, Quit, Word
from story import PRESETS, Laptop, Runner, Station, Story

NAMES = (
    "Nora", "Ivo", "Ada", "Ben", "Cleo", "Dov", "Edith", "Finn", "Gus", "Hana", "Ian", "Jara",
    "Kim", "Leo", "Mia", "Nils", "Olga", "Pia", "Quin", "Rosa", "Sam", "Tess", "Udo", "Vera",
    "Wim", "Xenia", "Yves", "Zoe", "Arno", "Bea", "Carl", "Dana", "Emil", "Fay", "Gerd", "Hugo",
    "Inga", "Jon", "Kaja", "Lars",
)  # fmt: skip
VOLUNTEERS = ("Laz", "Carla", "Keith")
PLACES = ("Mill", "Pass", "Town")
HOUR_S = 3600
SEEN_MS = 1_250  # five times AGREE_US of yellowgate.clock.hypotheses


class Drawing:
    """A story on its way: parts with ids in the order in which they are drawn."""

    def __init__(self, seed: int, size: str) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.size = size
        self.is_whole = size == "whole"
        self.preset = "barkley" if self.is_whole else self.rng.choice((*PRESETS, "barkley"))
        self.hours = 60.0 if self.is_whole else 6.0
        self.scale = 1 if self.is_whole else 10
        self.laptops = self._laptops()
        self.stations = self._stations()
        self.runners = self._runners()
        self.parts: list[Part] = []
        self._ids = 0
        # Of the odd hands, how often: in many a race nobody makes mistakes.
        self.odd = self.rng.choice((0.0, 0.03, 0.1, 0.25))

    def add(self, make: Callable[[int], Part]) -> Part:
        """make: of the part's id."""
        self._ids += 1
        part = make(self._ids)
        self.parts.append(part)
        return part

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _laptops(self) -> tuple[Laptop, ...]:
        names = ("camp", "tent", "van")
        count = 2 if self.is_whole else self.rng.choice((1, 2, 2, 3))
        found = [Laptop(name, self._error_ms()) for name in names[:count]]
        if self.is_whole or self.chance(0.5):
            found[0] = replace(found[0], listens=True)
        return tuple(found)

    def _error_ms(self) -> int:
        """Of a laptop's clock: two that are wrong alike would be believed. An error below
        SEEN_MS may pass for agreement, as the host's clocks say of themselves.
        """
        error_ms = self.rng.randint(-2_000, 2_000)
        seen_ms = error_ms + (SEEN_MS if error_ms > 0 else -SEEN_MS)
        return self.rng.choice((0, 0, seen_ms))

    def _stations(self) -> tuple[Station, ...]:
        rng = self.rng
        if self.preset == "point-to-point":
            roles = [("gate", place) for place in PLACES]
        elif self.preset == "barkley":
            roles = [("gate", "gate"), ("tower", "fire tower")]
            roles += [] if self.is_whole else rng.choice(([], [("gate", "gate")]))
            roles = roles[: rng.choice((1, 2, 3))] if not self.is_whole else roles
        else:
            roles = [("gate", "gate")] * rng.choice((1, 1, 2))
        has_base = self.laptops[0].listens
        return tuple(
            Station(
                number,
                role,
                place,
                drift_ppb=rng.randint(-40_000, 40_000),
                rtc=rng.choice(("set", "set", "set", "set", "lost", "none")),
                rtc_drift_ppb=rng.randint(-3_500, 3_500),
                radio=has_base and rng.random() < 0.8,
                ridge=has_base and rng.random() < 0.08,
            )
            for number, (role, place) in enumerate(roles, 1)
        )

    def _runners(self) -> tuple[Runner, ...]:
        count = 40 if self.is_whole else 8
        return tuple(
            Runner(name, "FM"[at % 2], str(101 + at), (f"04{at + 1:02x}{0xA1B2C3D4E5:010x}",))
            for at, name in enumerate(NAMES[:count])
        )


def drawn(seed: int, size: str) -> Story:
    """The story of this seed."""
    drawing = Drawing(seed, size)
    run = {
        "barkley": _barkley,
        "laps": _laps,
        "backyard": _backyard,
        "point-to-point": _way,
    }[drawing.preset]
    for runner in drawing.runners:
        run(drawing, runner.name)
    drawing.parts = [one for one in drawing.parts if one.at_s < drawing.hours * HOUR_S]
    drawnfaults.add(drawing)
    checks = drawnfaults.checks(drawing)
    start = "card" if drawing.chance(0.8) else "word"
    drawnmore.add(drawing)
    parts = sorted(drawing.parts, key=lambda part: (part.at_s, part.id))
    return Story(
        seed,
        size,
        drawing.preset,
        drawing.scale,
        drawing.hours,
        drawing.runners,
        drawing.stations,
        drawing.laptops,
        tuple(parts),
        checks,
        start,
    )


# How they run


def _hand(drawing: Drawing, name: str) -> tuple[str, str]:
    """What a runner does at the gate, and whose tag it is where it is another's."""
    if not drawing.chance(drawing.odd):
        return TAG, ""
    hand = drawing.rng.choice([one for one in HANDS if one != TAG])
    others = [one.name for one in drawing.runners if one.name != name]
    return hand, drawing.rng.choice(others) if hand == FOREIGN else ""


def _ms(drawing: Drawing, at_s: float) -> float:
    """People do not come on whole seconds."""
    return round(at_s + drawing.rng.random(), 3)


def _leave(drawing: Drawing, name: str, at_s: float, place: str = "gate") -> None:
    hand, other = _hand(drawing, name)
    at_s = _ms(drawing, at_s)
    drawing.add(lambda id_: Leave(id_, at_s, name, place, hand, other))
    if hand == FORGETS and drawing.chance(0.7):
        _word(drawing, name, "departure" if drawing.chance(0.6) else "sighting", at_s)
    if hand == PRESS:
        _word(drawing, name, "assign", at_s)


def _come(drawing: Drawing, name: str, at_s: float, place: str = "gate", pages: int = 13) -> float:
    hand, other = _hand(drawing, name)
    at_s = _ms(drawing, at_s)
    drawing.add(lambda id_: Come(id_, at_s, name, place, hand, other, pages))
    if hand == PRESS:
        _word(drawing, name, "assign", at_s)
    return at_s


def _word(drawing: Drawing, name: str, what: str, about_s: float) -> None:
    """A volunteer saw it and says so, soon or late, mostly rightly."""
    rng = drawing.rng
    at_s = round(about_s + rng.choice((20, 60, 300, 1500)) * (0.5 + rng.random()), 3)
    laptop, volunteer = rng.choice(drawing.laptops).name, rng.choice(VOLUNTEERS)
    is_wrong = rng.random() < drawing.odd / 3
    made = drawing.add(
        lambda id_: Word(id_, at_s, laptop, volunteer, name, what, about_s, is_wrong)
    )
    drawnfaults.doubt_a_word(drawing, made)


def _quit(drawing: Drawing, name: str, at_s: float) -> None:
    reason = drawing.rng.choice(("refused to continue", "injured", "lost"))
    bugle = drawing.chance(0.6)
    at_s = _ms(drawing, at_s)
    drawing.add(lambda id_: Quit(id_, at_s, name, reason, bugle))
    if drawing.chance(0.6):
        _word(drawing, name, "dropout", at_s)


def _barkley(drawing: Drawing, name: str) -> None:
    """Loops until it is enough. Some come in near a cutoff."""
    rng = drawing.rng
    cutoffs_s = [h * HOUR_S / drawing.scale for h in (13 + 1 / 3, 26 + 2 / 3, 40, 48, 60)]
    pace_s = rng.choice((7.2, 8, 9, 10, 11.5, 13, 15)) * HOUR_S / drawing.scale
    at_s = 0.0
    for number, cutoff_s in enumerate(cutoffs_s):
        took_s = pace_s * (0.95 + 0.1 * rng.random()) * (1 + 0.06 * number)
        if drawing.chance(0.08):
            took_s = max(took_s / 2, cutoff_s - at_s + rng.choice((-20, -2, 0, 1, 20)))
        if drawing.chance(0.06):
            _quit(drawing, name, at_s + took_s * (0.3 + 0.9 * rng.random()))
            return
        if drawing.chance(0.95):
            by_s = _ms(drawing, at_s + took_s * (0.4 + 0.2 * rng.random()))
            hand, other = _hand(drawing, name)
            drawing.add(lambda id_, s=by_s, h=hand, o=other: PassBy(id_, s, name, hand=h, other=o))
        is_short = drawing.chance(0.04)
        in_s = _come(drawing, name, at_s + took_s, pages=12 if is_short else 13)
        if drawing.chance(0.85):
            _word(drawing, name, "pages", in_s)
        if is_short or in_s > cutoff_s or drawing.chance(0.12):
            _quit(drawing, name, in_s + 600 / drawing.scale + 90)
            return
        at_s = (
            in_s + 120 + rng.choice((300, 900, 3600, 7200)) * (0.5 + rng.random()) / drawing.scale
        )
        if number < 4:
            _leave(drawing, name, at_s)


def _laps(drawing: Drawing, name: str) -> None:
    """Laps of half an hour until it is enough, or the gun."""
    pace_s = drawing.rng.choice((1_200, 1_500, 1_900, 2_600))
    at_s = 0.0
    while at_s < drawing.hours * HOUR_S:
        at_s += pace_s * (0.9 + 0.2 * drawing.rng.random())
        if drawing.chance(0.03):
            _quit(drawing, name, at_s)
            return
        _come(drawing, name, at_s)


def _backyard(drawing: Drawing, name: str) -> None:
    """A yard an hour until it is enough."""
    rng = drawing.rng
    for number in range(int(drawing.hours)):
        took_s = rng.choice((2_400, 2_700, 3_100, 3_400)) * (0.95 + 0.1 * rng.random())
        if drawing.chance(0.08):
            took_s = HOUR_S + rng.choice((-20, -2, 1, 20, 400))
        if drawing.chance(0.08):
            _quit(drawing, name, number * HOUR_S + took_s)
            return
        in_s = _come(drawing, name, number * HOUR_S + took_s)
        if in_s > (number + 1) * HOUR_S:
            _quit(drawing, name, in_s + 120)
            return


def _way(drawing: Drawing, name: str) -> None:
    """From place to place."""
    rng = drawing.rng
    pace_s = rng.choice((4_500, 5_400, 6_500, 7_400))
    at_s = 0.0
    for number, place in enumerate(PLACES):
        at_s = _come(drawing, name, at_s + pace_s * (0.9 + 0.2 * rng.random()), place)
        if drawing.chance(0.08):
            _quit(drawing, name, at_s + 200)
            return
        if number < len(PLACES) - 1:
            at_s += rng.choice((120, 400, 900))
            _leave(drawing, name, at_s, place)
