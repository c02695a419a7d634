"""The rules of a fixed-time race: most distance; ties go to who was there first.

A touch sooner than the shortest lap after the last one is lingering at the reader: it is kept
with that lap. This preset also has to carry a million touches, so that laps stay columns until
somebody looks at them.
Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from yellowgate.event.rules import ENDS, LapsRules
from yellowgate.model import Evidence, Runner
from yellowgate.race.drafts import Context, Draft, Entry, TouchEvidence
from yellowgate.race.intake.grouped import Touch, Touches
from yellowgate.race.official_log import Laps, Loop
from yellowgate.race.presets import limits, lines, order, whereabouts
from yellowgate.race.presets.lines import Forced
from yellowgate.times import hms, to_us

MISSED_READS_SHOWN = 3  # one by one; more are one line


class _Run(NamedTuple):
    """A runner's touches at the gate, and where among them those stand that ended a lap: its times
    and their bounds. uses: of each touch, None where they follow from the laps alone.
    """

    touches: Sequence[Touch]
    ends: list[int]
    ins_us: list[int]
    bounds_us: list[int]
    uses: list[str] | None = None

    def used(self, lap: int) -> list[tuple[Touch, str]]:
        """A lap's touch and the lingering after it; what was touched before the first lap goes to
        that.
        """
        end = self.ends[lap]
        first = end if lap else 0
        stop = self.ends[lap + 1] if lap + 1 < len(self.ends) else len(self.touches)
        uses = (
            ["out"] * (end - first) + ["in"] + ["in again"] * (stop - end - 1)
            if self.uses is None
            else self.uses[first:stop]
        )
        return list(zip(self.touches[first:stop], uses, strict=True))


def judge(ctx: Context, entry: Entry, forced: Forced) -> Draft:
    """One runner's laps."""
    draft, touches = lines.open_line(ctx, entry)
    if not ctx.started or ctx.now_elapsed_us < 0:
        return draft
    rules = ctx.race.rules_of(LapsRules)
    shortest_us = to_us(rules.shortest_lap_s)
    is_ruled = entry.runner.name in ctx.decisions.by_runner
    if isinstance(touches, Touches) and touches.grouped.is_gate_alone and not is_ruled:
        run = _in_columns(ctx, touches, shortest_us)
    else:
        run = _one_by_one(ctx, draft, touches, forced, shortest_us)
    if run.ends:
        draft.laps = _laps(ctx, draft, run, is_ruled)
        draft.seen.append((run.ins_us[-1], _place(run.touches, run.ends[-1])))
        draft.told_us = run.ins_us[-1]
        _doubt(ctx, draft, draft.laps, run, shortest_us)
    elif run.touches:
        uses = run.uses or ["out"] * len(run.touches)
        used = zip(run.touches, uses, strict=True)
        draft.aside(ctx.used_evidence(used), "at the start")
    return draft


def _place(touches: Sequence[Touch], at: int) -> str:
    return touches.place(at) if isinstance(touches, Touches) else touches[at].place


def _in_columns(ctx: Context, touches: Touches, shortest_us: int) -> _Run:
    """Of a runner on whom nothing was ruled, at a race that has gates alone."""
    start_us, bounds_us = ctx.start_us, touches.bounds_us()
    last_us = 0
    ends: list[int] = []
    ins_us: list[int] = []
    for at, utc_us in enumerate(touches.utcs_us()):
        if utc_us - start_us - last_us >= shortest_us:
            last_us = utc_us - start_us
            ends.append(at)
            ins_us.append(last_us)
    bounds_us = bounds_us if len(ends) == len(bounds_us) else [bounds_us[at] for at in ends]
    return _Run(touches, ends, ins_us, bounds_us)


def _one_by_one(
    ctx: Context, draft: Draft, touches: Sequence[Touch], forced: Forced, shortest_us: int
) -> _Run:
    wins = {key: touch for key, touch in forced.items() if _wins(ctx, draft, key)}
    forced = {key: touch for key, touch in forced.items() if key not in wins}
    used: list[tuple[Touch, str]] = []
    laps: list[int] = []  # where in `used` each lap's touch stands
    last_us = 0
    for touch in lines.merge_forced(ctx, touches, forced) if forced else touches:
        at_us = touch.utc_us - ctx.start_us
        if touch.hint == "seen" or touch.role != "gate":
            lines.sight(ctx, draft, touch)
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
    at_gate = [touch for touch, _ in used]
    ended = [at_gate[at] for at in laps]
    ins_us, bounds_us = [ctx.elapsed_us(row.utc_us) for row in ended], [r.bound_us for r in ended]
    return _Run(at_gate, laps, ins_us, bounds_us, [use for _, use in used])


