"""What the rules of every preset do alike: open a runner's line, sightings, being out, doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from yellowgate.model import Level
from yellowgate.race.drafts import NO_READ, Context, Draft, Entry, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.official_log import SightingLine
from yellowgate.race.presets.whereabouts import dropped_at, is_accounted, out_since_us
from yellowgate.rulings.decisions import line
from yellowgate.times import UNBOUNDED_US, bound_words, hms, span_words, to_us

DID_NOT_START = "did not start"
DISQUALIFIED = "disqualified"
NO_RANK = 9  # first entry of the rank of who is not ranked
# Times that were said by hand, by loop and side ("in", "out"): they are put among the touches.
Forced = Mapping[tuple[int, str], Touch]


def open_line(ctx: Context, entry: Entry) -> tuple[Draft, list[Touch]]:
    """The runner's draft with everything that was ruled on him, and his touches in the race.

    What was touched before the start, or when he was out already, is kept aside and flagged.
    """
    draft = Draft(entry.runner)
    name = entry.runner.name
    draft.rulings = [line(row) for row in ctx.decisions.by_runner.get(name, ())]
    _ruled_moments(ctx, draft)
    _bugle(ctx, draft, entry)
    touches: list[Touch] = []
    early: list[Touch] = []
    for touch in entry.touches:
        is_early = not ctx.started or touch.utc_us < ctx.start_us
        (early if is_early else touches).append(touch)
    _before_start(ctx, draft, early)
    return draft, _while_in(ctx, draft, touches)


def _ruled_moments(ctx: Context, draft: Draft) -> None:
    name = draft.runner.name
    back = ctx.decisions.ruling("return", name)
    if back is not None:
        moment = ctx.moment_us(back.data)
        if moment is not None and moment <= ctx.now_us:
            draft.returned_us = ctx.elapsed_us(moment)
            draft.seen.append((draft.returned_us, "camp"))
    dropped_at(ctx, draft)
    for ruling in ctx.decisions.of(name, "sighting"):
        moment = ctx.moment_us(ruling.data)
        if moment is None or moment > ctx.now_us:
            continue
        at_us = ctx.elapsed_us(moment)
        place = ruling.data.get("place", "")
        text = ruling.data.get("text", "")
        draft.seen.append((at_us, place or text))
        since_us = at_us if ctx.started else None
        shown = SightingLine(since_us, moment, place, 0, "ruling", text, 0, (), (line(ruling),))
        draft.sightings.append(shown)


def _bugle(ctx: Context, draft: Draft, entry: Entry) -> None:
    """The bugle played for him: the first time counts, all are kept."""
    for row in entry.taps:
        at_us = ctx.elapsed_us(ctx.reads.utcs_us[row])
        draft.signals.append(ctx.evidence(row, "taps"))
        if not ctx.started or at_us < 0:
            text = "taps before the start: no meaning"
            draft.problem("taps before the start", "look", text, at_us=at_us)
        elif draft.taps_us is None:
            draft.taps_us = at_us


def _before_start(ctx: Context, draft: Draft, early: Sequence[Touch]) -> None:
    if not early:
        return
    why = "before the start" if ctx.started else "no start is logged"
    rows = [row for touch in early for row in ctx.touch_evidence(touch, "none")]
    draft.aside(rows, why)
    text = f"{len(early)} touch{'es' if len(early) > 1 else ''}: {why}"
    level = "note" if ctx.started else "decide"
    draft.problem("touch before the start", level, text, evidence=tuple(rows[:3]))


def _while_in(ctx: Context, draft: Draft, touches: Sequence[Touch]) -> list[Touch]:
    """The touches until he was out. Later ones flag that he was seen again."""
    until_us = out_since_us(ctx, draft)
    if until_us is None:
        return list(touches)
    slack_us = ctx.race.rules.double_tap_us
    kept = [touch for touch in touches if ctx.elapsed_us(touch.utc_us) <= until_us]
    kept += _by_then(ctx, draft, touches[len(kept) :], until_us)
    later = touches[len(kept) :]
    for touch in later:
        at_us = ctx.elapsed_us(touch.utc_us)
        draft.seen.append((at_us, touch.place))
        draft.aside(ctx.touch_evidence(touch, "none"), "out already")
        if touch.role == "gate" and draft.returned_us is None:
            draft.returned_us = at_us
    # The tag that the bugle was played for is often still at the reader.
    at_once = [row for row in later if ctx.elapsed_us(row.utc_us) <= until_us + slack_us]
    _seen_again(ctx, draft, until_us, at_once, "note")
    _seen_again(ctx, draft, until_us, later[len(at_once) :], "decide")
    return kept


def _by_then(
    ctx: Context, draft: Draft, touches: Sequence[Touch], until_us: int
) -> Sequence[Touch]:
    """Those after the moment of a ruling by which the runner was out, that may have been before it
    by their bounds: who ruled it saw the runner, and looked at another clock.
    """
    if draft.taps_us == until_us:
        return []
    is_later = (
        touch.bound_us >= UNBOUNDED_US or ctx.elapsed_us(touch.utc_us) - touch.bound_us > until_us
        for touch in touches
    )
    near = touches[: next((at for at, later in enumerate(is_later) if later), len(touches))]
    if near:
        at = hms(ctx.elapsed_us(near[0].utc_us))
        draft.doubts.append(f"whether the touch at {at} was before {hms(until_us)} no clock says")
    return near


def _seen_again(
    ctx: Context, draft: Draft, until_us: int, touches: Sequence[Touch], level: Level
) -> None:
    """Show that he was seen, though he is out: once, however often it was."""
    if not touches:
        return
    first, at_us = touches[0], ctx.elapsed_us(touches[0].utc_us)
    often = f" and {len(touches) - 1} times more" if len(touches) > 1 else ""
    text = f"seen at {first.place} at {hms(at_us)}{often}, though out since {hms(until_us)}"
    rows = tuple(row for touch in touches[:3] for row in ctx.touch_evidence(touch, "none"))
    draft.problem("touch after taps", level, text, 0, at_us, rows)


def sight(ctx: Context, draft: Draft, touch: Touch) -> None:
    """A touch that is no gate's: he was there."""
    at_us = ctx.elapsed_us(touch.utc_us)
    draft.seen.append((at_us, touch.place))
    rows = tuple(ctx.touch_evidence(touch, "seen"))
    draft.sightings.append(
        SightingLine(
            at_us, touch.utc_us, touch.place, 0, "station", "", touch.bound_us,
            rows, touch.rulings,
        )
    )  # fmt: skip


