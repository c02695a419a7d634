"""The rules of a point-to-point race: in and out at each station, cutoffs, the finish last.

Leg n of the log ends at the n-th station of the course: out_us is the departure from the station
before, in_us the arrival. A station that has no touch although a later one has is shown as
provisional: the runner must have been there. Microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.rules import Checkpoint, PointToPointRules
from yellowgate.race.drafts import Context, Draft, Entry, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.intake.unseen import Lacks
from yellowgate.race.official_log import OfficialLog
from yellowgate.race.presets import limits, lines, order, whereabouts
from yellowgate.race.presets.lines import Forced
from yellowgate.times import hms, span_words, to_us

GOOD = ("counted", "provisional")


def course(race: RaceFile) -> tuple[Checkpoint, ...]:
    """The stations in order: of [rules], or the race's stations as they are listed."""
    given = race.rules_of(PointToPointRules).checkpoint
    if given:
        return given
    places = dict.fromkeys(entry.place for entry in race.stations if entry.role != "base")
    return tuple(Checkpoint(place) for place in places)


def judge(ctx: Context, entry: Entry, forced: Forced) -> Draft:
    """One runner's legs."""
    draft, touches = lines.open_line(ctx, entry)
    if ctx.started and ctx.now_elapsed_us >= 0:
        placed = {key: _placed(ctx, touch) for key, touch in forced.items()}
        _Way(ctx, draft, placed).run(lines.merge_forced(ctx, touches, placed))
    return draft


def _placed(ctx: Context, touch: Touch) -> Touch:
    """A time said by hand is of the station that the leg ends at, or begins at."""
    goals = course(ctx.race)
    number = touch.loop if touch.hint == "in" else touch.loop - 1
    return touch._replace(place=goals[number - 1].place) if 0 < number <= len(goals) else touch


