"""race.toml: which race, by which rules, with which stations.

Sections: [race], [rules], [[station]], [radio], [store], [[wave]], [[event]]. Every error is a
ValueError with one line that names the wrong key and the nearest known one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from yellowgate.errors import nearest
from yellowgate.event.preset_text import preset_toml
from yellowgate.event.roster import PLAIN
from yellowgate.event.rules import PRESETS, Checkpoint, Rules
from yellowgate.event.store_section import store_url
from yellowgate.model import Runner
from yellowgate.redact import on_one_line
from yellowgate.times import EPOCH, span_s, to_us, zone

__all__ = ["PRESETS", "RaceFile", "StationEntry", "parse", "preset_toml"]

T = TypeVar("T", Rules, Checkpoint)
R = TypeVar("R", bound=Rules)
AGE_GROUP = "age group"  # the class that is made from birthdates
ROLES = ("gate", "tower", "base")
RADIO_KEYS = (
    "region", "frequency_mhz", "spreading_factor", "power_dbm", "heartbeat_s", "hops", "relay_for",
    "key",
)  # fmt: skip
RECEIVERS = ("ultrasignup", "itra", "opensplittime", "duv", "runsignup", "iof-xml")
PUBLISH = ("nothing", "names and loops", "all")
REGIONS = ("US915", "EU868", "none")


@dataclass(frozen=True)
class StationEntry:
    """A [[station]]: what the race calls the station with this number.

    logs: beginnings of the ids of logs that are this station's whatever they say themselves.
    until_us: from then on it was not in use, and nobody waits for what it has seen.
    """

    id: int
    name: str
    role: str
    place: str
    logs: tuple[str, ...] = ()
    until_us: int | None = None


@dataclass(frozen=True)
class Wave:
    """A [[wave]]: runners who start at a moment of their own. start_us: that moment, or None;
    after_us: so long after the race's start, where there is no moment of its own.
    """

    name: str
    start_us: int | None
    after_us: int


@dataclass(frozen=True)
class RaceFile:
    """A race as race.toml has it. start_us, conch_us: None when not given. zone: only for show.

    classes: columns of the roster that rank among themselves. age_groups: the ages at which one
    begins. events: the further races over the same stations, each as a race of its own; in them
    `event` is the name that the roster has in its column of that name, "" in the main race.
    hand_in: who gets the results. publish: what `gate publish` may show, one of PUBLISH.
    event_names: of all further races, in each of them. store_url: of the database that laptops
    share, "" where the records are in race.db.
    """

    name: str
    preset: str
    rules: Rules
    zone: str = "UTC"
    start_us: int | None = None
    conch_us: int | None = None
    stations: tuple[StationEntry, ...] = ()
    radio: Mapping[str, Any] | None = None
    classes: tuple[str, ...] = ()
    age_groups: tuple[int, ...] = ()
    waves: tuple[Wave, ...] = ()
    event: str = ""
    events: tuple[RaceFile, ...] = ()
    event_names: tuple[str, ...] = ()
    hand_in: tuple[str, ...] = RECEIVERS
    publish: str = "nothing"
    store_url: str = ""

    def rules_of(self, preset: type[R]) -> R:
        """The rules, of a race of which it is known by which preset it goes."""
        if not isinstance(self.rules, preset):
            raise TypeError(f"{self.name}: its rules are not {preset.__name__}")
        return self.rules

    def of_event(self, name: str) -> RaceFile:
        """The race of this name; "" for the main one. Raises ValueError (one line)."""
        for one in (self, *self.events):
            if name in (one.event, one.name):
                return one
        known = [self.name, *(one.name for one in self.events)]
        raise ValueError(f"no event is called {name!r}{nearest(name, known)}")

    def is_in(self, runner: Runner) -> bool:
        """Does this runner run this race? Whose event is not named is in the main one."""
        return (runner.event if runner.event in self.event_names else "") == self.event

    def wave_of(self, runner: Runner) -> str:
        """The wave that the runner starts with; "" for the race's own start."""
        return runner.wave if any(wave.name == runner.wave for wave in self.waves) else ""

    @cached_property
    def _of_log(self) -> list[tuple[str, StationEntry]]:
        return [(log, entry) for entry in self.stations for log in entry.logs]

    @cached_property
    def _of_number(self) -> dict[int, StationEntry]:
        return {entry.id: entry for entry in reversed(self.stations)}

    def station(self, station_id: int) -> StationEntry | None:
        """The entry of the station with this number."""
        return self._of_number.get(station_id)

    def named(self, log_id: str) -> StationEntry | None:
        """The entry that names this log."""
        return next((entry for log, entry in self._of_log if log_id.startswith(log)), None)