def _doubt(ctx: Context, draft: Draft, laps: Laps, run: _Run, shortest_us: int) -> None:
    """What missing records could turn: a touch within the shortest lap before this one would have
    been the lap's end, one before that the end of a lap more. Laps after it stay laps, but their
    number may be higher.
    """
    gates, first_us = ctx.unseen.gates, ctx.unseen.first_us - ctx.start_us
    before_us, shift, begun = 0, "", ""
    if max(run.ins_us) <= first_us:
        return  # most races: nothing was missing yet
    for number, in_us in enumerate(run.ins_us):
        touch = run.touches[run.ends[number]] if in_us > first_us else None
        if touch is not None and touch.source == "station":
            own = ctx.own_log(touch)
            words = ctx.lack(gates, max(before_us, in_us - shortest_us), in_us, own)
            words = f"may have come sooner: {words}" if words else ""
            more = ctx.lack(gates, before_us + shortest_us, in_us - shortest_us, own)
            more = f"more laps may have been before it: {more}" if more else ""
            shift = shift or more
            row = laps[number]
            parts = [part for part in (row.doubt, begun, words, more) if part]
            begun = "the lap before is in doubt" if words else ""
            if parts:
                laps.change(number, row._replace(doubt="; ".join(parts), doubtful=True))
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
        lines.fits_nowhere(ctx, draft, said, f"that does not go with {near}")
    elif number == len(laps):
        laps.append(len(used))
        used.append((said, "in"))
    else:
        at = laps[number]
        used[at] = (used[at][0], "in: another time was ruled")
        used.insert(at, (said, "in"))
        laps[number + 1 :] = [place + 1 for place in laps[number + 1 :]]


def _laps(ctx: Context, draft: Draft, run: _Run, is_ruled: bool) -> Laps:
    gun_us, last_end_us = _ends_us(ctx.race.rules_of(LapsRules))
    ins_us, runner = run.ins_us, draft.runner

    def make(lap: int) -> Loop:
        out_us = ins_us[lap - 1] if lap else 0
        end_us = last_end_us if out_us < gun_us else gun_us
        touch, evidence = run.touches[run.ends[lap]], TouchEvidence(ctx, run.used(lap))
        return _lap(ctx, runner, lap + 1, touch, out_us, end_us, evidence)

    odd: Iterable[int] = ()
    if is_ruled:
        odd = range(len(ins_us))
    elif max(ins_us) + max(run.bounds_us) + ctx.start_bound_us >= gun_us:
        bounds_us = run.bounds_us
        late_us = gun_us - ctx.start_bound_us
        odd = [at for at, in_us in enumerate(ins_us) if in_us + bounds_us[at] >= late_us]
    return Laps(make, ins_us, [row + ctx.start_bound_us for row in run.bounds_us], odd)


def _lap(
    ctx: Context,
    runner: Runner,
    number: int,
    touch: Touch,
    out_us: int,
    end_us: int,
    rows: Sequence[Evidence],
) -> Loop:
    """One lap. The verdict is that of the race's end: there is no other cutoff."""
    in_us = touch.utc_us - ctx.start_us
    is_limited = end_us < limits.NO_LIMIT_US
    bound_us = touch.bound_us + ctx.start_bound_us
    verdict, note, doubt, said = "counted", "", "", touch.rulings
    if in_us + bound_us >= end_us:  # nothing to say about the others
        bound_us = ctx.elapsed_bound_us(touch)
        doubt = limits.cutoff_doubt(in_us, bound_us, end_us, "the end")
        if not limits.in_time(in_us, end_us, ctx.race.rules.at_cutoff_counts):
            verdict, note = "over cutoff", limits.late_words(in_us, bound_us, end_us)
    bib = runner.bib(number)
    if ctx.decisions.active:
        name, bib = runner.name, ctx.decisions.bib(runner, number)
        for subject in (("void", name, number), ("grace", name, number, "cutoff")):
            said += ctx.decisions.lines(*subject)
        grace_us = limits.grace_us(ctx, name, number, "cutoff")
        if ctx.decisions.ruling("void", name, number) is not None:
            verdict, note, doubt = "void", "", ""
        elif grace_us is not None:
            is_given = in_us <= end_us + grace_us
            verdict, note = ("counted", f"{note}, grace") if note and is_given else (verdict, note)
            doubt = ""
    return Loop._make(
        (number, touch.place, bib, out_us, in_us, hms(in_us), end_us if is_limited else None,
         None, end_us - in_us if is_limited else None, "", None, verdict, note, bound_us,
         bool(doubt), doubt, rows, said)
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
    return gun_us, gun_us + later_us if later_us else limits.NO_LIMIT_US


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Distances, then whose order at the same distance is in doubt."""
    rules = ctx.race.rules_of(LapsRules)
    by_distance: dict[int, list[Draft]] = {}
    for draft in drafts:
        metres = _status(ctx, draft, rules)
        if metres:
            by_distance.setdefault(metres, []).append(draft)
    for group in by_distance.values() if rules.ties != "shared" else ():
        if ctx.start_read is None and not _meet(group):
            continue  # most: their reads need not be looked up
        words = order.doubts(ctx, [_result(ctx, draft) for draft in group])
        for draft in group:
            draft.doubts += [words[draft.runner.name]] if draft.runner.name in words else []


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


def _status(ctx: Context, draft: Draft, rules: LapsRules) -> int:
    """Status and rank; returns the distance in millimetres."""
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
    return millimetres


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
