"""The rules of a fixed-time race: most distance; ties go to who was there first.

A touch sooner than the shortest lap after the last one is lingering at the reader: it is kept
with that lap. This preset also has to carry a million touches, so that laps are built at once.
Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import cast

from yellowgate.event.rules import ENDS, LapsRules
from yellowgate.model import Evidence
from yellowgate.race.drafts import NO_READ, Context, Draft, Entry, TouchEvidence
from yellowgate.race.intake.touches import Touch
from yellowgate.race.official_log import Loop
from yellowgate.race.presets import common, whereabouts
from yellowgate.race.presets.common import Forced
from yellowgate.times import hms, to_us


def judge(ctx: Context, entry: Entry, forced: Forced) -> Draft:
    """One runner's laps."""
    draft, touches = common.open_line(ctx, entry)
    if not ctx.started or ctx.now_elapsed_us < 0:
        return draft
    rules = cast("LapsRules", ctx.race.rules)
    shortest_us = to_us(rules.shortest_lap_s)
    wins = {key: touch for key, touch in forced.items() if _wins(ctx, draft, key)}
    forced = {key: touch for key, touch in forced.items() if key not in wins}
    used: list[tuple[Touch, str]] = []
    laps: list[int] = []  # where in `used` each lap's touch stands
    last_us = 0
    for touch in common.merge_forced(ctx, touches, forced) if forced else touches:
        at_us = touch.utc_us - ctx.start_us
        if touch.hint == "seen" or touch.role != "gate":
            common.sight(ctx, draft, touch)
        elif touch.hint == "out" or (
            at_us - last_us < shortest_us and touch.hint != "in" and touch.source == "station"
        ):
            used.append((touch, "in again" if laps else "out"))
        else:
            laps.append(len(used))
            used.append((touch, "in"))
            last_us = at_us
    for key in sorted(wins):
        _replace(ctx, draft, used, laps, wins[key])
    if laps:
        draft.laps = _laps(ctx, draft, used, laps)
        last = used[laps[-1]][0]
        draft.seen.append((ctx.elapsed_us(last.utc_us), last.place))
        draft.told_us = ctx.elapsed_us(last.utc_us)
        _doubt(ctx, draft, [used[at][0] for at in laps], shortest_us)
    else:
        draft.aside(ctx.used_evidence(used), "at the start")
    return draft


def _doubt(ctx: Context, draft: Draft, ends: Sequence[Touch], shortest_us: int) -> None:
    """What missing records could turn: a touch within the shortest lap before this one would have
    been the lap's end, one before that the end of a lap more. Laps after it stay laps, but their
    number may be higher.
    """
    gates, first_us = ctx.unseen.gates, ctx.unseen.first_us - ctx.start_us
    before_us, shift, begun = 0, "", ""
    for number, touch in enumerate(ends):
        in_us = ctx.elapsed_us(touch.utc_us)
        if in_us > first_us and touch.source == "station":
            own = ctx.own_log(touch)
            words = ctx.lack(gates, max(before_us, in_us - shortest_us), in_us, own)
            words = f"may have come sooner: {words}" if words else ""
            more = ctx.lack(gates, before_us + shortest_us, in_us - shortest_us, own)
            more = f"more laps may have been before it: {more}" if more else ""
            shift = shift or more
            row = draft.laps[number]
            parts = [part for part in (row.doubt, begun, words, more) if part]
            begun = "the lap before is in doubt" if words else ""
            draft.laps[number] = row._replace(doubt="; ".join(parts), doubtful=bool(parts))
        before_us = in_us
    if shift:
        draft.doubts.append(shift.replace(" before it", ""))


def _wins(ctx: Context, draft: Draft, key: tuple[int, str]) -> bool:
    """Does a time said by hand take the place of a lap's own?"""
    ruling = ctx.decisions.ruling("paper", draft.runner.name, *key)
    return key[1] == "in" and ruling is not None and bool(ruling.data.get("wins"))


