"""What does not fit together: doubled numbers, doubled tags, rulings that point nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from yellowgate.event import roster as rosters
from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Problem, Runner, Station
from yellowgate.race.drafts import Context, Draft
from yellowgate.race.intake.touches import Intake
from yellowgate.race.official_log import StationLine
from yellowgate.race.presets import order
from yellowgate.records import TimedRecords
from yellowgate.rulings.decisions import Decisions
from yellowgate.rulings.kinds import KINDS
from yellowgate.times import UNBOUNDED_US, US, hms, iso

CLOCKS, WAITING = "clocks contradict", "touches wait"  # kinds that stand above the log


def of_roster(roster: Sequence[Runner], several: Iterable[str]) -> list[Problem]:
    """Names, tags and bibs that two wear."""
    found = [Problem("double-booked", "decide", text) for text in rosters.doubles(roster)]
    for uid in sorted(several):
        text = f"tag {uid} is worn by several: its reads are nobody's until that is mended"
        found.append(Problem("double-booked", "decide", text))
    return found


def of_events(race: RaceFile, roster: Sequence[Runner]) -> list[Problem]:
    """Words of the roster that race.toml does not know: an event, a wave."""
    found: list[Problem] = []
    for what, known in (("event", race.event_names), ("wave", [row.name for row in race.waves])):
        words = {getattr(row, what) for row in roster if race.is_in(row)} - {"", race.event, *known}
        for word in sorted(words):
            names = [row.name for row in roster if race.is_in(row) and getattr(row, what) == word]
            text = (
                f"the roster has the {what} {word!r} ({order.others_words(names)}), race.toml "
                f"names no such {what}: in the main race, and with its start, until it does"
            )
            found.append(Problem(f"unknown {what}", "decide", text))
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
        found.append(Problem("tag moved", "look", text, name, rulings=(ruling.id,)))
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
        found.append(Problem("doubled number", "decide", text))
    return found


def of_reads(decisions: Decisions, intake: Intake) -> list[Problem]:
    """Rulings on a record that is not here, or is no touch."""
    found: list[Problem] = []
    for subject, decided in decisions.by_subject.items():
        if subject[0] != "read" or decided.ruling is None or subject[1:] in intake.lines:
            continue
        text = f"no touch has the number {subject[2]} in log {subject[1]} (not synced yet?)"
        ids = tuple(ruling.id for ruling in decided.spoken)
        found.append(Problem("ruling points nowhere", "decide", text, rulings=ids))
    return found


def of_loops(ctx: Context, drafts: Sequence[Draft]) -> list[Problem]:
    """Rulings on loops that nobody ran."""
    of_name = {draft.runner.name: draft for draft in drafts}
    found: list[Problem] = []
    for ruling in ctx.decisions.active:
        if KINDS[ruling.kind].loop not in ("run", "ended") or "loop" not in ruling.data:
            continue
        name, loop = ruling.data["runner"], ruling.data["loop"]
        draft = of_name.get(name)  # None: of another event
        if draft is None or any(row.loop == loop for row in draft.ways):
            continue
        text = f"{ruling.kind}: {name} has no loop {loop}"
        ids = (ruling.id,)
        found.append(Problem("ruling points nowhere", "look", text, name, loop, rulings=ids))
    return found


def of_clocks(ctx: Context, intake: Intake) -> list[Problem]:
    """Touches whose time no clock vouches for."""
    found: list[Problem] = []
    for log_id, log in intake.logs.items():
        lost = int(np.sum((log.bounds_us >= UNBOUNDED_US) & log.records.is_touch))
        if lost:
            name = ctx.stations[log_id].name
            text = f"{name}: {lost} touches without any clock behind them: only their order counts"
            found.append(Problem("no clock", "decide", text))
    return found


def of_waiting(
    times: Iterable[TimedRecords], stations: Mapping[str, Station], as_of_us: int, is_now: bool
) -> list[Problem]:
    """Touches that are later than the moment of the log, and so not in it. That is as it should
    be in a log of the past; it is wrong where that moment is now, or lies within their bounds.
    """
    found: list[Problem] = []
    for log in sorted(times, key=lambda log: log.records.log_id):
        waits = log.utcs_us > as_of_us
        waits = waits & log.records.is_touch if waits.any() else waits
        count = int(waits.sum())
        if not count:
            continue
        log_id = log.records.log_id
        name = stations[log_id].name if log_id in stations else f"station {log_id[:8]}"
        is_in_doubt = bool(np.any((log.utcs_us - log.bounds_us <= as_of_us) & waits))
        first = iso(int(log.utcs_us[waits].min()) // US * US)
        text = f"{name}: {count} {'touches wait' if count > 1 else 'touch waits'} for the moment "
        text += f"that {'they are' if count > 1 else 'it is'} dated at, the first for {first}"
        if is_now:
            text += ": this laptop's clock is wrong, or the station's times are (gate clock)"
        elif is_in_doubt:
            text += ": by their bounds they may have been before"
        found.append(Problem(WAITING, "decide" if is_now or is_in_doubt else "note", text))
    return found


def station_lines(
    stations: Mapping[str, Station], intake: Intake, known: Mapping[str, StationLine]
) -> tuple[StationLine, ...]:
    """Each station with what its records amount to. known: lines of logs that are as they were, by
    log id.
    """
    return tuple(
        known.get(log_id) or _station(station, log_id, intake.logs.get(log_id))
        for log_id, station in sorted(stations.items())
    )


def _station(station: Station, log_id: str, log: TimedRecords | None) -> StationLine:
    if log is None:
        return StationLine(station.name, log_id, station.role, station.place, 0, 0, None, None, ())
    is_touch = log.records.is_touch
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
        _ranges(sorted(set(log.records.seqs[~is_touch].tolist()))),
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


def of_nobody(ctx: Context, drafts: Sequence[Draft], is_any: bool) -> list[Problem]:
    """Runners that nobody can account for. is_any: is any record here? Without one, that is no
    news of those of whom nobody said a word, and one line says so.
    """
    found: list[Problem] = []
    if not is_any and ctx.started:
        text = "no station is synced yet: who is where nobody knows (gate sync, gate listen)"
        found.append(Problem("nothing synced", "decide", text))
    for draft in drafts:
        if draft.accounted or not (is_any or draft.rulings):
            continue
        text = "not accounted for; never seen since the start"
        if draft.seen:
            at_us, place = draft.seen[-1]
            text = f"not accounted for; last seen at {place} at {hms(at_us)}"
        name, loop = draft.runner.name, draft.loop_now
        found.append(Problem("not accounted for", "decide", text, name, loop))
    return found
