"""What truly happened in a world so far, and what the judge is shown of it.

Moments are UTC microseconds since 1970, by the true clock, where a name ends in `_us`; seconds
since the start where it ends in `_s`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from parts import Come, Leave, Part, PassBy, Quit, Stray
from story import Story
from yellowgate.model import Ruling
from yellowgate.official import Moment as RaceMoment
from yellowgate.store.store import Store

# How a touch was answered by light and sound, as the firmware's signals name it.
ACKNOWLEDGED = ("accepted", "unknown tag", "start")


class Ack(NamedTuple):
    """A touch that a station said it has: kind, number and UID (hex, "" of a press) of the record
    in its flash then; at_us: world time until the world ends, UTC since 1970 in a Moment.
    """

    station: int
    log_id: str
    seq: int
    kind: int
    uid: str
    at_us: int


@dataclass
class Touch:
    """Something done at a station. part: that did it (0: the start, or the quiet end's own).

    what: "tag" or "press". uid: of the tag, hex. at_us: when the tag came into the field or the
    button went down; until_us: when it left. runner: who did it, truly ("" for the director). way:
    "out", "in", "by", "start", "taps", "card", "stray". answered_us: when it was acknowledged;
    None: it was not, or not yet.
    """

    part: int
    station: int
    log_id: str
    what: str
    uid: str
    at_us: int
    until_us: int
    runner: str
    way: str
    answered_us: int | None = None


@dataclass
class Trip:
    """A loop, lap, yard or leg as it truly was: when out, when in (None: not yet, or never), where
    to, pages brought, the parts that did it. by_s: when the tower was passed.
    """

    out_s: float
    in_s: float | None = None
    place: str = "gate"
    pages: int = 13
    out: Leave | None = None
    back: Come | None = None
    by: list[PassBy] = field(default_factory=list[PassBy])


@dataclass
class Life:
    """A runner's race so far. trips: in order; quit: how it ended, None: it did not. strays:
    touches after that."""

    name: str
    trips: list[Trip] = field(default_factory=list[Trip])
    quit: Quit | None = None
    strays: list[Stray] = field(default_factory=list[Stray])

    @property
    def is_out(self) -> bool:
        """Truly outside now: on a loop, a lap, a leg."""
        return self.quit is None and bool(self.trips) and self.trips[-1].in_s is None


@dataclass
class Said:
    """A ruling that a part made. laptop: where. is_right: as the truth is."""

    part: int
    laptop: str
    ruling: Ruling
    is_right: bool


@dataclass
class Truth:
    """So far. start_us: of the race. lives: by name. said: rulings that were kept, in order.

    parts: that happened, by id: what made no sense when it came is not in it.
    """

    start_us: int
    lives: dict[str, Life]
    touches: list[Touch] = field(default_factory=list[Touch])
    acks: list[Ack] = field(default_factory=list[Ack])
    said: list[Said] = field(default_factory=list[Said])
    parts: dict[int, Part] = field(default_factory=dict[int, Part])


@dataclass
class LaptopView:
    """A laptop as it is at a moment. store: open, to be read, whatever ails it. race: the official
    race as of its own clock; None: the laptop cannot read its store now.
    error_us: of its clock. log_json: of the log, computed anew; live_json: as what runs all day
    keeps it up.
    """

    name: str
    store: Store
    race: RaceMoment | None
    error_us: int
    log_json: str = ""
    live_json: str = ""


@dataclass
class StationView:
    """A station: its flash as it is, and its clock. images: bytes of its whole flash. utc_error_us:
    of its clock now, where it runs and knows the time. had: numbers of the records that the base is
    known to have, as the station was told.
    """

    number: int
    log_id: str
    first_key: bytes
    image: bytes
    is_on: bool
    standing: tuple[str, ...] = ()
    utc_error_us: int | None = None
    had: frozenset[int] = frozenset()


@dataclass
class Moment:
    """What the judge gets. at_s: now. is_end: after the quiet end: all faults are over, all has
    been synced, merged and ruled. printed: (laptop, text) all that the product has said so far.
    failures: exceptions that came out of the product and are no GateError: (where, traceback).
    """

    story: Story
    at_s: float
    now_us: int
    is_end: bool
    truth: Truth
    laptops: list[LaptopView]
    stations: list[StationView]
    printed: list[tuple[str, str]]
    failures: list[tuple[str, str]]
    met: Mapping[str, int] = field(default_factory=dict[str, int])
