"""Who a press, or a tag that nobody wears, may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yellowgate.model import Timed
from yellowgate.race.common import loop_span_us, out_since_us
from yellowgate.race.context import Context, Draft
from yellowgate.race.officiallog import Evidence, Proposal, Unassigned, hms
from yellowgate.race.rules import BackyardRules, BarkleyRules, LapsRules, to_us

PROPOSALS_MAX = 5
PROPOSED_MAX = 500  # with more of them something else is wrong, and proposals only cost time
NEAR_US = 10_000_000


def unassigned(
    ctx: Context,
    drafts: Sequence[Draft],
    presses: Sequence[Timed],
    unknown: Mapping[str, Sequence[Timed]],
    lone_taps: Sequence[Timed],
) -> list[Unassigned]:
    """All that is nobody's yet, by time. Reads of one unknown tag at one place within the
    double-tap window are one.
    """
    groups: list[tuple[str, list[Timed]]] = [("", [row]) for row in presses]
    groups += [(row[0][7].hex(), [row]) for row in lone_taps]
    for uid, rows in unknown.items():
        groups += [(uid, group) for group in _touches(ctx, rows)]
    groups.sort(key=lambda group: (group[1][0][1], group[1][0][0][0], group[1][0][0][1]))
    is_few = len(groups) <= PROPOSED_MAX
    result: list[Unassigned] = []
    for uid, rows in groups:
        evidence = [
            ctx.evidence(row, "none" if at == 0 else "none again") for at, row in enumerate(rows)
        ]
        found = propose(ctx, drafts, evidence[0]) if is_few else []
        result.append(Unassigned(uid, evidence[0].at_s, tuple(found), tuple(evidence)))
    return result


def _touches(ctx: Context, rows: Sequence[Timed]) -> list[list[Timed]]:
    window_us = ctx.race.rules.double_tap_us
    groups: list[list[Timed]] = []
    latest: dict[str, list[Timed]] = {}
    for row in rows:
        place = ctx.stations[row[0][0]].place
        before = latest.get(place)
        if before is not None and row[1] - before[-1][1] <= window_us:
            before.append(row)
        else:
            latest[place] = [row]
            groups.append(latest[place])
    return groups


def propose(ctx: Context, drafts: Sequence[Draft], row: Evidence) -> list[Proposal]:
    """Who was on course and due at this moment, best first: whose tag was read just then, then
    who has no tag at all, then who has been out longest; after them who could have left camp.
    """
    if not ctx.started or row.utc_us < ctx.start_us:
        return []
    at_us = ctx.elapsed_us(row.utc_us)
    found: list[tuple[tuple[int, int, int, str], Proposal]] = []
    for draft in drafts:
        until_us = out_since_us(ctx, draft)
        if until_us is not None and until_us < at_us:
            continue
        choice = _due(ctx, draft, at_us)
        if choice is not None:
            found.append(choice)
    found.sort(key=lambda entry: entry[0])
    return [proposal for _, proposal in found[:PROPOSALS_MAX]]


def _due(
    ctx: Context, draft: Draft, at_us: int
) -> tuple[tuple[int, int, int, str], Proposal] | None:
    runner = draft.runner
    shortest_us = _shortest_us(ctx)
    last_in: tuple[int, int] | None = None
    for row in draft.loops:
        out_us, in_us = loop_span_us(row)
        if in_us is not None and abs(in_us - at_us) <= NEAR_US:
            words = f"his tag was read {abs(in_us - at_us) / 1e6:.1f} s "
            words += "later" if in_us >= at_us else "before"
            return (0, abs(in_us - at_us), 0, runner.name), Proposal(
                runner.name, row.bib, row.loop, "in", words
            )
        if (
            out_us is not None
            and out_us + shortest_us <= at_us
            and (in_us is None or at_us < in_us)
        ):
            words = f"on loop {row.loop} since {hms(out_us)}"
            words += "" if runner.tag else ", has no tag"
            return (1, 1 if runner.tag else 0, out_us, runner.name), Proposal(
                runner.name, row.bib, row.loop, "in", words
            )
        if in_us is not None and in_us < at_us:
            last_in = (row.loop, in_us)
    if last_in is None or last_in[0] != len(draft.loops) or isinstance(ctx.race.rules, LapsRules):
        return None
    words = f"in camp since {hms(last_in[1])}: leaving"
    loop = last_in[0] + 1
    return (2, 0, -last_in[1], runner.name), Proposal(
        runner.name, runner.bib(loop), loop, "out", words
    )


def _shortest_us(ctx: Context) -> int:
    rules = ctx.race.rules
    if isinstance(rules, BarkleyRules):
        return to_us(rules.shortest_loop_s)
    if isinstance(rules, BackyardRules):
        return to_us(rules.shortest_yard_s)
    return to_us(rules.shortest_lap_s) if isinstance(rules, LapsRules) else 0
