"""From observations to touches: whose reads they are, and which reads are one touch.

Raw reads never change. Here each goes to its runner (by tag, by ruling, a press by the tag read
beside it) or to nobody, and the reads of one touch are united: earlier reads win, all are kept.
This is the part that has to be fast with a million reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from gate_wire import kinds
from numpy.typing import NDArray

from yellowgate.event.rules import Rules
from yellowgate.model import Ruling, RulingLine, Runner
from yellowgate.race.intake.grouped import Grouped, Touch, new_touch
from yellowgate.race.intake.places import Places
from yellowgate.race.intake.presses import beside
from yellowgate.race.intake.reads import NOBODY, Reads
from yellowgate.records import TOUCHES, Column, TimedRecords
from yellowgate.rulings.decisions import Decisions, line
from yellowgate.times import UNBOUNDED_US, to_us

SEVERAL = -2
Key = tuple[str, int]  # (log id, seq)


@dataclass
class Intake:
    """Observations, sorted out; reads are numbers in `reads`.

    logs: the records of each log. more: reads of a runner (by index in the roster) beside
    those of the runner's tag. unknown: reads of a UID (hex) that nobody wears. hints: what a
    ruling said that a read is. several: tags (hex) that several wear. taken: rulings that gave a
    runner's tag to another for all the race, and whose it was. owner_of: of each record of a log,
    whose it is by its tag alone; owned: the same of each log.
    """

    logs: Mapping[str, TimedRecords]
    reads: Reads
    more: defaultdict[int, list[int]] = field(
        default_factory=lambda: defaultdict[int, list[int]](list)
    )
    taps: defaultdict[int, list[int]] = field(
        default_factory=lambda: defaultdict[int, list[int]](list)
    )
    presses: list[int] = field(default_factory=list[int])
    unknown: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    lone_taps: list[int] = field(default_factory=list[int])
    starts: list[int] = field(default_factory=list[int])
    void: list[int] = field(default_factory=list[int])
    hints: dict[Key, str] = field(default_factory=dict[Key, str])
    lines: dict[Key, tuple[RulingLine, ...]] = field(
        default_factory=dict[Key, tuple[RulingLine, ...]]
    )
    several: set[str] = field(default_factory=set[str])
    taken: list[tuple[Ruling, int]] = field(default_factory=list[tuple[Ruling, int]])
    owned: Mapping[str, Column] = field(default_factory=dict[str, Column])
    owner_of: Callable[[TimedRecords], Column] = field(default=lambda log: log.utcs_us * 0 + NOBODY)

    def of_runner(self, runner: int) -> Sequence[int]:
        """All reads of this runner, by time."""
        own, more = self.reads.of_runner(runner), self.more.get(runner)
        return sorted([*own, *more], key=self.reads.order) if more else own


def take_in(
    logs: Mapping[str, TimedRecords],
    roster: Sequence[Runner],
    decisions: Decisions,
    places: Mapping[str, str],
    rules: Rules,
) -> Intake:
    """Sort the observations out. places: of each log id."""
    owners = _Owners(roster, decisions)
    ruled: defaultdict[str, set[int]] = defaultdict(set)
    for subject in decisions.by_subject:
        if subject[0] == "read":
            ruled[subject[1]].add(subject[2])
    found = [owners.of_log(log, ruled.get(log_id, ())) for log_id, log in logs.items()]
    intake = Intake(logs, Reads(logs, found))
    intake.owned = dict(zip(logs, found, strict=True))
    intake.owner_of = lambda log: owners.of_log(log, ruled.get(log.records.log_id, ()))
    intake.several, intake.taken = owners.several, owners.taken
    _Sorter(intake, decisions, owners, places, rules).sort()
    return intake


class _Owners:
    """Whose tag it is, and when: roster first, then what was ruled."""

    def __init__(self, roster: Sequence[Runner], decisions: Decisions) -> None:
        self.names = {runner.name: index for index, runner in enumerate(roster)}
        self.history: dict[bytes, list[tuple[int, int]]] = {}
        self.several: set[str] = set()
        for index, runner in enumerate(roster):
            for tag in runner.tags:
                self._wear(bytes.fromhex(tag), 0, index)
        self.taken: list[tuple[Ruling, int]] = []  # a ruling gave away all reads of the tag
        for subject, decided in decisions.by_subject.items():
            if subject[0] == "tag" and decided.ruling is not None:
                self._rule(decided.ruling)
        self._tables = self._of_one_runner()

    def _rule(self, ruling: Ruling) -> None:
        uid, index = bytes.fromhex(ruling.data["tag"]), self.names[ruling.data["runner"]]
        since_us, before = self.history.get(uid, [(0, NOBODY)])[0]
        if "at" not in ruling.data and since_us == 0 and before >= 0 and before != index:
            self.taken.append((ruling, before))
        self._wear(uid, ruling.data.get("at", 0), index, True)

    def of_log(self, log: TimedRecords, ruled: Collection[int]) -> Column:
        """Whose reads the log's records are, where no second look is needed. ruled: numbers of
        records that were ruled on.
        """
        rows = log.records
        lengths, heads = rows.bodies.lengths, rows.bodies.heads()
        found = np.full(len(rows), NOBODY)
        for length, uids, owners in self._tables:
            at = np.minimum(np.searchsorted(uids, heads), len(uids) - 1)
            is_his = (lengths == length) & (uids[at] == heads) & (rows.of_kind == kinds.TAG)
            found = np.where(is_his, owners[at], found)
        if ruled:
            found[np.isin(rows.seqs, list(ruled))] = NOBODY
        return found

    def _of_one_runner(self) -> list[tuple[int, NDArray[np.uint64], Column]]:
        """Tags that are one runner's all the time, to be looked up many at once: of each length the
        UIDs as numbers, in order, and whose they are. Tags of more than eight bytes are rare: each
        read of them gets a second look.
        """
        found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for uid, worn in self.history.items():
            if len(worn) == 1 and worn[0][0] == 0 and worn[0][1] >= 0 and len(uid) <= 8:
                found[len(uid)].append((int.from_bytes(uid, "little"), worn[0][1]))
        tables: list[tuple[int, NDArray[np.uint64], Column]] = []
        for length, rows in sorted(found.items()):
            uids, owners = zip(*sorted(rows), strict=True)
            tables.append((length, np.array(uids, np.uint64), np.array(owners, np.int64)))
        return tables

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
        self._reads = intake.reads
        self._decisions = decisions
        self._owners = owners
        self._places = places
        self._window_us = rules.double_tap_us
        self._press_us = to_us(rules.press_tag_s)

    def sort(self) -> None:
        """All of them, by time."""
        intake, reads = self._intake, self._reads
        for read in reads.of_runner(NOBODY):
            if self._ruled(read):
                continue
            kind = reads.of_kind[read]
            if kind == kinds.TAG:
                self._tag(read)
            elif kind == kinds.PRESS:
                intake.presses.append(read)
            elif kind == kinds.START:
                intake.starts.append(read)
            elif kind == kinds.TAPS:
                owner = self._owner(read)
                (intake.taps[owner] if owner >= 0 else intake.lone_taps).append(read)
        self._follow_assigned()
        self._pair_presses()

    def _owner(self, read: int) -> int:
        """By the tag alone."""
        return self._owners.at(self._reads.body(read), self._reads.utcs_us[read])

    def _tag(self, read: int) -> None:
        owner = self._owner(read)
        if owner >= 0:
            self._intake.more[owner].append(read)
            return
        uid = self._reads.body(read).hex()
        if owner == SEVERAL:
            self._intake.several.add(uid)
        self._intake.unknown.setdefault(uid, []).append(read)

    def _ruled(self, read: int) -> bool:
        """Do as was ruled on this very read; false when nothing stands."""
        key, kind = self._reads.key(read), self._reads.of_kind[read]
        decided = self._decisions.by_subject.get(("read", *key))
        if decided is None or decided.ruling is None or kind not in TOUCHES:
            return False
        self._intake.lines[key] = decided.lines
        if decided.ruling.kind == "void":
            self._intake.void.append(read)
            return True
        index = self._owners.names[decided.ruling.data["runner"]]
        if kind == kinds.TAPS:
            self._intake.taps[index].append(read)
            return True
        self._intake.more[index].append(read)
        hint = decided.ruling.data.get("use", "")
        self._intake.hints[key] = hint or ("in" if kind == kinds.PRESS else "")
        return True

    def _follow_assigned(self) -> None:
        """When a read of an unknown tag was assigned, the other reads of that touch follow."""
        intake, reads = self._intake, self._reads
        assigned: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for index, more in intake.more.items():
            for read in more:
                if reads.key(read) in intake.hints and reads.of_kind[read] == kinds.TAG:
                    key = (reads.body(read).hex(), self._places[reads.log_id(read)])
                    assigned.setdefault(key, []).append((reads.utcs_us[read], index))
        if not assigned:
            return
        for uid in sorted(intake.unknown):
            intake.unknown[uid] = self._left(uid, intake.unknown[uid], assigned)
        intake.unknown = {uid: rows for uid, rows in intake.unknown.items() if rows}

    def _left(
        self,
        uid: str,
        rows: list[int],
        assigned: Mapping[tuple[str, str], list[tuple[int, int]]],
    ) -> list[int]:
        left: list[int] = []
        for read in rows:
            at_us = self._reads.utcs_us[read]
            near = assigned.get((uid, self._places[self._reads.log_id(read)]), [])
            owner = {index for utc_us, index in near if abs(at_us - utc_us) <= self._window_us}
            if len(owner) == 1:
                self._intake.more[owner.pop()].append(read)
            else:
                left.append(read)
        return left

    def _pair_presses(self) -> None:
        intake = self._intake
        if not intake.presses or not self._press_us:
            return

        def owner(read: int) -> int:
            known = self._reads.runner(read)
            if known >= 0:
                return known
            is_ruled = ("read", *self._reads.key(read)) in self._decisions.by_subject
            return NOBODY if is_ruled else self._owner(read)

        left: list[int] = []
        found = beside(self._reads, intake.presses, owner, self._places, self._press_us)
        for read, index in zip(intake.presses, found, strict=True):
            (intake.more[index] if index >= 0 else left).append(read)
        intake.presses = left


def of_runner(intake: Intake, grouped: Grouped, runner: int) -> Sequence[Touch]:
    """A runner's reads as touches: each no further than the double-tap window after the one
    before it at the same place. By the time of the first read.
    """
    plain = None if runner in intake.more else grouped.of_runner(runner)
    if plain is not None:
        return plain
    reads, places = intake.reads, grouped.places
    at: defaultdict[str, list[int]] = defaultdict(list)
    for row in intake.of_runner(runner):
        at[places.station_at(row).place].append(row)
    found = [rows for own in at.values() for rows in reads.apart(own, grouped.window_us)]
    found.sort(key=lambda rows: reads.order(rows[0]))
    return [_touch(intake, places, rows) for rows in found]


def _touch(intake: Intake, places: Places, rows: Sequence[int]) -> Touch:
    reads = intake.reads
    first = rows[0]
    bound_us = reads.bounds_us[first]
    if bound_us >= UNBOUNDED_US:
        # Its time is only an order: one with a clock behind it is better.
        first = next((row for row in rows if reads.bounds_us[row] < UNBOUNDED_US), first)
        bound_us = reads.bounds_us[first]
        rows = [first, *(row for row in rows if row != first)]
    station = places.station_at(first)
    hint, lines = "", ()
    if intake.lines:
        keys = [reads.key(row) for row in rows]
        hints = {intake.hints.get(key, "") for key in keys} - {""}
        lines = tuple(row for key in keys for row in intake.lines.get(key, ()))
        hint = hints.pop() if len(hints) == 1 else ""
    return new_touch(
        (reads.utcs_us[first], bound_us, station.place, station.role, rows, hint, 0, lines,
         "station")
    )  # fmt: skip


def void_lines(intake: Intake, read: int, decisions: Decisions) -> str:
    """Why a read is void, in words."""
    ruling = decisions.ruling("read", *intake.reads.key(read))
    if ruling is None:
        return "void"
    shown = line(ruling)
    return f"void: {shown.by}" + (f", {shown.why}" if shown.why else "")
