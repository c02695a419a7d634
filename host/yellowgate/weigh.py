"""A ruling before it is made: what speaks against it, and what a person should know of it.

What would stand in the log's problems at once as pointing nowhere or without effect was probably
typed wrongly: pages of a loop that the runner has not ended, a record that is not here, a moment
that is still to come. Such a ruling may be right all the same, as what another laptop has may still
come: so the person who types it is asked, and not refused for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from yellowgate.model import Ruling
from yellowgate.official import Moment, Race, problem_text
from yellowgate.race.checks.idle_rulings import long_after
from yellowgate.race.diff import turned
from yellowgate.rulings.kinds import KINDS
from yellowgate.times import iso

ASKED = ("ruling points nowhere", "ruling without effect")


class Weighed(NamedTuple):
    """objections: a person must confirm them; remarks: all that is to be said of it, these too."""

    objections: list[str]
    remarks: list[str]


def weigh(race: Race, made: Sequence[Ruling], now_us: int) -> Weighed:
    """These rulings, in the race as it would be with them. race: without them."""
    after = replace(race, rulings=[*race.rulings, *made]).at(now_us)
    objections: list[str] = []
    remarks: list[str] = []
    for ruling in made:
        objections += objections_to(after, ruling)
        remarks += after.remarks(ruling)
    if any(_may_move_the_start(race, ruling) for ruling in made):
        remarks += moved(race.at(now_us), after)
    return Weighed(list(dict.fromkeys(objections)), list(dict.fromkeys([*remarks, *objections])))


def objections_to(moment: Moment, ruling: Ruling) -> list[str]:
    """What speaks against this ruling, one of those of the moment."""
    found: list[str] = []
    for one in moment.events():
        found += [
            problem_text(row)
            for row in one.problems
            if row.kind in ASKED and ruling.id in row.rulings
        ]
        words = long_after(one.race.file, ruling, one.log)
        found += [words] if words else []
    return found


def _may_move_the_start(race: Race, ruling: Ruling) -> bool:
    """Does it say when the race began, or take back what says so?"""
    target = ruling.data.get("ruling")
    kinds = [ruling.kind, *(row.kind for row in race.rulings if row.id == target)]
    is_signal = ruling.kind == "void" and "seq" in ruling.data
    return is_signal or any(kind in KINDS and KINDS[kind].moment == "start" for kind in kinds)


def moved(before: Moment, after: Moment) -> list[str]:
    """Where the start is another one: from when to when, and whose verdict turns."""
    said: list[str] = []
    for old, new in zip(before.events(), after.events(), strict=True):
        for whose, from_us, to_us in _starts(old, new):
            if from_us is None or from_us == to_us:
                continue
            now = "is not known any more" if to_us is None else f"becomes {iso(to_us)}"
            lines = turned(old.log, new.log, whose)
            said.append(
                f"the start{_words(new, whose)} was {iso(from_us)} and {now}: "
                + (f"it turns the log of {len(lines)}" if lines else "nobody's verdict turns")
            )
            said += lines
    return said


def _starts(old: Moment, new: Moment) -> list[tuple[str, int | None, int | None]]:
    """(wave, start before, start after); "": the race's own."""
    found: list[tuple[str, int | None, int | None]] = [("", old.log.start_us, new.log.start_us)]
    for wave in new.race.file.waves:
        starts = [
            next((line.start_us for line in one.log.runners if line.wave == wave.name), None)
            for one in (old, new)
        ]
        found.append((wave.name, starts[0], starts[1]))
    return found


def _words(moment: Moment, wave: str) -> str:
    names = [name for name in (moment.race.file.event, wave and f"wave {wave}") if name]
    return f" of {', '.join(names)}" if names else ""
