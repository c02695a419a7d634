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
        _order_doubt(rows)
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


def _order_doubt(rows: Sequence[tuple[Draft, LoopDraft]]) -> None:
    times = [
        (row.in_us, row.in_bound_us, draft.runner.name)
        for draft, row in rows
        if row.in_us is not None
    ]
    unsure = common.overlaps(times)
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
    queue: list[tuple[int, int, str, Draft, LoopDraft]] = []
    for draft, row in rows:
        before = _loop(draft, loop - 1)
        at_us = before.in_us if by_arrival and before is not None else row.out_us
        bound_us = before.in_bound_us if by_arrival and before is not None else row.out_bound_us
        if at_us is not None and not row.is_late_start:
            queue.append((at_us, bound_us, draft.runner.name, draft, row))
    queue.sort(key=lambda entry: entry[:3])
    ruled = {entry[2]: ctx.decisions.ruling("way", entry[2], loop) for entry in queue}
    first = ""
    for place, entry in enumerate(queue):
        ruling = ruled[entry[2]]
        if ruling is not None:
            said = ruling.data["direction"]
            first = said if place % 2 == 0 else OPPOSITE[said]
            break
    unsure = common.overlaps([entry[:3] for entry in queue])
    for place, (_, _, name, draft, row) in enumerate(queue):
        row.notes += ["chooses the direction"] if place == 0 else []
        row.rule(ctx.decisions.lines("way", name, loop))
        if name in unsure:
            others = common.others_words(unsure[name])
            row.doubts.append(f"who left first, he or {others}, is within the bounds")
        row.direction = (first if place % 2 == 0 else OPPOSITE[first]) if first else ""
        _check_way(ctx, draft, row, loop)


def _check_way(ctx: Context, draft: Draft, row: LoopDraft, loop: int) -> None:
    ruling = ctx.decisions.ruling("way", draft.runner.name, loop)
    if ruling is None:
        return
    if ruling.data["direction"] != row.direction:
        text = f"ran loop {loop} {ruling.data['direction']}, it was his turn to run {row.direction}"
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
