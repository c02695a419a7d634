"""What a laptop can know of a runner: which touches are on record there, and what was ruled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from held import Held, LaptopHeld
from parts import BRIEF, FOREIGN, FORGETS, PRESS, Come, Leave, Part, PassBy
from rows import Row
from truth import Life, Touch
from yellowgate.model import Ruling
from yellowgate.race.presets.whereabouts import CAMP
from yellowgate.times import hms

NO_TRUTH = ("void", "grace", "direction")  # who was ruled so is judged by people, not by touches


@dataclass(frozen=True)
class Known:
    """What shows where a runner was. at_us: UTC. is_in: in camp, or out of the race before it."""

    at_us: int
    is_in: bool
    words: str


def of_life(life: Life) -> Iterator[tuple[Part, bool]]:
    """Each part of a runner's race at which a station is touched, and whether it leads to camp."""
    for trip in life.trips:
        if trip.out is not None:
            yield trip.out, False
        yield from ((part, False) for part in trip.by)
        if trip.back is not None:
            yield trip.back, True
    if life.quit is not None:
        yield life.quit, True
    yield from ((part, True) for part in life.strays)


def here(held: Held, laptop: LaptopHeld, part: Part | None) -> Touch | None:
    """The first touch of this part that is on record at this laptop, and says whose it is."""
    found, _ = held.whose.of_part(part)
    for touch, row in found:
        is_here = row in laptop.row_set and touch.at_us <= laptop.as_of_us
        if is_here and (row.uid or _is_assigned(laptop, row, touch.runner)):
            return touch
    return None


def _is_assigned(laptop: LaptopHeld, row: Row, runner: str) -> bool:
    said = [
        one.data["runner"]
        for one in laptop.standing
        if one.kind == "assign" and (one.data["log_id"], one.data["seq"]) == (row.log_id, row.seq)
    ]
    return bool(said) and set(said) == {runner}


def about(ruling: Ruling) -> str:
    """Whom it names."""
    return str(ruling.data.get("runner", ""))


def exempt(held: Held, laptop: LaptopHeld, name: str) -> str:
    """Why the log cannot know the truth of this runner, in words; "" when it can: somebody else's
    tag, a touch that is nowhere on record, a ruling that errs.
    """
    truth = held.moment.truth
    for part in truth.parts.values():
        hand = getattr(part, "hand", "")
        if hand == FOREIGN and name in (getattr(part, "runner", ""), getattr(part, "other", "")):
            return "another's tag"
    for part, _ in of_life(truth.lives[name]):
        text = _not_on_record(held, part) or _unnamed(held, laptop, part)
        if text:
            return text
    if _seems_to_go_on(held, laptop, name):
        return "a touch after the race was over, of which nothing is known here"
    return _exempt_by_ruling(held, laptop, name)


def _exempt_by_ruling(held: Held, laptop: LaptopHeld, name: str) -> str:
    for one in laptop.standing:
        if one.kind in NO_TRUTH and about(one) == name:
            return f"ruled: {one.kind}"
    for one in laptop.wrong:
        if one.kind == "paper" and _has_own(held, laptop, one):
            continue  # the station stands before the sheet
        if name in (about(one), _toucher(held, one)):
            return f"a ruling that errs: {one.kind}"
    return ""


def _seems_to_go_on(held: Held, laptop: LaptopHeld, name: str) -> bool:
    """Is a touch after the end on record here, and neither bugle nor word?"""
    life = held.moment.truth.lives[name]
    is_told = here(held, laptop, life.quit) is not None or any(
        one.kind == "dropout" and about(one) == name for one in laptop.standing
    )
    return not is_told and any(here(held, laptop, part) is not None for part in life.strays)


def _has_own(held: Held, laptop: LaptopHeld, paper: Ruling) -> bool:
    """Is the arrival that a line of the sheet speaks of on record here, by the runner's tag?"""
    trips = held.moment.truth.lives[about(paper)].trips
    loop = paper.data["loop"]
    trip = trips[loop - 1] if loop <= len(trips) else None
    touch = here(held, laptop, trip.back) if trip is not None else None
    return touch is not None and touch.what != PRESS