def _replace(
    ctx: Context, draft: Draft, used: list[tuple[Touch, str]], laps: list[int], said: Touch
) -> None:
    """Give a lap the time that was ruled; what stations saw is kept with it. A lap after the last
    one is added. The time must lie between those of its neighbours.
    """
    times = [used[at][0].utc_us for at in laps]
    number = said.loop - 1
    before_us = times[number - 1] if 0 < number <= len(times) else ctx.start_us
    after_us = times[number + 1] if number + 1 < len(times) else said.utc_us + 1
    if number > len(laps) or not before_us < said.utc_us < after_us:
        near = f"lap {number} and lap {number + 2}" if number < len(laps) else f"lap {len(laps)}"
        common.fits_nowhere(ctx, draft, said, f"that does not go with {near}")
    elif number == len(laps):
        laps.append(len(used))
        used.append((said, "in"))
    else:
        at = laps[number]
        used[at] = (used[at][0], "in: another time was ruled")
        used.insert(at, (said, "in"))
        laps[number + 1 :] = [place + 1 for place in laps[number + 1 :]]


def _laps(
    ctx: Context, draft: Draft, used: Sequence[tuple[Touch, str]], laps: Sequence[int]
) -> list[Loop]:
    """A lap's evidence is that of its touch and of the lingering after it; what was touched
    before the first lap goes to that.
    """
    made: list[Loop] = []
    gun_us, last_end_us = _ends_us(cast("LapsRules", ctx.race.rules))
    first, last_us = 0, 0
    for number, (at, end) in enumerate(pairwise([*laps, len(used)]), 1):
        touch = used[at][0]
        evidence = TouchEvidence(ctx, used[first:end])
        end_us = last_end_us if last_us < gun_us else gun_us
        made.append(_lap(ctx, draft, number, touch, last_us, end_us, evidence))
        first, last_us = end, touch.utc_us - ctx.start_us
    return made


def _lap(
    ctx: Context,
    draft: Draft,
    number: int,
    touch: Touch,
    out_us: int,
    end_us: int,
    rows: Sequence[Evidence],
) -> Loop:
    """One lap. The verdict is that of the race's end: there is no other cutoff."""
    in_us = touch.utc_us - ctx.start_us
    is_limited = end_us < common.NO_LIMIT_US
    bound_us = touch.bound_us + ctx.start_bound_us
    verdict, note, doubt, lines = "counted", "", "", touch.rulings
    if in_us + bound_us >= end_us:  # nothing to say about the others
        bound_us = ctx.elapsed_bound_us(touch)
        doubt = common.cutoff_doubt(in_us, bound_us, end_us, "the end")
        if not common.in_time(in_us, end_us, ctx.race.rules.at_cutoff_counts):
            verdict, note = "over cutoff", common.late_words(in_us, bound_us, end_us)
    bib = draft.runner.bib(number)
    if ctx.decisions.active:
        name, bib = draft.runner.name, ctx.decisions.bib(draft.runner, number)
        for subject in (("void", name, number), ("grace", name, number, "cutoff")):
            lines += ctx.decisions.lines(*subject)
        grace_us = common.grace_us(ctx, name, number, "cutoff")
        if ctx.decisions.ruling("void", name, number) is not None:
            verdict, note, doubt = "void", "", ""
        elif grace_us is not None:
            is_given = in_us <= end_us + grace_us
            verdict, note = ("counted", f"{note}, grace") if note and is_given else (verdict, note)
            doubt = ""
    return Loop._make(
        (number, touch.place, bib, out_us, in_us, hms(in_us), end_us if is_limited else None,
         None, end_us - in_us if is_limited else None, "", None, verdict, note, bound_us,
         bool(doubt), doubt, rows, lines)
    )  # fmt: skip


def lap_end_us(rules: LapsRules, out_us: int) -> int:
    """When a lap begun at this moment must be done: by the gun; or, where laps are finished, by
    the last moment for that if it was begun before the gun.
    """
    gun_us, last_end_us = _ends_us(rules)
    return last_end_us if out_us < gun_us else gun_us


