"""The order of moments, and whose order no clock knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from yellowgate.race.drafts import NO_READ, Context, Draft, LoopDraft
from yellowgate.race.intake.reads import Seen
from yellowgate.race.presets.limits import NO_LIMIT_US


class Moment(NamedTuple):
    """A time since the start that is to be put in order with others. bound_us: of the moment, not
    of the time since the start: that all share. read: None when no station saw it.
    """

    at_us: int
    bound_us: int
    name: str
    read: Seen | None


def moment(ctx: Context, name: str, at_us: int, bound_us: int, read: Seen | None) -> Moment:
    """bound_us: of the time since the start."""
    if read is not None:
        return Moment(at_us, read.bound_us, name, read)
    return Moment(at_us, max(0, bound_us - ctx.start_bound_us), name, None)


def _seen(ctx: Context, read: int) -> Seen | None:
    return None if read == NO_READ else ctx.reads.seen(read)


def arrival(ctx: Context, draft: Draft, row: LoopDraft) -> Moment | None:
    """When the runner came in."""
    if row.in_us is None:
        return None
    return moment(ctx, draft.runner.name, row.in_us, row.in_bound_us, _seen(ctx, row.in_read))


def departure(ctx: Context, draft: Draft, row: LoopDraft) -> Moment | None:
    """When the runner left."""
    if row.out_us is None:
        return None
    return moment(ctx, draft.runner.name, row.out_us, row.out_bound_us, _seen(ctx, row.out_read))


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
    widest: dict[str, tuple[int, Moment]] = {}  # of each log: who reaches furthest so far
    furthest_us = -NO_LIMIT_US
    ordered = sorted(rows, key=lambda row: (row.at_us - row.bound_us, row.at_us, row.name))
    for row in ordered:
        log = "" if row.read is None else row.read.log_id
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
    if one.read is None or other.read is None:
        return False
    span = ctx.between(one.read, other.read)
    return span is not None and (span[0] > 0 or span[1] < 0)


def others_words(others: Sequence[str]) -> str:
    """The names, a few of them."""
    if len(others) <= 3:
        return " and ".join(others)
    return f"{', '.join(others[:3])} and {len(others) - 3} more"


def doubts(ctx: Context, rows: Iterable[Moment]) -> dict[str, str]:
    """Of whom the place in the order is not sure, and the words for it, by name."""
    unsure = overlaps(ctx, rows)
    return {
        name: f"the order with {others_words(others)} is within the bounds"
        for name, others in unsure.items()
    }


def doubt_arrivals(ctx: Context, rows: Sequence[tuple[Draft, LoopDraft]]) -> None:
    """Write into the loops with whom their order is not sure."""
    words = doubts(ctx, arrivals(ctx, rows))
    for draft, row in rows:
        if draft.runner.name in words:
            row.doubts.append(words[draft.runner.name])
