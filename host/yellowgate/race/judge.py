"""From observations and rulings to the official log: the same in, the same out, to the byte.

Everything is computed anew from all the evidence each time; nothing is remembered. The steps:
what is ruled now, whose reads are whose, when the race began, each runner by the rules of the
preset, all of them together, places, and what nobody has decided yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Problem, Runner, Told
from yellowgate.race.checks import problems, proposals
from yellowgate.race.drafts import NO_READ, Context, Draft, Entry, evidence_order
from yellowgate.race.intake import touches
from yellowgate.race.intake.grouped import Grouped
from yellowgate.race.intake.reads import Reads, Seen, until
from yellowgate.race.intake.unseen import unseen
from yellowgate.race.official_log import OfficialLog, RunnerLog, SetAside, StationLine
from yellowgate.race.presets import (
    backyard,
    barkley,
    barkley_status,
    laps,
    laps_status,
    paper,
    point_to_point,
)
from yellowgate.race.presets.lines import Forced, settle_line
from yellowgate.race.presets.ranking import ranked
from yellowgate.race.start import Start, find_start, wave_starts
from yellowgate.race.stations import name_stations
from yellowgate.records import TimedRecords
from yellowgate.rulings.decisions import Decisions, line

NONE_KNOWN: Mapping[str, StationLine] = MappingProxyType({})


class Preset(NamedTuple):
    """A preset's rules: each runner alone, then all together (status and rank)."""

    judge: Callable[[Context, Entry, Forced], Draft]
    settle: Callable[[Context, Sequence[Draft]], None]


PRESETS = {
    "barkley": Preset(barkley.judge, barkley_status.settle),
    "backyard": Preset(backyard.judge, backyard.settle),
    "laps": Preset(laps.judge, laps_status.settle),
    "point-to-point": Preset(point_to_point.judge, point_to_point.settle),
}


class Given(NamedTuple):
    """What the log of a moment is made from. times: of each log. decisions: of the rulings up to
    the same moment, evaluated with the names of this roster. told: what is known of logs beside
    their records, by log id. clocks: what is wrong with them. is_now: as_of_us is the present. The
    order of logs and roster changes nothing.
    """

    race: RaceFile
    roster: Sequence[Runner]
    times: Sequence[TimedRecords]
    decisions: Decisions
    told: Mapping[str, Told]
    as_of_us: int
    clocks: Sequence[Problem] = ()
    is_now: bool = False


@dataclass
class Computed:
    """A log, and the steps to it. roster: in order. drafts: by wave, each in the roster's order;
    indexes: the place of their runners in it. fixed: problems that follow from roster, rulings,
    clocks and stations alone.
    """

    given: Given
    roster: Sequence[Runner]
    ctx: Context
    start: Start
    intake: touches.Intake
    fixed: list[Problem]
    drafts: list[Draft]
    indexes: list[int]
    lines: proposals.Lines
    log: OfficialLog


def computed(given: Given) -> Computed:
    """The whole computation."""
    race, _, times, decisions, told, as_of_us, clocks, is_now = given
    roster = sorted(
        given.roster, key=lambda runner: (runner.name, runner.tags, sorted(runner.bibs.items()))
    )  # of all events: a tag of another event's runner is nobody unknown
    logs = until(times, as_of_us)
    known, found = name_stations(race, told, (log.records for log in times))
    places = {log_id: station.place for log_id, station in known.items()}
    intake = touches.take_in(logs, roster, decisions, places, race.rules)
    reads = intake.reads
    starts = [(reads.utcs_us[row], reads.bounds_us[row], row) for row in intake.starts]
    start = find_start(race, decisions, starts, as_of_us)
    ctx = Context(
        race=race,
        start_us=start.utc_us or 0,
        start_bound_us=start.bound_us,
        now_us=as_of_us,
        stations=known,
        reads=reads,
        decisions=decisions,
        started=start.utc_us is not None,
        unseen=unseen(race, known, told, times),
        start_read=_start_read(reads, start),
        distances={log.records.log_id: log.distances for log in times},
    )
    ctx.nameless = _nameless(ctx, intake)
    ctx.towers = _towers(ctx, intake)
    grouped = Grouped(reads, ctx.places, race.rules.double_tap_us)
    drafts: list[Draft] = []
    indexes: list[int] = []
    for wave, own in _waves(ctx, start).items():
        of_wave = [
            index
            for index, runner in enumerate(roster)
            if race.is_in(runner) and race.wave_of(runner) == wave
        ]
        drafts += _judged(own, roster, intake, grouped, of_wave)
        indexes += of_wave
    found += [*start.problems, *decisions.problems, *problems.of_events(race, roster), *clocks]
    found += problems.of_waiting(times, known, as_of_us, is_now)
    own_roster = [draft.runner for draft in drafts]
    found += problems.of_roster(own_roster, intake.several)
    found += problems.of_tags(own_roster, intake)
    lines = proposals.Lines()
    log = assembled(ctx, start, drafts, intake, found, lines)
    return Computed(given, roster, ctx, start, intake, found, drafts, indexes, lines, log)


def _start_read(reads: Reads, start: Start) -> Seen | None:
    return None if start.read == NO_READ else reads.seen(start.read)


