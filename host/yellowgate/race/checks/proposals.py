"""Who a press, or a tag that nobody wears, may be."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple, TypeVar, overload

from yellowgate.event.rules import LapsRules, PointToPointRules
from yellowgate.race.drafts import Context, Draft, LoopDraft, evidence_order
from yellowgate.race.official_log import Loop, Proposal, Unassigned
from yellowgate.race.presets.point_to_point import course
from yellowgate.race.presets.whereabouts import out_since_us
from yellowgate.times import hms, to_us

T = TypeVar("T")
Order = tuple[int, ...]
PROPOSALS_MAX = 5
LOOKS_MAX = 10_000  # runners times reads: beyond that only the newest reads get proposals
NEAR_US = 10_000_000
NEVER_US = 1 << 62


class Lines:
    """The runners' lines, made ready for many looks; kept for the log of the next moment, where
    rulings and starts are the same: a draft that is the very same has the same line.
    """

    def __init__(self) -> None:
        self._of_draft: dict[int, _Line] = {}  # by its id(): the line holds it

    def of(self, ctx: Context, drafts: Sequence[Draft]) -> list[_Line]:
        """Of each whose start is known."""
        known = self._of_draft
        self._of_draft = {
            id(draft): known.get(id(draft)) or _line(ctx, draft, draft.start_us)
            for draft in drafts
            if draft.start_us is not None
        }
        return list(self._of_draft.values())


def unassigned(
    ctx: Context,
    drafts: Sequence[Draft],
    kept: Lines,
    presses: Sequence[int],
    unknown: Mapping[str, Sequence[int]],
    lone_taps: Sequence[int],
) -> list[Unassigned]:
    """All that is nobody's yet, by time. Reads of one unknown tag at one place within the
    double-tap window are one.
    """
    groups: list[tuple[str, list[int]]] = [("", [row]) for row in presses]
    groups += [(ctx.reads.body(row).hex(), [row]) for row in lone_taps]
    for uid, rows in unknown.items():
        groups += [(uid, group) for group in _touches(ctx, rows)]
    groups.sort(key=lambda group: ctx.reads.order(group[1][0]))
    first = len(groups) - LOOKS_MAX // max(1, len(drafts))
    lines = kept.of(ctx, drafts) if groups else []
    shortest_us = ctx.race.rules.shortest_us
    first_us = min((line.start_us for line in lines), default=0)
    result: list[Unassigned] = []
    for number, (uid, rows) in enumerate(groups):
        evidence = [ctx.evidence(rows[0], "none")]
        evidence += [ctx.evidence(row, "none again") for row in rows[1:]]
        utc_us = evidence[0].utc_us
        is_looked_at = number >= first and utc_us >= first_us
        stops = _stops(ctx, rows[0])
        found = _propose(lines, utc_us, shortest_us, stops) if is_looked_at else []
        result.append(Unassigned(uid, evidence[0].at_us, tuple(found), tuple(evidence)))
    return result


def _stops(ctx: Context, row: int) -> Collection[int] | None:
    """Which stops of a course from place to place this read was made at, from 0: several where the
    course comes by twice, none where it does not come by. None: in other races all is one place.
    """
    if not isinstance(ctx.race.rules, PointToPointRules):
        return None
    place = ctx.places.station_at(row).place
    return [at for at, stop in enumerate(course(ctx.race)) if stop.place == place]


def _touches(ctx: Context, rows: Sequence[int]) -> list[list[int]]:
    window_us = ctx.race.rules.double_tap_us
    utcs_us = ctx.reads.utcs_us
    groups: list[list[int]] = []
    latest: dict[str, list[int]] = {}
    for row in rows:
        place = ctx.places.station_at(row).place
        before = latest.get(place)
        if before is not None and utcs_us[row] - utcs_us[before[-1]] <= window_us:
            before.append(row)
        else:
            latest[place] = [row]
            groups.append(latest[place])
    return groups


class _Ways(Sequence[LoopDraft | Loop]):
    """Loops and one more: they are not made for that."""

    def __init__(self, ways: Sequence[LoopDraft | Loop], more: LoopDraft) -> None:
        self._ways = ways
        self._more = more

    def __len__(self) -> int:
        return len(self._ways) + 1

    @overload
    def __getitem__(self, at: int) -> LoopDraft | Loop: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[LoopDraft | Loop]: ...
    def __getitem__(self, at: int | slice) -> LoopDraft | Loop | Sequence[LoopDraft | Loop]:
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        place = range(len(self))[at]
        return self._more if place == len(self._ways) else self._ways[place]


class _Line(NamedTuple):
    """A runner, made ready for many looks. start_us: from when the own times count (UTC). ways: the
    loops; ins_us: when they ended, NEVER_US where they did not; outs_us: when they began. until_us:
    when the runner was out; never: infinite. is_kept_out: cannot be leaving camp. made: proposals
    that do not depend on the moment, by number, rank and order.
    """

    draft: Draft
    start_us: int
    ways: Sequence[LoopDraft | Loop]
    ins_us: Sequence[int]
    outs_us: Sequence[int | None]
    until_us: float
    is_kept_out: bool
    has_tag: bool
    made: dict[tuple[int, int, Order], Proposal]


def _line(ctx: Context, draft: Draft, start_us: int) -> _Line:
    ways = draft.ways
    if draft.laps is None:
        ins_us, outs_us = [_in_us(row) for row in ways], [row.out_us for row in ways]
    else:
        ins_us, outs_us = list(draft.laps.ins_us), list(draft.laps.outs_us)
    if isinstance(ctx.race.rules, LapsRules):  # its log has no line for the lap that is not ended
        last, number = (ins_us[-1] if ways else 0), len(ways) + 1
        bib, place = draft.runner.bib(number), "gate"
        ways = _Ways(ways, LoopDraft(number, place, bib, out_us=last))
        ins_us, outs_us = [*ins_us, NEVER_US], [*outs_us, last]
    own = ctx if start_us == ctx.start_us else replace(ctx, start_us=start_us)
    out_us = out_since_us(own, draft)
    until_us = math.inf if out_us is None else out_us
    if isinstance(ctx.race.rules, LapsRules) and ctx.race.rules.longest_s:
        until_us = min(until_us, to_us(ctx.race.rules.longest_s))
    is_kept_out = not ins_us or isinstance(ctx.race.rules, LapsRules)
    has_tag = bool(draft.runner.tags)
    return _Line(draft, start_us, ways, ins_us, outs_us, until_us, is_kept_out, has_tag, {})


def _propose(
    lines: Sequence[_Line], utc_us: int, shortest_us: int, stops: Collection[int] | None
) -> list[Proposal]:
    """Who it may be, best first: as many as wanted, and all who are as good as the last of them.

    First whose tag was read just then. Then who was on a loop whose end no touch of their own
    shows: those without a tag, then by the time they would need; then who touched later with a
    tag of their own; then who could have left camp. Those of one rank are equally good.
    """
    found = [
        choice
        for line in lines
        if 0 <= (at_us := utc_us - line.start_us) <= line.until_us
        and (choice := _due(line, at_us, shortest_us)) is not None
        and (stops is None or _may_be_at(choice, stops))
    ]
    usual_us = cache(partial(_usual_us, lines))
    ranked = sorted(
        (
            (_rank(choice, usual_us, utc_us - choice.line.start_us, stops), choice)
            for choice in found
        ),
        key=lambda entry: (entry[0], entry[1].line.draft.runner.name),
    )
    best = _best(ranked)
    places = _places(order for order, _ in best)
    return [
        _proposal(choice, utc_us - choice.line.start_us, order, places[order])
        for order, choice in best
    ]


def _best(ranked: Sequence[tuple[Order, T]]) -> Sequence[tuple[Order, T]]:
    """As many as wanted, and all who are as good as the last of them."""
    last = ranked[min(len(ranked), PROPOSALS_MAX) - 1][0] if ranked else ()
    return [row for row in ranked if row[0] <= last]


def _places(orders: Iterable[Order]) -> dict[Order, int]:
    """The ranks: those of one order are equally good."""
    return {order: place for place, order in enumerate(dict.fromkeys(orders), 1)}


def of_all_races(each: Mapping[str, Sequence[Unassigned]]) -> list[Unassigned]:
    """The touches that wait for a name, as several races over the same stations see them: whose
    each may be, of the runners of all. each: by the race's name; of the first are the times.
    """
    found: dict[tuple[str, int], Unassigned] = {}
    may_be: dict[tuple[str, int], list[tuple[Order, Proposal]]] = {}
    for name, rows in each.items():
        for row in rows:
            key = row.evidence[0].log_id, row.evidence[0].seq
            found.setdefault(key, row)
            may_be.setdefault(key, []).extend(
                (who.order, replace(who, why=f"{who.why}, in {name}")) for who in row.proposals
            )
    made: list[Unassigned] = []
    for key, row in found.items():
        ranked = sorted(may_be[key], key=lambda pair: (pair[0], pair[1].name))
        best = _best(ranked)
        places = _places(order for order, _ in best)
        proposals = tuple(replace(who, rank=places[order]) for order, who in best)
        made.append(replace(row, proposals=proposals))
    return sorted(made, key=lambda row: evidence_order(row.evidence[0]))


class _Choice(NamedTuple):
    """A runner whom it may be, and why. number: of the loop that it would end, from 0; past the
    last one when the runner would leave for the next. gap_us: to the read of the own tag.
    """

    line: _Line
    kind: int
    number: int
    gap_us: int


_NEAR, _ON_LOOP, _HAS_OWN, _IN_CAMP = range(4)
_DUE, _LATE, _EARLY = range(3)
NEAR_PACE = 0.25  # due: within a quarter of the usual time for the loop


def _in_us(row: LoopDraft | Loop) -> int:
    return NEVER_US if row.in_us is None else row.in_us


def _due(line: _Line, at_us: int, shortest_us: int) -> _Choice | None:
    """Whether it may be this runner, from the loop of that moment and the one before it."""
    ins_us = line.ins_us
    number = bisect_left(ins_us, at_us)
    for near in (number - 1, number):
        if 0 <= near < len(ins_us) and (gap_us := abs(ins_us[near] - at_us)) <= NEAR_US:
            return _Choice(line, _NEAR, near, gap_us)
    if number < len(ins_us):
        out_us = line.outs_us[number]
        out_us = (ins_us[number - 1] if number else 0) if out_us is None else out_us
        if at_us < out_us + shortest_us:
            return None
        kind = _ON_LOOP if ins_us[number] >= NEVER_US else _HAS_OWN
        return _Choice(line, kind, number, 0)
    return None if line.is_kept_out else _Choice(line, _IN_CAMP, number, 0)


def _may_be_at(choice: _Choice, stops: Collection[int]) -> bool:
    """May the runner be at one of these stops? Who was not seen at one may be at a later one."""
    if choice.kind == _IN_CAMP:
        return choice.number - 1 in stops
    if choice.kind == _NEAR:
        return choice.number in stops
    return any(stop >= choice.number for stop in stops)


def _usual_us(lines: Sequence[_Line], number: int) -> int:
    """The middle of the times that others needed for this loop; 0 when nobody has ended it."""
    spans = [
        line.ins_us[number] - out_us
        for line in lines
        if number < len(line.ins_us)
        and line.ins_us[number] < NEVER_US
        and (out_us := line.outs_us[number]) is not None
    ]
    if not spans:
        return 0
    from statistics import median  # noqa: PLC0415 - it brings decimal and fractions

    return round(median(spans))


def _rank(
    choice: _Choice,
    usual_us: Callable[[int], int],
    at_us: int,
    stops: Collection[int] | None,
) -> tuple[int, int, int, int]:
    """The smaller the better. Nobody is told apart by what is only chance."""
    has_passed = stops is not None and choice.number not in stops  # a stop before this one, unseen
    if choice.kind != _ON_LOOP:
        return choice.kind, int(has_passed and choice.kind != _IN_CAMP), 0, choice.gap_us
    has_tag = 1 if choice.line.has_tag else 0
    return _ON_LOOP, int(has_passed), has_tag, _pace(choice, usual_us, at_us)


def _pace(choice: _Choice, usual_us: Callable[[int], int], at_us: int) -> int:
    """Is the runner due, by the own loops before, else by the others' on this one?"""
    outs_us, ins_us, number = choice.line.outs_us, choice.line.ins_us, choice.number
    last = slice(max(0, number - 3), number)
    begun = zip(outs_us[last], ins_us[last], strict=True)
    own = [in_us - out_us for out_us, in_us in begun if out_us is not None]
    expected_us = max(own) if own else usual_us(number)
    out_us = outs_us[number]
    if not expected_us or out_us is None:
        return _DUE
    share = (at_us - out_us) / expected_us
    if share > 1 + NEAR_PACE:
        return _LATE
    return _DUE if share >= 1 - NEAR_PACE else _EARLY


