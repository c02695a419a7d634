"""The rules of the Barkley: five loops, pages, cutoffs, and who may still start the next one.

A runner's touches at the gate are read one after the other, with everything that shows the runner
outside of camp between them. What a touch means follows from where the runner is:

| where | a touch at the gate | seen outside |
|---|---|---|
| LOOP | soon after leaving: leaving; sooner than any loop: aside; else the arrival: CAMP, or
  SENT_BACK when short of a page or from the wrong side | nothing new |
| CAMP | sooner than any loop after arriving: the departure, LOOP; later: the arrival of a loop
  that nobody saw begin | has left unseen, before that moment: LOOP |
| SENT_BACK | at once: the going back, GONE_BACK; later: the arrival once more | GONE_BACK |
| GONE_BACK | as SENT_BACK | nothing new |

Whatever fits nowhere is kept aside and shown. All spans are microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, cast

from yellowgate.event.rules import CHOICE, BarkleyRules
from yellowgate.race.drafts import Context, Draft, Entry, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.presets import barkley_doubt, common, whereabouts
from yellowgate.race.presets.barkley_verdict import Arrival, judge_loop, pages_for
from yellowgate.race.presets.common import Forced
from yellowgate.times import hms, span_words, to_us


def judge(ctx: Context, entry: Entry, forced: Forced) -> Draft:
    """One runner's loops, from the touches and the times said by hand."""
    draft, touches = common.open_line(ctx, entry)
    course = _Course(ctx, draft, forced)
    gate: list[Touch] = []
    for touch in touches:
        if touch.role == "gate" and touch.hint != "seen":
            gate.append(touch)
        else:
            common.sight(ctx, draft, touch)
    if ctx.started and ctx.now_elapsed_us >= 0:
        outside = whereabouts.seen_outside(ctx, draft, touches)
        course.run(common.merge_forced(ctx, gate, forced), outside)
    return draft


class At(Enum):
    """Where a runner is, as far as anything shows it."""

    LOOP = "on a loop"
    CAMP = "in camp"
    SENT_BACK = "in camp, and may touch again"
    GONE_BACK = "on the loop once more"


class _Step(NamedTuple):
    """Something that shows where the runner is: a touch at the gate, or (touch None) that
    somebody or something saw the runner outside; sorts by time, touches first.
    """

    at_us: int
    is_outside: bool
    number: int
    touch: Touch | None
    place: str
    bound_us: int


