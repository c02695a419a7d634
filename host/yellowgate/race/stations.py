"""What each station is: the one place where that is decided.

A log's station number comes from its boot records, the station's greetings and its radio packets;
role, name and place come from race.toml, and only where that does not list the number from the
boot record. Nothing is taken for granted: a log that nobody knows, or that two numbers claim, has
a place of its own, where its touches are kept and count for nothing until a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.event.race_toml import RaceFile, StationEntry
from yellowgate.model import Level, Problem, Station, Told
from yellowgate.records import Records


class _Named(NamedTuple):
    """A station, and what a person should know of it: (kind of problem, its level, text)."""

    station: Station
    trouble: tuple[str, Level, str] | None


def name_stations(
    race: RaceFile, told: Mapping[str, Told], logs: Iterable[Records]
) -> tuple[dict[str, Station], list[Problem]]:
    """Every log that was heard of as a station with a place, by log id; and what is to decide.

    logs: all records that are here, whatever their moment. told: by log id; also of logs of which
    no record is here yet.
    """
    boots = {log.log_id: _boots(log) for log in logs}
    known: dict[str, Station] = {}
    problems: list[Problem] = []
    for log_id in sorted(boots.keys() | told.keys()):
        said = boots.get(log_id, frozenset())
        known_of = told.get(log_id, Told())
        numbers = known_of.numbers | {number for number, _ in said}
        found = _foreign(race, log_id, known_of, numbers) or _named(
            race, log_id, numbers, {role for _, role in said}
        )
        known[log_id] = found.station
        if found.trouble is not None:
            problems.append(Problem(*found.trouble))
    return known, problems


def _boots(log: Records) -> frozenset[tuple[int, str]]:
    """(number, role) of each boot record that can be read; a role of a later version is ""."""
    bodies_of = (log.bodies[at] for at in np.flatnonzero(log.of_kind == kinds.BOOT).tolist())
    boots = (bodies.unpack_boot(body) for body in bodies_of)
    return frozenset(
        (boot.station_id, kinds.ROLE_NAMES.get(boot.role, "")) for boot in boots if boot is not None
    )


def _named(race: RaceFile, log_id: str, numbers: frozenset[int], roles: set[str]) -> _Named:
    entry = race.named(log_id)
    if entry is not None:
        return _Named(_listed(log_id, entry), None)
    short = log_id[:8]
    advice = f'or write logs = ["{short}"] at its [[station]] in race.toml'
    if len(numbers) > 1:
        both = " and ".join(map(str, sorted(numbers)))
        text = f"log {short} says that it is of station {both}: its touches count nowhere, {advice}"
        return _unknown(log_id, 0, f"log {short}", text)
    if not numbers:
        text = f"nobody knows which station wrote log {short}: its touches count nowhere; sync it, "
        return _unknown(log_id, 0, f"log {short}", text + advice)
    number = min(numbers)
    entry = race.station(number)
    role = roles.pop() if len(roles) == 1 else ""
    if entry is not None:
        return _Named(_listed(log_id, entry), _other_role(entry, role, short))
    if role:
        name = f"{role} {number}"
        place = "gate" if role == "gate" else name
        return _Named(Station(log_id, number, role, name, place), None)
    text = f"station {number} (log {short}) is not in race.toml: its touches count nowhere; sync it"
    return _unknown(log_id, number, f"station {number}", f"{text}, {advice}")


def _foreign(race: RaceFile, log_id: str, told: Told, numbers: frozenset[int]) -> _Named | None:
    """A log that claims a station whose log is another one here; None: there is no question."""
    if race.named(log_id) is not None or not told.is_kept_out:
        return None
    short, number = log_id[:8], min(numbers, default=0)
    name = f"log {short}"
    if told.is_right is False:
        return _Named(Station(log_id, number, "", name, name), None)
    text = (
        f"log {short} says that it is of station {number}, whose log here is {told.rival[:8]}; "
        "this laptop never met it: its touches count nowhere; sync the station, or say whether it "
        f"is right: gate ruling add log log_id={log_id} right=yes (or no)"
    )
    station = Station(log_id, number, "", name, name)
    return _Named(station, ("foreign log", "decide", text))


def _listed(log_id: str, entry: StationEntry) -> Station:
    return Station(log_id, entry.id, entry.role, entry.name, entry.place)


def _other_role(entry: StationEntry, role: str, short: str) -> tuple[str, Level, str] | None:
    """race.toml stands, and is easily wrong where boards were swapped."""
    if role in ("", entry.role):
        return None
    text = (
        f"{entry.name}: race.toml says {entry.role}, its board {role} (were two swapped?); "
        f'if race.toml is right: logs = ["{short}"] at its [[station]]'
    )
    return "other role", "look", text


def _unknown(log_id: str, number: int, name: str, text: str) -> _Named:
    """A place of its own: the log's, because two that nobody knows need not be at one place."""
    station = Station(log_id, number, "", name, f"log {log_id[:8]}")
    return _Named(station, ("unknown station", "decide", text))
