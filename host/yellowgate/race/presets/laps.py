"""The rules of a fixed-time race: most distance; ties go to who was there first.

A touch sooner than the shortest lap after the last one is lingering at the reader: it is kept
with that lap. This preset also has to carry a million touches, so that laps stay columns until
somebody looks at them.
Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from yellowgate.event.rules import ENDS, LapsRules
from yellowgate.model import Evidence, Runner
from yellowgate.race.drafts import Context, Draft, Entry, TouchEvidence
from yellowgate.race.intake.grouped import Touch, Touches
from yellowgate.race.official_log import Laps, Loop
from yellowgate.race.presets import limits, lines
from yellowgate.race.presets.lines import Forced
from yellowgate.times import hms, to_us


class _Run(NamedTuple):
    """A runner's touches at the gate, and where among them those stand that ended a lap: its times
    and their bounds. uses: of each touch, None where they follow from the laps alone.
    """

    touches: Sequence[Touch]
    ends: list[int]
    ins_us: list[int]
    bounds_us: list[int]
    uses: list[str] | None = None

    def used(self, first: int, stop: int) -> Iterator[list[tuple[Touch, str]]]:
        """Of these laps each: its touch and the lingering after it; what was touched before the
        first lap goes to that.
        """
        ends = [*self.ends[first : stop + 1]]
        ends += [] if stop < len(self.ends) else [len(self.touches)]
        begin = self.ends[first] if first else 0
        touches = list(self.touches[begin : ends[-1]])
        for end, after in pairwise(ends):
            start = 0 if end == self.ends[0] else end
            some = touches[start - begin : after - begin]
            uses = (
                ["out"] * (end - start) + ["in"] + ["in again"] * (after - end - 1)
                if self.uses is None
                else self.uses[start:after]
            )
            yield list(zip(some, uses, strict=True))


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

    def make(first: int, stop: int) -> Iterator[Loop]:
        for lap, used in enumerate(run.used(first, stop), first):
            out_us = ins_us[lap - 1] if lap else 0
            end_us = last_end_us if out_us < gun_us else gun_us
            touch = used[run.ends[0] if not lap else 0][0]
            evidence = TouchEvidence(ctx, used)
            yield _lap(ctx, runner, lap + 1, touch, out_us, end_us, evidence)

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