def _waves(ctx: Context, start: Start) -> dict[str, Context]:
    """The race as each wave sees it, whose times count from its own start; "": without a wave."""
    made = {"": ctx}
    for name, own in wave_starts(ctx.race, ctx.decisions, start).items():
        later_us = (own.utc_us or 0) - ctx.start_us
        made[name] = replace(
            ctx,
            start_us=own.utc_us or 0,
            start_bound_us=own.bound_us,
            started=own.utc_us is not None,
            start_read=_start_read(ctx.reads, own),
            towers=tuple(
                (place, first - later_us, last - later_us) for place, first, last in ctx.towers
            ),
        )
    return made


def _judged(
    ctx: Context,
    roster: Sequence[Runner],
    intake: touches.Intake,
    grouped: Grouped,
    of_wave: Sequence[int],
) -> list[Draft]:
    """The lines of the runners of one wave of this race."""
    drafts = [judged(ctx, roster[index], index, intake, grouped) for index in of_wave]
    PRESETS[ctx.race.preset].settle(ctx, drafts)
    for draft in drafts:
        close(ctx, draft)
    return drafts


def close(ctx: Context, draft: Draft) -> None:
    """What a settled draft still lacks."""
    settle_line(ctx, draft)
    draft.start_us = ctx.start_us if ctx.started else None


def _nameless(ctx: Context, intake: touches.Intake) -> list[int]:
    """UTC of presses and reads of tags that nobody wears, at a gate or where nobody knows."""
    rows = [*intake.presses, *(row for reads in intake.unknown.values() for row in reads)]
    return sorted(
        ctx.reads.utcs_us[row] for row in rows if ctx.places.station_at(row).role in ("gate", "")
    )


def _towers(ctx: Context, intake: touches.Intake) -> tuple[tuple[str, int, int], ...]:
    """Checkpoints that have reported, with the span of their records since the start."""
    spans: dict[str, tuple[int, int]] = {}
    for log_id, log in intake.logs.items():
        station = ctx.stations[log_id]
        if station.role == "tower":
            first_us, last_us = int(log.utcs_us.min()), int(log.utcs_us.max())
            first, last = spans.get(station.place, (first_us, last_us))
            spans[station.place] = (min(first, first_us), max(last, last_us))
    return tuple(
        (place, ctx.elapsed_us(first), ctx.elapsed_us(last))
        for place, (first, last) in sorted(spans.items())
    )


def judged(
    ctx: Context, runner: Runner, index: int, intake: touches.Intake, grouped: Grouped
) -> Draft:
    """One runner: from the stations and what was ruled; then what only the paper knows."""
    entry = Entry(runner, touches.of_runner(intake, grouped, index), intake.taps.get(index, ()))
    judge = PRESETS[ctx.race.preset].judge
    if runner.name not in ctx.decisions.by_runner:
        return judge(ctx, entry, {})
    forced = paper.ruled(ctx, runner.name)
    sheet = paper.written(ctx, runner.name, forced)
    draft = judge(ctx, entry, forced)
    extra = paper.missing(ctx, draft, sheet)
    if extra:
        draft = judge(ctx, entry, {**forced, **extra})
    paper.compare(ctx, draft, sheet)
    return draft


def assembled(
    ctx: Context,
    start: Start,
    drafts: Sequence[Draft],
    intake: touches.Intake,
    fixed: Sequence[Problem],
    lines: proposals.Lines,
    known: Mapping[str, StationLine] = NONE_KNOWN,
) -> OfficialLog:
    """The log of these drafts. lines, known: of the log before; see there."""
    runners = ranked(ctx, drafts)
    found = [*fixed, *problems.of_records(intake)]
    found += problems.of_reads(ctx.decisions, intake)
    found += problems.of_loops(ctx, drafts)
    found += problems.of_clocks(ctx, intake)
    found += problems.of_nobody(ctx, drafts, bool(intake.logs))
    found += [row for draft in drafts for row in draft.problems]
    aside = [row for draft in drafts for row in draft.set_aside]
    for row in intake.void:
        why = touches.void_lines(intake, row, ctx.decisions)
        aside.append(SetAside("", why, ctx.evidence(row, "none")))
    return OfficialLog(
        race=ctx.race.name,
        preset=ctx.race.preset,
        zone=ctx.race.zone,
        start_us=start.utc_us,
        start_by=start.by,
        start_uncertainty_us=None if start.utc_us is None else start.bound_us,
        conch_us=start.conch_us,
        as_of_us=ctx.now_us,
        state=_state(ctx, runners),
        runners=tuple(runners),
        unassigned=tuple(
            proposals.unassigned(
                ctx, drafts, lines, intake.presses, intake.unknown, intake.lone_taps
            )
        ),
        problems=problems.in_order(found),
        set_aside=tuple(sorted(aside, key=lambda row: (evidence_order(row.evidence), row.runner))),
        stations=problems.station_lines(ctx.stations, intake, known),
        rulings=tuple(line(row) for row in ctx.decisions.active),
        signals=tuple(ctx.evidence(row, "start") for row in intake.starts),
    )


def _state(ctx: Context, runners: Sequence[RunnerLog]) -> str:
    if not ctx.started or ctx.now_elapsed_us < 0:
        return "not started"
    is_on = any(row.status in ("on course", "in camp", "overdue") for row in runners)
    return "running" if is_on or not runners else "over"