class _Way:
    """Walks along the course with one runner's touches. at: stations reached so far."""

    def __init__(self, ctx: Context, draft: Draft, forced: Forced) -> None:
        self.ctx = ctx
        self.draft = draft
        self.forced = forced
        self.course = course(ctx.race)
        self.legs: list[LoopDraft] = []
        self.left: Touch | None = None  # the departure from the last station
        self.begins: dict[int, Touch] = {}
        self.ends: dict[int, Touch] = {}

    def run(self, touches: Sequence[Touch]) -> None:
        """All touches, then the leg that is on, then the verdicts."""
        for touch in touches:
            self._take(touch)
        if len(self.legs) < len(self.course):
            in_and_out = bool(self.legs) and self.course[len(self.legs) - 1].in_and_out
            self.draft.in_camp = in_and_out and self.left is None
            if not self.draft.in_camp:
                self._open()
        else:
            self.draft.in_camp = True
        for number in range(len(self.legs)):
            self._verdict(number)
        known = [self.ctx.elapsed_us(touch.utc_us) for touch in touches if touch.role]
        self.draft.told_us = max(known, default=0)
        self._doubt()
        self.draft.loops = list(self.legs)

    def _open(self) -> LoopDraft:
        number = len(self.legs) + 1
        goal = self.course[number - 1]
        leg = LoopDraft(
            loop=number,
            place=goal.place,
            bib=self.ctx.decisions.bib(self.draft.runner, number),
            cutoff_us=to_us(goal.cutoff_s) or None,
        )
        if number == 1:
            leg.out_us = 0
        else:
            leave_by_s = self.course[number - 2].leave_by_s
            leg.start_by_us = to_us(leave_by_s) or None
        if self.left is not None:
            leg.leave(self.ctx, self.left)
            leg.evidence += self.ctx.touch_evidence(self.left, "out")
            leg.rule(self.left.rulings)
            self.begins[number] = self.left
        self.left = None
        self.legs.append(leg)
        return leg

    def _goal(self, touch: Touch) -> int | None:
        """Number of the station that this touch reaches, from where the runner is; None: none."""
        if touch.source != "station":
            return touch.loop if len(self.legs) < touch.loop <= len(self.course) else None
        for number in range(len(self.legs) + 1, len(self.course) + 1):
            if self.course[number - 1].place == touch.place:
                return number
        return None

    def _take(self, touch: Touch) -> None:
        at_us = self.ctx.elapsed_us(touch.utc_us)
        self.draft.seen.append((at_us, touch.place))
        here = self.legs[-1] if self.legs else None
        is_here = here is not None and (
            here.place == touch.place if touch.source == "station" else self._leaves(touch)
        )
        if touch.hint == "seen":
            lines.sight(self.ctx, self.draft, touch)
        elif is_here and here is not None and touch.hint != "in":
            self._again(here, touch)
        elif (goal := self._goal(touch)) is not None:
            self._reach(goal, touch)
        else:
            self._nowhere(touch, at_us)

    def _leaves(self, touch: Touch) -> bool:
        return touch.hint == "out" and touch.loop == len(self.legs) + 1

    def _again(self, here: LoopDraft, touch: Touch) -> None:
        """Another touch at the station where the runner is: the leaving, where that is touched."""
        may_leave = self.course[here.loop - 1].in_and_out and here.loop < len(self.course)
        if self.left is None and may_leave:
            if not self._other_time_ruled(touch, here.loop + 1, "out"):
                self.left = touch
            return
        goal = self._goal(touch)
        shortest_us = to_us(self.ctx.race.rules.double_tap_s)
        since_us = here.in_us or 0
        if goal is not None and self.ctx.elapsed_us(touch.utc_us) - since_us > shortest_us:
            self._reach(goal, touch)  # an out-and-back course passes a place twice
        else:
            here.evidence += self.ctx.touch_evidence(
                touch, "out again" if may_leave else "in again"
            )

    def _other_time_ruled(self, touch: Touch, leg: int, side: str) -> bool:
        return lines.other_time_ruled(self.ctx, self.draft, self.forced, touch, leg, side)

    def _reach(self, goal: int, touch: Touch) -> None:
        if self._other_time_ruled(touch, goal, "in"):
            return
        while len(self.legs) < goal:
            leg = self._open()
        leg = self.legs[-1]
        leg.arrive(self.ctx, touch)
        self.ends[leg.loop] = touch
        leg.evidence += self.ctx.touch_evidence(touch, "in")
        leg.rule(touch.rulings)

    def _nowhere(self, touch: Touch, at_us: int) -> None:
        if touch.source != "station":
            where = f"at {self.legs[-1].place}" if self.legs else "not at the first station"
            lines.fits_nowhere(self.ctx, self.draft, touch, f"the runner was {where} then")
            return
        if touch.place not in {goal.place for goal in self.course}:
            lines.sight(self.ctx, self.draft, touch)
            return
        rows = self.ctx.touch_evidence(touch, "none")
        self.draft.aside(rows, "back at an earlier station")
        text = f"at {touch.place} at {hms(at_us)}, after {self.legs[-1].place}"
        self.draft.problem("backwards", "look", text, self.legs[-1].loop, at_us, tuple(rows))

    def _verdict(self, number: int) -> None:
        leg = self.legs[number]
        ctx, name = self.ctx, self.draft.runner.name
        bad = next(
            (row for row in self.legs[:number] if row.verdict in ("over cutoff", "void")), None
        )
        late = self._late(leg)
        leg.is_late_start = bool(late)
        is_passed = number < len(self.legs) - 1
        if leg.in_us is None:
            if is_passed:
                leg.verdict = "provisional"
                leg.notes.append(f"no touch at {leg.place}, seen later")
                text = f"no touch at {leg.place}, though seen later on the course"
                self.draft.problem("station missed", "look", text, leg.loop)
            leg.notes += [late] if late else []
            return
        over = limits.over(ctx, self.draft, leg)
        if ctx.decisions.ruling("void", name, leg.loop) is not None:
            leg.rule(ctx.decisions.lines("void", name, leg.loop))
            leg.verdict = "void"
        elif over or late:
            leg.verdict = "over cutoff"
            leg.notes += [words for words in (over, late) if words]
        elif bad is not None:
            leg.verdict = "void"
            leg.notes.append(f"out since {bad.place}")
        else:
            leg.verdict = "counted"

    def _doubt(self) -> None:
        """What missing evidence could turn: times of which an earlier read may be missing, and
        whether the runner was in time where no station saw it.
        """
        inherited = ""
        for number, leg in enumerate(self.legs):
            leg.doubts += [inherited] if inherited else []
            is_unsure = bool(leg.doubts)
            late = self._left_unseen(number)
            both = (self._unseen_out(leg), self._unseen_in(number))
            found = [words for words in both if words]
            leg.doubts += found
            leg.doubts += [late] if late else []
            if is_unsure or late or (found and leg.verdict != "counted"):
                inherited = inherited or f"the leg to {leg.place} is in doubt"

    def _left_unseen(self, number: int) -> str:
        """Words when nobody saw the leaving for this leg, and it may have been too late."""
        leg = self.legs[number]
        if not number or leg.out_us is not None or leg.start_by_us is None:
            return ""
        name = self.draft.runner.name
        grace_us = limits.grace_us(self.ctx, name, leg.loop, "start") or 0
        latest_us = self.ctx.now_elapsed_us if leg.in_us is None else leg.in_us
        limit_us = leg.start_by_us + grace_us
        if latest_us <= limit_us:
            return ""
        return (
            f"nobody saw the leaving, before {hms(latest_us)}: the last moment was {hms(limit_us)}"
        )

    def _unseen_out(self, leg: LoopDraft) -> str:
        touch = self.begins.get(leg.loop)
        if touch is None or leg.out_us is None:
            return ""
        ctx = self.ctx
        since_us = leg.out_us - ctx.race.rules.double_tap_us
        words = ctx.lack(ctx.unseen.of_place(touch.place), since_us, leg.out_us, ctx.own_log(touch))
        return f"may have left sooner: {words}" if words else ""

    def _unseen_in(self, number: int) -> str:
        ctx, leg = self.ctx, self.legs[number]
        lacks, touch = ctx.unseen.of_place(leg.place), self.ends.get(leg.loop)
        before = [row.out_us or 0 for row in self.legs[: number + 1]]
        since_us = max(before + [row.in_us or 0 for row in self.legs[:number]])
        coming = self.legs[number + 1 : number + 2]
        if leg.in_us is None or touch is None:
            return self._missed(number, lacks, since_us)
        if touch.source != "station":
            return ""
        in_and_out = self.course[number].in_and_out
        has_left = self.left is not None if not coming else coming[0].out_us is not None
        if not in_and_out or has_left:
            since_us = max(since_us, leg.in_us - ctx.race.rules.double_tap_us)
        words = ctx.lack(lacks, since_us, leg.in_us, ctx.own_log(touch))
        return f"may have come sooner: {words}" if words else ""

    def _missed(self, number: int, lacks: Lacks, since_us: int) -> str:
        """Was it in time, where no station saw it? Of the last leg nobody asks before it ends."""
        ctx, leg = self.ctx, self.legs[number]
        later = [row.in_us or row.out_us for row in self.legs[number + 1 :]]
        until_us = min((at_us for at_us in later if at_us), default=None)
        if until_us is None:
            until_us = whereabouts.out_since_us(ctx, self.draft)
            words = "" if until_us is None else ctx.lack(lacks, since_us, until_us)
            return f"may have come in: {words}" if words else ""
        if leg.cutoff_us is None or until_us <= leg.cutoff_us:
            return ""
        return f"nobody saw when, before {hms(until_us)}: the cutoff was {hms(leg.cutoff_us)}"

    def _late(self, leg: LoopDraft) -> str:
        """Words when the station before was left too late."""
        if leg.out_us is None or leg.start_by_us is None:
            return ""
        grace_us = limits.ruled_grace_us(self.ctx, self.draft.runner.name, leg, "start")
        if grace_us is None:
            what = "the last moment to leave"
            words = limits.cutoff_doubt(leg.out_us, leg.out_bound_us, leg.start_by_us, what)
            leg.doubts += [words] if words else []
        at_counts = self.ctx.race.rules.at_cutoff_counts
        if limits.in_time(leg.out_us, leg.start_by_us + (grace_us or 0), at_counts):
            return ""
        late = span_words(leg.out_us - leg.start_by_us, leg.out_bound_us)
        return f"left {late} after the last moment"


