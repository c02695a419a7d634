"""A story is told so that a person can follow it."""

from complaint import Complaint
from parts import KINDS as PARTS
from parts import (
    Asleep,
    BadSector,
    BaseAway,
    Battery,
    Come,
    DatabaseGone,
    DiskFull,
    Drift,
    Jam,
    LaptopClock,
    Leave,
    Loss,
    Merge,
    Paper,
    PassBy,
    PowerCut,
    Quit,
    RtcFault,
    StartAgain,
    Stray,
    Sync,
    Undo,
    Wire,
    Word,
)
from story import Laptop, Runner, Station, Story
from tell import Teller, clock, off, span, told
from truth import Life, Said, Touch, Truth
from yellowgate.model import Ruling

RUNNERS = (Runner("Nora", "F", "101", ("04a1",)), Runner("Ivo", "M", "102", ("04a2",)))
PARTS_TOLD = (
    PassBy(1, 1_200.5, "Nora"),
    Come(2, 2_500.5, "Nora", hand="twice"),
    PowerCut(3, 2_500.6, 1, 90.0, "weak", 12),
    Come(4, 2_600.5, "Ivo", hand="press", pages=12),
    Sync(5, 2_700.0, "camp", 1, 0.8),
    Word(6, 2_800.0, "camp", "Laz", "Nora", "pages", 2_500.5, True),
    Undo(7, 2_900.0, "tent", "Carla", 6),
    Leave(8, 3_000.5, "Nora"),
    Quit(9, 3_600.0, "Ivo", "lost", False),
)
STORY = Story(
    seed=11,
    size="short",
    preset="barkley",
    scale=10,
    hours=1.5,
    runners=RUNNERS,
    stations=(
        Station(1, "gate", "gate", drift_ppb=-31_000, rtc="lost", radio=True),
        Station(2, "tower", "fire tower", radio=True, ridge=True),
    ),
    laptops=(Laptop("camp", listens=True), Laptop("tent", -1_500)),
    parts=PARTS_TOLD,
    checks=(2_750.0,),
)
START_US = 1_700_000_000_000_000


def truth() -> Truth:
    found = Truth(START_US, {one.name: Life(one.name) for one in RUNNERS})
    found.parts = {part.id: part for part in PARTS_TOLD if part.id not in (8,)}

    def touch(part: int, at_s: float, runner: str, uid: str, answered_s: float | None) -> None:
        at_us = START_US + round(at_s * 1e6)
        answered_us = None if answered_s is None else at_us + round(answered_s * 1e6)
        what = "tag" if uid else "press"
        one = Touch(part, 1, "", what, uid, at_us, at_us + 300_000, runner, "in", answered_us)
        found.touches.append(one)

    touch(2, 2_500.5, "Nora", "04a1", None)
    touch(2, 2_520.5, "Nora", "04a1", None)
    touch(4, 2_600.5, "Ivo", "", 31.0)
    word = Ruling(1, "Laz", "", "pages", {"runner": "Nora", "loop": 1, "have": 12, "of": 13})
    found.said.append(Said(6, "camp", word, False))
    return found


TOLD = """\
A Barkley of 1.5 h, its spans divided by 10 (seed 11).
Runners: Nora (101); Ivo (102).
Stations: 1, gate, its clock chip has lost the time, a radio, its crystal -31 ppm; 2, fire
  tower, a tower, a radio, behind a ridge.
Laptops: camp (its clock right, with the base); tent (its clock 2 seconds slow).
The director starts the race with the card at the gate.

00:00:00  The race begins.
00:20:00  At the fire tower: Nora passes and touches.
00:41:40  At the gate: Nora comes in, with 13 pages and touches, and touches again. Nothing is
          heard, both times.
00:41:40  At the gate (station 1): the power goes while Nora holds the tag to the reader, in the
          middle of a write that it tears (weak), for 2 minutes.
00:43:20  At the gate: Ivo comes in, with 12 pages and presses the button: the tag is torn. An
          answer comes after 31 seconds.
00:45:00  camp syncs station 1; the cable is pulled after 800 ms.
00:45:01  camp says: gate: /dev/station1: the cable was pulled
00:45:50  (A look at everything.)
00:46:40  Laz rules at camp: Nora, loop 1: 12 of 13 pages. And errs.
00:48:20  Carla takes back at tent: 'Nora, loop 1: 12 of 13 pages'.
00:50:00  At the gate: Nora leaves and touches. It does not come to that.
01:00:00  Ivo is out: lost.
01:30:00  The quiet end: all is mended.

BROKEN    1:30:00 acknowledged and lost: Ivo: record 3 of station 1
"""


def test_a_story_from_its_opening_to_what_was_broken() -> None:
    complaint = Complaint("acknowledged and lost", "Ivo", 5_400.0, "record 3 of station 1")
    printed = [(2_701.0, "camp", "gate: /dev/station1: the cable was pulled\n")]
    assert told(STORY, truth(), printed, [complaint]) == TOLD


def test_every_kind_of_part_has_its_words() -> None:
    rows = (
        *PARTS_TOLD,
        BadSector(10, 1.0, 1, "program error", 1),
        Wire(11, 1.0, 1, "irq", "10 Hz", 6.0),
        RtcFault(12, 1.0, 1, "lost"),
        RtcFault(13, 1.0, 1, "-3600"),
        Drift(14, 1.0, 1, 3_000),
        Battery(15, 1.0, 1, 3_100),
        Loss(16, 1.0, 300, 100, 60.0),
        Jam(17, 1.0, 60.0),
        BaseAway(18, 1.0, 60.0),
        Asleep(19, 1.0, "camp", 60.0, True, 4),
        LaptopClock(20, 1.0, "camp", 3_600_000),
        Merge(21, 1.0, "camp", "tent"),
        DatabaseGone(22, 1.0, "camp", 60.0),
        DiskFull(23, 1.0, "camp", 60.0),
        Paper(24, 1.0, "camp", 0.0, 1),
        Stray(25, 1.0, "Ivo"),
        StartAgain(26, 1.0),
    )
    teller = Teller(STORY)
    said = {type(part).kind: teller.part(part) for part in rows}
    assert said.keys() == PARTS.keys()
    assert all(text.endswith(".") and "None" not in text for text in said.values())
    assert said["laptop clock"] == "The clock of camp is 60 minutes fast from now on."
    assert said["wire"] == "At the gate (station 1): the wire irq flickers at 10 Hz for 6 seconds."


def test_times_as_people_say_them() -> None:
    assert [clock(at_s) for at_s in (0.9, 11_527.0, -61.0)] == ["00:00:00", "03:12:07", "-00:01:01"]
    assert [span(s) for s in (0.04, 1.0, 89.0, 90.0, 7_200.0)] == [
        "40 ms", "1 second", "89 seconds", "2 minutes", "2 hours",
    ]  # fmt: skip
    assert [off(ms) for ms in (0, 40, -65_000)] == ["right", "40 ms fast", "65 seconds slow"]
