"""What missing evidence could turn in a runner's loops at the Barkley.

A loop is stated without doubt when no touch that may be missing, put where records are missing,
would give another arrival, another number or another verdict, and leave a course that is not odd:

- A touch just before the arrival, within the double-tap window, would be the arrival itself.
- A touch between the shortest credible loop and the arrival would be the arrival, and what is
  taken for it the departure. Where a departure was seen after it, that would be a second
  departure within one camp: that is odd, and is not taken up.
- Two touches in that span, so that a whole loop was run between them and the arrival, would make
  it the arrival of the next loop, and all later ones have another number. Where every loop passes
  a tower, and all that it saw in that time is here, it would have seen the runner twice.
- Whoever was sent back for a page may have come again where records are missing.

Touches without a name count as touches that may be the runner's. Spans: microseconds since the
start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from yellowgate.event.rules import BarkleyRules
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.presets import whereabouts
from yellowgate.race.presets.barkley_verdict import GOOD
from yellowgate.times import hms, to_us


class Walk(NamedTuple):
    """A runner's loops with the touches that begin and end them, and all touches at the gate."""

    loops: Sequence[LoopDraft]
    begins: Mapping[int, Touch]
    ends: Mapping[int, Touch]
    touches: Sequence[Touch]


def doubt(ctx: Context, draft: Draft, walk: Walk) -> None:
    """Write the doubts into the loops; the verdicts stand already."""
    inherited = ""
    for number, row in enumerate(walk.loops):
        if inherited:
            row.doubts.append(inherited)
        before = len(row.doubts)
        is_unsure = bool(row.doubts)
        shift = _loop(ctx, draft, walk, number)
        if shift:
            inherited = inherited or f"another loop may have been before it: {shift}"
        elif is_unsure or (len(row.doubts) > before and row.verdict not in GOOD):
            inherited = inherited or f"loop {row.loop} is in doubt"


def _loop(ctx: Context, draft: Draft, walk: Walk, number: int) -> str:
    """The loop's doubts; words when later loops may have other numbers, "" when not."""
    row = walk.loops[number]
    gates, window_us = ctx.unseen.gates, ctx.race.rules.double_tap_us
    begin, end = walk.begins.get(row.loop), walk.ends.get(row.loop)
    if begin is not None and begin.source == "station" and row.out_us is not None:
        words = ctx.lack(gates, row.out_us - window_us, row.out_us, ctx.own_log(begin))
        row.doubts += [f"may have left sooner: {words}"] if words else []
    if end is None or row.in_us is None:
        return _open(ctx, draft, walk, number)
    sent = _sent_back(ctx, draft, walk, row)
    row.doubts += [f"may have come once more: {sent}"] if sent else []
    if end.source != "station":
        return sent
    own = ctx.own_log(end)
    words = ctx.lack(gates, row.in_us - window_us, row.in_us, own)
    if not words and not _is_closed(ctx, draft, walk, number, end):
        words = _touched(ctx, _earliest_us(ctx, walk, number), row.in_us - window_us, own, 1)
    row.doubts += [f"may have come sooner: {words}"] if words else []
    shortest_us = to_us(cast("BarkleyRules", ctx.race.rules).shortest_loop_s)
    shift = ""
    if not _towers_saw_one(ctx, draft, walk, number):
        shift = _touched(ctx, _earliest_us(ctx, walk, number), row.in_us - shortest_us, own, 2)
    row.doubts += [f"another loop may have been before it: {shift}"] if shift else []
    return shift or sent


def _open(ctx: Context, draft: Draft, walk: Walk, number: int) -> str:
    """As _loop() of a loop without an arrival: who is out may have come in before, and who left
    unseen may have run another one before that, where records are missing.
    """
    row, earliest_us = walk.loops[number], _earliest_us(ctx, walk, number)
    out_us = whereabouts.out_since_us(ctx, draft)
    if out_us is not None:
        words = _touched(ctx, earliest_us, out_us, "", 1)
        row.doubts += [f"may have come in: {words}"] if words else []
    if row.left_by_us is None:
        return ""
    shift = _touched(ctx, earliest_us, row.left_by_us, "", 2)
    row.doubts += [f"another loop may have been before it: {shift}"] if shift else []
    return shift


