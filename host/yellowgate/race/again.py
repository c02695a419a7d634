"""The log once more after a record or some, at the cost of what they touch.

The whole computation (judge.py) stays the judge. Here its steps are kept, and where the change is
local those runners alone are judged again whom it may concern: whose reads are new or got another
time, whose status changes with the moment, or in whose laps records are missing that came or
went. Local is: a fixed-time race; the same rulings, roster, stations and start; new reads of tags
that say whose they are, no press near them. For everything else the whole is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from gate_wire import kinds

from yellowgate.model import Told
from yellowgate.race.checks.problems import WAITING
from yellowgate.race.drafts import Context, Draft
from yellowgate.race.intake.grouped import Grouped
from yellowgate.race.intake.reads import NOBODY, Reads
from yellowgate.race.intake.unseen import unseen
from yellowgate.race.judge import Computed, Given, assembled, close, computed, judged
from yellowgate.race.official_log import OfficialLog
from yellowgate.race.presets import laps_status
from yellowgate.records import Column, TimedRecords
from yellowgate.rulings.decisions import Decisions
from yellowgate.times import to_us

SOME = 0.1  # of the runners; where more are concerned the whole is no slower
_MOMENTS = ("at_s", "in_s", "out_s"), ("at", "in_at", "out_at")  # since the start, and UTC


class Again:
    """The log of one race, asked for again and again. Of one thread at a time."""

    def __init__(self) -> None:
        self._last: Computed | None = None

    def log(self, given: Given) -> OfficialLog:
        """official_log(), to the byte."""
        last = None if self._last is None else _again(self._last, given)
        self._last = last or computed(given)
        return self._last.log


class _News(NamedTuple):
    """Of a log that changed: whose each record is; whose reads are new or at another time, and
    those moments.
    """

    owners: Column
    runners: set[int]
    moments_us: Column


def _again(before: Computed, given: Given) -> Computed | None:
    """None: the change is not local."""
    logs = {log.records.log_id: log for log in given.times}
    if not _may_be_local(before, given) or logs.keys() != before.intake.logs.keys():
        return None
    touched: set[int] = set()
    owned = dict(before.intake.owned)
    for log_id, log in logs.items():
        was = before.intake.logs[log_id]
        if was is log:
            continue
        news = _news(before, was, log, given.as_of_us)
        if news is None or _is_near_press(before, news.moments_us):
            return None
        touched |= news.runners
        owned[log_id] = news.owners
    ctx = replace(
        before.ctx,
        now_us=given.as_of_us,
        unseen=unseen(given.race, before.ctx.stations, given.told, given.times, before.ctx.unseen),
        distances={log_id: log.distances for log_id, log in logs.items()},
    )
    touched |= _by_time(before, ctx)
    intake = replace(before.intake, logs=logs, owned=owned)
    if touched & (intake.more.keys() | intake.taps.keys()):
        return None
    if len(touched) > SOME * len(before.drafts) + 3:
        return None
    drafts = _judged(before, replace(before, given=given, ctx=ctx, intake=intake), touched)
    if drafts is None:
        return None
    _know(ctx, drafts)
    known = {
        line.log_id: line
        for line in before.log.stations
        if logs.get(line.log_id) is before.intake.logs.get(line.log_id)
    }
    log = assembled(ctx, before.start, drafts, intake, before.fixed, before.lines, known)
    return replace(before, given=given, ctx=ctx, intake=intake, drafts=drafts, log=log)


def _may_be_local(before: Computed, given: Given) -> bool:
    was = before.given
    return (
        given.race is was.race
        and given.race.preset == "laps"
        and not given.race.waves
        and given.decisions is was.decisions
        and given.as_of_us >= was.as_of_us
        and before.ctx.started
        and before.ctx.now_elapsed_us >= 0
        and given.roster == was.roster
        and given.clocks == was.clocks
        and not any(row.kind == WAITING for row in before.fixed)
        and _are_named_so(was.told, given.told)
        and not _is_to_come(given.decisions, before.ctx)
    )


def _are_named_so(was: Mapping[str, Told], told: Mapping[str, Told]) -> bool:
    """Does nothing say of another station that it wrote a log?"""
    if was.keys() != told.keys():
        return False
    pairs = ((one, was[log_id]) for log_id, one in told.items())
    return all(
        one == two
        or replace(one, next_seq=0, never_written=()) == replace(two, next_seq=0, never_written=())
        for one, two in pairs
    )


def _is_to_come(decisions: Decisions, ctx: Context) -> bool:
    """Does a ruling speak of a moment that was not yet?"""
    spans, moments = _MOMENTS
    for ruling in decisions.active:
        said = [ctx.start_us + to_us(ruling.data[key]) for key in spans if key in ruling.data]
        said += [ruling.data[key] for key in moments if key in ruling.data]
        if any(at_us > ctx.now_us for at_us in said):
            return True
    return False


def _news(before: Computed, was: TimedRecords, log: TimedRecords, as_of_us: int) -> _News | None:
    """None when the change is not local: other records than before, a record of the future, a touch
    of which the tag alone does not say whose it is, a boot, distances that were not known so.
    """
    count, rows = len(was.records), log.records
    is_more = len(rows) >= count and np.array_equal(rows.seqs[:count], was.records.seqs)
    if not is_more or rows.raws[:count] != was.records.raws[:] or log.utcs_us.max() > as_of_us:
        return None
    if was.distances is not log.distances and (
        log.distances is None or not log.distances.is_as(was.distances)
    ):
        return None
    moved = (
        (log.utcs_us[:count] != was.utcs_us)
        | (log.bounds_us[:count] != was.bounds_us)
        | (log.of_basis[:count] != was.of_basis)
    )
    new = np.concatenate((np.flatnonzero(moved), np.arange(count, len(rows))))
    owners = before.intake.owner_of(log)
    mine = owners[new] != NOBODY
    is_other = ~mine & (rows.is_touch[new] | (rows.of_kind[new] == kinds.BOOT))
    if is_other.any():
        return None
    moments = np.concatenate((log.utcs_us[new[mine]], was.utcs_us[moved]))
    return _News(owners, set(owners[new[mine]].tolist()), moments)


def _is_near_press(before: Computed, moments_us: Column) -> bool:
    """Is a press so near that whose it is may depend on these reads?"""
    reads = before.intake.reads
    nobodys = reads.of_runner(NOBODY)
    presses = [reads.utcs_us[row] for row in nobodys if reads.of_kind[row] == kinds.PRESS]
    span_us = 2 * to_us(before.ctx.race.rules.press_tag_s)
    low = np.searchsorted(presses, moments_us - span_us)
    return bool(np.any(low < np.searchsorted(presses, moments_us + span_us, "right")))


def _by_time(before: Computed, ctx: Context) -> set[int]:
    """Whose status is another one now, or in whose laps records are missing that were not, or are
    not any more.
    """
    news_us = before.ctx.unseen.earliest_news_us(ctx.unseen) - ctx.start_us
    return {
        index
        for index, draft in zip(before.indexes, before.drafts, strict=True)
        if (draft.told_us is not None and draft.told_us > news_us)
        or laps_status.stays_us(before.ctx, draft) < ctx.now_elapsed_us
    }


def _judged(before: Computed, now: Computed, touched: set[int]) -> list[Draft] | None:
    """All drafts, those of the touched runners judged anew."""
    ctx = replace(now.ctx, reads=_reads_of(now, touched))
    grouped = Grouped(ctx.reads, ctx.places, ctx.race.rules.double_tap_us)
    drafts = list(before.drafts)
    distances: set[int] = set()
    made: list[Draft] = []
    for at, index in enumerate(before.indexes):
        if index not in touched:
            continue
        if grouped.of_runner(index) is None:
            return None  # a read whose time is only an order
        distances.add(laps_status.distance_mm(drafts[at]))
        drafts[at] = judged(ctx, now.roster[index], index, now.intake, grouped)
        made.append(drafts[at])
    for draft in made:
        laps_status.status(ctx, draft)
        distances.add(laps_status.distance_mm(draft))
    _order(now.ctx, drafts, distances)
    for draft in made:
        close(ctx, draft)
    return drafts


def _reads_of(now: Computed, touched: set[int]) -> Reads:
    """The reads of these runners alone."""
    is_one = np.zeros(len(now.roster) + 1, np.bool_)
    is_one[list(touched)] = True
    logs: dict[str, TimedRecords] = {}
    owners: list[Column] = []
    for log_id, log in now.intake.logs.items():
        owner = now.intake.owned[log_id]
        mask = is_one[owner]
        if mask.any():
            logs[log_id] = log.chosen(mask)
            owners.append(owner[mask])
    return Reads(logs, owners)


def _order(ctx: Context, drafts: Sequence[Draft], distances: Iterable[int]) -> None:
    """Whose order at these distances is in doubt; a line that says so now is made anew."""
    groups = laps_status.by_distance(drafts)
    for distance in distances:
        group = groups.get(distance, [])
        words = [draft.order_doubt for draft in group]
        laps_status.order_doubts(ctx, group)
        for draft, said in zip(group, words, strict=True):
            draft.line = draft.line if draft.order_doubt == said else None


def _know(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Until when nothing is missing of each, as lines.settle_line() has it, all at once."""
    told = np.array([max(row.told_us or 0, row.taps_us or 0) for row in drafts], np.int64)
    froms_us = told + ctx.start_us
    first_us = ctx.unseen.since_each(froms_us)
    nameless = np.array([*ctx.nameless, 1 << 62], np.int64)
    next_us = nameless[np.searchsorted(nameless, froms_us)]
    first_us = np.where(next_us <= ctx.now_us, np.minimum(first_us, next_us - 1), first_us)
    for draft, at_us in zip(drafts, (first_us - ctx.start_us).tolist(), strict=True):
        is_open = draft.enough_us is None or at_us < draft.enough_us
        draft.known_us = at_us if is_open and at_us < ctx.now_elapsed_us else None
