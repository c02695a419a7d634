"""Rulings that were typed wrongly: they stand, and yet mean nothing here, or not what they say.

Records and rulings of another laptop may still come, so what a ruling lacks is shown, and a person
takes it back or waits. Who types such a ruling is asked first (weigh.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yellowgate.errors import nearest
from yellowgate.event.race_toml import RaceFile
from yellowgate.event.roster import doubles
from yellowgate.event.rules import BarkleyRules, PointToPointRules
from yellowgate.model import Problem, Ruling, Runner
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.decisions import Decisions
from yellowgate.rulings.kinds import KINDS
from yellowgate.times import hms, to_us

FAR_US = 12 * 3_600_000_000  # after everything that is known of: probably typed wrongly
START_AHEAD_US = 48 * 3_600_000_000  # a start is announced as long before
GRACES = {
    "barkley": ("cutoff", "start", "pages"),
    "backyard": ("cutoff", "start"),
    "laps": ("cutoff",),
    "point-to-point": ("cutoff", "start"),
}


def idle_rulings(
    race: RaceFile, roster: Sequence[Runner], decisions: Decisions, log: OfficialLog
) -> list[Problem]:
    """Of the rulings in force, those on this race that a person should look at again. log: the
    official log of the same race, roster and decisions.
    """
    lines = {line.name: line for line in log.runners}
    found: list[Problem] = []
    for ruling in decisions.active:
        name = ruling.data.get("runner")
        if not _is_on(race, ruling, name in lines):
            continue
        line = lines.get(name) if isinstance(name, str) else None
        text = _meaning(race, ruling) or _start(race, ruling) or _loop(race, ruling)
        text = text or _pages(race, ruling) or _moment(race, ruling, line, log)
        text = text or (_unfinished(ruling, line) if line is not None else "")
        if text:
            words = f"{ruling_kinds.words(ruling.kind, ruling.data)}: {text}"
            found.append(_of("ruling without effect", words, [ruling]))
    return found + ([] if race.event else list(_bibs(roster, decisions)))


def _is_on(race: RaceFile, ruling: Ruling, is_runner_here: bool) -> bool:
    """Is it this race, of several in the folder, that says whether it means anything?"""
    if "runner" in ruling.data:
        return is_runner_here
    event = ruling.data.get("event", "")
    return event == race.event or (not race.event and event not in race.event_names)


def _of(kind: str, text: str, about: Sequence[Ruling]) -> Problem:
    data, ids = about[0].data, tuple(ruling.id for ruling in about)
    return Problem(kind, "look", text, data.get("runner", ""), data.get("loop", 0), rulings=ids)


def _meaning(race: RaceFile, ruling: Ruling) -> str:
    """Words when the race does not ask for this at all, "" when it does."""
    if race.preset not in KINDS[ruling.kind].presets:
        return f"means nothing in a race of the preset {race.preset}"
    what = ruling.data.get("for", "cutoff")
    if ruling.kind == "grace" and what not in GRACES[race.preset]:
        known = " or ".join(GRACES[race.preset])
        return f"a race of the preset {race.preset} has grace for the {known} alone"
    return ""


def _loop(race: RaceFile, ruling: Ruling) -> str:
    """Words when the race has no such loop. Of the other kinds the log itself says that."""
    if KINDS[ruling.kind].loop != "ahead":
        return ""
    rules, loop = race.rules, ruling.data["loop"]
    if isinstance(rules, BarkleyRules) and loop > rules.loops:
        return f"the race has {rules.loops} loops"
    if isinstance(rules, PointToPointRules) and loop > len(rules.checkpoint):
        return f"the course has {len(rules.checkpoint)} stations"
    return ""


def _pages(race: RaceFile, ruling: Ruling) -> str:
    """Words when the books are not as many as race.toml says."""
    rules = race.rules
    if ruling.kind != "pages" or not isinstance(rules, BarkleyRules) or not rules.pages:
        return ""
    return "" if ruling.data["of"] == rules.pages else f"race.toml says {rules.pages} pages"


def _start(race: RaceFile, ruling: Ruling) -> str:
    """Words when race.toml knows no such event or wave."""
    event, wave = (ruling.data.get(what, "") for what in ("event", "wave"))
    if event not in ("", race.event):
        return f"race.toml has no event {event!r}{nearest(event, race.event_names)}"
    names = [row.name for row in race.waves]
    if wave and wave not in names:
        return f"race.toml has no wave {wave!r} (known: {', '.join(names) or 'none'})"
    return ""


def _unfinished(ruling: Ruling, line: RunnerLog) -> str:
    """Words when it speaks of the end of a loop that the runner has not ended."""
    if KINDS[ruling.kind].loop != "ended":
        return ""
    loop = next((row for row in line.loops if row.loop == ruling.data["loop"]), None)
    if loop is None or loop.in_us is not None:
        return ""
    return f"{line.name} has not ended loop {loop.loop}: it would count for whatever comes"


def _moment(race: RaceFile, ruling: Ruling, line: RunnerLog | None, log: OfficialLog) -> str:
    """Words when it speaks of a moment that is not in the race so far."""
    data, kind = ruling.data, KINDS[ruling.kind]
    start_us = log.start_us if line is None else line.start_us
    moments = _moments(data, start_us)
    if not moments or not kind.moment:
        return ""
    if kind.moment == "start":
        ahead_us = max(moments) - log.as_of_us
        return f"that is {hms(ahead_us)} ahead" if ahead_us > START_AHEAD_US else ""
    if ruling.kind == "paper" and data["loop"] == 1 and (data.get("out_s") or "out_at" in data):
        return "the first loop begins with the start: its out is not used"
    if max(moments) > log.as_of_us:
        return f"that is {hms(max(moments) - log.as_of_us)} ahead: it does not count before"
    if kind.moment == "day" or start_us is None:
        return ""
    is_dns = data.get("reason") == "did not start"
    if min(moments) < start_us and not is_dns:
        return f"that is {hms(start_us - min(moments))} before the start"
    return ""


def _moments(data: ruling_kinds.Data, start_us: int | None) -> list[int]:
    """The moments that it speaks of (UTC)."""
    moments = [data[name] for name in ("at", "in_at", "out_at") if name in data]
    if start_us is not None:
        spans = [data[name] for name in ("at_s", "in_s", "out_s") if name in data]
        moments += [start_us + to_us(span_s) for span_s in spans]
    return moments


def long_after(race: RaceFile, ruling: Ruling, log: OfficialLog) -> str:
    """Words when everything that this log knows of was long over at the moment that the ruling
    speaks of. No fault of a ruling that was made: a runner may come back late.
    """
    lines = {line.name: line for line in log.runners}
    line = lines.get(str(ruling.data.get("runner")))
    if KINDS[ruling.kind].moment != "race" or line is None or line.start_us is None:
        return ""
    at_us = max(_moments(ruling.data, line.start_us), default=0)
    for ended_us, what in _ends(race, log, line.start_us):
        if at_us > ended_us + FAR_US:
            return f"that is {hms(at_us - ended_us)} after {what}"
    return ""


def last_us(race: RaceFile, log: OfficialLog) -> int:
    """The last moment that a time of this race can mean: now, or when all was long over (UTC)."""
    ends = [] if log.start_us is None else _ends(race, log, log.start_us)
    return min([log.as_of_us, *(ended_us + FAR_US for ended_us, _ in ends)])


def _ends(race: RaceFile, log: OfficialLog, start_us: int) -> list[tuple[int, str]]:
    """When it was over (UTC), by what is known: moment and words."""
    found: list[tuple[int, str]] = []
    if race.rules.longest_s:
        found.append((start_us + to_us(race.rules.longest_s), "the end of the race"))
    newest_us = [one.last_us for one in log.stations if one.last_us is not None]
    if newest_us:
        found.append((max(start_us, *newest_us), "the newest record that is here"))
    return found


def _bibs(roster: Sequence[Runner], decisions: Decisions) -> Iterator[Problem]:
    """Bibs that two wear since a ruling changed one."""
    ruled = [ruling for ruling in decisions.active if ruling.kind == "bib"]
    if not ruled:
        return
    before = set(doubles(roster))
    for text in doubles(roster, decisions.bib, {ruling.data["loop"] for ruling in ruled}):
        if text not in before:
            about = [row for row in ruled if text.startswith(f"bib {row.data['bib']} ")]
            yield _of("double-booked", f"{text}, since a ruling changed it", about or ruled)
