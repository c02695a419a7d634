"""What a loop of the Barkley is worth: pages, direction, cutoffs, grace; and the status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from yellowgate.event.rules import BarkleyRules
from yellowgate.model import Pages, Ruling, RulingLine
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.presets import common, whereabouts
from yellowgate.race.presets.barkley_leaving import inherited_us, left_late
from yellowgate.rulings.decisions import Decided, contradiction, line, settle
from yellowgate.times import hms, to_us

MISSED_CUTOFF = "missed cutoff"
WRONG_SIDE = "touched from the wrong direction"
GOOD = ("counted", "provisional")


class Arrival(NamedTuple):
    """What was ruled on the touch that ended a loop. have: None when nobody said (so that all
    may agree on it) how many pages he had. is_sent_back: he may, or must, touch again.
    """

    have: int | None
    of: int
    is_wrong_side: bool
    lines: tuple[RulingLine, ...]
    is_grace: bool
    is_sent_back: bool


class _Said(NamedTuple):
    """Rulings that may speak of a touch, by the moment they were made: at the gate (before he
    could touch again), all of them, and those that name one of its reads.
    """

    at_gate: list[Ruling]
    every: list[Ruling]
    named: list[Ruling]


def pages_for(
    ctx: Context,
    draft: Draft,
    loop: int,
    touch: Touch,
    next_us: int | None,
    again_us: int | None,
    used: set[str],
) -> Arrival:
    """The rulings on this touch. next_us: UTC of his next touch, again_us: of the next that could
    be a second try.

    Who was let through at the gate left for the next loop: what is ruled later corrects what was
    said then. Who was sent back touches again, and what was ruled after that speaks of the later
    touch. used: ids of the rulings on earlier touches of this loop; those on this one are added.
    """
    rules = cast("BarkleyRules", ctx.race.rules)
    name = draft.runner.name
    every = [row for row in ctx.decisions.of(name, "pages", "direction") if _is_of(row, loop)]
    said = _said(ctx, every, touch, again_us, used)
    is_grace = ctx.decisions.ruling("grace", name, loop, "pages") is not None
    at_once = [row for row in said.every if next_us is None or row.at_us < next_us]
    is_let_through = bool(at_once) and not _is_rejected(_decided(at_once), is_grace)
    is_sent_back = not is_let_through and _is_rejected(
        _decided(said.at_gate or said.named or said.every), is_grace
    )
    about = said.every
    if again_us is not None and not said.at_gate:
        about = said.named or said.every
        _which_touch(draft, about, loop)
    elif again_us is not None and is_sent_back:
        about = _in_order([*said.at_gate, *said.named])
    used |= {row.id for row in about}
    decided = _decided(about)
    have, of, is_wrong = _counted(decided)
    for row in decided:
        if row.ruling is None:
            draft.problems.append(contradiction(row.spoken))
    lines = tuple(line(row) for row in about)
    return Arrival(have, of or rules.pages, is_wrong, lines, is_grace, is_sent_back)


def _is_of(ruling: Ruling, loop: int) -> bool:
    """Does it speak of a touch at the end of this loop?"""
    return ruling.data["loop"] == loop and (ruling.kind == "pages" or "right" in ruling.data)


def _says(ruling: Ruling) -> object:
    data = ruling.data
    return (data["have"], data["of"]) if ruling.kind == "pages" else data["right"]


def _in_order(rulings: Iterable[Ruling]) -> list[Ruling]:
    """By the moment they were made, each once."""
    return sorted({row.id: row for row in rulings}.values(), key=lambda row: (row.at_us, row.id))


def _decided(rulings: Sequence[Ruling]) -> list[Decided]:
    """What stands of pages and of the side, where something was said of it."""
    by_kind = ([row for row in rulings if row.kind == kind] for kind in ("pages", "direction"))
    return [settle(rows, _says) for rows in by_kind if rows]


def _counted(decided: Sequence[Decided]) -> tuple[int | None, int, bool]:
    """(pages he had, of how many, is it the wrong side?), as far as all agree."""
    have, of, is_wrong = None, 0, False
    for stands, _ in decided:
        if stands is not None and stands.kind == "pages":
            have, of = stands.data["have"], stands.data["of"]
        elif stands is not None:
            is_wrong = not stands.data["right"]
    return have, of, is_wrong


def _is_rejected(decided: Sequence[Decided], is_grace: bool) -> bool:
    have, of, is_wrong = _counted(decided)
    return is_wrong or (have is not None and have < of and not is_grace)


def _said(
    ctx: Context, rulings: Sequence[Ruling], touch: Touch, again_us: int | None, used: set[str]
) -> _Said:
    reads = set(map(ctx.reads.key, touch.reads))
    named = [r for r in rulings if "seq" in r.data and (r.data["log_id"], r.data["seq"]) in reads]
    ids = {row.id for row in named}
    every = [
        row for row in rulings if row.id in ids or ("seq" not in row.data and row.id not in used)
    ]
    at_gate = [row for row in every if again_us is None or row.at_us < again_us]
    return _Said(at_gate, every, named)


def _which_touch(draft: Draft, rulings: Sequence[Ruling], loop: int) -> None:
    """All was ruled when he had touched again: different counts may be of different touches."""
    loose = [row for row in rulings if "seq" not in row.data]
    if len({row.data["have"] for row in loose if row.kind == "pages"}) > 1:
        text = (
            "several page counts for one loop, and another touch after them: say which touch each "
            "is of"
        )
        draft.problem("which touch", "decide", text, loop, None, (), tuple(r.id for r in loose))


def judge_loop(
    ctx: Context, draft: Draft, loops: Sequence[LoopDraft], number: int, arrival: Arrival | None
) -> None:
    """Write verdict, notes, doubts and rulings into loops[number]; those before it are judged."""
    row = loops[number]
    name = draft.runner.name
    for subject in ("departure", "void"):
        row.rule(ctx.decisions.lines(subject, name, row.loop))
    late = left_late(ctx, draft, row, loops[number - 1] if number else None)
    row.is_late_start = bool(late)
    if row.in_us is None or arrival is None:
        if late:
            row.notes.append(late)
        return
    row.rule(arrival.lines)
    if arrival.of:
        row.pages = Pages(arrival.have, arrival.of)
    over = _over(ctx, draft, row)
    bad = next((before for before in loops[:number] if before.verdict not in GOOD), None)
    if ctx.decisions.ruling("void", name, row.loop) is not None:
        row.verdict = "void"
        row.doubts.clear()
    elif over or late:
        row.verdict = "over cutoff"
        row.notes += [words for words in (over, late) if words]
    elif arrival.is_wrong_side:
        row.verdict = "void"
        row.notes.append(WRONG_SIDE)
        row.second_try = "may touch again from the right side"
    elif bad is not None:
        row.verdict = "void"
        row.notes.append(f"loop {bad.loop} did not count")
    else:
        _pages_verdict(ctx, name, row, arrival)


def _pages_verdict(ctx: Context, name: str, row: LoopDraft, arrival: Arrival) -> None:
    if arrival.have is not None and arrival.have < arrival.of:
        missing = arrival.of - arrival.have
        words = f"{missing} page{'s' if missing > 1 else ''} missing"
        if arrival.is_grace:
            row.rule(ctx.decisions.lines("grace", name, row.loop, "pages"))
            row.verdict = "counted"
            row.notes.append(f"{words}, grace")
            return
        row.verdict = "pages missing"
        row.notes.append(words)
        row.second_try = "may go back for a page"
    elif arrival.have is None and arrival.of:
        row.verdict = "provisional"
        row.notes.append("pages not ruled")
    else:
        row.verdict = "counted"


def _over(ctx: Context, draft: Draft, row: LoopDraft) -> str:
    """Words when he came after the cutoff, "" when in time."""
    if row.in_us is None or row.cutoff_us is None:
        return ""
    grace_us = common.ruled_grace_us(ctx, draft.runner.name, row, "cutoff")
    if grace_us is None:
        words = common.cutoff_doubt(row.in_us, row.in_bound_us, row.cutoff_us, "the cutoff")
        if words:
            row.doubts.append(words)
    at_counts = ctx.race.rules.at_cutoff_counts
    words = common.late_words(row.in_us, row.in_bound_us, row.cutoff_us)
    if common.in_time(row.in_us, row.cutoff_us + (grace_us or 0), at_counts):
        if not common.in_time(row.in_us, row.cutoff_us, at_counts):
            row.notes.append(f"{words}, grace")
        return ""
    return words


def status(ctx: Context, draft: Draft) -> None:
    """Status, reason, result and rank of a runner whose loops are judged."""
    rules = cast("BarkleyRules", ctx.race.rules)
    loops = draft.loops
    good = 0
    while good < len(loops) and loops[good].verdict in GOOD:
        good += 1
    draft.counted = good
    draft.loop_now = loops[-1].loop if loops else 0
    if good:
        draft.result_us = loops[good - 1].in_us
        draft.result_bound_us = loops[good - 1].in_bound_us
        draft.result = hms(draft.result_us or 0)
    if rules.loop_km:
        draft.km = round(good * rules.loop_km, 3)
    _rank(ctx, draft, loops, good, rules.loops)
    ruled = whereabouts.dropout_reason(ctx, draft)
    if ruled in (common.DID_NOT_START, common.DISQUALIFIED) or not loops:
        _not_ranked(draft, ruled)
        return
    last = loops[-1]
    draft.since_us = last.in_us if draft.in_camp else last.out_us
    if good == rules.loops:
        _finished(draft, last)
        return
    reason = _why_out(ctx, draft, loops, ruled)
    if not reason:
        return
    draft.status = "fun run" if _is_fun_run(ctx, draft, loops, good) else "out"
    draft.reason = reason
    draft.next_cutoff_us = None


def _is_fun_run(ctx: Context, draft: Draft, loops: Sequence[LoopDraft], good: int) -> bool:
    """So many loops in time; who was given grace for the last of them has it here too."""
    rules = cast("BarkleyRules", ctx.race.rules)
    if not rules.fun_run_loops or good < rules.fun_run_loops:
        return False
    last = loops[rules.fun_run_loops - 1]
    grace_us = common.grace_us(ctx, draft.runner.name, last.loop, "cutoff") or 0
    limit_us = to_us(rules.fun_run_s) + grace_us
    return common.in_time(last.in_us or 0, limit_us, rules.at_cutoff_counts)


def _not_ranked(draft: Draft, ruled: str) -> None:
    draft.status = "out" if ruled == common.DISQUALIFIED else "not started"
    draft.reason = ruled
    if ruled:
        draft.rank = (common.NO_RANK,)
    if ruled == common.DID_NOT_START:
        common.did_not_start(draft)


def _finished(draft: Draft, last: LoopDraft) -> None:
    draft.status = "finished"
    loops = draft.loops
    open_pages = [str(row.loop) for row in loops if row.verdict == "provisional"]
    if open_pages:
        draft.reason = f"pages of loop {', '.join(open_pages)} not ruled"
    if draft.taps_us is not None and draft.taps_us > (last.in_us or 0):
        text = f"taps at {hms(draft.taps_us)} for a finisher"
        draft.problem("taps for a finisher", "look", text, 0, draft.taps_us, tuple(draft.signals))


def _why_out(ctx: Context, draft: Draft, loops: Sequence[LoopDraft], ruled: str) -> str:
    """The reason that he is out, "" when he is in the race; sets the status then."""
    last = loops[-1]
    bad = next((row for row in loops if row.verdict not in (*GOOD, "open")), None)
    if ruled:
        return ruled
    if bad is not None:
        return _after_bad(ctx, draft, bad, last)
    if last.is_late_start:
        return MISSED_CUTOFF
    if draft.taps_us is not None:
        return "tapped out"
    if draft.returned_us is not None and not draft.in_camp:
        return f"returned without finishing loop {last.loop}"
    return _by_the_clock(ctx, draft, last)


def _after_bad(ctx: Context, draft: Draft, bad: LoopDraft, last: LoopDraft) -> str:
    """As _why_out(), of who has a loop that does not count; bad is the first such."""
    if bad.verdict == "over cutoff":
        return MISSED_CUTOFF
    if bad is last and bad.second_try and draft.taps_us is None:
        limit_us = common.waits_until(ctx, draft, bad.loop, "cutoff", bad.cutoff_us or 0)
        if common.in_time(ctx.now_elapsed_us, limit_us, ctx.race.rules.at_cutoff_counts):
            draft.status = "in camp" if draft.in_camp else "on course"
            draft.reason = bad.second_try
            return ""
    if bad.verdict == "pages missing":
        return "page missing"
    return bad.notes[0] if bad.notes else "void"


def _by_the_clock(ctx: Context, draft: Draft, last: LoopDraft) -> str:
    rules = cast("BarkleyRules", ctx.race.rules)
    now_us = ctx.now_elapsed_us
    if not draft.in_camp:
        limit_us = common.waits_until(ctx, draft, last.loop, "cutoff", last.cutoff_us or 0)
        in_time = common.in_time(now_us, limit_us, rules.at_cutoff_counts)
        draft.status = "on course" if in_time else "overdue"
        return ""
    planned_us = to_us(rules.start_next_by_s[last.loop] or rules.loop_cutoffs_s[last.loop])
    limit_us = common.waits_until(ctx, draft, last.loop + 1, "start", planned_us)
    if limit_us == planned_us and inherited_us(ctx, draft, last.loop + 1) is not None:
        limit_us = common.waits_until(ctx, draft, last.loop, "cutoff", planned_us)
    draft.status = "in camp"
    if common.in_time(now_us, limit_us, rules.at_start_by_counts):
        return ""
    text = (
        f"in camp since {hms(last.in_us or 0)}, not seen leaving for loop {last.loop + 1} before "
        f"{hms(limit_us)}: out, unless the runner left unseen"
    )
    if (last.in_us or 0) < limit_us:
        draft.problem("not seen leaving", "look", text, last.loop + 1)
    return MISSED_CUTOFF


def _rank(
    ctx: Context, draft: Draft, loops: Sequence[LoopDraft], good: int, all_loops: int
) -> None:
    """Finishers by time; the others by loops, time, and then how far they got."""
    never = 1 << 62
    beyond = loops[good:]
    arrivals = [row.in_us for row in beyond if row.in_us is not None]
    last_us = draft.result_us or 0
    checkpoints = [
        row.at_us
        for row in draft.sightings
        if row.source == "station" and row.at_us is not None and row.at_us >= last_us
    ]
    draft.rank = (
        0 if good == all_loops else 1,
        -good,
        ctx.race.rules.ranked_us(last_us),
        -len(arrivals),
        min(arrivals, default=never),
        -len(checkpoints),
        min(checkpoints, default=never),
        0 if any(row.out_us is not None for row in beyond) else 1,
    )
