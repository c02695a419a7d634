"""Who is out since when, who was seen outside of camp, and whether anybody knows where a runner is.

In the race or out of it is one question, accounted for or on the search list another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yellowgate.model import Ruling
from yellowgate.race.drafts import Context, Draft
from yellowgate.race.intake.touches import Touch
from yellowgate.times import UNBOUNDED_US

CAMP = ("camp", "gate", "base", "start", "corral")  # words for where a runner is safe


def out_since_us(ctx: Context, draft: Draft) -> int | None:
    """When he was out by bugle or ruling: the earlier one; None when by neither."""
    moments = [] if draft.taps_us is None else [draft.taps_us]
    ruling = dropout(ctx, draft)
    if ruling is not None:
        moment = ctx.moment_us(ruling.data)
        moments.append(ctx.elapsed_us(ruling.at_us if moment is None else moment))
    return min(moments, default=None)


def dropout(ctx: Context, draft: Draft) -> Ruling | None:
    """The ruling that he is out. Where persons gave different reasons, the latest: that he is
    out they agree on.
    """
    decided = ctx.decisions.by_subject.get(("dropout", draft.runner.name))
    ruling = None if decided is None else decided.ruling or decided.spoken[-1]
    moment = None if ruling is None else ctx.moment_us(ruling.data)
    return None if moment is not None and moment > ctx.now_us else ruling


def dropout_reason(ctx: Context, draft: Draft) -> str:
    """Its reason, "" when nobody ruled him out."""
    decided = ctx.decisions.by_subject.get(("dropout", draft.runner.name))
    if decided is None or dropout(ctx, draft) is None:
        return ""
    if decided.ruling is None:
        reasons = dict.fromkeys(row.data["reason"] for row in decided.spoken)
        return "undecided: " + " or ".join(reasons)
    return decided.ruling.data["reason"]


class Outside(NamedTuple):
    """Seen where nobody is who is in camp. at_us: since the start."""

    at_us: int
    bound_us: int
    place: str


def is_camp(ctx: Context, place: str) -> bool:
    """Does this word, of a ruling, name the camp or a gate?"""
    said = place.strip().casefold()
    gates = [
        word.casefold()
        for station in ctx.stations.values()
        if station.role == "gate"
        for word in (station.name, station.place)
    ]
    return said in CAMP or said in gates


def seen_outside(ctx: Context, draft: Draft, touches: Sequence[Touch]) -> list[Outside]:
    """Touches at a tower, and sightings that were ruled anywhere but in camp, until the runner was
    out; by time.
    """
    until_us = out_since_us(ctx, draft)
    found = [
        Outside(ctx.elapsed_us(touch.utc_us), touch.bound_us, touch.place)
        for touch in touches
        if touch.role == "tower" and touch.bound_us < UNBOUNDED_US
    ]
    for ruling in ctx.decisions.of(draft.runner.name, "sighting"):
        moment = ctx.moment_us(ruling.data)
        place = ruling.data.get("place", "")
        if moment is not None and moment <= ctx.now_us and not is_camp(ctx, place):
            found.append(Outside(ctx.elapsed_us(moment), 0, place))
    return sorted(row for row in found if until_us is None or row.at_us <= until_us)


def dropped_at(ctx: Context, draft: Draft) -> None:
    """Where the runner was when the word came: in camp, that is the return as well."""
    ruling = dropout(ctx, draft)
    place = "" if ruling is None else ruling.data.get("place", "")
    if ruling is None or not place:
        return
    moment = ctx.moment_us(ruling.data)
    at_us = ctx.elapsed_us(ruling.at_us if moment is None else moment)
    if is_camp(ctx, place):
        draft.seen.append((at_us, place))
        draft.returned_us = at_us if draft.returned_us is None else draft.returned_us


def is_accounted(ctx: Context, draft: Draft) -> bool:
    """Does anybody know where the runner is? In the race or out of it is another question: who is
    out and was last seen leaving stays on the search list until somebody says where the runner is.
    """
    if not ctx.started or ctx.now_elapsed_us < 0:
        return True
    if draft.status == "overdue":
        limit_us = draft.next_cutoff_us or 0
        return any(at_us >= limit_us for at_us, _ in draft.seen)
    if draft.status not in ("out", "fun run"):
        return True
    is_back = draft.in_camp or draft.returned_us is not None
    if is_back or draft.taps_us is not None:  # the bugle is played for who stands before it
        return True
    since_us = out_since_us(ctx, draft)
    return since_us is not None and any(at_us >= since_us for at_us, _ in draft.seen)
