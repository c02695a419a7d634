"""What became of the runners of a Barkley: status, reason, result, rank; and what they decide
among each other: directions, and the order of arrivals.
"""

from __future__ import annotations

from collections.abc import Sequence

from yellowgate.event.rules import CHOICE, BarkleyRules
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.presets import limits, lines, order, whereabouts
from yellowgate.race.presets.barkley_leaving import inherited_us
from yellowgate.race.presets.barkley_verdict import GOOD
from yellowgate.times import hms, to_us

MISSED_CUTOFF = "missed cutoff"
OPPOSITE = {"clockwise": "counter-clockwise", "counter-clockwise": "clockwise"}


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """After every runner was judged alone."""
    rules = ctx.race.rules_of(BarkleyRules)
    for loop in range(1, rules.loops + 1):
        rows = [(draft, row) for draft in drafts if (row := _loop(draft, loop)) is not None]
        order.doubt_arrivals(ctx, rows)
        if rules.directions[loop - 1] == CHOICE:
            _directions(ctx, rows, loop)
        else:
            _ruled_directions(ctx, rows, loop)
    for draft in drafts:
        _status(ctx, draft)
        _tower(ctx, draft)


def _loop(draft: Draft, loop: int) -> LoopDraft | None:
    loops = draft.loops
    return loops[loop - 1] if loop <= len(loops) else None


def _ruled_directions(ctx: Context, rows: Sequence[tuple[Draft, LoopDraft]], loop: int) -> None:
    """The race file says the direction; a ruling may say that it was another one."""
    for draft, row in rows:
        ruling = ctx.decisions.ruling("way", draft.runner.name, loop)
        if ruling is None:
            continue
        row.rule(ctx.decisions.lines("way", draft.runner.name, loop))
        if ruling.data["direction"] != row.direction:
            text = f"ran loop {loop} {ruling.data['direction']}, the race says {row.direction}"
            draft.problem("direction", "decide", text, loop, None, (), (ruling.id,))
        row.direction = ruling.data["direction"]


def _directions(ctx: Context, rows: Sequence[tuple[Draft, LoopDraft]], loop: int) -> None:
    """The first one chooses, the others alternate, in the order in which they left camp (or in
    which they had come in, when the race has it so).
    """
    rules = ctx.race.rules_of(BarkleyRules)
    by_arrival = rules.chooser == "first to arrive"
    queue: list[tuple[order.Moment, Draft, LoopDraft]] = []
    for draft, row in rows:
        before = _loop(draft, loop - 1)
        found = order.departure(ctx, draft, row)
        if by_arrival and before is not None:
            found = order.arrival(ctx, draft, before)
        if found is not None and not row.is_late_start:
            queue.append((found, draft, row))
    queue.sort(key=lambda entry: entry[0])
    ruled = {when.name: ctx.decisions.ruling("way", when.name, loop) for when, _, _ in queue}
    first = ""
    for place, (when, _, _) in enumerate(queue):
        ruling = ruled[when.name]
        if ruling is not None:
            said = ruling.data["direction"]
            first = said if place % 2 == 0 else OPPOSITE[said]
            break
    unsure = order.overlaps(ctx, [when for when, _, _ in queue])
    for place, (when, draft, row) in enumerate(queue):
        name = when.name
        row.notes += ["chooses the direction"] if place == 0 else []
        row.rule(ctx.decisions.lines("way", name, loop))
        if name in unsure:
            others = order.others_words(unsure[name])
            row.doubts.append(f"who left first, {name} or {others}, is within the bounds")
        row.direction = (first if place % 2 == 0 else OPPOSITE[first]) if first else ""
        _check_way(ctx, draft, row, loop)


def _check_way(ctx: Context, draft: Draft, row: LoopDraft, loop: int) -> None:
    ruling = ctx.decisions.ruling("way", draft.runner.name, loop)
    if ruling is None:
        return
    if ruling.data["direction"] != row.direction:
        text = f"ran loop {loop} {ruling.data['direction']}, the turn was {row.direction}"
        draft.problem("direction", "decide", text, loop, None, (), (ruling.id,))
        row.direction = ruling.data["direction"]


def _tower(ctx: Context, draft: Draft) -> None:
    """A loop not seen at the tower: check the pages. Only where a tower has reported."""
    rules = ctx.race.rules_of(BarkleyRules)
    if not rules.tower_every_loop:
        return
    for place, since_us, until_us in ctx.towers:
        for row in draft.loops:
            out_us = row.out_us if row.out_us is not None else None
            if row.in_us is None or out_us is None:
                continue
            if out_us < since_us or row.in_us > until_us:
                continue  # the tower's records do not reach over the whole loop
            was_seen = any(
                seen == place and out_us <= at_us <= (row.in_us or 0) for at_us, seen in draft.seen
            )
            if not was_seen:
                text = f"loop {row.loop} without a touch at {place}: check the pages"
                draft.problem("no tower", "note", text, row.loop, row.in_us)


