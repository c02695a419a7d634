"""The words of the host: who runs, what was ruled, what a log states and on what evidence.

Times of day are UTC in microseconds since 1970 (`utc_us`); spans are microseconds. Nothing here
reads a file or a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

Status = Literal["not started", "on course", "in camp", "overdue", "fun run", "finished", "out"]

Verdict = Literal["counted", "provisional", "over cutoff", "pages missing", "void", "open"]

Level = Literal["decide", "look", "note"]


@dataclass(frozen=True)
class Runner:
    """A line of the roster. tag: UID in lower-case hex, "" if none. bibs: bib of each loop,
    by loop number from 1; 0 is the bib that stands for all loops without their own. event, wave:
    which race of the folder, and with which start; "" where there is one only. classes: what
    else the runner is ranked among, by the class's name ("team": "Red"). tag2: a second tag (at
    the ankle). age: on race day, where no birthdate is known; 0: not known. formerly: names that
    the runner had in this roster before; what was ruled on them holds.
    """

    name: str
    gender: str
    tag: str = ""
    bibs: Mapping[int, str] = field(default_factory=dict[int, str])
    birthdate: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    event: str = ""
    wave: str = ""
    classes: Mapping[str, str] = field(default_factory=dict[str, str])
    tag2: str = ""
    age: int = 0
    formerly: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the runner wears."""
        return tuple(tag for tag in (self.tag, self.tag2) if tag)

    def bib(self, loop: int) -> str:
        """The bib worn on this loop."""
        return self.bibs.get(loop, self.bibs.get(0, ""))


@dataclass(frozen=True)
class Ruling:
    """What the race director decided. Never changed; undone only by a ruling "undo".

    at_us: when it was made. kind and data: see rulings/kinds.py. The identity is made from the
    content, so the same ruling on two laptops is one.
    """

    at_us: int
    by: str
    why: str
    kind: str
    data: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """12 hex digits over the content."""
        text = json.dumps(
            [self.at_us, self.by, self.why, self.kind, self.data],
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Station:
    """A station as the host knows it: from its boot records, its greetings and race.toml.

    role "": nobody knows it, and its place is one of its own.
    """

    log_id: str
    station_id: int
    role: str
    name: str
    place: str


@dataclass(frozen=True)
class Told:
    """What is known of a log beside its records.

    numbers: of the station that writes it, by its greetings and radio packets (of two, one is
    wrong). next_seq: it was at least so long, by what the station said of its end. never_written:
    numbers from first to last of which the chain of tags proves that no record ever had them.
    rival: a log of the same station that this laptop met, when it never met this one: it came with
    another store or in a file. is_right: what a person ruled on that, None: nothing.
    """

    numbers: frozenset[int] = frozenset()
    next_seq: int = 0
    never_written: tuple[tuple[int, int], ...] = ()
    rival: str = ""
    is_right: bool | None = None

    @property
    def is_kept_out(self) -> bool:
        """Do its touches count nowhere, because it is another's, or nobody said that it is not?"""
        return self.is_right is False or (self.rival != "" and self.is_right is None)


class Evidence(NamedTuple):
    """One observation and what it was used for.

    station: its name. kind: press, tag, start, taps. use: "in", "out", "in again" and "out again"
    (a repeated read of the same touch), "seen", "start", "taps", "none" and others in plain words.
    A paper time stands here too: log_id "" and seq -1, station "paper".
    """

    station: str
    log_id: str
    seq: int
    kind: str
    use: str
    at_us: int | None
    utc_us: int
    uncertainty_us: int
    basis: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages handed in (None: the director has not said) of those asked for."""

    have: int | None
    of: int


@dataclass(frozen=True, slots=True)
class RulingLine:
    """A ruling that bears on this line: who, when, why, and what in plain words."""

    id: str
    at_us: int
    by: str
    kind: str
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should see. kind: a fixed word for programs, text: for people.

    level: "decide": the log waits for a ruling; "look": odd, and kept out of the ranking or
    flagged; "note": good to know. at_us: since the start. rulings: ids of the rulings that it is
    about.
    """

    kind: str
    level: Level
    text: str
    runner: str = ""
    loop: int = 0
    at_us: int | None = None
    evidence: tuple[Evidence, ...] = ()
    rulings: tuple[str, ...] = ()