def _earliest_us(ctx: Context, walk: Walk, number: int) -> int:
    """Nobody ends this loop sooner."""
    rules = cast("BarkleyRules", ctx.race.rules)
    row = walk.loops[number]
    out_us = row.out_us
    if out_us is None:
        out_us = walk.loops[number - 1].in_us or 0
    return out_us + to_us(rules.shortest_loop_s)


def _towers_saw_one(ctx: Context, draft: Draft, walk: Walk, number: int) -> bool:
    """Is a tower that every loop passes whole for all this time, and saw the runner once?"""
    rules = cast("BarkleyRules", ctx.race.rules)
    begin_us = _earliest_us(ctx, walk, number) - to_us(rules.shortest_loop_s)
    end_us = walk.loops[number].in_us or 0
    if not rules.tower_every_loop:
        return False
    for place, _, _ in ctx.towers:
        seen = sum(where == place and begin_us <= at_us <= end_us for at_us, where in draft.seen)
        if seen == 1 and not ctx.lack(ctx.unseen.of_place(place), begin_us, end_us):
            return True
    return False


def _touched(ctx: Context, from_us: int, until_us: int, own: str, times: int) -> str:
    """Words when there may have been so many touches of the runner in this span."""
    words = ctx.lack(ctx.unseen.gates, from_us, until_us, own)
    if words:
        return words
    nameless = ctx.nameless_in(from_us, until_us)
    if len(nameless) < times:
        return ""
    return f"whose touch was that at {hms(nameless[0])}?"


def _is_closed(ctx: Context, draft: Draft, walk: Walk, number: int, end: Touch) -> bool:
    """Does what comes after the arrival show that it is one? A departure does, the word or the
    bugle that the runner is out, and who ruled it the arrival.
    """
    row, coming = walk.loops[number], walk.loops[number + 1 : number + 2]
    in_us = row.in_us or 0
    rules = cast("BarkleyRules", ctx.race.rules)
    if end.hint == "in":
        return True
    if coming and coming[0].out_us is not None:
        return coming[0].out_us - in_us > rules.double_tap_us
    out_us = whereabouts.out_since_us(ctx, draft)
    return out_us is not None and 0 <= out_us - in_us < to_us(rules.leaving_s)


def _sent_back(ctx: Context, draft: Draft, walk: Walk, row: LoopDraft) -> str:
    """Words when the runner was told to touch again, and may have done so where records are
    missing.
    """
    in_us = row.in_us or 0
    said = [
        ruling
        for ruling in ctx.decisions.of(draft.runner.name, "pages", "direction")
        if ruling.data["loop"] == row.loop
    ]
    rejected = [ruling for ruling in said if _rejects(ruling.data)]
    if not rejected:
        return ""
    first_us = _first_arrival_us(ctx, row)
    later = [at_us for touch in walk.touches if (at_us := ctx.elapsed_us(touch.utc_us)) > first_us]
    until_us = next((at_us for at_us in later if at_us > in_us), None)
    at_gate = [ruling for ruling in said if later and ctx.elapsed_us(ruling.at_us) < later[0]]
    if later and not at_gate and not any("seq" in ruling.data for ruling in rejected):
        return f"nobody had said so before the touch at {hms(later[0])}"
    if until_us is None:
        # What may have come after the last word of the gate is no doubt but news.
        accepted = [ruling.at_us for ruling in said if not _rejects(ruling.data)]
        until_us = ctx.elapsed_us(max(accepted)) if accepted else in_us
    return ctx.lack(ctx.unseen.gates, first_us, until_us)


def _first_arrival_us(ctx: Context, row: LoopDraft) -> int:
    """The first of several touches that ended the loop."""
    ins = [entry.utc_us for entry in row.evidence if entry.use.startswith("in")]
    return min(ins) - ctx.start_us if ins else row.in_us or 0


def _rejects(data: Mapping[str, object]) -> bool:
    if "have" in data:
        return cast("int", data["have"]) < cast("int", data["of"])
    return data.get("right") is False
