"""A story as a person would tell it: what happened, minute by minute, and what came of it.

python tests/world/tell.py STORY.json
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import parts as p
from complaint import Complaint
from parts import Part
from story import Laptop, Runner, Station, Story
from truth import Touch, Truth
from yellowgate.model import Ruling
from yellowgate.rulings.kinds import words

HANDS = {
    p.TAG: "touches",
    p.TWICE: "touches, and touches again",
    p.FORGETS: "forgets to touch",
    p.PRESS: "presses the button: the tag is torn",
    p.FOREIGN: "touches with the tag of {other}",
    p.BRIEF: "waves the tag past the reader",
}
PRESETS = {
    "barkley": "A Barkley",
    "laps": "A race on laps",
    "backyard": "A backyard ultra",
    "point-to-point": "A race from point to point",
}
WIDTH = 96


class Line(NamedTuple):
    """at_s: since the start. text: what is told of it."""

    at_s: float
    text: str


def clock(at_s: float) -> str:
    """Since the start: 03:12:07, before it with a sign."""
    seconds = int(abs(at_s))
    sign = "-" if at_s <= -1 else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def span(seconds: float) -> str:
    """In the words of people."""
    for size, name in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 1.5 * size or (size == 1 and seconds >= 1):
            count = round(seconds / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds * 1000:.0f} ms"


def off(error_ms: int) -> str:
    """How a clock is off."""
    if not error_ms:
        return "right"
    return f"{span(abs(error_ms) / 1000)} {'fast' if error_ms > 0 else 'slow'}"


# Who is there


def opening(story: Story) -> list[str]:
    """Who runs, where, and with which laptops."""
    scale = f", its spans divided by {story.scale}" if story.scale > 1 else ""
    return [
        f"{PRESETS[story.preset]} of {story.hours:.2g} h{scale} (seed {story.seed}).",
        f"Runners: {_all(map(_runner, story.runners))}.",
        f"Stations: {_all(map(_station, story.stations))}.",
        f"Laptops: {_all(map(_laptop, story.laptops))}.",
        "The director starts the race with the card at the gate."
        if story.start == "card"
        else f"The start is entered at {story.laptops[0].name}.",
    ]


def _all(rows: Iterable[str]) -> str:
    return "; ".join(rows) or "none"


def _runner(one: Runner) -> str:
    return f"{one.name} ({one.bib})"


def _station(one: Station) -> str:
    said = [one.place if one.role == "gate" else f"{one.place}, a tower"]
    if one.rtc != "set":
        said.append("its clock chip has lost the time" if one.rtc == "lost" else "no clock chip")
    if one.sectors:
        said.append("a log that is nearly full")
    if one.radio:
        said.append("a radio" + (", behind a ridge" if one.ridge else ""))
    if abs(one.drift_ppb) >= 1000:
        said.append(f"its crystal {one.drift_ppb / 1000:+.0f} ppm")
    return f"{one.number}, {', '.join(said)}"


def _laptop(one: Laptop) -> str:
    said = [f"its clock {off(one.error_ms)}"] + ["with the base"] * one.listens
    return f"{one.name} ({', '.join(said)})"


# What happens


class Teller:
    """Words for each part of a story. truth: what came of it, None: it was not played."""

    def __init__(self, story: Story, truth: Truth | None = None) -> None:
        self.story = story
        self.truth = truth
        self._touches: dict[int, list[Touch]] = {}
        for touch in truth.touches if truth else ():
            self._touches.setdefault(touch.part, []).append(touch)

    def part(self, part: Part) -> str:
        """What it does, and what was heard of it."""
        tell: Callable[[Any], str] = getattr(self, f"_{type(part).__name__.lower()}")
        text = tell(part)
        is_act = isinstance(part, p.Leave | p.Come | p.PassBy | p.Quit | p.Stray)
        if is_act and self.truth is not None and part.id not in self.truth.parts:
            return f"{text} It does not come to that."
        return text + self._heard(part)

    def _heard(self, part: Part) -> str:
        touches = [one for one in self._touches.get(part.id, ()) if one.way != "card"]
        if not touches or self.truth is None:
            return ""
        told = [one for one in touches if one.answered_us is not None]
        if not told:
            return " Nothing is heard." if len(touches) == 1 else " Nothing is heard, both times."
        late_s = ((told[0].answered_us or 0) - touches[0].at_us) / 1e6
        return " The gate answers." if late_s < 2 else f" An answer comes after {span(late_s)}."

    def _at(self, place: str) -> str:
        return "At the gate" if place == "gate" else f"At {place}"

    def _hand(self, part: p.Leave | p.Come | p.PassBy) -> str:
        return HANDS[part.hand].format(other=part.other)

    def _leave(self, part: p.Leave) -> str:
        return f"{self._at(part.place)}: {part.runner} leaves and {self._hand(part)}."

    def _come(self, part: p.Come) -> str:
        pages = f", with {part.pages} pages" if self.story.preset == "barkley" else ""
        return f"{self._at(part.place)}: {part.runner} comes in{pages} and {self._hand(part)}."

    def _passby(self, part: p.PassBy) -> str:
        return f"{self._at('the ' + part.place)}: {part.runner} passes and {self._hand(part)}."

    def _quit(self, part: p.Quit) -> str:
        bugle = " Taps are played." if part.bugle else ""
        return f"{part.runner} is out: {part.reason}.{bugle}"

    def _stray(self, part: p.Stray) -> str:
        return f"At the gate: {part.runner}, whose race is over, touches once more."

    def _startagain(self, part: p.StartAgain) -> str:
        return "At the gate: somebody plays with the director's card, and presses the button."

    # Stations

    def _of(self, number: int) -> str:
        station = next((one for one in self.story.stations if one.number == number), None)
        if station is None:
            return f"Station {number}"
        return f"{self._at(station.place)} (station {number})"

    def _powercut(self, part: p.PowerCut) -> str:
        torn = f", in the middle of a write that it tears ({part.tear})" if part.tear else ""
        who = self._who_is_at(part)
        return f"{self._of(part.station)}: the power goes{who}{torn}, for {span(part.off_s)}."

    def _who_is_at(self, part: p.PowerCut) -> str:
        us = (self.truth.start_us if self.truth else 0) + round(part.at_s * 1e6)
        for touches in self._touches.values():
            for one in touches:
                if one.station == part.station and one.at_us - 500_000 <= us <= one.until_us:
                    who = one.runner or "the director"
                    what = "presses" if one.what == "press" else "holds the tag to the reader"
                    return f" while {who} {what}"
        return ""

    def _badsector(self, part: p.BadSector) -> str:
        where = "the sector that is written now" if not part.block else "the next sector"
        return f"{self._of(part.station)}: {where} of the flash is worn out ({part.how})."

    def _wire(self, part: p.Wire) -> str:
        way = {"low": "is held low", "high": "is held high", "cut": "is cut", "floating": "hangs"}
        does = way.get(part.way, f"flickers at {part.way}")
        return f"{self._of(part.station)}: the wire {part.wire} {does} for {span(part.lasts_s)}."

    def _rtcfault(self, part: p.RtcFault) -> str:
        what = "loses the time" if part.value == "lost" else f"jumps by {part.value} s"
        return f"{self._of(part.station)}: the clock chip {what}."

    def _drift(self, part: p.Drift) -> str:
        ppm = part.drift_ppb / 1000
        return f"{self._of(part.station)}: the crystal runs {ppm:+.0f} ppm from now on."

    def _battery(self, part: p.Battery) -> str:
        return f"{self._of(part.station)}: the battery gives {part.millivolts} mV."

    # The air

    def _loss(self, part: p.Loss) -> str:
        return f"Of the packets {part.permille / 10:g} % are lost, for {span(part.lasts_s)}."

    def _jam(self, part: p.Jam) -> str:
        return f"Noise on the air for {span(part.lasts_s)}."

    def _baseaway(self, part: p.BaseAway) -> str:
        return f"The base has no power for {span(part.lasts_s)}."

    # Laptops and people

    def _sync(self, part: p.Sync) -> str:
        pulled = f"; the cable is pulled after {span(part.pulled_s)}" if part.pulled_s else ""
        sets = " and sets its clock" if part.sets else ""
        return f"{part.laptop} syncs station {part.station}{sets}{pulled}."

    def _asleep(self, part: p.Asleep) -> str:
        if part.dies and part.after >= 0:
            return f"{part.laptop} will be killed after {part.after} statements to its store."
        what = "dies" if part.dies else "is put to sleep"
        return f"{part.laptop} {what}, for {span(part.lasts_s)}."

    def _laptopclock(self, part: p.LaptopClock) -> str:
        return f"The clock of {part.laptop} is {off(part.error_ms)} from now on."

    def _merge(self, part: p.Merge) -> str:
        return f"{part.laptop} merges what {part.source} has."

    def _databasegone(self, part: p.DatabaseGone) -> str:
        return f"The database of {part.laptop} is gone for {span(part.lasts_s)}."

    def _diskfull(self, part: p.DiskFull) -> str:
        return f"The disk of {part.laptop} is full for {span(part.lasts_s)}."

    def _word(self, part: p.Word) -> str:
        errs = " And errs." if part.wrong else ""
        said = self._ruled(part.id) or f"something of {part.runner} ({part.what})"
        return f"{part.volunteer} rules at {part.laptop}: {said}.{errs}"

    def _undo(self, part: p.Undo) -> str:
        taken = self._ruled(part.of)
        what = f"{taken!r}" if taken else "what was ruled"
        return f"{part.volunteer} takes back at {part.laptop}: {what}."

    def _paper(self, part: p.Paper) -> str:
        errs = f", {part.errors} of them wrong" if part.errors else ""
        return f"The paper sheet since {clock(part.since_s)} is typed in at {part.laptop}{errs}."

    def _ruled(self, part: int) -> str:
        for said in self.truth.said if self.truth else ():
            if said.part == part:
                return _ruling(said.ruling)
        return ""


def _ruling(ruling: Ruling) -> str:
    return words(ruling.kind, ruling.data)


# The whole


def told(
    story: Story,
    truth: Truth | None = None,
    printed: Iterable[tuple[float, str, str]] = (),
    complaints: Sequence[Complaint] = (),
) -> str:
    """printed: what the product said: when (since the start), on which laptop, what."""
    teller = Teller(story, truth)
    rows = [Line(one.at_s, teller.part(one)) for one in story.parts]
    rows += [Line(at_s, f"{name} says: {_short(text)}") for at_s, name, text in printed]
    rows += [Line(at_s, "(A look at everything.)") for at_s in story.checks]
    rows += [Line(0.0, "The race begins."), Line(story.end_s, "The quiet end: all is mended.")]
    first = [textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in opening(story)]
    lines = [*first, ""]
    for row in sorted(rows, key=lambda row: row.at_s):
        lines += _wrapped(clock(row.at_s), row.text)
    lines += [""] + [line for one in complaints for line in _wrapped("BROKEN", str(one))]
    return "\n".join(lines).rstrip() + "\n"


def _short(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    said = " / ".join(lines)
    return said if len(said) <= 200 else f"{said[:197]}..."


def _wrapped(head: str, text: str) -> list[str]:
    found = [f"{head:<9s} "]
    for word in text.split():
        if len(found[-1]) + len(word) > WIDTH and len(found[-1]) > 12:
            found.append(" " * 10)
        found[-1] += word + " "
    return [line.rstrip() for line in found]


class Noted(list[str]):
    """What a laptop prints, with the moment."""

    def __init__(self, now_s: Callable[[], float], name: str) -> None:
        super().__init__()
        self.rows: list[tuple[float, str, str]] = []
        self._now_s = now_s
        self._name = name

    def append(self, text: str) -> None:
        super().append(text)
        self.rows.append((self._now_s(), self._name, text))


def tale(story: Story) -> str:
    """Play it, and tell it."""
    from judge import judge
    from play import Play

    with tempfile.TemporaryDirectory(prefix="tale-") as folder:
        play = Play(story, judge, Path(folder))
        notes: list[Noted] = []
        for host in play.hosts.values():
            host.printed = Noted(lambda: play.ground.now_s, host.name)
            notes.append(host.printed)
        complaints = play.run()
        printed = [row for note in notes for row in note.rows if row[0] < story.end_s]
        return told(story, play.course.truth, printed, complaints[:5])


if __name__ == "__main__":
    print(tale(Story.from_json(Path(sys.argv[1]).read_text("utf-8"))), end="")
