"""From observations to touches: whose reads they are, and which reads are one touch.

Raw reads never change. Here they are put in one order, each to its runner (by tag, by ruling, a
press by the tag read beside it) or to nobody, and the reads of one touch are united: earlier
reads win, all are kept. This is the part that has to be fast with a million reads.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from gate_wire import kinds

from yellowgate.model import UNBOUNDED_US, Runner, Station, Timed
from yellowgate.race.context import Touch
from yellowgate.race.decisions import Decisions, line
from yellowgate.race.officiallog import RulingLine
from yellowgate.race.presses import NOBODY, beside
from yellowgate.race.rules import Rules, to_us

SEVERAL = -2
Read = tuple[str, int]  # (log id, seq)


@dataclass
class Intake:
    """Observations, sorted out. reads: of each runner by his index in the roster. unknown: reads
    of a UID (hex) that nobody wears. hints: what a ruling said that a read is. other: records
    that are no touch, by log id. all_touches: touch-like records by log id.
    """

    reads: list[list[Timed]]
    taps: list[list[Timed]]
    presses: list[Timed] = field(default_factory=list[Timed])
    unknown: dict[str, list[Timed]] = field(default_factory=dict[str, list[Timed]])
    lone_taps: list[Timed] = field(default_factory=list[Timed])
    starts: list[Timed] = field(default_factory=list[Timed])
    void: list[Timed] = field(default_factory=list[Timed])
    hints: dict[Read, str] = field(default_factory=dict[Read, str])
    lines: dict[Read, tuple[RulingLine, ...]] = field(
        default_factory=dict[Read, tuple[RulingLine, ...]]
    )
    by_station: dict[str, list[Timed]] = field(default_factory=dict[str, list[Timed]])
    several: set[str] = field(default_factory=set[str])


def in_order(timed: Iterable[Timed], as_of_us: int) -> list[Timed]:
    """The observations up to this moment, by time and identity, each once."""
    rows = sorted(timed, key=itemgetter(1))
    del rows[bisect_right(rows, as_of_us, key=itemgetter(1)) :]
    times = [row[1] for row in rows]
    ties = [at for at, (a, b) in enumerate(pairwise(times)) if a == b]
    if not ties:
        return rows
    # Only rows of one moment can be out of order or the same: sort those runs by identity.
    result: list[Timed] = []
    done = 0
    for at in ties:
        if at < done:
            continue
        end = bisect_right(times, times[at], at)
        result += rows[done:at]
        run = {(row[0][0], row[0][1], row[0][8]): row for row in rows[at:end]}
        result += [run[key] for key in sorted(run)]
        done = end
    return result + rows[done:]


def take_in(
    rows: Sequence[Timed],
    roster: Sequence[Runner],
    decisions: Decisions,
    places: Mapping[str, str],
    rules: Rules,
) -> Intake:
    """Sort the observations (in order) out. places: of each log id."""
    intake = Intake([[] for _ in roster], [[] for _ in roster])
    owners = _Owners(roster, decisions)
    intake.several = owners.several
    ruled = {subject[1:] for subject in decisions.by_subject if subject[0] == "read"}
    by_station: defaultdict[str, list[Timed]] = defaultdict(list)
    tags, reads, of_tag = kinds.TAG, intake.reads, owners.simple
    rest: list[Timed] = []
    for row in rows:
        seen = row[0]
        by_station[seen[0]].append(row)
        if seen[2] == tags and not ruled:
            owner = of_tag.get(seen[7])
            if owner is not None:
                reads[owner].append(row)
                continue
        rest.append(row)
    intake.by_station = dict(by_station)
    _Sorter(intake, decisions, owners, places, rules).sort(rows, rest, ruled)
    return intake


class _Owners:
    """Whose tag it is, and when: roster first, then what was ruled."""

    def __init__(self, roster: Sequence[Runner], decisions: Decisions) -> None:
        self.names = {runner.name: index for index, runner in enumerate(roster)}
        self.history: dict[bytes, list[tuple[int, int]]] = {}
        self.several: set[str] = set()
        for index, runner in enumerate(roster):
            if runner.tag:
                self._wear(bytes.fromhex(runner.tag), 0, index)
        for subject, decided in decisions.by_subject.items():
            if subject[0] == "tag" and decided.ruling is not None:
                data = decided.ruling.data
                moment = data.get("at", 0)
                self._wear(bytes.fromhex(data["tag"]), moment, self.names[data["runner"]], True)
        self.simple = {
            uid: worn[0][1]
            for uid, worn in self.history.items()
            if len(worn) == 1 and worn[0][0] == 0 and worn[0][1] >= 0
        }

    def _wear(self, uid: bytes, from_us: int, index: int, is_ruled: bool = False) -> None:
        worn = self.history.setdefault(uid, [])
        for at, (since_us, _before) in enumerate(worn):
            if since_us == from_us:
                worn[at] = (from_us, index if is_ruled else SEVERAL)
                if not is_ruled:
                    self.several.add(uid.hex())
                return
        worn.append((from_us, index))
        worn.sort()

    def at(self, uid: bytes, utc_us: int) -> int:
        """Index in the roster, NOBODY, or SEVERAL when the roster has it twice."""
        owner = NOBODY
        for since_us, index in self.history.get(uid, ()):
            if since_us <= utc_us:
                owner = index
        return owner


class _Sorter:
    """Puts the reads that need a second look where they belong."""

    def __init__(
        self,
        intake: Intake,
        decisions: Decisions,
        owners: _Owners,
        places: Mapping[str, str],
        rules: Rules,
    ) -> None:
        self._intake = intake
        self._decisions = decisions
        self._owners = owners
        self._places = places
        self._window_us = rules.double_tap_us
        self._press_us = to_us(rules.press_tag_s)
        self._touched: set[int] = set()

    def sort(self, rows: Sequence[Timed], rest: Sequence[Timed], ruled: set[Read]) -> None:
        """rows: all, by time. rest: everything but the reads of known tags; all of the rows when
        there are rulings on reads.
        """
        intake = self._intake
        for row in rest:
            if ruled and (row[0][0], row[0][1]) in ruled and self._ruled(row):
                continue
            kind = row[0][2]
            if kind == kinds.TAG:
                self._tag(row)
            elif kind == kinds.PRESS:
                intake.presses.append(row)
            elif kind == kinds.START:
                intake.starts.append(row)
            elif kind == kinds.TAPS:
                owner = self._owners.at(row[0][7], row[1])
                (intake.taps[owner] if owner >= 0 else intake.lone_taps).append(row)
        self._follow_assigned()
        self._pair_presses(rows, ruled)
        for index in self._touched:
            intake.reads[index].sort(key=_identity)

    def _tag(self, row: Timed) -> None:
        owner = self._owners.at(row[0][7], row[1])
        if owner >= 0:
            self._intake.reads[owner].append(row)
            return
        if owner == SEVERAL:
            self._intake.several.add(row[0][7].hex())
        self._intake.unknown.setdefault(row[0][7].hex(), []).append(row)

    def _ruled(self, row: Timed) -> bool:
        """Do as was ruled on this very read; false when nothing stands."""
        identity = (row[0][0], row[0][1])
        decided = self._decisions.by_subject[("read", *identity)]
        if decided.ruling is None or row[0][2] not in (
            kinds.TAG,
            kinds.PRESS,
            kinds.TAPS,
            kinds.START,
        ):
            return False
        self._intake.lines[identity] = decided.lines
        if decided.ruling.kind == "void":
            self._intake.void.append(row)
            return True
        index = self._owners.names[decided.ruling.data["runner"]]
        if row[0][2] == kinds.TAPS:
            self._intake.taps[index].append(row)
            return True
        self._intake.reads[index].append(row)
        self._touched.add(index)
        hint = decided.ruling.data.get("use", "")
        self._intake.hints[identity] = hint or ("in" if row[0][2] == kinds.PRESS else "")
        return True

    def _follow_assigned(self) -> None:
        """When a read of an unknown tag was assigned, the other reads of that touch follow."""
        intake = self._intake
        if not intake.hints:
            return
        assigned: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for index in self._touched:
            for row in intake.reads[index]:
                if (row[0][0], row[0][1]) in intake.hints and row[0][2] == kinds.TAG:
                    key = (row[0][7].hex(), self._places[row[0][0]])
                    assigned.setdefault(key, []).append((row[1], index))
        for uid in sorted(intake.unknown):
            intake.unknown[uid] = self._left(uid, intake.unknown[uid], assigned)
        intake.unknown = {uid: rows for uid, rows in intake.unknown.items() if rows}

    def _left(
        self,
        uid: str,
        rows: list[Timed],
        assigned: Mapping[tuple[str, str], list[tuple[int, int]]],
    ) -> list[Timed]:
        left: list[Timed] = []
        for row in rows:
            near = assigned.get((uid, self._places[row[0][0]]), [])
            owner = {index for utc_us, index in near if abs(row[1] - utc_us) <= self._window_us}
            if len(owner) == 1:
                index = owner.pop()
                self._intake.reads[index].append(row)
                self._touched.add(index)
            else:
                left.append(row)
        return left

    def _pair_presses(self, rows: Sequence[Timed], ruled: set[Read]) -> None:
        intake = self._intake
        if not intake.presses or not self._press_us:
            return

        def owner(row: Timed) -> int:
            is_ruled = bool(ruled) and (row[0][0], row[0][1]) in ruled
            return NOBODY if is_ruled else self._owners.at(row[0][7], row[1])

        left: list[Timed] = []
        found = beside(intake.presses, rows, owner, self._places, self._press_us)
        for row, index in zip(intake.presses, found, strict=True):
            if index >= 0:
                intake.reads[index].append(row)
                self._touched.add(index)
            else:
                left.append(row)
        intake.presses = left


def _identity(row: Timed) -> tuple[int, str, int, bytes]:
    return row[1], row[0][0], row[0][1], row[0][8]


def group(
    reads: Sequence[Timed],
    stations: Mapping[str, Station],
    places: Mapping[str, str],
    window_us: int,
    intake: Intake,
) -> list[Touch]:
    """A runner's reads (in order) as touches: each no further than the window after the one
    before it at the same place. By the time of the touch.
    """
    touches: list[list[Timed]] = []
    latest: dict[str, list[Timed]] = {}
    for row in reads:
        place = places[row[0][0]]
        before = latest.get(place)
        if before is not None and row[1] - before[-1][1] <= window_us:
            before.append(row)
        else:
            latest[place] = touch = [row]
            touches.append(touch)
    return [_touch(rows, stations, intake) for rows in touches]


_new_touch = Touch._make  # skips the call that Touch(...) makes


def _touch(rows: list[Timed], stations: Mapping[str, Station], intake: Intake) -> Touch:
    first = rows[0]
    if first[2] >= UNBOUNDED_US:  # its time is only an order: one with a clock behind it is better
        first = next((row for row in rows if row[2] < UNBOUNDED_US), first)
        rows = [first, *(row for row in rows if row is not first)]
    station = stations[first[0][0]]
    place, role = station.place, station.role
    if not intake.lines:
        return _new_touch((first[1], first[2], place, role, tuple(rows), "", 0, (), "station"))
    keys = [(row[0][0], row[0][1]) for row in rows]
    hints = sorted({intake.hints.get(key, "") for key in keys} - {""})
    lines = tuple(row for key in keys for row in intake.lines.get(key, ()))
    hint = hints[0] if len(hints) == 1 else ""
    return Touch(first[1], first[2], place, role, tuple(rows), hint, 0, lines)


def void_lines(intake: Intake, row: Timed, decisions: Decisions) -> str:
    """Why a read is void, in words."""
    ruling = decisions.ruling("read", row[0][0], row[0][1])
    if ruling is None:
        return "void"
    shown = line(ruling)
    return f"void: {shown.by}" + (f", {shown.why}" if shown.why else "")