def merge_forced(ctx: Context, touches: Sequence[Touch], forced: Forced) -> list[Touch]:
    """Touches and the times said by hand, by time."""
    rows = [*touches, *forced.values()]
    return sorted(rows, key=lambda row: (row.utc_us, row.source, row.loop, row.hint))


def keep_aside(
    ctx: Context, draft: Draft, touch: Touch, loop: int, kind: str, text: str, is_odd: bool = True
) -> None:
    """Keep a touch without using it. is_odd: a person should see that."""
    rows = ctx.touch_evidence(touch, "none")
    draft.aside(rows, kind)
    if is_odd:
        draft.problem(kind, "look", text, loop, ctx.elapsed_us(touch.utc_us), tuple(rows))


def other_time_ruled(
    ctx: Context, draft: Draft, forced: Forced, touch: Touch, loop: int, side: str
) -> bool:
    """Was another time said by hand for what this touch would be? A station's is kept aside."""
    said = forced.get((loop, side))
    if said is None or said is touch or touch.source != "station":
        return False
    gap_us = abs(touch.utc_us - said.utc_us)
    times = [hms(ctx.elapsed_us(row.utc_us)) for row in (touch, said)]
    is_odd = gap_us > to_us(ctx.race.rules.paper_tolerance_s)
    text = f"touch at {times[0]}, ruled {times[1]}"
    keep_aside(ctx, draft, touch, loop, f"{side}: another time was ruled", text, is_odd)
    return True