def _status(ctx: Context, draft: Draft) -> None:
    """Status, reason, result and rank of a runner whose loops are judged."""
    rules = ctx.race.rules_of(BarkleyRules)
    loops = draft.loops
    good = 0
    while good < len(loops) and loops[good].verdict in GOOD:
        good += 1
    draft.counted = good
    draft.loop_now = loops[-1].loop if loops else 0
    if good:
        draft.result_us = loops[good - 1].in_us
        draft.result_bound_us = loops[good - 1].in_bound_us
        draft.result = hms(draft.result_us or 0)
    if rules.loop_km:
        draft.km = round(good * rules.loop_km, 3)
    _rank(ctx, draft, loops, good, rules.loops)
    ruled = whereabouts.dropout_reason(ctx, draft)
    if ruled in lines.NOT_RANKED or not loops:
        lines.not_ranked(draft, ruled)
        return
    last = loops[-1]
    draft.since_us = last.in_us if draft.in_camp else last.out_us
    if good == rules.loops:
        _finished(draft, last)
        return
    reason = _why_out(ctx, draft, loops, ruled)
    if not reason:
        return
    draft.status = "fun run" if _is_fun_run(ctx, draft, loops, good) else "out"
    draft.reason = reason
    draft.next_cutoff_us = None


def _is_fun_run(ctx: Context, draft: Draft, loops: Sequence[LoopDraft], good: int) -> bool:
    """So many loops in time; who was given grace for the last of them has it here too."""
    rules = ctx.race.rules_of(BarkleyRules)
    if not rules.fun_run_loops or good < rules.fun_run_loops:
        return False
    last = loops[rules.fun_run_loops - 1]
    grace_us = limits.grace_us(ctx, draft.runner.name, last.loop, "cutoff") or 0
    limit_us = to_us(rules.fun_run_s) + grace_us
    return limits.in_time(last.in_us or 0, limit_us, rules.at_cutoff_counts)


def _finished(draft: Draft, last: LoopDraft) -> None:
    draft.status = "finished"
    draft.settled_us = last.in_us
    loops = draft.loops
    open_pages = [str(row.loop) for row in loops if row.verdict == "provisional"]
    if open_pages:
        draft.reason = f"pages of loop {', '.join(open_pages)} not ruled"
    if draft.taps_us is not None and draft.taps_us > (last.in_us or 0):
        text = f"taps at {hms(draft.taps_us)} for a finisher"
        draft.problem("taps for a finisher", "look", text, 0, draft.taps_us, tuple(draft.signals))


def _why_out(ctx: Context, draft: Draft, loops: Sequence[LoopDraft], ruled: str) -> str:
    """Why the runner is out, "" when in the race; sets the status then."""
    last = loops[-1]
    bad = next((row for row in loops if row.verdict not in (*GOOD, "open")), None)
    if ruled:
        return ruled
    if bad is not None:
        return _after_bad(ctx, draft, bad, last)
    if last.is_late_start:
        return MISSED_CUTOFF
    if draft.taps_us is not None:
        return "tapped out"
    if draft.returned_us is not None and not draft.in_camp:
        return f"returned without finishing loop {last.loop}"
    return _by_the_clock(ctx, draft, last)


def _after_bad(ctx: Context, draft: Draft, bad: LoopDraft, last: LoopDraft) -> str:
    """As _why_out(), of who has a loop that does not count; bad is the first such."""
    if bad.verdict == "over cutoff":
        return MISSED_CUTOFF
    if bad is last and bad.second_try and draft.taps_us is None:
        limit_us = limits.waits_until(ctx, draft, bad.loop, "cutoff", bad.cutoff_us or 0)
        if limits.in_time(ctx.now_elapsed_us, limit_us, ctx.race.rules.at_cutoff_counts):
            draft.status = "in camp" if draft.in_camp else "on course"
            draft.reason = bad.second_try
            return ""
    if bad.verdict == "pages missing":
        return "page missing"
    return bad.notes[0] if bad.notes else "void"


def _by_the_clock(ctx: Context, draft: Draft, last: LoopDraft) -> str:
    rules = ctx.race.rules_of(BarkleyRules)
    now_us = ctx.now_elapsed_us
    if not draft.in_camp:
        limit_us = limits.waits_until(ctx, draft, last.loop, "cutoff", last.cutoff_us or 0)
        in_time = limits.in_time(now_us, limit_us, rules.at_cutoff_counts)
        draft.status = "on course" if in_time else "overdue"
        return ""
    planned_us = to_us(rules.start_next_by_s[last.loop] or rules.loop_cutoffs_s[last.loop])
    limit_us = limits.waits_until(ctx, draft, last.loop + 1, "start", planned_us)
    if limit_us == planned_us and inherited_us(ctx, draft, last.loop + 1) is not None:
        limit_us = limits.waits_until(ctx, draft, last.loop, "cutoff", planned_us)
    draft.status = "in camp"
    if limits.in_time(now_us, limit_us, rules.at_start_by_counts):
        return ""
    text = (
        f"in camp since {hms(last.in_us or 0)}, not seen leaving for loop {last.loop + 1} before "
        f"{hms(limit_us)}: out, unless the runner left unseen"
    )
    if (last.in_us or 0) < limit_us:
        draft.problem("not seen leaving", "look", text, last.loop + 1)
    return MISSED_CUTOFF


def _rank(
    ctx: Context, draft: Draft, loops: Sequence[LoopDraft], good: int, all_loops: int
) -> None:
    """Finishers by time; the others by loops, time, and then how far they got."""
    never = 1 << 62
    beyond = loops[good:]
    arrivals = [row.in_us for row in beyond if row.in_us is not None]
    last_us = draft.result_us or 0
    checkpoints = [
        row.at_us
        for row in draft.sightings
        if row.source == "station" and row.at_us is not None and row.at_us >= last_us
    ]
    draft.rank = (
        0 if good == all_loops else 1,
        -good,
        ctx.race.rules.ranked_us(last_us),
        -len(arrivals),
        min(arrivals, default=never),
        -len(checkpoints),
        min(checkpoints, default=never),
        0 if any(row.out_us is not None for row in beyond) else 1,
    )