def parse(text: str) -> RaceFile:
    """The race in this TOML text. Raises ValueError with one clear line."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"race.toml: {error}") from error
    try:
        return _race(document)
    except ValueError as error:
        raise ValueError(f"race.toml: {error}") from error


def _race(document: dict[str, Any]) -> RaceFile:
    _known("section", document, ("race", "rules", "station", "radio", "store", "wave", "event"))
    race = _table(document, "race")
    keys = (
        "name", "preset", "zone", "start", "conch", "classes", "age_groups", "hand_in", "publish",
    )  # fmt: skip
    _known("[race] key", race, keys)
    preset = _preset(race, "barkley")
    zone_name = _text(race, "zone", "UTC")
    zone(zone_name)  # refuses what is none
    main = RaceFile(
        name=_text(race, "name", preset),
        preset=preset,
        rules=_rules(preset, _table(document, "rules")),
        zone=zone_name,
        start_us=_moment(race, "start"),
        conch_us=_moment(race, "conch"),
        stations=_stations(document.get("station", [])),
        radio=_radio(_table(document, "radio")),
        classes=_classes(race.get("classes", [])),
        age_groups=_ages(race.get("age_groups", [])),
        waves=_waves(document.get("wave", [])),
        hand_in=_hand_in(race.get("hand_in", list(RECEIVERS))),
        publish=_publish(race.get("publish", PUBLISH[0])),
        store_url=store_url(_table(document, "store")),
    )
    events = _events(main, document.get("event", []))
    names = tuple(one.name for one in events)
    events = tuple(replace(one, event_names=names) for one in events)
    return replace(main, events=events, event_names=names)


def _preset(table: Mapping[str, Any], default: str) -> str:
    preset = _text(table, "preset", default)
    if preset not in PRESETS:
        raise ValueError(f"preset {preset!r} is not known{nearest(preset, PRESETS)}")
    return preset


def _tables(entries: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401 - from TOML
    """The tables of [[name]]. Raises ValueError when they are written otherwise."""
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) for entry in cast("list[Any]", entries)
    ):
        raise ValueError(f"{name}s are written as [[{name}]], with two brackets")
    return cast("list[dict[str, Any]]", entries)


def _waves(entries: Any) -> tuple[Wave, ...]:  # noqa: ANN401 - from TOML
    waves: list[Wave] = []
    for table in _tables(entries, "wave"):
        _known("[[wave]] key", table, ("name", "start", "start_after_s"))
        name = _text(table, "name", "")
        if any(wave.name == name for wave in waves):
            raise ValueError(f"two waves are called {name!r}")
        if ("start" in table) == ("start_after_s" in table):
            raise ValueError(f"wave {name!r}: give start or start_after_s")
        after_us = to_us(_number("start_after_s", "float", table.get("start_after_s", 0)))
        waves.append(Wave(name, _moment(table, "start"), after_us))
    return tuple(waves)


def _events(main: RaceFile, entries: Any) -> tuple[RaceFile, ...]:  # noqa: ANN401 - from TOML
    """The further races: stations, zone, radio and classes are the main race's."""
    events: list[RaceFile] = []
    for table in _tables(entries, "event"):
        _known("[[event]] key", table, ("name", "preset", "start", "conch", "rules", "wave"))
        name = _text(table, "name", "")
        if name in (main.name, *(one.name for one in events)):
            raise ValueError(f"two races are called {name!r}")
        preset = _preset(table, main.preset)
        rules = table.get("rules")
        event = replace(
            main,
            name=name,
            event=name,
            preset=preset,
            rules=main.rules
            if rules is None and preset == main.preset
            else _rules(preset, _table(table, "rules")),
            start_us=_moment(table, "start"),
            conch_us=_moment(table, "conch"),
            waves=_waves(table.get("wave", [])),
        )
        events.append(event)
    return tuple(events)


