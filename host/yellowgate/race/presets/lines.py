"""A runner's line, as every preset opens and closes it: touches, sightings, being out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from yellowgate.model import Level
from yellowgate.race.drafts import Context, Draft, Entry
from yellowgate.race.intake.grouped import Touch, Touches
from yellowgate.race.official_log import SightingLine
from yellowgate.race.presets.whereabouts import dropped_at, is_accounted, out_since_us
from yellowgate.rulings.decisions import line
from yellowgate.times import UNBOUNDED_US, hms, to_us

DID_NOT_START = "did not start"
DISQUALIFIED = "disqualified"
NOT_RANKED = (DID_NOT_START, DISQUALIFIED)
NO_RANK = 9  # first entry of the rank of who is not ranked
# Times that were said by hand, by loop and side ("in", "out"): they are put among the touches.
Forced = Mapping[tuple[int, str], Touch]


def open_line(ctx: Context, entry: Entry) -> tuple[Draft, Sequence[Touch]]:
    """The runner's draft with everything that was ruled, and the touches in the race.

    What was touched before the start, or when out already, is kept aside and flagged.
    """
    draft = Draft(entry.runner)
    name = entry.runner.name
    if name in ctx.decisions.by_runner:
        draft.rulings = [line(row) for row in ctx.decisions.by_runner[name]]
        _ruled_moments(ctx, draft)
    _bugle(ctx, draft, entry)
    early, touches = _by_start(ctx, entry.touches)
    _before_start(ctx, draft, early)
    return draft, _while_in(ctx, draft, touches)


def _by_start(ctx: Context, touches: Sequence[Touch]) -> tuple[Sequence[Touch], Sequence[Touch]]:
    """Those before the start, and those in the race."""
    if not ctx.started:
        return touches, ()
    if isinstance(touches, Touches):
        first = bisect_left(touches.utcs_us(), ctx.start_us)
        return touches[:first], touches[first:]
    early = [touch for touch in touches if touch.utc_us < ctx.start_us]
    return early, [touch for touch in touches if touch.utc_us >= ctx.start_us]


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
    """The bugle played for the runner: the first time counts, all are kept."""
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


def _while_in(ctx: Context, draft: Draft, touches: Sequence[Touch]) -> Sequence[Touch]:
    """The touches until the runner was out. Later ones flag that the runner was seen again."""
    until_us = out_since_us(ctx, draft)
    if until_us is None:
        return touches
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
    """Show that the runner was seen, though out: once, however often it was."""
    if not touches:
        return
    first, at_us = touches[0], ctx.elapsed_us(touches[0].utc_us)
    often = f" and {len(touches) - 1} times more" if len(touches) > 1 else ""
    text = f"seen at {first.place} at {hms(at_us)}{often}, though out since {hms(until_us)}"
    rows = tuple(row for touch in touches[:3] for row in ctx.touch_evidence(touch, "none"))
    draft.problem("touch after taps", level, text, 0, at_us, rows)


def sight(ctx: Context, draft: Draft, touch: Touch) -> None:
    """A touch that is no gate's: the runner was there."""
    at_us = ctx.elapsed_us(touch.utc_us)
    draft.seen.append((at_us, touch.place))
    rows = tuple(ctx.touch_evidence(touch, "seen"))
    draft.sightings.append(
        SightingLine(
            at_us, touch.utc_us, touch.place, 0, "station", "", touch.bound_us,
            rows, touch.rulings,
        )
    )  # fmt: skip


def at_gate(ctx: Context, draft: Draft, touches: Iterable[Touch]) -> list[Touch]:
    """Those at the gate; the others show where the runner was."""
    gate: list[Touch] = []
    for touch in touches:
        if touch.role == "gate" and touch.hint != "seen":
            gate.append(touch)
        else:
            sight(ctx, draft, touch)
    return gate


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


def settle_line(ctx: Context, draft: Draft) -> None:
    """Last things: the loops of sightings, where the runner was last, whether accounted for."""
    draft.sightings = [
        SightingLine(
            row.at_us, row.utc_us, row.place, _loop_at(draft, ctx.elapsed_us(row.utc_us)),
            row.source, row.text, row.uncertainty_us, row.evidence, row.rulings,
        )
        for row in sorted(draft.sightings, key=lambda row: (row.utc_us, row.place, row.text))
    ]  # fmt: skip
    draft.seen.sort()
    if ctx.started:
        draft.known_us = _known_until_us(ctx, draft)
    draft.accounted = is_accounted(ctx, draft)


def _known_until_us(ctx: Context, draft: Draft) -> int | None:
    """Until when it is known what the runner did (elapsed); None: as far as it matters."""
    known_us = ctx.known_until_us(max(draft.told_us or 0, draft.taps_us or 0))
    is_graced = bool(ctx.decisions.of(draft.runner.name, "grace"))
    longest_us = to_us(ctx.race.rules.longest_s)
    # A touch in the very moment of the end may still count.
    end_us = None if is_graced or not longest_us else longest_us + 1
    said = [out_since_us(ctx, draft), draft.settled_us, end_us]
    enough_us = min((moment for moment in said if moment is not None), default=None)
    draft.enough_us = enough_us
    is_enough = known_us is not None and enough_us is not None and known_us >= enough_us
    return None if is_enough else known_us


def _loop_at(draft: Draft, at_us: int) -> int:
    """The loop that the runner was on at this moment, 0 when on none."""
    for row in reversed(draft.ways):
        out_us, in_us = row.out_us, row.in_us
        if out_us is not None and out_us <= at_us and (in_us is None or at_us < in_us):
            return row.loop
    return 0


def did_not_start(draft: Draft) -> None:
    """Ruled a non-starter: no loops, unless there is a touch; then that is shown instead."""
    if any(row.evidence for row in draft.ways):
        draft.problem("did not start", "decide", "ruled a non-starter, and yet seen at the gate")
    else:
        draft.loops, draft.laps = [], None


def not_ranked(draft: Draft, ruled: str) -> None:
    """Not in the race, or not in its ranking. ruled: one of NOT_RANKED, "" of who has not started
    yet.
    """
    draft.status = "out" if ruled == DISQUALIFIED else "not started"
    draft.reason = ruled
    if ruled:
        draft.rank = (NO_RANK,)
    if ruled == DID_NOT_START:
        did_not_start(draft)
