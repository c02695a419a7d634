"""What does not fit together: doubled numbers, doubled tags, rulings that point nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from yellowgate.event import roster as rosters
from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Level, Problem, Runner, Station
from yellowgate.race.drafts import Context, Draft
from yellowgate.race.intake.touches import TOUCHES, Intake
from yellowgate.race.official_log import StationLine
from yellowgate.race.presets import common
from yellowgate.records import TimedRecords
from yellowgate.rulings.decisions import Decisions
from yellowgate.times import UNBOUNDED_US, hms

# What may be ruled beforehand (a bib, a grace) is not among them: it waits for its loop.
OF_A_LOOP = ("pages", "void", "direction", "departure", "paper")


def of_roster(roster: Sequence[Runner], several: Iterable[str]) -> list[Problem]:
    """Names, tags and bibs that two wear."""
    found = [_problem("double-booked", "decide", text) for text in rosters.doubles(roster)]
    for uid in sorted(several):
        text = f"tag {uid} is worn by several: its reads are nobody's until that is mended"
        found.append(_problem("double-booked", "decide", text))
    return found


def of_events(race: RaceFile, roster: Sequence[Runner]) -> list[Problem]:
    """Words of the roster that race.toml does not know: an event, a wave."""
    found: list[Problem] = []
    for what, known in (("event", race.event_names), ("wave", [row.name for row in race.waves])):
        words = {getattr(row, what) for row in roster if race.is_in(row)} - {"", race.event, *known}
        for word in sorted(words):
            names = [row.name for row in roster if race.is_in(row) and getattr(row, what) == word]
            text = (
                f"the roster has the {what} {word!r} ({common.others_words(names)}), race.toml "
                f"names no such {what}: in the main race, and with its start, until it does"
            )
            found.append(_problem(f"unknown {what}", "decide", text))
    return found


def of_tags(roster: Sequence[Runner], intake: Intake) -> list[Problem]:
    """Tags that a ruling took from a runner with all that was read of them."""
    found: list[Problem] = []
    for ruling, index in intake.taken:
        name, tag = ruling.data["runner"], ruling.data["tag"]
        text = (
            f"tag {tag} of {roster[index].name} was ruled to be worn by {name}, and no moment was "
            f"given: all its reads are those of {name}"
        )
        found.append(Problem("tag moved", "look", text, name, 0, None, (), (ruling.id,)))
    return found


def of_records(intake: Intake) -> list[Problem]:
    """Two different records with one number in one log: one of them is not the station's."""
    found: list[Problem] = []
    for log_id, log in intake.logs.items():
        seqs = log.records.seqs
        double = sorted({int(seq) for seq in seqs[1:][seqs[1:] == seqs[:-1]]})
        if not double:
            continue
        text = f"log {log_id} has different records with the number {', '.join(map(str, double))}"
        found.append(_problem("doubled number", "decide", text))
    return found


def of_reads(decisions: Decisions, intake: Intake) -> list[Problem]:
    """Rulings on a record that is not here, or is no touch."""
    found: list[Problem] = []
    for subject, decided in decisions.by_subject.items():
        if subject[0] != "read" or decided.ruling is None or subject[1:] in intake.lines:
            continue
        text = f"no touch has the number {subject[2]} in log {subject[1]} (not synced yet?)"
        ids = tuple(ruling.id for ruling in decided.spoken)
        found.append(Problem("ruling points nowhere", "decide", text, "", 0, None, (), ids))
    return found


def of_loops(ctx: Context, drafts: Sequence[Draft]) -> list[Problem]:
    """Rulings on loops that nobody ran."""
    of_name = {draft.runner.name: draft for draft in drafts}
    found: list[Problem] = []
    for ruling in ctx.decisions.active:
        if ruling.kind not in OF_A_LOOP or "loop" not in ruling.data:
            continue
        name, loop = ruling.data["runner"], ruling.data["loop"]
        if any(row.loop == loop for row in of_name[name].ways):
            continue
        text = f"{ruling.kind}: {name} has no loop {loop}"
        found.append(
            Problem("ruling points nowhere", "look", text, name, loop, None, (), (ruling.id,))
        )
    return found


def of_clocks(ctx: Context, intake: Intake) -> list[Problem]:
    """Touches whose time no clock vouches for."""
    found: list[Problem] = []
    for log_id, log in intake.logs.items():
        lost = int(np.sum((log.bounds_us >= UNBOUNDED_US) & _is_touch(log)))
        if lost:
            name = ctx.stations[log_id].name
            text = f"{name}: {lost} touches without any clock behind them: only their order counts"
            found.append(_problem("no clock", "decide", text))
    return found


def station_lines(stations: Mapping[str, Station], intake: Intake) -> tuple[StationLine, ...]:
    """Each station with what its records amount to."""
    return tuple(_station(stations[log_id], log) for log_id, log in intake.logs.items())


def _is_touch(log: TimedRecords) -> NDArray[np.bool_]:
    return np.isin(log.records.of_kind, TOUCHES)


def _station(station: Station, log: TimedRecords) -> StationLine:
    is_touch = _is_touch(log)
    times = log.utcs_us[log.bounds_us < UNBOUNDED_US]
    return StationLine(
        station.name,
        station.log_id,
        station.role,
        station.place,
        len(log.records),
        int(is_touch.sum()),
        int(times.max()) if times.size else None,
        int(log.bounds_us[is_touch].max()) if is_touch.any() else None,
        _ranges(np.unique(log.records.seqs[~is_touch]).tolist()),
    )


def _ranges(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By moment (those without one first), runner and words; each once."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda row: (
                -(1 << 62) if row.at_us is None else row.at_us,
                row.runner,
                row.loop,
                row.kind,
                row.text,
                row.rulings,
                row.evidence,
            ),
        )
    )


def of_nobody(ctx: Context, drafts: Sequence[Draft]) -> list[Problem]:
    """Runners that nobody can account for."""
    found: list[Problem] = []
    for draft in drafts:
        if draft.accounted:
            continue
        text = "not accounted for; never seen since the start"
        if draft.seen:
            at_us, place = draft.seen[-1]
            text = f"not accounted for; last seen at {place} at {hms(at_us)}"
        found.append(
            Problem(
                "not accounted for", "decide", text, draft.runner.name, draft.loop_now, None, (), ()
            )
        )
    return found


def _problem(kind: str, level: Level, text: str) -> Problem:
    return Problem(kind, level, text, "", 0, None, (), ())
