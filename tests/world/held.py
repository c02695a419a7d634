"""What there is at a moment to judge by: flashes, stores, and which of their times may be trusted.

Read with no help from what is judged, where that is possible: records are looked for in the flash
byte by byte, and which rulings stand is found out anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gate_wire import bodies, kinds
from parts import Drift, LaptopClock, RtcFault
from rows import Row, Whose, in_flash, row_of
from settle import RIGHT_CLOCK
from story import Story
from truth import LaptopView, Moment, Touch
from yellowgate.model import Ruling
from yellowgate.records import EPOCH_2020_US, Observation, Records
from yellowgate.times import UNBOUNDED_US

EXCHANGE_US = 600_000_000  # all that one laptop says to one station within this is one meeting
REFERENCE_ID = 0xA0A0A000  # of the first laptop's clock; the others' follow
SWING_PPB = 3_500  # a crystal that changes by more is no longer what bounds are made for


def undone(rulings: Iterable[Ruling]) -> set[str]:
    """Ids of the rulings that are taken back, by an undo that is not."""
    undos: dict[str, list[str]] = {}
    for one in rulings:
        if one.kind == "undo":
            undos.setdefault(one.data["ruling"], []).append(one.id)

    def is_undone(key: str) -> bool:
        return any(not is_undone(undo) for undo in undos.get(key, ()))

    return {one.id for one in rulings if is_undone(one.id)}


class LaptopHeld:
    """A laptop's store and log. as_of_us: the moment of its log, by its own clock."""

    def __init__(self, view: LaptopView, moment: Moment) -> None:
        self.view = view
        self.name = view.name
        self.store = view.store if view.race is not None else None  # None: it is not to be read
        self._moment = moment
        self.as_of_us = view.race.as_of_us if view.race else moment.now_us + view.error_us

    @cached_property
    def logs(self) -> Mapping[str, Records]:
        return self.store.logs() if self.store else {}

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        return {
            log_id: [row_of(log_id, raw) for raw in log.raws] for log_id, log in self.logs.items()
        }

    @cached_property
    def row_set(self) -> set[Row]:
        return {row for rows in self.rows.values() for row in rows}

    @cached_property
    def rulings(self) -> list[Ruling]:
        return self.store.rulings() if self.store else []

    @cached_property
    def made(self) -> list[Ruling]:
        """Those of which the log may know."""
        return [one for one in self.rulings if one.at_us <= self.as_of_us]

    @cached_property
    def standing(self) -> list[Ruling]:
        """Those that nobody took back, in the order in which they were made."""
        gone = undone(self.made)
        found = [one for one in self.made if one.id not in gone and one.kind != "undo"]
        return sorted(found, key=lambda one: (one.at_us, one.id))

    @cached_property
    def wrong(self) -> list[Ruling]:
        """Of those the ones that err."""
        errs = {said.ruling.id for said in self._moment.truth.said if not said.is_right}
        return [one for one in self.standing if one.id in errs]

    @cached_property
    def is_timed(self) -> bool:
        """Are all touches timed, or in order by the start that their one station saw?"""
        race = self.view.race
        if race is None:
            return False
        times = race.corrected.times
        is_own = race.log.start_by == "station" and len(times) == 1
        return is_own or all(bool((log.bounds_us < UNBOUNDED_US).all()) for log in times)

    @cached_property
    def clocks(self) -> Clocks:
        return Clocks(self._moment.story, self._moment.truth.start_us, self.logs)


@dataclass(frozen=True)
class Errors:
    """How a laptop's clock was off: from when on (true UTC), by how much."""

    steps: Sequence[tuple[int, int]]

    def at_shown(self, utc_us: int) -> Iterator[int]:
        """By how much it may have been off when it showed this."""
        for number, (from_us, error_us) in enumerate(self.steps):
            until_us = self.steps[number + 1][0] if number + 1 < len(self.steps) else 1 << 62
            if from_us <= utc_us - error_us < until_us:
                yield error_us