def fits_nowhere(ctx: Context, draft: Draft, touch: Touch, why: str) -> None:
    """A time that was said by hand and contradicts the others. why: in words."""
    at = hms(ctx.elapsed_us(touch.utc_us))
    text = f"{touch.hint} of loop {touch.loop} at {at} was said by hand, but {why}"
    ids = tuple(row.id for row in touch.rulings)
    draft.problem("time fits nowhere", "decide", text, touch.loop, None, (), ids)


def cutoff_doubt(at_us: int, bound_us: int, limit_us: int, what: str) -> str:
    """Words when the limit lies within the time's bound, "" when not."""
    if bound_us >= UNBOUNDED_US:
        return f"{what} at {hms(limit_us)}, and {bound_words(bound_us)}"
    if abs(at_us - limit_us) <= bound_us:
        return f"{what} at {hms(limit_us)} is within {bound_words(bound_us)}"
    return ""


NO_LIMIT_US = 1 << 60


def grace_us(ctx: Context, name: str, loop: int, what: str) -> int | None:
    """How much longer he was given for this limit ("cutoff" or "start") of this loop; None when
    not at all. A grace without a number is as long as it took: NO_LIMIT_US.
    """
    ruling = ctx.decisions.ruling("grace", name, loop, what)
    if ruling is None:
        return None
    return to_us(ruling.data["seconds"]) if "seconds" in ruling.data else NO_LIMIT_US


def extended(ctx: Context, name: str, loop: int, what: str, limit_us: int) -> int:
    """The limit ("cutoff" or "start") of this loop with the grace that he was given for it."""
    return limit_us + (grace_us(ctx, name, loop, what) or 0)


def waits_until(ctx: Context, draft: Draft, loop: int, what: str, planned_us: int) -> int:
    """extended(); it is the draft's next cutoff, too, where the grace has an end."""
    limit_us = extended(ctx, draft.runner.name, loop, what, planned_us)
    draft.next_cutoff_us = limit_us if limit_us < NO_LIMIT_US else planned_us
    return limit_us


def ruled_grace_us(ctx: Context, name: str, row: LoopDraft, what: str) -> int | None:
    """grace_us() of this loop; the ruling is shown with the loop."""
    found_us = grace_us(ctx, name, row.loop, what)
    if found_us is not None:
        row.rule(ctx.decisions.lines("grace", name, row.loop, what))
    return found_us


def late_words(at_us: int, bound_us: int, limit_us: int) -> str:
    """How far past the limit."""
    return f"over by {span_words(at_us - limit_us, bound_us)}"


def in_time(at_us: int, limit_us: int, is_limit_in_time: bool) -> bool:
    """Full resolution: a microsecond past the limit is past it."""
    return at_us < limit_us or (at_us == limit_us and is_limit_in_time)


def settle_line(ctx: Context, draft: Draft) -> None:
    """Last things: sightings get their loops, where he was last, whether he is accounted for."""
    draft.sightings = [
        SightingLine(
            row.at_us, row.utc_us, row.place, _loop_at(draft, ctx.elapsed_us(row.utc_us)),
            row.source, row.text, row.uncertainty_us, row.evidence, row.rulings,
        )
        for row in sorted(draft.sightings, key=lambda row: (row.utc_us, row.place, row.text))
    ]  # fmt: skip
    draft.seen.sort()
    if ctx.started:
        told_us = max(draft.told_us or 0, draft.taps_us or 0)
        draft.known_us = ctx.known_until_us(told_us)
    draft.accounted = is_accounted(ctx, draft)


