"""What is seldom in a story, by a generator of its own: the rest is the same without it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import parts

if TYPE_CHECKING:
    from drawn import Drawing


def add(drawing: Drawing) -> None:
    """A log that fills up, a start that is signalled twice, runners who touch after the bugle."""
    rng = Random(f"more of {drawing.seed}")
    if rng.random() < 0.08:
        number = rng.randrange(len(drawing.stations))
        drawing.stations = tuple(
            replace(one, sectors=1) if at == number else one
            for at, one in enumerate(drawing.stations)
        )
    if rng.random() < 0.06:
        at_s = round(rng.uniform(300, drawing.hours * 3000), 3)
        drawing.add(lambda id_: parts.StartAgain(id_, at_s))
    for one in list(drawing.parts):
        if isinstance(one, parts.Quit) and rng.random() < 0.25:
            at_s, name = (
                round(one.at_s + rng.choice((100, 900, 4000)) * (0.5 + rng.random()), 3),
                one.runner,
            )
            if at_s < drawing.hours * 3600:
                drawing.add(lambda id_, s=at_s, n=name: parts.Stray(id_, s, n))