def _proposal(choice: _Choice, at_us: int, order: Order, rank: int) -> Proposal:
    line, number = choice.line, choice.number
    if choice.kind == _NEAR:
        row = line.ways[number]
        gap_us = _in_us(row) - at_us
        words = f"whose tag was read {abs(gap_us) / 1e6:.1f} s "
        words += "later" if gap_us >= 0 else "before"
        return Proposal(line.draft.runner.name, row.bib, row.loop, "in", words, rank, order)
    key = number, rank, order
    made = line.made.get(key)
    if made is None:
        made = line.made[key] = _of_the_loop(line, choice.kind, number, rank, order)
    return made


def _of_the_loop(line: _Line, kind: int, number: int, rank: int, order: Order) -> Proposal:
    """The same at any moment of this loop, or of camp after the last one."""
    runner = line.draft.runner
    if number >= len(line.ways):
        loop = number + 1
        words = f"in camp since {hms(_in_us(line.ways[-1]))}: leaving"
        return Proposal(runner.name, runner.bib(loop), loop, "out", words, rank, order)
    row = line.ways[number]
    out_us = row.out_us
    since = "" if out_us is None else f" since {hms(out_us)}"
    words = f"on loop {row.loop}{since}" + ("" if line.has_tag else ", has no tag")
    words += f", but in at {hms(_in_us(row))}" if kind == _HAS_OWN else ""
    return Proposal(runner.name, row.bib, row.loop, "in", words, rank, order)
