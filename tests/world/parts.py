"""What happens in a world: every act of a runner or a volunteer, and every fault. Plain data.

`at_s`: seconds since the start of the race, on the true clock. `id`: of this part alone; what is
drawn by chance while it is played comes from a generator seeded by it, so that a story without
another part plays this one as before. A part that makes no sense where the story has come to (who
is in camp cannot come in) does not happen, and changes nothing.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Part:
    """kind: its name in JSON."""

    kind: ClassVar[str] = ""
    id: int
    at_s: float


# Runners

TAG, TWICE, FORGETS, PRESS, FOREIGN, BRIEF = "tag", "twice", "forgets", "press", "foreign", "brief"
HANDS = (TAG, TWICE, FORGETS, PRESS, FOREIGN, BRIEF)


@dataclass(frozen=True)
class Leave(Part):
    """A runner leaves camp, or a station of a race from point to point. hand: what the runner does
    there: touches; touches twice; forgets to; presses, the tag being torn; touches with the tag of
    another runner (`other`, by name); waves the tag past, and does not wait for an answer.
    """

    kind = "leave"
    runner: str
    place: str = "gate"
    hand: str = TAG
    other: str = ""


@dataclass(frozen=True)
class Come(Part):
    """A runner comes in. pages: brought from the course (Barkley)."""

    kind = "come"
    runner: str
    place: str = "gate"
    hand: str = TAG
    other: str = ""
    pages: int = 13


@dataclass(frozen=True)
class PassBy(Part):
    """A runner passes a checkpoint of the course."""

    kind = "pass by"
    runner: str
    place: str = "fire tower"
    hand: str = TAG
    other: str = ""


@dataclass(frozen=True)
class Quit(Part):
    """A runner's race is over: from now on in camp, wherever the runner was, and touching no more.
    bugle: the director plays it, with his card and the runner's tag at the gate.
    """

    kind = "quit"
    runner: str
    reason: str = "refused to continue"
    bugle: bool = True


@dataclass(frozen=True)
class Stray(Part):
    """A runner whose race is over touches the gate once more."""

    kind = "stray"
    runner: str


@dataclass(frozen=True)
class StartAgain(Part):
    """Somebody plays with the director's card, and presses the button: another start."""

    kind = "start again"


# Stations


@dataclass(frozen=True)
class PowerCut(Part):
    """For off_s. tear: in the next operation of the flash, torn so (yellowgate.sim.devices.nor), at
    position; "": at this very moment.
    """

    kind = "power cut"
    station: int
    off_s: float
    tear: str = ""
    position: int = 0


@dataclass(frozen=True)
class BadSector(Part):
    """A sector of the log is worn out from now on; block: counted from the one written now."""

    kind = "bad sector"
    station: int
    how: str
    block: int = 0


@dataclass(frozen=True)
class Wire(Part):
    """Water or a loose contact on a wire (tests/both/faultkit.py: WIRES, WAYS)."""

    kind = "wire"
    station: int
    wire: str
    way: str
    lasts_s: float


@dataclass(frozen=True)
class RtcFault(Part):
    """value: `lost`, or so many seconds that its time jumps."""

    kind = "rtc"
    station: int
    value: str


@dataclass(frozen=True)
class Drift(Part):
    """From now on the crystal drifts so: a night in the frost."""

    kind = "drift"
    station: int
    drift_ppb: int


@dataclass(frozen=True)
class Battery(Part):
    """What the battery gives from now on."""

    kind = "battery"
    station: int
    millivolts: int


# The air


@dataclass(frozen=True)
class Loss(Part):
    """Of receptions, lost and doubled."""

    kind = "loss"
    permille: int
    twice_permille: int
    lasts_s: float


@dataclass(frozen=True)
class Jam(Part):
    """Noise on all channels."""

    kind = "jam"
    lasts_s: float


@dataclass(frozen=True)
class BaseAway(Part):
    """The base has no power."""

    kind = "base away"
    lasts_s: float


# Laptops


@dataclass(frozen=True)
class Sync(Part):
    """A cable is plugged, `gate sync` runs. pulled_s: the cable is pulled after so long (0: not
    before the end). sets: the clock is set by hand.
    """

    kind = "sync"
    laptop: str
    station: int
    pulled_s: float = 0
    sets: bool = False


@dataclass(frozen=True)
class Asleep(Part):
    """The laptop does nothing for so long. dies: its battery is out, in the middle of what it does
    to its records (after so many statements of SQL; -1: in nothing), and it starts again.
    """

    kind = "asleep"
    laptop: str
    lasts_s: float
    dies: bool = False
    after: int = -1


@dataclass(frozen=True)
class LaptopClock(Part):
    """From now on the laptop's clock is off by so much."""

    kind = "laptop clock"
    laptop: str
    error_ms: int


@dataclass(frozen=True)
class Merge(Part):
    """`gate merge` of another laptop's store into this one. how: its "file", or over its "hq"."""

    kind = "merge"
    laptop: str
    source: str
    how: str = "file"


@dataclass(frozen=True)
class DatabaseGone(Part):
    """The database refuses everything, as a server that went away."""

    kind = "database gone"
    laptop: str
    lasts_s: float


@dataclass(frozen=True)
class DiskFull(Part):
    """The store may grow by so many pages of 4 KiB, and no further."""

    kind = "disk full"
    laptop: str
    lasts_s: float
    pages: int = 0


# People


@dataclass(frozen=True)
class Word(Part):
    """A volunteer at a laptop rules, about the last of what happened to the runner before about_s
    (at_s where it is the same).

    what: "pages", "assign", "departure", "return", "dropout".
    wrong: the volunteer errs: another runner, another number, another time. A wrong word is taken
    back, if at all, by an Undo.
    """

    kind = "word"
    laptop: str
    volunteer: str
    runner: str
    what: str
    about_s: float
    wrong: bool = False


@dataclass(frozen=True)
class Undo(Part):
    """A volunteer takes back what was ruled by that part (a Word, or an Undo), wherever it was
    made, if this laptop knows of it.
    """

    kind = "undo"
    laptop: str
    volunteer: str
    of: int


@dataclass(frozen=True)
class Paper(Part):
    """The sheet that was kept at the gate is typed in: everybody who came in since since_s, as far
    as seen, to the second. errors: so many rows have another minute.
    """

    kind = "paper"
    laptop: str
    since_s: float
    errors: int = 0


KINDS: dict[str, type[Part]] = {
    one.kind: one
    for one in (
        Leave, Come, PassBy, Quit, Stray, StartAgain,
        PowerCut, BadSector, Wire, RtcFault, Drift, Battery,
        Loss, Jam, BaseAway,
        Sync, Asleep, LaptopClock, Merge, DatabaseGone, DiskFull,
        Word, Undo, Paper,
    )
}  # fmt: skip


def to_json(part: Part) -> dict[str, Any]:
    """One object, without what is as usual."""
    found: dict[str, Any] = {"kind": part.kind}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if value != field.default:
            found[field.name] = value
    return found


def from_json(data: dict[str, Any]) -> Part:
    """Raises KeyError or TypeError for what is no part."""
    given = dict(data)
    return KINDS[given.pop("kind")](**given)