def _not_on_record(held: Held, part: Part) -> str:
    """An arrival that nothing shows: all later touches are taken for others."""
    if not isinstance(part, Come):
        return ""
    found, is_sure = held.whose.of_part(part)
    if part.hand in (FORGETS, BRIEF) or not is_sure or not found:
        return "an arrival that is not on record"
    return ""


def _unnamed(held: Held, laptop: LaptopHeld, part: Part) -> str:
    """An arrival by the button that is taken for somebody else's touch, whose tag was read just
    then; or where the rules take presses for nobody's until they are named.
    """
    if not isinstance(part, Come) or part.hand != PRESS or laptop.view.race is None:
        return ""
    found, _ = held.whose.of_part(part)
    waits = {
        (row.evidence[0].log_id, row.evidence[0].seq) for row in laptop.view.race.log.unassigned
    }
    is_open = held.moment.story.preset in ("barkley", "backyard")
    for touch, row in found:
        is_listed = is_open and (row.log_id, row.seq) in waits
        if row in laptop.row_set and not is_listed and not _is_assigned(laptop, row, touch.runner):
            return "a press that nobody has named"
    return ""


def _toucher(held: Held, ruling: Ruling) -> str:
    """Who truly made the touch that a ruling speaks of."""
    if "seq" not in ruling.data:
        return ""
    key = ruling.data["log_id"], ruling.data["seq"]
    for touch in held.moment.truth.touches:
        row = held.whose.of[id(touch)]
        if row is not None and (row.log_id, row.seq) == key:
            return touch.runner
    return ""


def is_seen_leaving(held: Held, laptop: LaptopHeld, part: Leave | None) -> bool:
    """Is the departure on record here?"""
    return here(held, laptop, part) is not None


def last_known(held: Held, laptop: LaptopHeld, name: str) -> Known | None:
    """The last that this laptop knows of where a runner was, by the true order; None: nothing, or
    nobody can tell.
    """
    if exempt(held, laptop, name):
        return None
    life = held.moment.truth.lives[name]
    found = [Known(held.moment.truth.start_us, False, "the runner started")]
    for part, is_in in of_life(life):
        touch = here(held, laptop, part)
        if touch is not None:
            found.append(Known(touch.at_us, is_in, _words(held, part, touch)))
    for one in laptop.standing:
        if about(one) == name:
            found += _said(held, laptop, one)
    return max(found, key=lambda one: (one.at_us, one.is_in), default=None)


def _words(held: Held, part: Part, touch: Touch) -> str:
    at = hms(touch.at_us - held.moment.truth.start_us)
    what = {Come: "came in", Leave: "left", PassBy: "passed the tower"}.get(type(part), "was out")
    return f"the runner {what} at {at}" + (" by a press" if touch.what == PRESS else "")


def _said(held: Held, laptop: LaptopHeld, ruling: Ruling) -> Iterator[Known]:
    data, start_us = ruling.data, held.moment.truth.start_us
    log = laptop.view.race.log if laptop.view.race else None
    zero_us = log.start_us if log is not None and log.start_us is not None else start_us
    at_us = data.get("at", zero_us + round(data["at_s"] * 1e6) if "at_s" in data else None)
    is_camp = str(data.get("place", "")).casefold() in CAMP
    by_kind = {"return": True, "sighting": is_camp, "departure": False, "dropout": is_camp}
    if ruling.kind == "paper":
        for side in ("in", "out"):
            if f"{side}_s" in data:
                yield Known(zero_us + round(data[f"{side}_s"] * 1e6), side == "in", "by paper")
    elif ruling.kind in by_kind and at_us is not None and (ruling.kind != "dropout" or is_camp):
        yield Known(at_us, by_kind[ruling.kind], f"ruled: {ruling.kind}")
