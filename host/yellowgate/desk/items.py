"""A thing that waits for a decision, and its likely answers."""

from __future__ import annotations

from dataclasses import dataclass

from yellowgate.desk.decide import Wanted

SAFETY, CLASH, NAMELESS, ARRIVAL, STATION, DOUBT, ODD = range(1, 8)  # urgency: 1 is the highest


@dataclass(frozen=True)
class Answer:
    """A likely answer: the rulings that it makes. No rulings: the form of this kind is asked for,
    or the line of the desk that is like typed.

    is_usual: the one that is nearly always right.
    """

    label: str
    rulings: tuple[Wanted, ...] = ()
    is_usual: bool = False
    form: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Item:
    """Something that waits. key: the same for the same thing at every moment. urgency: from 1,
    the most urgent. runner: "" where it is of none. at_us: when it came up (UTC), None: unknown.
    race: of which race it is, "" where there is but one, or it is of all.
    """

    key: str
    urgency: int
    title: str
    detail: str
    runner: str = ""
    answers: tuple[Answer, ...] = ()
    at_us: int | None = None
    race: str = ""