def errors_of(story: Story, start_us: int) -> dict[int, Errors]:
    """Of each laptop, by the number of its clock."""
    found: dict[int, Errors] = {}
    for number, one in enumerate(story.laptops):
        steps = [(-(1 << 62), one.error_ms * 1000)]
        for part in story.parts:
            if isinstance(part, LaptopClock) and part.laptop == one.name:
                steps.append((start_us + round(part.at_s * 1e6), part.error_ms * 1000))
        steps.append((start_us + round(story.end_s * 1e6), 0))  # mended
        found[REFERENCE_ID + number] = Errors(steps)
    found[RIGHT_CLOCK] = Errors([(-(1 << 62), 0)])
    return found


def _pair(row: Observation) -> bodies.Clock | None:
    body = bodies.unpack_clock(row.body) if row.kind == kinds.CLOCK else None
    return None if body is None or body.reference == bodies.REFERENCE_UNKNOWN else body


class Clocks:
    """Which laptops told the stations the time, as far as one store knows: rightly or not."""

    def __init__(self, story: Story, start_us: int, logs: Mapping[str, Records]) -> None:
        self._story = story
        self._errors = errors_of(story, start_us)
        self.right: Counter[str] = Counter()  # meetings, by log id
        self.wrong: Counter[str] = Counter()
        pairs = [
            (log_id, row.boot, body)
            for log_id, log in logs.items()
            for row in log
            if (body := _pair(row)) is not None
        ]
        errs = {body.reference_id for _, _, body in pairs if not self._is_right(body)}
        met: dict[tuple[str, int, int], int] = {}
        for log_id, boot, body in pairs:
            key = log_id, boot, body.reference_id
            if body.uptime_us - met.get(key, -EXCHANGE_US) >= EXCHANGE_US:
                met[key] = body.uptime_us
                (self.wrong if body.reference_id in errs else self.right)[log_id] += 1

    def _is_right(self, body: bodies.Clock) -> bool:
        errors = self._errors.get(body.reference_id)
        if errors is None:
            return False
        shown_us = body.utc_us + EPOCH_2020_US
        return all(abs(error_us) <= body.bound_us for error_us in errors.at_shown(shown_us))

    def are_good(self, log_id: str) -> bool:
        """Must the bounds of this log's times hold the truth? Its own parts keep to what they are
        specified for, and no laptop that is wrong was met more than those that are right.
        """
        return self._keeps_to_its_specification(log_id) and (
            not self.wrong or (self.right[log_id] > 0 and self.right.total() >= self.wrong.total())
        )

    def _keeps_to_its_specification(self, log_id: str) -> bool:
        station = next(one for one in self._story.stations if one.log_id.hex() == log_id)
        parts = [one for one in self._story.parts if getattr(one, "station", 0) == station.number]
        swings = [part.drift_ppb for part in parts if isinstance(part, Drift)]
        jumps = [part.value for part in parts if isinstance(part, RtcFault)]
        return set(jumps) <= {"lost"} and all(
            abs(ppb - station.drift_ppb) <= SWING_PPB for ppb in swings
        )


class Held:
    """All of it. flash: rows by log id."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.laptops = [LaptopHeld(view, moment) for view in moment.laptops]
        self.flash = {one.log_id: in_flash(one.image, one.log_id) for one in moment.stations}

    @cached_property
    def everywhere(self) -> dict[str, set[Row]]:
        """All records of each log that are anywhere."""
        found = {log_id: set(rows) for log_id, rows in self.flash.items()}
        for laptop in self.laptops:
            for log_id, rows in laptop.rows.items():
                found.setdefault(log_id, set()).update(rows)
        return found

    @cached_property
    def whose(self) -> Whose:
        return Whose(self.moment.truth, self.everywhere)

    @cached_property
    def touches(self) -> dict[tuple[str, str], list[Touch]]:
        """By log and UID ("" for a press), by time."""
        found: dict[tuple[str, str], list[Touch]] = {}
        for touch in self.moment.truth.touches:
            found.setdefault((touch.log_id, touch.uid), []).append(touch)
        return found