def _ends_us(rules: LapsRules) -> tuple[int, int]:
    """(the gun, when a lap that was begun before the gun must be done)."""
    gun_us = to_us(rules.duration_s)
    if rules.at_the_gun == ENDS[0]:
        return gun_us, gun_us
    later_us = to_us(rules.finish_lap_s)
    return gun_us, gun_us + later_us if later_us else common.NO_LIMIT_US


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Distances, then whose order at the same distance is in doubt."""
    rules = cast("LapsRules", ctx.race.rules)
    by_distance: dict[int, list[Draft]] = {}
    for draft in drafts:
        metres = _status(ctx, draft, rules)
        if metres:
            by_distance.setdefault(metres, []).append(draft)
    for group in by_distance.values() if rules.ties != "shared" else ():
        if ctx.start_read == NO_READ and not _meet(group):
            continue  # most: their reads need not be looked up
        unsure = common.overlaps(ctx, [_result(ctx, draft) for draft in group])
        for draft in group:
            if draft.runner.name in unsure:
                others = common.others_words(unsure[draft.runner.name])
                draft.doubts.append(f"the order with {others} is within the bounds")


def _meet(drafts: Sequence[Draft]) -> bool:
    """Do the bounds of any two results meet?"""
    ends = sorted(
        ((draft.result_us or 0) - draft.result_bound_us, draft.result_bound_us) for draft in drafts
    )
    furthest_us = -common.NO_LIMIT_US
    for low_us, bound_us in ends:
        if low_us <= furthest_us:
            return True
        furthest_us = max(furthest_us, low_us + 2 * bound_us)
    return False


def _result(ctx: Context, draft: Draft) -> common.Moment:
    """When the last lap that counts ended."""
    rows = next((lap.evidence for lap in reversed(draft.laps) if lap.verdict == "counted"), ())
    touch = rows.arrival() if isinstance(rows, TouchEvidence) else None
    read = touch.reads[0] if touch is not None and touch.reads else NO_READ
    at_us, bound_us = draft.result_us or 0, draft.result_bound_us
    return common.moment(ctx, draft.runner.name, at_us, bound_us, read)


def _status(ctx: Context, draft: Draft, rules: LapsRules) -> int:
    """Status and rank; returns the distance in millimetres."""
    counted = [lap for lap in draft.laps if lap.verdict == "counted"]
    partial = ctx.decisions.ruling("partial", draft.runner.name)
    extra_m: float = partial.data["distance_m"] if partial is not None else 0.0
    draft.counted = len(counted)
    has_first = bool(counted) and counted[0].loop == 1
    millimetres = rules.distance_mm(len(counted), has_first) + round(extra_m * 1e3)
    draft.km = millimetres / 1e6
    draft.result = f"{draft.km:.3f} km"
    if counted:
        draft.result_us = counted[-1].in_us
        draft.result_bound_us = counted[-1].uncertainty_us or 0
    first_us = 0 if rules.ties == "shared" else draft.result_us or 0
    draft.rank = (0, -millimetres, first_us)
    ruled = whereabouts.dropout_reason(ctx, draft)
    draft.loop_now = len(draft.laps) + 1
    draft.since_us = draft.seen[-1][0] if draft.seen else 0
    _show_missed_reads(draft, rules)
    end_us = lap_end_us(rules, (draft.laps[-1].in_us or 0) if draft.laps else 0)
    if end_us == common.NO_LIMIT_US:  # then the search for who is missing begins with the gun
        end_us = to_us(rules.duration_s + rules.missing_s)
    if ruled in (common.DID_NOT_START, common.DISQUALIFIED) or not ctx.started:
        draft.status = "out" if ruled == common.DISQUALIFIED else "not started"
        draft.reason, draft.loop_now = ruled, 0
        draft.rank = (common.NO_RANK,) if ruled else draft.rank
        if ruled == common.DID_NOT_START:
            common.did_not_start(draft)
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
    return millimetres


def _show_missed_reads(draft: Draft, rules: LapsRules) -> None:
    """A lap of twice the usual time, or more: perhaps two, with a touch between that was missed.
    The usual one is the runner's median, of three laps at least.
    """
    laps = draft.laps
    if not rules.missed_read_laps or len(laps) < 3:
        return
    spans_us = [(lap.in_us or 0) - (lap.out_us or 0) for lap in laps]
    usual_us = int(median(spans_us))
    for lap, span_us in zip(laps, spans_us, strict=True):
        if span_us >= rules.missed_read_laps * usual_us and lap.verdict == "counted":
            text = (
                f"lap {lap.loop} took {hms(span_us)}, {span_us / usual_us:.1f} times the usual "
                f"{hms(usual_us)}: was a touch missed?"
            )
            draft.problem("missed read", "look", text, lap.loop, lap.in_us)
