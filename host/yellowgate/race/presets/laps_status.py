"""What a fixed-time race makes of each runner's laps: distance, status, rank, whose order is open.

Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from yellowgate.event.rules import LapsRules
from yellowgate.race.drafts import Context, Draft, TouchEvidence
from yellowgate.race.official_log import Laps
from yellowgate.race.presets import limits, lines, order, whereabouts
from yellowgate.race.presets.laps import lap_end_us
from yellowgate.times import hms, to_us

MISSED_READS_SHOWN = 3  # one by one; more are one line


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Distances, then whose order at the same distance is in doubt."""
    for draft in drafts:
        status(ctx, draft)
    for group in by_distance(drafts).values():
        order_doubts(ctx, group)


def by_distance(drafts: Iterable[Draft]) -> dict[int, list[Draft]]:
    """Those who have gone any, by their distance in millimetres."""
    found: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.km:
            found.setdefault(distance_mm(draft), []).append(draft)
    return found


def distance_mm(draft: Draft) -> int:
    """How far the runner has come, in millimetres."""
    return round((draft.km or 0) * 1e6)


def order_doubts(ctx: Context, group: Sequence[Draft]) -> None:
    """Whose order is in doubt, of those at one distance; None of them had such words before."""
    is_sure = ctx.start_read is None and not _meet(group)  # most: their reads need no look
    if ctx.race.rules_of(LapsRules).ties == "shared" or is_sure:
        words: Mapping[str, str] = {}
    else:
        words = order.doubts(ctx, [_result(ctx, draft) for draft in group])
    for draft in group:
        draft.order_doubt = words.get(draft.runner.name, "")


def stays_us(ctx: Context, draft: Draft) -> int:
    """Until when (elapsed) the runner's status is what it is now, if nothing new is heard."""
    if draft.status not in ("on course", "overdue"):
        return limits.NO_LIMIT_US
    rules = ctx.race.rules_of(LapsRules)
    end_us = lap_end_us(rules, draft.laps.ins_us[-1] if draft.laps else 0)
    if end_us == limits.NO_LIMIT_US:
        end_us = to_us(rules.duration_s + rules.missing_s)
    missing_us = to_us(rules.missing_s)
    if draft.status == "overdue" or not missing_us:
        return end_us
    return min(end_us, max((at_us for at_us, _ in draft.seen), default=0) + missing_us - 1)


def _meet(drafts: Sequence[Draft]) -> bool:
    """Do the bounds of any two results meet?"""
    ends = sorted(
        ((draft.result_us or 0) - draft.result_bound_us, draft.result_bound_us) for draft in drafts
    )
    furthest_us = -limits.NO_LIMIT_US
    for low_us, bound_us in ends:
        if low_us <= furthest_us:
            return True
        furthest_us = max(furthest_us, low_us + 2 * bound_us)
    return False


def _result(ctx: Context, draft: Draft) -> order.Moment:
    """When the last lap that counts ended."""
    laps = draft.laps or ()
    rows = next((lap.evidence for lap in reversed(laps) if lap.verdict == "counted"), ())
    read = rows.arrival() if isinstance(rows, TouchEvidence) else None
    at_us, bound_us = draft.result_us or 0, draft.result_bound_us
    return order.moment(ctx, draft.runner.name, at_us, bound_us, read)


def status(ctx: Context, draft: Draft) -> None:
    """Distance, status and rank."""
    rules = ctx.race.rules_of(LapsRules)
    count, last = _counted(draft.laps)
    partial = ctx.decisions.ruling("partial", draft.runner.name)
    extra_m: float = partial.data["distance_m"] if partial is not None else 0.0
    draft.counted = count
    has_first = draft.laps is not None and draft.laps.is_counted(0)
    millimetres = rules.distance_mm(count, has_first) + round(extra_m * 1e3)
    draft.km = millimetres / 1e6
    draft.result = f"{draft.km:.3f} km"
    if draft.laps is not None and last >= 0:
        is_odd = last in draft.laps.odd
        bound_us = draft.laps[last].uncertainty_us if is_odd else draft.laps.bounds_us[last]
        draft.result_us, draft.result_bound_us = draft.laps.ins_us[last], bound_us or 0
    first_us = 0 if rules.ties == "shared" else draft.result_us or 0
    draft.rank = (0, -millimetres, first_us)
    ruled = whereabouts.dropout_reason(ctx, draft)
    ins_us = draft.laps.ins_us if draft.laps else ()
    draft.loop_now = len(ins_us) + 1
    draft.since_us = draft.seen[-1][0] if draft.seen else 0
    _show_missed_reads(draft, rules)
    end_us = lap_end_us(rules, ins_us[-1] if ins_us else 0)
    if end_us == limits.NO_LIMIT_US:  # then the search for who is missing begins with the gun
        end_us = to_us(rules.duration_s + rules.missing_s)
    if ruled in lines.NOT_RANKED or not ctx.started:
        lines.not_ranked(draft, ruled)
        draft.loop_now = 0
    elif ctx.now_elapsed_us < 0:
        draft.status, draft.loop_now = "not started", 0
    elif ruled or draft.taps_us is not None:
        draft.status, draft.reason = "out", ruled or "tapped out"
    elif ctx.now_elapsed_us > end_us:
        draft.status = "finished" if millimetres else "out"
        draft.reason = "" if millimetres else "no lap"
        draft.in_camp = True
    else:
        missing_us = to_us(rules.missing_s)
        quiet_us = ctx.now_elapsed_us - max((at_us for at_us, _ in draft.seen), default=0)
        draft.next_cutoff_us = end_us
        draft.status = "overdue" if 0 < missing_us <= quiet_us else "on course"


def _counted(laps: Laps | None) -> tuple[int, int]:
    """How many laps count, and the place of the last of them, -1 for none."""
    if laps is None:
        return 0, -1
    out = {at for at in laps.odd if not laps.is_counted(at)}
    last = next((at for at in range(len(laps) - 1, -1, -1) if at not in out), -1)
    return len(laps) - len(out), last


def _show_missed_reads(draft: Draft, rules: LapsRules) -> None:
    """A lap of twice the usual time, or more: perhaps two, with a touch between that was missed.
    The usual one is the runner's median, of three laps at least. Many such laps are one line.
    """
    laps = draft.laps
    if not rules.missed_read_laps or laps is None or len(laps) < 3:
        return
    from statistics import median  # noqa: PLC0415 - it brings decimal and fractions

    spans_us = [in_us - out_us for out_us, in_us in pairwise((0, *laps.ins_us))]
    usual_us = int(median(spans_us))
    limit_us = rules.missed_read_laps * usual_us
    if not usual_us or max(spans_us) < limit_us:
        return  # usual 0: touches of one moment, said by hand
    long = [at for at, span_us in enumerate(spans_us) if span_us >= limit_us]
    long = [at for at in long if laps.is_counted(at)]
    usual = f"times the usual {hms(usual_us)}"
    if len(long) > MISSED_READS_SHOWN:
        numbers = ", ".join(str(at + 1) for at in long[:MISSED_READS_SHOWN])
        text = (
            f"{len(long)} laps took {rules.missed_read_laps:g} {usual}, or longer (lap {numbers} "
            "and later ones): were touches missed?"
        )
        draft.problem("missed read", "look", text, long[0] + 1, laps.ins_us[long[0]])
        return
    for at in long:
        share = spans_us[at] / usual_us
        text = f"lap {at + 1} took {hms(spans_us[at])}, {share:.1f} {usual}: was a touch missed?"
        draft.problem("missed read", "look", text, at + 1, laps.ins_us[at])
