"""Cutoffs and the last moments to leave: grace, doubt at the limit, and the words for them."""

from __future__ import annotations

from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.times import UNBOUNDED_US, bound_words, hms, span_words, to_us

NO_LIMIT_US = 1 << 60


def cutoff_doubt(at_us: int, bound_us: int, limit_us: int, what: str) -> str:
    """Words when the limit lies within the time's bound, "" when not."""
    if bound_us >= UNBOUNDED_US:
        return f"{what} at {hms(limit_us)}, and {bound_words(bound_us)}"
    if abs(at_us - limit_us) <= bound_us:
        return f"{what} at {hms(limit_us)} is within {bound_words(bound_us)}"
    return ""


def grace_us(ctx: Context, name: str, loop: int, what: str) -> int | None:
    """How much longer was given for this limit ("cutoff" or "start") of this loop; None when
    not at all. A grace without a number is as long as it took: NO_LIMIT_US.
    """
    ruling = ctx.decisions.ruling("grace", name, loop, what)
    if ruling is None:
        return None
    return to_us(ruling.data["seconds"]) if "seconds" in ruling.data else NO_LIMIT_US


def extended(ctx: Context, name: str, loop: int, what: str, limit_us: int) -> int:
    """The limit ("cutoff" or "start") of this loop with the grace that was given for it."""
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


def over(ctx: Context, draft: Draft, row: LoopDraft) -> str:
    """Words when the runner came in after the cutoff, "" when in time. Grace and doubt are written
    into the loop.
    """
    if row.in_us is None or row.cutoff_us is None:
        return ""
    given_us = ruled_grace_us(ctx, draft.runner.name, row, "cutoff")
    if given_us is None:
        doubt = cutoff_doubt(row.in_us, row.in_bound_us, row.cutoff_us, "the cutoff")
        row.doubts += [doubt] if doubt else []
    at_counts = ctx.race.rules.at_cutoff_counts
    if in_time(row.in_us, row.cutoff_us, at_counts):
        return ""
    words = late_words(row.in_us, row.in_bound_us, row.cutoff_us)
    if in_time(row.in_us, row.cutoff_us + (given_us or 0), at_counts):
        row.notes.append(f"{words}, grace")
        return ""
    return words
