"""Who a press, or a tag that nobody wears, may be."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from yellowgate.event.rules import BackyardRules, BarkleyRules, LapsRules
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.official_log import Loop, Proposal, Unassigned
from yellowgate.race.presets.common import out_since_us
from yellowgate.times import hms, to_us

PROPOSALS_MAX = 5
LOOKS_MAX = 10_000  # runners times reads: beyond that only the newest reads get proposals
NEAR_US = 10_000_000
NEVER_US = 1 << 62


def unassigned(
    ctx: Context,
    drafts: Sequence[Draft],
    presses: Sequence[int],
    unknown: Mapping[str, Sequence[int]],
    lone_taps: Sequence[int],
) -> list[Unassigned]:
    """All that is nobody's yet, by time. Reads of one unknown tag at one place within the
    double-tap window are one.
    """
    groups: list[tuple[str, list[int]]] = [("", [row]) for row in presses]
    groups += [(ctx.reads.body(row).hex(), [row]) for row in lone_taps]
    for uid, rows in unknown.items():
        groups += [(uid, group) for group in _touches(ctx, rows)]
    groups.sort(key=lambda group: ctx.reads.order(group[1][0]))
    first = len(groups) - LOOKS_MAX // max(1, len(drafts))
    lines = [_line(ctx, draft) for draft in drafts] if groups and ctx.started else []
    shortest_us = _shortest_us(ctx)
    result: list[Unassigned] = []
    for number, (uid, rows) in enumerate(groups):
        evidence = [ctx.evidence(rows[0], "none")]
        evidence += [ctx.evidence(row, "none again") for row in rows[1:]]
        at_us = ctx.elapsed_us(evidence[0].utc_us)
        found = _propose(lines, at_us, shortest_us) if number >= first and at_us >= 0 else []
        result.append(Unassigned(uid, evidence[0].at_us, tuple(found), tuple(evidence)))
    return result


def _touches(ctx: Context, rows: Sequence[int]) -> list[list[int]]:
    window_us = ctx.race.rules.double_tap_us
    utcs_us = ctx.reads.utcs_us
    groups: list[list[int]] = []
    latest: dict[str, list[int]] = {}
    for row in rows:
        place = ctx.places.station_at(row).place
        before = latest.get(place)
        if before is not None and utcs_us[row] - utcs_us[before[-1]] <= window_us:
            before.append(row)
        else:
            latest[place] = [row]
            groups.append(latest[place])
    return groups


class _Line(NamedTuple):
    """A runner, made ready for many looks. ins_us: when the loops ended, never where they did
    not. until_us: when he was out; never: infinite. is_kept_out: he cannot be leaving camp.
    """

    draft: Draft
    ins_us: list[int]
    until_us: float
    is_kept_out: bool


def _line(ctx: Context, draft: Draft) -> _Line:
    ins_us = [_in_us(row) for row in draft.ways]
    until_us = out_since_us(ctx, draft)
    is_kept_out = not ins_us or isinstance(ctx.race.rules, LapsRules)
    return _Line(draft, ins_us, math.inf if until_us is None else until_us, is_kept_out)


def _propose(lines: Sequence[_Line], at_us: int, shortest_us: int) -> list[Proposal]:
    """Who was on course and due at this moment, best first: whose tag was read just then, then
    who has no tag at all, then who has been out longest; after them who could have left camp.
    """
    found = [
        choice
        for line in lines
        if line.until_us >= at_us and (choice := _due(line, at_us, shortest_us)) is not None
    ]
    found.sort(key=lambda choice: choice.rank)
    return [_proposal(choice, at_us) for choice in found[:PROPOSALS_MAX]]


class _Choice(NamedTuple):
    """A runner whom it may be. rank: the smaller the better; its first number says why. loop: the
    one that he would end, None when he would leave for the next.
    """

    rank: tuple[int, int, int, str]
    draft: Draft
    loop: LoopDraft | Loop | None


_NEAR, _ON_LOOP, _IN_CAMP = range(3)


def _in_us(row: LoopDraft | Loop) -> int:
    return NEVER_US if row.in_us is None else row.in_us


def _due(line: _Line, at_us: int, shortest_us: int) -> _Choice | None:
    """Whether it may be this runner, from the loop that he was on and the one before it."""
    draft, ins_us = line.draft, line.ins_us
    runner, loops = draft.runner, draft.ways
    number = bisect_left(ins_us, at_us)
    for near in (number - 1, number):
        if 0 <= near < len(loops) and (gap_us := abs(ins_us[near] - at_us)) <= NEAR_US:
            return _Choice((_NEAR, gap_us, 0, runner.name), draft, loops[near])
    if number < len(loops):
        out_us = loops[number].out_us
        if out_us is None or at_us < out_us + shortest_us:
            return None
        return _Choice(
            (_ON_LOOP, 1 if runner.tags else 0, out_us, runner.name), draft, loops[number]
        )
    if line.is_kept_out:
        return None
    return _Choice((_IN_CAMP, 0, -_in_us(loops[-1]), runner.name), draft, None)


def _proposal(choice: _Choice, at_us: int) -> Proposal:
    runner, row = choice.draft.runner, choice.loop
    if row is None:
        loop = len(choice.draft.ways) + 1
        words = f"in camp since {hms(_in_us(choice.draft.ways[-1]))}: leaving"
        return Proposal(runner.name, runner.bib(loop), loop, "out", words)
    if choice.rank[0] == _NEAR:
        gap_us = _in_us(row) - at_us
        words = f"whose tag was read {abs(gap_us) / 1e6:.1f} s "
        words += "later" if gap_us >= 0 else "before"
    else:
        since = hms(row.out_us or 0)
        words = f"on loop {row.loop} since {since}" + ("" if runner.tags else ", has no tag")
    return Proposal(runner.name, row.bib, row.loop, "in", words)


def _shortest_us(ctx: Context) -> int:
    rules = ctx.race.rules
    if isinstance(rules, BarkleyRules):
        return to_us(rules.shortest_loop_s)
    if isinstance(rules, BackyardRules):
        return to_us(rules.shortest_yard_s)
    return to_us(rules.shortest_lap_s) if isinstance(rules, LapsRules) else 0
