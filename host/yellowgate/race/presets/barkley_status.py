"""What the runners of a Barkley decide among each other: directions, and the order of arrivals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from yellowgate.event.rules import CHOICE, BarkleyRules
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.presets import common
from yellowgate.race.presets.barkley_verdict import status

OPPOSITE = {"clockwise": "counter-clockwise", "counter-clockwise": "clockwise"}


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """After every runner was judged alone."""
    rules = cast("BarkleyRules", ctx.race.rules)
    for loop in range(1, rules.loops + 1):
        rows = [(draft, row) for draft in drafts if (row := _loop(draft, loop)) is not None]
        _order_doubt(ctx, rows)
        if rules.directions[loop - 1] == CHOICE:
            _directions(ctx, rows, loop)
        else:
            _ruled_directions(ctx, rows, loop)
    for draft in drafts:
        status(ctx, draft)
        _tower(ctx, draft)


def _loop(draft: Draft, loop: int) -> LoopDraft | None:
    loops = draft.loops
    return loops[loop - 1] if loop <= len(loops) else None


def _order_doubt(ctx: Context, rows: Sequence[tuple[Draft, LoopDraft]]) -> None:
    unsure = common.overlaps(ctx, common.arrivals(ctx, rows))
    for draft, row in rows:
        others = unsure.get(draft.runner.name)
        if others:
            row.doubts.append(f"the order with {common.others_words(others)} is within the bounds")


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
    rules = cast("BarkleyRules", ctx.race.rules)
    by_arrival = rules.chooser == "first to arrive"
    queue: list[tuple[common.Moment, Draft, LoopDraft]] = []
    for draft, row in rows:
        before = _loop(draft, loop - 1)
        found = common.departure(ctx, draft, row)
        if by_arrival and before is not None:
            found = common.arrival(ctx, draft, before)
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
    unsure = common.overlaps(ctx, [when for when, _, _ in queue])
    for place, (when, draft, row) in enumerate(queue):
        name = when.name
        row.notes += ["chooses the direction"] if place == 0 else []
        row.rule(ctx.decisions.lines("way", name, loop))
        if name in unsure:
            others = common.others_words(unsure[name])
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
    """A loop at whose tower he was not seen: check the pages. Only where a tower has reported."""
    rules = cast("BarkleyRules", ctx.race.rules)
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
