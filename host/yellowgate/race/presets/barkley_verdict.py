"""What a loop of the Barkley is worth: pages, direction, cutoffs, grace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from yellowgate.event.rules import BarkleyRules
from yellowgate.model import Pages, Ruling, RulingLine
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.race.presets import limits
from yellowgate.race.presets.barkley_leaving import left_late
from yellowgate.rulings.decisions import Decided, contradiction, line, settle

WRONG_SIDE = "touched from the wrong direction"
GOOD = ("counted", "provisional")


class Arrival(NamedTuple):
    """What was ruled on the touch that ended a loop. have: None when nobody said (so that all
    may agree on it) how many pages there were. is_sent_back: the runner may, or must, touch again.
    """

    have: int | None
    of: int
    is_wrong_side: bool
    lines: tuple[RulingLine, ...]
    is_grace: bool
    is_sent_back: bool


class _Said(NamedTuple):
    """Rulings that may speak of a touch, by the moment they were made: at the gate (before
    another touch), all of them, and those that name one of its reads.
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
    """The rulings on this touch. next_us: UTC of the next touch, again_us: of the next that could
    be a second try.

    Who was let through at the gate left for the next loop: what is ruled later corrects what was
    said then. Who was sent back touches again, and what was ruled after that speaks of the later
    touch. used: ids of the rulings on earlier touches of this loop; those on this one are added.
    """
    rules = ctx.race.rules_of(BarkleyRules)
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
    """(pages that were there, of how many, is it the wrong side?), as far as all agree."""
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
    """All was ruled after another touch: different counts may be of different touches."""
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
    over = limits.over(ctx, draft, row)
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
