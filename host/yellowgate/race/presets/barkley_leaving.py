"""Who left for a loop of the Barkley too late: by the touch, or by what shows it."""

from __future__ import annotations

from typing import cast

from yellowgate.event.rules import BarkleyRules
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.presets import common
from yellowgate.times import hms, span_words, to_us


def left_late(ctx: Context, draft: Draft, row: LoopDraft, before: LoopDraft | None) -> str:
    """Words when the runner left for the loop after the last moment, "" when in time or not known.
    before: the loop before it.
    """
    rules = cast("BarkleyRules", ctx.race.rules)
    if row.start_by_us is None:
        return ""
    grace_us = common.ruled_grace_us(ctx, draft.runner.name, row, "start")
    grace_us = inherited_us(ctx, draft, row.loop) if grace_us is None else grace_us
    if row.out_us is None:
        earliest_us = 0 if before is None or before.in_us is None else before.in_us
        return _left_unseen(rules, row, earliest_us, row.start_by_us + (grace_us or 0))
    if grace_us is None:
        bound_us = row.out_bound_us + ctx.start_bound_us
        words = common.cutoff_doubt(
            row.out_us, bound_us, row.start_by_us, "the last moment to leave"
        )
        row.doubts += [words] if words else []
    if common.in_time(row.out_us, row.start_by_us + (grace_us or 0), rules.at_start_by_counts):
        return ""
    return (
        f"left {span_words(row.out_us - row.start_by_us, row.out_bound_us)} after the last moment"
    )


def _left_unseen(rules: BarkleyRules, row: LoopDraft, earliest_us: int, limit_us: int) -> str:
    """As left_late() where nobody saw the departure: it was after earliest_us, and before the
    runner was seen elsewhere or could have begun the loop at the latest.
    """
    at_counts = rules.at_start_by_counts
    if not common.in_time(earliest_us, limit_us, at_counts):
        return f"in camp until {hms(earliest_us)}, after the last moment to leave"
    known_us = [] if row.left_by_us is None else [row.left_by_us]
    if row.in_us is not None:
        known_us.append(row.in_us - to_us(rules.shortest_loop_s))
    latest_us = max(earliest_us, min(known_us, default=earliest_us))
    if not common.in_time(latest_us, limit_us, at_counts):
        row.doubts.append(
            f"nobody saw the leaving, between {hms(earliest_us)} and {hms(latest_us)}: "
            f"the last moment was {hms(limit_us)}"
        )
    return ""


def inherited_us(ctx: Context, draft: Draft, loop: int) -> int | None:
    """Where the cutoff of one loop is also the last moment to leave for the next, grace for the
    one is grace for the other: else it would let nobody go on.
    """
    rules = cast("BarkleyRules", ctx.race.rules)
    before = loop - 1
    if not before or rules.start_next_by_s[before] != rules.loop_cutoffs_s[before - 1]:
        return None
    return common.grace_us(ctx, draft.runner.name, before, "cutoff")