def settle(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Status of each, then the order at the finish."""
    goals = course(ctx.race)
    for draft in drafts:
        _status(ctx, draft, goals)
    for number in range(len(goals)):
        rows = [(draft, draft.loops[number]) for draft in drafts if len(draft.loops) > number]
        order.doubt_arrivals(ctx, rows)


def _status(ctx: Context, draft: Draft, goals: Sequence[Checkpoint]) -> None:
    legs = draft.loops
    good = 0
    while good < len(legs) and legs[good].verdict in GOOD:
        good += 1
    draft.counted = good
    timed = [leg for leg in legs[:good] if leg.in_us is not None]
    if timed:
        draft.result_us, draft.result_bound_us = timed[-1].in_us, timed[-1].in_bound_us
        draft.result = hms(draft.result_us or 0)
    draft.km = goals[good - 1].km if good else (0.0 if goals else None)
    draft.loop_now = legs[-1].loop if legs else 0
    is_home = bool(goals) and good == len(goals)
    draft.rank = (0 if is_home else 1, -good, ctx.race.rules.ranked_us(draft.result_us or 0))
    ruled = whereabouts.dropout_reason(ctx, draft)
    if ruled in lines.NOT_RANKED or not legs:
        lines.not_ranked(draft, ruled)
        return
    last = legs[-1]
    draft.since_us = last.in_us if draft.in_camp else last.out_us
    if is_home:
        draft.status, draft.settled_us = "finished", last.in_us
        return
    bad = next((leg for leg in legs if leg.verdict in ("over cutoff", "void")), None)
    is_late = last.in_us is None and last.is_late_start
    if ruled:
        draft.status, draft.reason = "out", ruled
    elif bad is not None or is_late:
        is_over = bad is None or bad.verdict == "over cutoff"
        draft.status, draft.reason = "out", "missed cutoff" if is_over else "void"
        draft.settled_us = last.out_us if bad is None else bad.in_us
    elif draft.taps_us is not None:
        draft.status, draft.reason = "out", "tapped out"
    else:
        _by_the_clock(ctx, draft, goals, last)


def _by_the_clock(ctx: Context, draft: Draft, goals: Sequence[Checkpoint], last: LoopDraft) -> None:
    leave_us = to_us(goals[last.loop - 1].leave_by_s)
    leg, what, planned_us = last.loop, "cutoff", last.cutoff_us
    if draft.in_camp:
        leg, what, planned_us = last.loop + 1, "start", leave_us
        if not leave_us:
            what, planned_us = "cutoff", to_us(goals[last.loop].cutoff_s)
    if not planned_us:
        draft.status = "in camp" if draft.in_camp else "on course"
        return
    limit_us = limits.waits_until(ctx, draft, leg, what, planned_us)
    if limits.in_time(ctx.now_elapsed_us, limit_us, ctx.race.rules.at_cutoff_counts):
        draft.status = "in camp" if draft.in_camp else "on course"
    elif draft.returned_us is not None:
        draft.status, draft.reason, draft.next_cutoff_us = "out", "returned", None
    elif draft.in_camp:
        draft.status, draft.reason, draft.next_cutoff_us = "out", "missed cutoff", None
        draft.settled_us = limit_us
    else:
        draft.status = "overdue"


def open_at(log: OfficialLog, race: RaceFile, place: str) -> list[str]:
    """Who keeps the station at this place open: starters who neither were there nor are out and
    accounted for. Empty: it may close.
    """
    numbers = [n for n, goal in enumerate(course(race), 1) if goal.place == place]
    last = numbers[-1] if numbers else 0
    waiting: list[str] = []
    for line in log.runners:
        is_past = any(leg.loop > last and leg.out_us is not None for leg in line.loops) or any(
            leg.loop > last and leg.in_us is not None for leg in line.loops
        )
        is_safe = line.status in ("not started", "finished") or (
            line.status == "out" and line.accounted
        )
        if not is_past and not is_safe:
            waiting.append(line.name)
    return sorted(waiting)