def _loop_at(draft: Draft, at_us: int) -> int:
    """The loop that he was on at this moment, 0 when on none."""
    for row in reversed(draft.ways):
        out_us, in_us = row.out_us, row.in_us
        if out_us is not None and out_us <= at_us and (in_us is None or at_us < in_us):
            return row.loop
    return 0


def did_not_start(draft: Draft) -> None:
    """Ruled a non-starter: he has no loops, unless he touched; then that is shown instead."""
    if any(row.evidence for row in draft.ways):
        draft.problem("did not start", "decide", "ruled a non-starter, and yet seen at the gate")
    else:
        draft.loops, draft.laps = [], []


class Moment(NamedTuple):
    """A time since the start that is to be put in order with others. bound_us: of the moment, not
    of the time since the start: that all share. read: NO_READ when no station saw it.
    """

    at_us: int
    bound_us: int
    name: str
    read: int


def moment(ctx: Context, name: str, at_us: int, bound_us: int, read: int) -> Moment:
    """bound_us: of the time since the start."""
    if read != NO_READ:
        return Moment(at_us, ctx.reads.bounds_us[read], name, read)
    return Moment(at_us, max(0, bound_us - ctx.start_bound_us), name, read)


def arrival(ctx: Context, draft: Draft, row: LoopDraft) -> Moment | None:
    """When he came in."""
    if row.in_us is None:
        return None
    return moment(ctx, draft.runner.name, row.in_us, row.in_bound_us, row.in_read)


def departure(ctx: Context, draft: Draft, row: LoopDraft) -> Moment | None:
    """When he left."""
    if row.out_us is None:
        return None
    return moment(ctx, draft.runner.name, row.out_us, row.out_bound_us, row.out_read)


def arrivals(ctx: Context, rows: Iterable[tuple[Draft, LoopDraft]]) -> list[Moment]:
    """Of all who came in."""
    found = (arrival(ctx, draft, row) for draft, row in rows)
    return [when for when in found if when is not None]


def overlaps(ctx: Context, rows: Iterable[Moment]) -> dict[str, list[str]]:
    """Whose times cannot be put in order: names by name.

    Two touches of one log are in the order in which its clock saw them, however wrong that clock
    is. Others are, where their bounds do not meet. Only the nearest overlapping one on each side
    is named: a clock that is off by minutes would name everybody.
    """
    result: dict[str, list[str]] = {}
    widest: dict[int, tuple[int, Moment]] = {}  # of each log: who reaches furthest so far
    furthest_us = -NO_LIMIT_US
    ordered = sorted(rows, key=lambda row: (row.at_us - row.bound_us, row.at_us, row.name))
    for row in ordered:
        log = NO_READ if row.read == NO_READ else ctx.reads.logs[row.read]
        low_us, high_us = row.at_us - row.bound_us, row.at_us + row.bound_us
        near = (
            [held for held in widest.values() if held[0] >= low_us]
            if (furthest_us >= low_us)
            else []
        )
        near = [held for held in near if not _is_in_order(ctx, held[1], row)]
        if near:
            _, other = max(near, key=lambda held: (held[0], held[1].name))
            result.setdefault(row.name, []).append(other.name)
            result.setdefault(other.name, []).append(row.name)
        if log not in widest or high_us > widest[log][0]:
            widest[log] = high_us, row
        furthest_us = max(furthest_us, high_us)
    return {name: list(dict.fromkeys(others)) for name, others in result.items()}


def _is_in_order(ctx: Context, one: Moment, other: Moment) -> bool:
    """Does the log that saw both know which was first?"""
    if NO_READ in (one.read, other.read):
        return False
    span = ctx.reads.between(one.read, other.read)
    return span is not None and (span[0] > 0 or span[1] < 0)


def others_words(others: Sequence[str]) -> str:
    """The names, a few of them."""
    if len(others) <= 3:
        return " and ".join(others)
    return f"{', '.join(others[:3])} and {len(others) - 3} more"