def _classes(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - from TOML
    names = cast("list[Any]", value) if isinstance(value, list) else [None]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError('classes must be a list of columns of the roster, like ["team"]')
    found = tuple(str(name).strip().lower() for name in names)
    if len(set(found)) != len(found):
        raise ValueError("classes: a class is there twice")
    taken = next((name for name in found if name in PLAIN or name == AGE_GROUP), None)
    if taken is not None:
        raise ValueError(f"classes: {taken!r} is a column with a meaning of its own")
    return found


def _hand_in(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - from TOML
    names = cast("list[Any]", value) if isinstance(value, list) else [None]
    wrong = next((name for name in names if name not in RECEIVERS), None)
    if wrong is not None or None in names:
        known = ", ".join(RECEIVERS)
        raise ValueError(f"hand_in must be a list of those who get the results: {known}")
    return tuple(map(str, names))


def _publish(value: Any) -> str:  # noqa: ANN401 - from TOML
    if value not in PUBLISH:
        raise ValueError(f"publish {value!r} is none of {', '.join(map(repr, PUBLISH))}")
    return value


def _ages(value: Any) -> tuple[int, ...]:  # noqa: ANN401 - from TOML
    ages = cast("list[Any]", value) if isinstance(value, list) else [0]
    if not all(type(age) is int and 0 < age < 120 for age in ages):
        raise ValueError("age_groups must be a list of ages, like [20, 35, 50]")
    if ages != sorted(set(ages)):
        raise ValueError("age_groups must rise")
    return tuple(ages)


def _known(what: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    known = list(known)
    for key in table:
        if key not in known:
            raise ValueError(f"unknown {what} {key!r}{nearest(key, known)}")


def _table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    table: Any = document.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name!r} must be a section: write [{name}]")
    return cast("dict[str, Any]", table)


def _text(table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text in quotes")
    if on_one_line(value) != value.strip():
        raise ValueError(f"{key} must be on one line, without control codes")
    return value


def _moment(table: Mapping[str, Any], key: str) -> int | None:
    """UTC in microseconds of an ISO 8601 text or a TOML date-time with an offset."""
    if (value := table.get(key)) in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{key} {value!r} is not a time like 2025-03-18T15:37:00Z") from error
    if not isinstance(value, datetime):
        raise ValueError(f"{key} must be a time like 2025-03-18T15:37:00Z")
    if value.tzinfo is None:
        raise ValueError(f"{key} {value.isoformat()} needs Z or an offset like -04:00 at its end")
    span = value - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _stations(entries: Any) -> tuple[StationEntry, ...]:  # noqa: ANN401 - from TOML
    stations: list[StationEntry] = []
    for table in _tables(entries, "station"):
        _known("[[station]] key", table, ("id", "name", "role", "place", "logs", "until"))
        number = table.get("id")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 255:
            raise ValueError("[[station]] id must be a number from 0 to 255")
        if any(entry.id == number for entry in stations):
            raise ValueError(f"two stations have the id {number}")
        role = _text(table, "role", "gate")
        if role not in ROLES:
            raise ValueError(f"station {number}: role {role!r} is not known{nearest(role, ROLES)}")
        name = _text(table, "name", f"{role} {number}")
        place = _text(table, "place", name if role != "gate" else "gate")
        logs, until_us = _logs(number, table.get("logs", [])), _moment(table, "until")
        stations.append(StationEntry(number, name, role, place, logs, until_us))
    return tuple(stations)


def _logs(number: int, given: Any) -> tuple[str, ...]:  # noqa: ANN401 - from TOML
    logs: list[Any] = cast("list[Any]", given) if isinstance(given, list) else [None]
    if not all(isinstance(log, str) and re.fullmatch("[0-9a-f]{8,16}", log) for log in logs):
        raise ValueError(f"station {number}: logs must be a list of log ids, 8 to 16 hex digits")
    return tuple(logs)


def _radio(table: dict[str, Any]) -> dict[str, Any]:
    _known("[radio] key", table, RADIO_KEYS)
    region = table.get("region", "none")
    if region not in REGIONS:
        raise ValueError(f"region {region!r} is not known{nearest(str(region), REGIONS)}")
    return table


def _rules(preset: str, table: dict[str, Any]) -> Rules:
    rules = _build(PRESETS[preset], table, "[rules] key")
    rules.check()
    return rules


def _build(kind: type[T], table: dict[str, Any], what: str) -> T:
    """The dataclass with what the table overrides."""
    types = {field.name: str(field.type) for field in fields(kind)}
    _known(what, table, types)
    return kind(**{key: _value(key, types[key], value) for key, value in table.items()})


def _value(key: str, kind: str, value: Any) -> Any:  # noqa: ANN401 - from TOML
    """The value as the type of its field asks; raises ValueError naming the key."""
    if kind.startswith("tuple["):
        if not isinstance(value, list):
            raise ValueError(f"{key} must be a list in [ ]")
        items = cast("list[Any]", value)
        if kind.startswith("tuple[Checkpoint"):
            if not all(isinstance(item, dict) for item in items):
                raise ValueError("checkpoints are written as [[rules.checkpoint]], two brackets")
            return tuple(_build(Checkpoint, item, "checkpoint key") for item in items)
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        return tuple(_value(key, inner, item) for item in items)
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError(f"{key} must be true or false")
        return value
    if kind == "str":
        if not isinstance(value, str):
            raise ValueError(f"{key} must be a text in quotes")
        return value
    return _number(key, kind, value)


def _number(key: str, kind: str, value: Any) -> float:  # noqa: ANN401 - from TOML
    if isinstance(value, str) and key.endswith("_s"):
        if not value:
            return 0
        try:
            return span_s(value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        wanted = "seconds or a time like 13:20:00" if key.endswith("_s") else "a number"
        raise ValueError(f"{key} must be {wanted}")
    if kind == "int" and not isinstance(value, int):
        raise ValueError(f"{key} must be a whole number")
    if not 0 <= value < 1e9:
        raise ValueError(f"{key} is {value}: it must be 0 or more")
    return value
