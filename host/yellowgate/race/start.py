"""When the race began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.rules import BarkleyRules
from yellowgate.model import Problem
from yellowgate.rulings.decisions import Decisions
from yellowgate.times import UNBOUNDED_US, hms, iso, local, to_us, zone

SAME_START_US = 60_000_000


class Start(NamedTuple):
    """utc_us None: not known. by: "ruling", "station", "race file", "conch", "". read: the number
    of the read that says it, -1 when none does.
    """

    utc_us: int | None
    bound_us: int
    by: str
    conch_us: int | None
    problems: list[Problem]
    read: int = -1


def find_start(
    race: RaceFile, decisions: Decisions, starts: Sequence[tuple[int, int, int]], now_us: int
) -> Start:
    """A ruling, else the first start record of a station, else race.toml, else the conch.

    starts: the stations' start records by time: (utc_us, bound_us, number of the read); they start
    the main race, as nobody says of which event they are.
    """
    read = -1
    problems: list[Problem] = []
    conch = None if race.event else decisions.ruling("conch")
    conch_us = race.conch_us if conch is None else conch.data["at"]
    ruled = decisions.ruling("start", race.event, "")
    starts = () if race.event else starts
    timed = [row for row in starts if row[1] < UNBOUNDED_US] or list(starts)
    if ruled is not None:
        found: tuple[int | None, int, str] = (ruled.data["at"], 0, "ruling")
    elif timed:
        first_us = timed[0][0]
        found, read = (*timed[0][:2], "station"), timed[0][2]
        for utc_us, _, _ in timed[1:]:
            if utc_us - first_us > SAME_START_US:
                text = f"another start signal at {iso(utc_us)}: void it, or rule the start"
                problems.append(Problem("second start", "decide", text))
        if race.start_us is not None and abs(race.start_us - first_us) > SAME_START_US:
            text = f"race.toml says {iso(race.start_us)}, the station {iso(first_us)}"
            problems.append(Problem("start differs", "decide", text))
    elif race.start_us is not None:
        found = (race.start_us, 0, "race file")
    else:
        found = _after_conch(race, conch_us, now_us, problems)
    _check_conch(race, conch_us, found[0], problems)
    return Start(*found, conch_us, problems, read)


def wave_starts(race: RaceFile, decisions: Decisions, start: Start) -> dict[str, Start]:
    """The start of each wave: a ruling, else race.toml, else so long after the race's own."""
    found: dict[str, Start] = {}
    for wave in race.waves:
        ruled = decisions.ruling("start", race.event, wave.name)
        if ruled is not None:
            one = Start(ruled.data["at"], 0, "ruling", None, [])
        elif wave.start_us is not None:
            one = Start(wave.start_us, 0, "race file", None, [])
        else:
            known_us = start.utc_us
            later_us = None if known_us is None else known_us + wave.after_us
            one = start._replace(utc_us=later_us, problems=[])
        found[wave.name] = one
    return found


def _after_conch(
    race: RaceFile, conch_us: int | None, now_us: int, problems: list[Problem]
) -> tuple[int | None, int, str]:
    if conch_us is None or not isinstance(race.rules, BarkleyRules):
        return None, 0, ""
    start_us = conch_us + to_us(race.rules.conch_to_start_s)
    if now_us >= start_us:
        text = f"no start is logged: taken as {iso(start_us)}, from the conch"
        problems.append(Problem("start not logged", "decide", text))
    return start_us, 0, "conch"


def _check_conch(
    race: RaceFile, conch_us: int | None, start_us: int | None, problems: list[Problem]
) -> None:
    rules = race.rules
    if conch_us is None or not isinstance(rules, BarkleyRules):
        return
    there = local(conch_us, zone(race.zone))
    day_s = there.hour * 3600 + there.minute * 60 + there.second
    begin_s, end_s = rules.conch_from_s, rules.conch_until_s
    is_within = (
        begin_s <= day_s <= end_s if begin_s <= end_s else day_s >= begin_s or day_s <= end_s
    )
    if not is_within:
        text = f"the conch at {there:%H:%M} is outside its hours"
        problems.append(Problem("conch", "note", text))
    if start_us is not None:
        gap_us = start_us - conch_us - to_us(rules.conch_to_start_s)
        if abs(gap_us) > SAME_START_US:
            text = f"the start is {hms(abs(gap_us))} off from the conch and its hour"
            problems.append(Problem("conch", "note", text))