class _Course:
    """Walks through one runner's touches at the gate."""

    def __init__(self, ctx: Context, draft: Draft, forced: Forced) -> None:
        self.ctx = ctx
        self.rules = cast("BarkleyRules", ctx.race.rules)
        self.draft = draft
        self.forced = forced
        self.shortest_us = to_us(self.rules.shortest_loop_s)
        self.leaving_us = to_us(self.rules.leaving_s)
        self.loops: list[LoopDraft] = []
        self.touches: list[Touch] = []
        self.number = 0  # of the touch
        self.at = At.LOOP
        self.arrivals: dict[int, Arrival] = {}
        self.ends: dict[int, Touch] = {}
        self.begins: dict[int, Touch] = {}
        self.since_us = 0
        self.since_bound_us = 0
        self.is_by_hand = False
        self.used: set[str] = set()  # rulings that spoke of a touch
        self.same_us = to_us(max(self.rules.paper_tolerance_s, self.rules.double_tap_s))

    def run(self, touches: list[Touch], outside: Sequence[whereabouts.Outside]) -> None:
        """All touches and what else shows the runner, then the verdicts."""
        self.touches = touches
        self._open(1, None)
        self.loops[0].out_us = 0
        self.loops[0].out_bound_us = 0
        steps = [
            _Step(self._us(row), False, number, row, row.place, row.bound_us)
            for number, row in enumerate(touches)
        ]
        steps += [_Step(row.at_us, True, 0, None, row.place, row.bound_us) for row in outside]
        for step in sorted(steps, key=lambda step: step[:3]):
            if step.touch is None:
                self._outside(step)
                continue
            self.number = step.number
            self.draft.seen.append((step.at_us, step.touch.place))
            if self.at is At.LOOP:
                self._on_loop(step.touch)
            elif self.at is At.CAMP:
                self._in_camp(step.touch)
            else:
                self._sent_back(step.touch)
        for number, row in enumerate(self.loops):
            judge_loop(self.ctx, self.draft, self.loops, number, self.arrivals.get(row.loop))
        self.draft.loops = list(self.loops)
        last_us = self._us(touches[-1]) if touches else 0
        self.draft.told_us = max(last_us, self.loops[-1].left_by_us or 0)
        self.draft.in_camp = self.at in (At.CAMP, At.SENT_BACK)
        walk = barkley_doubt.Walk(self.loops, self.begins, self.ends, touches)
        barkley_doubt.doubt(self.ctx, self.draft, walk)

    def _us(self, touch: Touch) -> int:
        return self.ctx.elapsed_us(touch.utc_us)

    def _open(self, loop: int, touch: Touch | None) -> None:
        """On this loop from now on; touch: the departure, None when nobody saw it."""
        rules, name = self.rules, self.draft.runner.name
        row = LoopDraft(
            loop=loop,
            place="gate",
            bib=self.ctx.decisions.bib(self.draft.runner, loop),
            cutoff_us=to_us(rules.loop_cutoffs_s[loop - 1]),
            start_by_us=to_us(rules.start_next_by_s[loop - 1]) or None,
        )
        planned = rules.directions[loop - 1]
        row.direction = "" if planned == CHOICE else planned
        row.rule(self.ctx.decisions.lines("bib", name, loop))
        if touch is not None:
            row.leave(self.ctx, touch)
            self._use(row, touch, "out")
            self.begins[loop] = touch
        self.loops.append(row)
        self.at = At.LOOP

    def _use(self, row: LoopDraft, touch: Touch, use: str) -> None:
        row.evidence += self.ctx.touch_evidence(touch, use)
        row.rule(touch.rulings)

    def _outside(self, step: _Step) -> None:
        """Seen where nobody is who is in camp: the departure was missed."""
        row = self.loops[-1]
        at_us = step.at_us + step.bound_us
        if step.at_us - step.bound_us <= self.since_us + self.since_bound_us:
            return  # which of the two was first no clock says
        if self.at is At.SENT_BACK:
            self.at = At.GONE_BACK
        elif self.at is At.CAMP and row.loop < self.rules.loops:
            self._open(row.loop + 1, None)
            row = self.loops[-1]
            row.left_by_us = at_us
            where = f" at {step.place}" if step.place else ""
            row.notes.append(f"left unseen, before {hms(at_us)}: seen{where}")

    def _arrive(self, touch: Touch) -> None:
        row = self.loops[-1]
        row.arrive(self.ctx, touch)
        row.evidence = [
            entry._replace(use="in before") if entry.use == "in" else entry
            for entry in row.evidence
        ]
        self._use(row, touch, "in")
        self.ends[row.loop] = touch
        self.since_us, self.since_bound_us = self._us(touch), touch.bound_us
        self.is_by_hand = touch.source != "station"
        later = [row for row in self.touches[self.number + 1 :] if row.hint != "out"]
        again = next(
            (row for row in later if self._us(row) - self.since_us >= self._back_us()), None
        )
        coming = self.touches[self.number + 1 : self.number + 2]
        next_us = coming[0].utc_us if coming else None
        again_us = None if again is None else again.utc_us
        arrival = pages_for(self.ctx, self.draft, row.loop, touch, next_us, again_us, self.used)
        self.arrivals[row.loop] = arrival
        self.at = At.SENT_BACK if arrival.is_sent_back else At.CAMP

    def _back_us(self) -> int:
        return to_us(self.rules.go_back_s)

    def _other_time_ruled(self, touch: Touch, loop: int, side: str) -> bool:
        return common.other_time_ruled(self.ctx, self.draft, self.forced, touch, loop, side)

    def _on_loop(self, touch: Touch) -> None:
        row = self.loops[-1]
        at_us = self._us(touch)
        if touch.source != "station" and touch.loop != row.loop:
            common.fits_nowhere(
                self.ctx, self.draft, touch, f"the runner was on loop {row.loop} then"
            )
            return
        if touch.hint == "out":
            if touch.source != "station":
                self._depart_late_word(row, touch)
            else:
                self._use(row, touch, "out" if row.out_us is None else "out again")
                if row.out_us is None:
                    row.leave(self.ctx, touch)
            return
        if touch.source != "station":
            self._arrive(touch)
            return
        since_us = self.since_us if row.out_us is None else row.out_us
        if touch.hint != "in" and at_us - since_us < self.leaving_us:
            is_first = not any(entry.use.startswith("out") for entry in row.evidence)
            self._use(row, touch, "out" if is_first and row.loop == 1 else "out again")
        elif self._other_time_ruled(touch, row.loop, "in"):
            return
        elif touch.hint != "in" and at_us - since_us < self.shortest_us:
            after = span_words(at_us - since_us, touch.bound_us)
            text = f"at the gate {after} after leaving for loop {row.loop}: too soon to have run it"
            kind = "too soon for a loop"
            common.keep_aside(self.ctx, self.draft, touch, row.loop, kind, text)
        else:
            self._arrive(touch)

    def _depart_late_word(self, row: LoopDraft, touch: Touch) -> None:
        """A departure for this loop said by hand, for a time at which it was under way already."""
        row.leave(self.ctx, touch)
        self._use(row, touch, "out")

    def _sent_back(self, touch: Touch) -> None:
        """Short of a page, or touched from the wrong side: the runner may come again."""
        row = self.loops[-1]
        gap_us = self._us(touch) - self.since_us
        arrival = self.arrivals[row.loop]
        if touch.source != "station":
            self._in_camp(touch)
        elif touch.hint == "out" or (
            touch.hint != "in" and gap_us < self._back_us() and not arrival.is_wrong_side
        ):
            self._use(row, touch, "back out")
            self.at = At.GONE_BACK
        else:
            self._arrive(touch)

    def _in_camp(self, touch: Touch) -> None:
        loop = self.loops[-1].loop + 1
        gap_us = self._us(touch) - self.since_us
        if self.is_by_hand and touch.source == "station" and gap_us <= self.same_us:
            self._use(self.loops[-1], touch, "in again")
            return
        if loop > self.rules.loops:
            is_odd = gap_us >= self.leaving_us
            text = f"touch at {hms(self._us(touch))}, after the last loop"
            kind = "after the last loop"
            common.keep_aside(self.ctx, self.draft, touch, loop - 1, kind, text, is_odd)
            return
        if touch.source != "station" and touch.loop != loop:
            why = f"the runner was in camp after loop {loop - 1} then"
            common.fits_nowhere(self.ctx, self.draft, touch, why)
            return
        is_out = touch.hint == "out" or (touch.hint != "in" and gap_us < self.shortest_us)
        if self._other_time_ruled(touch, loop, "out" if is_out else "in"):
            return
        self._open(loop, touch if is_out else None)
        if not is_out:
            text = f"in at {hms(self._us(touch))} without having been seen leaving for loop {loop}"
            self.draft.problem("no departure", "note", text, loop, self._us(touch))
            self._arrive(touch)
