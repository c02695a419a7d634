"""The rules of a backyard ultra: a yard every hour on the hour until one is left.

Yard n begins at the bell, (n-1) hours after the start, and must be done by the next bell. All
start at the bell: whoever has done yard n is taken to have started yard n+1 unless it was ruled
or bugled otherwise. `elapsed` of a yard is timed from its bell. Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from yellowgate.event.rules import BackyardRules
from yellowgate.race.drafts import Context, Draft, Entry, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.presets import limits, lines, whereabouts
from yellowgate.race.presets.lines import Forced
from yellowgate.times import hms, span_words, to_us

GOOD = "counted"


def judge(ctx: Context, entry: Entry, forced: Forced) -> Draft:
    """One runner's yards."""
    draft, touches = lines.open_line(ctx, entry)
    gate = lines.at_gate(ctx, draft, touches)
    if ctx.started and ctx.now_elapsed_us >= 0:
        _Yards(ctx, draft, forced).run(lines.merge_forced(ctx, gate, forced))
    return draft


class _Yards:
    """Walks through one runner's touches."""

    def __init__(self, ctx: Context, draft: Draft, forced: Forced) -> None:
        self.ctx = ctx
        self.draft = draft
        self.forced = forced
        self.rules = ctx.race.rules_of(BackyardRules)
        self.hour_us = to_us(self.rules.yard_s)
        self.yards: list[LoopDraft] = []
        self.is_done = False
        self.late: list[Touch] = []
        self.ends: dict[int, Touch] = {}

    def run(self, touches: Sequence[Touch]) -> None:
        """All touches; then the yard that is on."""
        self._open()
        for touch in touches:
            self.draft.seen.append((self.ctx.elapsed_us(touch.utc_us), touch.place))
            self._take(touch)
        until_us = whereabouts.out_since_us(self.ctx, self.draft)
        bell_us = self._bell_us()
        if (
            self.is_done
            and self.ctx.now_elapsed_us >= bell_us
            and (until_us is None or until_us > bell_us)
            and self._may_go_on()
        ):
            self._open()
        self.draft.loops = list(self.yards)
        self.draft.in_camp = self.is_done
        self.draft.told_us = self.ctx.elapsed_us(touches[-1].utc_us) if touches else 0
        self._doubt()
        self._show_late()

    def _bell_us(self) -> int:
        """The bell that ends the yard."""
        return len(self.yards) * self.hour_us

    def _may_go_on(self) -> bool:
        last = self.yards[-1]
        is_limit = self.rules.limit_yards and last.loop >= self.rules.limit_yards
        return last.verdict in (GOOD, "open") and not is_limit

    def _open(self) -> None:
        number = len(self.yards) + 1
        begin_us = (number - 1) * self.hour_us
        self.yards.append(
            LoopDraft(
                loop=number,
                place="gate",
                bib=self.ctx.decisions.bib(self.draft.runner, number),
                out_us=begin_us,
                cutoff_us=begin_us + self.hour_us,
                shown_from_us=begin_us,
            )
        )
        self.is_done = False

    def _take(self, touch: Touch) -> None:
        at_us = self.ctx.elapsed_us(touch.utc_us)
        is_next = touch.source != "station" and touch.loop == self.yards[-1].loop + 1
        if self.is_done and (at_us > self._bell_us() or (is_next and touch.hint == "out")):
            if not self._may_go_on():
                self.late.append(touch)
                return
            self._open()
        yard = self.yards[-1]
        if touch.source != "station" and touch.loop != yard.loop:
            lines.fits_nowhere(self.ctx, self.draft, touch, f"yard {yard.loop} was on then")
            return
        yard.rule(touch.rulings)
        begin_us = yard.cutoff_us or 0
        begin_us -= self.hour_us
        if self.is_done:
            is_corral = self._bell_us() - at_us <= to_us(self.rules.corral_s)
            use = "corral" if is_corral else "in again"
            self.draft.is_in_corral = is_corral
            yard.evidence += self.ctx.touch_evidence(touch, use)
        elif touch.hint == "out" or (
            touch.hint != "in" and at_us - begin_us < to_us(self.rules.shortest_yard_s)
        ):
            self._leave(yard, touch, at_us - begin_us)
        elif not lines.other_time_ruled(self.ctx, self.draft, self.forced, touch, yard.loop, "in"):
            self.draft.is_in_corral = False
            self.ends[yard.loop] = touch
            yard.arrive(self.ctx, touch)
            yard.evidence += self.ctx.touch_evidence(touch, "in")
            self.is_done = True
            self._verdict(yard)

    def _leave(self, yard: LoopDraft, touch: Touch, after_us: int) -> None:
        yard.evidence += self.ctx.touch_evidence(touch, "out")
        words = span_words(after_us, touch.bound_us)
        if touch.source != "station":
            yard.out_us = self.ctx.elapsed_us(touch.utc_us)
            if after_us > 0:
                yard.verdict = "void"
                yard.notes.append(f"started {words} after the bell")
        elif after_us > to_us(self.rules.late_start_s):
            text = f"touch {words} after the bell of yard {yard.loop}: a late start?"
            rows = tuple(self.ctx.touch_evidence(touch, "out"))
            at_us = self.ctx.elapsed_us(touch.utc_us)
            self.draft.problem("late start", "decide", text, yard.loop, at_us, rows)

    def _verdict(self, yard: LoopDraft) -> None:
        ctx, name = self.ctx, self.draft.runner.name
        at_us, cutoff_us = yard.in_us or 0, yard.cutoff_us or 0
        grace_us = limits.ruled_grace_us(ctx, name, yard, "cutoff")
        if grace_us is None:
            words = limits.cutoff_doubt(at_us, yard.in_bound_us, cutoff_us, "the bell")
            yard.doubts += [words] if words else []
        at_counts = self.rules.at_cutoff_counts
        is_void = ctx.decisions.ruling("void", name, yard.loop) is not None
        start_grace = ctx.decisions.ruling("grace", name, yard.loop, "start") is not None
        if is_void or (yard.verdict == "void" and not start_grace):
            yard.rule(ctx.decisions.lines("void", name, yard.loop))
            yard.verdict = "void"
        elif limits.in_time(at_us, cutoff_us + (grace_us or 0), at_counts):
            yard.verdict = GOOD
            if not limits.in_time(at_us, cutoff_us, at_counts):
                yard.notes.append(f"{limits.late_words(at_us, yard.in_bound_us, cutoff_us)}, grace")
        else:
            yard.verdict = "over cutoff"
            yard.notes.append(limits.late_words(at_us, yard.in_bound_us, cutoff_us))

    def _doubt(self) -> None:
        """What missing evidence could turn: the time of a yard, where what is taken for its end may
        be the corral or a second read; and of a yard that was not done, whether it was. Every
        later one hangs on that.
        """
        inherited = ""
        for yard in self.yards:
            yard.doubts += [inherited] if inherited else []
            words = self._unseen(yard)
            if words:
                yard.doubts.append(words)
            if _in_doubt(yard):
                inherited = inherited or f"yard {yard.loop} is in doubt"

    def _unseen(self, yard: LoopDraft) -> str:
        ctx, gates, rules = self.ctx, self.ctx.unseen.gates, self.rules
        begin_us = (yard.loop - 1) * self.hour_us
        first_us = begin_us + to_us(rules.shortest_yard_s)
        bell_us = begin_us + self.hour_us
        end = self.ends.get(yard.loop)
        if end is None or yard.in_us is None:
            out_us = whereabouts.out_since_us(ctx, self.draft)
            # A word that the runner is out is by the clock, and the start is known to its bound.
            until_us = bell_us if out_us is None else min(bell_us, out_us + ctx.start_bound_us)
            if ctx.now_elapsed_us <= bell_us and out_us is None:
                return ""  # it is still run: known_us says how far that is known
            until_us += until_us == bell_us  # on the very bell is in time
            until_us = min(until_us, ctx.now_elapsed_us)  # what comes later is not of this log
            words = ctx.lack(gates, first_us, until_us) or self._nameless(first_us, until_us)
            return f"may have been done: {words}" if words else ""
        if end.source != "station":
            return ""
        own, in_us = ctx.own_log(end), yard.in_us
        words = ctx.lack(gates, max(first_us, in_us - rules.double_tap_us), in_us, own)
        may_be_corral = bell_us - in_us <= to_us(rules.corral_s)
        if may_be_corral or yard.verdict != GOOD:
            words = words or ctx.lack(gates, first_us, in_us, own)
            words = words or self._nameless(first_us, in_us - rules.double_tap_us)
        return f"may have come sooner: {words}" if words else ""

    def _nameless(self, from_us: int, until_us: int) -> str:
        found = self.ctx.nameless_in(from_us, until_us)
        return f"whose touch was that at {hms(found[0])}?" if found else ""

    def _show_late(self) -> None:
        if not self.late:
            return
        rows = [row for touch in self.late for row in self.ctx.touch_evidence(touch, "none")]
        self.draft.aside(rows, "out already")
        yard = self.yards[-1].loop
        at_us = self.ctx.elapsed_us(self.late[0].utc_us)
        text = (
            f"{len(self.late)} touches after yard {yard} was not done in time, the first at "
            f"{hms(at_us)}: was a touch of yard {yard} missed?"
        )
        self.draft.problem("touch after taps", "decide", text, yard, at_us, tuple(rows[:3]))


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Who is still in, and whether one is left who did a yard that nobody else did."""
    rules = ctx.race.rules_of(BackyardRules)
    for draft in drafts:
        _status(ctx, draft, rules)
    racing = [draft for draft in drafts if draft.rank != (lines.NO_RANK,)]
    most = max((draft.counted for draft in racing), default=0)
    leaders = [draft for draft in racing if draft.counted == most]
    others_in = [d for d in racing if d not in leaders and d.status in ("on course", "in camp")]
    if not most or others_in or not ctx.started:
        return
    for draft in leaders:
        draft.doubts += [words for other in racing if (words := _may_go_on(other, draft))][:1]
    if len(leaders) == 1 and len(racing) > 1:
        _win(leaders[0], "last one standing")
    elif rules.limit_yards and most >= rules.limit_yards:
        for draft in leaders:
            _win(draft, f"all {rules.limit_yards} yards")
    elif not any(draft.status in ("on course", "in camp") for draft in leaders):
        for draft in leaders:
            draft.reason += "; no winner: nobody did one more"


def _may_go_on(other: Draft, leader: Draft) -> str:
    """Words when it is in doubt that this runner did no more than is shown: then it is, too, who
    was the last one standing.
    """
    doubts = [] if other is leader else [(y.loop, w) for y in other.loops if (w := _in_doubt(y))]
    return f"{other.runner.name}, yard {doubts[0][0]}: {doubts[0][1]}" if doubts else ""


def _in_doubt(yard: LoopDraft) -> str:
    """Words when this yard may have been done, or may not."""
    of_bell = [words for words in yard.doubts if "the bell" in words]
    return next(iter(yard.doubts if yard.verdict != GOOD else of_bell), "")


def _win(draft: Draft, reason: str) -> None:
    draft.status, draft.reason, draft.settled_us = "finished", reason, None
    draft.rank = (0, *draft.rank[1:])
    loops = draft.loops
    draft.loops = [row for row in loops if row.loop <= draft.counted or row.evidence or row.doubts]
    draft.next_cutoff_us = None
    draft.accounted = True
    draft.in_camp = True


def _status(ctx: Context, draft: Draft, rules: BackyardRules) -> None:
    yards = draft.loops
    good = 0
    while good < len(yards) and yards[good].verdict == GOOD:
        good += 1
    draft.counted = good
    draft.km = round(good * rules.yard_km, 4)
    draft.result = f"{good} yard{'' if good == 1 else 's'}"
    draft.result_us = yards[good - 1].in_us if good else None
    draft.rank = (1, -good)
    draft.loop_now = yards[-1].loop if yards else 0
    ruled = whereabouts.dropout_reason(ctx, draft)
    if not yards or ruled in lines.NOT_RANKED:
        lines.not_ranked(draft, ruled)
        return
    last = yards[-1]
    draft.since_us = last.in_us if draft.in_camp else last.out_us
    limit_us = limits.waits_until(ctx, draft, last.loop, "cutoff", last.cutoff_us or 0)
    is_past = not limits.in_time(ctx.now_elapsed_us, limit_us, rules.at_cutoff_counts)
    if ruled or draft.taps_us is not None:
        draft.status, draft.reason = "out", ruled or _why(last) or "tapped out"
    elif last.verdict in ("over cutoff", "void"):
        draft.status, draft.reason = "out", _why(last)
    elif draft.in_camp:
        draft.status = "in camp"
    elif draft.returned_us is not None and draft.returned_us >= (last.out_us or 0):
        draft.status, draft.reason = "out", f"returned without finishing yard {last.loop}"
    elif is_past:
        _not_back(draft, last)
    else:
        draft.status = "on course"
    if draft.status == "out":
        draft.next_cutoff_us = None
        draft.settled_us = last.cutoff_us


def _not_back(draft: Draft, last: LoopDraft) -> None:
    """No touch can count any more, so the runner is out. All are taken to have started at the
    bell, and most who are not back did not: only of whom anything shows that they started, or who
    were never seen to come in, nobody knows where they are.
    """
    draft.status, draft.reason = "out", "missed cutoff"
    begin_us = last.out_us or 0
    has_started = last.loop == 1 or bool(last.evidence) or draft.is_in_corral
    has_started |= any(at_us > begin_us for at_us, _ in draft.seen)
    if not has_started:
        draft.in_camp = True
        text = f"not back from yard {last.loop}, or did not start it: look in the corral"
        draft.problem("not back", "note", text, last.loop, last.cutoff_us)


def _why(last: LoopDraft) -> str:
    if last.verdict == "over cutoff":
        return "missed cutoff"
    return "; ".join(last.notes) or "void" if last.verdict == "void" else ""


def bell_us(rules: BackyardRules, elapsed_us: int) -> tuple[int, int]:
    """(microseconds to the next bell, the next warning so long before it, 0 when none)."""
    hour_us = to_us(rules.yard_s)
    left_us = -elapsed_us if elapsed_us < 0 else hour_us - elapsed_us % hour_us
    coming = [warning_us for warning_us in map(to_us, rules.warnings_s) if warning_us <= left_us]
    return left_us, max(coming, default=0)
